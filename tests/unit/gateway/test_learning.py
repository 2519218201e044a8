"""Which refusals can be repaired, and what is remembered of them (protocol.md 1.3, 1.4)."""

import asyncio
import json

import pytest

from support.asking import ANY_SAMPLING, Notes, question, user
from tally.core.failures import Failure, FailureKind, StoreError
from tally.core.params import GenerationParams
from tally.gateway.failures import failure_from_answer
from tally.gateway.learning import Memory, Repair, repair_for
from tally.gateway.wire import Quirks, build_body

BASE, MODEL = "https://h.example/v1", "m"


def change(message, status=400, quirks=None, **params):
    quirks = quirks or Quirks()
    params = {"temperature": 0.2, "max_tokens": 200_000, **params}
    sent = build_body(question(BASE, user("Hi"), model=ANY_SAMPLING, params=GenerationParams(**params)), quirks)
    failure = failure_from_answer(status, {}, json.dumps({"error": {"message": message}}).encode())
    repair = repair_for(failure, sent, quirks)
    return repair.change if repair else None


@pytest.mark.parametrize("status", [400, 422])
@pytest.mark.parametrize(
    "message",
    [
        "Argument not supported: stream_options",
        "Unrecognized request argument supplied: stream_options",
        "[{'type': 'extra_forbidden', 'loc': ('body', 'stream_options'), 'msg': 'Extra inputs are not permitted'}]",
    ],
)
def test_a_refusal_of_stream_options_is_repaired(message, status):
    assert change(message, status) == "no_stream_options"


@pytest.mark.parametrize(
    "message",
    [
        "`temperature` is deprecated for this model.",
        "`temperature` and `top_p` cannot both be specified for this model. Please use only one.",
        "claude-opus-4-7 does not support temperature=0.2. Only temperature=1 is supported",
        "Unsupported parameter: 'temperature' is not supported with this model.",
    ],
)
def test_a_refusal_of_a_sampling_field_is_repaired(message):
    assert change(message) == "no_sampling:temperature"


def test_only_a_field_that_was_sent_can_be_dropped():
    assert change("`top_p` is deprecated for this model.") is None
    assert change("top_p not supported", temperature=None, top_p=0.5) == "no_sampling:top_p"
    assert change("stream_options is not supported", stream=False) is None


@pytest.mark.parametrize(
    ("message", "limit"),
    [
        ("max_tokens: 200000 > 64000, which is the maximum allowed number of output tokens for claude-x", 64000),
        ("max_tokens is too large: 200000. This model supports at most 16384 completion tokens", 16384),
        ("`max_tokens` must be less than or equal to 8192", 8192),
        ("Range of max_tokens should be [1, 4096]", 4096),
    ],
)
def test_a_limit_of_the_output_is_learned_from_the_refusal(message, limit):
    assert change(message) == f"max_tokens:{limit}"


@pytest.mark.parametrize(
    "message",
    [
        "input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000",
        "prompt is too long: 210000 tokens > 200000 maximum",
        "max_tokens: must be a number",
        "max_tokens: 200000 > 999999",
        "messages: roles must alternate",
    ],
)
def test_other_refusals_are_not_repaired(message):
    assert change(message) is None


@pytest.mark.parametrize("status", [401, 403, 404, 413, 429, 500, 503])
def test_only_a_refused_request_is_repaired(status):
    assert change("stream_options is not supported", status) is None


def remembered(*repairs):
    async def run():
        memory = Memory(Notes())
        for repair in repairs:
            await memory.keep(BASE, MODEL, repair)
        return await memory.quirks(BASE, MODEL), await memory.quirks(BASE, "other")

    return asyncio.run(run())


def test_repairs_are_remembered_per_model():
    quirks, other = remembered(
        Repair("", Quirks(), "stream_options", "refused"),
        Repair("", Quirks(), "sampling", "temperature,top_p"),
        Repair("", Quirks(), "max_output", "64000"),
    )
    assert quirks == Quirks(no_stream_options=True, no_sampling=frozenset({"temperature", "top_p"}), max_output=64000)
    assert other == Quirks()


@pytest.mark.parametrize("value", ["", "abc", "0", "-5", "1.5"])
def test_a_remembered_limit_that_is_no_number_is_ignored(value):
    assert remembered(Repair("", Quirks(), "max_output", value))[0].max_output is None


def expectations(*finishes):
    async def run():
        memory = Memory(Notes())
        for finish in finishes:
            await memory.saw_end(BASE, MODEL, finish=finish)
        return await memory.expects_finish(BASE, MODEL)

    return asyncio.run(run())


def test_a_finish_reason_is_expected_until_an_endpoint_has_never_sent_one():
    assert expectations() is True
    assert expectations(False, False) is True
    assert expectations(False, False, False) is False
    assert expectations(False, False, False, True) is True
    assert expectations(True, False, False, False) is True


class BrokenDisk:
    async def recall(self, base_url, model, topic):
        raise StoreError(Failure(FailureKind.STORAGE, "disk"))

    async def remember(self, base_url, model, topic, value, *, days=7):
        raise StoreError(Failure(FailureKind.STORAGE, "disk"))


def test_a_disk_that_fails_costs_nothing_but_the_memory():
    async def run():
        memory = Memory(BrokenDisk())
        await memory.saw_end(BASE, MODEL, finish=True)
        await memory.keep(BASE, MODEL, Repair("", Quirks(), "max_output", "1"))
        return await memory.quirks(BASE, MODEL), await memory.expects_finish(BASE, MODEL)

    assert asyncio.run(run()) == (Quirks(), True)
