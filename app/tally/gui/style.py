"""The one stylesheet, built from the tokens: every standard control in every state.

Dynamic properties choose variants: `kind` on buttons ("primary", "danger", "quiet", "chip", "starter"), `surface` on
plain widgets ("canvas", "side", "raised", "card"), `tone` on labels ("muted", "accent", "warning", "danger"). Focus
rings are borders that are always there and only change colour or give up padding, so that nothing moves.
"""

from string import Template
from typing import TYPE_CHECKING

from tally.assets import resource_path
from tally.gui.memory_files import MemoryFolder

if TYPE_CHECKING:
    from tally.gui.theme import Tokens

_pictures = MemoryFolder("tally-controls")

_SHEET = Template("""
QWidget { selection-background-color: $selection; selection-color: $text; }
QToolTip { background: $raised; color: $text; border: 1px solid $line; padding: 4px 8px; }
QDialog, QMessageBox { background: $side; }

*[surface="canvas"] { background: $canvas; }
*[surface="side"] { background: $side; }
*[surface="raised"] { background: $raised; }
*[surface="card"] { background: $raised; border: 1px solid $line; border-radius: 10px; }
*[surface="warning"] { background: $warning_soft; border-radius: 10px; }
*[surface="danger"] { background: $danger_soft; border-radius: 10px; }
QLabel[tone="muted"] { color: $muted; }
QLabel[tone="accent"] { color: $accent; }
QLabel[tone="warning"] { color: $warning; }
QLabel[tone="danger"] { color: $danger; }

QPushButton {
    background: $raised; color: $text; border: 1px solid $line; border-radius: 6px; padding: 6px 13px; min-height: 18px;
}
QPushButton:hover { background: $hover; }
QPushButton:pressed { background: $pressed; }
QPushButton:checked { background: $accent_soft; color: $text; border-color: $accent; }
QPushButton:focus { border: 2px solid $focus; padding: 5px 12px; }
QPushButton:disabled { color: $outline; background: $side; }
QPushButton::menu-indicator { image: url($arrow_down); width: 14px; height: 14px; right: 6px; }
QPushButton[kind="primary"] { background: $accent; color: $on_accent; border: 1px solid $accent; }
QPushButton[kind="primary"]:hover { background: $accent_hover; border-color: $accent_hover; }
QPushButton[kind="primary"]:pressed { background: $accent_pressed; border-color: $accent_pressed; }
QPushButton[kind="primary"]:focus { border: 2px solid $text; }
QPushButton[kind="primary"]:disabled { background: $pressed; border-color: $pressed; color: $muted; }
QPushButton[kind="danger"] { background: transparent; color: $danger; border: 1px solid $danger; }
QPushButton[kind="danger"]:hover { background: $danger_soft; }
QPushButton[kind="danger"]:pressed { background: $danger; color: $on_danger; }
QPushButton[kind="danger"]:focus { border: 2px solid $danger; }
QPushButton[kind="danger"]:disabled { color: $outline; border-color: $line; }
QPushButton[kind="quiet"] {
    background: transparent; color: $accent; border: 1px solid transparent; padding: 4px 9px;
}
QPushButton[kind="quiet"]:hover { background: $hover; }
QPushButton[kind="quiet"]:pressed { background: $pressed; color: $text; }
QPushButton[kind="quiet"]:focus { border: 2px solid $focus; padding: 3px 8px; }
QPushButton[kind="quiet"]:disabled { color: $outline; background: transparent; }
QPushButton[kind="chip"] {
    background: $canvas; color: $text; border: 1px solid $line; border-radius: 6px; padding: 5px 11px;
}
QPushButton[kind="chip"]:hover { background: $hover; border-color: $outline; }
QPushButton[kind="chip"]:pressed { background: $pressed; }
QPushButton[kind="chip"]:focus { border: 2px solid $focus; padding: 4px 10px; }

QPushButton[kind="starter"] {
    background: $canvas; color: $text; border: 1px solid $line; border-radius: 10px; padding: 10px 14px;
    text-align: left;
}
QPushButton[kind="starter"]:hover { background: $raised; border-color: $outline; }
QPushButton[kind="starter"]:pressed { background: $hover; }
QPushButton[kind="starter"]:focus { border: 2px solid $focus; padding: 9px 13px; }

QToolButton {
    background: transparent; color: $text; border: 2px solid transparent; border-radius: 6px; padding: 4px;
}
QToolButton:hover { background: $hover; }
QToolButton:pressed, QToolButton:open { background: $pressed; }
QToolButton:checked { background: $accent_soft; }
QToolButton:focus { border-color: $focus; }
QToolButton:disabled { background: transparent; color: $outline; }
QToolButton[kind="primary"] { background: $accent; border-color: $accent; border-radius: 8px; }
QToolButton[kind="primary"]:hover { background: $accent_hover; border-color: $accent_hover; }
QToolButton[kind="primary"]:pressed { background: $accent_pressed; border-color: $accent_pressed; }
QToolButton[kind="primary"]:focus { border-color: $text; }
QToolButton[kind="primary"]:disabled { background: $pressed; border-color: $pressed; }
QToolButton::menu-indicator { image: none; }
QToolButton[popupMode="1"]::menu-button { border: none; width: 16px; }
QToolButton::menu-arrow { image: url($arrow_down); width: 12px; height: 12px; }

QLineEdit, QPlainTextEdit, QTextEdit, QSpinBox, QDoubleSpinBox, QComboBox, QDateEdit {
    background: $canvas; color: $text; border: 1px solid $outline; border-radius: 6px;
}
QLineEdit, QComboBox { padding: 6px 9px; min-height: 18px; }
QSpinBox, QDoubleSpinBox, QDateEdit { padding: 1px 24px 1px 8px; min-height: 28px; }
QPlainTextEdit, QTextEdit { padding: 5px 7px; }
QLineEdit:hover, QPlainTextEdit:hover, QTextEdit:hover, QSpinBox:hover, QDoubleSpinBox:hover, QComboBox:hover {
    border-color: $muted;
}
QLineEdit:focus, QComboBox:focus, QComboBox:on { border: 2px solid $focus; padding: 5px 8px; }
QSpinBox:focus, QDoubleSpinBox:focus, QDateEdit:focus { border: 2px solid $focus; padding: 0 23px 0 7px; }
QPlainTextEdit:focus, QTextEdit:focus { border: 2px solid $focus; padding: 4px 6px; }
QLineEdit:disabled, QPlainTextEdit:disabled, QTextEdit:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled,
QComboBox:disabled { background: $side; color: $outline; border-color: $line; }
QLineEdit[invalid="true"] { border: 2px solid $danger; padding: 5px 8px; }
QPlainTextEdit[invalid="true"] { border: 2px solid $danger; padding: 4px 6px; }
QLineEdit[plain="true"], QPlainTextEdit[plain="true"], QTextEdit[plain="true"],
QLineEdit[plain="true"]:focus, QPlainTextEdit[plain="true"]:focus, QTextEdit[plain="true"]:focus {
    background: transparent; border: none; padding: 0;
}
QAbstractSpinBox QLineEdit, QAbstractSpinBox QLineEdit:focus, QComboBox QLineEdit, QComboBox QLineEdit:focus {
    background: transparent; border: none; padding: 0; min-height: 0;
}
QLineEdit > QToolButton { border: none; padding: 0; background: transparent; }

QComboBox::drop-down { border: none; width: 26px; }
QComboBox::down-arrow { image: url($arrow_down); width: 14px; height: 14px; }
QComboBox::down-arrow:disabled { image: url($arrow_down_off); }
QComboBox QAbstractItemView {
    background: $canvas; border: 1px solid $line; padding: 4px; outline: none;
    selection-background-color: $accent_soft; selection-color: $text;
}
QComboBox QAbstractItemView::item { min-height: 28px; padding: 0 8px; border-radius: 6px; }
QComboBox QAbstractItemView::item:selected { background: $accent_soft; color: $text; }
QSpinBox::up-button, QDoubleSpinBox::up-button { subcontrol-position: top right; }
QSpinBox::down-button, QDoubleSpinBox::down-button { subcontrol-position: bottom right; }
QSpinBox::up-button, QDoubleSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::down-button {
    subcontrol-origin: border; width: 22px; border: none; background: transparent; border-radius: 4px; margin: 2px;
}
QSpinBox::up-button:hover, QDoubleSpinBox::up-button:hover, QSpinBox::down-button:hover,
QDoubleSpinBox::down-button:hover { background: $hover; }
QSpinBox::up-button:pressed, QDoubleSpinBox::up-button:pressed, QSpinBox::down-button:pressed,
QDoubleSpinBox::down-button:pressed { background: $pressed; }
QSpinBox::up-arrow, QDoubleSpinBox::up-arrow { image: url($arrow_up); width: 10px; height: 10px; }
QSpinBox::down-arrow, QDoubleSpinBox::down-arrow { image: url($arrow_down); width: 10px; height: 10px; }
QSpinBox::up-arrow:disabled, QSpinBox::up-arrow:off, QDoubleSpinBox::up-arrow:disabled, QDoubleSpinBox::up-arrow:off {
    image: url($arrow_up_off);
}
QSpinBox::down-arrow:disabled, QSpinBox::down-arrow:off, QDoubleSpinBox::down-arrow:disabled,
QDoubleSpinBox::down-arrow:off { image: url($arrow_down_off); }

QCheckBox, QRadioButton { color: $text; spacing: 8px; border: 2px solid transparent; border-radius: 6px; padding: 2px; }
QCheckBox:focus, QRadioButton:focus { border-color: $focus; }
QCheckBox:disabled, QRadioButton:disabled { color: $outline; }
QCheckBox::indicator, QRadioButton::indicator, QGroupBox::indicator, QAbstractItemView::indicator {
    width: 16px; height: 16px; background: $canvas; border: 1px solid $outline; border-radius: 4px;
}
QRadioButton::indicator { border-radius: 9px; }
QCheckBox::indicator:hover, QRadioButton::indicator:hover, QGroupBox::indicator:hover { border-color: $accent; }
QCheckBox::indicator:pressed, QRadioButton::indicator:pressed { background: $pressed; }
QCheckBox::indicator:checked, QGroupBox::indicator:checked, QAbstractItemView::indicator:checked {
    background: $accent; border-color: $accent; image: url($check_on);
}
QCheckBox::indicator:indeterminate, QAbstractItemView::indicator:indeterminate {
    background: $accent; border-color: $accent; image: url($minus_on);
}
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled, QGroupBox::indicator:disabled {
    background: $side; border-color: $line;
}
QCheckBox::indicator:checked:disabled { background: $pressed; border-color: $pressed; image: url($check_off); }
QRadioButton::indicator:checked { background: $canvas; border: 5px solid $accent; width: 8px; height: 8px; }
QRadioButton::indicator:checked:disabled { border-color: $outline; }

QSlider { border: 2px solid transparent; border-radius: 6px; }
QSlider:focus { border-color: $focus; }
QSlider:horizontal { min-height: 20px; }
QSlider::groove:horizontal { height: 4px; border-radius: 2px; background: $pressed; }
QSlider::sub-page:horizontal { height: 4px; border-radius: 2px; background: $accent; }
QSlider::handle:horizontal {
    width: 12px; height: 12px; margin: -6px 0; border-radius: 8px; background: $canvas; border: 2px solid $accent;
}
QSlider::handle:horizontal:hover { background: $accent_soft; }
QSlider::handle:horizontal:pressed { background: $accent; }
QSlider::sub-page:horizontal:disabled { background: $outline; }
QSlider::handle:horizontal:disabled { border-color: $outline; background: $side; }

QMenuBar { background: $side; color: $text; }
QMenuBar::item { padding: 4px 10px; border-radius: 6px; background: transparent; }
QMenuBar::item:selected { background: $hover; }
QMenu { background: $canvas; color: $text; border: 1px solid $line; padding: 5px; }
QMenu::item { padding: 6px 28px 6px 12px; border-radius: 6px; margin: 0; }
QMenu::item:selected { background: $accent_soft; color: $text; }
QMenu::item:disabled { color: $outline; background: transparent; }
QMenu::icon { padding-left: 8px; }
QMenu::separator { height: 1px; background: $line; margin: 5px 8px; }
QMenu::right-arrow { image: url($arrow_right); width: 14px; height: 14px; right: 6px; }
QMenu::indicator { width: 14px; height: 14px; left: 8px; }
QMenu::indicator:checked { image: url($check_menu); }

QScrollBar { background: transparent; border: none; margin: 0; }
QScrollBar:vertical { width: 12px; }
QScrollBar:horizontal { height: 12px; }
QScrollBar::handle { background: $thumb; border-radius: 3px; margin: 3px; }
QScrollBar::handle:vertical { min-height: 32px; }
QScrollBar::handle:horizontal { min-width: 32px; }
QScrollBar::handle:hover { background: $outline; margin: 2px; border-radius: 4px; }
QScrollBar::handle:pressed { background: $muted; margin: 2px; border-radius: 4px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; background: none; border: none; }
QScrollBar::add-page, QScrollBar::sub-page { background: none; }
QAbstractScrollArea::corner { background: transparent; border: none; }

QAbstractItemView { background: $canvas; color: $text; border: 1px solid $line; border-radius: 6px; outline: none; }
QListView, QTreeView, QTableView { padding: 1px; alternate-background-color: $side; }
QListView:focus, QTreeView:focus, QTableView:focus { border: 2px solid $focus; padding: 0; }
QAbstractItemView[plain="true"], QAbstractItemView[plain="true"]:focus {
    background: transparent; border: none; padding: 0;
}
QListView::item, QTreeView::item { padding: 0 8px; }
QListView::item:hover, QTreeView::item:hover { background: $hover; }
QListView::item:selected, QTreeView::item:selected, QTableView::item:selected {
    background: $accent_soft; color: $text;
}
QTableView { gridline-color: $line; }
QHeaderView { background: $side; border: none; }
QHeaderView::section {
    background: $side; color: $muted; border: none; border-bottom: 1px solid $line; padding: 6px 8px;
}
QHeaderView::section:hover { color: $text; }
QHeaderView::up-arrow { image: url($arrow_up); width: 12px; height: 12px; }
QHeaderView::down-arrow { image: url($arrow_down); width: 12px; height: 12px; }
QScrollArea { background: transparent; border: none; }
QScrollArea:focus { border: 2px solid $focus; }

QTabWidget::pane { border: none; border-top: 1px solid $line; top: -1px; }
QTabBar { qproperty-drawBase: 0; background: transparent; }
QTabBar::tab {
    background: transparent; color: $muted; border: 2px solid transparent; border-radius: 6px;
    padding: 6px 12px; margin: 2px 2px 4px 0;
}
QTabBar::tab:hover { background: $hover; color: $text; }
QTabBar::tab:selected { background: $accent_soft; color: $text; }
QTabBar::tab:focus { border-color: $focus; }
QTabBar::tab:disabled { color: $outline; }

QGroupBox { border: none; margin-top: 24px; padding: 0; }
QGroupBox::title { subcontrol-origin: margin; subcontrol-position: top left; color: $muted; padding: 2px 0; }
QProgressBar { background: $pressed; border: none; border-radius: 3px; max-height: 6px; text-align: center; }
QProgressBar::chunk { background: $accent; border-radius: 3px; }
QSplitter::handle { background: $line; }
QSplitter::handle:hover, QSplitter::handle:pressed { background: $accent; }
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
""")


def _picture(name: str, color: str) -> str:
    """The path of an icon in one colour."""
    file = f"{name}-{color.lstrip('#')}.svg"
    source = resource_path(f"icons/{name}.svg").read_bytes()
    _pictures.add({file: source.replace(b"currentColor", color.encode("ascii"))})
    return _pictures.path(file)


def stylesheet(tokens: "Tokens") -> str:
    """The stylesheet of the whole application in these colours."""
    names = {name: getattr(tokens, name) for name in type(tokens).__dataclass_fields__}
    return _SHEET.substitute(
        names,
        arrow_down=_picture("chevron-down", tokens.muted),
        arrow_down_off=_picture("chevron-down", tokens.outline),
        arrow_up=_picture("chevron-up", tokens.muted),
        arrow_up_off=_picture("chevron-up", tokens.outline),
        arrow_right=_picture("chevron-right", tokens.muted),
        check_on=_picture("check", tokens.on_accent),
        check_off=_picture("check", tokens.muted),
        check_menu=_picture("check", tokens.accent),
        minus_on=_picture("minus", tokens.on_accent),
    )
