"""Server errors become `Failure`s: by inner type first, then by code, then by HTTP status (protocol.md 3.1, 3.2).

The inner type comes first because proxies change statuses: LiteLLM turns Anthropic's 529 into 500 and 413 into 400.
Failures of the transport are in `transport_failures.py`, what to do about either in `retries.py`.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import replace

from tally.core.failures import Failure, FailureKind
from tally.core.keys import masked
from tally.gateway.error_bodies import ErrorBody, read_body, read_payload

_Kind = FailureKind
_MAX_DETAILS = 65_536
_EXCERPT = 200

_LABELS: dict[str, FailureKind] = {
    **dict.fromkeys(("overloaded_error", "overloaded", "engine_overloaded"), _Kind.OVERLOADED),
    **dict.fromkeys(("request_too_large", "payload_too_large", "read_request_body_failed"), _Kind.TOO_LARGE),
    **dict.fromkeys(("billing_error", "credit_balance_exhausted", "budget_exceeded", "billing_hard_limit_reached",
                     "pre_consume_token_quota_failed", "payment_required", "quota_exceeded"), _Kind.BALANCE),
    **dict.fromkeys(("context_length_exceeded", "context_window_exceeded_error"), _Kind.CONTEXT_TOO_LONG),
    **dict.fromkeys(("authentication_error", "invalid_api_key", "no_db_connection", "unauthorized", "invalid_token",
                     "auth_error"), _Kind.AUTH),
    **dict.fromkeys(("model_not_found", "get_channel_failed", "no_available_channel"), _Kind.MODEL_UNAVAILABLE),
    **dict.fromkeys(("content_filter", "content_policy_violation", "content_policy_violation_error",
                     "sensitive_words_detected", "prompt_blocked"), _Kind.FILTERED),
    **dict.fromkeys(("permission_error", "permission_denied", "permission_denied_error", "access_denied"),
                    _Kind.FORBIDDEN),
    **dict.fromkeys(("timeout_error", "cf_gateway_timeout", "gateway_timeout"), _Kind.GATEWAY_TIMEOUT),
    **dict.fromkeys(("rate_limit_error", "rate_limit_exceeded", "too_many_requests", "throttling_error",
                     "throttling_exception", "resource_exhausted"), _Kind.RATE_LIMITED),
    **dict.fromkeys(("service_unavailable_error", "bad_gateway_error"), _Kind.UNREACHABLE),
}  # fmt: skip

# Types that say no more than a status does; used when there is no status.
_VAGUE: dict[str, FailureKind] = {
    **dict.fromkeys(("invalid_request_error", "bad_request_error", "invalid_request"), _Kind.BAD_REQUEST),
    **dict.fromkeys(("not_found_error",), _Kind.NOT_FOUND),
    **dict.fromkeys(("api_error", "server_error", "internal_server_error", "internal_error", "one_api_panic"),
                    _Kind.SERVER),
}  # fmt: skip

_BALANCE_LABEL = re.compile(r"^insufficient_\w+$|\w*spend_limit_exceeded$|^quota_\w*exhausted$")

# Read in this order; the words decide only where type, code and status leave it open.
_WORDS: tuple[tuple[FailureKind, re.Pattern[str]], ...] = (
    (_Kind.OVERLOADED, re.compile(r"\boverloaded(?:_error)?\b", re.IGNORECASE)),
    (
        _Kind.BALANCE,
        re.compile(
            r"credit balance is too low|insufficient[ _](?:\w+[ _])?(?:quota|balance|credits?|funds)"
            r"|exceeded your current quota|budget has been exceeded|额度不足|余额不足|额度已用尽",
            re.IGNORECASE,
        ),
    ),
    (
        _Kind.CONTEXT_TOO_LONG,
        re.compile(
            r"prompt is too long|maximum context length|context (?:length|window|limit)|input is too long"
            r"|too many (?:input )?tokens",
            re.IGNORECASE,
        ),
    ),
    (
        _Kind.IMAGE_REJECTED,
        re.compile(
            r"\bimages?\b.{0,120}(?:exceed|too large|invalid|not process|unsupported|not supported|dimension|corrupt)"
            r"|could not process image|invalid image|unsupported image|image_url",
            re.IGNORECASE | re.DOTALL,
        ),
    ),
    (
        _Kind.MODEL_UNAVAILABLE,
        re.compile(
            r"\bmodel\b.{0,160}(?:not found|does(?:n't| not) exist|not (?:a )?valid|unknown|no access|not available)"
            r"|(?:unknown|invalid|no such) model\b|无可用渠道|^model: \S+$",
            re.IGNORECASE | re.DOTALL,
        ),
    ),
)  # fmt: skip
_OPEN_TO_WORDS = {_Kind.BAD_REQUEST, _Kind.NOT_FOUND, _Kind.SERVER, _Kind.STREAM, _Kind.FORBIDDEN, _Kind.RATE_LIMITED}
_ONLY_BALANCE = {_Kind.FORBIDDEN, _Kind.RATE_LIMITED}

_STATUSES: dict[int, FailureKind] = {
    400: _Kind.BAD_REQUEST, 401: _Kind.AUTH, 402: _Kind.BALANCE, 403: _Kind.FORBIDDEN, 404: _Kind.NOT_FOUND,
    405: _Kind.WRONG_ADDRESS, 407: _Kind.PROXY, 408: _Kind.GATEWAY_TIMEOUT, 409: _Kind.SERVER, 413: _Kind.TOO_LARGE,
    429: _Kind.RATE_LIMITED, 499: _Kind.UNREACHABLE, 502: _Kind.UNREACHABLE, 503: _Kind.UNREACHABLE,
    504: _Kind.GATEWAY_TIMEOUT, 520: _Kind.UNREACHABLE, 521: _Kind.UNREACHABLE, 522: _Kind.UNREACHABLE,
    523: _Kind.UNREACHABLE, 524: _Kind.GATEWAY_TIMEOUT, 525: _Kind.UNREACHABLE, 526: _Kind.UNREACHABLE,
    527: _Kind.UNREACHABLE, 529: _Kind.OVERLOADED,
}  # fmt: skip

_PLAIN: dict[FailureKind, str] = {
    _Kind.AUTH: "the key was not accepted",
    _Kind.BALANCE: "the balance is empty or a limit is reached",
    _Kind.FORBIDDEN: "access was refused",
    _Kind.CHALLENGE: "a bot check stands in front of the gateway",
    _Kind.NOT_FOUND: "model or address unknown",
    _Kind.WRONG_ADDRESS: "the address is not that of an API",
    _Kind.BAD_REQUEST: "the request was not accepted",
    _Kind.TOO_LARGE: "the request is too large",
    _Kind.RATE_LIMITED: "too many requests",
    _Kind.OVERLOADED: "the model is overloaded",
    _Kind.SERVER: "the server failed",
    _Kind.UNREACHABLE: "what is behind the gateway cannot be reached",
    _Kind.GATEWAY_TIMEOUT: "it timed out while the work may have been done",
    _Kind.PROXY: "the proxy wants a user name and a password",
}

_REQUEST_ID_HEADERS = (
    "x-request-id", "request-id", "x-oneapi-request-id", "x-litellm-call-id", "x-generation-id", "cf-ray",
)  # fmt: skip
_SHOWN_HEADERS = (
    "content-type", "server", "location", "retry-after", "retry-after-ms", "x-should-retry", "cf-ray", "cf-mitigated",
    *_REQUEST_ID_HEADERS[:-1],
)  # fmt: skip


def failure_from_payload(payload: object, *, status: int | None = None, raw: bytes = b"") -> Failure:
    """The failure behind an error that came inside an answer.

    Args:
        payload: the parsed error: an object of any known shape, or a text.
        status: the HTTP status of the answer it came in (a 2xx tells nothing).
        raw: the bytes it was read from, for the details; without them the payload is written out again.
    """
    body = read_payload(payload)
    if raw:
        text = raw.decode("utf-8", "replace")
    else:
        text = payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False, default=str)
    return _failure(body, status, text, _kind(body, status))


def failure_from_answer(status: int, headers: Mapping[str, str], raw: bytes) -> Failure:
    """The failure behind an HTTP answer that is not a 2xx.

    Args:
        status: its HTTP status.
        headers: its headers, names in lower case.
        raw: as much of its body as was read.
    """
    text = raw.decode("utf-8", "replace").strip()
    shown = [f"{name}: {headers[name]}" for name in _SHOWN_HEADERS if name in headers]
    details = "\n".join([f"HTTP {status}", *shown, "", text]).strip()
    request_id = request_id_in(headers)
    if 300 <= status < 400:
        target = headers.get("location", "")
        message = f"The address redirects to {target}." if target else f"HTTP {status}: the address redirects."
        return Failure(
            _Kind.WRONG_ADDRESS, message, status=status, details=details[:_MAX_DETAILS], request_id=request_id
        )
    body = read_body(raw)
    kind = _kind(body, status)
    if _is_challenge(status, headers, text):
        kind = _Kind.CHALLENGE
    elif status == 404 and body.is_html and kind is _Kind.NOT_FOUND:
        kind = _Kind.WRONG_ADDRESS
    failure = _failure(body, status, details, kind, excerpt=text)
    return replace(failure, request_id=request_id or failure.request_id)


def request_id_in(headers: Mapping[str, str]) -> str | None:
    """The server's id of the request, under any of its names."""
    return next((headers[name] for name in _REQUEST_ID_HEADERS if headers.get(name)), None)


