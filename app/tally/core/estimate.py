"""Tokens without a tokenizer: what a text, a picture, a whole request will probably count.

No public tokenizer exists for these models, so a text is counted by the kinds of its characters. The weights were
fitted on prose, code and interface texts in fourteen languages (protocol.md 4.4) and land within about ±10 %.
`Calibration` removes most of the rest by learning from answers whose real count was reported.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from tally.core.catalog import ModelInfo, Tokenizer
from tally.core.images import MANY_IMAGES, fit_size, image_tokens
from tally.core.messages import FilePart, ImagePart, Message, ReasoningPart, TextPart, ToolCallPart
from tally.core.params import GenerationParams, ToolDefinition

PER_MESSAGE = 4
PER_REQUEST = 3
PER_TOOLS = 350
"""The instructions a provider adds when tools are declared."""
NEW_TOKENIZER_LATIN = 1.3
"""How many more tokens the newer tokenizer makes of Latin text and code."""

SAMPLED_FROM = 100_000
"""Characters. Of a longer text evenly spread pieces are counted, so that no text takes more than some milliseconds."""
_PIECE = 1_000
_JITTER = 7_919

_LETTER, _UZBEK_LETTER, _EUROPEAN_LETTER = 0.225, 0.46, 0.34
_CYRILLIC, _UZBEK_CYRILLIC = 0.58, 0.86
_INDENTED_LINE = 0.9

_INDENT = re.compile(r"\n([ \t]+)")
_WORD = re.compile(r"[A-Za-z‘ʻ'`’]+")
_UZBEK_WORD = re.compile(r"[oOgG][‘ʻ'`’]|(?:lar|ning|dan|lik|moq|ish)$")


class Script(StrEnum):
    """Which kind of writing a text mostly is; figures are learned for each apart."""

    LATIN = "latin"
    UZBEK = "uzbek"
    CYRILLIC = "cyrillic"
    CJK = "cjk"
    CODE = "code"
    OTHER = "other"


class _Kind(StrEnum):
    LETTER = "letter"
    ACCENTED = "accented"
    DIGIT = "digit"
    PUNCTUATION = "punctuation"
    SPACE = "space"
    NEWLINE = "newline"
    APOSTROPHE = "apostrophe"
    CYRILLIC = "cyrillic"
    UZBEK_CYRILLIC = "uzbek_cyrillic"
    HAN = "han"
    KANA = "kana"
    HANGUL = "hangul"
    ARABIC = "arabic"
    INDIC = "indic"
    EMOJI = "emoji"
    OTHER = "other"


_WEIGHTS: dict[_Kind, float] = {
    _Kind.ACCENTED: 0.85,
    _Kind.DIGIT: 0.5,
    _Kind.PUNCTUATION: 0.70,
    _Kind.SPACE: 0.03,
    _Kind.NEWLINE: 0.5,
    _Kind.APOSTROPHE: 0.8,
    _Kind.HAN: 1.15,
    _Kind.KANA: 1.0,
    _Kind.HANGUL: 1.3,
    _Kind.ARABIC: 1.1,
    _Kind.INDIC: 1.4,
    _Kind.EMOJI: 3.0,
    _Kind.OTHER: 1.0,
}

_RANGES: tuple[tuple[int, int, _Kind], ...] = (
    (0x00C0, 0x024F, _Kind.ACCENTED),
    (0x02BB, 0x02BC, _Kind.APOSTROPHE),
    (0x0400, 0x052F, _Kind.CYRILLIC),
    (0x0600, 0x06FF, _Kind.ARABIC),
    (0x0750, 0x077F, _Kind.ARABIC),
    (0x0900, 0x0DFF, _Kind.INDIC),
    (0x2018, 0x2019, _Kind.APOSTROPHE),
    (0x3040, 0x30FF, _Kind.KANA),
    (0x3400, 0x9FFF, _Kind.HAN),
    (0xAC00, 0xD7A3, _Kind.HANGUL),
    (0xF900, 0xFAFF, _Kind.HAN),
    (0x1F000, 0x1FFFF, _Kind.EMOJI),
    (0x20000, 0x3FFFF, _Kind.HAN),
)


@lru_cache(maxsize=4096)
def _kind(char: str) -> _Kind:
    if char in "ўқғҳЎҚҒҲ":
        return _Kind.UZBEK_CYRILLIC
    code = ord(char)
    if code < 0x80:
        if char.isalpha():
            return _Kind.LETTER
        if char.isdigit():
            return _Kind.DIGIT
        if char == "\n":
            return _Kind.NEWLINE
        return _Kind.SPACE if char.isspace() else _Kind.PUNCTUATION
    for first, last, kind in _RANGES:
        if first <= code <= last:
            return kind
    return _Kind.OTHER


def _is_uzbek_latin(text: str) -> bool:
    words = _WORD.findall(text[:20_000])
    return bool(words) and sum(1 for word in words if _UZBEK_WORD.search(word)) > 0.12 * len(words)


@dataclass(frozen=True, slots=True)
class TextCount:
    """An estimate for one text.

    Attributes:
        latin: tokens made of Latin letters, digits, punctuation and white space, before any model factor.
        rest: tokens made of other scripts.
        script: what the text mostly is.
    """

    latin: float
    rest: float
    script: Script

    def tokens(self, tokenizer: Tokenizer) -> float:
        """Tokens on a tokenizer generation."""
        return self.latin * (NEW_TOKENIZER_LATIN if tokenizer is Tokenizer.NEW else 1.0) + self.rest


CountText = Callable[[str], TextCount]
"""`count_text`, or something that remembers what it has counted."""


def count_text(text: str) -> TextCount:
    """Estimates a text."""
    if not text:
        return TextCount(0.0, 0.0, Script.LATIN)
    if len(text) <= SAMPLED_FROM:
        return _counted(text)
    step = len(text) * _PIECE // SAMPLED_FROM
    # Each piece lies elsewhere in its stretch, so that a text that repeats itself does not keep in step with them.
    starts = (start + start // step * _JITTER % (step - _PIECE + 1) for start in range(0, len(text) - step + 1, step))
    sample = "".join(text[start : start + _PIECE] for start in starts)
    found, share = _counted(sample), len(text) / len(sample)
    return TextCount(found.latin * share, found.rest * share, found.script)


def _counted(text: str) -> TextCount:
    kinds: Counter[_Kind] = Counter()
    for char, count in Counter(text).items():
        kinds[_kind(char)] += count
    indents = _INDENT.findall(text)
    kinds[_Kind.SPACE] -= sum(map(len, indents))
    letters, cyrillic = kinds[_Kind.LETTER], kinds[_Kind.CYRILLIC] + kinds[_Kind.UZBEK_CYRILLIC]
    uzbek = letters > 0 and _is_uzbek_latin(text)
    letter = _LETTER
    if uzbek:
        letter = _UZBEK_LETTER
    elif kinds[_Kind.ACCENTED] > 0.01 * letters:
        letter = _EUROPEAN_LETTER
    uzbek_cyrillic = kinds[_Kind.UZBEK_CYRILLIC] > 0.02 * cyrillic
    latin = letters * letter + len(indents) * _INDENTED_LINE
    latin += sum(kinds[kind] * _WEIGHTS[kind] for kind in _LATIN_KINDS)
    rest = cyrillic * (_UZBEK_CYRILLIC if uzbek_cyrillic else _CYRILLIC)
    rest += sum(kinds[kind] * _WEIGHTS[kind] for kind in _REST_KINDS)
    return TextCount(latin, rest, _script(kinds, len(indents), cyrillic, uzbek=uzbek))


_LATIN_KINDS = (
    _Kind.ACCENTED,
    _Kind.DIGIT,
    _Kind.PUNCTUATION,
    _Kind.SPACE,
    _Kind.NEWLINE,
    _Kind.APOSTROPHE,
)
_REST_KINDS = (_Kind.HAN, _Kind.KANA, _Kind.HANGUL, _Kind.ARABIC, _Kind.INDIC, _Kind.EMOJI, _Kind.OTHER)


def _script(kinds: Counter[_Kind], indents: int, cyrillic: int, *, uzbek: bool) -> Script:
    letters = kinds[_Kind.LETTER] + kinds[_Kind.ACCENTED]
    cjk = kinds[_Kind.HAN] + kinds[_Kind.KANA] + kinds[_Kind.HANGUL]
    other = kinds[_Kind.ARABIC] + kinds[_Kind.INDIC] + kinds[_Kind.OTHER]
    largest = max(letters, cyrillic, cjk * 2, other)
    if largest == cjk * 2 and cjk:
        return Script.CJK
    if largest == cyrillic and cyrillic:
        return Script.CYRILLIC
    if largest == other and other:
        return Script.OTHER
    if kinds[_Kind.PUNCTUATION] > 0.14 * letters or indents > 0.3 * max(kinds[_Kind.NEWLINE], 4):
        return Script.CODE
    return Script.UZBEK if uzbek else Script.LATIN


def text_tokens(text: str, tokenizer: Tokenizer = Tokenizer.CLASSIC) -> int:
    """Estimated tokens of a text, at least 1 unless it is empty."""
    return max(1, round(count_text(text).tokens(tokenizer))) if text else 0


def file_text(part: FilePart) -> str:
    """An attached file as the model reads it."""
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", part.text)), default=0))
    return f"File: {part.name}\n{fence}\n{part.text}\n{fence}"


def message_texts(message: Message) -> list[str]:
    """The texts of a message that go out, each counted by itself; `message_tokens` adds them up."""
    texts: list[str] = []
    for part in message.parts:
        if isinstance(part, FilePart):
            texts += (f"File: {part.name}\n```\n\n```", part.text)
        elif isinstance(part, ToolCallPart):
            texts.append(part.name + part.raw)
        elif not isinstance(part, ImagePart | ReasoningPart):
            texts.append(part.text)
    return texts


def message_tokens(message: Message, model: ModelInfo, *, many: bool = False, count: CountText = count_text) -> int:
    """Estimated input tokens of one message when it is sent to a model, pictures at the size they are sent."""
    total = PER_MESSAGE + sum(count(text).tokens(model.tokenizer) for text in message_texts(message))
    if model.vision:
        total += sum(
            image_tokens(*fit_size(image.width, image.height, model.images, many=many), model.images)
            for image in message.images
            if not image.excluded
        )
    return round(total)


def overhead_texts(params: GenerationParams, tools: Sequence[ToolDefinition]) -> list[str]:
    """The texts of a request that are no message."""
    texts = [tool.name + tool.description + json.dumps(tool.parameters, ensure_ascii=False) for tool in tools]
    return [params.system, *texts]


def overhead_tokens(
    params: GenerationParams, tools: Sequence[ToolDefinition], model: ModelInfo, *, count: CountText = count_text
) -> int:
    """Estimated input tokens of all that is not a message: system prompt, tool definitions, the frame."""
    total = PER_REQUEST + (PER_MESSAGE if params.system else 0) + (PER_TOOLS if tools else 0)
    return round(total + sum(count(text).tokens(model.tokenizer) for text in overhead_texts(params, tools)))


def input_tokens(
    messages: Sequence[Message],
    params: GenerationParams,
    tools: Sequence[ToolDefinition],
    model: ModelInfo,
    *,
    count: CountText = count_text,
) -> int:
    """Estimated input tokens of a request.

    Stands on the newest answer of the same model whose usage was reported, if there is one: everything up to it is
    then known, but for a change of system prompt or tools, and only what came later is estimated (protocol.md 4.3).
    """
    overhead = overhead_tokens(params, tools, model, count=count)
    many = sum(not image.excluded for message in messages for image in message.images) > MANY_IMAGES
    for index in range(len(messages) - 1, -1, -1):
        known = _known(messages[index], model, overhead)
        if known is not None:
            later = messages[index + 1 :]
            return known + sum(message_tokens(message, model, many=many, count=count) for message in later)
    return overhead + sum(message_tokens(message, model, many=many, count=count) for message in messages)


def _known(message: Message, model: ModelInfo, overhead: int) -> int | None:
    """Tokens of a conversation up to one of its answers, as the model's own server counted them."""
    answer = message.answer
    if answer is None or answer.simulated or answer.model != model.id:
        return None
    usage = answer.usage
    if usage is None or not usage.input:
        return None
    changed = 0 if answer.overhead is None else overhead - answer.overhead
    # Reasoning is billed as output, but it is not sent again.
    return max(0, usage.input + changed) + max(0, usage.output - usage.reasoning)


