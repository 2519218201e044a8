"""One turn: saved before the network, ended exactly once, priced honestly, whatever happens."""

import asyncio
from dataclasses import replace

import pytest

from support.scripted import (
    MemoryHistory,
    MemoryLearnings,
    ScriptedProvider,
    SteppingClock,
    StubImages,
    Wait,
)
from tally.core.catalog import ModelInfo
from tally.core.control import TurnControl
from tally.core.conversation import ConversationHead, ConversationOptions
from tally.core.events import (
    CallFailed,
    CallPurpose,
    CallReport,
    ReasoningDelta,
    RequestStarted,
    RetryScheduled,
    StreamEnded,
    TextDelta,
    TurnEnded,
    TurnEvent,
    TurnStarted,
    UsageSeen,
)
from tally.core.failures import Failure, FailureKind
from tally.core.messages import EndState, ImagePart, Message, ReasoningPart, Role, TextPart, ToolCallPart
from tally.core.money import NOT_BILLED, Cost, CostStatus, Price, Usage, Usd
from tally.core.params import GenerationParams
from tally.core.ports import Services
from tally.core.settings import Connection
from tally.core.turn import TurnRequest, run_turn

MODEL = ModelInfo("anthropic/m", "M", price=Price.per_million("3", "15"))
USAGE = Usage(uncached=100, output=20, prompt_reported=100)
QUESTION = Message("q", None, Role.USER, (TextPart("What is the time?"),), 1)
SERVER_ERROR = Failure(FailureKind.SERVER, "It broke.", status=500)


def ended(state: EndState = EndState.COMPLETE, **fields) -> StreamEnded:
    calls = fields.pop("tool_calls", ())
    number = fields.pop("number", 1)
    return StreamEnded(CallReport(number, None, state, **fields), calls)


class Stage:
    """A turn with everything around it in memory."""

    def __init__(self, script, *, model: ModelInfo = MODEL, params: GenerationParams | None = None, **changes) -> None:
        self.provider = ScriptedProvider(script)
        self.history = MemoryHistory()
        self.learnings = MemoryLearnings()
        self.images = StubImages()
        self.events: list[TurnEvent] = []
        self.control: TurnControl | None = None
        self.request = replace(
            TurnRequest(
                head=ConversationHead("c", "t", 1, 1),
                options=ConversationOptions(),
                history=(),
                question=QUESTION,
                answer_id="a",
                connection=Connection(base_url="https://gateway.example/v1"),
                model=model,
                model_key="m",
                params=params or GenerationParams(),
            ),
            **changes,
        )

    async def play(self) -> Message:
        self.control = TurnControl()
        services = Services(
            provider=self.provider,
            history=self.history,
            ledger=None,  # type: ignore[arg-type]  the turn books through the history
            secrets=None,  # type: ignore[arg-type]  the provider's business
            images=self.images,
            learnings=self.learnings,
            clock=SteppingClock(),
            save_settings=None,  # type: ignore[arg-type]  not the turn's business
            start_demo=None,  # type: ignore[arg-type]  likewise
        )
        return await run_turn(self.request, services, self.events.append, self.control)

    def run(self) -> Message:
        return asyncio.run(self.play())

    def stop_when_waiting(self, wait: Wait) -> Message:
        async def body() -> Message:
            task = asyncio.create_task(self.play())
            await wait.reached.wait()
            assert self.control is not None
            self.control.stop()
            return await task

        return asyncio.run(body())


def test_question_and_empty_answer_are_saved_before_the_network_is_touched():
    stage = Stage([RequestStarted(1), TextDelta("Noon."), ended(usage=USAGE)])
    stage.run()
    assert stage.history.log[0] == "begin_turn"
    assert stage.history.question == QUESTION
    assert isinstance(stage.events[0], TurnStarted)


def test_an_answer_with_reported_usage_costs_exactly_tokens_times_price():
    stage = Stage([RequestStarted(1), TextDelta("No"), TextDelta("on."), ended(usage=USAGE)])
    answer = stage.run()
    assert answer.parts == (TextPart("Noon."),)
    assert answer.answer.cost == Cost(Usd(100 * 3_000_000 + 20 * 15_000_000), CostStatus.EXACT)
    assert answer.answer.usage == USAGE
    [entry] = stage.history.entries
    assert (entry.cost, entry.usage_reported, entry.price) == (answer.answer.cost, True, MODEL.price)
    assert (entry.host, entry.conversation, entry.answer) == ("gateway.example", "c", "a")


