"""Settings hold when they are saved, are refused with a reason when they cannot, and never keep a key."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QLineEdit,
    QListWidget,
    QPushButton,
    QRadioButton,
    QSpinBox,
)

from tally.core.conversation import ConversationOptions
from tally.core.ports import KeyKind, KeyState, ServerCheck
from tally.core.settings import DEFAULT_BASE_URL, Preset, ProxyMode, SendKey, Settings, Theme
from tally.gui.panels.settings_dialog import SettingsDialog
from tally.gui.widgets import PlainLabel

KEY = "th-0123456789abcdef0123"


@pytest.fixture
def dialog(theme, catalog, qtbot):
    return make(theme, catalog, qtbot, Settings(installation_id="0" * 32))


def make(theme, catalog, qtbot, settings):
    made = SettingsDialog(
        theme, settings, catalog, data_folder="/home/ada/tally-data", languages=[("en", "English"), ("ja", "日本語")]
    )
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    return made


def part(dialog, kind, name):
    found = dialog.findChild(kind, name)
    assert found is not None, name
    return found


def press(qtbot, dialog, name):
    qtbot.mouseClick(part(dialog, QPushButton, name), Qt.MouseButton.LeftButton)


def write(qtbot, dialog, name, text):
    field = part(dialog, QLineEdit, name)
    field.setFocus()
    field.selectAll()
    qtbot.keyClick(field, Qt.Key.Key_Backspace)
    qtbot.keyClicks(field, text)
    return field


def said(dialog, name):
    """What the remark of that name says; empty while it is hidden."""
    remark = dialog.findChild(object, name)
    return remark.text() if not remark.isHidden() else ""


def saved(qtbot, dialog):
    with qtbot.waitSignal(dialog.saved) as signal:
        press(qtbot, dialog, "settings-save")
    return signal.args[0]


class TestPages:
    @pytest.mark.parametrize("page", ["general", "connection", "models", "privacy", "about"])
    def test_each_can_be_asked_for_by_name(self, page, dialog):
        dialog.show_page(page)
        assert dialog.current_page() == page

    def test_the_list_turns_them_by_keyboard(self, dialog, qtbot):
        pages = part(dialog, QListWidget, "settings-pages")
        pages.setFocus()
        qtbot.keyClick(pages, Qt.Key.Key_Down)
        assert dialog.current_page() == "connection"

    def test_a_narrow_dialog_has_a_box_instead_of_the_list(self, dialog, qtbot):
        dialog.resize(464, 460)
        box = part(dialog, QComboBox, "settings-pages-short")
        qtbot.waitUntil(box.isVisible)
        assert not part(dialog, QListWidget, "settings-pages").isVisible()
        box.setFocus()
        qtbot.keyClick(box, Qt.Key.Key_Down)
        assert dialog.current_page() == "connection"

    @pytest.mark.parametrize("zoom", [100, 150])
    def test_fits_a_window_of_480_px(self, dialog, theme, zoom, qtbot):
        theme.set_zoom(zoom)
        dialog.resize(464, 460)
        assert dialog.width() <= 480
        assert dialog.height() <= 480

    def test_every_control_has_a_name_for_those_who_cannot_see_it(self, dialog):
        kinds = (QCheckBox, QComboBox, QDoubleSpinBox, QPushButton, QRadioButton, QSpinBox)
        for kind in kinds:
            for widget in dialog.findChildren(kind):
                name = widget.accessibleName() or (widget.text() if hasattr(widget, "text") else "")
                assert name, widget.objectName()
                assert widget.objectName(), name


class TestSaving:
    def test_nothing_changed_saves_the_same(self, dialog, qtbot):
        assert saved(qtbot, dialog) == Settings(installation_id="0" * 32)
        assert not dialog.isVisible()

    def test_cancel_saves_nothing(self, dialog, qtbot):
        qtbot.mouseClick(part(dialog, QRadioButton, "settings-theme-dark"), Qt.MouseButton.LeftButton)
        with qtbot.assertNotEmitted(dialog.saved):
            press(qtbot, dialog, "settings-cancel")
        assert not dialog.isVisible()

    def test_escape_is_cancel(self, dialog, qtbot):
        with qtbot.assertNotEmitted(dialog.saved):
            qtbot.keyClick(dialog, Qt.Key.Key_Escape)
        assert not dialog.isVisible()

    def test_general_settings(self, dialog, qtbot):
        for name in ("settings-theme-dark", "settings-send-key-ctrl_enter"):
            part(dialog, QRadioButton, name).setFocus()
            qtbot.keyClick(part(dialog, QRadioButton, name), Qt.Key.Key_Space)
        zoom = part(dialog, QSpinBox, "settings-zoom")
        zoom.setFocus()
        qtbot.keyClick(zoom, Qt.Key.Key_Up)
        language = part(dialog, QComboBox, "settings-language")
        language.setFocus()
        qtbot.keyClick(language, Qt.Key.Key_End)
        settings = saved(qtbot, dialog)
        assert settings.theme is Theme.DARK
        assert settings.send_key is SendKey.CTRL_ENTER
        assert settings.zoom == 110
        assert settings.language == "ja"

    def test_keeps_what_was_changed_elsewhere_meanwhile(self, dialog, qtbot):
        elsewhere = Settings(installation_id="0" * 32, zoom=130, presets=(Preset("P", ConversationOptions()),))
        dialog.set_base(elsewhere)
        qtbot.mouseClick(
            part(dialog, QRadioButton, "settings-theme-dark"), Qt.MouseButton.LeftButton, pos=QPoint(12, 12)
        )
        assert saved(qtbot, dialog) == replace(elsewhere, theme=Theme.DARK)

    def test_an_unknown_language_is_kept(self, theme, catalog, qtbot):
        dialog = make(theme, catalog, qtbot, Settings(language="uz"))
        assert saved(qtbot, dialog).language == "uz"


class TestAddress:
    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("", "missing"),
            ("http://example.com/v1", "https"),
            ("ftp://example.com", "https"),
            ("https://ada:secret@example.com", "password"),
            ("https://", "not an address"),
            ("https://exa mple.com", "not an address"),
            ("https://example.com:port", "not an address"),
        ],
    )
    def test_one_that_cannot_be_is_refused_with_a_reason(self, text, reason, dialog, qtbot):
        field = write(qtbot, dialog, "settings-address", text)
        assert reason in said(dialog, "settings-address-problem")
        assert field.property("invalid")
        with qtbot.assertNotEmitted(dialog.saved):
            press(qtbot, dialog, "settings-save")
        assert dialog.current_page() == "connection"
        assert said(dialog, "settings-problem")

    @pytest.mark.parametrize(
        ("text", "kept"),
        [
            ("https://example.com/v1/", "https://example.com/v1"),
            (" example.com/api ", "https://example.com/api"),
            ("localhost:8080/v1", "http://localhost:8080/v1"),
            ("http://127.0.0.1:9000", "http://127.0.0.1:9000"),
            ("http://[::1]:9000/v1", "http://[::1]:9000/v1"),
        ],
    )
    def test_others_are_kept_in_a_tidy_form(self, text, kept, dialog, qtbot):
        write(qtbot, dialog, "settings-address", text)
        assert saved(qtbot, dialog).connection.base_url == kept

    def test_another_host_says_whose_the_key_is(self, dialog, qtbot):
        write(qtbot, dialog, "settings-address", "https://other.example/v1")
        words = said(dialog, "settings-address-moved")
        assert "tokenhub.store" in words
        assert "other.example" in words
        press(qtbot, dialog, "settings-address-reset")
        assert said(dialog, "settings-address-moved") == ""
        assert saved(qtbot, dialog).connection.base_url == DEFAULT_BASE_URL


class TestKey:
    def test_entering_one_hands_it_over_and_leaves_nothing(self, dialog, qtbot, caplog):
        dialog.show_page("connection")
        field = write(qtbot, dialog, "key-field", KEY)
        contents = []
        dialog.key_entered.connect(lambda *_: contents.append(field.text()))
        with qtbot.waitSignal(dialog.key_entered) as entered:
            press(qtbot, dialog, "key-save")
        assert entered.args == [DEFAULT_BASE_URL, KEY]
        assert contents == [""]
        field.undo()
        assert field.text() == ""
        assert KEY not in caplog.text

    def test_enter_in_the_field_saves_the_key_and_not_the_settings(self, dialog, qtbot):
        dialog.show_page("connection")
        field = write(qtbot, dialog, "key-field", f"Bearer {KEY}")
        with qtbot.assertNotEmitted(dialog.saved), qtbot.waitSignal(dialog.key_entered) as entered:
            qtbot.keyClick(field, Qt.Key.Key_Return)
        assert entered.args == [DEFAULT_BASE_URL, KEY]
        assert dialog.isVisible()

    def test_it_can_neither_be_read_nor_copied(self, dialog, qtbot):
        dialog.show_page("connection")
        field = write(qtbot, dialog, "key-field", KEY)
        QApplication.clipboard().setText("before")
        field.selectAll()
        qtbot.keyClick(field, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
        qtbot.keyClick(field, Qt.Key.Key_X, Qt.KeyboardModifier.ControlModifier)
        assert QApplication.clipboard().text() == "before"
        assert KEY not in field.displayText()

    @pytest.mark.parametrize("button", ["settings-cancel", "settings-save"])
    def test_one_that_was_not_saved_is_gone_with_the_dialog(self, button, dialog, qtbot):
        field = write(qtbot, dialog, "key-field", KEY)
        press(qtbot, dialog, button)
        assert field.text() == ""

    def test_what_cannot_be_a_key_is_refused_with_a_reason(self, dialog, qtbot):
        dialog.show_page("connection")
        field = part(dialog, QLineEdit, "key-field")
        field.setText("th-ключ")
        with qtbot.assertNotEmitted(dialog.key_entered):
            press(qtbot, dialog, "key-save")
        assert "character" in said(dialog, "key-problem")
        assert field.text() == ""

    @pytest.mark.parametrize(
        ("state", "words", "can_forget"),
        [
            (KeyState(KeyKind.STORED, "th-…abcd", "GNOME Keyring"), "GNOME Keyring", True),
            (KeyState(KeyKind.SESSION, "th-…abcd", reason="The keyring is locked."), "The keyring is locked.", True),
            (KeyState(KeyKind.ENVIRONMENT, "th-…abcd"), "TOKENHUB_API_KEY", False),
            (KeyState(KeyKind.MISSING), "no key", False),
        ],
    )
    def test_says_where_it_is(self, state, words, can_forget, dialog):
        dialog.set_key_state(DEFAULT_BASE_URL, state)
        assert words in said(dialog, "key-state")
        assert part(dialog, QPushButton, "key-forget").isHidden() is not can_forget

    def test_forgetting_names_the_address(self, dialog, qtbot):
        dialog.show_page("connection")
        dialog.set_key_state(DEFAULT_BASE_URL, KeyState(KeyKind.STORED, "th-…abcd", "K"))
        with qtbot.waitSignal(dialog.key_forgotten) as forgotten:
            press(qtbot, dialog, "key-forget")
        assert forgotten.args == [DEFAULT_BASE_URL]
        dialog.set_key_state(DEFAULT_BASE_URL, KeyState(KeyKind.MISSING))
        assert "no key" in said(dialog, "key-state")

    def test_a_key_belongs_to_the_address_in_the_field(self, dialog, qtbot):
        dialog.set_key_state(DEFAULT_BASE_URL, KeyState(KeyKind.STORED, "th-…abcd", "K"))
        dialog.show_page("connection")
        write(qtbot, dialog, "settings-address", "https://other.example/v1")
        assert "th-…abcd" not in said(dialog, "key-state")
        write(qtbot, dialog, "key-field", KEY)
        with qtbot.waitSignal(dialog.key_entered) as entered:
            press(qtbot, dialog, "key-save")
        assert entered.args == ["https://other.example/v1", KEY]
        assert "Save the address" in said(dialog, "key-state")

    def test_one_that_could_not_be_kept_is_explained(self, dialog):
        dialog.set_key_problem("The keyring refused.")
        assert said(dialog, "key-problem") == "The keyring refused."


class TestProxyAndLimits:
    def choose_own(self, dialog, qtbot):
        mode = part(dialog, QComboBox, "settings-proxy-mode")
        mode.setFocus()
        qtbot.keyClick(mode, Qt.Key.Key_End)

    def test_a_proxy_of_ones_own(self, dialog, qtbot):
        dialog.show_page("connection")
        self.choose_own(dialog, qtbot)
        write(qtbot, dialog, "settings-proxy", "socks5://127.0.0.1:1080")
        connection = saved(qtbot, dialog).connection
        assert connection.proxy_mode is ProxyMode.CUSTOM
        assert connection.proxy_url == "socks5://127.0.0.1:1080"

    @pytest.mark.parametrize("text", ["", "ftp://x", "proxy:8080"])
    def test_one_that_cannot_be_is_refused(self, text, dialog, qtbot):
        self.choose_own(dialog, qtbot)
        part(dialog, QLineEdit, "settings-proxy").setText(text)
        assert said(dialog, "settings-proxy-problem")
        with qtbot.assertNotEmitted(dialog.saved):
            press(qtbot, dialog, "settings-save")

    def test_a_password_in_its_address_is_warned_about(self, dialog, qtbot):
        self.choose_own(dialog, qtbot)
        part(dialog, QLineEdit, "settings-proxy").setText("http://ada:secret@proxy.example:8080")
        assert "settings file" in said(dialog, "settings-proxy-problem")
        assert saved(qtbot, dialog).connection.proxy_url == "http://ada:secret@proxy.example:8080"

    def test_time_limits(self, dialog, qtbot):
        dialog.show_page("connection")
        spin = part(dialog, QDoubleSpinBox, "settings-limit-connect")
        spin.setFocus()
        qtbot.keyClick(spin, Qt.Key.Key_Up)
        limits = saved(qtbot, dialog).connection.limits
        assert limits.connect == 11
        assert limits.whole == 600

    def test_the_test_asks_with_what_stands_in_the_fields(self, dialog, qtbot):
        dialog.show_page("connection")
        write(qtbot, dialog, "settings-address", "https://other.example/v1")
        with qtbot.waitSignal(dialog.check_wanted) as wanted:
            press(qtbot, dialog, "settings-test")
        assert wanted.args[0].base_url == "https://other.example/v1"
        assert "other.example" in said(dialog, "settings-test-result")
        assert not part(dialog, QPushButton, "settings-test").isEnabled()

    @pytest.mark.parametrize(
        ("check", "words"),
        [
            (ServerCheck(True, True, ("a", "b"), "", 120), "accepts the key"),
            (ServerCheck(True, None, (), "", 120), "first question"),
            (ServerCheck(True, False, (), "Invalid API key.", 120), "does not accept the key"),
            (ServerCheck(False, None, (), "The name was not found.", 0), "The name was not found."),
        ],
    )
    def test_the_result_is_a_sentence(self, check, words, dialog):
        dialog.set_check_result(check)
        assert words in said(dialog, "settings-test-result")
        assert part(dialog, QPushButton, "settings-test").isEnabled()


class TestPrivacy:
    def test_the_folder_is_named_and_can_be_opened(self, dialog, qtbot):
        dialog.show_page("privacy")
        assert part(dialog, PlainLabel, "settings-folder").text() == "/home/ada/tally-data"
        with qtbot.waitSignal(dialog.open_folder_wanted):
            press(qtbot, dialog, "settings-open-folder")

    def test_the_id_is_sent_when_wanted_and_can_be_renewed(self, dialog, qtbot):
        dialog.show_page("privacy")
        part(dialog, QCheckBox, "settings-send-user").setFocus()
        qtbot.keyClick(part(dialog, QCheckBox, "settings-send-user"), Qt.Key.Key_Space)
        press(qtbot, dialog, "settings-reset-id")
        settings = saved(qtbot, dialog)
        assert settings.send_user
        assert settings.installation_id != "0" * 32
        assert len(settings.installation_id) == 32