def output_tokens(parts: Iterable[object], model: ModelInfo) -> int:
    """Estimated output tokens of what was received: text, reasoning, tool arguments."""
    texts: list[str] = []
    for part in parts:
        if isinstance(part, TextPart | ReasoningPart):
            texts.append(part.text)
        elif isinstance(part, ToolCallPart):
            texts.append(part.name + part.raw)
    return text_tokens("".join(texts), model.tokenizer)


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was learned of one model and script: real tokens for each estimated one.

    Attributes:
        factor: the moving average, 0.5–2.0.
        count: how many answers it stands on.
    """

    factor: float = 1.0
    count: int = 0

    def learn(self, real: int, estimated: int) -> "Calibration":
        """This with one more answer (exponential average, the first answers weigh more)."""
        if real <= 0 or estimated <= 0:
            return self
        ratio = min(2.0, max(0.5, real / estimated))
        weight = max(0.2, 1 / (self.count + 1))
        return Calibration(self.factor + weight * (ratio - self.factor), self.count + 1)

    def apply(self, estimated: int) -> int:
        """An estimate corrected."""
        return round(estimated * self.factor)

    def to_text(self) -> str:
        """One line, for keeping."""
        return f"{self.factor:.4f} {self.count}"

    @classmethod
    def from_text(cls, text: str | None) -> "Calibration":
        """Reads `to_text`; nothing usable gives a fresh one."""
        try:
            factor, count = (text or "").split()
            return cls(min(2.0, max(0.5, float(factor))), max(0, int(count)))
        except ValueError:
            return cls()
