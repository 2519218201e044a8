"""`tally ask --json` in every situation of `situations/`: state, text, calls, usage, cost, requests, errors."""

import asyncio
from collections.abc import Mapping

import pytest

from support.situations import Outcome, Situation, check, play_all
from wire.situations import SITUATIONS


@pytest.fixture(scope="module")
def outcomes(request, tmp_path_factory) -> Mapping[str, Outcome | Exception]:
    """All situations that were selected, played at once."""
    chosen: list[Situation] = [
        item.callspec.params["situation"]
        for item in request.session.items
        if item.path == request.path and hasattr(item, "callspec")
    ]
    return asyncio.run(play_all(chosen, tmp_path_factory.mktemp("situations")))


@pytest.mark.parametrize("situation", SITUATIONS, ids=[each.name for each in SITUATIONS])
def test_situation(outcomes, situation):
    outcome = outcomes[situation.name]
    if isinstance(outcome, Exception):
        raise outcome
    check(outcome, situation.expect)


def test_every_situation_has_a_name_of_its_own():
    names = [each.name for each in SITUATIONS]
    assert len(names) == len(set(names))