def test_the_end_comes_exactly_once_and_last():
    stage = Stage([RequestStarted(1), ReasoningDelta("hm"), TextDelta("x"), ended(usage=USAGE)])
    answer = stage.run()
    assert [type(event) for event in stage.events] == [
        TurnStarted,
        RequestStarted,
        ReasoningDelta,
        TextDelta,
        TurnEnded,
    ]
    assert stage.events[-1] == TurnEnded(answer)
    assert answer.parts == (ReasoningPart("hm"), TextPart("x"))


def test_without_usage_a_finished_answer_is_estimated_from_what_was_sent_and_received():
    stage = Stage([RequestStarted(1), TextDelta("word " * 100), ended()])
    cost = stage.run().answer.cost
    assert cost.status is CostStatus.ESTIMATED
    assert cost.usd > Usd(90 * 15_000_000)
    assert stage.history.entries[0].usage_reported is False


def test_a_model_that_thinks_in_secret_gives_a_lower_bound_without_usage():
    stage = Stage([RequestStarted(1), TextDelta("x"), ended()], model=replace(MODEL, hidden_thinking=True))
    assert stage.run().answer.cost.status is CostStatus.LOWER_BOUND


def test_a_price_nobody_knows_gives_an_unknown_cost():
    stage = Stage([RequestStarted(1), TextDelta("x"), ended(usage=USAGE)], model=replace(MODEL, price=None))
    assert stage.run().answer.cost == Cost(None, CostStatus.UNKNOWN)


def test_a_failed_call_without_output_is_not_billed():
    stage = Stage([RequestStarted(1), ended(EndState.HTTP_ERROR, failure=SERVER_ERROR)])
    answer = stage.run()
    assert answer.answer.cost == NOT_BILLED
    assert answer.answer.failure == SERVER_ERROR
    assert stage.history.entries[0].http_status == 500


def test_a_call_lost_on_the_way_back_has_an_unknown_cost():
    lost = Failure(FailureKind.TIMEOUT, "Nothing came.", may_be_billed=True)
    stage = Stage([RequestStarted(1), ended(EndState.NETWORK_ERROR, failure=lost)])
    assert stage.run().answer.cost.status is CostStatus.UNKNOWN


def test_a_cut_answer_keeps_its_text_and_is_estimated():
    cut = Failure(FailureKind.DISCONNECTED, "Lost.", may_be_billed=True)
    stage = Stage([RequestStarted(1), TextDelta("half"), ended(EndState.CUT, failure=cut)])
    answer = stage.run()
    assert answer.text == "half"
    assert answer.answer.cost.status is CostStatus.ESTIMATED


def test_usage_seen_before_a_cut_is_a_lower_bound():
    stage = Stage([RequestStarted(1), UsageSeen(USAGE), TextDelta("half"), ended(EndState.CUT, usage=USAGE)])
    cost = stage.run().answer.cost
    assert cost.status is CostStatus.LOWER_BOUND
    assert cost.usd >= Usd(100 * 3_000_000 + 20 * 15_000_000)


def test_a_usage_without_output_tokens_does_not_make_a_long_answer_free():
    stage = Stage([RequestStarted(1), TextDelta("word " * 100), ended(usage=Usage(uncached=100, output=0))])
    cost = stage.run().answer.cost
    assert cost.status is CostStatus.ESTIMATED
    assert cost.usd > Usd(100 * 3_000_000 + 50 * 15_000_000)


def test_a_usage_without_output_tokens_is_a_lower_bound_where_thinking_is_hidden():
    usage = Usage(uncached=100, output=0)
    model = replace(MODEL, hidden_thinking=True)
    stage = Stage([RequestStarted(1), TextDelta("word " * 100), ended(usage=usage)], model=model)
    assert stage.run().answer.cost.status is CostStatus.LOWER_BOUND


