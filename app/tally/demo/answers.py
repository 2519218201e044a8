"""Decides what to answer: the same request always gets the same reply."""

import json
import re
from dataclasses import replace
from itertools import takewhile

from tally.core.catalog import Tokenizer
from tally.core.estimate import text_tokens
from tally.demo.errors import ON_REQUEST, ApiError
from tally.demo.language import Language, language_of
from tally.demo.pictures import describe_pictures, picture_facts
from tally.demo.reply import Fault, Reply
from tally.demo.request import ChatRequest
from tally.demo.texts import answer_to, page, phrase, quoted
from tally.demo.tools import result_text, tool_reply
from tally.demo.turns import Turn
from tally.demo.wish import Action, Wish, parse_wish

_LONG_DEFAULT, _LONG_LEAST, _LONG_MOST = 1000, 20, 128_000
_PAGES = {
    Action.HELP: "help",
    Action.MARKDOWN: "markdown",
    Action.CODE: "code",
    Action.TABLE: "table",
}
_NO_USAGE = "nousage"
# What a client (the first form, Anthropic's advice for models without prefill) or a person writes to go on.
_CONTINUE = re.compile(
    r"your previous response was interrupted\b.*"
    r"|(please )?(continue|go on)( from there)?|続けて(ください)?|(请)?继续|davom et(ing|tiring)?",
    re.IGNORECASE | re.DOTALL,
)


def compose(request: ChatRequest, *, again: bool = False) -> Reply:
    """Returns the reply to a request, before its limits are applied.

    Args:
        request: the request.
        again: whether this very request was refused with 429 before; now it succeeds.

    Raises:
        ApiError: the user asked for an error status.
    """
    asked = [turn for turn in request.turns if turn.role == "user"]
    wishes = [parse_wish(turn.text) for turn in asked]
    wish, language = wishes[-1], language_of([wish.question for wish in wishes if wish.question])
    if request.turns[-1].role == "tool":
        reversed_results = takewhile(lambda turn: turn.role == "tool", reversed(request.turns))
        return Reply(result_text(request, list(reversed_results)[::-1], language), pace=wish.pace)
    if wish.action is Action.ERROR:
        return _failing(wish, language, again=again)
    if _goes_on(asked[-1]) and (rest := _rest(request)) is not None:
        return rest
    reply = tool_reply(wish, request, language) or _plain(wish, request, language)
    if wish.think:
        reply = replace(reply, reasoning=phrase(language, "thinking", question=quoted(wish.question)))
    return replace(_after_prefill(reply, request), pace=wish.pace)


def _plain(wish: Wish, request: ChatRequest, language: Language) -> Reply:
    images = next(turn.images for turn in reversed(request.turns) if turn.role == "user")
    if wish.action is Action.REFUSE:
        return Reply("", finish="content_filter")
    if request.json_mode:
        return Reply(_json_text(wish, request, language))
    if wish.action is Action.JSON:
        return Reply(f"```json\n{_json_text(wish, request, language)}\n```")
    if wish.action is Action.LONG:
        return Reply(long_text(_long_size(wish.argument), language, request.model.tokenizer))
    if wish.action in _PAGES:
        return Reply(page(language, _PAGES[wish.action]))
    if images:
        return Reply(describe_pictures(images, request.model, language))
    return Reply(answer_to(wish.question, language))


def _failing(wish: Wish, language: Language, *, again: bool) -> Reply:
    failure = ON_REQUEST.get(int(wish.argument)) if wish.argument.isdecimal() else None
    if failure is not None:
        if failure.status == 429 and again:
            return Reply(phrase(language, "retried"), pace=wish.pace)
        raise ApiError(failure)
    if wish.argument == _NO_USAGE:
        return Reply(phrase(language, "no_usage"), reports_usage=False, pace=wish.pace)
    before, after = phrase(language, "before_fault"), phrase(language, "after_fault")
    for fault in Fault:
        if wish.argument == fault.value:
            return Reply(before + after, fault=fault, fault_at=len(before), pace=wish.pace)
    known = ", ".join(f"`{name}`" for name in (*ON_REQUEST, *(fault.value for fault in Fault), _NO_USAGE))
    return Reply(phrase(language, "unknown_error", known=known))


def _rest(request: ChatRequest) -> Reply | None:
    """Returns what was still to come of the interrupted answer, or None when there was none to go on with."""
    turns = request.turns
    asked = [index for index, turn in enumerate(turns) if turn.role == "user" and not _goes_on(turn)]
    if not asked:
        return None
    *earlier, newest = ["", *(turn.text.strip() for turn in turns[asked[-1] :] if turn.role == "assistant")]
    if not newest:
        return None
    whole = compose(replace(request, turns=turns[: asked[-1] + 1]), again=True)
    # Clients strip white space, so the parts say only roughly how far the answer has come.
    place = whole.text.find(newest, sum(map(len, earlier)))
    rest = whole.text[place + len(newest) :] if place >= 0 else ""
    return replace(whole, text=rest, reasoning="", fault=None) if rest.strip() else None


def _goes_on(turn: Turn) -> bool:
    return _CONTINUE.fullmatch(parse_wish(turn.text).question.strip(" .。…")) is not None


def _after_prefill(reply: Reply, request: ChatRequest) -> Reply:
    """An answer whose beginning the client wrote goes on after it."""
    last = request.turns[-1]
    if last.role != "assistant" or not reply.text.startswith(last.text):
        return reply
    return replace(reply, text=reply.text[len(last.text) :])


def _json_text(wish: Wish, request: ChatRequest, language: Language) -> str:
    images = [image for turn in request.turns if turn.role == "user" for image in turn.images]
    facts: dict[str, object] = {
        "demo": True,
        "question": quoted(wish.question),
        "language": language,
        "characters": len(wish.question),
        "words": len(wish.question.split()),
        "messages": len(request.turns),
    }
    if images:
        facts["images"] = [picture_facts(image, request.model) for image in images]
    return json.dumps(facts, ensure_ascii=False, indent=2)


def _long_size(argument: str) -> int:
    wanted = int(argument[:9]) if argument.isdecimal() else _LONG_DEFAULT
    return min(max(_LONG_LEAST, wanted), _LONG_MOST)


def long_text(tokens: int, language: Language, tokenizer: Tokenizer) -> str:
    """Returns numbered paragraphs of about this many tokens, to the end of a sentence."""
    bank = page(language, "long")
    sentences = bank.splitlines()
    between = "" if language in ("ja", "zh") else " "
    density = text_tokens(bank, tokenizer) / len(bank)  # a single sentence is too short to be counted well
    parts: list[str] = []
    counted = 0.0
    number = 0
    while counted < tokens:
        number += 1
        heading = f"## {number // 8 + 1}\n\n" if number % 8 == 1 else ""
        marker = f"{heading}**{number}.**"
        parts.append(marker)
        counted += text_tokens(marker + "\n\n", tokenizer)
        for offset in range(4):
            if counted < tokens:
                sentence = (between if offset else " ") + sentences[(5 * number + offset) % len(sentences)]
                parts.append(sentence)
                counted += density * len(sentence)
        parts.append("\n\n")
    return "".join(parts).rstrip()
