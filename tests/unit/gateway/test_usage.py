"""Token counts under all their names: protocol.md 4.2."""

from __future__ import annotations

from decimal import Decimal

import pytest

from support.answers import chunk, data, read, stop, words
from tally.core.money import Price, Usage, amount_of
from tally.gateway.usage import UsageCollector, usage_of

LITELLM = {
    "prompt_tokens": 135,
    "completion_tokens": 42,
    "total_tokens": 177,
    "prompt_tokens_details": {"cached_tokens": 100, "cache_write_tokens": 10, "cache_creation_tokens": 10},
    "cache_creation_input_tokens": 10,
    "cache_read_input_tokens": 100,
    "completion_tokens_details": {"reasoning_tokens": 7},
}
BUCKETS = Usage(uncached=25, output=42, cache_read=100, cache_write=10, prompt_reported=135, reasoning=7)


def test_the_worked_example_costs_exactly_what_it_should():
    usage = usage_of(LITELLM)
    assert usage == BUCKETS
    assert amount_of(usage, Price.per_million("3", "15", "0.30", "3.75")).plain() == "0.0007725"


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        pytest.param({"prompt_tokens": 10, "completion_tokens": 5}, Usage(10, 5, prompt_reported=10), id="plain"),
        pytest.param({"prompt_tokens": 110, "completion_tokens": 5, "cache_read_input_tokens": 100},
                     Usage(10, 5, 100, prompt_reported=110), id="inclusive, Anthropic's name"),
        pytest.param({"prompt_tokens": 110, "completion_tokens": 5, "prompt_cache_hit_tokens": 100},
                     Usage(10, 5, 100, prompt_reported=110), id="inclusive, DeepSeek's name"),
        pytest.param({"prompt_tokens": 110, "completion_tokens": 5,
                      "prompt_tokens_details": {"cached_tokens": 0, "cached_creation_tokens": 60}},
                     Usage(50, 5, 0, 60, prompt_reported=110), id="inclusive, new-api's name"),
        pytest.param({"prompt_tokens": 25, "completion_tokens": 5, "cache_read_input_tokens": 100},
                     Usage(25, 5, 100, prompt_reported=25), id="one-api: exclusive under OpenAI's name"),
        pytest.param({"input_tokens": 25, "output_tokens": 5, "cache_read_input_tokens": 20,
                      "cache_creation_input_tokens": 3}, Usage(25, 5, 20, 3, prompt_reported=25), id="Anthropic"),
        pytest.param({"prompt_tokens": 0, "input_tokens": 25, "completion_tokens": 0, "output_tokens": 5},
                     Usage(25, 5, prompt_reported=25), id="zero under one name"),
        pytest.param({"prompt_tokens": "10", "completion_tokens": "5.0"}, Usage(10, 5, prompt_reported=10), id="texts"),
        pytest.param({"prompt_tokens": 10.0, "completion_tokens": Decimal("5.0")}, Usage(10, 5, prompt_reported=10),
                     id="fractions"),
        pytest.param({"prompt_tokens": 10, "completion_tokens": None, "prompt_tokens_details": None},
                     Usage(10, 0, prompt_reported=10), id="null"),
        pytest.param({"prompt_tokens": 10, "completion_tokens": -1}, Usage(10, 0, prompt_reported=10), id="negative"),
        pytest.param({"prompt_tokens": True, "completion_tokens": 5}, Usage(0, 5), id="true is no count"),
        pytest.param({"prompt_tokens": "many", "completion_tokens": 5}, Usage(0, 5), id="words"),
        pytest.param({"prompt_tokens": Decimal("1e99999999"), "completion_tokens": 5}, Usage(0, 5), id="absurd"),
        pytest.param({"prompt_tokens": float("inf"), "completion_tokens": 5}, Usage(0, 5), id="infinite"),
        pytest.param({"prompt_tokens": [], "completion_tokens": 5}, Usage(0, 5), id="a list"),
        pytest.param({"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 99},
                     Usage(10, 5, prompt_reported=10), id="the total is ignored"),
        pytest.param({"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 9}, None, id="zeros are no data"),
        pytest.param({}, None, id="nothing"),
        pytest.param([1], None, id="no object"),
    ],
)  # fmt: skip
def test_one_report(report, expected):
    assert usage_of(report) == expected


@pytest.mark.parametrize(
    ("reports", "expected"),
    [
        pytest.param([LITELLM, {"prompt_tokens": 0, "completion_tokens": 0}], BUCKETS, id="zeros after"),
        pytest.param([{"prompt_tokens": 10, "completion_tokens": count} for count in (1, 2, 3)],
                     Usage(10, 3, prompt_reported=10), id="never added"),
        pytest.param([{"prompt_tokens": 10, "completion_tokens": 9}, {"prompt_tokens": 10, "completion_tokens": 4}],
                     Usage(10, 9, prompt_reported=10), id="what grows keeps its maximum"),
        pytest.param([{"input_tokens": 25, "output_tokens": 1}, {"output_tokens": 42}],
                     Usage(25, 42, prompt_reported=25), id="the prompt first, the output later"),
        pytest.param([{"prompt_tokens": 30, "completion_tokens": 1}, {"prompt_tokens": 25, "completion_tokens": 5}],
                     Usage(25, 5, prompt_reported=25), id="a corrected prompt"),
        pytest.param([LITELLM, {"prompt_tokens": 135, "completion_tokens": 42}], BUCKETS, id="details once"),
    ],
)  # fmt: skip
def test_several_reports(reports, expected):
    collector = UsageCollector()
    for report in reports:
        collector.add(report)
    assert collector.usage == expected


@pytest.mark.parametrize(
    ("cost", "expected"),
    [
        ("0.00027749999999999997", "0.00027749999999999997"),
        ("2.5e-7", "0.00000025"),
        ('"0.01"', "0.01"),
        ("3", "3"),
        ("0", None),
        ("-1", None),
        ("null", None),
        ('"free"', None),
        ("1e-99999999", None),
        ("1e99999999", None),
        ("true", None),
    ],
)
def test_the_servers_cost_is_told_to_the_last_digit(cost, expected):
    body = words("a") + stop() + f'data: {{"choices":[],"usage":{{"prompt_tokens":1,"cost":{cost}}}}}\n\n'.encode()
    assert read(body).ending.server_cost == expected


def test_usage_inside_the_choice_is_found():
    body = data({"choices": [{"delta": {"content": "a"}, "finish_reason": "stop", "usage": LITELLM}]})
    assert read(body).ending.usage == BUCKETS


def test_usage_under_every_chunk_is_counted_once():
    body = b"".join(data(chunk({"content": "a"}, usage=LITELLM)) for _ in range(5)) + stop()
    answer = read(body)
    assert answer.ending.usage == BUCKETS
    assert len(answer.usages) == 1