def without_key(failure: Failure, key: str | None) -> Failure:
    """The failure with the key masked wherever a server echoed it."""
    return replace(
        failure,
        message=masked(failure.message, key),
        details=masked(failure.details, key),
        request_id=failure.request_id and masked(failure.request_id, key),
        code=failure.code and masked(failure.code, key),
    )


def effective_status(failure: Failure) -> int | None:
    """The status that tells what happened: the one written into the body when the answer's own is a 2xx."""
    if failure.status is not None and failure.status >= 300:
        return failure.status
    return int(failure.code) if failure.code and failure.code.isdigit() else None


def _failure(body: ErrorBody, status: int | None, details: str, kind: FailureKind, excerpt: str = "") -> Failure:
    message = body.message or (excerpt or details)[:_EXCERPT].strip()
    if not any(map(str.isalnum, message)):
        message = ""  # brackets and dashes tell nobody anything
    if not message or (status is not None and not body.message and not excerpt):
        plain = _PLAIN.get(kind)
        message = f"HTTP {status}: {plain}" if status and plain else f"HTTP {status}" if status else "Unknown error"
    return Failure(
        kind,
        message,
        status=status,
        details=details[:_MAX_DETAILS],
        request_id=body.request_id,
        code=body.code,
        may_be_billed=kind is _Kind.GATEWAY_TIMEOUT,
    )


