"""One turn, from the question to the cost: save, stream, save again, and exactly one end.

The prompt is on disk before the network is touched, the partial answer at most half a second behind, and answer and
ledger rows are written in one transaction. Stop (`TurnControl.stop`) cancels the task while it asks, never while it
saves the end.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace

from tally.core.answer import AnswerBuilder, Booking
from tally.core.catalog import ModelInfo
from tally.core.control import TurnControl
from tally.core.conversation import ConversationHead, ConversationOptions
from tally.core.estimate import Calibration, Script, input_tokens, overhead_tokens
from tally.core.events import (
    CallPurpose,
    CallReport,
    ReasoningDelta,
    StreamEnded,
    TextDelta,
    TurnEnded,
    TurnEvent,
    TurnStarted,
)
from tally.core.failures import ChatError, Failure, FailureKind
from tally.core.images import MANY_IMAGES
from tally.core.keys import host_of
from tally.core.messages import AnswerInfo, EndState, Message, Role
from tally.core.money import NOT_BILLED, UNKNOWN_COST, Usage, cost_of
from tally.core.params import GenerationParams, ParamError, ToolDefinition, checked
from tally.core.ports import ChatRequest, Learnings, LedgerEntry, OpenCall, PreparedImage, Services
from tally.core.settings import Connection

log = logging.getLogger(__name__)

SAVE_EVERY_S = 0.4
"""Together with the write itself a partial answer is at most half a second behind."""

Emit = Callable[[TurnEvent], None]


@dataclass(frozen=True, slots=True)
class TurnRequest:
    """One question to one model.

    Attributes:
        head: the conversation as the list shows it; created on disk if it is new.
        options: the conversation's model and parameters, kept with it.
        history: the path up to the question; it ends with the question itself when `question` is None.
        question: a new question to be saved; None when an old one is asked again.
        answer_id: the id the answer will have.
        connection: where to ask.
        model: whom.
        model_key: the spelling under which figures are collected.
        params: what else to send.
        tools: functions the model may ask for.
        purpose: why.
        simulated: the demo gateway is asked.
        unsaved: messages of the conversation that the disk has refused so far, parents first.
    """

    head: ConversationHead
    options: ConversationOptions
    history: tuple[Message, ...]
    question: Message | None
    answer_id: str
    connection: Connection
    model: ModelInfo
    model_key: str
    params: GenerationParams
    tools: tuple[ToolDefinition, ...] = ()
    purpose: CallPurpose = CallPurpose.CHAT
    simulated: bool = False
    unsaved: tuple[Message, ...] = ()

    @property
    def messages(self) -> tuple[Message, ...]:
        """What is sent: history and question."""
        return self.history if self.question is None else (*self.history, self.question)


async def recall_calibrations(learnings: Learnings, model_key: str) -> dict[Script, Calibration]:
    """What was learned of a model's output, by script."""
    found: dict[Script, Calibration] = {}
    for script in Script:
        text = await learnings.recall("", model_key, f"output:{script}")
        if text is not None:
            found[script] = Calibration.from_text(text)
    return found


async def learn_from(
    builder: AnswerBuilder, learnings: Learnings, model_key: str, known: Mapping[Script, Calibration]
) -> None:
    """Remembers how far the estimate of this answer was off."""
    lesson = builder.lesson()
    if lesson is None:
        return
    script, real, estimated = lesson
    calibration = known.get(script, Calibration()).learn(real, estimated)
    await learnings.remember("", model_key, f"output:{script}", calibration.to_text(), days=3650)


async def prepare_images(
    messages: tuple[Message, ...], model: ModelInfo, services: Services
) -> dict[str, PreparedImage]:
    """The pictures of a request as this model takes them, by digest; none for a model without eyes.

    Raises:
        RefusedError: one of them cannot be sent.
    """
    images = [image for message in messages for image in message.images if not image.excluded]
    if not model.vision:
        return {}
    many = len(images) > MANY_IMAGES
    prepared: dict[str, PreparedImage] = {}
    for image in images:
        if image.digest not in prepared:
            prepared[image.digest] = await services.images.prepare(image, model.images, many=many)
    return prepared


