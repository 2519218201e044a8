"""`tally ask`: one question without a window, for scripts and for checking an installation.

Prints JSON Lines with `--json`: any number of `delta`, `reasoning` and `retry` events, then exactly one `end`. Without
it the answer is printed as it streams and the cost goes to stderr. Exit status 0 for an answer, 130 when stopped by
Ctrl+C, 1 otherwise. Uses the same core and gateway as the window, and books its calls in the same ledger.
"""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TextIO

from tally import compose
from tally.core.answer import AnswerBuilder, Booking
from tally.core.catalog import Catalog, ImageRule, PriceOverride
from tally.core.control import TurnControl
from tally.core.estimate import input_tokens
from tally.core.events import (
    CallPurpose,
    CallReport,
    ReasoningDelta,
    RetryScheduled,
    StreamEnded,
    StreamEvent,
    TextDelta,
)
from tally.core.failures import ChatError, Failure, FailureKind, RefusedError
from tally.core.keys import host_of
from tally.core.messages import EndState, ImagePart, Message, Part, Role, TextPart
from tally.core.money import MoneyError, Price
from tally.core.params import GenerationParams, ParamError, ToolDefinition, checked
from tally.core.ports import ChatProvider, ChatRequest, PreparedImage
from tally.core.settings import Connection, Settings, TimeLimits

EXIT_OK, EXIT_FAILED, EXIT_STOPPED = 0, 1, 130

