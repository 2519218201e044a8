"""One answer of the model: bytes in, words and usage out, at the end a verdict.

The layers below: `bodies.py` tells a stream from a document, `sse.py` cuts a stream into events, `json_values.py`
reads what they hold; `deltas.py`, `tool_calls.py` and `usage.py` know the shapes of what is inside, `inband.py` those
of errors, and `endings.py` judges the end. Every variant named in protocol.md 2.2 is accepted here.
"""

import logging
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from tally.core.events import UsageSeen
from tally.core.failures import Failure, FailureKind
from tally.gateway import inband, json_values
from tally.gateway.bodies import BodyKind, BodyReader
from tally.gateway.deltas import ReasoningReader, Words, refusal_of, text_of
from tally.gateway.endings import Delta, Ending, Findings, finish_of, judge, more_telling
from tally.gateway.error_bodies import parse_lenient
from tally.gateway.failures import failure_from_payload
from tally.gateway.json_values import UNPARSABLE
from tally.gateway.sse import Piece, Source, TooLongError
from tally.gateway.surrogates import scrubbed
from tally.gateway.tool_calls import ToolCalls
from tally.gateway.usage import UsageCollector

_log = logging.getLogger(__name__)

_SAID_CHARS: Final = 2_000
_DONE: Final = "[DONE]"
_PAGE_BEGINS: Final = ("<html", "<!doctype", "<head", "<title")
_DETAILS_CHARS: Final = 65_536
_LIKE_JSON: Final = re.compile(r"\{|\[\s*(?:[\[\]{\"\d-]|$)")


