"""The byte layer: protocol.md 2.1, by its row numbers."""

from __future__ import annotations

import tracemalloc

import pytest

from support.answers import DONE, data, read, stop, words
from tally.core.messages import EndState
from tally.gateway import sse
from tally.gateway.chunks import AnswerParser
from tally.gateway.sse import Source, SseParser, TooLongError

HELLO = b'{"choices":[{"delta":{"content":"Hello"},"finish_reason":"stop"}]}'


def pieces(*feeds: bytes) -> list[tuple[Source, str]]:
    parser = SseParser()
    found = [piece for feed in feeds for piece in parser.feed(feed)]
    return found + parser.finish()


@pytest.mark.parametrize(
    ("feeds", "expected"),
    [
        pytest.param((b"data: a\n\ndata: b\n\n",), ["a", "b"], id="2 LF"),
        pytest.param((b"data: a\r\n\r\ndata: b\r\n\r\n",), ["a", "b"], id="2 CRLF"),
        pytest.param((b"data: a\r\rdata: b\r\r",), ["a", "b"], id="2 CR"),
        pytest.param((b"data: a\r", b"\n\r", b"\ndata: b\r", b"\n\r\n"), ["a", "b"], id="2 CRLF cut in two"),
        pytest.param((b"data: a\n\r\n\rdata: b\r\n\n",), ["a", "b"], id="2 all kinds mixed"),
        pytest.param((b"data: \xe2\x82", b"\xac\n\n"), ["€"], id="3 character cut in two"),
        pytest.param((b"data: a\xff\xe2\x82\ndata: b\n\n",), ["a��\nb"], id="3 invalid UTF-8 ends with its line"),
        pytest.param((b": OPENROUTER PROCESSING\n\n:\n\ndata: a\n\n",), ["a"], id="4 comments"),
        pytest.param((b"data:a\n\ndata:  b\n\n",), ["a", " b"], id="5 one leading space only"),
        pytest.param((b"data\ndata: a\n\n",), ["\na"], id="5 data without colon"),
        pytest.param((b"data: a\ndata: b\n\n",), ["a\nb"], id="6 several lines"),
        pytest.param((b"event: x\n\nid: 1\n\nretry: 5\n\n\n\ndata: a\n\n",), ["a"], id="7 nothing without data"),
        pytest.param((b"id: 1\nretry: 5\nevent: message\ndata: a\nid\n\n",), ["a"], id="7 other fields ignored"),
        pytest.param(("data: a\u2028\u2029\x85\x0b\x0c\x1c\x1e\n\n".encode(),), ["a\u2028\u2029\x85\x0b\x0c\x1c\x1e"],
                     id="2 no other line ends"),
    ],
)  # fmt: skip
def test_events_are_cut_by_the_rules(feeds, expected):
    assert pieces(*feeds) == [(Source.DATA, text) for text in expected]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(b"data: [DONE]", [(Source.LAST, "[DONE]")], id="9 last line without end"),
        pytest.param(b'data: {"a":1}\n', [(Source.LAST, '{"a":1}')], id="9 last event without blank line"),
        pytest.param(b"event: error\ndata: x", [(Source.ERROR_EVENT, "x")], id="9 an error at the end is an error"),
        pytest.param(b"event: error\ndata: x\n\ndata: y\n\n", [(Source.ERROR_EVENT, "x"), (Source.DATA, "y")],
                     id="7 the event's name holds for one event"),
        pytest.param(b'error: {"code":500}\n\n', [(Source.ERROR_FIELD, '{"code":500}')], id="8a error field"),
        pytest.param(b'data: a\n\n{"error":1}\n\n', [(Source.DATA, "a"), (Source.BARE, '{"error":1}')], id="8b bare"),
        pytest.param(b'data: a\n\n{\n "error": 1\n}\ndata: b\n\n',
                     [(Source.DATA, "a"), (Source.BARE, '{\n "error": 1\n}'), (Source.DATA, "b")],
                     id="8b bare over several lines, ended by a field"),
        pytest.param(b'data: a\n\n{\n "error": 1\n}\n\n', [(Source.DATA, "a"), (Source.BARE, '{\n "error": 1\n}')],
                     id="8b bare over several lines, ended by a blank line"),
        pytest.param(b'data: a\n\n{\n "error": 1\n}', [(Source.DATA, "a"), (Source.BARE, '{\n "error": 1\n}')],
                     id="8b bare over several lines, ended by the end"),
        pytest.param(b'data: a\n\n{"error":1}data: [DONE]\n\n',
                     [(Source.DATA, "a"), (Source.BARE, '{"error":1}'), (Source.DATA, "[DONE]")],
                     id="8b bare without line end"),
        pytest.param(b'data: {"a":1}\ndata: {"b":2}\ndata: [DONE]\n\n',
                     [(Source.DATA, '{"a":1}'), (Source.DATA, '{"b":2}'), (Source.DATA, "[DONE]")],
                     id="7 forgotten blank lines"),
        pytest.param(b'data: {"a":\ndata: {"b":2}}\n\n', [(Source.DATA, '{"a":\n{"b":2}}')],
                     id="6 JSON over several lines stays one"),
        pytest.param(b"nonsense\n\n", [(Source.STRAY, "nonsense")], id="8 unknown lines"),
    ],
)  # fmt: skip
def test_what_the_rules_would_drop_is_kept(body, expected):
    assert pieces(body) == expected


@pytest.mark.parametrize("cut_at", [0, 1, 2, 3, 4])
def test_row_1_a_byte_order_mark_is_no_content_wherever_it_is_cut(cut_at):
    body = b"\xef\xbb\xbfdata: " + HELLO + b"\n\n"
    assert read([body[:cut_at], body[cut_at:]]).text == "Hello"