SEMANTIC_IDLE_RATIO = 2.5
"""How much longer than the byte limit the limit for pieces of the answer is, as in the default limits."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tally ask", description="Ask one question without a window.")
    parser.add_argument("prompt", metavar="PROMPT", help="the question; - reads it from standard input")
    parser.add_argument("--json", action="store_true", help="print JSON Lines instead of plain text")
    parser.add_argument("--base-url", metavar="URL", help="the gateway (default: the one in the settings)")
    parser.add_argument("--model", metavar="M", help="the model's id (default: the one in the settings)")
    parser.add_argument(
        "--param", metavar="name=value", action="append", default=[], help="a request parameter; the value may be JSON"
    )
    parser.add_argument("--system", metavar="TEXT", help="the system prompt")
    parser.add_argument("--tools", metavar="FILE.json", help="function definitions; calls are reported, not run")
    parser.add_argument("--image", metavar="FILE", action="append", default=[], help="a picture to send along")
    parser.add_argument("--prices", metavar="FILE.json", help="prices in dollars per million tokens, by model")
    parser.add_argument("--read-timeout", metavar="SECONDS", type=float, help="how long to wait for bytes")
    return parser


def _refused(message: str, kind: FailureKind = FailureKind.BAD_REQUEST_HERE) -> RefusedError:
    return RefusedError(Failure(kind, message))


def _read_json(path: str) -> Any:
    try:
        return json.loads(Path(path).read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise _refused(f"{path} cannot be read: {error}") from error


def _texts(value: object, name: str) -> tuple[str, ...]:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise _refused(f"{name} must be a text or a list of texts")
    return tuple(texts)


def _tool_choice(value: object) -> str:
    if isinstance(value, str) and value in {"auto", "none", "required"}:
        return value
    if isinstance(value, dict) and isinstance(function := value.get("function"), dict):
        return f"function:{function.get('name', '')}"
    raise _refused('tool_choice must be auto, none, required or {"type":"function","function":{"name":…}}')


def _number(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _refused(f"{name} must be a number")
    return float(value)


def _whole(value: object, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _refused(f"{name} must be a whole number")
    return value


def _flag(value: object, name: str) -> bool:
    if not isinstance(value, bool):
        raise _refused(f"{name} must be true or false")
    return value


def _json_mode(value: object) -> bool:
    kind = value.get("type") if isinstance(value, dict) else value
    if isinstance(kind, str) and kind in {"json_object", "text"}:
        return kind == "json_object"
    return _flag(kind, "response_format")


_PARAMS: dict[str, Callable[[object], dict[str, Any]]] = {
    "max_tokens": lambda value: {"max_tokens": _whole(value, "max_tokens")},
    "temperature": lambda value: {"temperature": _number(value, "temperature")},
    "top_p": lambda value: {"top_p": _number(value, "top_p")},
    "stop": lambda value: {"stop": _texts(value, "stop")},
    "response_format": lambda value: {"json_mode": _json_mode(value)},
    "json_mode": lambda value: {"json_mode": _flag(value, "json_mode")},
    "user": lambda value: {"user": str(value)},
    "stream": lambda value: {"stream": _flag(value, "stream")},
    "tool_choice": lambda value: {"tool_choice": _tool_choice(value)},
}


_OFF = GenerationParams()

_UNDOCUMENTED = {
    "frequency_penalty", "logprobs", "max_completion_tokens", "metadata", "n", "parallel_tool_calls",
    "presence_penalty", "reasoning_effort", "seed", "thinking", "top_k",
}  # fmt: skip
"""Parameters of other services, which this gateway does not document and Claude models partly refuse: not sent."""


def _remark(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201  a script's voice


def parse_params(pairs: Sequence[str], base: GenerationParams) -> GenerationParams:
    """Reads `name=value` pairs; a value is JSON if it parses, else text. Null switches a parameter off.

    Raises:
        RefusedError: an unknown name or a value of the wrong kind.
    """
    params = base
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if equals and name in _UNDOCUMENTED:
            _remark(f"{name} was left out: this gateway does not know it")
            continue
        if not equals or name not in _PARAMS:
            raise _refused(f"unknown parameter {name!r}; known: {', '.join(_PARAMS)}")
        try:
            value: object = json.loads(text)
        except ValueError:
            value = text
        field = "json_mode" if name == "response_format" else name
        params = replace(params, **(_PARAMS[name](value) if value is not None else {field: getattr(_OFF, field)}))
    if params.temperature is not None and params.top_p is not None:
        _remark("top_p was left out: use temperature or top_p, not both")
        params = replace(params, top_p=None)
    try:
        return checked(params)
    except ParamError as error:
        raise _refused(str(error)) from error


def parse_tools(value: object) -> tuple[ToolDefinition, ...]:
    """Reads function definitions in the API's form, or bare ones.

    Raises:
        RefusedError: the value is not a list of functions with a name.
    """
    tools: list[ToolDefinition] = []
    for entry in value if isinstance(value, list) else [value]:
        function = entry.get("function", entry) if isinstance(entry, dict) else None
        if not isinstance(function, dict) or not isinstance(function.get("name"), str):
            raise _refused("the tools file must hold a list of functions with a name")
        parameters = function.get("parameters")
        tools.append(
            ToolDefinition(
                function["name"],
                str(function.get("description") or ""),
                parameters if isinstance(parameters, dict) else {"type": "object", "properties": {}},
            )
        )
    return tuple(tools)


def parse_prices(value: object) -> tuple[PriceOverride, ...]:
    """Reads `{"<model>": {"input": "3", "output": "15", "cache_read": "0.30", "cache_write": "3.75"}}`.

    Raises:
        RefusedError: not such a table.
    """
    if not isinstance(value, dict):
        raise _refused("the prices file must hold an object of models")
    overrides: list[PriceOverride] = []
    for model, prices in value.items():
        try:
            given = {key: str(price) for key, price in prices.items() if price is not None}
            price = Price.per_million(
                given["input"], given["output"], given.get("cache_read"), given.get("cache_write")
            )
        except (AttributeError, KeyError, MoneyError) as error:
            raise _refused(f"the price of {model} cannot be used: {error}") from error
        overrides.append(PriceOverride(model, price))
    return tuple(overrides)


@dataclass(frozen=True, slots=True)
class _Question:
    """All that was asked for on the command line, read and checked."""

    request: ChatRequest
    booking: Booking


def _connection(arguments: argparse.Namespace, settings: Settings) -> Connection:
    connection = settings.connection
    if arguments.base_url:
        connection = replace(connection, base_url=arguments.base_url)
    if (seconds := arguments.read_timeout) is not None:
        if seconds <= 0:
            raise _refused("the time limit must be more than 0 seconds")
        semantic = min(TimeLimits().semantic_idle, max(20.0, seconds * SEMANTIC_IDLE_RATIO))
        limits = replace(connection.limits, first_byte=seconds, idle=seconds, whole=seconds, semantic_idle=semantic)
        connection = replace(connection, limits=limits)
    return connection


async def _images(paths: Sequence[str], rule: ImageRule) -> tuple[list[ImagePart], dict[str, PreparedImage]]:
    """The pictures as parts and as they are sent; QtGui is loaded only when there are any."""
    if not paths:
        return [], {}
    from tally.media.scripting import read_images  # noqa: PLC0415  QtGui only for pictures

    return await read_images([Path(path) for path in paths], rule)


async def _question(arguments: argparse.Namespace, settings: Settings, catalog: Catalog) -> _Question:
    clock = compose.SystemClock()
    if arguments.prices:
        catalog = catalog.with_changes(parse_prices(_read_json(arguments.prices)), ())
    model = catalog.find(arguments.model or settings.defaults.model or catalog.default().id)
    base = replace(settings.defaults.params, system=arguments.system or "")
    params = parse_params(arguments.param, base)
    tools = parse_tools(_read_json(arguments.tools)) if arguments.tools else ()
    prompt = sys.stdin.read() if arguments.prompt == "-" else arguments.prompt
    pictures, prepared = await _images(arguments.image, model.images)
    parts: tuple[Part, ...] = (*pictures, TextPart(prompt)) if prompt else tuple(pictures)
    message = Message(clock.new_id(), None, Role.USER, parts, clock.now_ms())
    request = ChatRequest(
        connection=_connection(arguments, settings),
        model=model,
        params=params,
        messages=(message,),
        tools=tools,
        images=prepared,
        purpose=CallPurpose.SCRIPT,
    )
    booking = Booking(
        model=model,
        model_key=catalog.key(model.id),
        host=host_of(request.connection.base_url),
        purpose=CallPurpose.SCRIPT,
        input_estimate=input_tokens((message,), params, tools, model),
        json_mode=params.json_mode,
    )
    return _Question(request, booking)


class _Printer:
    """Says what happens, as JSON Lines or as plain text."""

    def __init__(self, out: TextIO, err: TextIO, *, as_json: bool) -> None:
        self._out = out
        self._err = err
        self._as_json = as_json

    def _line(self, **fields: object) -> None:
        # ASCII only: U+2028 and its like would be line ends to many who split the output.
        self._out.write(json.dumps(fields) + "\n")
        self._out.flush()

    def remark(self, text: str) -> None:
        """Says something that is not part of the answer."""
        self._err.write(f"{text}\n")

    def event(self, event: StreamEvent) -> None:
        """Passes one event on."""
        if isinstance(event, TextDelta):
            if self._as_json:
                self._line(event="delta", text=event.text)
            else:
                self._out.write(event.text)
                self._out.flush()
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
            self._out.write("\n" if builder.text and not builder.text.endswith("\n") else "")
            self._out.flush()
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


@asynccontextmanager
async def _stopped_by_signal(stop: Callable[[], None]) -> AsyncIterator[None]:
    """Makes Ctrl+C call `stop` while the block runs."""
    loop = asyncio.get_running_loop()
    try:
        loop.add_signal_handler(signal.SIGINT, stop)
    except NotImplementedError:  # Windows has no signal handlers on its loop
        signal.signal(signal.SIGINT, lambda *_: loop.call_soon_threadsafe(stop))
    try:
        yield
    finally:
        with contextlib.suppress(NotImplementedError):
            loop.remove_signal_handler(signal.SIGINT)


async def _stream(
    provider: ChatProvider, question: _Question, builder: AnswerBuilder, control: TurnControl, printer: _Printer
) -> None:
    try:
        control.attach(asyncio.current_task())
        async with aclosing(provider.stream(question.request, control)) as stream:
            async for event in stream:
                builder.add(event)
                printer.event(event)
    except asyncio.CancelledError:
        builder.cancel()
    finally:
        control.detach()


def _refusal(failure: Failure, clock: compose.SystemClock, catalog: Catalog) -> AnswerBuilder:
    """An answer that ended before anything was sent."""
    model = catalog.default()
    builder = AnswerBuilder(Booking(model, model.id, "", CallPurpose.SCRIPT, 0), clock)
    builder.add(StreamEnded(CallReport(0, None, EndState.HTTP_ERROR, failure=failure)))
    return builder


async def ask_once(
    argv: Sequence[str], environ: Mapping[str, str], control: TurnControl, out: TextIO, err: TextIO
) -> int:
    """Asks one question; signals are the caller's business.

    Args:
        argv: the arguments after `ask`.
        environ: names the data folder and may carry the key.
        control: whose `stop` ends the answer.
        out: for the answer or the JSON Lines.
        err: for everything else.

    Returns:
        The exit status.
    """
    arguments = _parser().parse_args(argv)
    printer = _Printer(out, err, as_json=arguments.json)
    clock = compose.SystemClock()
    async with compose.scripting(environ) as parts:
        try:
            question = await _question(arguments, parts.settings, parts.catalog)
        except ChatError as error:
            printer.end(_refusal(error.failure, clock, parts.catalog))
            return EXIT_FAILED
        builder = AnswerBuilder(question.booking, clock)
        await asyncio.create_task(_stream(parts.provider, question, builder, control, printer))
        printer.end(builder)
        problem = await parts.record(builder.entries)
        if problem:
            printer.remark(f"The call could not be entered in the ledger: {problem}")
        state = builder.info().state
    if state is EndState.CANCELLED:
        return EXIT_STOPPED
    return EXIT_OK if state in {EndState.COMPLETE, EndState.LENGTH, EndState.TOOLS} else EXIT_FAILED


async def _ask(argv: Sequence[str]) -> int:
    control = TurnControl()
    async with _stopped_by_signal(control.stop):
        return await ask_once(argv, os.environ, control, sys.stdout, sys.stderr)


def ask(argv: Sequence[str]) -> int:
    """Runs `tally ask` with the arguments after `ask`; returns the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    return asyncio.run(_ask(argv))
