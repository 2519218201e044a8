"""Writing: what sends, what breaks the line, how the field grows, what Undo brings back."""

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage, QInputMethodEvent
from PySide6.QtWidgets import QApplication

from support.pictures import halves
from tally.core.ports import Draft
from tally.core.settings import SendKey
from tally.gui.composer.text_field import HUGE_PASTE, LONG_PASTE

ENTER, SHIFT, CONTROL, PLAIN = (
    Qt.Key.Key_Return,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.NoModifier,
)


@pytest.fixture
def sent(composer):
    texts = []
    composer.submitted.connect(lambda: texts.append(composer.text()))
    return texts


def compose(field, preedit, commit=""):
    """What an input method sends while a candidate is chosen."""
    event = QInputMethodEvent(preedit, [])
    event.setCommitString(commit)
    QApplication.sendEvent(field, event)


def paste(qtbot, composer, mime):
    QGuiApplication.clipboard().setMimeData(mime)
    qtbot.keyClick(composer.field, Qt.Key.Key_V, CONTROL)


def words(text):
    mime = QMimeData()
    mime.setText(text)
    return mime


class TestSending:
    @pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter])
    def test_enter_sends(self, qtbot, composer, sent, key):
        qtbot.keyClicks(composer.field, "hello")
        qtbot.keyClick(composer.field, key)
        assert sent == ["hello"]

    def test_shift_enter_breaks_the_line(self, qtbot, composer, sent):
        qtbot.keyClicks(composer.field, "one")
        qtbot.keyClick(composer.field, ENTER, SHIFT)
        qtbot.keyClicks(composer.field, "two")
        assert composer.text() == "one\ntwo"
        assert sent == []

    @pytest.mark.parametrize(
        ("mode", "modifier", "more"),
        [
            (SendKey.ENTER, PLAIN, ""),
            (SendKey.ENTER, CONTROL, ""),
            (SendKey.CTRL_ENTER, PLAIN, "\n"),
            (SendKey.CTRL_ENTER, CONTROL, ""),
            (SendKey.CTRL_ENTER, SHIFT, "\n"),
        ],
    )
    def test_the_key_that_sends_can_be_chosen(self, qtbot, composer, mode, modifier, more):
        composer.set_send_key(mode)
        qtbot.keyClicks(composer.field, "x")
        sent = []
        composer.submitted.connect(lambda: sent.append(composer.text()))
        qtbot.keyClick(composer.field, ENTER, modifier)
        assert sent == ([] if more else ["x"])
        assert composer.text() == f"x{more}"

    @pytest.mark.parametrize("mode", SendKey)
    @pytest.mark.parametrize("modifier", [PLAIN, CONTROL, SHIFT])
    def test_enter_while_an_input_method_composes_does_nothing(self, qtbot, composer, sent, mode, modifier):
        composer.set_send_key(mode)
        qtbot.keyClicks(composer.field, "a")
        compose(composer.field, "りょうきん")
        qtbot.keyClick(composer.field, ENTER, modifier)
        assert sent == []
        compose(composer.field, "", "料金")
        assert composer.text() == "a料金"
        composer.set_send_key(SendKey.ENTER)
        qtbot.keyClick(composer.field, ENTER)
        assert sent == ["a料金"]

    def test_a_composition_given_up_leaves_enter_free(self, qtbot, composer, sent):
        qtbot.keyClicks(composer.field, "a")
        compose(composer.field, "りょ")
        compose(composer.field, "")
        qtbot.keyClick(composer.field, ENTER)
        assert sent == ["a"]

    @pytest.mark.parametrize("text", ["", "   ", "\n\n"])
    def test_an_empty_message_is_not_sent(self, qtbot, composer, sent, text):
        composer.set_text(text)
        qtbot.keyClick(composer.field, ENTER)
        assert sent == []
        assert not composer.findChild(object, "send").isEnabled()

    def test_up_in_the_empty_field_wants_the_last_question(self, qtbot, composer):
        with qtbot.waitSignal(composer.edit_last_wanted):
            qtbot.keyClick(composer.field, Qt.Key.Key_Up)
        qtbot.keyClicks(composer.field, "x")
        with qtbot.assertNotEmitted(composer.edit_last_wanted):
            qtbot.keyClick(composer.field, Qt.Key.Key_Up)

    def test_up_belongs_to_the_input_method_while_it_composes(self, qtbot, composer):
        compose(composer.field, "りょ")
        with qtbot.assertNotEmitted(composer.edit_last_wanted):
            qtbot.keyClick(composer.field, Qt.Key.Key_Up)
        compose(composer.field, "")


