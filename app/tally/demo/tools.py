"""Function calling in the demo: which tool a question asks for, with which arguments, and what to say of a result."""

import json
import re
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from tally.demo.language import Language
from tally.demo.reply import Reply
from tally.demo.request import ChatRequest, Tool
from tally.demo.texts import phrase
from tally.demo.turns import CalledTool, Turn
from tally.demo.wish import Action, Wish

_EXAMPLE = '{"name": "value"}'
_CALL = re.compile(r"^[ \t]*(?:/tool[ \t]+)?([a-zA-Z0-9_-]{1,64})[ \t]*", re.MULTILINE)
_QUOTED = re.compile(r"\"([^\"\n]+)\"|“([^”\n]+)”|「([^」\n]+)」|«([^»\n]+)»")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_NAME = re.compile(r"(?<=[^\s.!?]\s)[^\W\d_a-z][\w‘’ʻ'-]+")


def tool_reply(wish: Wish, request: ChatRequest, language: Language) -> Reply | None:
    """Returns the answer that calls tools, or None when the question asks for none.

    A tool is called when the user writes `/tool NAME {…}`, when the question names it, or when `tool_choice` asks.
    """
    declared = {tool.name: tool for tool in request.tools if request.tool_choice != "none"}
    if wish.action is Action.TOOL:
        return _asked(wish.argument, request, language, declared)
    chosen = [name for name in declared if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", wish.question)]
    if request.tool_choice in declared:
        chosen = [request.tool_choice]
    elif request.tool_choice == "required":
        chosen = chosen or list(declared)[:1]
    calls = [(name, json.dumps(_made_up(declared[name], wish.question), ensure_ascii=False)) for name in chosen]
    return _calling(calls, request, language) if calls else None


def result_text(request: ChatRequest, results: list[Turn], language: Language) -> str:
    """Returns the answer to tool results: each under the name of its tool, JSON as such."""
    names = {call.id: call.name for turn in request.turns for call in turn.calls}
    parts = []
    for result in results:
        parts += [phrase(language, "tool_result", name=names[result.call_id]), _fenced(result.text)]
    return "\n\n".join([*parts, phrase(language, "tool_results_end")])


def _asked(argument: str, request: ChatRequest, language: Language, declared: Mapping[str, Tool]) -> Reply:
    """Reads `NAME {…}`, and further lines of the same form."""
    calls = []
    for name, arguments in _written_calls(argument):
        if name not in declared:
            known = ", ".join(f"`{known}`" for known in declared) or phrase(language, "tool_none")
            return Reply(phrase(language, "tool_undeclared", name=name, declared=known))
        if not isinstance(arguments, dict):
            return Reply(phrase(language, "tool_bad_json", name=name, example=_EXAMPLE))
        calls.append((name, json.dumps(arguments, ensure_ascii=False)))
    return _calling(calls, request, language)


def _written_calls(argument: str) -> Iterator[tuple[str, object]]:
    """Yields names with their arguments: an object, {} when there is nothing, or None for anything else."""
    position = 0
    while (match := _CALL.search(argument, position)) is not None or position == 0:
        if match is None:
            yield argument[:64], None
            return
        position = match.end()
        rest = argument[position:]
        if not rest.strip() or rest.startswith("\n"):
            yield match[1], {}
            continue
        try:
            value, length = json.JSONDecoder().raw_decode(rest)
        except (ValueError, RecursionError):
            yield match[1], None
            return
        position += length
        yield match[1], value


def _calling(calls: list[tuple[str, str]], request: ChatRequest, language: Language) -> Reply:
    # Ids differ from turn to turn, as they must, and are the same for the same conversation.
    made = tuple(
        CalledTool(f"toolu_demo_{len(request.turns)}_{index}_{zlib.crc32(arguments.encode()):08x}", name, arguments)
        for index, (name, arguments) in enumerate(calls)
    )
    text = phrase(language, "tool_call", names=", ".join(f"`{name}`" for name, _ in calls))
    return Reply(text, calls=made, finish="tool_calls")


def _made_up(tool: Tool, question: str) -> dict[str, Any]:
    """Fills the required properties (or all, when none are) from the quotes, names and numbers in the question."""
    properties = tool.parameters.get("properties")
    if not isinstance(properties, dict):
        return {}
    required = tool.parameters.get("required")
    wanted = [name for name in required if name in properties] if isinstance(required, list) else list(properties)
    quotes = [next(filter(None, groups)) for groups in _QUOTED.findall(question)]
    words = iter([*quotes, *(name for name in _NAME.findall(question) if name != tool.name)])
    numbers = iter(_NUMBER.findall(question))
    return {name: _value(properties[name], words, numbers) for name in wanted}


def _value(schema: object, words: Iterator[str], numbers: Iterator[str]) -> object:
    fields = schema if isinstance(schema, dict) else {}
    choices = fields.get("enum")
    if isinstance(choices, list) and choices:
        return choices[0]
    if "default" in fields:
        return fields["default"]
    kind = fields.get("type")
    if kind == "integer":
        return int(float(next(numbers, "1")))
    if kind == "number":
        return float(next(numbers, "1"))
    return {"boolean": True, "array": [], "object": {}}.get(str(kind)) if kind != "string" else next(words, "demo")


def _fenced(text: str) -> str:
    try:
        body, language = json.dumps(json.loads(text), ensure_ascii=False, indent=2), "json"
    except (ValueError, RecursionError):
        body, language = text, "text"
    fence = "`" * max(3, 1 + max(map(len, re.findall(r"`+", body)), default=0))
    return f"{fence}{language}\n{body}\n{fence}"
