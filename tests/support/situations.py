"""What a server does and what `tally ask --json` must make of it, as data, and the means to play it.

A `Situation` is played for real: a raw server on loopback, the command's own coroutine, the real gateway code and a
data folder of its own. Many are played at once in one event loop, so that pauses between retries cost little.
"""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from support.raw_server import LAST_CHUNK, Peer, RawServer, Received, Script, chunked, http, stream_head
from tally.cli.command import ask_once
from tally.core.control import TurnControl

KEY = "th-0123456789abcdefWXYZ"
AT_ONCE = 24
"""How many are played at the same time."""

_LINES = {"delta", "reasoning", "retry"}

Body = Callable[[dict[str, Any]], object]
Check = Callable[["Outcome"], object]


@dataclass(frozen=True)
class Expect:
    """What must come out; what is None is not looked at.

    Attributes:
        state: of the `end` line; several when the protocol leaves the choice.
        text: likewise, exactly.
        reasoning: of the `reasoning` lines, joined.
        calls: (id or None for "any", name, arguments, raw or None for "any").
        usage: (prompt, completion), or "null".
        usd: the cost, exactly; "null" for none.
        cost: its status; several when the protocol leaves the choice.
        requests: POSTs, as counted by the command and by the server.
        kind: of the error; "none" for no error.
        status: the error's HTTP status.
        says: texts that the error's message holds.
        silent: texts that appear nowhere in the output.
        retries: how many `retry` lines.
        body: what must be true of the first request's body.
        bodies: what must be true of each request's body, in order.
        exit: the exit status.
        also: anything else, a function that asserts.
    """

    state: str | set[str] | None = None
    text: str | None = None
    reasoning: str | None = None
    calls: Sequence[tuple[str | None, str, dict[str, Any] | None, str | None]] | None = None
    usage: tuple[int, int] | str | None = None
    usd: str | None = None
    cost: str | set[str] | None = None
    requests: int | None = None
    kind: str | set[str] | None = None
    status: int | None = None
    says: Sequence[str] = ()
    silent: Sequence[str] = ()
    retries: int | None = None
    body: Body | None = None
    bodies: Sequence[Body] = ()
    exit: int | None = None
    also: Check | None = None


def fine(text: str = "Hello", **changes: Any) -> Expect:
    """A whole answer with `usage()`'s figures at the price of the default model."""
    base = Expect(
        state="complete",
        text=text,
        usage=(10, 5),
        usd="0.000105",
        cost="exact",
        requests=1,
        kind="none",
        retries=0,
        exit=0,
    )
    return replace(base, **changes)


@dataclass(frozen=True, repr=False)
class Situation:
    """One thing that happens on the wire.

    Attributes:
        name: a statement; the test's id.
        server: scripts by connection; None for no server at all.
        expect: of the last run.
        args: further arguments of `tally ask`.
        files: written before, by name; their names in `args` are replaced by their paths.
        prompt: the question.
        key: `TOKENHUB_API_KEY`.
        url: what is appended to or replaces the base URL, "{url}" being the server's.
        runs: how often the command is run with the same data folder and server.
        later_args: further arguments of all runs but the first.
        stop_at: name of the gate at which Stop is pressed, or of the line ("delta", "retry") after which it is.
    """

    name: str
    server: Sequence[Script] | None
    expect: Expect
    args: Sequence[str] = ()
    files: dict[str, bytes | str] = field(default_factory=dict)
    prompt: str = "Hi"
    key: str = KEY
    url: str = "{url}"
    runs: int = 1
    later_args: Sequence[str] = ()
    stop_at: str | None = None

    def __repr__(self) -> str:
        return self.name


@dataclass
class Outcome:
    """What one run printed, and what the server saw in all runs.

    Attributes:
        lines: the JSON Lines.
        err: standard error.
        exit: the exit status.
        posts: what the server received.
        runs: the `end` lines of all runs.
        earlier: how many POSTs belong to earlier runs.
    """

    lines: list[dict[str, Any]]
    err: str
    exit: int
    posts: list[Received] = field(default_factory=list)
    runs: list[dict[str, Any]] = field(default_factory=list)
    earlier: int = 0

    @property
    def end(self) -> dict[str, Any]:
        """The one last line."""
        ends = [line for line in self.lines if line["event"] == "end"]
        assert len(ends) == 1, self.lines
        assert self.lines[-1] is ends[0]
        return ends[0]

    def joined(self, event: str) -> str:
        """The texts of all lines of one event."""
        return "".join(line["text"] for line in self.lines if line["event"] == event)


