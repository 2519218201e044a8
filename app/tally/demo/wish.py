"""What the user's last text asks the demo to do: its commands, taken apart."""

import re
from dataclasses import dataclass, replace
from enum import StrEnum

SLOW, FAST = 0.12, 8.0
"""Factors of a model's speed for `/slow` and `/fast`."""


class Action(StrEnum):
    """What to answer; the values are the commands, without the slash."""

    ANSWER = "answer"
    HELP = "help"
    LONG = "long"
    MARKDOWN = "markdown"
    CODE = "code"
    TABLE = "table"
    JSON = "json"
    TOOL = "tool"
    REFUSE = "refuse"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Wish:
    """A parsed question.

    Attributes:
        question: the text without commands.
        action: what to answer; ANSWER looks for a fitting text.
        argument: what belongs to the action: the number of tokens, the error, the tool calls.
        pace: factor of the speed.
        think: reasoning first.
    """

    question: str
    action: Action = Action.ANSWER
    argument: str = ""
    pace: float = 1.0
    think: bool = False


_MODIFIERS = ("slow", "fast", "think")
_NAMES = "|".join([*_MODIFIERS, *(action.value for action in Action if action is not Action.ANSWER)])
_COMMAND = re.compile(rf"/({_NAMES})(?!\S)[ \t]*", re.IGNORECASE)
_BLANK_LINE = re.compile(r"\n[ \t]*\n\s*")
_FIRST_WORD = re.compile(r"\S+")


def parse_wish(text: str) -> Wish:
    """Takes the commands out of a text.

    A command stands at the beginning of a paragraph; the last one counts. Text in later paragraphs is newer: a client
    joins a question that got no answer with the next one, and then `/error 500` must not hold for ever.
    """
    paragraphs = _BLANK_LINE.split(text.strip())
    found = [index for index, paragraph in enumerate(paragraphs) if _COMMAND.match(paragraph)]
    if not found:
        return Wish(text.strip())
    wish = _parse(paragraphs[found[-1]])
    later = "\n\n".join(paragraphs[found[-1] + 1 :])
    if not later:
        earlier = "\n\n".join(paragraph for index, paragraph in enumerate(paragraphs) if index not in found)
        return wish if wish.question else replace(wish, question=earlier)
    if wish.action is not Action.ANSWER:
        return Wish(later)
    return replace(wish, question="\n\n".join(filter(None, (wish.question, later))))


def _parse(text: str) -> Wish:
    wish = Wish(text)
    while (command := _COMMAND.match(wish.question)) is not None:
        name, rest = command[1].lower(), wish.question[command.end() :]
        if name == "think":
            wish = replace(wish, question=rest, think=True)
        elif name in _MODIFIERS:
            wish = replace(wish, question=rest, pace=SLOW if name == "slow" else FAST)
        else:
            return _with_argument(replace(wish, action=Action(name), question=rest.strip()))
    return replace(wish, question=wish.question.strip())


def _with_argument(wish: Wish) -> Wish:
    if wish.action is Action.TOOL:
        return replace(wish, argument=wish.question, question="")
    if wish.action in (Action.LONG, Action.ERROR):
        word = _FIRST_WORD.match(wish.question)
        end = word.end() if word else 0
        return replace(wish, argument=wish.question[:end].lower(), question=wish.question[end:].strip())
    return wish
