"""Colours, type and zoom of the whole window: one table of tokens, nothing hard-coded elsewhere.

`ThemeManager` is handed to every widget; a widget reads what it needs and reads it again at `changed`.
"""

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from PySide6.QtCore import QLocale, QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontInfo, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from tally.core.settings import Theme
from tally.gui.style import stylesheet

MIN_ZOOM = 50
MAX_ZOOM = 300


@dataclass(frozen=True, slots=True)
class Tokens:
    """The colours by their meaning, as `#RRGGBB` (`scrim` as `#AARRGGBB`).

    Attributes:
        canvas: behind the conversation.
        side: behind history, panel, bars and dialogs.
        raised: user message, composer, cards.
        line: quiet rules that only divide.
        outline: edges that carry meaning (fields, check boxes), at least 3:1 on every surface.
        text: words.
        muted: secondary words and icons, still at least 4.5:1 on every surface.
        accent: links, focus, Send, money.
        on_accent: words on `accent` and its two neighbours.
        accent_hover: the accent with the pointer on it.
        accent_pressed: the accent held down.
        warning: words of a warning.
        danger: words of an error, destructive actions.
        on_danger: words on `danger`.
        code: behind code.
        accent_soft: behind what is chosen or on.
        warning_soft: behind a warning.
        danger_soft: behind an error.
        hover: behind what the pointer is on.
        pressed: behind what is held down.
        focus: the 2 px ring.
        selection: behind selected text (words keep `text`).
        thumb: the handle of a scroll bar at rest.
        scrim: over the window while something lies above it.
    """

    canvas: str
    side: str
    raised: str
    line: str
    outline: str
    text: str
    muted: str
    accent: str
    on_accent: str
    accent_hover: str
    accent_pressed: str
    warning: str
    danger: str
    on_danger: str
    code: str
    accent_soft: str
    warning_soft: str
    danger_soft: str
    hover: str
    pressed: str
    focus: str
    selection: str
    thumb: str
    scrim: str


LIGHT = Tokens(
    canvas="#FFFFFF",
    side="#F7F6F3",
    raised="#F2F1ED",
    line="#E4E2DC",
    outline="#86837A",
    text="#1D1C1A",
    muted="#65635C",
    accent="#0F766E",
    on_accent="#FFFFFF",
    accent_hover="#0B665F",
    accent_pressed="#095650",
    warning="#92400E",
    danger="#B91C1C",
    on_danger="#FFFFFF",
    code="#F6F5F1",
    accent_soft="#DFEEEB",
    warning_soft="#FBF0DC",
    danger_soft="#FBE9E7",
    hover="#ECEAE5",
    pressed="#E3E0D9",
    focus="#0F766E",
    selection="#B9DFDA",
    thumb="#C9C6BE",
    scrim="#521D1C1A",
)
DARK = Tokens(
    canvas="#171716",
    side="#1E1E1C",
    raised="#262624",
    line="#383733",
    outline="#7F7C74",
    text="#ECEAE4",
    muted="#A5A299",
    accent="#2DD4BF",
    on_accent="#10201E",
    accent_hover="#52DFCC",
    accent_pressed="#24B8A6",
    warning="#FBBF24",
    danger="#F87171",
    on_danger="#1F0D0D",
    code="#1F1F1D",
    accent_soft="#18332F",
    warning_soft="#332A14",
    danger_soft="#3A1F1E",
    hover="#2D2D2A",
    pressed="#363632",
    focus="#2DD4BF",
    selection="#1F5850",
    thumb="#4C4A45",
    scrim="#8A000000",
)


class FontRole(StrEnum):
    """What a piece of type is for."""

    BODY = "body"
    META = "meta"
    CONTROL = "control"
    CODE = "code"
    FIGURES = "figures"
    """META with figures of one width: money and tokens."""
    TITLE = "title"
    H1 = "h1"
    H2 = "h2"
    H3 = "h3"


_PIXELS: Mapping[FontRole, int] = {
    FontRole.BODY: 14,
    FontRole.META: 12,
    FontRole.CONTROL: 13,
    FontRole.CODE: 13,
    FontRole.FIGURES: 12,
    FontRole.TITLE: 14,
    FontRole.H1: 24,
    FontRole.H2: 20,
    FontRole.H3: 16,
}
_BOLDER = {FontRole.TITLE, FontRole.H1, FontRole.H2, FontRole.H3}

