"""Below HTTP: names, refusals, certificates, proxies, connections that died while they were kept."""

import logging
import socket
import ssl
import sys
from dataclasses import replace

import pytest

from support.asking import KEY, LIMITS, OneKey, ask, provider, question, user
from support.certificates import self_signed, trusting
from support.raw_server import RawServer, answering, good_stream, http
from tally.core.events import CallFailed, CallPurpose, RequestStarted, RetryScheduled, StreamEnded
from tally.core.failures import FailureKind
from tally.core.messages import EndState
from tally.core.settings import ProxyMode

K = FailureKind


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def end(answer):
    report = answer.end.report
    return report.state, report.failure and report.failure.kind


def test_a_name_that_does_not_exist_is_tried_again_and_named():
    answer = ask(question("https://gateway.invalid/v1"))[0]
    assert end(answer) == (EndState.NETWORK_ERROR, K.DNS)
    assert "gateway.invalid" in answer.end.report.failure.message
    assert (answer.posts, answer.end.report.failure.may_be_billed) == (3, False)


def test_a_closed_port_is_tried_again():
    answer = ask(question(f"http://127.0.0.1:{free_port()}/v1"))[0]
    assert end(answer) == (EndState.NETWORK_ERROR, K.CONNECT)
    assert answer.posts == 3
    assert "nothing answers there" in answer.end.report.failure.message