class _PartialSaver:
    """Writes what has arrived, never more often than every `SAVE_EVERY_S` and never two at once."""

    def __init__(self, builder: AnswerBuilder, answer_id: str, services: Services) -> None:
        self._builder = builder
        self._answer_id = answer_id
        self._services = services
        self._task: asyncio.Task[None] | None = None
        self._dirty = self._refused = False

    def touch(self) -> None:
        """Something has arrived."""
        self._dirty = True
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while self._dirty:
            await asyncio.sleep(SAVE_EVERY_S)
            self._dirty = False
            try:
                await self._services.history.save_partial(self._answer_id, self._builder.parts())
                self._refused = False
            except ChatError as error:
                if not self._refused:  # said once, not at every attempt
                    log.warning("the partial answer could not be saved: %s", error)
                self._refused = True
        self._task = None

    async def close(self) -> None:
        """Stops saving; what is being written is finished by the store itself."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)


class _Turn:
    """The running state of one turn; lives as long as its task."""

    def __init__(self, request: TurnRequest, services: Services, emit: Emit, control: TurnControl) -> None:
        self._request = request
        self._services = services
        self._emit = emit
        self._control = control
        messages = request.messages
        self._answer = Message(
            id=request.answer_id,
            parent=messages[-1].id if messages else None,
            role=Role.ASSISTANT,
            parts=(),
            created=services.clock.now_ms(),
            answer=AnswerInfo(request.model.id, EndState.STREAMING, simulated=request.simulated),
        )
        self._calibrations: dict[Script, Calibration] = {}
        self._input = input_tokens(messages, request.params, request.tools, request.model)
        self._builder = self._new_builder()

    def _new_builder(self) -> AnswerBuilder:
        request = self._request
        booking = Booking(
            model=request.model,
            model_key=request.model_key,
            host=host_of(request.connection.base_url),
            purpose=request.purpose,
            input_estimate=self._input,
            overhead=overhead_tokens(request.params, request.tools, request.model),
            conversation=request.head.id,
            answer=request.answer_id,
            simulated=request.simulated,
            json_mode=request.params.json_mode,
            calibrations=self._calibrations,
        )
        return AnswerBuilder(booking, self._services.clock)

    def _open_call(self) -> OpenCall:
        """The row to be booked if the program dies before the end."""
        request, clock = self._request, self._services.clock
        usage = Usage(uncached=self._input, output=0)
        entry = LedgerEntry(
            id=clock.new_id(),
            at=clock.now_ms(),
            conversation=request.head.id,
            answer=request.answer_id,
            host=host_of(request.connection.base_url),
            model_asked=request.model.id,
            model_key=request.model_key,
            model_returned=None,
            purpose=request.purpose,
            state=EndState.INTERRUPTED,
            usage=usage,
            usage_reported=False,
            price=request.model.price,
            cost=cost_of(usage, request.model.price) if request.model.price else UNKNOWN_COST,
            simulated=request.simulated,
        )
        return OpenCall(entry, request.model.hidden_thinking)

    async def run(self) -> Message:
        """The whole turn; always ends with `TurnEnded`, whatever happens."""
        task = asyncio.current_task()
        try:
            # Before Stop can reach it: whatever comes, the question is kept.
            await self._begin()
            self._control.attach(task)
            await self._ask()
        except asyncio.CancelledError:
            if task is not None:
                task.uncancel()
            self._builder.cancel()
        except ChatError as error:
            self._fail(error.failure)
        except ParamError as error:
            self._fail(Failure(FailureKind.BAD_REQUEST_HERE, str(error)))
        except Exception as error:
            log.exception("a turn broke")
            self._fail(_internal(error))
        finally:
            self._control.detach()
        return await self._finish()

    def _fail(self, failure: Failure) -> None:
        """Ends the answer with a failure of ours."""
        builder = self._builder
        state = EndState.CUT if builder.has_output else EndState.HTTP_ERROR
        failure = replace(failure, may_be_billed=failure.may_be_billed or builder.in_flight)
        builder.add(StreamEnded(CallReport(builder.requests, None, state, failure=failure)))

    async def _begin(self) -> None:
        """Puts question and empty answer on the disk."""
        request, history = self._request, self._services.history
        if request.unsaved:
            await history.save_head(request.head, request.options)
            for message in request.unsaved:
                await history.save_message(request.head.id, message)
        await history.begin_turn(request.head, request.options, request.question, self._answer, self._open_call())
        self._emit(TurnStarted(self._answer))

    async def _ask(self) -> None:
        request, services = self._request, self._services
        params = checked(request.params)
        self._calibrations.update(await recall_calibrations(services.learnings, request.model_key))
        chat = ChatRequest(
            connection=request.connection,
            model=request.model,
            params=params,
            messages=request.messages,
            tools=request.tools,
            images=await prepare_images(request.messages, request.model, services),
            purpose=request.purpose,
        )
        saver = _PartialSaver(self._builder, self._answer.id, services)
        try:
            async with aclosing(services.provider.stream(chat, self._control)) as stream:
                async for event in stream:
                    self._builder.add(event)
                    if isinstance(event, TextDelta | ReasoningDelta):
                        saver.touch()
                    if isinstance(event, TurnEvent):
                        self._emit(event)
        finally:
            await saver.close()

    async def _finish(self) -> Message:
        builder = self._builder
        answer = replace(self._answer, parts=builder.parts(), answer=builder.info())
        try:
            await self._services.history.finish_turn(answer, builder.entries)
            if not self._request.simulated:
                await learn_from(builder, self._services.learnings, self._request.model_key, self._calibrations)
        except ChatError as error:
            answer = _marked(answer, error.failure)
        except Exception as error:
            log.exception("the end of a turn broke")
            answer = _marked(answer, _internal(error))
        self._emit(TurnEnded(answer))
        return answer


def _internal(error: Exception) -> Failure:
    return Failure(FailureKind.INTERNAL, f"{type(error).__name__}: {error}")


def _marked(answer: Message, failure: Failure) -> Message:
    """The answer with what went wrong at its end, unless something worse went wrong before."""
    if answer.answer is None or answer.answer.failure is not None:
        return answer
    return replace(answer, answer=replace(answer.answer, failure=failure))


async def run_turn(request: TurnRequest, services: Services, emit: Emit, control: TurnControl) -> Message:
    """Runs one turn to its end; returns the answer as it was saved.

    Args:
        request: the question.
        services: the built parts.
        emit: receives every event, `TurnEnded` last and exactly once.
        control: the levers.
    """
    return await _Turn(request, services, emit, control).run()


def refused(request: TurnRequest, failure: Failure) -> Message:
    """The answer of a turn that could not begin, because the services could not be built."""
    parent = request.messages[-1] if request.messages else None
    info = AnswerInfo(
        request.model.id, EndState.HTTP_ERROR, cost=NOT_BILLED, failure=failure, simulated=request.simulated
    )
    return Message(
        request.answer_id, parent.id if parent else None, Role.ASSISTANT, (), parent.created if parent else 0, info
    )
