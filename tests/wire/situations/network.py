"""Connections that fail, and servers that fall silent."""

from support.raw_server import DONE, Peer, Script, answering, closing, delta, good_stream, usage
from support.situations import Expect, Situation, error, fine, whole

OK = good_stream(delta("Hello") + delta(finish="stop") + usage() + DONE)
OVERLOADED = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}


def _closes_at_once(peer: Peer) -> None:
    peer.request()


def _closes_the_second_time(peer: Peer) -> None:
    peer.request()
    peer.send(error(529, OVERLOADED))
    peer.request()


def _no_http(peer: Peer) -> None:
    peer.request()
    peer.send("SSH-2.0-OpenSSH_9.6\r\n")


NETWORK = [
    Situation("nobody listens", None,
              Expect(state="network_error", text="", kind="connect", retries=2, usd="0", cost="not_billed", exit=1),
              url="http://127.0.0.1:9/v1"),
    Situation("the connection closes before the headers", [_closes_at_once],
              Expect(state="network_error", text="", kind="disconnected", requests=1, retries=0, usd="null",
                     cost="unknown", exit=1)),
    Situation("a kept connection that closes is opened again at once", [_closes_the_second_time, answering(OK)],
              Expect(state="complete", text="Hello", requests=3, usage=(10, 5))),
    Situation("a connection that the server closed between two requests is not used again",
              [closing(error(529, OVERLOADED)), answering(OK)], fine(requests=2, retries=1)),
    Situation("what answers is no web server", [_no_http],
              Expect(state={"network_error", "protocol_error"}, text="", requests=1, retries=0, exit=1)),
]  # fmt: skip


def _no_headers(peer: Peer) -> None:
    peer.request()
    peer.wait_for_close()


def _silent(*before: str) -> Script:
    def script(peer: Peer) -> None:
        peer.request()
        peer.send(whole(*before)[: -len(b"0\r\n\r\n")])
        peer.wait_for_close()

    return script


def _pinging(peer: Peer) -> None:
    peer.request()
    peer.send(whole(": ping\n\n")[: -len(b"0\r\n\r\n")])
    pause = peer.gate("never")
    for _ in range(10):
        pause.wait(0.3)
        peer.send("8\r\n: ping\n\n\r\n")
    peer.send(OK.partition(b"\r\n\r\n")[2])
    peer.wait_for_close()


SHORT = ("--read-timeout", "1")
TIMES = [
    Situation("no headers in time", [_no_headers],
              Expect(state="network_error", text="", kind="timeout", requests=1, retries=0, usd="null", cost="unknown",
                     exit=1), args=SHORT),
    Situation("headers and no event in time", [_silent()],
              Expect(state={"network_error", "cut"}, text="", kind="timeout", requests=1, retries=0, exit=1),
              args=SHORT),
    Situation("a stall within the answer is a cut", [_silent(delta("Hello"))],
              Expect(state="cut", text="Hello", kind="timeout", requests=1, retries=0, cost="estimated", exit=1),
              args=SHORT),
    Situation("a stall after the reason for the end", [_silent(delta("Hello") + delta(finish="stop"))],
              Expect(state={"complete", "cut"}, text="Hello", requests=1), args=SHORT),
    Situation("keep-alive comments keep a slow answer", [_pinging], fine(), args=("--read-timeout", "2")),
    Situation("no answer in time that was not to be streamed", [_no_headers],
              Expect(state="network_error", text="", kind="timeout", requests=1, cost="unknown", exit=1),
              args=(*SHORT, "--param", "stream=false")),
]  # fmt: skip

SITUATIONS = [*NETWORK, *TIMES]
