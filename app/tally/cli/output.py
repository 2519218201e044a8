"""What `tally ask` prints: JSON Lines for programs, or the answer as it streams for people."""

import json
from collections.abc import Callable
from typing import TextIO

from tally.core.answer import AnswerBuilder
from tally.core.events import ReasoningDelta, RetryScheduled, StreamEvent, TextDelta


class Printer:
    """Says what happens, as JSON Lines or as plain text.

    Args:
        out: for the answer.
        err: for remarks, and in plain text for cost and errors.
        as_json: JSON Lines.
        on_closed: called once when nobody reads `out` any more; from then on nothing is printed.
    """

    def __init__(self, out: TextIO, err: TextIO, *, as_json: bool, on_closed: Callable[[], None]) -> None:
        self._out = out
        self._err = err
        self._as_json = as_json
        self._on_closed = on_closed
        self._closed = False

    def _print(self, text: str) -> None:
        if self._closed:
            return
        try:
            self._out.write(text)
            self._out.flush()
        except BrokenPipeError:
            self._closed = True
            self._on_closed()

    def _line(self, **fields: object) -> None:
        # ASCII only: U+2028 and its like would be line ends to many who split the output.
        self._print(json.dumps(fields) + "\n")

    def remark(self, text: str) -> None:
        """Says something that is not part of the answer."""
        self._err.write(f"{text}\n")

    def event(self, event: StreamEvent) -> None:
        """Passes one event on."""
        if isinstance(event, TextDelta):
            if self._as_json:
                self._line(event="delta", text=event.text)
            else:
                self._print(event.text)
        elif isinstance(event, ReasoningDelta) and self._as_json:
            self._line(event="reasoning", text=event.text)
        elif isinstance(event, RetryScheduled):
            if self._as_json:
                self._line(event="retry", in_s=round(event.in_s, 3), reason=event.failure.message)
            else:
                self._err.write(f"{event.failure.message} Trying again in {event.in_s:.0f} s.\n")

    def end(self, builder: AnswerBuilder) -> None:
        """The one last line."""
        info = builder.info()
        usage = builder.reported_usage()
        failure = info.failure
        if not self._as_json:
            cost = "unknown" if info.cost.usd is None else info.cost.usd.display()
            self._print("\n" if builder.text and not builder.text.endswith("\n") else "")
            self._err.write(f"{failure.message}\n" if failure else "")
            self._err.write(f"{info.state}, cost {cost} ({info.cost.status}), {info.requests} request(s)\n")
            return
        self._line(
            event="end",
            state=str(info.state),
            text=builder.text,
            tool_calls=[
                {"id": call.call_id, "name": call.name, "arguments": call.arguments, "raw": call.raw}
                for call in builder.tool_calls
            ],
            usage=None
            if usage is None
            else {"prompt_tokens": usage.prompt_reported, "completion_tokens": usage.output},
            cost={
                "usd": None if info.cost.usd is None else info.cost.usd.plain(),
                "status": str(info.cost.status),
            },
            error=None
            if failure is None
            else {"kind": str(failure.kind), "message": failure.message, "status": failure.status},
            requests=info.requests,
        )