def replies(*answers: bytes) -> Sequence[Script]:
    """Answers to the requests in order, whichever connections they come on; the last one again and again."""
    left = list(answers)

    def script(peer: Peer) -> None:
        while True:
            peer.request()
            peer.send(left.pop(0) if len(left) > 1 else left[0])

    return [script]


def cut_after(data: bytes, *, reset: bool = False) -> Sequence[Script]:
    """Sends the same bytes to every request and closes the connection."""

    def script(peer: Peer) -> None:
        peer.request()
        peer.send(data)
        if reset:
            peer.reset()

    return [script]


def whole(*pieces: bytes | str, **headers: str) -> bytes:
    """A chunked stream in these chunks, with the end of the body; header names with underscores for dashes."""
    head = stream_head(**headers)
    if "Content_Type" in headers:
        head = head.replace(b"Content-Type: text/event-stream\r\n", b"", 1)
    return head + b"".join(chunked(piece) for piece in pieces) + LAST_CHUNK


def until_close(body: bytes | str, content_type: str = "text/event-stream") -> bytes:
    """An answer whose body ends with the connection."""
    return http(200, body, headers={"Content-Type": content_type}, length=False)


def error(status: int, body: object = None, **headers: str) -> bytes:
    """An error answer with a JSON body (or the text as it is), header names with underscores for dashes."""
    text = body if isinstance(body, str | bytes) else json.dumps(body, ensure_ascii=False)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return http(status, b"" if body is None else text, headers=named)


class _Output(io.BytesIO):
    """Takes what is printed and stops the turn after the first line of one kind."""

    def __init__(self, control: TurnControl, stop_at: str | None) -> None:
        super().__init__()
        self._control = control
        self._mark = b'{"event": "%s"' % stop_at.encode() if stop_at in _LINES else None

    def write(self, data: Any) -> int:
        written = super().write(data)
        if self._mark is not None and bytes(data).startswith(self._mark):
            self._mark = None
            asyncio.get_running_loop().call_soon(self._control.stop)
        return written


async def _run_once(situation: Situation, argv: Sequence[str], environ: dict[str, str], server: RawServer) -> Outcome:
    control = TurnControl()
    raw_out, raw_err = _Output(control, situation.stop_at), io.BytesIO()
    out = io.TextIOWrapper(raw_out, encoding="utf-8", errors="replace", newline="\n")
    err = io.TextIOWrapper(raw_err, encoding="utf-8", errors="replace", newline="\n")
    asked = asyncio.create_task(ask_once(argv, environ, control, out, err))
    if situation.stop_at is not None and situation.stop_at not in _LINES:
        assert await asyncio.to_thread(server.gate(situation.stop_at).wait, 20.0)
        control.stop()
    status = await asked
    out.flush()
    err.flush()
    lines = [json.loads(line) for line in raw_out.getvalue().decode().splitlines()]
    return Outcome(lines, raw_err.getvalue().decode(), status)


def _lay_out(situation: Situation, folder: Path) -> None:
    folder.mkdir(parents=True)
    for name, content in situation.files.items():
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)


async def play(situation: Situation, folder: Path) -> Outcome:
    """Plays one situation to its end, in a folder of its own."""
    await asyncio.to_thread(_lay_out, situation, folder)
    environ = {"TALLY_DATA_DIR": str(folder / "data"), "TOKENHUB_API_KEY": situation.key, "HOME": str(folder)}
    args = [str(folder / word) if word in situation.files else word for word in situation.args]
    server = RawServer(situation.server or [lambda peer: None])
    server.__enter__()
    url = situation.url.format(url=server.base_url, root=server.base_url.removesuffix("/v1"))
    argv = ["--json", "--base-url", url, *args, "--", situation.prompt]
    runs: list[Outcome] = []
    earlier = 0
    try:
        for number in range(situation.runs):
            earlier = len(server.posts)
            more = situation.later_args if number else ()
            runs.append(await _run_once(situation, [*more, *argv], environ, server))
    finally:
        # The server's threads end when their connections do, which takes a moment that others can use.
        await asyncio.to_thread(server.__exit__, None)
    last = runs[-1]
    last.posts, last.earlier, last.runs = list(server.posts), earlier, [run.end for run in runs]
    return last