class TestHeight:
    LINE = "This paragraph is written to be longer than the field is wide, so that it must wrap. "

    def test_one_line_is_one_line_high(self, composer):
        field = composer.field
        composer.set_text("x")
        assert field.height() < 2 * field.fontMetrics().lineSpacing() + 2 * field.document().documentMargin()

    def test_a_wrapped_paragraph_grows_the_field_until_all_of_it_is_seen(self, qtbot, composer):
        field = composer.field
        composer.set_text(self.LINE * 5)
        line = field.fontMetrics().lineSpacing()
        qtbot.waitUntil(lambda: field.height() >= 4 * line)
        assert field.verticalScrollBar().maximum() == 0
        assert field.cursorRect().bottom() <= field.viewport().height()

    def test_typing_past_the_edge_grows_it_and_deleting_shrinks_it(self, qtbot, composer):
        field = composer.field
        low = field.height()
        qtbot.keyClicks(field, self.LINE * 2)
        assert field.height() > low
        assert field.firstVisibleBlock().blockNumber() == 0
        assert field.verticalScrollBar().value() == 0
        field.selectAll()
        qtbot.keyClick(field, Qt.Key.Key_Delete)
        assert field.height() == low

    def test_a_narrower_window_makes_it_higher(self, qtbot, composer):
        composer.set_text(self.LINE * 3)
        wide = composer.field.height()
        composer.window().resize(480, 600)
        qtbot.waitUntil(lambda: composer.field.height() > wide)

    def test_it_stops_at_two_fifths_of_the_window_and_scrolls(self, qtbot, composer):
        composer.set_text("line\n" * 200)
        assert composer.field.height() == round(composer.window().height() * 0.4)
        assert composer.field.verticalScrollBar().maximum() > 0
        assert composer.field.verticalScrollBar().isVisible()
        composer.window().resize(760, 900)
        qtbot.waitUntil(lambda: composer.field.height() == 360)

    def test_it_follows_the_window_it_stands_in_and_no_other(self, qtbot, theme, composer):
        from PySide6.QtWidgets import QVBoxLayout, QWidget

        first = composer.window()
        second = QWidget()
        qtbot.addWidget(second)
        second.resize(600, 500)
        QVBoxLayout(second).addWidget(composer)
        second.show()
        composer.set_text("line\n" * 200)
        qtbot.waitUntil(lambda: composer.field.height() == 200)
        first.resize(760, 1000)
        qtbot.wait(0)
        assert composer.field.height() == 200

    def test_zoom_makes_room_for_larger_letters(self, theme, composer):
        before = composer.field.height()
        theme.set_zoom(200)
        assert composer.field.height() > 1.5 * before
        theme.set_zoom(100)


class TestUndo:
    def test_undo_brings_back_what_was_sent(self, qtbot, composer):
        qtbot.keyClicks(composer.field, "a question")
        composer.clear()
        assert composer.text() == ""
        qtbot.keyClick(composer.field, Qt.Key.Key_Z, CONTROL)
        assert composer.text() == "a question"

    def test_undo_does_not_reach_into_another_draft(self, qtbot, composer):
        qtbot.keyClicks(composer.field, "of another conversation")
        composer.clear()
        composer.set_draft(Draft(""))
        qtbot.keyClick(composer.field, Qt.Key.Key_Z, CONTROL)
        assert composer.text() == ""

    def test_a_line_break_can_be_undone(self, qtbot, composer):
        qtbot.keyClicks(composer.field, "one")
        qtbot.keyClick(composer.field, ENTER, SHIFT)
        qtbot.keyClick(composer.field, Qt.Key.Key_Z, CONTROL)
        assert composer.text() == "one"


