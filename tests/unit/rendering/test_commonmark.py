"""The CommonMark specification: its own examples, and markdown-it-py as a second opinion on more text.

The examples are not part of this repository (they are licensed CC BY-SA 4.0, by John MacFarlane); they come with the
source distribution of markdown-it-py, which pip fetches once into pytest's cache. Without a package index those tests
are skipped; the comparison with markdown-it-py itself always runs.
"""

import json
import re
import subprocess
import sys
import tarfile
from collections import defaultdict
from importlib.metadata import version

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from support.html_tree import tree
from support.markdown_corpus import Corpus
from tally.rendering.markdown import to_html

# Where we differ on purpose, by number of the example in version 0.31.2 of the specification.
DELIBERATE = {
    "bullets under-indented below a number are its sub-list": {297},
    "raw HTML is text, and markup in it is read": {
        21,
        31,
        308,
        309,
        344,
        475,
        476,
        477,
        494,
        524,
        536,
        642,
        643,
        201,
        491,
    },
    "bare addresses are links": {602, 608, 611, 612},
    r"a bracket between \[ and \] may be a formula": {12},
    "pictures are never loaded, a placeholder stands for them": {517, 520, 531},
}
# Sections about nothing but what is text or a placeholder here.
NOT_OURS = {"HTML blocks", "Raw HTML", "Images"}


@pytest.fixture(scope="module")
def specification(request):
    folder = request.config.cache.mkdir("commonmark")
    release = version("markdown-it-py")
    file = folder / f"{release}.json"
    if not file.exists():
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
        command += ["--dest", str(folder), f"markdown-it-py=={release}"]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=120)
        except subprocess.SubprocessError:
            pytest.skip("no package index to fetch the specification's examples from")
        archive = next(folder.glob("*.tar.gz"))
        with tarfile.open(archive) as content:
            name = next(name for name in content.getnames() if name.endswith("test_cmark_spec/commonmark.json"))
            examples = content.extractfile(name)
            assert examples is not None
            file.write_bytes(examples.read())
        archive.unlink()
    return json.loads(file.read_text(encoding="utf-8"))


def test_every_example_of_the_specification_passes_but_the_deliberate_exceptions(specification):
    excepted = set().union(*DELIBERATE.values())
    failed = defaultdict(list)
    for example in specification:
        same = tree(to_html(example["markdown"])) == tree(example["html"])
        if not same and example["section"] not in NOT_OURS and example["example"] not in excepted:
            failed[example["section"]].append(example["example"])
    assert not failed


def test_the_list_of_exceptions_names_no_example_that_passes(specification):
    excepted = set().union(*DELIBERATE.values())
    passing = {
        example["example"]
        for example in specification
        if example["example"] in excepted and tree(to_html(example["markdown"])) == tree(example["html"])
    }
    assert not passing


ORACLE = MarkdownIt("gfm-like", {"html": False}).disable("linkify")

INLINE = st.lists(
    st.sampled_from(
        ["a", "b c", " ", "*", "**", "_", "__", "`", "``", "[", "]", "(u)", "\\", "&amp;", "é", ".", "***"]
    ),
    max_size=14,
).map("".join)

LINES = st.lists(
    st.sampled_from(
        [
            "a", "b *c*", "", "- x", "  - y", "    z", "* x", "+ x", "1. x", "2. y", "   x", "> q", "> - q", ">",
            "# h", "===",
            "---", "```", "~~~", "```py", "***", "\tcode", "     code", "-", "1)", "- - x", "[r]: /u", "[r]", "  ```",
        ]
    ),
    max_size=9,
).map("\n".join)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(INLINE)
def test_inline_markup_is_read_as_markdown_it_reads_it(text):
    assume("\\[" not in text)  # may begin a formula
    assert tree(to_html("x " + text)) == tree(ORACLE.render("x " + text))


def _leniency_applies(source: str) -> bool:
    """Tells whether one of our documented leniencies about list items could be at work."""
    lines = source.split("\n")
    return any(line.startswith(("1", "2")) for line in lines) or any("```" in line or "~~~" in line for line in lines)


@settings(max_examples=300, deadline=None)
@given(LINES)
def test_blocks_are_found_as_markdown_it_finds_them(source):
    # After a link definition markdown-it reads indented text as code, the specification's reference as a paragraph.
    if not _leniency_applies(source) and not re.search(r"\[r\]: /u\n(?: {3,}|\t)", source):
        assert tree(to_html(source)) == tree(ORACLE.render(source))


@pytest.mark.parametrize("seed", range(20))
def test_a_mixed_answer_is_read_as_markdown_it_reads_it(seed):
    corpus = Corpus(seed)
    source = "".join(corpus.standard_block() for _ in range(30))
    assert tree(to_html(source)) == tree(ORACLE.render(source))
