"""Colours can be read, zoom reaches the type, and the desktop's choice is followed."""

from dataclasses import fields

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase, QFontInfo, QGuiApplication, QTextLayout
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton

from support.themes import fresh_theme
from tally.core.settings import Theme
from tally.gui.style import stylesheet
from tally.gui.theme import DARK, LIGHT, FontRole, ThemeManager, Tokens, cjk_script, contrast

SURFACES = ("canvas", "side", "raised", "code", "hover", "pressed", "accent_soft", "warning_soft", "danger_soft")


@pytest.fixture
def theme(qapp):
    with fresh_theme(qapp) as manager:
        yield manager


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
class TestContrast:
    @pytest.mark.parametrize("surface", SURFACES)
    @pytest.mark.parametrize("words", ["text", "muted"])
    def test_words_can_be_read_on_every_surface(self, tokens, surface, words):
        assert contrast(getattr(tokens, words), getattr(tokens, surface)) >= 4.5

    @pytest.mark.parametrize("surface", ["canvas", "side", "raised", "code", "accent_soft", "hover"])
    @pytest.mark.parametrize("words", ["accent", "warning", "danger"])
    def test_coloured_words_can_be_read_where_they_stand(self, tokens, surface, words):
        assert contrast(getattr(tokens, words), getattr(tokens, surface)) >= 4.5

    @pytest.mark.parametrize(
        ("words", "ground"),
        [
            ("on_accent", "accent"),
            ("on_accent", "accent_hover"),
            ("on_accent", "accent_pressed"),
            ("on_danger", "danger"),
            ("text", "selection"),
            ("warning", "warning_soft"),
            ("danger", "danger_soft"),
        ],
    )
    def test_words_on_filled_grounds_can_be_read(self, tokens, words, ground):
        assert contrast(getattr(tokens, words), getattr(tokens, ground)) >= 4.5

    @pytest.mark.parametrize("surface", ["canvas", "side", "raised", "code", "hover"])
    @pytest.mark.parametrize("edge", ["outline", "focus", "muted"])
    def test_edges_and_icons_that_mean_something_can_be_seen(self, tokens, surface, edge):
        assert contrast(getattr(tokens, edge), getattr(tokens, surface)) >= 3

    def test_every_token_is_a_colour(self, tokens):
        for field in fields(Tokens):
            assert getattr(tokens, field.name).startswith("#")


def test_contrast_is_the_one_of_the_guidelines():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)
    assert contrast("#FFFFFF", "#777777") == contrast("#777777", "#FFFFFF")


def test_a_chosen_theme_holds_whatever_the_desktop_says(theme):
    theme.set_theme(Theme.DARK)
    assert theme.dark
    assert theme.tokens is DARK
    theme.set_theme(Theme.LIGHT)
    assert theme.tokens is LIGHT


def test_the_desktops_choice_is_followed_live(theme, qtbot):
    theme.set_theme(Theme.SYSTEM)
    hints = QGuiApplication.styleHints()
    with qtbot.waitSignal(theme.changed):
        hints.colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert theme.tokens is DARK
    with qtbot.waitSignal(theme.changed):
        hints.colorSchemeChanged.emit(Qt.ColorScheme.Light)
    assert theme.tokens is LIGHT


def test_setting_the_same_again_changes_nothing(theme, qtbot):
    theme.set_theme(Theme.LIGHT)
    with qtbot.assertNotEmitted(theme.changed):
        theme.set_theme(Theme.LIGHT)
        theme.set_zoom(theme.zoom)


def test_zoom_scales_type_and_stays_within_its_limits(theme):
    theme.set_zoom(150)
    assert theme.px(14) == 21
    assert theme.font(FontRole.BODY).pixelSize() == 21
    theme.set_zoom(1)
    assert theme.zoom == 50
    theme.set_zoom(10_000)
    assert theme.zoom == 300


def test_each_role_has_its_size(theme):
    sizes = {role: theme.font(role).pixelSize() for role in FontRole}
    assert sizes[FontRole.BODY] == 14
    assert sizes[FontRole.META] == sizes[FontRole.FIGURES] == 12
    assert sizes[FontRole.CONTROL] == sizes[FontRole.CODE] == 13
    assert [sizes[FontRole.H1], sizes[FontRole.H2], sizes[FontRole.H3]] == [24, 20, 16]


