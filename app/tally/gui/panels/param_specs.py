"""The table behind the parameter panel: what can be set, under which words, in which range."""

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QCoreApplication

from tally.core.params import MAX_STOPS


class ParamKind(StrEnum):
    """How a parameter is edited."""

    TEXT = "text"
    COUNT = "count"
    NUMBER = "number"
    """A number that can be off."""
    TEXTS = "texts"
    FLAG = "flag"
    ID = "id"
    """A short text that can be off."""


@dataclass(frozen=True, slots=True)
class ParamSpec:
    """One parameter.

    Attributes:
        name: of the field of `GenerationParams`.
        kind: how it is edited.
        label: for people.
        hint: one sentence on what it does.
        placeholder: what stands in a field that is empty.
        wire: its name in the request, when people know it by that; empty otherwise.
        low: the least value.
        high: the greatest value (COUNT: unless the model says less; TEXTS: how many).
        usual: the value it gets when it is switched on.
        excludes: the parameter that goes off when this one goes on; empty for none.
        sampling: a model may refuse it (`ModelInfo.sampling`).
    """

    name: str
    kind: ParamKind
    label: str
    hint: str
    placeholder: str = ""
    wire: str = ""
    low: float = 0
    high: float = 1
    usual: float = 1
    excludes: str = ""
    sampling: bool = False


def param_specs() -> tuple[ParamSpec, ...]:
    """The parameters in the panel's order, in the person's language."""
    tr = QCoreApplication.translate
    return (
        ParamSpec(
            "system",
            ParamKind.TEXT,
            tr("Params", "System prompt"),
            "",
            placeholder=tr("Params", "Who the model is, how it should answer. Empty: none."),
        ),
        ParamSpec(
            "max_tokens",
            ParamKind.COUNT,
            tr("Params", "Longest answer"),
            tr("Params", "1,000 tokens are about 750 English words."),
            wire="max_tokens",
            low=1,
            high=1_000_000,
        ),
        ParamSpec(
            "temperature",
            ParamKind.NUMBER,
            tr("Params", "Temperature"),
            tr("Params", "Low is predictable, high is varied."),
            wire="temperature",
            excludes="top_p",
            sampling=True,
        ),
        ParamSpec(
            "top_p",
            ParamKind.NUMBER,
            tr("Params", "Top P"),
            tr("Params", "An alternative to temperature."),
            wire="top_p",
            usual=0.9,
            excludes="temperature",
            sampling=True,
        ),
        ParamSpec(
            "stop",
            ParamKind.TEXTS,
            tr("Params", "Stop texts"),
            tr("Params", "They end the answer. \\n is a line break."),
            wire="stop",
            high=MAX_STOPS,
        ),
        ParamSpec(
            "json_mode",
            ParamKind.FLAG,
            tr("Params", "JSON mode"),
            tr("Params", "The answer is one JSON value. A line that asks for it joins the system prompt."),
            wire="response_format",
        ),
        ParamSpec(
            "stream",
            ParamKind.FLAG,
            tr("Params", "Stream"),
            tr("Params", "The answer appears while it is written."),
            wire="stream",
        ),
        ParamSpec(
            "user",
            ParamKind.ID,
            tr("Params", "User id"),
            tr("Params", "Helps the gateway tell users apart."),
            wire="user",
        ),
    )
