r"""Reads the inline markup of one block: emphasis, code, links, addresses, formulas, line breaks.

One pass with a delimiter stack and a bracket stack, as in the appendix of the CommonMark specification, so that its
time is linear in the text whatever the text is. Added to the specification: `~~deleted~~`, bare addresses, formulas
(`\(..\)`, `\[..\]`, `$..$`, `$$..$$`), footnote references, `<br>`, `<sub>`, `<sup>` and `<kbd>`. All other HTML is
text.
"""

from collections import Counter
from dataclasses import dataclass

from tally.rendering import inline_syntax as syntax
from tally.rendering.block_syntax import normal_label
from tally.rendering.emphasis import Piece, Run, RunStack, tokens_of
from tally.rendering.inline_tokens import (
    Atom,
    Context,
    End,
    Start,
    Token,
    image_placeholder,
    limit_nesting,
    link_address,
    plain,
)


@dataclass(slots=True)
class _Bracket:
    """An opening bracket (`[` or `![`) or opening tag, with the place of its token and the last run before it."""

    tag: str
    index: int
    position: int
    bottom: Run | None
    active: bool = True


class InlineParser:
    """Reads one text; make a new one for each."""

    def __init__(self, text: str, context: Context) -> None:
        self._text = text
        self._context = context
        self._pieces: list[Piece] = []
        self._at = 0
        self._pending = 0
        self._runs = RunStack()
        self._brackets: list[_Bracket] = []
        self._open: Counter[str] = Counter()
        self._missing: set[str] = set()
        self._begun: list[tuple[int, str]] = []
        self._dollars: syntax.Dollars | None = None
        self._ticks: dict[int, list[int]] | None = None

    def parse(self) -> list[Token]:
        """Returns the text as a sequence of text, atoms and properly nested starts and ends."""
        text = self._text
        search = syntax.SPECIAL.search
        while (found := search(text, self._at)) is not None:
            self._at = found.start()
            end = self._special(text[self._at], self._at)
            if end > 0:
                self._at = self._pending = end
            else:
                # Not markup after all: text up to the index given, one character at least.
                self._at = max(-end, self._at + 1)
        self._flush(len(text))
        self._runs.pair_above(None)
        return limit_nesting(tokens_of(self._pieces))

    def begun(self) -> list[tuple[int, str]]:
        """Returns what began and was not ended, after `parse`: index and opening mark, in the order of the text."""
        brackets = [(bracket.position - len(bracket.tag), bracket.tag) for bracket in self._brackets]
        return sorted([*self._begun, *(found for found in brackets if found[1] in ("[", "!["))])

    def open_runs(self) -> list[tuple[int, str]]:
        """Returns the delimiters that could still be closed, after `parse`: index and mark, in the order of the text.

        Single marks inside a word are left out, being multiplication signs more often than emphasis, and so are runs of
        four and more.
        """
        runs = [piece for piece in self._pieces if isinstance(piece, Run) and piece.opens and piece.length]
        return [
            (run.position, run.mark * run.length)
            for run in runs
            if run.original == 2 or (run.original in (1, 3) and not self._in_a_word(run))
        ]

    def _in_a_word(self, run: Run) -> bool:
        before, after = run.position - 1, run.position + run.original
        return run.closes and self._text[before].isalnum() and self._text[after : after + 1].isalnum()

    def _flush(self, end: int) -> None:
        if end > self._pending:
            self._pieces.append(self._text[self._pending : end])
        self._pending = end

    def _put(self, piece: Piece, start: int) -> None:
        self._flush(start)
        self._pieces.append(piece)

    def _special(self, char: str, at: int) -> int:
        """Handles the markup at an index; returns the index after it, negative when it is text up to there."""
        match char:
            case "*" | "_" | "~":
                return self._run(char, at)
            case "\n":
                return self._line_end(at)
            case "`":
                return self._code(at)
            case "[" | "!":
                return self._open_bracket(at)
            case "]":
                return self._close_bracket(at)
            case "\\":
                return self._backslash(at)
            case "$":
                return self._dollar(at)
            case "<":
                return self._angle(at)
            case "&":
                return self._entity(at)
            case _:
                return self._address(char, at)

    # Single constructs.

    def _line_end(self, at: int) -> int:
        text = self._text
        start = at
        while start > self._pending and text[start - 1] == " ":
            start -= 1
        hard = at - start >= 2 or self._context.breaks or text.startswith("•", at + 1)
        self._put(Atom("br") if hard else "\n", start)
        end = at + 1
        while text[end : end + 1] in (" ", "\t"):
            end += 1
        return end

    def _backslash(self, at: int) -> int:
        after = self._text[at + 1 : at + 2]
        if after == "\n":
            self._put(Atom("br"), at)
            return at + 2
        if after in ("(", "["):
            end = self._find("\\)" if after == "(" else "\\]", at + 2)
            body = self._text[at + 2 : end].strip() if end >= 0 else ""
            # A backslash may also escape a bracket of the text, more likely a square one.
            if body and (syntax.looks_like_tex(body) if after == "(" else syntax.is_certainly_tex(body)):
                return self._math(at, at + 2, end, display=after == "[")
        if after and after in syntax.ESCAPABLE:
            self._put(after, at)
            return at + 2
        return -1

    def _find(self, closing: str, at: int) -> int:
        if closing in self._missing:
            return -1
        end = self._text.find(closing, at)
        if end < 0:
            self._missing.add(closing)
            self._begun.append((at - 2, self._text[at - 2 : at]))
        return end

    def _math(self, at: int, start: int, end: int, *, display: bool) -> int:
        latex = " ".join(self._text[start:end].split())
        self._put(Atom("code", latex, {"class": "math display" if display else "math"}), at)
        return end + (1 if start == at + 1 else 2)

    def _dollar(self, at: int) -> int:
        if self._text.startswith("$$", at):
            end = self._find("$$", at + 2)
            if end > at + 2 and self._text[at + 2 : end].strip():
                return self._math(at, at + 2, end, display=True)
            self._put("$$", at)
            return at + 2
        if self._dollars is None:
            self._dollars = syntax.Dollars(self._text)
        end = self._dollars.end_of(at)
        if end < 0 and self._dollars.may_begin(at):
            self._begun.append((at, "$"))
        return self._math(at, at + 1, end, display=False) if end >= 0 else -1

    def _code(self, at: int) -> int:
        text = self._text
        start = at
        while text.startswith("`", start):
            start += 1
        length = start - at
        end = self._closing_ticks(length, start)
        if end < 0:
            self._begun.append((at, "`" * length))
            return -start
        code = text[start:end].replace("\n", " ")
        if len(code) > 2 and code[0] == code[-1] == " " and code.strip():
            code = code[1:-1]
        self._put(Atom("code", code), at)
        return end + length

    def _closing_ticks(self, length: int, start: int) -> int:
        if self._ticks is None:
            self._ticks = {}
            for found in syntax.TICKS.finditer(self._text):
                self._ticks.setdefault(len(found[0]), []).append(found.start())
        places = self._ticks.get(length, [])
        index = syntax.first_from(places, start)
        return places[index] if index < len(places) else -1

    def _entity(self, at: int) -> int:
        found = syntax.ENTITY.match(self._text, at)
        if found is None:
            return -1
        char = syntax.character(found[0])
        if char == found[0]:
            return -1
        self._put(char, at)
        return found.end()

    def _angle(self, at: int) -> int:
        tag = syntax.TAG.match(self._text, at)
        if tag is not None:
            return self._tag(at, tag[2].lower(), tag.end(), closing=bool(tag[1]))
        link = syntax.AUTOLINK.match(self._text, at)
        if link is not None:
            return self._link_atom(at, link.end(), link[1], link[1])
        mail = syntax.EMAIL_AUTOLINK.match(self._text, at)
        if mail is not None:
            return self._link_atom(at, mail.end(), "mailto:" + mail[1], mail[1])
        return -1

    def _link_atom(self, start: int, end: int, destination: str, text: str) -> int:
        href = link_address(destination)
        self._put(Atom("a", text, {"href": href}) if href else text, start)
        return end

    def _address(self, char: str, at: int) -> int:
        text = self._text
        if char == "@":
            mail = syntax.bare_email(text, self._pending, at)
            if mail is None:
                return -1
            return self._link_atom(mail[0], mail[1], "mailto:" + text[mail[0] : mail[1]], text[mail[0] : mail[1]])
        start, host = at, at
        if char == ":":
            scheme = syntax.SCHEME.search(text, max(self._pending, at - 5), at) if text.startswith("://", at) else None
            if scheme is None:
                return -1
            start, host = scheme.start(), at + 3
        if start > 0 and text[start - 1].isascii() and text[start - 1].isalnum():
            return -1
        end = syntax.bare_url(text, host)
        if end < 0:
            return -1
        shown = text[start:end]
        return self._link_atom(start, end, shown if char == ":" else "https://" + shown, shown)

    # Brackets and tags.

    def _tag(self, at: int, tag: str, end: int, *, closing: bool) -> int:
        if tag == "br":
            self._put(Atom("br"), at)
            return end
        if not closing:
            self._push(tag, self._text[at:end], at)
            return end
        if not self._open[tag]:
            return -1
        index = self._innermost(tag)
        self._flush(at)
        self._wrap(index, Start(tag), End(tag))
        return end

    def _push(self, tag: str, source: str, at: int) -> None:
        self._put(source, at)
        self._brackets.append(_Bracket(tag, len(self._pieces) - 1, at + len(source), self._runs.last))
        self._open[tag] += 1

    def _innermost(self, *tags: str) -> int:
        index = len(self._brackets) - 1
        while self._brackets[index].tag not in tags:
            index -= 1
        return index

    def _open_bracket(self, at: int) -> int:
        if self._text[at] == "!":
            self._push("![", "![", at)
            return at + 2
        note = syntax.FOOTNOTE_REFERENCE.match(self._text, at)
        if note is not None and not self._text.startswith(("(", ":"), note.end()):
            number = self._note_number(note[1])
            if number:
                attributes = {"class": "footnote-ref", "href": f"#fn-{number}"}
                self._put(Start("sup"), at)
                self._pieces += [Atom("a", str(number), attributes), End("sup")]
                return note.end()
        self._push("[", "[", at)
        return at + 1

    def _note_number(self, label: str) -> int:
        context = self._context
        label = normal_label(label)
        if label not in context.notes and not context.assume_notes:
            return 0
        return context.numbers.setdefault(label, len(context.numbers) + 1)

    def _close_bracket(self, at: int) -> int:
        if not self._open["["] and not self._open["!["]:
            return -1
        index = self._innermost("[", "![")
        bracket = self._brackets[index]
        target = self._target(bracket, at) if bracket.active else None
        if target is None:
            self._open[bracket.tag] -= 1
            del self._brackets[index]
            return -1
        self._flush(at)
        if bracket.tag == "![":
            self._image(index, target)
        else:
            self._link(index, target)
        return target.end

    def _target(self, bracket: _Bracket, at: int) -> syntax.Target | None:
        text = self._text
        if text.startswith("(", at + 1):
            target = syntax.inline_target(text, at + 1)
            if target is not None:
                return target
        if not self._context.references:
            return None
        label = syntax.LABEL.match(text, at + 1)
        end = label.end() if label else at + 1
        words = label[1] if label and label[1].strip() else text[bracket.position : min(at, bracket.position + 1000)]
        found = self._context.references.get(normal_label(words)) if len(words) < 1000 else None
        if found is None:
            return None
        return syntax.Target(syntax.unescape(found[0]), syntax.unescape(found[1]), end)

    def _link(self, index: int, target: syntax.Target) -> None:
        href = link_address(target.destination)
        begin = self._brackets[index].index
        for place in range(begin, len(self._pieces)):
            piece = self._pieces[place]
            if isinstance(piece, Atom) and piece.tag == "a":
                # No link inside a link.
                image = piece.attributes.get("class") == "image"
                self._pieces[place] = Atom("span", piece.text, {"class": "image"}) if image else piece.text
        attributes = {"href": href, "title": target.title} if target.title else {"href": href}
        # A link that may not lead anywhere keeps its text.
        self._wrap(index, Start("a", attributes) if href else "", End("a") if href else "")
        for bracket in reversed(self._brackets):
            if bracket.tag == "[":
                if not bracket.active:
                    break
                bracket.active = False

    def _image(self, index: int, target: syntax.Target) -> None:
        bracket = self._brackets[index]
        self._runs.pair_above(bracket.bottom)
        alt = "".join(map(plain, tokens_of(self._pieces[bracket.index + 1 :])))
        del self._pieces[bracket.index :]
        self._drop_brackets(index)
        self._pieces.append(image_placeholder(alt, target.destination))

    def _wrap(self, index: int, start: Piece, end: Piece) -> None:
        """Makes an element of everything after a bracket."""
        bracket = self._brackets[index]
        self._runs.pair_above(bracket.bottom)
        self._pieces[bracket.index] = start
        self._pieces.append(end)
        self._drop_brackets(index)

    def _drop_brackets(self, index: int) -> None:
        self._open.subtract(bracket.tag for bracket in self._brackets[index:])
        del self._brackets[index:]

    def _run(self, mark: str, at: int) -> int:
        text = self._text
        end = at + 1
        while text.startswith(mark, end):
            end += 1
        before = text[at - 1] if at else " "
        after = text[end] if end < len(text) else " "
        opens, closes = syntax.flanking(before, after, mark)
        if mark == "~" and end - at != 2:
            opens = closes = False
        if not opens and not closes:
            return -end
        run = Run(mark, at, end - at, end - at, opens, closes)
        self._runs.push(run)
        self._put(run, at)
        return end