def test_a_server_that_speaks_no_http_is_called_so():
    with RawServer([answering(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")]) as server:
        answer = ask(question(server.base_url))[0]
    assert (*end(answer), answer.posts) == (EndState.NETWORK_ERROR, K.WRONG_FORMAT, 1)


@pytest.mark.parametrize("how", ["close", "reset"])
def test_a_connection_lost_before_the_answer_is_not_asked_again(how):
    def script(peer):
        peer.request()
        getattr(peer, how)()

    with RawServer([script]) as server:
        answer = ask(question(server.base_url))[0]
    assert (*end(answer), answer.posts) == (EndState.NETWORK_ERROR, K.DISCONNECTED, 1)
    assert answer.end.report.failure.may_be_billed


# Kept connections


@pytest.mark.parametrize("how", ["close", "reset"])
def test_a_kept_connection_that_died_is_replaced_at_once(how):
    def dying(peer):
        peer.request()
        peer.send(good_stream())
        peer.request()
        getattr(peer, how)()

    with RawServer([dying, answering(good_stream())]) as server:
        _, second = ask(question(server.base_url), question(server.base_url))
    assert (second.text, second.posts, server.connections) == ("Hello", 2, 2)
    assert [each.purpose for each in second.of(RequestStarted)] == [None, CallPurpose.RETRY]
    assert [each.in_s for each in second.of(RetryScheduled)] == [0.0]
    assert second.of(CallFailed)[0].report.state is EndState.NETWORK_ERROR


def test_it_is_replaced_once_only():
    def dying(peer):
        peer.request()
        peer.send(good_stream())
        peer.request()

    def dead(peer):
        peer.request()

    with RawServer([dying, dead]) as server:
        _, second = ask(question(server.base_url), question(server.base_url))
    assert (*end(second), second.posts) == (EndState.NETWORK_ERROR, K.DISCONNECTED, 2)


# TLS


def test_a_trusted_certificate_is_accepted(tmp_path):
    server_side, file = self_signed(tmp_path)
    with RawServer([answering(good_stream())], tls=server_side) as server:
        answer = ask(question(server.base_url), make_context=lambda: trusting(file))[0]
    assert answer.text == "Hello"


def test_the_systems_trust_store_is_asked(tmp_path, monkeypatch):
    if sys.platform != "linux":
        pytest.skip("only OpenSSL's own store can be replaced by a file")
    server_side, file = self_signed(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with RawServer([answering(good_stream())], tls=server_side) as server:
        answer = ask(question(server.base_url))[0]
    assert answer.text == "Hello"


def test_certificates_that_cannot_be_read_are_told_and_tried_again(tmp_path):
    server_side, file = self_signed(tmp_path)
    made = []

    def make():
        made.append(True)
        if len(made) == 1:
            raise OSError("no such store")
        return trusting(file)

    with RawServer([answering(good_stream())], tls=server_side) as server:
        first, second = ask(question(server.base_url), question(server.base_url), make_context=make)
    assert (*end(first), first.posts) == (EndState.HTTP_ERROR, K.TLS, 0)
    assert second.text == "Hello"


def test_a_certificate_nobody_signed_is_refused_with_the_reason(tmp_path):
    server_side, _ = self_signed(tmp_path)
    with RawServer([answering(good_stream())], tls=server_side) as server:
        answer = ask(question(server.base_url), make_context=ssl.create_default_context)[0]
    assert (*end(answer), answer.posts) == (EndState.NETWORK_ERROR, K.TLS, 1)
    assert "self-signed" in answer.end.report.failure.message.replace("self signed", "self-signed")
    assert server.requests == []


def test_an_expired_certificate_is_refused_with_the_reason(tmp_path):
    server_side, file = self_signed(tmp_path, days=-1)
    with RawServer([answering(good_stream())], tls=server_side) as server:
        answer = ask(question(server.base_url), make_context=lambda: trusting(file))[0]
    assert (*end(answer), answer.posts) == (EndState.NETWORK_ERROR, K.TLS, 1)
    assert "expired" in answer.end.report.failure.message


def test_a_certificate_for_another_name_is_refused(tmp_path):
    server_side, file = self_signed(tmp_path)
    with RawServer([answering(good_stream())], tls=server_side) as server:
        url = server.base_url.replace("localhost", "127.0.0.1")
        answer = ask(question(url), make_context=lambda: trusting(file))[0]
    assert end(answer) == (EndState.NETWORK_ERROR, K.TLS)


def test_https_to_a_plain_server_is_a_tls_failure():
    def plain(peer):
        peer.read_some()
        peer.send(http(400))

    with RawServer([plain]) as server:
        answer = ask(question(server.base_url.replace("http:", "https:")), make_context=ssl.create_default_context)[0]
    assert (*end(answer), answer.posts) == (EndState.NETWORK_ERROR, K.TLS, 1)


def test_a_handshake_that_takes_too_long_is_no_fault_of_the_certificate():
    def silent(peer):
        peer.wait_for_close()

    with RawServer([silent]) as server:
        asked = question(server.base_url.replace("http:", "https:"), limits=replace(LIMITS, connect=0.1))
        answer = ask(asked, make_context=ssl.create_default_context)[0]
    assert (*end(answer), answer.posts) == (EndState.NETWORK_ERROR, K.CONNECT, 3)


# Proxies


def test_an_http_proxy_of_the_settings_is_used():
    with RawServer([answering(good_stream())]) as proxy:
        answer = ask(question("http://localhost:1/v1", proxy_url=f"http://ann:s3cret@127.0.0.1:{proxy.port}"))[0]
    assert answer.text == "Hello"
    assert proxy.requests[0].path == "http://localhost:1/v1/chat/completions"
    assert proxy.requests[0].headers["proxy-authorization"].startswith("Basic ")


def test_https_goes_through_a_tunnel_and_the_proxy_never_sees_the_key(tmp_path):
    server_side, file = self_signed(tmp_path)

    with RawServer([answering(good_stream())], tls=server_side) as server:

        def tunnel(peer):
            peer.request()
            with socket.create_connection(("127.0.0.1", server.port)) as onward:
                peer.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
                peer.relay(onward)

        with RawServer([tunnel]) as proxy:
            url = f"http://127.0.0.1:{proxy.port}"
            answer = ask(question(server.base_url, proxy_url=url), make_context=lambda: trusting(file))[0]
        assert answer.text == "Hello"
        assert (proxy.requests[0].method, proxy.requests[0].path) == ("CONNECT", f"localhost:{server.port}")
        assert KEY not in repr(proxy.requests)


def test_a_socks_proxy_is_used():
    with RawServer([answering(good_stream())]) as server:

        def socks(peer):
            assert peer.read_some()[:1] == b"\x05"
            peer.send(b"\x05\x00")
            assert peer.read_some()[:2] == b"\x05\x01"
            with socket.create_connection(("127.0.0.1", server.port)) as onward:
                peer.send(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00")
                peer.relay(onward)

        with RawServer([socks]) as proxy:
            answer = ask(question(server.base_url, proxy_url=f"socks5://127.0.0.1:{proxy.port}"))[0]
    assert answer.text == "Hello"


def test_a_proxy_that_refuses_is_named_without_its_password():
    with RawServer([answering(http(407))]) as proxy:
        url = f"http://ann:s3cret@127.0.0.1:{proxy.port}"
        answer = ask(question("https://h.example/v1", proxy_url=url), make_context=ssl.create_default_context)[0]
    assert (*end(answer), answer.posts) == (EndState.NETWORK_ERROR, K.PROXY, 1)
    assert "s3cret" not in repr(answer.events)


def test_a_proxy_that_is_not_there_is_named():
    port = free_port()
    answer = ask(question("http://localhost:1/v1", proxy_url=f"http://127.0.0.1:{port}"))[0]
    assert (*end(answer), answer.posts) == (EndState.NETWORK_ERROR, K.PROXY, 1)
    assert f"127.0.0.1:{port}" in answer.end.report.failure.message


@pytest.mark.parametrize("url", ["ftp://127.0.0.1:1", "http://", "socks4://x:1", "http://ann:s3cret@x:port"])
def test_a_proxy_address_that_cannot_be_used_is_refused(url):
    answer = ask(question("http://localhost:1/v1", proxy_url=url))[0]
    assert (*end(answer), answer.posts) == (EndState.HTTP_ERROR, K.PROXY, 0)
    assert "s3cret" not in repr(answer.events)


def test_the_systems_proxy_is_used_for_others_but_never_for_this_computer(monkeypatch):
    with RawServer([answering(http(503))]) as proxy, RawServer([answering(good_stream())]) as server:
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        outside = question("https://h.example/v1")
        context = ssl.create_default_context
        near, far = ask(question(server.base_url), outside, make_context=context)
        assert (near.text, far.end.report.failure.kind) == ("Hello", K.PROXY)
        assert [request.path for request in proxy.requests] == ["h.example:443"]

        monkeypatch.setenv("no_proxy", "h.example")
        for asked in (outside, question("https://h.invalid/v1", proxy_mode=ProxyMode.NONE)):
            before = len(proxy.requests)
            if asked is not outside:
                assert end(ask(asked, make_context=context)[0])[1] is K.DNS
            assert len(proxy.requests) == before


# What is refused before anything is sent


@pytest.mark.parametrize(
    ("key", "kind"), [(None, K.NO_KEY), ("", K.NO_KEY), ("th-“smart”-quotes", K.BAD_KEY), ("th-ключ", K.BAD_KEY)]
)
def test_a_missing_or_unusable_key_sends_nothing(key, kind):
    with RawServer([answering(good_stream())]) as server:
        answer = ask(question(server.base_url), secrets=OneKey(key))[0]
    assert [type(each) for each in answer.events] == [StreamEnded]
    assert end(answer) == (EndState.HTTP_ERROR, kind)
    assert server.connections == 0


def test_a_pasted_key_is_cleaned():
    with RawServer([answering(good_stream())]) as server:
        ask(question(server.base_url), secrets=OneKey(f"  Bearer {KEY}\n"))
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("url", ["http://192.0.2.1/v1", "http://gateway.example/v1", "", "nonsense words"])
def test_an_address_that_would_give_the_key_away_is_refused(url):
    answer = ask(question(url))[0]
    assert (*end(answer), answer.posts) == (EndState.HTTP_ERROR, K.WRONG_ADDRESS, 0)


def test_an_empty_question_is_refused():
    answer = ask(question("http://127.0.0.1:1/v1", user(" ")))[0]
    assert (*end(answer), answer.posts) == (EndState.HTTP_ERROR, K.BAD_REQUEST_HERE, 0)


# The key


def test_the_key_stands_in_no_log_and_no_repr(caplog, tmp_path):
    caplog.set_level(logging.DEBUG)
    one = provider()
    with RawServer([answering(http(401, f'{{"error":"{KEY}"}}'), http(503), good_stream())]) as server:
        answers = ask(question(server.base_url), question(server.base_url), asked=one)
    assert answers[1].text == "Hello"
    assert KEY not in caplog.text
    assert KEY not in repr(answers) + repr(vars(one))
