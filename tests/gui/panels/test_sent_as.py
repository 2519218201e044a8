"""What the panel shows as sent is what the gateway's room puts on the wire, parameter by parameter."""

import json

from hypothesis import given
from hypothesis import strategies as st

from tally.compose import shipped_catalog
from tally.core.messages import Message, Role, TextPart
from tally.core.params import GenerationParams, checked
from tally.core.ports import ChatRequest
from tally.core.settings import Connection
from tally.gateway.wire import build_body
from tally.gui.panels.param_form import sent_as

CATALOG = shipped_catalog()
MODELS = [*CATALOG.models, CATALOG.find("vendor/unknown-1"), CATALOG.find("claude-opus-5")]
SHARE = st.floats(0, 1).map(lambda value: round(value, 2))
SAMPLING = st.one_of(
    st.just({}),
    SHARE.map(lambda value: {"temperature": value}),
    SHARE.map(lambda value: {"top_p": value}),
)
USERS = st.one_of(
    st.none(),
    st.sampled_from(["team-7", "ada@example.com", "+49 170 1234567", " ", "f" * 32]),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8),
)
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\t"), max_size=6)


PARAMS = st.builds(
    lambda sampling, **others: GenerationParams(**others, **sampling),
    SAMPLING,
    max_tokens=st.integers(1, 200_000),
    stop=st.lists(TEXTS, max_size=6).map(tuple),
    json_mode=st.booleans(),
    stream=st.booleans(),
    user=USERS,
)


@given(model=st.sampled_from(MODELS), params=PARAMS)
def test_the_same_parameters_are_shown_and_sent(model, params):
    question = Message("q", None, Role.USER, (TextPart("Hello"),), 0)
    body = json.loads(build_body(ChatRequest(Connection(), model, checked(params), (question,))).data)
    del body["messages"]
    assert json.loads(sent_as(model, params)) == body