async def play_all(situations: Sequence[Situation], folder: Path) -> dict[str, Outcome | Exception]:
    """Plays many at once; what went wrong stands in the place of the outcome."""
    places = asyncio.Semaphore(AT_ONCE)

    async def one(number: int, situation: Situation) -> Outcome | Exception:
        async with places:
            try:
                return await asyncio.wait_for(play(situation, folder / str(number)), 60)
            except (Exception, SystemExit) as problem:  # noqa: BLE001  told by the situation's own test
                return problem if isinstance(problem, Exception) else RuntimeError(f"exit {problem.code}")

    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(2 * AT_ONCE))
    outcomes = await asyncio.gather(*(one(number, each) for number, each in enumerate(situations)))
    return dict(zip((each.name for each in situations), outcomes, strict=True))


def _one_of(value: object, wanted: str | set[str]) -> bool:
    return value in (wanted if isinstance(wanted, set) else {wanted})


def _check_error(end: dict[str, Any], expect: Expect) -> None:
    problem = end["error"]
    if expect.kind == "none":
        assert problem is None, problem
        return
    if expect.kind is not None:
        assert problem is not None, end
        assert _one_of(problem["kind"], expect.kind), problem
    if expect.status is not None:
        assert problem["status"] == expect.status, problem
    for text in expect.says:
        assert text in problem["message"], problem


def _check_money(end: dict[str, Any], expect: Expect) -> None:
    if expect.usage is not None:
        wanted = (
            None
            if isinstance(expect.usage, str)
            else dict(zip(("prompt_tokens", "completion_tokens"), expect.usage, strict=True))
        )
        assert end["usage"] == wanted, end
    if expect.usd is not None:
        assert end["cost"]["usd"] == (None if expect.usd == "null" else expect.usd), end
    if expect.cost is not None:
        assert _one_of(end["cost"]["status"], expect.cost), end


def _check_calls(end: dict[str, Any], expect: Expect) -> None:
    if expect.calls is None:
        return
    got = end["tool_calls"]
    assert [call["name"] for call in got] == [name for _, name, _, _ in expect.calls], got
    for call, (wanted_id, _, arguments, raw) in zip(got, expect.calls, strict=True):
        assert call["id"] if wanted_id is None else call["id"] == wanted_id, got
        assert call["arguments"] == arguments, got
        assert raw is None or call["raw"] == raw, got


def check(outcome: Outcome, expect: Expect) -> None:
    """Asserts that the outcome is what was expected."""
    end = outcome.end
    assert outcome.joined("delta") == end["text"], outcome.lines
    if expect.state is not None:
        assert _one_of(end["state"], expect.state), end
    if expect.text is not None:
        assert end["text"] == expect.text, end
    if expect.reasoning is not None:
        assert outcome.joined("reasoning") == expect.reasoning
    _check_calls(end, expect)
    _check_money(end, expect)
    _check_error(end, expect)
    if expect.requests is not None:
        assert (end["requests"], len(outcome.posts) - outcome.earlier) == (expect.requests, expect.requests), end
    if expect.retries is not None:
        assert sum(line["event"] == "retry" for line in outcome.lines) == expect.retries, outcome.lines
    whole = json.dumps(outcome.lines, ensure_ascii=False) + outcome.err
    for text in (*expect.silent, KEY):
        assert text not in whole, whole
    for post, holds in zip(outcome.posts, (expect.body,) if expect.body else expect.bodies, strict=False):
        assert holds(post.json), post.json
    if expect.exit is not None:
        assert outcome.exit == expect.exit, end
    if expect.also is not None:
        expect.also(outcome)
