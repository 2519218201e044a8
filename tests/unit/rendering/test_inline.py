"""Nothing that the model writes leads anywhere by itself: links, pictures, HTML."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tally.rendering.html import placeholder_source, with_formulas, with_images
from tally.rendering.markdown import to_html
from tally.rendering.segments import ProseSegment
from tally.rendering.stream import render

HOSTILE = st.lists(
    st.sampled_from(
        ["![a](", "![", "[a](", "<img src=", "http://evil.example/x.png", "//evil.example/x", "file:///etc/passwd",
         "javascript:",
         "data:text/html,", ")", "]", ">", '"', "'", "&#106;", "JaVaScRiPt:", "<a href=", "<style>", "url(", "\n",
         "\t", " ", "x",
         "[r]: ", "[r]", "<http://a.b>", "<script>", "|", "- ", "> ", "`", "\\"],
    ),
    max_size=20,
).map("".join)  # fmt: skip


def qt_html(source):
    return "".join(getattr(segment, "html", "") for segment in render(source))


@settings(max_examples=400, deadline=None)
@given(HOSTILE)
def test_no_text_makes_html_that_fetches_or_runs_anything(source):
    for markup in (to_html(source), qt_html(source)):
        tags = re.findall(r"<[^>]*>", markup)
        assert not [tag for tag in tags if re.match(r"</?(?:img|script|style|iframe|link|object|embed|base|form)", tag)]
        assert not [tag for tag in tags if re.search(r"\s(?:src|style|on\w+|background)\s*=", tag)]
        for address in re.findall(r'href="([^"]*)"', "".join(tags)):
            assert address.startswith(("http://", "https://", "mailto:", "app:image?http", "#fn-"))


@pytest.mark.parametrize(
    "source",
    ["[a](javascript:x)", "[a](JAVASCRIPT:x)", "[a]( javascript:x)", "[a](java&#115;cript:x)", "[a](file:///x)",
     "[a](//host/x)",
     "[a](\\\\host\\x)", "[a](data:x)", "[a](x.html)", "<javascript:x>", "<file:///x>", "[a][r]\n\n[r]: javascript:x"],
)  # fmt: skip
def test_links_lead_to_the_web_or_to_mail_only(source):
    assert "href" not in to_html(source)
    assert "href" not in qt_html(source)


def test_a_picture_is_a_placeholder_with_its_description_and_host():
    markup = qt_html("![A cat](https://img.example.com/c.png?a=1&b=2)")
    assert "A cat (img.example.com)" in markup
    address = re.search(r'href="([^"]*)"', markup)[1]
    assert placeholder_source(address) == "https://img.example.com/c.png?a=1&b=2"


def test_ordinary_links_are_no_placeholders():
    assert placeholder_source("https://example.com/app:image?x") is None


def test_the_view_can_show_a_picture_that_was_asked_for():
    markup = qt_html("See ![A & B](https://a.com/x?1&2) and ![C](https://c.com/y)")
    shown = with_images(markup, lambda source, text: f"[{source}|{text}]" if "a.com" in source else None)
    assert "[https://a.com/x?1&2|A & B (a.com)]" in shown
    assert 'class="image"' in shown


def test_the_view_can_draw_the_formulas():
    segment = render(r"Here \(a < b\) and $$c_1$$ and `\(d\)`.")[0]
    assert isinstance(segment, ProseSegment)
    found = []
    with_formulas(segment.html, lambda latex, display: found.append((latex, display)))
    assert found == [("a < b", False), ("c_1", True)]


def test_markup_nested_without_end_is_read_without_recursion():
    text = to_html("*a **b " * 3000 + "x" + " b** a*" * 3000)
    assert text.count("a") >= 6000


@pytest.mark.parametrize("opening", ["[", "![", "[a](", "**a ", "<sub>", "`", "$a ", "\\(", "> ", "- ", "_a"])
def test_openings_without_end_lose_no_text(opening):
    source = "x" + opening * 500 + "end"
    assert re.sub(r"<[^>]*>", "", to_html(source)).strip().endswith("end")
