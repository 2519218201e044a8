"""Attaching: in order, with what will really be sent, refused with a reason, reachable without a mouse."""

from dataclasses import replace
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import Qt, QThread
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog, QLineEdit

from support.pictures import halves
from tally.core.catalog import ImageRule
from tally.core.failures import Failure, FailureKind
from tally.core.messages import FilePart, ImagePart
from tally.core.money import Price
from tally.core.ports import Draft
from tally.gui.composer.tiles import Tile, what_is_sent
from tally.media.files import read_attachment

IMAGE = ImagePart("d" * 64, "lake.jpg", "image/jpeg", 4032, 3024, 3_600_000)


@pytest.fixture
def model(composer):
    return composer.findChild(object, "attachments")._model


def tiles(composer):
    return [tile for tile in composer.findChildren(Tile) if not tile.isHidden()]


def names(composer):
    return [part.name for part in composer.parts()]


class TestWhatIsSent:
    def test_a_large_picture_shows_both_sizes_its_tokens_and_its_price(self, model):
        assert what_is_sent(IMAGE, model) == ("4032×3024 → 1568×1176", "≈ 1,600 tokens · $0.004800")

    def test_a_small_one_shows_its_size_once(self, model):
        assert what_is_sent(replace(IMAGE, width=640, height=400), model)[0] == "640×400"

    def test_an_unknown_price_is_not_zero(self, model):
        assert what_is_sent(IMAGE, replace(model, price=None))[1] == "≈ 1,600 tokens · —"

    def test_a_picture_is_not_sent_to_a_model_that_takes_none(self, composer, attach, model):
        assert what_is_sent(IMAGE, replace(model, vision=False))[1] == "Not sent to this model"
        attach("photo")
        composer.set_model(replace(model, vision=False, name="Haiku"))
        assert "Haiku takes no pictures." in tiles(composer)[0].accessibleName()
        assert "Haiku takes no pictures." in tiles(composer)[0].toolTip()
        composer.set_model(model)
        assert "takes no pictures" not in tiles(composer)[0].accessibleName()

    def test_many_pictures_are_sent_smaller(self, model):
        fine = replace(model, images=ImageRule(2576, 4784))
        assert what_is_sent(IMAGE, fine)[0] == "4032×3024 → 2576×1932"
        assert what_is_sent(IMAGE, fine, many=True)[0] == "4032×3024 → 2000×1500"

    def test_a_text_shows_its_length(self, model):
        first, second = what_is_sent(FilePart("a.py", "x = 1\n" * 100, 600), model)
        assert first == "Text, 600 bytes"
        assert second.startswith("≈ ")
        assert " tokens · $0.00" in second


