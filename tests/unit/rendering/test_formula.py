"""Formulas become pictures when they mean something and are left alone when they do not."""

import time
import xml.etree.ElementTree as ET

import pytest

from tally.rendering.formula import INK, MOST_WORK, FormulaError, draw, work


@pytest.mark.parametrize(
    "latex",
    [
        "x^2",
        r"\frac{-b\pm\sqrt{b^2-4ac}}{2a}",
        r"\int_0^\infty e^{-x^2}\,dx=\frac{\sqrt\pi}{2}",
        r"\begin{cases}x & y > 0\\ -x & y \le 0\end{cases}",
        r"\begin{aligned}a&=b\\c&=d\end{aligned}",
        r"\begin{pmatrix}a&b\\c&d\end{pmatrix}^{-1}",
        r"f(x)=\frac{1}{\sigma\sqrt{2\pi}}e^{-\frac{1}{2}\left(\frac{x-\mu}{\sigma}\right)^2}",
        "a < b",
        "π ≈ 3.14",
        r"E = mc^2 \tag{1} \label{mass}",
    ],
)
def test_what_models_write_is_drawn(latex):
    drawing = draw(latex, 16, display=True)
    root = ET.fromstring(drawing.svg)
    assert drawing.width > 5
    assert 0 < drawing.depth < drawing.height
    assert {element.tag.rpartition("}")[2] for element in root.iter()} <= {"svg", "g", "path", "rect"}
    assert INK in drawing.svg


@pytest.mark.parametrize(
    "latex",
    [
        "", " ", r"\frac{a", "a}b", r"\left( x", "x_", r"\sqrt", r"\begin{matrix}1&2", r"\unknown{x}", "a & b",
        "<script>&amp;</script>",
    ],
)  # fmt: skip
def test_what_is_broken_is_not_drawn(latex):
    with pytest.raises(FormulaError):
        draw(latex, 16, display=False)


def test_letters_that_the_font_does_not_have_are_not_drawn_as_boxes():
    with pytest.raises(FormulaError, match="日"):
        draw(r"\text{日本}", 16, display=False)


def test_only_what_the_model_coloured_has_a_colour_of_its_own():
    assert "red" in draw(r"\color{red}{x}", 16, display=False).svg


@pytest.mark.parametrize(
    "latex",
    [
        r"\frac{1}{" * 100 + "x" + "}" * 100,
        "{" * 5000 + "x" + "}" * 5000,
        r"\sqrt{" * 30 + "x" + "}" * 30,
        "x" * 100_000,
        r"\begin{matrix}" * 40 + "x" + r"\end{matrix}" * 40,
    ],
)
def test_what_would_take_ziamath_minutes_is_refused_at_once(latex):
    began = time.process_time()
    with pytest.raises(FormulaError):
        draw(latex, 16, display=False)
    # Drawing the smallest of these takes more than an hour.
    assert time.process_time() - began < 5


def test_depth_weighs_more_than_length():
    assert work("{{{x}}}") > work("xxxxxxx")
    assert work(r"e^{-\frac{(x-\mu)^2}{2\sigma^2}}") < MOST_WORK
    assert work("{") == work("}") == work(r"\begin{a}") == float("inf")


def test_a_letter_stands_on_the_baseline_and_a_fraction_reaches_under_it():
    assert draw("x", 16, display=False).depth < 1.6
    assert draw(r"\frac{a}{b}", 16, display=False).depth > 4
