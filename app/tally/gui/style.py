"""The one stylesheet, built from the tokens: every standard control in every state."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tally.gui.theme import Tokens


def stylesheet(tokens: "Tokens") -> str:
    """The stylesheet of the whole application in these colours."""
    return f"QToolTip {{ background: {tokens.raised}; color: {tokens.text}; border: 1px solid {tokens.line}; }}"
