"""`tally ask`: one question without a window, for scripts and for checking an installation.

Prints JSON Lines with `--json`: any number of `delta`, `reasoning` and `retry` events, then exactly one `end`. Without
it the answer is printed as it streams and the cost goes to stderr. Exit status 0 for an answer, 130 when stopped by
Ctrl+C, 1 otherwise. Uses the same core and gateway as the window, and books its calls in the same ledger.
"""

import argparse
import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

from tally import compose
from tally.cli.arguments import parse_params, parse_prices, parse_tools, parser, read_json, refused
from tally.cli.output import Printer
from tally.core.answer import AnswerBuilder, Booking
from tally.core.catalog import Catalog, ImageRule
from tally.core.control import TurnControl
from tally.core.estimate import input_tokens
from tally.core.events import CallPurpose, CallReport, StreamEnded
from tally.core.failures import ChatError, Failure
from tally.core.keys import host_of
from tally.core.messages import EndState, ImagePart, Message, Part, Role, TextPart
from tally.core.ports import ChatProvider, ChatRequest, PreparedImage
from tally.core.settings import Connection, Settings, TimeLimits

EXIT_OK, EXIT_FAILED, EXIT_STOPPED = 0, 1, 130

SEMANTIC_IDLE_RATIO = 2.5
"""How much longer than the byte limit the limit for pieces of the answer is, as in the default limits."""


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
            raise refused("the time limit must be more than 0 seconds")
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
        catalog = catalog.with_changes(parse_prices(read_json(arguments.prices)), ())
    model = catalog.find(arguments.model or settings.defaults.model or catalog.default().id)
    base = replace(settings.defaults.params, system=arguments.system or "")
    params = parse_params(arguments.param, base)
    tools = parse_tools(read_json(arguments.tools)) if arguments.tools else ()
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
    provider: ChatProvider, question: _Question, builder: AnswerBuilder, control: TurnControl, printer: Printer
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
    arguments = parser().parse_args(argv)
    # Whoever reads the output and leaves does not want the rest of the answer.
    printer = Printer(out, err, as_json=arguments.json, on_closed=control.stop)
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
    status = asyncio.run(_ask(argv))
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        # What is still buffered must not fail again when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return status