def test_every_post_is_a_row_and_only_the_last_one_decides_the_state():
    failed = CallFailed(CallReport(1, None, EndState.HTTP_ERROR, failure=SERVER_ERROR))
    stage = Stage(
        [
            RequestStarted(1),
            failed,
            RetryScheduled(1.0, SERVER_ERROR, 1),
            RequestStarted(2, CallPurpose.RETRY),
            TextDelta("x"),
            StreamEnded(CallReport(2, CallPurpose.RETRY, EndState.COMPLETE, usage=USAGE)),
        ]
    )
    answer = stage.run()
    assert [(entry.purpose, entry.state) for entry in stage.history.entries] == [
        (CallPurpose.CHAT, EndState.HTTP_ERROR),
        (CallPurpose.RETRY, EndState.COMPLETE),
    ]
    assert (answer.answer.requests, answer.answer.cost.status) == (2, CostStatus.EXACT)


def test_stop_in_mid_stream_keeps_the_text_closes_the_stream_and_is_never_free():
    wait = Wait(asyncio.Event())
    stage = Stage([RequestStarted(1), TextDelta("so far"), wait])
    answer = stage.stop_when_waiting(wait)
    assert (answer.text, answer.answer.state) == ("so far", EndState.CANCELLED)
    assert answer.answer.cost.status is CostStatus.ESTIMATED
    assert answer.answer.cost.usd
    assert stage.provider.closed == 1
    assert isinstance(stage.events[-1], TurnEnded)
    assert stage.history.answer == answer


def test_stop_before_anything_came_still_counts_the_question():
    wait = Wait(asyncio.Event())
    answer = Stage([RequestStarted(1), wait]).stop_when_waiting(wait)
    assert answer.answer.cost.status is CostStatus.ESTIMATED
    assert answer.answer.cost.usd


def test_stop_in_the_pause_before_a_retry_costs_nothing():
    wait = Wait(asyncio.Event())
    failed = CallFailed(CallReport(1, None, EndState.HTTP_ERROR, failure=SERVER_ERROR))
    stage = Stage([RequestStarted(1), failed, RetryScheduled(9.0, SERVER_ERROR, 1), wait])
    assert stage.stop_when_waiting(wait).answer.cost == NOT_BILLED


def test_stop_before_the_turn_began_ends_it_without_a_request():
    stage = Stage([RequestStarted(1), TextDelta("x"), ended(usage=USAGE)])

    async def body() -> Message:
        control = TurnControl()
        control.stop()
        services = Services(
            stage.provider, stage.history, None, None, stage.images, stage.learnings, SteppingClock(), None, None
        )  # type: ignore[arg-type]  not used
        return await run_turn(stage.request, services, stage.events.append, control)

    answer = asyncio.run(body())
    assert answer.answer.state is EndState.CANCELLED
    assert stage.provider.requests == []
    assert stage.history.question == QUESTION
    assert [type(event) for event in stage.events] == [TurnStarted, TurnEnded]


def test_a_picture_that_cannot_be_sent_ends_the_turn_before_any_request():
    image = ImagePart("bad", "cat.png", "image/png", 10, 10, 5)
    question = replace(QUESTION, parts=(image, TextPart("What is this?")))
    stage = Stage([RequestStarted(1)], question=question)
    stage.images.refuse = {"bad"}
    answer = stage.run()
    assert answer.answer.failure.kind is FailureKind.UNUSABLE_IMAGE
    assert (answer.answer.requests, answer.answer.cost) == (0, NOT_BILLED)
    assert stage.provider.requests == []


def test_with_more_than_twenty_pictures_each_is_prepared_for_a_crowd():
    images = tuple(ImagePart(f"d{n}", "n", "image/png", 10, 10, 5) for n in range(21))
    stage = Stage([RequestStarted(1), ended(usage=USAGE)], question=replace(QUESTION, parts=images))
    stage.run()
    assert {many for _, many in stage.images.asked} == {True}


def test_impossible_parameters_end_the_turn_with_a_sentence():
    answer = Stage([RequestStarted(1)], params=GenerationParams(temperature=0.1, top_p=0.1)).run()
    assert answer.answer.failure.kind is FailureKind.BAD_REQUEST_HERE
    assert "not both" in answer.answer.failure.message


def test_a_question_with_impossible_parameters_is_kept_all_the_same():
    stage = Stage([RequestStarted(1)], params=GenerationParams(temperature=0.1, top_p=0.1))
    stage.run()
    assert stage.history.log[0] == "begin_turn"


def test_what_the_disk_refused_before_is_saved_before_the_new_question():
    refused = replace(QUESTION, id="q0")
    question = replace(QUESTION, parent="q0")
    stage = Stage([RequestStarted(1), ended(usage=USAGE)], history=(refused,), question=question, unsaved=(refused,))
    stage.run()
    assert stage.history.log[:3] == ["save_head", "save_message", "begin_turn"]


