"""The demo is a well-behaved HTTP/1.1 server, whatever its clients do."""

import asyncio
import json
import logging
import socket
from contextlib import suppress

import httpx
import pytest

from tally.demo import DEMO_KEY, DemoGateway
from tally.demo.connection import MAX_BODY

HEAD = f"Host: 127.0.0.1\r\nAuthorization: Bearer {DEMO_KEY}\r\n"


def post_bytes(demo, content, **fields):
    body = json.dumps(demo.body(content, **fields)).encode()
    head = f"POST /api/v1/chat/completions HTTP/1.1\r\n{HEAD}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def raw(demo, scenario):
    """Runs a scenario that gets a function opening raw connections to the gateway."""

    async def with_port(client):
        async def connect():
            return await asyncio.open_connection("127.0.0.1", client.base_url.port)

        async with asyncio.timeout(20):
            return await scenario(connect)

    return demo.run(with_port)


async def read_response(reader):
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head.split(b" ", 2)[1])
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    return status, await reader.readexactly(length)


async def until_nobody_is_connected(gateway):
    while gateway.open_connections:  # noqa: ASYNC110 - the server tells nobody when a client has left
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    "garbage",
    [
        b"GARBAGE\r\n\r\n",
        b"GET /api/v1/models HTTP/1.1\r\nHost: a\r\nbad header\r\n\r\n",
        b"GET /api/v1/models HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: many\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nnot-a-size\r\n",
    ],
)
def test_malformed_http_is_answered_with_400_and_the_connection_closed(demo, garbage):
    async def scenario(connect):
        reader, writer = await connect()
        writer.write(garbage)
        answer = await reader.read()
        writer.close()
        return answer

    answer = raw(demo, scenario)

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"connection: close" in answer.lower()
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["type"] == "invalid_request_error"


def test_headers_without_end_are_refused(demo):
    async def scenario(connect):
        reader, writer = await connect()
        writer.write(b"GET / HTTP/1.1\r\nX: " + b"x" * 100_000)
        answer = await reader.read()
        writer.close()
        return answer

    assert raw(demo, scenario).startswith(b"HTTP/1.1 431 ")


def test_one_connection_serves_many_requests(demo):
    async def scenario(connect):
        reader, writer = await connect()
        answers = []
        for _ in range(3):
            writer.write(post_bytes(demo, "Hello"))
            answers.append(await read_response(reader))
        writer.close()
        return answers

    assert [status for status, _ in raw(demo, scenario)] == [200, 200, 200]


def test_requests_sent_ahead_are_answered_in_their_order(demo):
    async def scenario(connect):
        reader, writer = await connect()
        writer.write(post_bytes(demo, "/error 500") + post_bytes(demo, "Hello") + post_bytes(demo, "/error 403"))
        answers = [await read_response(reader) for _ in range(3)]
        writer.close()
        return answers

    assert [status for status, _ in raw(demo, scenario)] == [500, 200, 403]


def test_a_request_that_arrives_byte_by_byte_is_understood(demo):
    async def scenario(connect):
        reader, writer = await connect()
        for byte in post_bytes(demo, "Hello"):
            writer.write(bytes([byte]))
            await writer.drain()
        answer = await read_response(reader)
        writer.close()
        return answer

    assert raw(demo, scenario)[0] == 200


def test_a_client_that_waits_for_permission_gets_it(demo):
    body = json.dumps(demo.body("Hello")).encode()
    head = (
        f"POST /api/v1/chat/completions HTTP/1.1\r\n{HEAD}Expect: 100-continue\r\nContent-Length: {len(body)}\r\n\r\n"
    )

    async def scenario(connect):
        reader, writer = await connect()
        writer.write(head.encode())
        permission = await reader.readuntil(b"\r\n\r\n")
        writer.write(body)
        answer = await read_response(reader)
        writer.close()
        return permission, answer

    permission, (status, _) = raw(demo, scenario)

    assert permission.startswith(b"HTTP/1.1 100 ")
    assert status == 200


