"""The keyring stage's own ground: the service is real, takes a secret, and locked means locked."""

import os
import subprocess
import sys

import pytest

from support.dbus import SecretService

pytestmark = pytest.mark.secretservice

STORE_AND_READ = """
import keyring
print(type(keyring.get_keyring()).__module__)
keyring.set_password("tally-harness", "host", "canary")
print(keyring.get_password("tally-harness", "host"))
"""
IS_LOCKED = """
import secretstorage
with secretstorage.dbus_init() as bus:
    print(secretstorage.Collection(bus, "/org/freedesktop/secrets/aliases/default").is_locked())
"""


def run(code, env=None):
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_a_secret_is_stored_in_the_secret_service_and_read_back():
    backend, secret = run(STORE_AND_READ)
    assert "SecretService" in backend
    assert secret == "canary"


def test_the_stage_runs_on_an_unlocked_service():
    assert run(IS_LOCKED) == ["False"]


def test_a_locked_service_can_be_had():
    with SecretService(unlocked=False) as service:
        assert run(IS_LOCKED, {**os.environ, **service.env}) == ["True"]