def test_a_bug_while_the_end_is_saved_still_ends_the_turn(logged_errors):
    stage = Stage([RequestStarted(1), TextDelta("x"), ended(usage=USAGE)])

    async def broken(*_: object) -> None:
        raise RuntimeError("oops")

    stage.history.finish_turn = broken
    answer = stage.run()
    assert isinstance(stage.events[-1], TurnEnded)
    assert (answer.text, answer.answer.failure.kind) == ("x", FailureKind.INTERNAL)
    assert [record.getMessage() for record in logged_errors] == ["the end of a turn broke"]


def test_a_bug_after_the_question_left_does_not_call_it_free(logged_errors):
    answer = Stage([RequestStarted(1), RuntimeError("oops")]).run()
    assert answer.answer.cost.status is CostStatus.UNKNOWN
    assert len(logged_errors) == 1


def test_the_demo_teaches_nothing_about_real_models():
    usage = Usage(uncached=10, output=400)
    stage = Stage([RequestStarted(1), TextDelta("word " * 200), ended(usage=usage)], simulated=True)
    stage.run()
    assert stage.learnings.kept == {}


@pytest.mark.parametrize("step", ["begin_turn", "finish_turn"])
def test_a_disk_that_refuses_is_reported_in_the_answer(step):
    stage = Stage([RequestStarted(1), TextDelta("x"), ended(usage=USAGE)])
    stage.history.fail_at = step
    answer = stage.run()
    assert answer.answer.failure.kind is FailureKind.STORAGE
    assert isinstance(stage.events[-1], TurnEnded)
    assert len(stage.provider.requests) == (0 if step == "begin_turn" else 1)


def test_a_partial_answer_that_cannot_be_saved_does_not_end_the_stream(monkeypatch):
    monkeypatch.setattr("tally.core.turn.SAVE_EVERY_S", 0)
    stage = Stage([RequestStarted(1), *(TextDelta("x") for _ in range(20)), ended(usage=USAGE)])
    stage.history.fail_at = "save_partial"
    assert stage.run().text == "x" * 20
    assert "save_partial" in stage.history.log


def test_a_bug_of_ours_ends_the_turn_as_an_internal_failure(logged_errors):
    answer = Stage([RequestStarted(1), TextDelta("x"), RuntimeError("oops")]).run()
    assert answer.answer.failure.kind is FailureKind.INTERNAL
    assert answer.text == "x"
    assert [record.getMessage() for record in logged_errors] == ["a turn broke"]


def test_an_answer_teaches_the_estimator():
    text = "word " * 200
    stage = Stage([RequestStarted(1), TextDelta(text), ended(usage=Usage(uncached=10, output=400))])
    stage.run()
    [(key, kept)] = stage.learnings.kept.items()
    assert key == ("", "m", "output:latin")
    assert float(kept.split()[0]) > 1


def test_what_was_learned_corrects_the_next_estimate():
    script = [RequestStarted(1), TextDelta("word " * 200), ended()]
    plain = Stage(script).run().answer.cost.usd
    taught = Stage(script)
    taught.learnings.kept["", "m", "output:latin"] = "2.0 9"
    assert taught.run().answer.cost.usd > plain


@pytest.mark.parametrize(("text", "note"), [('{"a": 1}', "json"), ("no", "json_invalid")])
def test_in_json_mode_the_answer_is_checked(text, note):
    stage = Stage([RequestStarted(1), TextDelta(text), ended(usage=USAGE)], params=GenerationParams(json_mode=True))
    assert stage.run().answer.note == note


def test_tool_calls_stand_in_the_answer():
    call = ToolCallPart("id1", "clock", "{}", {})
    stage = Stage([RequestStarted(1), ended(EndState.TOOLS, usage=USAGE, tool_calls=(call,))])
    assert stage.run().tool_calls == (call,)


def test_an_old_question_is_asked_again_without_being_saved_twice():
    stage = Stage([RequestStarted(1), ended(usage=USAGE)], history=(QUESTION,), question=None)
    answer = stage.run()
    assert stage.history.question is None
    assert answer.parent == "q"
    assert stage.provider.requests[0].messages == (QUESTION,)