class TestPaste:
    def test_text_is_pasted_as_text(self, qtbot, composer):
        mime = words("<b>not bold</b>")
        mime.setHtml("<b>not bold</b>")
        paste(qtbot, composer, mime)
        assert composer.text() == "<b>not bold</b>"

    def test_files_are_attached(self, qtbot, composer, files):
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(files["code"]), QUrl.fromLocalFile(files["screenshot"])])
        paste(qtbot, composer, mime)
        qtbot.waitUntil(lambda: not composer.is_pending())
        assert [part.name for part in composer.parts()] == ["code.py", "screenshot.png"]
        assert composer.text() == ""

    def test_a_picture_is_attached(self, qtbot, composer, store):
        mime = QMimeData()
        mime.setImageData(halves(300, 200))
        paste(qtbot, composer, mime)
        qtbot.waitUntil(lambda: not composer.is_pending())
        part = composer.parts()[0]
        assert (part.width, part.height, part.media_type) == (300, 200, "image/png")
        assert QImage.fromData(store.kept[0][0]).size() == halves(300, 200).size()

    def test_a_picture_from_a_page_is_attached_although_its_address_comes_along(self, qtbot, composer):
        mime = words("https://example.org/cat.png")
        mime.setUrls([QUrl("https://example.org/cat.png")])
        mime.setImageData(halves(30, 20))
        paste(qtbot, composer, mime)
        qtbot.waitUntil(lambda: len(composer.parts()) == 1)
        assert composer.text() == ""

    def test_words_from_an_office_stay_words_although_a_picture_of_them_comes_along(self, qtbot, composer):
        mime = words("A1\tB1")
        mime.setImageData(halves(30, 20))
        paste(qtbot, composer, mime)
        assert composer.text() == "A1\tB1"
        assert not composer.is_pending()

    def test_a_link_is_pasted_as_its_address(self, qtbot, composer):
        mime = words("https://example.org/")
        mime.setUrls([QUrl("https://example.org/")])
        paste(qtbot, composer, mime)
        assert composer.text() == "https://example.org/"

    def test_a_long_text_may_become_a_file(self, qtbot, composer):
        long = "row\r\n" * (LONG_PASTE // 4)
        qtbot.keyClicks(composer.field, "before ")
        paste(qtbot, composer, words(long))
        offer = composer.findChild(object, "paste-offer")
        assert offer.isVisible()
        composer.field.moveCursor(composer.field.textCursor().MoveOperation.Start)
        qtbot.keyClicks(composer.field, "Look: ")
        qtbot.mouseClick(composer.findChild(object, "paste-offer-action"), Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: len(composer.parts()) == 1)
        assert composer.parts()[0].text == long.replace("\r\n", "\n")
        assert composer.text() == "Look: before "
        assert not offer.isVisible()
        assert composer.field.hasFocus()

    def test_a_long_text_may_stay(self, qtbot, composer):
        long = "x" * (LONG_PASTE + 1)
        paste(qtbot, composer, words(long))
        note = composer.findChild(object, "paste-offer")
        qtbot.mouseClick(note.last_button, Qt.MouseButton.LeftButton)
        assert not note.isVisible()
        assert composer.text() == long

    def test_a_text_is_not_long_before_it_is(self, qtbot, composer):
        paste(qtbot, composer, words("x" * LONG_PASTE))
        assert not composer.findChild(object, "paste-offer").isVisible()

    def test_the_offer_goes_with_the_message(self, qtbot, composer):
        paste(qtbot, composer, words("x" * (LONG_PASTE + 1)))
        composer.clear()
        assert not composer.findChild(object, "paste-offer").isVisible()

    def test_a_text_that_would_freeze_the_field_is_attached_at_once(self, qtbot, composer):
        paste(qtbot, composer, words("y" * (HUGE_PASTE + 1)))
        qtbot.waitUntil(lambda: len(composer.parts()) == 1)
        assert composer.text() == ""
        assert "attached as a file" in composer.findChild(object, "hint").text()


class TestDrops:
    def drop(self, field, mime):
        """Drags something onto the field and lets it go there; whether the field wanted it."""
        viewport, actions = field.viewport(), Qt.DropAction.CopyAction
        buttons, place = Qt.MouseButton.LeftButton, QPoint(5, 5)
        enter = QDragEnterEvent(place, actions, mime, buttons, PLAIN)
        QApplication.sendEvent(viewport, enter)
        if not enter.isAccepted():
            return False
        QApplication.sendEvent(viewport, QDropEvent(QPointF(place), actions, mime, buttons, PLAIN))
        return True

    def test_the_field_leaves_files_and_pictures_to_the_window(self, composer, files):
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(files["code"])])
        mime.setText(files["code"])
        assert not self.drop(composer.field, mime)
        picture = QMimeData()
        picture.setImageData(halves(30, 20))
        assert not self.drop(composer.field, picture)
        assert composer.text() == ""

    def test_the_field_takes_words(self, composer):
        assert self.drop(composer.field, words("dragged"))
        assert composer.text() == "dragged"
