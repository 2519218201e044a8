"""What servers write into the body of a failed request, and the one sentence that must be made of it."""

import json
from typing import Any

from support.raw_server import http
from support.situations import KEY, Expect, Situation, error, replies

SAID = "The parameter colour is unknown"


def says(name: str, body: object, *, sentence: str = SAID, status: int = 400, **changes: Any) -> Situation:
    """A 400 whose body must come down to this sentence."""
    base: dict[str, Any] = {
        "state": "http_error",
        "text": "",
        "requests": 1,
        "status": status,
        "says": [sentence],
        "silent": ["Traceback", "{'", '{\\"', "<html", "<title"],
        "usage": "null",
        "usd": "0",
        "cost": "not_billed",
        "exit": 1,
    }
    return Situation(name, replies(error(status, body)), Expect(**{**base, **changes}))


ANTHROPIC = {"type": "error", "error": {"type": "invalid_request_error", "message": SAID}, "request_id": "req_1"}
LITELLM = (
    f"litellm.BadRequestError: AnthropicException - b'{json.dumps(ANTHROPIC)}'\n\n"
    "LiteLLM: model group 'x' failed. Received Model Group=x\nAvailable Model Group Fallbacks=None"
)

SHAPES = [
    says("OpenAI's error", {"error": {"message": SAID, "type": "invalid_request_error", "param": "colour",
                                      "code": None}}),
    says("Anthropic's error", ANTHROPIC),
    says("LiteLLM's error around Anthropic's", {"error": {"message": LITELLM, "type": None, "param": None,
                                                          "code": "400"}},
         also=lambda it: "model group" not in it.end["error"]["message"].lower()),
    says("new-api's error", {"error": {"message": f"{SAID} (request id: 2026110112)", "type": "new_api_error",
                                       "param": "",
                                       "code": "invalid_request"}}),
    says("OpenRouter's error with the provider's own words",
         {"error": {"code": 400, "message": "Provider returned error",
                    "metadata": {"provider_name": "Anthropic", "raw": json.dumps(ANTHROPIC)}}}),
    says("OpenRouter's error with a raw sentence",
         {"error": {"code": 400, "message": "Provider returned error", "metadata": {"raw": SAID}}}),
    says("vLLM's error", {"object": "error", "message": SAID, "type": "BadRequestError", "param": None, "code": 400}),
    says("FastAPI's sentence", {"detail": SAID}),
    says("FastAPI's list", {"detail": [{"loc": ["body", "colour"], "msg": SAID, "type": "value_error"}]}, status=422),
    says("FastAPI's list of two", {"detail": [{"msg": "first problem"}, {"msg": SAID}]}, status=422),
    says("an error that is a text", {"error": SAID}),
    says("an error within an error", {"error": {"error": {"message": SAID}}}),
    says("a message alone", {"message": SAID}),
    says("msg", {"code": 1, "msg": SAID}),
    says("err", {"err": SAID}),
    says("error_msg", {"error_msg": SAID}),
    says("errors with messages", {"errors": [{"message": SAID}]}),
    says("errors of texts", {"errors": [SAID]}),
    says("header.message", {"header": {"code": 1, "message": SAID}}),
    says("response.error.message", {"response": {"error": {"message": SAID}}}),
    says("success false", {"success": False, "message": SAID}),
    says("a JSON text within the message", {"error": {"message": json.dumps(ANTHROPIC)}}),
    says("a list with the error", [{"error": {"message": SAID}}]),
    says("a plain sentence", SAID),
    says("a long text is cut", "long " * 200, sentence="long long",
         also=lambda it: len(it.end["error"]["message"]) <= 400),
    says("JSON behind a BOM", "\ufeff" + json.dumps({"error": {"message": SAID}})),
    says("a message in Chinese", {"error": {"message": "当前分组上游负载已饱和，请稍后再试", "type": "one_api_error"}},
         sentence="当前分组上游负载已饱和", silent=[]),
    says("an empty body names the status", None, sentence="400"),
    says("an empty object names the status", {}, sentence="400", silent=[]),
    says("an error of null still makes a message", {"error": None}, sentence="", silent=[],
         also=lambda it: it.end["error"]["message"]),
    says("an nginx page says its title", "<html>\n<head><title>413 Request Entity Too Large</title></head></html>",
         sentence="413 Request Entity Too Large", status=413, kind="too_large"),
    says("a Caddy page says its heading", "<html><body><h1>Not here</h1><p>x</p></body></html>", sentence="Not here",
         status=404),
    says("Cloudflare's text", "error code: 1015", sentence="1015", status=403, silent=[]),
    says("Cloudflare's page of a timeout",
         '<!DOCTYPE html><html><head><title>tokenhub.store | 524: A timeout occurred</title></head></html>',
         sentence="A timeout occurred", status=524, kind="gateway_timeout", usd="null", cost="unknown"),
    says("Cloudflare's JSON", "{'code':524,'message':'Gateway timeout.','type':'cf_gateway_timeout'}",
         sentence="timeout",
         status=524, kind="gateway_timeout", usd="null", cost="unknown", silent=["Traceback"]),
    says("a challenge page", "<!DOCTYPE html><html><head><title>Just a moment...</title></head></html>",
         sentence="", status=403, kind="challenge"),
    says("the key is masked", {"error": {"message": f"Incorrect API key provided: {KEY}."}}, status=401, kind="auth",
         sentence="Incorrect API key provided", silent=[KEY]),
    says("invalid UTF-8 in the body", b'{"error":{"message":"colour \xff is unknown"}}', sentence="is unknown"),
]  # fmt: skip

