"""Finds the one JSON value in an answer that was asked for JSON; models like to add a fence or a word to it."""

import json
from typing import Any

_MISSING = object()


def _loads(text: str) -> Any:
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return _MISSING


def _without_fence(text: str) -> str:
    lines = text.splitlines()
    if len(lines) >= 2 and lines[0].startswith("```") and lines[-1].strip() == "```":
        return "\n".join(lines[1:-1])
    return text


def _first_balanced(text: str) -> Any:
    decoder = json.JSONDecoder(strict=False)
    tried = 0
    for index, char in enumerate(text):
        if char not in "{[":
            continue
        tried += 1
        if tried > 64:  # each attempt may read to the end; an answer with more openings is prose
            break
        try:
            return decoder.raw_decode(text, index)[0]
        except (ValueError, RecursionError):
            continue
    return _MISSING


def find_json(text: str) -> tuple[bool, Any]:
    """Whether the text holds a JSON value, and that value.

    The whole text is tried first, then without a code fence, then the first object or list in it.
    """
    stripped = text.lstrip("\ufeff").strip()
    for candidate in (stripped, _without_fence(stripped)):
        value = _loads(candidate)
        if value is not _MISSING:
            return True, value
    value = _first_balanced(stripped)
    return (False, None) if value is _MISSING else (True, value)