class TestAttaching:
    def test_the_order_is_the_one_given(self, qtbot, composer, attach):
        attach("photo", "code", "screenshot")
        assert names(composer) == ["photo.jpg", "code.py", "screenshot.png"]
        assert composer.draft().parts == composer.parts()

    def test_nothing_is_sent_before_all_of_it_is_read(self, qtbot, composer, files):
        composer.add_files([files["photo"]])
        assert composer.is_pending()
        assert composer.parts() == ()
        assert "Reading" in tiles(composer)[0].accessibleName()
        qtbot.keyClicks(composer.field, "What is it?")
        with qtbot.assertNotEmitted(composer.submitted):
            qtbot.keyClick(composer.field, Qt.Key.Key_Return)
        hint = composer.findChild(object, "hint")
        assert hint.text() == "The attachments are still being read."
        qtbot.waitUntil(lambda: not composer.is_pending())
        assert hint.text() == ""
        with qtbot.waitSignal(composer.submitted):
            qtbot.keyClick(composer.field, Qt.Key.Key_Return)

    def test_a_picture_alone_is_a_message(self, qtbot, composer, attach):
        attach("screenshot")
        with qtbot.waitSignal(composer.submitted):
            qtbot.keyClick(composer.field, Qt.Key.Key_Return)

    def test_pictures_are_kept_and_texts_are_not(self, qtbot, composer, store, attach, files):
        attach("screenshot", "code")
        assert [kind for _, kind in store.kept] == ["image/png"]

    def test_changes_are_told(self, qtbot, composer, files):
        with qtbot.waitSignal(composer.changed):
            composer.add_files([files["code"]])
        with qtbot.waitSignal(composer.changed):
            qtbot.waitUntil(lambda: not composer.is_pending())

    def test_another_model_changes_what_is_said(self, composer, attach, model):
        attach("photo")
        assert "2000×1500 → 1568×1176" in tiles(composer)[0].accessibleName()
        dear = replace(model, images=ImageRule(2576, 4784), price=Price.per_million("5", "25"))
        composer.set_model(dear)
        assert "photo.jpg, 2000×1500 · ≈ 4,000 tokens · $0.0200" in tiles(composer)[0].accessibleName()

    def test_more_than_twenty_pictures_change_what_is_said_of_each(self, composer, model):
        composer.set_model(replace(model, images=ImageRule(2576, 4784)))
        parts = tuple(replace(IMAGE, digest=f"{n:064}") for n in range(21))
        composer.set_draft(Draft("", parts))
        assert all("→ 2000×1500" in tile.accessibleName() for tile in tiles(composer))
        tiles(composer)[0].removed.emit()
        assert all("→ 2576×1932" in tile.accessibleName() for tile in tiles(composer))

    def test_a_draft_comes_back_and_asks_for_its_thumbnails(self, qtbot, composer):
        text = FilePart("a.py", "x = 1", 5)
        with qtbot.waitSignal(composer.thumbnails_wanted) as wanted:
            composer.set_draft(Draft("words", (IMAGE, text)))
        assert wanted.args == [[IMAGE.digest]]
        assert composer.draft() == Draft("words", (IMAGE, text))
        before = tiles(composer)[0].grab().toImage()
        composer.set_thumbnail(IMAGE.digest, halves(100, 100))
        assert tiles(composer)[0].grab().toImage() != before
        composer.set_thumbnail(IMAGE.digest, QImage())
        composer.set_draft(Draft())
        assert composer.draft() == Draft()
        assert not composer.findChild(object, "attachments").isVisible()

    def test_files_are_picked_in_a_dialog(self, qtbot, composer, files):
        qtbot.mouseClick(composer.findChild(object, "attach"), Qt.MouseButton.LeftButton)
        dialog = composer.window().findChild(QFileDialog)
        dialog.setDirectory(str(Path(files["code"]).parent))
        names_typed = dialog.findChild(QLineEdit, "fileNameEdit")
        names_typed.setText('"code.py" "screenshot.png"')
        qtbot.keyClick(names_typed, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: len(composer.parts()) == 2)
        assert sorted(names(composer)) == ["code.py", "screenshot.png"]
        qtbot.waitUntil(lambda: composer.window().findChild(QFileDialog) is None)

    def test_reading_and_decoding_happen_beside_the_windows_thread(self, qtbot, composer, files, monkeypatch):
        threads = []

        def read(path, edge_px):
            threads.append(QThread.currentThread())
            return read_attachment(path, edge_px)

        monkeypatch.setattr("tally.gui.composer.intake.read_attachment", read)
        composer.add_files([files["photo"]])
        qtbot.waitUntil(lambda: len(composer.parts()) == 1)
        assert threads
        assert QThread.currentThread() not in threads

    def test_it_may_end_while_files_are_read(self, qtbot, composer, files):
        composer.add_files([files["photo"]] * 6)
        window = composer.window()
        window.close()
        shiboken6.delete(composer)
        assert not shiboken6.isValid(composer)


class TestRefusals:
    def test_each_says_why_and_the_others_stay(self, qtbot, composer, attach):
        attach("program", "screenshot", "paper")
        assert names(composer) == ["screenshot.png"]
        said = composer.findChild(object, "refused").text().split("\n")
        assert sorted(said) == [
            "“paper.pdf” is a PDF file. Tally sends pictures and text files only.",
            "“program.bin” is neither a picture nor a text file.",
        ]

    def test_a_crowd_is_summed_up(self, composer, attach):
        attach(*["program"] * 6)
        said = composer.findChild(object, "refused").text().split("\n")
        assert len(said) == 4
        assert said[3].startswith("3 more")

    def test_they_can_be_dismissed_and_do_not_come_back(self, qtbot, composer, attach):
        attach("program")
        note = composer.findChild(object, "refused")
        qtbot.mouseClick(note.last_button, Qt.MouseButton.LeftButton)
        assert note.text() == ""
        assert composer.field.hasFocus()
        attach("paper")
        assert note.text().startswith("“paper.pdf”")
        assert "\n" not in note.text()

    def test_a_full_disk_is_a_refusal_too(self, qtbot, composer, store, attach):
        store.trouble = Failure(FailureKind.STORAGE, "The disk is full.")
        attach("screenshot")
        assert composer.parts() == ()
        assert composer.findChild(object, "refused").text() == "The disk is full."

    def test_names_from_outside_are_not_markup(self, qtbot, composer, tmp_path):
        path = tmp_path / "<b>bold<img src=x>.txt"
        path.write_bytes(b"\x7fELF\0")
        composer.add_files([str(path)])
        qtbot.waitUntil(lambda: bool(composer.findChild(object, "refused").text()))
        assert "<b>bold<img src=x>.txt" in composer.findChild(object, "refused").text()


