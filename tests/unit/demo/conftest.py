"""A demo gateway for one test, asked over a real socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import httpx
import pytest

from tally.demo import DEMO_KEY, DemoGateway

T = TypeVar("T")


class Demo:
    """Runs scenarios against a gateway, each in a loop of its own, and asks single questions.

    Attributes:
        gateway: without delays; running only within `run`.
    """

    def __init__(self) -> None:
        self.gateway = DemoGateway(speed=0)

    def run(self, scenario: Callable[[httpx.AsyncClient], Awaitable[T]]) -> T:
        async def main() -> T:
            base_url = await self.gateway.start()
            try:
                headers = {"Authorization": f"Bearer {DEMO_KEY}"}
                async with httpx.AsyncClient(base_url=base_url, headers=headers, trust_env=False) as client:
                    return await scenario(client)
            finally:
                await self.gateway.stop()

        return asyncio.run(main())

    @staticmethod
    def body(content: Any = "Hello", **fields: Any) -> dict[str, Any]:
        """A request with one user message; further fields replace the usual ones, None removes them."""
        usual = {
            "model": "anthropic/claude-sonnet-4-6",
            "max_tokens": 4096,
            "messages": [{"role": "user", "content": content}],
        }
        return {name: value for name, value in {**usual, **fields}.items() if value is not None}

    def post(self, content: Any = "Hello", **fields: Any) -> httpx.Response:
        """The response to a chat request."""
        body = self.body(content, **fields)
        return self.run(lambda client: client.post("chat/completions", json=body))

    def answer(self, content: Any = "Hello", **fields: Any) -> str:
        """The text of an answer that is not streamed."""
        response = self.post(content, **fields)
        assert response.status_code == 200, response.text
        return str(response.json()["choices"][0]["message"]["content"])

    def refusal(self, content: Any = "Hello", **fields: Any) -> tuple[int, dict[str, Any]]:
        """Status and error object of a request that is refused."""
        response = self.post(content, **fields)
        assert set(response.json()) == {"error"}, response.text
        return response.status_code, response.json()["error"]

    def stream(self, content: Any = "Hello", **fields: Any) -> list[Any]:
        """The events of a streamed answer: JSON objects, and "[DONE]"."""
        response = self.post(content, stream=True, **fields)
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        events = response.content.decode().split("\n\n")
        assert events.pop() == ""
        assert all(event.startswith("data: ") for event in events)
        data = [event.removeprefix("data: ") for event in events]
        return [text if text == "[DONE]" else json.loads(text) for text in data]


@pytest.fixture
def demo() -> Demo:
    """A gateway that answers at once."""
    return Demo()
