"""The guard that keeps the tests on this machine."""

import socket

import pytest

from support.network import LoopbackOnly


@pytest.fixture
def guard():
    guard = LoopbackOnly()
    guard.install()
    yield guard
    guard.remove()


def test_loopback_is_allowed(guard):
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()[:2], timeout=5).close()
        socket.create_connection(("localhost", server.getsockname()[1]), timeout=5).close()
    assert guard.attempts == []


@pytest.mark.parametrize("method", ["connect", "connect_ex"])
def test_another_machine_is_refused_and_remembered(guard, method):
    with socket.socket() as outward, pytest.raises(OSError, match="may not leave"):
        getattr(outward, method)(("192.0.2.1", 443))
    assert guard.attempts == [("192.0.2.1", 443)]


def test_a_datagram_to_another_machine_is_refused(guard):
    with socket.socket(type=socket.SOCK_DGRAM) as outward, pytest.raises(OSError, match="may not leave"):
        outward.sendto(b"?", ("192.0.2.1", 53))


def test_a_name_is_not_looked_up(guard):
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("gateway.example", 443)
    assert guard.attempts == ["gateway.example"]


def test_a_name_that_cannot_exist_gets_the_usual_answer(guard):
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("nowhere.invalid", 443)
    assert guard.attempts == []
