"""What the composer says of itself: Send or Stop, the price, JSON mode, an edit, what stands in the way."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QKeySequence, QShortcut
from PySide6.QtWidgets import QLabel, QScrollArea

from support.pictures import halves, saved
from tally.core.catalog import ImageRule
from tally.core.messages import ImagePart
from tally.core.settings import SendKey, Theme
from tally.gui.composer.preview import ImagePreview
from tally.media.images import prepare_bytes


@pytest.fixture
def send(composer):
    return composer.findChild(object, "send")


class TestSendAndStop:
    def test_stop_stands_where_send_was(self, qtbot, composer, send):
        composer.set_text("next")
        place = send.geometry()
        composer.set_streaming(True)
        assert send.accessibleName() == "Stop"
        assert "Esc" in send.toolTip()
        assert send.geometry() == place
        with qtbot.waitSignal(composer.stop_wanted), qtbot.assertNotEmitted(composer.submitted):
            qtbot.mouseClick(send, Qt.MouseButton.LeftButton)
        composer.set_streaming(False)
        assert send.accessibleName() == "Send"
        with qtbot.waitSignal(composer.submitted):
            qtbot.mouseClick(send, Qt.MouseButton.LeftButton)

    def test_stop_works_with_an_empty_field(self, composer, send):
        composer.set_streaming(True)
        assert send.isEnabled()

    def test_enter_hands_the_next_message_over_while_an_answer_is_streamed(self, qtbot, composer):
        composer.set_streaming(True)
        qtbot.keyClicks(composer.field, "next")
        with qtbot.waitSignal(composer.submitted), qtbot.assertNotEmitted(composer.stop_wanted):
            qtbot.keyClick(composer.field, Qt.Key.Key_Return)

    def test_what_stands_in_the_way_is_said_on_the_button_and_on_enter(self, qtbot, composer, send):
        reason = "Enter a key first, or try the demo."
        composer.set_text("hello")
        composer.set_send_blocked(reason)
        assert not send.isEnabled()
        assert send.accessibleName() == reason
        hint = composer.findChild(object, "hint")
        assert not hint.isVisible()
        with qtbot.assertNotEmitted(composer.submitted):
            qtbot.keyClick(composer.field, Qt.Key.Key_Return)
        assert hint.isVisible()
        assert hint.text() == reason
        composer.set_send_blocked("")
        assert not hint.isVisible()
        with qtbot.waitSignal(composer.submitted):
            qtbot.keyClick(composer.field, Qt.Key.Key_Return)

    def test_the_tooltip_names_the_key(self, composer, send):
        native = QKeySequence.SequenceFormat.NativeText
        composer.set_text("x")
        assert QKeySequence("Return").toString(native) in send.toolTip()
        composer.set_send_key(SendKey.CTRL_ENTER)
        assert QKeySequence("Ctrl+Return").toString(native) in send.toolTip()

    @pytest.mark.parametrize("theme_name", [Theme.LIGHT, Theme.DARK])
    def test_the_button_is_filled_with_the_accent(self, composer, send, theme, theme_name):
        theme.set_theme(theme_name)
        composer.set_text("x")
        assert send.grab().toImage().pixelColor(send.width() // 2, 4) == theme.color("accent")


class TestPrice:
    def test_it_stands_beside_send(self, composer, send):
        composer.set_quote("≈ $0.0183", "About 1,200 tokens go out.")
        quote = composer.findChild(object, "quote")
        assert quote.text() == "≈ $0.0183"
        assert quote.accessibleName() == "This message costs ≈ $0.0183"
        assert "1,200" in quote.parentWidget().toolTip()
        assert quote.parentWidget().geometry().right() < send.geometry().left()

    @pytest.mark.parametrize("level", ["warning", "blocked"])
    def test_a_limit_is_shown_by_more_than_colour(self, composer, level):
        composer.set_quote("≈ $2.0000", "")
        marks = [label for label in composer.findChildren(QLabel) if label.isVisible() and not label.pixmap().isNull()]
        assert marks == []
        composer.set_quote("≈ $2.0000", "This passes the limit.", level)
        marks = [label for label in composer.findChildren(QLabel) if label.isVisible() and not label.pixmap().isNull()]
        assert len(marks) == 1
        composer.set_quote("≈ $0.0001", "")
        assert not marks[0].isVisible()


class TestJson:
    def test_it_is_switched_by_hand_and_told(self, qtbot, composer):
        button = composer.findChild(object, "json")
        with qtbot.waitSignal(composer.json_toggled) as told:
            qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        assert told.args == [True]

    def test_it_is_set_in_silence_and_seen_without_colour(self, qtbot, composer):
        button = composer.findChild(object, "json")
        narrow = button.sizeHint().width()
        with qtbot.assertNotEmitted(composer.json_toggled):
            composer.set_json(True)
        assert button.isChecked()
        assert button.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        assert button.sizeHint().width() > narrow
        assert button.accessibleName() == "The answer will be JSON"
        composer.set_json(False)
        assert button.sizeHint().width() == narrow


class TestEditing:
    @pytest.fixture
    def window_escape(self, composer):
        """Counts how often the window's own Esc was used."""
        used = []
        shortcut = QShortcut(QKeySequence(Qt.Key.Key_Escape), composer.window())
        shortcut.activated.connect(lambda: used.append(1))
        return used

    def test_the_bar_says_so_and_its_button_gives_it_up(self, qtbot, composer):
        bar = composer.findChild(object, "editing")
        composer.set_editing(True)
        composer.set_text("an old question")
        assert bar.isVisible()
        with qtbot.waitSignal(composer.editing_cancelled):
            qtbot.mouseClick(composer.findChild(object, "editing-action"), Qt.MouseButton.LeftButton)
        composer.set_editing(False)
        assert not bar.isVisible()

    def test_the_bar_stays_beside_everything_else_that_is_said(self, qtbot, composer, attach):
        composer.set_editing(True)
        attach("program")
        composer.clear()
        assert composer.findChild(object, "editing").isVisible()
        assert not composer.findChild(object, "refused").isVisible()

    def test_escape_gives_it_up_before_the_window_hears_of_it(self, qtbot, composer, window_escape):
        composer.set_editing(True)
        with qtbot.waitSignal(composer.editing_cancelled):
            qtbot.keyClick(composer.field, Qt.Key.Key_Escape)
        assert window_escape == []

    def test_else_escape_is_the_windows(self, qtbot, composer, window_escape):
        with qtbot.assertNotEmitted(composer.editing_cancelled):
            qtbot.keyClick(composer.field, Qt.Key.Key_Escape)
            composer.set_editing(True)
            composer.set_streaming(True)
            qtbot.keyClick(composer.field, Qt.Key.Key_Escape)
        assert window_escape == [1, 1]


