"""A real LiteLLM proxy as a process, in front of a small fake of Anthropic's API; both on loopback only."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.fake_anthropic import FakeAnthropic
from support.waiting import wait_until

MASTER_KEY = "sk-th-0123456789abcdef"
MODELS = ("claude-sonnet-4-6", "claude-opus-4-7", "claude-haiku-4-5")
START_S = 120.0


@dataclass(frozen=True)
class Proxy:
    """The running proxy.

    Attributes:
        base_url: where Tally asks.
        key: what it accepts.
        upstream: the server behind it.
    """

    base_url: str
    key: str
    upstream: FakeAnthropic


def _config(upstream: str) -> str:
    models = "".join(
        f"  - model_name: {name}\n    litellm_params:\n      model: anthropic/{name}\n"
        f"      api_base: {upstream}\n      api_key: sk-upstream\n"
        for name in MODELS
    )
    settings = "litellm_settings:\n  num_retries: 0\n  telemetry: false\n"
    return f"model_list:\n{models}{settings}general_settings:\n  master_key: {MASTER_KEY}\n"


def _is_up(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/liveliness", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@pytest.fixture(scope="session")
def litellm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """The proxy, started once; its output is shown when it does not come up."""
    program = Path(sys.executable).with_name("litellm")
    if not program.exists():
        pytest.skip("litellm is not installed here: make test-peers")
    folder = tmp_path_factory.mktemp("litellm")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    # No look at the internet for prices, and no way there either.
    environment = {
        **os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_TELEMETRY": "False", "DO_NOT_TRACK": "1",
        "HTTPS_PROXY": "http://127.0.0.1:1", "NO_PROXY": "127.0.0.1,localhost",
    }  # fmt: skip
    log = folder / "log.txt"
    with FakeAnthropic() as upstream, log.open("wb") as output:
        (folder / "config.yaml").write_text(_config(upstream.url), encoding="utf-8")
        process = subprocess.Popen(
            [str(program), "--config", str(folder / "config.yaml"), "--host", "127.0.0.1", "--port", str(port)],
            cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            wait_until(lambda: process.poll() is not None or _is_up(port), "litellm to start", START_S, every_s=0.2)
            assert process.poll() is None, log.read_text(encoding="utf-8", errors="replace")[-4000:]
            yield Proxy(f"http://127.0.0.1:{port}/v1", MASTER_KEY, upstream)
        finally:
            process.terminate()
            process.wait(20)
