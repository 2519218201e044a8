"""A selection may begin in one segment and end in another, or in another message."""

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QMouseEvent, QTextCursor, QTextDocument
from PySide6.QtWidgets import QApplication, QMenu

from support.shown_messages import answer, question, row, settle
from tally.gui.conversation.plain_copy import plain_text, whole_text

LEFT = Qt.MouseButton.LeftButton


def mouse(text, kind, point, buttons):
    """A mouse event of the text that was pressed, as the window system sends them while a button is held."""
    event = QMouseEvent(
        kind, QPointF(text.viewport().mapFromGlobal(point)), QPointF(point),
        LEFT if kind != QEvent.Type.MouseMove else Qt.MouseButton.NoButton, buttons, Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    QApplication.sendEvent(text.viewport(), event)


def point_of(text, words, *, end=False):
    """Where some words begin or end, in global coordinates."""
    found = text.document().find(words)
    assert not found.isNull()
    cursor = QTextCursor(text.document())
    cursor.setPosition(found.selectionEnd() if end else found.selectionStart())
    return text.viewport().mapToGlobal(text.cursorRect(cursor).center())


def drag(start, first, goal, last):
    """Presses at the first words of one text and releases after the last words of another."""
    mouse(start, QEvent.Type.MouseButtonPress, point_of(start, first), LEFT)
    mouse(start, QEvent.Type.MouseMove, point_of(goal, last), LEFT)
    mouse(start, QEvent.Type.MouseMove, point_of(goal, last, end=True), LEFT)
    mouse(start, QEvent.Type.MouseButtonRelease, point_of(goal, last, end=True), Qt.MouseButton.NoButton)
    settle()


@pytest.fixture
def texts(view, open_path):
    """Three segments of an answer and the question after it."""
    open_path(
        [question("Go."), answer("Before the code.\n\n```python\nx = 1\ny = 2\n```\n\nAfter it."), question("Then?")]
    )
    return [*row(view, 1).texts(), *row(view, 2).texts()]


def test_a_drag_over_segments_and_messages_selects_all_between(view, texts, qtbot):
    drag(texts[0], "the code", texts[3], "Then")
    assert view._selection.selected_text() == "the code.\n\nx = 1\ny = 2\n\nAfter it.\n\nThen"
    qtbot.keyClick(texts[0], Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "the code.\n\nx = 1\ny = 2\n\nAfter it.\n\nThen"


def test_a_drag_upwards_selects_the_same(view, texts):
    mouse(texts[2], QEvent.Type.MouseButtonPress, point_of(texts[2], "After", end=True), LEFT)
    mouse(texts[2], QEvent.Type.MouseMove, point_of(texts[0], "code"), LEFT)
    mouse(texts[2], QEvent.Type.MouseButtonRelease, point_of(texts[0], "code"), Qt.MouseButton.NoButton)
    assert view._selection.selected_text() == "code.\n\nx = 1\ny = 2\n\nAfter"


def test_a_drag_that_returns_selects_only_where_it_is(view, texts):
    mouse(texts[0], QEvent.Type.MouseButtonPress, point_of(texts[0], "Before"), LEFT)
    mouse(texts[0], QEvent.Type.MouseMove, point_of(texts[2], "After"), LEFT)
    mouse(texts[0], QEvent.Type.MouseMove, point_of(texts[0], "Before", end=True), LEFT)
    mouse(texts[0], QEvent.Type.MouseButtonRelease, point_of(texts[0], "Before", end=True), Qt.MouseButton.NoButton)
    assert view._selection.selected_text() == "Before"


def test_a_press_elsewhere_begins_anew(view, texts):
    drag(texts[0], "Before", texts[2], "After")
    mouse(texts[3], QEvent.Type.MouseButtonPress, point_of(texts[3], "Then"), LEFT)
    mouse(texts[3], QEvent.Type.MouseButtonRelease, point_of(texts[3], "Then"), Qt.MouseButton.NoButton)
    assert view._selection.selected_text() == ""


def test_copying_without_a_selection_leaves_the_clipboard_alone(view, texts):
    QGuiApplication.clipboard().setText("what was there")
    assert not view._selection.copy()
    assert QGuiApplication.clipboard().text() == "what was there"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>one</p><p>two</p>", "one\ntwo"),
        ("<p>one<br>two</p>", "one\ntwo"),
        ("<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>", "- a\n- b\n  - c"),
        ('<ol start="3"><li>a</li><li>b</li></ol>', "3. a\n4. b"),
        ("<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>", "a\tb\n1\t2"),
        ('<table class="quote" width="100%"><tr><td class="quote"><p>said</p><p>so</p></td></tr></table>', "said\nso"),
    ],
)
def test_plain_text_keeps_what_people_see(html, expected):
    document = QTextDocument()
    document.setHtml(html)
    assert whole_text(document) == expected


def test_a_part_of_an_item_is_copied_without_its_bullet():
    document = QTextDocument()
    document.setHtml("<ul><li>some words</li></ul>")
    assert plain_text(document.find("words")) == "words"


SOURCE = """# A **title**

First *paragraph* here.

- one
- two `code`

```python
x = 1
```

| a | b |
|---|---|
| 1 | 2 |

Last [words](https://e.test/)."""


@pytest.fixture
def source_texts(view, open_path):
    open_path([answer(SOURCE), question("Then *what*?")])
    return [*row(view, 0).texts(), *row(view, 1).texts()]


def test_whole_messages_are_copied_as_they_were_written(view, source_texts):
    view._selection.select_all()
    assert view._selection.copy()
    data = QGuiApplication.clipboard().mimeData()
    assert bytes(data.data("text/markdown").data()).decode() == SOURCE + "\n\nThen *what*?"
    assert data.text().startswith("A title\nFirst paragraph here.\n- one\n- two code\n\nx = 1\n\na\tb\n1\t2")


def test_of_a_block_that_is_cut_only_the_words_are_copied(view, source_texts):
    drag(source_texts[0], "paragraph", source_texts[3], "Last")
    assert view._selection.selected_markdown() == (
        "paragraph here.\n\n- one\n- two `code`\n\n```python\nx = 1\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nLast"
    )


def test_the_menu_of_a_selection_offers_markdown(view, source_texts, qtbot):
    source_texts[1].selectAll()
    where = source_texts[1].viewport().rect().center()
    event = QContextMenuEvent(
        QContextMenuEvent.Reason.Mouse,
        where,
        source_texts[1].viewport().mapToGlobal(where),
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(source_texts[1].viewport(), event)
    menu = view.findChild(QMenu)
    with qtbot.waitSignal(view.action_wanted) as said:
        next(action for action in menu.actions() if "Markdown" in action.text()).trigger()
    menu.close()
    assert said.args[0] == "copied"
    assert QGuiApplication.clipboard().text() == "```python\nx = 1\n```"
