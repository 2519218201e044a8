"""Every body shape of protocol.md 3.1 becomes one sentence and the right kind of failure."""

# ruff: noqa: E501  a body and what is made of it are compared on one line

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.asking import KEY
from tally.core.failures import Failure, FailureKind
from tally.gateway.failures import failure_from_answer, failure_from_payload, without_key

K = FailureKind


def litellm(inner: object, code: str, kind: str | None = None) -> bytes:
    message = (
        f"litellm.SomeError: AnthropicException - {json.dumps(inner).encode()!r}\n\nLiteLLM: model group 'x' failed"
    )
    return json.dumps({"error": {"message": message, "type": kind, "param": None, "code": code}}).encode()


def anthropic(kind: str, message: str) -> dict[str, object]:
    return {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_9"}


SHAPES = [
    # OpenAI
    (401, {"error": {"message": "Bad key", "type": "invalid_request_error", "code": "invalid_api_key"}}, K.AUTH, "Bad key"),
    (429, {"error": {"message": "Slow", "type": "requests", "code": "rate_limit_exceeded"}}, K.RATE_LIMITED, "Slow"),
    (429, {"error": {"message": "No more", "type": "insufficient_quota", "code": "insufficient_quota"}}, K.BALANCE, "No more"),
    (429, {"error": {"message": "Cap", "type": "x", "code": "daily_spend_limit_exceeded"}}, K.BALANCE, "Cap"),
    (429, {"error": {"message": "Cap", "code": "credit_balance_exhausted"}}, K.BALANCE, "Cap"),
    # Anthropic
    (529, anthropic("overloaded_error", "Overloaded"), K.OVERLOADED, "Overloaded"),
    (413, anthropic("request_too_large", "Too large"), K.TOO_LARGE, "Too large"),
    (400, anthropic("invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"), K.CONTEXT_TOO_LONG, None),
    (400, anthropic("invalid_request_error", "Your credit balance is too low to access the API"), K.BALANCE, None),
    (400, anthropic("invalid_request_error", "messages.0.content.1.image.source.base64: image exceeds 5 MB maximum: 6 bytes > 5 bytes"), K.IMAGE_REJECTED, None),
    (402, anthropic("billing_error", "Pay"), K.BALANCE, "Pay"),
    (403, anthropic("permission_error", "Not yours"), K.FORBIDDEN, "Not yours"),
    (404, anthropic("not_found_error", "model: claude-x"), K.MODEL_UNAVAILABLE, "model: claude-x"),
    (500, anthropic("api_error", "Internal"), K.SERVER, "Internal"),
    (504, anthropic("timeout_error", "Late"), K.GATEWAY_TIMEOUT, "Late"),
    # new-api, one-api
    (403, {"error": {"message": "用户额度不足 (request id: 20261)", "type": "new_api_error", "param": "", "code": "insufficient_user_quota"}}, K.BALANCE, "用户额度不足"),
    (403, {"error": {"message": "x", "type": "one_api_error", "code": "pre_consume_token_quota_failed"}}, K.BALANCE, "x"),
    (503, {"error": {"message": "无可用渠道", "type": "new_api_error", "code": "model_not_found"}}, K.MODEL_UNAVAILABLE, None),
    (413, {"error": {"message": "x", "type": "new_api_error", "code": "read_request_body_failed"}}, K.TOO_LARGE, "x"),
    (500, {"error": {"message": "panic", "type": "one_api_panic"}}, K.SERVER, "panic"),
    (400, {"error": {"message": "x", "type": "new_api_error", "code": "sensitive_words_detected"}}, K.FILTERED, "x"),
    # OpenRouter
    (402, {"error": {"code": 402, "message": "Insufficient credits", "metadata": {"provider_name": "A"}}}, K.BALANCE, "Insufficient credits"),
    (400, {"error": {"code": 429, "message": "Provider returned error", "metadata": {"raw": '{"error":{"message":"wait"}}'}}}, K.RATE_LIMITED, "wait"),
    (502, {"error": {"code": 502, "message": "Provider returned error", "metadata": {"raw": "upstream died"}}}, K.UNREACHABLE, "upstream died"),
    # vLLM, FastAPI, others
    (400, {"object": "error", "message": "extra", "type": "BadRequestError", "param": None, "code": 400}, K.BAD_REQUEST, "extra"),
    (422, {"detail": "no"}, K.BAD_REQUEST, "no"),
    (422, {"detail": [{"loc": ["body"], "msg": "field required", "type": "missing"}, {"msg": "and more"}]}, K.BAD_REQUEST, "field required; and more"),
    (403, {"message": "Forbidden"}, K.FORBIDDEN, "Forbidden"),
    (400, {"errors": [{"message": "first"}, {"message": "second"}]}, K.BAD_REQUEST, "first"),
    (400, {"errors": ["first"]}, K.BAD_REQUEST, "first"),
    (500, {"code": 1, "msg": "broken"}, K.SERVER, "broken"),
    (500, {"err": "broken"}, K.SERVER, "broken"),
    (500, {"error_msg": "broken"}, K.SERVER, "broken"),
    (500, {"success": False, "message": "broken"}, K.SERVER, "broken"),
    (500, {"error": "broken"}, K.SERVER, "broken"),
    (500, {"error": {"error": {"message": "broken"}}}, K.SERVER, "broken"),
    (500, {"header": {"message": "broken"}}, K.SERVER, "broken"),
    (500, {"response": {"error": {"message": "broken"}}}, K.SERVER, "broken"),
    (500, [{"error": {"message": "in a list"}}], K.SERVER, "in a list"),
    (422, {"error": {"message": "Budget", "type": "budget_exceeded", "code": "400"}}, K.BALANCE, "Budget"),
    (400, {"error": {"message": "No connected db.", "type": "no_db_connection", "code": "400"}}, K.AUTH, "No connected db."),
]  # fmt: skip


@pytest.mark.parametrize(("status", "body", "kind", "message"), SHAPES)
def test_a_known_body_is_understood(status, body, kind, message):
    failure = failure_from_answer(status, {}, json.dumps(body, ensure_ascii=False).encode())
    assert failure.kind is kind
    assert failure.status == status
    assert message is None or failure.message == message
    assert "{" not in failure.message


@pytest.mark.parametrize(
    ("inner", "status", "code", "kind", "message"),
    [
        (anthropic("overloaded_error", "Overloaded"), 500, "500", K.OVERLOADED, "Overloaded"),
        (anthropic("request_too_large", 'It\'s "big"'), 400, "400", K.TOO_LARGE, 'It\'s "big"'),
        (anthropic("rate_limit_error", "Slow down\nplease"), 429, "429", K.RATE_LIMITED, "Slow down\nplease"),
        (anthropic("authentication_error", "invalid x-api-key"), 401, "401", K.AUTH, "invalid x-api-key"),
    ],
)
def test_litellms_bytes_are_unwrapped_and_the_inner_type_decides(inner, status, code, kind, message):
    failure = failure_from_answer(status, {}, litellm(inner, code))
    assert (failure.kind, failure.message, failure.request_id) == (kind, message, "req_9")


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("litellm.AuthenticationError: AnthropicException - no key\n\nLiteLLM: model group 'a'", K.AUTH, "no key"),
        ("litellm.ContextWindowExceededError: litellm.BadRequestError: AnthropicException - long", K.CONTEXT_TOO_LONG, "long"),
        ("Error code: 429 - {'error': {'message': 'wait', 'type': 'rate_limit_error'}}", K.RATE_LIMITED, "wait"),
        ('upstream said {"error":{"message":"inner","type":"overloaded_error"}} sorry', K.OVERLOADED, "inner"),
    ],
)  # fmt: skip
def test_messages_that_wrap_messages_are_unwrapped(text, kind, message):
    failure = failure_from_answer(400, {}, json.dumps({"error": {"message": text}}).encode())
    assert (failure.kind, failure.message) == (kind, message)


