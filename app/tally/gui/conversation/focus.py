"""How the keyboard moves inside the view: Tab through the controls of one message, then out of the view.

The controls of messages are no tab stops of their own; with hundreds of messages no one would ever get past them.
"""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from tally.gui.conversation.message_row import MessageRow


def tab(view: QWidget, row: MessageRow | None, *, forward: bool) -> bool:
    """Moves the focus to the next or previous stop; False when there is none in the whole window.

    Args:
        view: the conversation view.
        row: the current message, if there is one.
        forward: False for Shift+Tab.
    """
    focus = QApplication.focusWidget()
    if row is None or focus is None or not row.isVisible():
        return _leave(view, forward=forward)
    stops: list[QWidget] = [view, row, *row.tab_stops()]
    here = next((place for place, stop in enumerate(stops) if stop is focus), 1 if row.isAncestorOf(focus) else 0)
    place = here + (1 if forward else -1)
    if 0 <= place < len(stops):
        stops[place].setFocus(_reason(forward=forward))
        return True
    return _leave(view, forward=forward)


def _leave(view: QWidget, *, forward: bool) -> bool:
    widget = view.nextInFocusChain() if forward else view.previousInFocusChain()
    while widget is not None and widget is not view:
        takes = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) and widget.isEnabled() and widget.isVisible()
        if takes and not view.isAncestorOf(widget):
            widget.setFocus(_reason(forward=forward))
            return True
        widget = widget.nextInFocusChain() if forward else widget.previousInFocusChain()
    return False


def _reason(*, forward: bool) -> Qt.FocusReason:
    return Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
