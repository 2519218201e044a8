"""Finds the coloured parts of source code with Pygments.

`spans` is a generator, so that the caller can take as many spans as fit into a slice of a few milliseconds and go on
later. The language is never guessed: Pygments would import every lexer for that.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Generic, Keyword, Literal, Name, Number, Operator, String, Token, _TokenType
from pygments.util import ClassNotFound

MAX_CODE = 200_000
"""Characters of code above which nothing is coloured."""

MAX_LINE = 5_000
"""Characters of a line above which nothing is coloured; minified files make lexers slow."""


class TokenClass(StrEnum):
    """What a part of code is, as far as it gets a colour of its own."""

    KEYWORD = "keyword"
    STRING = "string"
    COMMENT = "comment"
    NUMBER = "number"
    FUNCTION = "function"
    TYPE = "type"
    BUILTIN = "builtin"
    ATTRIBUTE = "attribute"
    TAG = "tag"
    OPERATOR = "operator"
    HEADING = "heading"
    INSERTED = "inserted"
    DELETED = "deleted"


class Span(NamedTuple):
    """A coloured part of a line.

    Attributes:
        line: number of the line, from 0.
        start: where it begins, in UTF-16 code units as Qt counts them.
        length: its length in UTF-16 code units.
        token_class: what it is.
    """

    line: int
    start: int
    length: int
    token_class: TokenClass


LIGHT: Mapping[TokenClass, str] = {
    TokenClass.KEYWORD: "#8E2A6B",
    TokenClass.STRING: "#2B6330",
    TokenClass.COMMENT: "#66665F",
    TokenClass.NUMBER: "#85480A",
    TokenClass.FUNCTION: "#1D589C",
    TokenClass.TYPE: "#0E626A",
    TokenClass.BUILTIN: "#5F43A6",
    TokenClass.ATTRIBUTE: "#7A4A0C",
    TokenClass.TAG: "#1D589C",
    TokenClass.OPERATOR: "#57574F",
    TokenClass.HEADING: "#1D589C",
    TokenClass.INSERTED: "#2B6330",
    TokenClass.DELETED: "#A02F28",
}
"""Colours on the light code surface, #F6F5F1."""

DARK: Mapping[TokenClass, str] = {
    TokenClass.KEYWORD: "#E592C4",
    TokenClass.STRING: "#9FCE8A",
    TokenClass.COMMENT: "#9C9C93",
    TokenClass.NUMBER: "#E3AE74",
    TokenClass.FUNCTION: "#8ABBF4",
    TokenClass.TYPE: "#80D2D2",
    TokenClass.BUILTIN: "#BCA6F2",
    TokenClass.ATTRIBUTE: "#D9B97C",
    TokenClass.TAG: "#8ABBF4",
    TokenClass.OPERATOR: "#BBBBB3",
    TokenClass.HEADING: "#8ABBF4",
    TokenClass.INSERTED: "#9FCE8A",
    TokenClass.DELETED: "#F2938A",
}
"""Colours on the dark code surface, #1F1F1D."""

# The most particular token type that matches decides.
_CLASSES: Mapping[_TokenType, TokenClass | None] = {
    Token: None,
    Comment: TokenClass.COMMENT,
    Comment.Preproc: TokenClass.ATTRIBUTE,
    Comment.PreprocFile: TokenClass.STRING,
    Keyword: TokenClass.KEYWORD,
    Keyword.Type: TokenClass.TYPE,
    Keyword.Constant: TokenClass.BUILTIN,
    Name: None,
    Name.Attribute: TokenClass.ATTRIBUTE,
    Name.Builtin: TokenClass.BUILTIN,
    Name.Class: TokenClass.TYPE,
    Name.Constant: TokenClass.BUILTIN,
    Name.Decorator: TokenClass.ATTRIBUTE,
    Name.Entity: TokenClass.BUILTIN,
    Name.Exception: TokenClass.TYPE,
    Name.Function: TokenClass.FUNCTION,
    Name.Tag: TokenClass.TAG,
    Literal: TokenClass.NUMBER,
    Literal.Date: TokenClass.STRING,
    String: TokenClass.STRING,
    Number: TokenClass.NUMBER,
    Operator: TokenClass.OPERATOR,
    Operator.Word: TokenClass.KEYWORD,
    Generic.Heading: TokenClass.HEADING,
    Generic.Subheading: TokenClass.HEADING,
    Generic.Inserted: TokenClass.INSERTED,
    Generic.Deleted: TokenClass.DELETED,
    Generic.Prompt: TokenClass.OPERATOR,
}

# Names that models write and Pygments does not know.
_ALIASES: Mapping[str, str] = {
    "c#": "csharp",
    "f#": "fsharp",
    "jsonc": "json",
    "jsx": "javascript",
    "node": "javascript",
    "objective-c": "objc",
    "powershell-interactive": "powershell",
    "shell": "bash",
    "tsx": "typescript",
}


def spans(code: str, language: str) -> Iterator[Span]:
    """Yields the coloured parts of code, from its beginning to its end.

    Args:
        code: the code.
        language: its language as a fence names it; nothing is coloured when it is empty or unknown.
    """
    lexer = _lexer(language.lower())
    if lexer is None or len(code) > MAX_CODE or max(map(len, code.split("\n"))) > MAX_LINE:
        return
    line = column = 0
    for _, token_type, value in lexer.get_tokens_unprocessed(code):
        token_class = _class_of(token_type)
        for number, part in enumerate(value.split("\n")):
            if number:
                line, column = line + 1, 0
            length = _utf16_length(part)
            if token_class is not None and not part.isspace() and part:
                yield Span(line, column, length, token_class)
            column += length


def is_known(language: str) -> bool:
    """Tells whether code in this language would be coloured."""
    return _lexer(language.lower()) is not None


@lru_cache(maxsize=32)
def _lexer(language: str) -> Lexer | None:
    if not language:
        return None
    try:
        return get_lexer_by_name(_ALIASES.get(language, language))
    except ClassNotFound:
        return None


@lru_cache(maxsize=512)
def _class_of(token_type: _TokenType) -> TokenClass | None:
    at: _TokenType | None = token_type
    while at is not None and at not in _CLASSES:
        at = at.parent
    return _CLASSES[at] if at is not None else None


def _utf16_length(text: str) -> int:
    return len(text) if text.isascii() else len(text) + sum(char > "\uffff" for char in text)
