"""The panel shows what will be sent, changes it, and refuses what cannot be sent."""

import json

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSlider,
    QSpinBox,
)

from tally.core.conversation import ConversationOptions
from tally.core.params import GenerationParams
from tally.core.settings import Preset
from tally.gui.panels.param_editors import ParamEditor
from tally.gui.panels.param_panel import ParamPanel
from tally.gui.panels.stop_editor import shown_stop, typed_stop
from tally.gui.widgets import IconButton, PlainLabel

SONNET = "anthropic/claude-sonnet-4-6"
OPUS = "anthropic/claude-opus-4-7"
HAIKU = "anthropic/claude-haiku-4-5"


@pytest.fixture
def panel(theme, catalog, qtbot):
    widget = ParamPanel(theme)
    widget.resize(300, 900)
    qtbot.addWidget(widget)
    widget.set_options(ConversationOptions(SONNET), catalog.find(SONNET))
    widget.show()
    qtbot.waitExposed(widget)
    return widget


@pytest.fixture
def changes(panel):
    seen = []
    panel.changed.connect(seen.append)
    return seen


def show(panel, catalog, model=SONNET, **params):
    panel.set_options(ConversationOptions(model, GenerationParams(**params)), catalog.find(model))


def sent(panel):
    return json.loads(panel.sent_text())


def switch(panel, name):
    return panel.findChild(QCheckBox, f"param-{name}-switch")


def click(qtbot, box):
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=box.rect().center() / 4 + box.rect().topLeft())


def note(panel, name):
    return panel.findChild(ParamEditor, f"param-{name}").note()


class TestSentAs:
    def test_defaults_send_only_what_is_always_sent(self, panel):
        assert sent(panel) == {
            "model": SONNET,
            "max_tokens": 1024,
            "stream": True,
            "stream_options": {"include_usage": True},
        }

    def test_shows_every_parameter_that_is_on(self, panel, catalog):
        show(panel, catalog, temperature=0.3, stop=("END",), json_mode=True, user="u-1", stream=False, max_tokens=5)
        assert sent(panel) == {
            "model": SONNET,
            "max_tokens": 5,
            "stream": False,
            "temperature": 0.3,
            "stop": ["END"],
            "response_format": {"type": "json_object"},
            "user": "u-1",
        }

    def test_leaves_out_what_the_model_does_not_accept(self, panel, catalog):
        show(panel, catalog, OPUS, temperature=0.3)
        assert "temperature" not in sent(panel)

    def test_names_the_id_that_the_settings_add(self, panel):
        panel.set_default_user("install-1")
        assert sent(panel)["user"] == "install-1"
        assert "settings" in note(panel, "user")

    def test_a_personal_id_is_not_sent_and_says_so(self, panel, catalog):
        show(panel, catalog, user="ada@example.com")
        assert "user" not in sent(panel)
        assert "not sent" in note(panel, "user")

    def test_can_be_selected_but_not_changed(self, panel):
        field = panel.findChild(QPlainTextEdit, "sent-as")
        assert field.isReadOnly()
        assert field.textInteractionFlags() & Qt.TextInteractionFlag.TextSelectableByKeyboard


class TestShowing:
    def test_setting_options_emits_nothing(self, panel, catalog, changes):
        show(panel, catalog, temperature=0.5, max_tokens=77, stop=("a",), user="u", system="s", json_mode=True)
        assert changes == []

    def test_the_echo_of_a_change_keeps_the_cursor(self, panel, catalog, qtbot, changes):
        field = panel.findChild(QPlainTextEdit, "param-system-value")
        panel.changed.connect(lambda options: panel.set_options(options, catalog.find(SONNET)))
        qtbot.keyClicks(field, "abd")
        qtbot.keyClick(field, Qt.Key.Key_Left)
        qtbot.keyClicks(field, "c")
        assert field.toPlainText() == "abcd"
        assert changes[-1].params.system == "abcd"
        assert field.textCursor().position() == 3

    def test_the_system_prompt_grows_with_its_lines(self, panel, qtbot):
        field = panel.findChild(QPlainTextEdit, "param-system-value")
        before = field.height()
        for _ in range(6):
            qtbot.keyClick(field, Qt.Key.Key_Return)
        assert field.height() > before

    def test_the_focus_goes_to_the_first_field_and_not_to_the_frame(self, panel):
        panel.setFocus()
        assert panel.findChild(QPlainTextEdit, "param-system-value").hasFocus()

    def test_the_system_prompt_grows_with_the_zoom(self, panel, theme):
        field = panel.findChild(QPlainTextEdit, "param-system-value")
        before = field.height()
        theme.set_zoom(200)
        assert field.height() > before * 1.5


