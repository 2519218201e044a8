"""TeX formulas as SVG.

ziamath takes a fifth of a second to import, so this module is imported when the first formula wants to be drawn and
not before. It draws with a font of its own, needs no TeX and touches neither disk nor network once it is imported.
"""

import re
from dataclasses import dataclass
from xml.etree.ElementTree import Element, tostring

from ziafont.config import config
from ziamath.zmath import Latex, loadedfonts

INK = "#010203"
"""The colour of what has no colour of its own; whoever paints the SVG puts the text's colour in its place."""

MOST_WORK = 400
"""The most that is drawn, in letters; a letter in braces counts for more, see `work`."""

# Plain paths: Qt draws SVG Tiny, which has no symbols.
config.svg2 = False

_TOKEN = re.compile(r"\\(?:begin|end)\s*\{[^{}]*\}|\\[A-Za-z]+|\\.|[^\s\\]", re.DOTALL)
_TAG = re.compile(r"\\tag\*?\s*\{([^{}]*)\}")
_UNSEEN = re.compile(r"\\(?:label\s*\{[^{}]*\}|notag|nonumber)(?![A-Za-z])")
_POWER_OF_ENVIRONMENT = re.compile(r"(\\end\s*\{[^{}]*\})\s*(?=[\^_])")
_PER_LEVEL = 2.5


class FormulaError(ValueError):
    """The source cannot be drawn: it is broken, too large, or needs letters that the font does not have."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawn formula.

    Attributes:
        svg: the drawing; what is to have the colour of the text is in `INK`.
        width: in px.
        height: in px.
        depth: how much of the height is under the baseline, in px.
    """

    svg: str
    width: float
    height: float
    depth: float


def draw(latex: str, size: float, *, display: bool) -> Drawing:
    """Draws a formula.

    Args:
        latex: the TeX source without its delimiters.
        size: of the type in px.
        display: sums and fractions in full size, as in a line of their own.

    Raises:
        FormulaError: it cannot be drawn.
    """
    source = _UNSEEN.sub("", _TAG.sub(r"\\qquad (\1)", latex)).strip()
    # The parser takes an index only after letters and braces.
    source = _POWER_OF_ENVIRONMENT.sub(r"\1{}", source)
    if not source or work(source) > MOST_WORK:
        raise FormulaError("empty, unbalanced or too large")
    try:
        formula = Latex(source, size=size, color=INK, inline=not display, margin=0)
        _check(formula.mathml)
        picture = formula.svgxml()
        left, top, width, height = (float(number) for number in picture.attrib["viewBox"].split())
        # Round letters and slanted ones reach a little over their own box.
        picture.attrib["viewBox"] = f"{left - 1:g} {top - 1:g} {width + 2:g} {height + 2:g}"
        svg = tostring(picture, encoding="unicode")
    except FormulaError:
        raise
    except Exception as error:  # what a model wrote fails in every layer in another way, with another exception
        raise FormulaError(str(error)) from error
    if width <= 0 or height <= 0:
        raise FormulaError("nothing to be seen")
    return Drawing(svg, width + 2, height + 2, max(0.0, top + height) + 1)


def work(latex: str) -> float:
    """How much there is to draw, in letters outside braces; infinite when braces or environments are unbalanced.

    Every level of braces takes ziamath more than twice as long as the one around it.
    """
    total, level, environments = 0.0, 0, 0
    for token in _TOKEN.findall(latex):
        if token in {"{", "\\left"}:
            level += 1
        elif token in {"}", "\\right"}:
            level -= 1
        elif token.startswith("\\begin"):
            environments += 1
        elif token.startswith("\\end") and token.endswith("}"):
            environments -= 1
        if level < 0 or environments < 0 or level > 12:
            return float("inf")
        total += _PER_LEVEL ** (level + max(0, environments - 1))
    return total if level == environments == 0 else float("inf")


def _check(mathml: Element) -> None:
    """Refuses what would be drawn as something else than it means.

    Raises:
        FormulaError: an unknown command, which would stand there in letters, or a letter that would be an empty box.
    """
    font = loadedfonts["default"]
    for element in mathml.iter():
        words = element.text or ""
        if element.tag != "mtext" and "\\" in words:
            raise FormulaError(f"unknown command {words}")
        for letter in words:
            if ord(letter) > 0x7F and not letter.isspace() and letter.isprintable() and font.glyphindex(letter) == 0:
                raise FormulaError(f"the font has no {letter}")