def _kind(body: ErrorBody, status: int | None) -> FailureKind:
    if any(_BALANCE_LABEL.match(label) or _LABELS.get(label) is _Kind.BALANCE for label in body.labels):
        return _Kind.BALANCE
    named = next((_LABELS[label] for label in body.labels if label in _LABELS), None)
    if named is not None and named not in _ONLY_BALANCE:
        return named
    known = status if status is not None and status >= 300 else None
    number = body.status or known
    kind = named or (_kind_of_status(number) if number else None)
    if kind in {None, _Kind.SERVER, _Kind.BAD_REQUEST}:
        vague = next((_VAGUE[label] for label in body.labels if label in _VAGUE), None)
        kind = kind if number and kind else vague or kind
    return _by_words(kind or _Kind.STREAM, body.message)


def _kind_of_status(status: int) -> FailureKind:
    if status in _STATUSES:
        return _STATUSES[status]
    return _Kind.SERVER if status >= 500 else _Kind.BAD_REQUEST


def _by_words(kind: FailureKind, message: str) -> FailureKind:
    if kind not in _OPEN_TO_WORDS:
        return kind
    for better, pattern in _WORDS:
        if kind in _ONLY_BALANCE and better is not _Kind.BALANCE:
            continue
        if pattern.search(message):
            return better
    return kind


def _is_challenge(status: int, headers: Mapping[str, str], text: str) -> bool:
    if headers.get("cf-mitigated", "").lower() == "challenge":
        return True
    return status in {403, 429, 503} and ("just a moment" in text[:4096].lower() or "/cdn-cgi/challenge" in text)
