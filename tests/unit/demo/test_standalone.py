"""`python -m tally.demo` serves until it is interrupted."""

import signal
import subprocess
import sys

import httpx
import pytest


@pytest.mark.skipif(sys.platform == "win32", reason="a child cannot be sent Ctrl+C there")
def test_the_demo_runs_on_its_own_and_ends_quietly_on_interrupt():
    command = [sys.executable, "-W", "error", "-m", "tally.demo"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            base_url, key = (process.stdout.readline().split()[-1] for _ in range(2))
            with httpx.Client(trust_env=False, headers={"Authorization": f"Bearer {key}"}) as client:
                assert client.get(f"{base_url}/models").status_code == 200
                process.send_signal(signal.SIGINT)
                _, errors = process.communicate(timeout=20)
        finally:
            process.kill()

    assert process.returncode == 0
    assert errors == ""
