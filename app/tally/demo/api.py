"""The gateway's addresses: who may ask, what is there, and how a chat request becomes a response."""

import asyncio
import itertools
import json
import time
from collections import deque
from contextlib import suppress
from dataclasses import replace

from tally.core.catalog import ModelInfo
from tally.demo.answers import compose
from tally.demo.connection import Request, Response, failure_response
from tally.demo.errors import LOST_UPSTREAM, ApiError, Failure, invalid
from tally.demo.models import find_model, served
from tally.demo.reply import Fault, Reply, Usage, limited, prompt_tokens
from tally.demo.request import ChatRequest, parse_request
from tally.demo.stream import Completion, broken_document, document, events, whole_answer_time

BASE_PATH = "/api/v1"
DEMO_KEY = "th-demo"
"""The only key the demo accepts. It is no secret: it opens nothing but the demo."""

_JSON = ("content-type", "application/json")
_EVENTS = ("content-type", "text/event-stream; charset=utf-8")
_CREATED = 1_700_000_000  # when the models came into being, as their list has to say


class DemoApi:
    """Answers requests.

    Args:
        speed: factor of the models' speed; 0 answers without any delay.
    """

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._numbers = itertools.count(1)
        self._refused: deque[int] = deque(maxlen=64)  # requests that were answered with 429 and may come again

    async def handle(self, request: Request) -> Response:
        """Returns the response to any request."""
        number = next(self._numbers)
        try:
            response = await self._route(request, number)
        except ApiError as error:
            response = failure_response(error.failure)
        return replace(response, headers=(*response.headers, ("x-request-id", f"demo-{number}")))

    async def _route(self, request: Request, number: int) -> Response:
        path = request.path.rstrip("/")
        is_chat = path == f"{BASE_PATH}/chat/completions"
        if not is_chat and path != f"{BASE_PATH}/models" and not path.startswith(f"{BASE_PATH}/models/"):
            text = f"Invalid URL ({request.method} {request.path[:200]})"
            raise ApiError(Failure(404, text, code="unknown_url"))
        allowed = "POST" if is_chat else "GET"
        if request.method != allowed:
            text = f"Not allowed to {request.method} on {path}."
            raise ApiError(Failure(405, text, code="method_not_allowed", headers=(("allow", allowed),)))
        _check_key(request.headers.get("authorization", ""))
        if is_chat:
            return await self._chat(request.body, number)
        return _model_response(path.removeprefix(f"{BASE_PATH}/models").removeprefix("/"))

    async def _chat(self, body: bytes, number: int) -> Response:
        # In a thread: a long answer or a large picture takes up to a second, and others are streaming meanwhile.
        chat, reply, usage = await asyncio.to_thread(self._prepare, body)
        completion = Completion(f"chatcmpl-demo-{number}", int(time.time()), chat.model, reply, usage, self._speed)
        if chat.stream:
            return Response(200, events(completion, include_usage=chat.include_usage), (_EVENTS,))
        await whole_answer_time(completion)
        if reply.fault is Fault.IN_BAND:
            return Response(200, LOST_UPSTREAM.body())
        whole = document(completion)
        if reply.fault is None:
            return Response(200, whole)
        return Response(200, broken_document(whole, reply.fault), (_JSON,), length=len(whole))

    def _prepare(self, body: bytes) -> tuple[ChatRequest, Reply, Usage]:
        chat = parse_request(body)
        prompt, context = prompt_tokens(chat), chat.model.context
        if context is not None and prompt > context:
            text = f"prompt is too long: {prompt} tokens > {context} maximum"
            raise invalid(text, "messages", "context_length_exceeded")
        fingerprint = hash((chat.model, chat.turns))
        again = fingerprint in self._refused
        try:
            reply, usage = limited(compose(chat, again=again), chat, prompt)
        except ApiError as error:
            if error.failure.status == 429:
                self._refused.append(fingerprint)
            raise
        if again:
            with suppress(ValueError):  # the same request twice at the same time
                self._refused.remove(fingerprint)
        return chat, reply, usage


def _check_key(authorization: str) -> None:
    scheme, _, key = authorization.partition(" ")
    if scheme.lower() == "bearer" and key.strip() == DEMO_KEY:
        return
    text = f"The demo accepts only the key {DEMO_KEY}." if authorization else "No key was sent."
    code = "invalid_api_key" if authorization else "missing_api_key"
    raise ApiError(Failure(401, text, "authentication_error", code))


def _model_response(name: str) -> Response:
    if not name:
        listed = [_model_object(model) for model in served().models]
        return Response(200, json.dumps({"object": "list", "data": listed}).encode())
    model = find_model(name)
    if model is None:
        raise ApiError(Failure(404, f"The model `{name[:100]}` does not exist.", code="model_not_found"))
    return Response(200, json.dumps(_model_object(model)).encode())


def _model_object(model: ModelInfo) -> dict[str, object]:
    return {"id": model.id, "object": "model", "created": _CREATED, "owned_by": "anthropic"}
