"""`GET {base}/models`: which models a server lists, in all shapes of protocol.md 2.6, and what its answer tells."""

import asyncio
import json
from dataclasses import dataclass

import httpx

from tally.core.failures import FailureKind
from tally.core.ports import ServerCheck
from tally.core.settings import TimeLimits
from tally.gateway.client import WayOut
from tally.gateway.error_bodies import looks_like_html, read_payload
from tally.gateway.failures import failure_from_answer, failure_from_payload, without_key
from tally.gateway.transport_failures import failure_of

MAX_LIST_BYTES = 8 * 1024 * 1024
_MAX_MODELS = 5_000


@dataclass(frozen=True, slots=True)
class ModelList:
    """What a 200 on /models holds.

    Attributes:
        ids: the models, each once, in the server's order.
        problem: an error that came in place of a list; empty otherwise.
        denied: that error is about the key.
    """

    ids: tuple[str, ...] = ()
    problem: str = ""
    denied: bool = False


def read_models(raw: bytes) -> ModelList:
    """Reads a list of models; anything that is none gives an empty one."""
    try:
        payload = json.loads(raw.decode("utf-8-sig", "replace"), strict=False)
    except (ValueError, RecursionError):
        return ModelList()
    found: object = payload
    if isinstance(payload, dict):
        if payload.get("error") or payload.get("success") is False:
            failure = failure_from_payload(payload)
            return ModelList(problem=read_payload(payload).message, denied=failure.kind is FailureKind.AUTH)
        found = next((payload[name] for name in ("data", "models") if isinstance(payload.get(name), list)), [])
    if not isinstance(found, list):
        return ModelList()
    ids = (_id(each) for each in found[:_MAX_MODELS])
    return ModelList(tuple(dict.fromkeys(model for model in ids if model)))


def _id(entry: object) -> str:
    if isinstance(entry, dict):
        entry = next((entry[name] for name in ("id", "name", "model") if isinstance(entry.get(name), str)), "")
    return entry.strip() if isinstance(entry, str) else ""


async def check_server(way: WayOut, request: httpx.Request, limits: TimeLimits, *, key: str | None) -> ServerCheck:
    """Sends the GET and says what its answer tells; never raises for what a server or a network does.

    Args:
        way: how the server is reached.
        request: the GET.
        limits: how long to wait.
        key: the key that is in the request, masked in what is reported; None without one.
    """
    try:
        async with asyncio.timeout(limits.connect + limits.first_byte):
            response = await way.client.send(request, stream=True)
            try:
                raw = await _read(response)
            finally:
                await response.aclose()
    except TimeoutError:
        return _unreachable("The server sent nothing in time.")
    except Exception as error:  # noqa: BLE001  a check never raises, whatever comes through httpx
        failure = without_key(failure_of(error, host=way.host, proxy=way.proxy), key)
        return _unreachable(failure.message)
    return _judged(response, raw, key)


def _judged(response: httpx.Response, raw: bytes, key: str | None) -> ServerCheck:
    if response.is_success:
        return _listed(raw, key)
    headers = {name.lower(): value for name, value in response.headers.items()}
    failure = without_key(failure_from_answer(response.status_code, headers, raw), key)
    if response.status_code == 404:
        # The list of models is optional; a server that has none is still a server.
        return _reached()
    denied = failure.kind is FailureKind.AUTH
    problem = failure.message if key or not denied else "There is no key for this gateway yet."
    return _reached(problem, accepted=False if denied and key else None)


def _listed(raw: bytes, key: str | None) -> ServerCheck:
    found = read_models(raw)
    if found.problem:
        problem = without_key(failure_from_payload({"error": found.problem}), key).message
        return _reached(problem, accepted=False if found.denied and key else None)
    if looks_like_html(raw[:200].decode("utf-8", "replace")):
        return _reached("A web page answers there. Please check the address.")
    if not found.ids:
        return _reached()
    problem = "" if key else "There is no key for this gateway yet."
    return _reached(problem, accepted=True if key else None, models=found.ids)


def _reached(problem: str = "", *, accepted: bool | None = None, models: tuple[str, ...] = ()) -> ServerCheck:
    return ServerCheck(reachable=True, key_accepted=accepted, models=models, problem=problem, milliseconds=0)


def _unreachable(problem: str) -> ServerCheck:
    return ServerCheck(reachable=False, key_accepted=None, models=(), problem=problem, milliseconds=0)


async def _read(response: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > MAX_LIST_BYTES:
            break
    return bytes(body)