@pytest.mark.parametrize(
    ("status", "headers", "raw", "kind", "message"),
    [
        (524, {}, b"<html><head><title>524: A timeout occurred</title></head></html>", K.GATEWAY_TIMEOUT, "524: A timeout occurred"),
        (502, {}, b"<html>\r\n<body><center><h1>502 Bad Gateway</h1></center></body></html>", K.UNREACHABLE, "502 Bad Gateway"),
        (413, {}, b"<html><title>413 Request Entity Too Large</title></html>", K.TOO_LARGE, "413 Request Entity Too Large"),
        (404, {}, b"<!DOCTYPE html><title>Not here &amp; there</title>", K.WRONG_ADDRESS, "Not here & there"),
        (403, {}, b"<html><title>Just a moment...</title></html>", K.CHALLENGE, "Just a moment..."),
        (403, {"cf-mitigated": "challenge"}, b"", K.CHALLENGE, None),
        (524, {}, b"{'code':524,'message':'Gateway timeout.','type':'cf_gateway_timeout'}", K.GATEWAY_TIMEOUT, "Gateway timeout."),
        (429, {}, b"error code: 1015", K.RATE_LIMITED, "error code: 1015"),
        (429, {}, b"", K.RATE_LIMITED, "HTTP 429: too many requests"),
        (529, {}, b"  \n", K.OVERLOADED, "HTTP 529: the model is overloaded"),
        (418, {}, b"", K.BAD_REQUEST, "HTTP 418: the request was not accepted"),
        (599, {}, b"", K.SERVER, "HTTP 599: the server failed"),
        (500, {}, b"x" * 900, K.SERVER, "x" * 200),
        (500, {}, b'{"foo": 1}', K.SERVER, '{"foo": 1}'),
        (400, {}, b'data: {"error":{"message":"as a stream"}}\n\n', K.BAD_REQUEST, "as a stream"),
        (500, {}, b"\xff\xfe\x00", K.SERVER, None),
        (301, {"location": "https://x.example/"}, b"", K.WRONG_ADDRESS, "The address redirects to https://x.example/."),
        (304, {}, b"", K.WRONG_ADDRESS, "HTTP 304: the address redirects."),
    ],
)  # fmt: skip
def test_bodies_that_are_no_json_are_understood_too(status, headers, raw, kind, message):
    failure = failure_from_answer(status, headers, raw)
    assert failure.kind is kind
    assert message is None or failure.message == message