def test_code_is_monospaced(theme):
    assert QFontInfo(theme.font(FontRole.CODE)).fixedPitch()


def test_the_desktops_own_face_comes_before_the_fallbacks(theme):
    own = QFontInfo(QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)).family()
    assert QFontInfo(theme.font(FontRole.BODY)).family() == own


def test_a_font_handed_out_is_the_receivers_own(theme):
    mine = theme.font(FontRole.BODY)
    mine.setPixelSize(99)
    assert theme.font(FontRole.BODY).pixelSize() == 14


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("Weather", ""),
        ("日本の四季", "ja"),
        ("カタカナ", "ja"),
        ("为什么天空是蓝色的", "zh"),
        ("한국어", "ko"),
        ("", ""),
    ],
)
def test_the_script_of_a_text_is_told_by_its_characters(text, script):
    assert cjk_script(text) == script


@pytest.mark.parametrize(("text", "family"), [("日本の四季", "JP"), ("天空是蓝色的", "SC")])
def test_japanese_and_chinese_get_their_own_forms_first(theme, monkeypatch, text, family):
    monkeypatch.setattr("sys.platform", "linux")
    families = theme.font(FontRole.BODY, text).families()
    assert next(name for name in families if "CJK" in name).endswith(family)


@pytest.mark.parametrize("role", [FontRole.BODY, FontRole.CODE, FontRole.TITLE])
def test_japanese_and_chinese_are_drawn_in_their_own_forms_one_after_the_other(theme, role):
    def glyphs(text):
        # The letter for "bone" is turned the other way round in China.
        layout = QTextLayout("骨", theme.font(role, text))
        layout.beginLayout()
        layout.createLine()
        layout.endLayout()
        return [(run.rawFont().weight(), run.glyphIndexes()) for run in layout.glyphRuns()]

    if not {"Noto Sans CJK JP", "Noto Sans CJK SC"} <= set(QFontDatabase.families()):
        pytest.skip("the fonts for Japanese and Chinese are not installed")
    japanese, chinese = glyphs("日本の四季"), glyphs("天空是蓝色的")
    assert japanese != chinese
    assert glyphs("日本の四季") == japanese
    if role is FontRole.BODY:
        assert [weight for weight, _ in (*japanese, *chinese)] == [400, 400]


def test_the_application_wears_the_theme_and_its_changes(qapp, qtbot):
    with fresh_theme(qapp, applied=True) as theme:
        label = QLabel("text")
        qtbot.addWidget(label)
        label.show()
        assert label.palette().windowText().color().name().upper() == LIGHT.text
        theme.set_theme(Theme.DARK)
        assert label.palette().windowText().color().name().upper() == DARK.text
        theme.set_zoom(200)
        assert label.font().pixelSize() == 26


def test_widgets_re_read_after_the_application_has_changed(qapp):
    with fresh_theme(qapp, applied=True) as theme:
        seen = []
        theme.changed.connect(lambda: seen.append(qapp.palette().base().color().name().upper()))
        theme.set_theme(Theme.DARK)
        assert seen == [DARK.canvas]


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_the_stylesheet_holds_no_colour_of_its_own(tokens):
    import re

    known = {getattr(tokens, field.name).upper() for field in fields(Tokens)}
    without_paths = re.sub(r"url\([^)]*\)", "", stylesheet(tokens))
    assert {name.upper() for name in re.findall(r"#[0-9A-Fa-f]{6,8}\b", without_paths)} <= known


@pytest.mark.parametrize("make", [lambda: QPushButton("Go"), lambda: QLineEdit("text")], ids=["button", "field"])
def test_the_focus_ring_moves_nothing(qapp, qtbot, make):
    with fresh_theme(qapp, applied=True):
        widget = make()
        qtbot.addWidget(widget)
        widget.show()
        widget.clearFocus()
        before = widget.sizeHint()
        widget.setFocus()
        assert widget.sizeHint() == before


def test_two_managers_do_not_share_state(qapp):
    with fresh_theme(qapp) as one, fresh_theme(qapp) as other:
        assert isinstance(one, ThemeManager)
        one.set_zoom(150)
        assert other.zoom == 100
