"""What is known of an answer, as words: how it ended, how long it took, what it cost and why, line by line."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale

from tally.core.events import CallPurpose
from tally.core.messages import AnswerInfo, EndState, Message
from tally.core.money import Cost, CostStatus, Price, Usage, Usd
from tally.core.ports import LedgerEntry
from tally.gui import money_text
from tally.gui.texts import end_text, failure_text

_SECRET = re.compile(r"(?i)\b(?:th|sk)-[\w-]{6,}|\bbearer\s+[\w.~+/=-]+")


@dataclass(frozen=True, slots=True)
class CostLine:
    """One product of the bill.

    Attributes:
        what: which tokens.
        tokens: how many, as text.
        price: of a million of them.
        amount: the exact product.
    """

    what: str
    tokens: str
    price: str
    amount: str


@dataclass(frozen=True, slots=True)
class CallLine:
    """One POST.

    Attributes:
        title: which one it was and when.
        text: how it went.
    """

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class AnswerFacts:
    """Everything the details say.

    Attributes:
        end: how the answer ended, one or two sentences.
        ended_well: the server finished it.
        facts: label and value, in order.
        costs: the bill, product by product.
        total: the sum, exact.
        certainty: how sure the sum is.
        calls: every POST.
        failure: the technical part of what went wrong; empty when nothing did.
    """

    end: str
    ended_well: bool
    facts: tuple[tuple[str, str], ...]
    costs: tuple[CostLine, ...]
    total: str
    certainty: str
    calls: tuple[CallLine, ...]
    failure: str


def facts_of(message: Message, entries: Sequence[LedgerEntry], names: Callable[[str], str]) -> AnswerFacts:
    """Collects what is known.

    Args:
        message: an answer.
        entries: its ledger rows, oldest first.
        names: a model's name for people, by id.
    """
    info = message.answer or AnswerInfo("", EndState.COMPLETE)
    return AnswerFacts(
        end=_end(info),
        ended_well=info.state.succeeded,
        facts=tuple(_facts(message, info, names)),
        costs=tuple(line for entry in entries for line in _cost_lines(entry, numbered=_billed(entries) > 1)),
        total=_total(info.cost),
        certainty=_certainty(info, entries),
        calls=tuple(_call(number, entry) for number, entry in enumerate(entries, 1)),
        failure=_failure(info),
    )


def facts_text(facts: AnswerFacts) -> str:
    """The same as plain text, to be copied."""
    tr = QCoreApplication.translate
    lines = [facts.end, ""]
    lines += [f"{label}: {value}" for label, value in facts.facts]
    lines += ["", tr("Details", "Cost")]
    lines += [f"{line.what}: {line.tokens} × {line.price} = {line.amount}" for line in facts.costs]
    lines += [f"{tr('Details', 'Sum')}: {facts.total}", facts.certainty]
    if facts.calls:
        lines += ["", tr("Details", "Requests")]
        lines += [f"{call.title}: {call.text}" for call in facts.calls]
    if facts.failure:
        lines += ["", tr("Details", "Technical details"), facts.failure]
    return without_secrets("\n".join(lines))


def without_secrets(text: str) -> str:
    """The text without anything that looks like a key."""
    return _SECRET.sub("…", text)


def _end(info: AnswerInfo) -> str:
    if info.failure is not None:
        text = failure_text(info.failure)
        return f"{text.title}. {text.sentence}"
    if info.state is EndState.TOOLS:
        return QCoreApplication.translate("Details", "The model asked for a tool.")
    if info.state is EndState.STREAMING:
        return QCoreApplication.translate("Details", "The answer is still being written.")
    return end_text(info.state) or QCoreApplication.translate("Details", "The model finished its answer.")


def _facts(message: Message, info: AnswerInfo, names: Callable[[str], str]) -> list[tuple[str, str]]:
    tr = QCoreApplication.translate
    found = [(tr("Details", "Model asked"), _named(info.model, names))]
    if info.model_returned:
        found.append((tr("Details", "Answered by"), _named(info.model_returned, names)))
    found.append((tr("Details", "Time"), _moment(message.created, QLocale.FormatType.LongFormat)))
    if info.timings.first_token_ms is not None:
        found.append((tr("Details", "First token"), money_text.seconds(info.timings.first_token_ms)))
    if info.timings.duration_ms:
        found.append((tr("Details", "Took"), money_text.seconds(info.timings.duration_ms)))
    if speed := _speed(info):
        found.append((tr("Details", "Speed"), speed))
    if info.usage is not None:
        found += _usage(info.usage)
    else:
        found.append((tr("Details", "Tokens"), tr("Details", "not reported by the server")))
    found.append((tr("Details", "Requests"), str(info.requests)))
    if info.request_id:
        found.append((tr("Details", "Request id"), info.request_id))
    if info.failure is not None and info.failure.status is not None:
        found.append((tr("Details", "HTTP status"), str(info.failure.status)))
    if info.note:
        found.append((tr("Details", "Remark"), _remark(info.note)))
    return found


def _remark(note: str) -> str:
    tr = QCoreApplication.translate
    return {
        "json": tr("Details", "valid JSON"),
        "json_invalid": tr("Details", "not valid JSON"),
        "done_without_finish": tr("Details", "the server closed the answer without saying why it ended"),
    }.get(note, note)


def _named(model_id: str, names: Callable[[str], str]) -> str:
    name = names(model_id)
    return model_id if name == model_id else f"{name} ({model_id})"


def _moment(unix_ms: int, form: QLocale.FormatType) -> str:
    return QLocale().toString(QDateTime.fromMSecsSinceEpoch(unix_ms), form)


def _speed(info: AnswerInfo) -> str:
    first = info.timings.first_token_ms
    if info.usage is None or first is None or info.timings.duration_ms <= first or info.usage.output < 2:
        return ""
    rate = info.usage.output * 1000 / (info.timings.duration_ms - first)
    return QCoreApplication.translate("Details", "{rate} tokens per second").format(
        rate=money_text.localized(f"{rate:.1f}" if rate < 10 else f"{rate:.0f}")
    )


def _usage(usage: Usage) -> list[tuple[str, str]]:
    tr = QCoreApplication.translate
    found = [(tr("Details", "Input tokens"), money_text.tokens(usage.input))]
    if usage.cache_read:
        found.append((tr("Details", "– from the cache"), money_text.tokens(usage.cache_read)))
    if usage.cache_write:
        found.append((tr("Details", "– written to the cache"), money_text.tokens(usage.cache_write)))
    found.append((tr("Details", "Output tokens"), money_text.tokens(usage.output)))
    if usage.reasoning:
        found.append((tr("Details", "– reasoning"), money_text.tokens(usage.reasoning)))
    return found


def _billed(entries: Sequence[LedgerEntry]) -> int:
    return sum(1 for entry in entries if entry.usage is not None and entry.price is not None)


def _buckets(usage: Usage, price: Price) -> list[tuple[str, int, int]]:
    """What each kind of token is called, how many there are, and what one costs (as `money.amount_of` prices it)."""
    tr = QCoreApplication.translate
    read = price.input if price.cache_read is None else price.cache_read
    write = price.input if price.cache_write is None else price.cache_write
    cached = [
        (tr("Details", "Read from the cache"), usage.cache_read, read),
        (tr("Details", "Written to the cache"), usage.cache_write, write),
    ]
    cached = [bucket for bucket in cached if bucket[1]]
    return [
        (tr("Details", "Input, not cached") if cached else tr("Details", "Input"), usage.uncached, price.input),
        *cached,
        (tr("Details", "Output"), usage.output, price.output),
    ]


def _cost_lines(entry: LedgerEntry, *, numbered: bool) -> list[CostLine]:
    if entry.usage is None or entry.cost.status is CostStatus.NOT_BILLED:
        return []
    mark = "" if entry.usage_reported else "≈ "
    known = entry.price is not None
    lines = []
    for what, count, each in _buckets(entry.usage, entry.price or Price(0, 0)):
        title = f"{what} ({_purpose(entry.purpose)})" if numbered else what
        price = f"{money_text.price(each)}/M" if known else money_text.UNKNOWN
        amount = _exact(Usd(count * each)) if known else money_text.UNKNOWN
        lines.append(CostLine(title, f"{mark}{money_text.tokens(count)}", price, amount))
    return lines


def _exact(amount: Usd) -> str:
    return f"${money_text.localized(amount.plain())}"


def _total(cost: Cost) -> str:
    if cost.status is CostStatus.NOT_BILLED:
        return money_text.cost(cost)
    if cost.usd is None:
        return money_text.UNKNOWN
    return f"{money_text.mark(cost)}{_exact(cost.usd)}"


def _certainty(info: AnswerInfo, entries: Sequence[LedgerEntry]) -> str:
    words = money_text.certainty(info.cost)
    words = f"{words[:1].upper()}{words[1:]}."
    said = [entry.server_cost for entry in entries if entry.server_cost]
    if said:
        words += " " + QCoreApplication.translate("Details", "The server itself says {amounts}.").format(
            amounts=" + ".join(f"${amount}" for amount in said)
        )
    if info.simulated:
        words += " " + QCoreApplication.translate("Details", "It is simulated: the demo costs nothing.")
    return words


def _purpose(purpose: CallPurpose) -> str:
    tr = QCoreApplication.translate
    return {
        CallPurpose.CHAT: tr("Details", "first try"),
        CallPurpose.COMPARE: tr("Details", "comparison"),
        CallPurpose.TOOL_ROUND: tr("Details", "after a tool"),
        CallPurpose.RETRY: tr("Details", "repeated"),
        CallPurpose.REPAIR: tr("Details", "repeated without what was refused"),
        CallPurpose.SCRIPT: tr("Details", "script"),
    }[purpose]


def _state(state: EndState) -> str:
    tr = QCoreApplication.translate
    return {
        EndState.COMPLETE: tr("Details", "complete"),
        EndState.LENGTH: tr("Details", "reached its limit"),
        EndState.TOOLS: tr("Details", "asked for a tool"),
        EndState.FILTERED: tr("Details", "held back by a filter"),
        EndState.STREAM_ERROR: tr("Details", "broken off by the server"),
        EndState.CUT: tr("Details", "connection lost"),
        EndState.CUT_SILENT: tr("Details", "ended without a word"),
        EndState.EMPTY: tr("Details", "empty"),
        EndState.CANCELLED: tr("Details", "stopped"),
        EndState.PROTOCOL_ERROR: tr("Details", "not an answer"),
        EndState.HTTP_ERROR: tr("Details", "refused"),
        EndState.NETWORK_ERROR: tr("Details", "not reached"),
        EndState.STREAMING: tr("Details", "running"),
        EndState.INTERRUPTED: tr("Details", "interrupted"),
    }[state]


def _call(number: int, entry: LedgerEntry) -> CallLine:
    tr = QCoreApplication.translate
    clock = QLocale().toString(QDateTime.fromMSecsSinceEpoch(entry.at).time(), "HH:mm:ss")
    parts = [_state(entry.state)]
    if entry.http_status is not None:
        parts.append(f"HTTP {entry.http_status}")
    if entry.usage is not None:
        mark = "" if entry.usage_reported else "≈ "
        counts = tr("Details", "{input} in, {output} out").format(
            input=money_text.tokens(entry.usage.input), output=money_text.tokens(entry.usage.output)
        )
        parts.append(f"{mark}{counts}")
    parts += [money_text.seconds(entry.duration_ms), money_text.cost(entry.cost)]
    if entry.request_id:
        parts.append(entry.request_id)
    return CallLine(f"{number} · {_purpose(entry.purpose)} · {clock} · {entry.host}", " · ".join(parts))


def _failure(info: AnswerInfo) -> str:
    if info.failure is None:
        return ""
    failure = info.failure
    parts = [failure.message, f"code: {failure.code}" if failure.code else "", failure.details]
    return without_secrets("\n".join(part for part in parts if part))
