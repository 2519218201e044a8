"""The words in one delta or message, whatever shape the server gives them (protocol.md 2.2)."""

from typing import Any

from tally.core.events import ReasoningDelta, TextDelta
from tally.gateway.surrogates import SurrogateJoiner

# Tuples, because the value compared may be of any kind, and not every kind can be looked up in a set.
_TEXT_PARTS = ("text", "output_text")
_THINKING_PARTS = ("thinking", "reasoning")


def text_of(content: object) -> str:
    """The text of a `content`: a string, a part, or a list of parts; empty for everything else."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(text_of(part) for part in content if isinstance(part, (str, dict)))
    if isinstance(content, dict) and content.get("type", "text") in _TEXT_PARTS:
        text = content.get("text")
        if isinstance(text, dict):
            text = text.get("value")
        return text if isinstance(text, str) else ""
    return ""


def refusal_of(words: dict[str, Any]) -> str:
    """The words with which the model declines: the field `refusal`, or parts of that type in `content`."""
    refusal = words.get("refusal")
    if isinstance(refusal, str) and refusal:
        return refusal
    parts = words.get("content")
    if not isinstance(parts, list):
        return ""
    texts = (part.get("refusal") for part in parts if isinstance(part, dict) and part.get("type") == "refusal")
    return "".join(text for text in texts if isinstance(text, str))


def _reasoning_details(value: object) -> str:
    """OpenRouter's list of details; encrypted ones have no words."""
    if not isinstance(value, list):
        return ""
    found = (part.get("text") or part.get("summary") for part in value if isinstance(part, dict))
    return "".join(text for text in found if isinstance(text, str))


def _thinking_block(value: object) -> str:
    """The first block's words: LiteLLM sends every block twice."""
    if isinstance(value, list):
        texts = (part.get("thinking") for part in value if isinstance(part, dict))
        return next((text for text in texts if isinstance(text, str) and text), "")
    return value if isinstance(value, str) else ""


def _thinking_parts(value: object) -> str:
    """Parts of type `thinking` or `reasoning` inside `content`."""
    if not isinstance(value, list):
        return ""
    parts = [part for part in value if isinstance(part, dict) and part.get("type") in _THINKING_PARTS]
    return "".join(text_of(part.get("thinking") or part.get("reasoning") or part.get("text")) for part in parts)


# In this order; the first that has words is the answer's source from then on, for they all repeat the same words.
_SOURCES = (
    ("reasoning_content", text_of),
    ("reasoning", text_of),
    ("reasoning_details", _reasoning_details),
    ("thinking", _thinking_block),
    ("thinking_blocks", _thinking_block),
    ("content", _thinking_parts),
)


class ReasoningReader:
    """Reads the reasoning once, although servers send it under several names at the same time."""

    def __init__(self) -> None:
        self._name: str | None = None
        self._held = ""

    def read(self, words: dict[str, Any]) -> str:
        """The new words of reasoning in a delta.

        A line break alone is held until more reasoning follows: some servers put one in place of the signature with
        which the reasoning ends.
        """
        for name, reader in _SOURCES:
            if self._name is not None and name != self._name:
                continue
            value = words.get(name)
            text = reader(value) if value else ""
            if text:
                self._name = name
                break
        else:
            return ""
        if text == "\n":
            self._held += text
            return ""
        text, self._held = self._held + text, ""
        return text


class Words:
    """Collects words of the answer and of the reasoning and gives them out in order, as few events as possible."""

    def __init__(self) -> None:
        self._text = SurrogateJoiner()
        self._reasoning = SurrogateJoiner()
        self._events: list[TextDelta | ReasoningDelta] = []
        self._texts: list[str] = []
        self._thoughts: list[str] = []

    def add_text(self, text: str) -> None:
        """More words of the answer."""
        if self._thoughts:
            self._close()
        self._texts.append(text)

    def add_reasoning(self, text: str) -> None:
        """More words of the reasoning."""
        if self._texts:
            self._close()
        self._thoughts.append(text)

    def _close(self) -> None:
        if self._texts:
            text = self._text.join(self._texts)
            self._texts.clear()
            if text:
                self._events.append(TextDelta(text))
        if self._thoughts:
            thought = self._reasoning.join(self._thoughts)
            self._thoughts.clear()
            if thought:
                self._events.append(ReasoningDelta(thought))

    def take(self) -> list[TextDelta | ReasoningDelta]:
        """What has been collected since the last time."""
        self._close()
        events, self._events = self._events, []
        return events

    def finish(self) -> list[TextDelta | ReasoningDelta]:
        """As `take`, with what was held back for a character's second half."""
        events = self.take()
        if thought := self._reasoning.rest():
            events.append(ReasoningDelta(thought))
        if text := self._text.rest():
            events.append(TextDelta(text))
        return events