STATUSES = {
    400: K.BAD_REQUEST, 401: K.AUTH, 402: K.BALANCE, 403: K.FORBIDDEN, 404: K.NOT_FOUND, 405: K.WRONG_ADDRESS,
    408: K.GATEWAY_TIMEOUT, 409: K.SERVER, 413: K.TOO_LARGE, 415: K.BAD_REQUEST, 422: K.BAD_REQUEST,
    429: K.RATE_LIMITED, 499: K.UNREACHABLE, 500: K.SERVER, 501: K.SERVER, 502: K.UNREACHABLE, 503: K.UNREACHABLE,
    504: K.GATEWAY_TIMEOUT, 520: K.UNREACHABLE, 521: K.UNREACHABLE, 522: K.UNREACHABLE, 523: K.UNREACHABLE,
    524: K.GATEWAY_TIMEOUT, 525: K.UNREACHABLE, 526: K.UNREACHABLE, 527: K.UNREACHABLE, 529: K.OVERLOADED,
}  # fmt: skip


@pytest.mark.parametrize(("status", "kind"), STATUSES.items())
def test_a_status_without_a_body_tells_the_kind(status, kind):
    failure = failure_from_answer(status, {}, b"")
    assert failure.kind is kind
    assert failure.message.startswith(f"HTTP {status}")
    assert failure.may_be_billed is (status in {408, 504, 524})


@pytest.mark.parametrize(
    ("payload", "kind", "message"),
    [
        ({"error": {"type": "overloaded_error", "message": "Overloaded"}}, K.OVERLOADED, "Overloaded"),
        ({"error": {"message": "x", "code": 529}}, K.OVERLOADED, "x"),
        ({"error": {"message": "x", "type": "None", "code": "429"}}, K.RATE_LIMITED, "x"),
        ({"error": {"message": "x", "type": "api_error"}}, K.SERVER, "x"),
        ({"error": {"message": "x"}}, K.STREAM, "x"),
        ({"error": "words"}, K.STREAM, "words"),
        ({"success": False, "message": "no"}, K.STREAM, "no"),
        ({"object": "error", "message": "boom", "code": 500}, K.SERVER, "boom"),
        ("upstream timeout", K.STREAM, "upstream timeout"),
    ],
)
def test_an_error_inside_an_answer_is_judged_without_a_status(payload, kind, message):
    for status in (None, 200):
        failure = failure_from_payload(payload, status=status)
        assert (failure.kind, failure.message) == (kind, message)


def test_the_request_id_is_found_under_its_many_names():
    for name in ("x-request-id", "request-id", "x-oneapi-request-id", "x-litellm-call-id", "x-generation-id", "cf-ray"):
        assert failure_from_answer(500, {name: "id-1"}, b"").request_id == "id-1"
    assert failure_from_answer(500, {}, b'{"error":{"message":"x (request id: 77)"}}').request_id == "77"


def test_the_code_shown_is_the_most_telling_one():
    body = {"error": {"message": "x", "type": "new_api_error", "code": "insufficient_user_quota"}}
    assert failure_from_payload(body).code == "insufficient_user_quota"


def test_the_key_is_masked_everywhere():
    raw = json.dumps({"error": {"message": f"Key {KEY} is wrong", "code": f"c-{KEY}"}}).encode()
    failure = without_key(failure_from_answer(401, {"x-request-id": KEY}, raw), KEY)
    assert KEY not in repr(failure)
    assert failure.message == "Key th-…ghij is wrong"


def test_the_details_keep_the_body():
    failure = failure_from_answer(500, {"server": "cloudflare"}, b'{"error":"boom","trace":"deep"}')
    assert "server: cloudflare" in failure.details
    assert '"trace":"deep"' in failure.details


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["error", "message", "type", "code", "detail", "errors", "metadata", "raw", "msg"]), inner
        )
    ),
    max_leaves=12,
)


@given(json_values)
def test_no_payload_makes_it_raise(payload):
    failure = failure_from_payload(payload)
    assert isinstance(failure, Failure)
    assert failure.message


@given(st.binary(max_size=200), st.integers(300, 599))
def test_no_body_makes_it_raise(raw, status):
    assert failure_from_answer(status, {}, raw).message


@pytest.mark.parametrize("text", ['{"error":' * 5000, "[" * 100_000, "b'" + "{" * 50_000 + "}'"])
def test_deeply_nested_bodies_do_not_break_it(text):
    assert failure_from_answer(500, {}, text.encode()).kind is K.SERVER
