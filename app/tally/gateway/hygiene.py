"""The history as servers accept it: alternating turns, nothing empty, every tool call answered (protocol.md 1.2).

Messages are taken apart into turns (who speaks, in which pieces), put in order, and only then written as JSON by
`wire.py`.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tally.core.messages import FilePart, ImagePart, Message, Role, TextPart, ToolCallPart, ToolResultPart
from tally.core.ports import PreparedImage

CANCELLED_RESULT = "Cancelled by user"
BROKEN_ARGUMENTS_RESULT = "Error: the arguments were not a valid JSON object"
EMPTY_RESULT = "(no output)"
_TAIL_LENGTH = 200
_FENCE = re.compile(r"`{3,}")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(slots=True)
class UserTurn:
    """What the user says: texts and pictures in the order they are sent."""

    pieces: list[str | PreparedImage] = field(default_factory=list)

    def add(self, piece: str | PreparedImage) -> None:
        """Adds a piece; a text that follows a text joins it as a new paragraph."""
        if isinstance(piece, str) and self.pieces and isinstance(self.pieces[-1], str):
            self.pieces[-1] = f"{self.pieces[-1]}\n\n{piece}"
        else:
            self.pieces.append(piece)


@dataclass(slots=True)
class AssistantTurn:
    """What the model said, the functions it asked for, and what they answered."""

    text: str = ""
    calls: list[ToolCallPart] = field(default_factory=list)
    results: dict[str, str] = field(default_factory=dict)

    def result_of(self, call: ToolCallPart) -> str:
        """The result that is sent for a call; one is made up when the call was never answered."""
        if call.call_id in self.results:
            return self.results[call.call_id] if self.results[call.call_id].strip() else EMPTY_RESULT
        return CANCELLED_RESULT if call.arguments is not None else BROKEN_ARGUMENTS_RESULT


Turn = UserTurn | AssistantTurn


def clean_text(text: str) -> str:
    """The text without NUL and without halves of surrogate pairs, which no UTF-8 can carry."""
    if "\0" in text:
        text = text.replace("\0", "")
    if _LONE_SURROGATE.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def system_text(prompt: str, messages: Iterable[Message], *extra: str) -> str:
    """The one system message: the prompt, system messages of the history, and further lines; empty for none."""
    inside = [message.text for message in messages if message.role is Role.SYSTEM]
    return "\n\n".join(text for text in (clean_text(each).strip() for each in (prompt, *inside, *extra)) if text)


def turns_of(messages: Iterable[Message], images: Mapping[str, PreparedImage], *, prefill: bool) -> list[Turn]:
    """The turns to send, in order.

    Args:
        messages: the history and the question.
        images: the prepared pictures by digest; others are replaced by a note.
        prefill: the model takes a conversation that ends with its own words.
    """
    turns: list[Turn] = []
    for message in messages:
        if message.role is Role.USER:
            _add_question(turns, message, images)
        elif message.role is not Role.SYSTEM:
            _add_answer(turns, message)
    while turns and isinstance(turns[0], AssistantTurn):
        turns.pop(0)
    last = turns[-1] if turns else None
    if isinstance(last, AssistantTurn) and not last.calls:
        last.text = last.text.rstrip()
        if not prefill:
            turns.append(UserTurn([_continuation(last.text)]))
    return turns


def _add_question(turns: list[Turn], message: Message, images: Mapping[str, PreparedImage]) -> None:
    pictures: list[PreparedImage] = []
    files: list[str] = []
    texts: list[str] = []
    for part in message.parts:
        if isinstance(part, ImagePart):
            prepared = None if part.excluded else images.get(part.digest)
            if prepared is None:
                texts.append(f"[The image “{clean_text(part.name)}” is not included.]")
            else:
                pictures.append(prepared)
        elif isinstance(part, FilePart):
            files.append(_fenced(part))
        elif isinstance(part, TextPart) and part.text.strip():
            texts.append(clean_text(part.text))
    # Pictures first, then documents, then the question: the order the model's maker recommends.
    pieces: list[str | PreparedImage] = [*pictures, *files, *texts]
    if not pieces:
        return
    if not turns or not isinstance(turns[-1], UserTurn):
        turns.append(UserTurn())
    turn = turns[-1]
    assert isinstance(turn, UserTurn)  # noqa: S101  the two lines above see to it
    for piece in pieces:
        turn.add(piece)


def _add_answer(turns: list[Turn], message: Message) -> None:
    """Takes a message of the model or of a tool apart; results may stand in either."""
    for part in message.parts:
        if isinstance(part, ToolResultPart):
            _add_result(turns, part)
        elif isinstance(part, TextPart) and part.text.strip():
            _speak(turns, clean_text(part.text))
        elif isinstance(part, ToolCallPart) and part.name:
            turn = turns[-1] if turns else None
            if not isinstance(turn, AssistantTurn) or turn.results:
                turn = AssistantTurn()
                turns.append(turn)
            if all(call.call_id != part.call_id for call in turn.calls):
                turn.calls.append(part)


def _speak(turns: list[Turn], text: str) -> None:
    turn = turns[-1] if turns else None
    if isinstance(turn, AssistantTurn) and not turn.calls:
        turn.text = f"{turn.text}\n\n{text}" if turn.text else text
    else:
        turns.append(AssistantTurn(text))


def _add_result(turns: list[Turn], part: ToolResultPart) -> None:
    """Gives a result to the latest call of that id; a result without a call is dropped."""
    for turn in reversed(turns):
        if isinstance(turn, AssistantTurn) and any(call.call_id == part.call_id for call in turn.calls):
            turn.results[part.call_id] = clean_text(part.text)
            return


def arguments_of(call: ToolCallPart) -> str:
    """The arguments as the text of a JSON object, which is all that servers accept."""
    if call.arguments is None:
        return json.dumps({"_raw": clean_text(call.raw)}, ensure_ascii=False)
    raw = call.raw.strip()
    try:
        if isinstance(json.loads(raw), dict):
            return clean_text(raw)
    except (ValueError, RecursionError):
        pass
    return clean_text(json.dumps(call.arguments, ensure_ascii=False, default=str))


def _fenced(part: FilePart) -> str:
    text = clean_text(part.text)
    longest = max((len(run) for run in _FENCE.findall(text)), default=2)
    fence = "`" * (longest + 1)
    name = " ".join(clean_text(part.name).split()) or "file"
    end = "" if text.endswith("\n") else "\n"
    return f"Attached file “{name}”:\n{fence}\n{text}{end}{fence}"


def _continuation(text: str) -> str:
    """The user turn that asks for the rest of an answer (wording: protocol.md 1.2)."""
    return f"Your previous response was interrupted and ended with “…{text[-_TAIL_LENGTH:]}”. Continue from there."