class TestSampling:
    def test_switching_one_on_switches_the_other_off(self, panel, changes, qtbot):
        click(qtbot, switch(panel, "temperature"))
        assert changes[-1].params.temperature == 1.0
        click(qtbot, switch(panel, "top_p"))
        assert changes[-1].params.top_p == 0.9
        assert changes[-1].params.temperature is None
        assert not switch(panel, "temperature").isChecked()

    def test_a_value_is_remembered_while_it_is_off(self, panel, catalog, changes, qtbot):
        show(panel, catalog, temperature=0.25)
        click(qtbot, switch(panel, "temperature"))
        assert changes[-1].params.temperature is None
        click(qtbot, switch(panel, "temperature"))
        assert changes[-1].params.temperature == 0.25

    def test_field_and_slider_say_the_same(self, panel, catalog, changes, qtbot):
        show(panel, catalog, temperature=0.5)
        slider = panel.findChild(QSlider, "param-temperature-slider")
        qtbot.keyClick(slider, Qt.Key.Key_Right)
        field = panel.findChild(QDoubleSpinBox, "param-temperature-value")
        assert field.value() == pytest.approx(0.51)
        assert changes[-1].params.temperature == 0.51

    def test_no_value_beyond_the_range_can_be_entered(self, panel, catalog, changes, qtbot):
        show(panel, catalog, temperature=0.5)
        field = panel.findChild(QDoubleSpinBox, "param-temperature-value")
        field.selectAll()
        qtbot.keyClicks(field, "7.5")
        qtbot.keyClick(field, Qt.Key.Key_Return)
        assert all(0 <= options.params.temperature <= 1 for options in changes)
        assert 0 <= field.value() <= 1

    def test_a_model_without_sampling_says_why_in_visible_words(self, panel, catalog):
        show(panel, catalog, OPUS, temperature=0.3)
        for name in ("temperature", "top_p"):
            assert not switch(panel, name).isEnabled()
            assert not switch(panel, name).isChecked()
            words = panel.findChild(PlainLabel, f"param-{name}-note")
            assert words.isVisible()
            assert "Opus 4.7 does not accept this" in words.text()

    def test_the_value_comes_back_with_a_model_that_accepts_it(self, panel, catalog):
        show(panel, catalog, OPUS, temperature=0.3)
        show(panel, catalog, SONNET, temperature=0.3)
        assert switch(panel, "temperature").isChecked()
        assert sent(panel)["temperature"] == 0.3