class AnswerParser:
    """Reads one answer, streamed or not. No bytes make it raise.

    What it has given out is never taken back; after an error or `[DONE]` it ignores whatever follows.
    """

    def __init__(self, *, expects_finish: bool = True, new_id: Callable[[], str] | None = None) -> None:
        """Starts an answer.

        Args:
            expects_finish: False for an endpoint known never to send a finish reason, where its absence is no sign
                of a cut.
            new_id: makes the id of a tool call the server gave none.
        """
        self._body = BodyReader()
        self._seen = Findings(expects_finish=expects_finish)
        self._words = Words()
        self._reasoning = ReasoningReader()
        self._tools = ToolCalls(new_id)
        self._usage = UsageCollector()
        self._deltas: list[Delta] = []
        self._over = False
        self._pings = 0
        self._foreign: str | None = None
        self._model: str | None = None
        self._request_id: str | None = None

    @property
    def done(self) -> bool:
        """`[DONE]` has come: what follows may be drained, for it says nothing."""
        return self._seen.done

    @property
    def failed(self) -> bool:
        """An error or something that is not this protocol has come: reading on is of no use."""
        return self._seen.failure is not None or self._seen.violation is not None or self._body.page_is_clear

    @property
    def shown(self) -> bool:
        """Something visible has come: words, reasoning, or a tool call."""
        return self._seen.shown

    @property
    def activity(self) -> int:
        """How many chunks have said something; keep-alive signs and empty chunks do not count."""
        return self._seen.activity

    @property
    def keepalives(self) -> int:
        """How many signs of life without meaning have come: comments, pings, padding."""
        return self._body.keepalives + self._pings

    def feed(self, data: bytes) -> list[Delta]:
        """Takes bytes as they come from the connection, cut anywhere.

        Returns:
            What they bring, in order; neighbouring words of one kind as one event.
        """
        if self._over:
            self._body.remember(data)
            return []
        try:
            pieces = self._body.feed(data)
        except TooLongError as error:
            self._take(error.pieces)
            self._refuse_length()
        else:
            self._take(pieces)
        return self._collected()

    def finish(self, cut: Failure | None = None) -> Ending:
        """Judges the answer when no more bytes come. To be called once.

        Args:
            cut: how the connection failed; None when the bytes simply ended.
        """
        if not self._over:
            try:
                self._take(self._body.finish())
            except TooLongError as error:
                self._take(error.pieces)
                self._refuse_length()
        deltas = [*self._collected(), *self._words.finish()]
        seen = self._seen
        seen.usage = self._usage.usage
        seen.tool_calls = self._tools.assembled()
        seen.excerpt = self._body.excerpt
        self._find_violation()
        state, failure, note = judge(seen, cut)
        return Ending(
            state=state,
            usage=seen.usage,
            tool_calls=seen.tool_calls,
            failure=failure,
            note=note,
            model_returned=self._model,
            request_id=self._request_id or (seen.failure.request_id if seen.failure else None),
            server_cost=self._usage.cost,
            saw_finish=seen.finish is not None,
            saw_done=seen.done,
            deltas=tuple(deltas),
        )

    def _refuse(self, message: str) -> None:
        """What came is not this protocol."""
        if self._seen.violation is None:
            self._seen.violation = message
        self._over = True

    def _refuse_length(self) -> None:
        if not self._over:
            self._refuse("The server sent more than 16 MiB without a break; that is not an answer.")

    def _refuse_foreign(self, whose: str) -> None:
        self._refuse(f"This endpoint speaks the {whose} format, not that of OpenAI's chat completions.")

    def _find_violation(self) -> None:
        """What only the end makes certain."""
        if self._seen.failure is not None:
            return
        if self._body.kind is BodyKind.PAGE:
            title = failure_from_payload(self._body.head).message
            self._refuse(f"The server sent a web page instead of an answer: {title}")
        elif self._foreign and not self._seen.chunks:
            self._refuse_foreign(self._foreign)

    def _collected(self) -> list[Delta]:
        self._deltas += self._words.take()
        deltas, self._deltas = self._deltas, []
        return deltas

    # Pieces

    def _take(self, pieces: list[Piece]) -> None:
        for source, text in pieces:
            if source is Source.DATA:
                self._take_data(text)
            elif source is Source.BARE:
                self._take_data(text, bare=True)
            else:
                self._take_odd(source, text)
            if self._over:
                return

    def _take_data(self, text: str, *, bare: bool = False) -> None:
        value = json_values.parse(text)
        if type(value) is dict:
            if not self._take_plain(value):
                self._take_chunk(value, text, bare=bare)
        elif value is not UNPARSABLE:
            self._take_value(value, text, bare=bare)
        else:
            self._take_text(text.strip(), bare=bare)

    def _take_value(self, value: object, text: str, *, bare: bool) -> None:
        """JSON that is no object."""
        objects = [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
        if objects:
            for item in objects:
                if not self._over:
                    self._take_chunk(item, text, bare=bare)
        elif isinstance(value, str) and value.strip():
            self._remember(value.strip())
        elif value is not None and value != []:
            self._seen.strangers += 1

    def _take_text(self, text: str, *, bare: bool, last: bool = False) -> None:
        """Data that is not one JSON value; the last may be cut off, which is no error of its own."""
        if text.startswith(_DONE):
            self._seen.done = True
            self._over = True
            return
        salvaged = [value for value in json_values.salvage(text) if isinstance(value, dict)]
        if not salvaged and "error" in text:
            # A Python program's idea of JSON.
            lenient = parse_lenient(text)
            salvaged = [lenient] if isinstance(lenient, dict) else []
        for value in salvaged:
            if not self._over:
                self._take_chunk(value, text, bare=bare)
        if salvaged or not text:
            return
        if not _LIKE_JSON.match(text):
            if not (last and _DONE.startswith(text)):
                self._remember(text)
        elif not last:
            self._seen.strangers += 1

    def _take_odd(self, source: Source, text: str) -> None:
        if source is Source.STRAY:
            self._take_stray(text)
            return
        value = json_values.parse(text)
        if source is Source.LAST:
            if value is UNPARSABLE:
                self._take_text(text.strip(), bare=False, last=True)
            else:
                self._take_data(text)
        elif source is Source.ERROR_EVENT:
            self._fail(text if value is UNPARSABLE or value is None else value, text)
        elif value is not None and text.strip():
            self._fail(text if value is UNPARSABLE else value, text)

    def _take_stray(self, line: str) -> None:
        """A line that is no field; of those only the web page of a proxy that broke into the stream tells something."""
        self._seen.strangers += 1
        if line.lstrip().lower().startswith(_PAGE_BEGINS):
            self._remember("A web page broke into the answer: " + failure_from_payload(line).message)

    def _remember(self, text: str) -> None:
        self._seen.said = scrubbed(text[:_SAID_CHARS])

    # Chunks

    def _take_plain(self, chunk: dict[str, Any]) -> bool:
        """Takes the chunk that nearly all of a stream consists of: some words and nothing else.

        Returns:
            False when it is another one, which then was not touched.
        """
        choices = chunk.get("choices")
        if type(choices) is not list or len(choices) != 1 or "error" in chunk or chunk.get("usage") is not None:
            return False
        choice = choices[0]
        if type(choice) is not dict or "error" in choice or "usage" in choice or choice.get("finish_reason"):
            return False
        delta = choice.get("delta")
        if type(delta) is not dict or choice.get("index", 0) != 0:
            return False
        text = delta.get("content")
        if type(text) is not str or not text or len(delta) > 1 + ("role" in delta):
            return False
        model = chunk.get("model")
        if model != self._model or "request_id" in chunk:
            self._note_origin(chunk)
        seen = self._seen
        seen.chunks += 1
        seen.activity += 1
        seen.shown = True
        seen.usage_alone = False
        if not seen.has_text and not text.isspace():
            seen.has_text = True
        self._words.add_text(text)
        return True

    def _take_chunk(self, chunk: dict[str, Any], text: str, *, bare: bool) -> None:
        self._note_origin(chunk)
        choices = chunk.get("choices")
        words = self._take_choices(choices, bare=bare)
        told = self._take_usage(chunk.get("usage"))
        if words or told:
            self._seen.activity += 1
            self._seen.usage_alone = told and not words
        error = inband.error_in(chunk, bare=bare)
        if error is not None:
            self._fail(error, text)
        elif "choices" not in chunk and inband.foreign_format(chunk):
            self._take_stranger(chunk)
        elif "choices" in chunk or told or chunk.get("object") in ("chat.completion.chunk", "chat.completion"):
            self._seen.chunks += 1
        elif inband.is_ping(chunk):
            self._pings += 1
        else:
            self._take_stranger(chunk)

    def _take_stranger(self, chunk: dict[str, Any]) -> None:
        self._foreign = self._foreign or inband.foreign_format(chunk)
        if self._foreign is None:
            self._seen.strangers += 1
            message = chunk.get("message")
            if isinstance(message, str) and message.strip():
                self._remember(message.strip())
        elif not self._seen.chunks and inband.shows_foreign_words(chunk):
            self._refuse_foreign(self._foreign)

    def _note_origin(self, chunk: dict[str, Any]) -> None:
        model = chunk.get("model")
        if isinstance(model, str) and model:
            self._model = scrubbed(model)
        request_id = chunk.get("request_id")
        if self._request_id is None and isinstance(request_id, str) and request_id:
            self._request_id = scrubbed(request_id)

    def _take_choices(self, choices: object, *, bare: bool) -> bool:
        """Takes the first choice; others were not asked for. Returns whether it said anything."""
        if not isinstance(choices, list):
            return False
        for position, choice in enumerate(choices):
            if isinstance(choice, dict) and _is_first(choice.get("index"), position):
                return self._take_choice(choice, bare=bare)
        return False

    def _take_choice(self, choice: dict[str, Any], *, bare: bool) -> bool:
        words = choice.get("delta")
        if not isinstance(words, dict):
            words = choice.get("message")
            if bare and isinstance(words, dict):
                self._seen.whole = True
        if not isinstance(words, dict):
            words = {"content": choice.get("text")}
        said = self._take_words(words)
        if self._take_usage(choice.get("usage")):
            said = True
        finish = more_telling(self._seen.finish, finish_of(choice.get("finish_reason")))
        if finish is not self._seen.finish:
            self._seen.finish = finish
            said = True
        return said

    def _take_words(self, words: dict[str, Any]) -> bool:
        said = False
        if thought := self._reasoning.read(words):
            self._words.add_reasoning(thought)
            said = True
        for text in (text_of(words.get("content")), refusal := refusal_of(words)):
            if text:
                self._words.add_text(text)
                self._seen.has_text = self._seen.has_text or not text.isspace()
                said = True
        if refusal:
            self._seen.refused = True
        if calls := words.get("tool_calls"):
            self._tools.add(calls)
            said = said or self._tools.seen
        if function := words.get("function_call"):
            self._tools.add_legacy(function)
            said = said or self._tools.seen
        self._seen.shown = self._seen.shown or said
        return said

    def _take_usage(self, report: object) -> bool:
        """Takes a usage report. Returns whether it brought anything new."""
        if report is None or not self._usage.add(report) or self._usage.usage is None:
            return False
        self._deltas += self._words.take()
        self._deltas.append(UsageSeen(self._usage.usage))
        return True

    def _fail(self, payload: object, text: str) -> None:
        if self._seen.failure is not None:
            return
        self._over = True
        raw = text[:_DETAILS_CHARS].encode("utf-8", "replace")
        if isinstance(payload, str):
            payload = scrubbed(payload.strip())
        try:
            failure = failure_from_payload(payload, raw=raw) if payload else None
        except (ValueError, TypeError, ArithmeticError, RecursionError):
            _log.warning("an error in the answer could not be read", exc_info=True)
            failure = None
        if failure is None:
            message = "The server reported an error and said nothing about it."
            failure = Failure(FailureKind.STREAM, message, details=text[:_SAID_CHARS])
        self._seen.failure = replace(
            failure,
            message=scrubbed(failure.message),
            code=failure.code and scrubbed(failure.code),
            request_id=failure.request_id and scrubbed(failure.request_id),
        )


def _is_first(index: object, position: int) -> bool:
    """Whether a choice is the first one; without an index its place tells."""
    if index is None:
        return position == 0
    return index in (0, "0")