OTHERS = [
    Situation("an error body of a megabyte and more is read in part",
              replies(http(400, "x" * 3_000_000)), Expect(state="http_error", requests=1, status=400, exit=1)),
    Situation("the type says text and the body is JSON",
              replies(http(400, json.dumps({"error": {"message": SAID}}), headers={"Content-Type": "text/html"})),
              Expect(state="http_error", requests=1, says=[SAID])),
]  # fmt: skip


def classified(name: str, status: int, body: object, kind: str | set[str], requests: int = 1) -> Situation:
    """A failure whose class follows from the inner type or code rather than from the status."""
    return Situation(name, replies(error(status, body, retry_after_ms="1")),
                     Expect(state="http_error", status=status, kind=kind, requests=requests,
                            retries=requests - 1))  # fmt: skip


def typed(type_: str, message: str = "m") -> dict[str, Any]:
    """Anthropic's body with this type."""
    return {"type": "error", "error": {"type": type_, "message": message}}


def inside_litellm(type_: str) -> dict[str, Any]:
    """LiteLLM's body around it."""
    inner = json.dumps(typed(type_))
    return {"error": {"message": f"litellm.APIError: AnthropicException - b'{inner}'", "type": None, "code": "500"}}


def coded(code: str, message: str = "m") -> dict[str, Any]:
    """OpenAI's body with this code."""
    return {"error": {"message": message, "type": "new_api_error", "param": "", "code": code}}


CLASSES = [
    classified("LiteLLM's 500 is an overload", 500, inside_litellm("overloaded_error"), "overloaded", 3),
    classified("LiteLLM's 400 is too large", 400, inside_litellm("request_too_large"), "too_large"),
    classified("a 400 of the rate limit", 400, typed("rate_limit_error"), "rate_limited", 3),
    classified("a 400 of billing", 400, typed("billing_error"), "balance"),
    classified("a 400 about an empty balance", 400, typed("invalid_request_error",
                                                          "Your credit balance is too low to access"),
               {"balance", "bad_request"}),
    classified("a 429 of a spent quota", 429, coded("insufficient_quota"), "balance"),
    classified("a 429 of spent credit", 429, coded("credit_balance_exhausted"), "balance"),
    classified("a 429 of a spend limit", 429, coded("organization_spend_limit_exceeded"), "balance"),
    classified("a 403 of a spent quota", 403, coded("insufficient_user_quota"), "balance"),
    classified("a 403 of a quota that cannot be reserved", 403, coded("pre_consume_token_quota_failed"), "balance"),
    classified("a 422 of LiteLLM's budget", 422,
               {"error": {"message": "Budget has been exceeded!", "type": "budget_exceeded", "code": "422"}},
               "balance"),
    classified("a 503 without a channel for the model", 503, coded("model_not_found"), "model_unavailable"),
    classified("a 404 without the model", 404, coded("model_not_found"), "model_unavailable"),
    classified("a 404 of a path", 404, {"error": {"message": "Invalid URL (POST /v1/chat/completions)",
                                                  "type": "invalid_request_error"}}, {"not_found", "wrong_address"}),
    classified("a 500 that is just one", 500, typed("api_error", "Internal server error"), "server", 2),
    classified("a 413 of a gateway", 413, coded("read_request_body_failed"), "too_large"),
    classified("a 529 by number", 529, None, "overloaded", 3),
    classified("a prompt that is too long", 400,
               typed("invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"),
               "context_too_long"),
    classified("an image that is too large", 400,
               typed("invalid_request_error", "messages.0.content.0.image.source.base64: image exceeds 5 MB maximum: "
                     "6000000 bytes > 5242880 bytes"), "image_rejected"),
    classified("a picture of too many pixels", 400,
               typed("invalid_request_error",
                     "messages.1.content.22.image.source.base64.data: At least one of the image "
                     "dimensions exceed max allowed size for many-image requests: 2000 pixels"), "image_rejected"),
    classified("LiteLLM without a database", 400,
               {"error": {"message": "No connected db.", "type": "no_db_connection", "code": "400"}}, {"auth",
                                                                                                       "bad_request"}),
    classified("a key that is refused by type", 400, typed("authentication_error", "invalid x-api-key"), "auth"),
    classified("a permission that is missing by type", 400, typed("permission_error"), "forbidden"),
]  # fmt: skip

SITUATIONS = [*SHAPES, *OTHERS, *CLASSES]