class TestLimit:
    def test_typing_changes_max_tokens(self, panel, changes, qtbot):
        field = panel.findChild(QSpinBox, "param-max_tokens-value")
        field.selectAll()
        qtbot.keyClicks(field, "2048")
        assert changes[-1].params.max_tokens == 2048

    def test_the_models_limit_is_the_most(self, panel, catalog):
        show(panel, catalog, HAIKU)
        assert panel.findChild(QSpinBox, "param-max_tokens-value").maximum() == 64_000

    def test_a_value_above_the_limit_is_lowered_and_explained_but_kept(self, panel, catalog, changes):
        show(panel, catalog, HAIKU, max_tokens=100_000)
        assert panel.findChild(QSpinBox, "param-max_tokens-value").value() == 64_000
        assert sent(panel)["max_tokens"] == 64_000
        assert "64,000" in note(panel, "max_tokens")
        assert changes == []
        show(panel, catalog, SONNET, max_tokens=100_000)
        assert sent(panel)["max_tokens"] == 100_000

    def test_the_wheel_scrolls_the_panel_and_not_the_value(self, panel, changes, qtbot):
        field = panel.findChild(QSpinBox, "param-max_tokens-value")
        place = QPointF(field.rect().center())
        event = QWheelEvent(
            place,
            QPointF(field.mapToGlobal(field.rect().center())),
            QPoint(0, 0),
            QPoint(0, 120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(field, event)
        assert field.value() == 1024
        assert changes == []


class TestStops:
    def field(self, panel):
        return panel.findChild(QLineEdit, "param-stop-value")

    def enter(self, panel, qtbot, text):
        self.field(panel).clear()
        qtbot.keyClicks(self.field(panel), text)
        qtbot.keyClick(self.field(panel), Qt.Key.Key_Return)

    def test_enter_adds_one_and_a_line_break_can_be_typed(self, panel, changes, qtbot):
        self.enter(panel, qtbot, "END")
        self.enter(panel, qtbot, "\\nUser:")
        assert changes[-1].params.stop == ("END", "\nUser:")

    def test_more_than_four_are_impossible(self, panel, changes, qtbot):
        for text in "abcd":
            self.enter(panel, qtbot, text)
        assert changes[-1].params.stop == ("a", "b", "c", "d")
        assert not self.field(panel).isEnabled()
        assert "4" in self.field(panel).placeholderText()

    def test_a_useless_one_is_refused_with_a_reason(self, panel, catalog, changes, qtbot):
        show(panel, catalog, stop=("END",))
        for text, reason in (("  ", "visible character"), ("END", "there already")):
            self.enter(panel, qtbot, text)
            assert reason in note(panel, "stop")
        assert changes == []

    def test_each_can_be_removed(self, panel, catalog, changes, qtbot):
        show(panel, catalog, stop=("a", "b"))
        first = next(b for b in panel.findChildren(IconButton, "stop-remove") if "“a”" in b.accessibleName())
        qtbot.mouseClick(first, Qt.MouseButton.LeftButton)
        assert changes[-1].params.stop == ("b",)

    @pytest.mark.parametrize("text", ["a\nb", "\\n", "\t", "a\\", "\\\\n"])
    def test_what_is_shown_can_be_typed_again(self, text):
        assert typed_stop(shown_stop(text)) == text


class TestSwitches:
    @pytest.mark.parametrize("name", ["json_mode", "stream"])
    def test_a_click_turns_it_over(self, name, panel, changes, qtbot):
        before = getattr(GenerationParams(), name)
        click(qtbot, switch(panel, name))
        assert getattr(changes[-1].params, name) is not before

    def test_the_user_id_is_sent_once_it_is_typed(self, panel, changes, qtbot):
        click(qtbot, switch(panel, "user"))
        field = panel.findChild(QLineEdit, "param-user-value")
        assert field.isVisible()
        qtbot.keyClicks(field, "team-7")
        assert changes[-1].params.user == "team-7"
        click(qtbot, switch(panel, "user"))
        assert changes[-1].params.user is None

    def test_the_field_stays_open_while_the_id_is_emptied(self, panel, catalog, qtbot):
        panel.changed.connect(lambda options: panel.set_options(options, catalog.find(SONNET)))
        show(panel, catalog, user="x")
        field = panel.findChild(QLineEdit, "param-user-value")
        field.setFocus()
        qtbot.keyClick(field, Qt.Key.Key_Backspace)
        assert field.isVisible()


class TestPresets:
    TERSE = ConversationOptions(HAIKU, GenerationParams(max_tokens=100, system="Be brief."))

    def test_choosing_one_takes_its_model_and_parameters(self, panel, changes, qtbot):
        panel.set_presets([Preset("Long", ConversationOptions(OPUS)), Preset("Terse", self.TERSE)])
        box = panel.findChild(QComboBox, "preset-list")
        assert box.currentIndex() == -1
        box.setFocus()
        qtbot.keyClick(box, Qt.Key.Key_T)
        assert changes == [self.TERSE]

    def test_the_one_in_use_is_named(self, panel, catalog):
        panel.set_presets([Preset("Terse", self.TERSE)])
        panel.set_options(self.TERSE, catalog.find(HAIKU))
        assert panel.findChild(QComboBox, "preset-list").currentText() == "Terse"

    def test_saving_asks_for_a_name_and_warns_before_it_replaces(self, panel, catalog, qtbot):
        panel.set_presets([Preset("Terse", self.TERSE)])
        qtbot.mouseClick(panel.findChild(IconButton, "preset-save"), Qt.MouseButton.LeftButton)
        field, keep = panel.findChild(QLineEdit, "preset-name"), panel.findChild(QPushButton, "preset-keep")
        assert not keep.isEnabled()
        qtbot.keyClicks(field, "Terse")
        assert any("Replaces" in label.text() for label in panel.findChildren(PlainLabel) if label.isVisible())
        field.clear()
        qtbot.keyClicks(field, "Mine")
        with qtbot.waitSignal(panel.preset_saved) as saved:
            qtbot.keyClick(field, Qt.Key.Key_Return)
        assert saved.args == ["Mine", ConversationOptions(SONNET)]
        assert not field.isVisible()

    def test_deleting_can_be_undone(self, panel, catalog, qtbot):
        panel.set_presets([Preset("Terse", self.TERSE)])
        panel.set_options(self.TERSE, catalog.find(HAIKU))
        with qtbot.waitSignal(panel.preset_deleted) as deleted:
            qtbot.mouseClick(panel.findChild(IconButton, "preset-delete"), Qt.MouseButton.LeftButton)
        assert deleted.args == ["Terse"]
        panel.set_presets([])
        with qtbot.waitSignal(panel.preset_saved) as saved:
            qtbot.mouseClick(panel.findChild(QPushButton, "preset-undo"), Qt.MouseButton.LeftButton)
        assert saved.args == ["Terse", self.TERSE]


def test_every_control_has_a_name_for_those_who_cannot_see_it(panel, catalog):
    show(panel, catalog, temperature=0.4, stop=("a",), user="u")
    for kind in (QCheckBox, QComboBox, QDoubleSpinBox, QPlainTextEdit, QSlider, QSpinBox, QPushButton, IconButton):
        for widget in panel.findChildren(kind):
            assert widget.accessibleName(), widget
            assert widget.objectName(), widget


@pytest.mark.parametrize("zoom", [100, 150])
def test_nothing_is_cut_at_the_panels_width(panel, catalog, theme, zoom, qtbot):
    theme.set_zoom(zoom)
    show(panel, catalog, temperature=0.4, stop=("a" * 80,), user="u", json_mode=True, system="word " * 50)
    qtbot.waitUntil(lambda: panel.widget().width() <= panel.viewport().width())