class TestTiles:
    def test_a_click_opens_a_picture(self, qtbot, composer, attach):
        attach("screenshot")
        with qtbot.waitSignal(composer.image_opened) as opened:
            qtbot.mouseClick(tiles(composer)[0], Qt.MouseButton.LeftButton)
        assert opened.args[0].name == "screenshot.png"

    @pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Space])
    def test_so_do_the_keys_of_a_button(self, qtbot, composer, attach, key):
        attach("screenshot")
        tiles(composer)[0].setFocus(Qt.FocusReason.TabFocusReason)
        with qtbot.waitSignal(composer.image_opened):
            qtbot.keyClick(tiles(composer)[0], key)

    def test_removing_one_leaves_the_others_and_returns_to_the_words(self, qtbot, composer, attach):
        attach("photo", "code", "screenshot")
        qtbot.mouseClick(tiles(composer)[1].remove_button, Qt.MouseButton.LeftButton)
        assert names(composer) == ["photo.jpg", "screenshot.png"]
        assert composer.field.hasFocus()
        tiles(composer)[0].setFocus(Qt.FocusReason.TabFocusReason)
        qtbot.keyClick(tiles(composer)[0], Qt.Key.Key_Delete)
        assert names(composer) == ["screenshot.png"]

    def test_removing_one_that_is_being_read_is_final(self, qtbot, composer, files):
        composer.add_files([files["photo"], files["code"]])
        qtbot.mouseClick(tiles(composer)[0].remove_button, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: not composer.is_pending())
        qtbot.wait(50)
        assert names(composer) == ["code.py"]

    def test_all_are_seen_side_by_side_or_in_rows(self, qtbot, composer, attach):
        attach("photo", "code", "screenshot")
        strip = composer.findChild(object, "attachments")
        assert len({tile.y() for tile in tiles(composer)}) == 1
        composer.window().resize(480, 600)
        qtbot.waitUntil(lambda: len({tile.y() for tile in tiles(composer)}) == 3)
        sight = strip.viewport()
        qtbot.waitUntil(lambda: all(sight.rect().contains(tile.geometry()) for tile in tiles(composer)))
        assert strip.verticalScrollBar().maximum() == 0

    def test_many_scroll_and_the_newest_is_in_sight(self, composer, attach):
        attach(*["code"] * 12)
        strip = composer.findChild(object, "attachments")
        assert strip.height() == round(composer.window().height() * 0.3)
        assert strip.verticalScrollBar().value() == strip.verticalScrollBar().maximum() > 0

    def test_large_letters_in_a_small_window_leave_room_for_the_words(self, qtbot, composer, attach, theme):
        attach("photo", "code", "screenshot")
        composer.window().resize(480, 480)
        theme.set_zoom(200)
        strip = composer.findChild(object, "attachments")
        qtbot.waitUntil(lambda: strip.height() == max(144, tiles(composer)[0].height()))
        qtbot.waitUntil(lambda: strip.geometry().bottom() < composer.field.geometry().top())
        assert composer.field.geometry().bottom() < composer.findChild(object, "send").geometry().top()

    def test_the_tab_key_walks_from_the_tiles_to_the_words_and_the_tools(self, qtbot, composer, attach):
        attach("photo", "code", "screenshot")
        photo, code, screenshot = tiles(composer)
        composer.window().findChild(object, "other").setFocus()
        walked = []
        for _ in range(10):
            qtbot.keyClick(composer.window().focusWidget(), Qt.Key.Key_Tab)
            walked.append(composer.window().focusWidget())
        assert walked[:7] == [
            photo,
            photo.remove_button,
            code,
            code.remove_button,
            screenshot,
            screenshot.remove_button,
            composer.field,
        ]
        assert [widget.objectName() for widget in walked[7:]] == ["attach", "json", "send"]

    def test_focus_is_seen_on_a_tile(self, qtbot, composer, attach, theme):
        attach("screenshot")
        tile = tiles(composer)[0]
        tile.setFocus(Qt.FocusReason.TabFocusReason)
        assert tile.grab().toImage().pixelColor(tile.width() // 2, 1) == theme.color("focus")
