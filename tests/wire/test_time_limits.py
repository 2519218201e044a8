"""Limits of time, with small numbers: first byte, silence, pings without words, whole answers, and the soft notices."""

from dataclasses import replace

from support.asking import LIMITS, ask, question, user
from support.raw_server import (
    DONE,
    LAST_CHUNK,
    RawServer,
    answering,
    chunked,
    delta,
    good_stream,
    http,
    stream_head,
    usage,
)
from tally.core.events import StillWaiting, TextDelta, WaitStage
from tally.core.failures import FailureKind
from tally.core.messages import EndState
from tally.core.params import GenerationParams
from tally.gateway.call import Patience

SHORT = 0.15
PING = chunked(": ping\n\n")


def silent(*said: bytes):
    """Sends this and then nothing until the client leaves."""

    def script(peer):
        peer.request()
        for piece in said:
            peer.send(piece)
        peer.wait_for_close()

    return script


def pinging(*said: bytes):
    """Sends this and then keep-alive comments until the client leaves."""

    def script(peer):
        peer.request()
        for piece in said:
            peer.send(piece)
        pause = peer.gate("never")
        while not pause.wait(SHORT / 5):
            peer.send(PING)

    return script


def limited(script, *, params=None, patience=None, **limits):
    with RawServer([script]) as server:
        asked = question(server.base_url, limits=replace(LIMITS, **limits), params=params)
        answer = ask(asked, patience=patience)[0]
        assert server.connections == 1
    return answer


def end(answer):
    report = answer.end.report
    return report.state, report.failure and report.failure.kind


def test_no_byte_in_time_may_be_billed_and_is_not_asked_again():
    answer = limited(silent(), first_byte=SHORT)
    assert end(answer) == (EndState.NETWORK_ERROR, FailureKind.TIMEOUT)
    assert answer.end.report.failure.may_be_billed
    assert answer.posts == 1


def test_the_connection_is_closed_when_the_limit_passes():
    with RawServer([silent()]) as server:
        ask(question(server.base_url, limits=replace(LIMITS, first_byte=SHORT)))
        assert server.gate("closed").wait(10)


def test_silence_after_the_head_is_a_timeout():
    answer = limited(silent(stream_head()), idle=SHORT)
    assert end(answer) == (EndState.NETWORK_ERROR, FailureKind.TIMEOUT)


def test_silence_within_the_answer_cuts_it_and_keeps_the_words():
    answer = limited(silent(stream_head() + chunked(delta("Hel"))), idle=SHORT)
    assert (answer.text, *end(answer)) == ("Hel", EndState.CUT, FailureKind.TIMEOUT)
    assert answer.end.report.failure.may_be_billed


def test_silence_after_the_finish_is_no_failure():
    answer = limited(silent(stream_head() + chunked(delta("Hello", finish="stop") + usage())), idle=SHORT)
    assert end(answer) == (EndState.COMPLETE, None)


def test_pings_hold_off_the_limit_on_silence():
    def script(peer):
        peer.request()
        peer.send(stream_head())
        pause = peer.gate("never")
        for _ in range(15):
            pause.wait(SHORT / 3)
            peer.send(PING)
        peer.send(chunked(delta("Hello", finish="stop") + DONE) + LAST_CHUNK)

    answer = limited(script, idle=SHORT, semantic_idle=SHORT)
    assert (answer.text, end(answer)) == ("Hello", (EndState.COMPLETE, None))


def test_pings_alone_do_not_keep_a_dead_answer_for_ever():
    answer = limited(pinging(stream_head() + chunked(delta("Hel"))), semantic_idle=2 * SHORT)
    assert (answer.text, *end(answer)) == ("Hel", EndState.CUT, FailureKind.TIMEOUT)


def test_an_answer_that_is_not_streamed_has_one_limit_for_all():
    params = GenerationParams(stream=False)
    answer = limited(silent(), params=params, whole=SHORT)
    assert end(answer) == (EndState.NETWORK_ERROR, FailureKind.TIMEOUT)
    answer = limited(answering(good_stream()), params=params, whole=10, first_byte=10)
    assert answer.text == "Hello"


def test_a_slow_head_is_waited_for_when_the_answer_is_not_streamed():
    def script(peer):
        peer.request()
        peer.gate("never").wait(3 * SHORT)
        peer.send(http(200, '{"choices":[{"message":{"content":"Hello"},"finish_reason":"stop"}]}'))

    assert limited(script, params=GenerationParams(stream=False), first_byte=SHORT).text == "Hello"


def test_a_server_that_does_not_read_is_a_timeout_of_writing():
    def script(peer):
        peer.gate("never").wait(20)

    with RawServer([script]) as server:
        asked = question(server.base_url, user("x" * 20_000_000), limits=replace(LIMITS, write=SHORT))
        answer = ask(asked)[0]
        server.let("never")
    assert end(answer) == (EndState.NETWORK_ERROR, FailureKind.TIMEOUT)


# Notices


def test_a_long_wait_for_the_first_word_is_told_twice():
    patience = Patience(first=SHORT, long=2 * SHORT)

    def script(peer):
        peer.request()
        peer.send(stream_head())
        peer.wait("told twice")
        peer.send(chunked(delta("Hello", finish="stop") + DONE) + LAST_CHUNK)

    def watch(seen, _):
        if isinstance(seen, StillWaiting) and seen.stage is WaitStage.LONG:
            server.let("told twice")

    with RawServer([script]) as server:
        answer = ask(question(server.base_url), patience=patience, watch=watch)[0]
    assert [(each.stage, each.alive) for each in answer.of(StillWaiting)] == [
        (WaitStage.FIRST, False), (WaitStage.LONG, False),
    ]  # fmt: skip
    assert answer.text == "Hello"


def test_the_wait_begins_before_the_head():
    def script(peer):
        peer.request()
        peer.wait("told")
        peer.send(good_stream())

    with RawServer([script]) as server:
        answer = ask(
            question(server.base_url),
            patience=Patience(first=SHORT),
            watch=lambda seen, _: isinstance(seen, StillWaiting) and server.let("told"),
        )[0]
    assert [each.stage for each in answer.of(StillWaiting)] == [WaitStage.FIRST]


def test_signs_of_life_are_told():
    def script(peer):
        peer.request()
        peer.send(stream_head() + PING)
        peer.wait("told")
        peer.send(chunked(delta("Hello", finish="stop") + DONE) + LAST_CHUNK)

    with RawServer([script]) as server:
        answer = ask(
            question(server.base_url),
            patience=Patience(first=SHORT),
            watch=lambda seen, _: isinstance(seen, StillWaiting) and server.let("told"),
        )[0]
    assert [each.alive for each in answer.of(StillWaiting)] == [True]


def test_silence_within_the_answer_is_told_once_per_silence():
    def script(peer):
        peer.request()
        peer.send(stream_head() + chunked(delta("a")))
        peer.wait("first")
        peer.send(chunked(delta("b")))
        peer.wait("second")
        peer.send(chunked(delta("c", finish="stop") + DONE) + LAST_CHUNK)

    told = []

    def watch(seen, _):
        if isinstance(seen, StillWaiting):
            told.append(seen.stage)
            server.let("first" if len(told) == 1 else "second")

    with RawServer([script]) as server:
        answer = ask(question(server.base_url), patience=Patience(idle=SHORT), watch=watch)[0]
    assert told == [WaitStage.IDLE, WaitStage.IDLE]
    assert [each.text for each in answer.of(TextDelta)] == ["a", "b", "c"]


def test_a_quick_answer_is_not_commented():
    assert limited(answering(good_stream())).of(StillWaiting) == []
