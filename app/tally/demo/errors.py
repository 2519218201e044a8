"""What the demo gateway says when a request fails: one exception, and the failures that can be asked for."""

import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Failure:
    """An error as the client sees it.

    Attributes:
        status: HTTP status.
        message: one English sentence for the person who reads it.
        type: the error family, in the words the Anthropic and OpenAI interfaces share.
        code: a machine-readable reason, or None.
        param: the request field at fault, or None.
        headers: extra response headers, for example `retry-after`.
    """

    status: int
    message: str
    type: str = "invalid_request_error"
    code: str | None = None
    param: str | None = None
    headers: tuple[tuple[str, str], ...] = ()

    def body(self) -> bytes:
        """Returns the JSON document in the shape of the OpenAI interface."""
        inner = {"message": self.message, "type": self.type, "param": self.param, "code": self.code}
        return json.dumps({"error": inner}, ensure_ascii=False).encode()


class ApiError(Exception):
    """Raised to answer a request with an error instead of a completion.

    Attributes:
        failure: what is sent.
    """

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


def invalid(message: str, param: str | None = None, code: str | None = None) -> ApiError:
    """Returns the error for a request that can never succeed as it stands (400)."""
    return ApiError(Failure(400, message, param=param, code=code))


# What `/error <status>` answers. The wording follows what Claude gateways say, so that the client's table of causes
# is shown at work; the last words tell the reader that nothing is really wrong.
_ASKED = " (You asked the demo for this error.)"
ON_REQUEST = {
    failure.status: failure
    for failure in (
        Failure(401, "Invalid API key." + _ASKED, "authentication_error", "invalid_api_key"),
        Failure(402, "Your balance is empty. Please top up your account." + _ASKED, "billing_error", "no_credit"),
        Failure(403, "Your key may not use this model." + _ASKED, "permission_error", "permission_denied"),
        Failure(404, "The model does not exist." + _ASKED, "not_found_error", "model_not_found", "model"),
        Failure(413, "The request is larger than the server accepts." + _ASKED, "request_too_large"),
        Failure(
            429,
            "Too many requests. Try again in 2 seconds." + _ASKED,
            "rate_limit_error",
            "rate_limit_exceeded",
            headers=(("retry-after", "2"),),
        ),
        Failure(500, "Internal server error." + _ASKED, "api_error"),
        Failure(502, "The upstream server gave an invalid answer." + _ASKED, "api_error", "bad_gateway"),
        Failure(503, "The service is temporarily unavailable." + _ASKED, "api_error", "unavailable"),
        Failure(504, "The upstream server did not answer in time." + _ASKED, "timeout_error", "gateway_timeout"),
        Failure(529, "Overloaded." + _ASKED, "overloaded_error", "overloaded"),
    )
}
LOST_UPSTREAM = Failure(500, "The connection to the model was lost in mid-answer." + _ASKED, "api_error", "upstream")