class TestFocus:
    def test_the_card_shows_that_the_words_have_the_focus(self, qtbot, composer, theme):
        def edge():
            return composer.grab().toImage().pixelColor(composer.width() // 2, 0)

        assert edge() == theme.color("focus")
        composer.window().findChild(object, "other").setFocus()
        assert edge() == theme.color("line")


class TestPreview:
    def test_it_shows_the_picture_as_sent_pixel_by_pixel(self, qtbot, theme, composer):
        data = saved(halves(3000, 1500), "png")
        prepared = prepare_bytes(data, ImageRule(1568, 1600))
        part = ImagePart("d", "<b>wide</b>.png", "image/png", 3000, 1500, len(data))
        dialog = ImagePreview(theme, part, prepared, composer.window())
        qtbot.addWidget(dialog)
        dialog.open()
        shown = next(label for label in dialog.findChildren(QLabel) if not label.pixmap().isNull())
        assert shown.pixmap().toImage().size() == QImage.fromData(prepared.data).size()
        assert dialog.width() <= composer.window().width()
        area = dialog.findChild(QScrollArea)
        for key, bar in ((Qt.Key.Key_Right, area.horizontalScrollBar()), (Qt.Key.Key_Down, area.verticalScrollBar())):
            assert bar.value() == 0
            qtbot.keyClick(dialog, key)
            assert bar.value() > 0
        words = " ".join(label.text() for label in dialog.findChildren(QLabel))
        assert "Attached: 3000×1500" in words
        assert "Sent: 1568×784, PNG" in words
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
        assert not dialog.isVisible()

    def test_a_small_picture_needs_no_scrolling(self, qtbot, theme, composer):
        data = saved(halves(400, 300), "png")
        prepared = prepare_bytes(data, ImageRule(1568, 1600))
        part = ImagePart("d", "small.png", "image/png", 400, 300, len(data))
        dialog = ImagePreview(theme, part, prepared, composer.window())
        qtbot.addWidget(dialog)
        dialog.open()
        area = dialog.findChild(QScrollArea)
        assert area.horizontalScrollBar().maximum() == 0
        assert area.verticalScrollBar().maximum() == 0