def test_row_1_a_later_byte_order_mark_is_content():
    assert read(words("a\ufeffb") + stop()).text == "a\ufeffb"


def test_row_1_an_incomplete_byte_order_mark_is_garbage():
    assert read(b"\xef\xbbdata: " + HELLO).ending.state is EndState.PROTOCOL_ERROR


def test_row_4_comments_and_pings_are_counted_and_are_no_activity():
    parser = AnswerParser()
    parser.feed(b': ping\n\n:\n\nevent: ping\ndata: {"type": "ping"}\n\nevent: ping\n\n')
    assert parser.keepalives >= 4
    assert parser.activity == 0
    assert not parser.shown


def test_row_8_a_server_that_forgets_data_is_read_line_by_line_while_it_streams():
    parser = AnswerParser()
    first = parser.feed(b'{"choices":[{"delta":{"content":"a"}}]}\n')
    second = parser.feed(b'{"choices":[{"delta":{"content":"b"},"finish_reason":"stop"}]}\n[DONE]\n')
    assert [delta.text for delta in first + second] == ["a", "b"]
    assert parser.done


def test_row_9_half_a_chunk_at_the_end_is_no_error_of_its_own():
    answer = read(words("a") + b'data: {"choices":[{"del')
    assert (answer.text, answer.ending.state) == ("a", EndState.CUT_SILENT)


def test_row_10_a_line_of_8_mib_is_read():
    text = "x" * (8 * 1024 * 1024)
    body = words(text) + stop()
    assert read(body[at : at + 65_536] for at in range(0, len(body), 65_536)).text == text


@pytest.mark.parametrize("begin", [b"data: ", b'data: {"choices":[', b'{"choices":[', b": ", b"x"])
def test_row_10_a_line_without_end_is_refused_in_bounded_memory(begin):
    parser = AnswerParser()
    block = b"x" * 65_536
    tracemalloc.start()
    try:
        parser.feed(begin)
        for _ in range(1024):
            parser.feed(block)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert parser.failed
    assert parser.finish().state is EndState.PROTOCOL_ERROR
    assert peak < 40 * 1024 * 1024


def test_row_10_a_line_without_end_is_refused_when_it_comes_at_once():
    answer = read(words("kept") + b"data: " + b"x" * (20 * 1024 * 1024) + b"\n\n" + words("lost"))
    assert (answer.text, answer.ending.state) == ("kept", EndState.PROTOCOL_ERROR)
    assert answer.ending.failure is not None
    assert answer.ending.failure.details.startswith('data: {"id"')


def test_row_10_an_event_of_endlessly_many_lines_is_refused():
    parser = SseParser()
    line = b"data: " + b"x" * (1024 * 1024) + b"\n"
    assert all(parser.feed(line) == [] for _ in range(15))
    with pytest.raises(TooLongError):
        parser.feed(line + line)


def test_row_10_a_document_of_endlessly_many_lines_is_refused():
    parser = AnswerParser()
    for _ in range(20):
        parser.feed(b'{\n"a": "' + b"x" * (1024 * 1024))
    assert parser.failed
    assert parser.finish().state is EndState.PROTOCOL_ERROR


def test_row_10_the_longest_line_allowed_is_allowed():
    parser = SseParser()
    line = b"data: " + b"x" * (sse.MAX_BYTES - 6)
    assert [len(text) for _, text in parser.feed(line + b"\n\n")] == [sse.MAX_BYTES - 6]
    with pytest.raises(TooLongError):
        parser.feed(line + b"x\n\n")


def test_two_hundred_thousand_single_bytes_are_read():
    body = words("x" * 199_000) + stop() + DONE
    assert read(body[at : at + 1] for at in range(len(body))).text == "x" * 199_000


def test_row_11_what_follows_done_is_not_read():
    answer = read(words("a") + stop() + DONE + words("b") + data({"error": {"message": "late"}}))
    assert (answer.text, answer.ending.state, answer.ending.saw_done) == ("a", EndState.COMPLETE, True)


@pytest.mark.parametrize("mark", ["[DONE]", " [DONE] ", "[DONE]x"])
def test_row_11_done_is_recognised_by_its_beginning(mark):
    assert read(words("a") + stop() + data(mark)).ending.saw_done


def test_row_11_control_characters_inside_strings_are_tolerated():
    answer = read(b'data: {"choices":[{"delta":{"content":"a\tb\x01"},"finish_reason":"stop"}]}\n\n')
    assert answer.text == "a\tb\x01"


@pytest.mark.parametrize(
    "glued",
    [
        '{"choices":[{"delta":{"content":"par\n{"type":"error","error":{"type":"overloaded_error","message":"busy"}}',
        '{"choices":[{"delta":{"content":"x"}}]}{"error":{"type":"overloaded_error","message":"busy"}}',
        '{"choices":[{"delta":{"content":"x"}}]}data: {"error":{"type":"overloaded_error","message":"busy"}}',
    ],
)
def test_row_12_an_error_glued_to_a_chunk_is_found(glued):
    answer = read(words("a") + "".join(f"data: {line}\n" for line in glued.split("\n")).encode() + b"\n")
    assert answer.ending.state is EndState.STREAM_ERROR
    assert answer.ending.failure is not None
    assert (answer.ending.failure.message, answer.ending.failure.code) == ("busy", "overloaded_error")


def test_row_13_white_space_before_a_document_is_padding():
    answer = read([b"\r\n  \n", b"\n \t", b'{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}]}\n'])
    assert (answer.text, answer.ending.state) == ("a", EndState.COMPLETE)