def test_a_body_announced_too_large_is_refused_before_it_is_sent(demo):
    head = f"POST /api/v1/chat/completions HTTP/1.1\r\n{HEAD}Content-Length: {MAX_BODY + 1}\r\n\r\n"

    async def scenario(connect):
        reader, writer = await connect()
        writer.write(head.encode() + b"{")
        answer = await reader.read()
        writer.close()
        return answer

    answer = raw(demo, scenario)

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"request_too_large" in answer


def test_a_client_that_sends_too_much_still_reads_the_refusal(demo):
    async def too_much():
        for _ in range(MAX_BODY // 2**20 + 2):
            yield b" " * 2**20

    response = demo.run(lambda client: client.post("chat/completions", content=too_much()))

    assert response.status_code == 413


def test_a_client_may_leave_at_any_time_and_others_are_still_served(demo, caplog):
    caplog.set_level(logging.WARNING)

    async def scenario(connect):
        for received in (0, 1, 3000):
            reader, writer = await connect()
            writer.write(post_bytes(demo, "/long 50000", stream=True, max_tokens=60_000))
            await writer.drain()
            if received:
                await reader.readexactly(received)
            writer.transport.abort()
        reader, writer = await connect()
        writer.write(b"POST /api/v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\n{")
        writer.close()
        reader, writer = await connect()
        writer.write(post_bytes(demo, "Hello"))
        answer = await read_response(reader)
        writer.close()
        await until_nobody_is_connected(demo.gateway)
        return answer

    assert raw(demo, scenario)[0] == 200
    assert caplog.records == []


def test_a_waiting_answer_is_given_up_when_its_client_leaves(demo):
    async def scenario(connect):
        reader, writer = await connect()
        writer.write(post_bytes(demo, "/error stall", stream=True))
        await reader.readuntil(b" middle")
        assert demo.gateway.open_connections == 1
        writer.close()
        await until_nobody_is_connected(demo.gateway)

    raw(demo, scenario)


def test_many_clients_are_served_at_the_same_time(demo):
    async def scenario(client):
        bodies = [demo.body(f"/long {number}") for number in range(100, 120)]
        return await asyncio.gather(*(client.post("chat/completions", json=body) for body in bodies))

    counts = [response.json()["usage"]["completion_tokens"] for response in demo.run(scenario)]

    assert len(counts) == 20
    assert all(90 < count < 170 for count in counts)


def test_stopping_drops_running_answers_and_frees_the_port():
    async def scenario():
        gateway = DemoGateway(speed=0)
        base_url = await gateway.start()
        reader, writer = await asyncio.open_connection("127.0.0.1", httpx.URL(base_url).port)
        body = json.dumps({"model": "claude-haiku-4-5", "messages": [{"role": "user", "content": "/error stall"}]})
        head = f"POST /api/v1/chat/completions HTTP/1.1\r\n{HEAD}Content-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body.encode())
        await reader.readuntil(b"\r\n\r\n")
        async with asyncio.timeout(10):
            await gateway.stop()
            with suppress(ConnectionResetError):
                while await reader.read(1000):
                    pass
        writer.close()
        await gateway.stop()
        return gateway, await gateway.start(httpx.URL(base_url).port), base_url

    async def restarted():
        gateway, again, before = await scenario()
        await gateway.stop()
        return again, before

    again, before = asyncio.run(restarted())

    assert again == before


def test_starting_twice_is_an_error(demo):
    async def scenario(_):
        with pytest.raises(RuntimeError, match="running already"):
            await demo.gateway.start()

    demo.run(scenario)


def test_it_listens_on_this_computer_only(demo):
    async def scenario(client):
        assert client.base_url.host == "127.0.0.1"
        with socket.socket() as other, pytest.raises(OSError):
            other.connect(("127.0.0.2", client.base_url.port))

    demo.run(scenario)


def test_a_negative_speed_is_refused():
    with pytest.raises(ValueError):
        DemoGateway(speed=-1)


def test_an_answer_arrives_piece_by_piece_at_the_pace_of_a_model(demo):
    demo.gateway = DemoGateway(speed=5)

    async def scenario(connect):
        reader, writer = await connect()
        writer.write(post_bytes(demo, "/slow Hello", stream=True))
        await reader.readuntil(b'"content":" Welcome"')
        received = await reader.read(100_000)
        writer.close()
        return received

    assert b"[DONE]" not in raw(demo, scenario)
