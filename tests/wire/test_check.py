"""“Test connection”: `GET /models`, in every shape, and what the answer tells; it never raises."""

import asyncio
import json
from dataclasses import replace

import pytest

from support.asking import KEY, LIMITS, OneKey, provider, question
from support.raw_server import RawServer, answering, http


def check(url, *, secrets=None, **named):
    async def run():
        one = provider(secrets)
        try:
            return await one.check(question(url, **named).connection)
        finally:
            await one.close()

    return asyncio.run(run())


def answered(raw, **named):
    with RawServer([answering(raw)]) as server:
        return check(server.base_url, **named)


LISTS = [
    {"object": "list", "data": [{"id": "a"}, {"id": "b"}, {"id": "a"}]},
    {"success": True, "data": [{"id": "a", "created": 1626777600}, {"id": "b"}]},
    {"models": [{"name": "a"}, {"model": "b"}]},
    {"data": ["a", "b"]},
    [{"id": "a"}, "b", 7, None, {}],
]


@pytest.mark.parametrize("body", LISTS)
def test_every_shape_of_list_is_read(body):
    found = answered(http(200, json.dumps(body)))
    assert (found.reachable, found.key_accepted, found.models, found.problem) == (True, True, ("a", "b"), "")
    assert found.milliseconds >= 0


def test_the_request_costs_nothing_and_carries_the_key():
    with RawServer([answering(http(200, "[]"))]) as server:
        check(server.base_url)
    (request,) = server.requests
    assert (request.method, request.path, request.body) == ("GET", "/v1/models", b"")
    assert request.headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    "raw", [http(404, '{"error":"no"}'), http(404, "<html>no</html>"), http(200, ""), http(200, "{}")]
)
def test_a_server_without_a_list_is_still_reachable(raw):
    found = answered(raw)
    assert (found.reachable, found.key_accepted, found.models, found.problem) == (True, None, (), "")


def test_a_web_page_is_reachable_but_a_problem():
    found = answered(http(200, "<!DOCTYPE html><title>Hi</title>"))
    assert (found.reachable, found.models) == (True, ())
    assert "web page" in found.problem


@pytest.mark.parametrize(
    "raw",
    [
        http(401, json.dumps({"error": {"message": f"Bad key {KEY}"}})),
        http(200, json.dumps({"error": {"message": f"Bad key {KEY}", "code": "invalid_api_key"}})),
    ],
)
def test_a_refused_key_is_told_without_the_key(raw):
    found = answered(raw)
    assert (found.reachable, found.key_accepted, found.problem) == (True, False, "Bad key th-…ghij")


@pytest.mark.parametrize("raw", [http(403, '{"message":"Forbidden"}'), http(500, '{"error":"broken"}'), http(429)])
def test_other_answers_leave_the_key_open(raw):
    found = answered(raw)
    assert (found.reachable, found.key_accepted) == (True, None)
    assert found.problem


def test_a_failure_behind_200_is_told():
    found = answered(http(200, '{"success":false,"message":"not today"}'))
    assert (found.reachable, found.key_accepted, found.problem) == (True, None, "not today")


def test_a_redirect_is_told_and_not_followed():
    found = answered(http(301, headers={"Location": "https://h.example/"}))
    assert "https://h.example/" in found.problem


def test_without_a_key_the_server_is_asked_all_the_same():
    with RawServer([answering(http(401, '{"error":"who?"}'))]) as server:
        found = check(server.base_url, secrets=OneKey(None))
    assert "authorization" not in server.requests[0].headers
    assert (found.reachable, found.key_accepted) == (True, None)
    assert "no key" in found.problem


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/v1", "https://gateway.invalid/v1", "http://h.example/v1", "", "ftp://x"]
)
def test_what_cannot_be_reached_is_told(url):
    found = check(url)
    assert (found.reachable, found.key_accepted, found.models) == (False, None, ())
    assert found.problem


def test_a_server_that_says_nothing_is_told():
    def script(peer):
        peer.request()
        peer.wait_for_close()

    with RawServer([script]) as server:
        found = check(server.base_url, limits=replace(LIMITS, connect=0.1, first_byte=0.1))
    assert found.reachable is False
    assert "in time" in found.problem


@pytest.mark.parametrize("raw", [b"\x00\xff nonsense\r\n\r\n", http(200, b"\xff\xfe{"), http(200, "[" * 99_999)])
def test_nonsense_raises_nothing(raw):
    assert answered(raw).models == ()