# Per system, because Qt warns about (and searches long for) families that a Mac or Windows does not have.
_CJK: Mapping[str, Mapping[str, str]] = {
    "linux": {
        "ja": "Noto Sans CJK JP",
        "zh": "Noto Sans CJK SC",
        "zh-Hant": "Noto Sans CJK TC",
        "ko": "Noto Sans CJK KR",
    },
    "darwin": {"ja": "Hiragino Sans", "zh": "PingFang SC", "zh-Hant": "PingFang TC", "ko": "Apple SD Gothic Neo"},
    "win32": {
        "ja": "Yu Gothic UI",
        "zh": "Microsoft YaHei UI",
        "zh-Hant": "Microsoft JhengHei UI",
        "ko": "Malgun Gothic",
    },
}
# Qt remembers the fallbacks of a font by everything that was asked for except the list of families: with equal
# requests Chinese text would get the forms of the Japanese text before it. None of these changes what is drawn.
_STRATEGIES: Mapping[str, QFont.StyleStrategy] = {
    "ja": QFont.StyleStrategy.PreferDefault,
    "zh": QFont.StyleStrategy.PreferMatch,
    "zh-Hant": QFont.StyleStrategy.PreferQuality,
    "ko": QFont.StyleStrategy.PreferMatch | QFont.StyleStrategy.PreferQuality,
}
_KANA = re.compile(r"[\u3040-\u30ff]")
_HANGUL = re.compile(r"[\uac00-\ud7a3]")
_HAN = re.compile(r"[\u3400-\u9fff]")


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two opaque colours, 1–21 (WCAG 2.2, relative luminance)."""

    def luminance(name: str) -> float:
        color = QColor(name)
        channels = (color.redF(), color.greenF(), color.blueF())
        red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def cjk_script(text: str) -> str:
    """Whose forms the Han characters of a text want: "ja", "ko", "zh" or "zh-Hant"; empty without any.

    Kana says Japanese, Hangul Korean; Han alone is Chinese unless the desktop itself is Japanese or Korean, because
    the characters of the two share their code points.
    """
    if _KANA.search(text):
        return "ja"
    if _HANGUL.search(text):
        return "ko"
    return (_own_script() or "zh") if _HAN.search(text) else ""


def _own_script() -> str:
    locale = QLocale.system()
    if locale.language() == QLocale.Language.Chinese:
        return "zh-Hant" if locale.script() == QLocale.Script.TraditionalHanScript else "zh"
    return {QLocale.Language.Japanese: "ja", QLocale.Language.Korean: "ko"}.get(locale.language(), "")


@cache
def _family_of(font: QFont) -> str:
    """The family behind an alias ("monospace"): in a list Qt would pass over an alias to the first real name."""
    return QFontInfo(font).family()


class ThemeManager(QObject):
    """What everything looks like at the moment.

    Signals:
        changed: colours or zoom are new; every widget re-reads what it needs. Palette and stylesheet of the
            application are already the new ones.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = Theme.SYSTEM
        self._zoom = 100
        self._app: QApplication | None = None
        self._system_dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
        self._dark = self._wanted_dark()
        self._fonts: dict[tuple[FontRole, str], QFont] = {}
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._on_scheme_changed)

    @property
    def tokens(self) -> Tokens:
        """The colours that hold now."""
        return DARK if self._dark else LIGHT

    @property
    def dark(self) -> bool:
        """Whether the dark colours hold."""
        return self._dark

    @property
    def zoom(self) -> int:
        """The size of type in percent."""
        return self._zoom

    def color(self, token: str) -> QColor:
        """A token as a colour to paint with.

        Raises:
            AttributeError: there is no such token.
        """
        return QColor(getattr(self.tokens, token))

    def set_theme(self, theme: Theme) -> None:
        """Chooses light, dark, or (SYSTEM) what the desktop says, also later when it changes its mind."""
        self._theme = theme
        hints = QGuiApplication.styleHints()
        # Tells the platform too, for title bars and native dialogs.
        if theme is Theme.SYSTEM:
            hints.unsetColorScheme()
        else:
            hints.setColorScheme(Qt.ColorScheme.Dark if theme is Theme.DARK else Qt.ColorScheme.Light)
        self._on_scheme_changed(hints.colorScheme())

    def set_zoom(self, percent: int) -> None:
        """Sets the size of type in percent, kept within 50–300."""
        percent = max(MIN_ZOOM, min(MAX_ZOOM, percent))
        if percent != self._zoom:
            self._zoom = percent
            self._refresh()

    def px(self, pixels: float) -> int:
        """A length of type at the present zoom, in device-independent pixels, at least 1. Spacing is not zoomed."""
        return max(1, round(pixels * self._zoom / 100))

    def font(self, role: FontRole, text: str = "") -> QFont:
        """The font of a role at the present zoom.

        Args:
            role: what the type is for.
            text: what will be set, if known: it decides between Japanese and Chinese forms of the same characters.
        """
        key = (role, cjk_script(text) if text else "")
        if key not in self._fonts:
            self._fonts[key] = self._make_font(*key)
        return QFont(self._fonts[key])

    def apply(self, app: QApplication) -> None:
        """Gives the application its font, palette and stylesheet, now and at every change.

        The style under the stylesheet is Fusion on every system; `main.py` chooses it.
        """
        self._app = app
        self._refresh()

    def _wanted_dark(self) -> bool:
        if self._theme is Theme.SYSTEM:
            return self._system_dark
        return self._theme is Theme.DARK

    def _on_scheme_changed(self, scheme: Qt.ColorScheme) -> None:
        self._system_dark = scheme == Qt.ColorScheme.Dark
        if self._wanted_dark() != self._dark:
            self._dark = not self._dark
            self._refresh()

    def _refresh(self) -> None:
        self._fonts.clear()
        if self._app is not None:
            self._app.setFont(self.font(FontRole.CONTROL))
            self._app.setPalette(self._palette())
            self._app.setStyleSheet(stylesheet(self.tokens))
        self.changed.emit()

    def _make_font(self, role: FontRole, script: str) -> QFont:
        mono = role is FontRole.CODE
        kind = QFontDatabase.SystemFont.FixedFont if mono else QFontDatabase.SystemFont.GeneralFont
        named = _CJK.get(sys.platform, _CJK["linux"])
        first = script or _own_script() or "ja"
        cjk = [named[first], *(family for name, family in named.items() if name != first)]
        font = QFont([_family_of(QFontDatabase.systemFont(kind)), *cjk])
        font.setPixelSize(self.px(_PIXELS[role]))
        font.setStyleHint(QFont.StyleHint.Monospace if mono else QFont.StyleHint.SansSerif, _STRATEGIES[first])
        if mono:
            font.setFixedPitch(True)
        if role in _BOLDER:
            font.setWeight(QFont.Weight.DemiBold)
        if role is FontRole.FIGURES:
            font.setFeature(QFont.Tag("tnum"), 1)
        return font

    def _palette(self) -> QPalette:
        roles = QPalette.ColorRole
        tokens = self.tokens
        colors = {
            roles.Window: tokens.side,
            roles.WindowText: tokens.text,
            roles.Base: tokens.canvas,
            roles.AlternateBase: tokens.side,
            roles.ToolTipBase: tokens.raised,
            roles.ToolTipText: tokens.text,
            roles.PlaceholderText: tokens.muted,
            roles.Text: tokens.text,
            roles.Button: tokens.raised,
            roles.ButtonText: tokens.text,
            roles.BrightText: tokens.danger,
            roles.Light: tokens.canvas,
            roles.Midlight: tokens.hover,
            roles.Mid: tokens.line,
            roles.Dark: tokens.outline,
            roles.Shadow: tokens.outline,
            roles.Highlight: tokens.selection,
            roles.HighlightedText: tokens.text,
            roles.Link: tokens.accent,
            roles.LinkVisited: tokens.accent,
            roles.Accent: tokens.accent,
        }
        palette = QPalette()
        for role, name in colors.items():
            palette.setColor(role, QColor(name))
        for role in (roles.WindowText, roles.Text, roles.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(tokens.outline))
        return palette
