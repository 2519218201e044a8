"""Links: shown as they go out before anything is opened, and only those of the web and of mail."""

import pytest
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMessageBox, QPushButton, QWidget

from tally.gui.links import allowed, ask_to_open


@pytest.fixture
def window(qtbot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    return widget


@pytest.mark.parametrize(
    "address",
    [
        "https://example.com", "HTTP://EXAMPLE.COM/a", "https://example.com/a b|c", "mailto:a@example.com",
        "mailto:a@example.com?subject=Hi there", "https://o‘zbek.example/kitob", "https://example.com/日本",
    ],
)  # fmt: skip
def test_addresses_of_the_web_and_of_mail_may_be_opened(address):
    assert allowed(address)


@pytest.mark.parametrize(
    "address",
    [
        "", "example.com", "file:///etc/passwd", "javascript:alert(1)", "data:text/html,x", "ftp://example.com",
        "https://", "https:/path", "http://[x", "mailto:", "mailto:a@example.com?attach=/etc/passwd",
        "mailto:a@example.com?%61ttachment=x", "https://good.example\\@evil.example", "vbscript:x", "//example.com",
    ],
)  # fmt: skip
def test_nothing_else_may(address, window):
    assert not allowed(address)
    assert ask_to_open(address, window) is None


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://аpple.com/", "https://xn--pple-43d.com/"),
        ("https://example.com/\u202efdp.exe", "https://example.com/%E2%80%AEfdp.exe"),
        ("https://example.com/<b>x</b>", "https://example.com/%3Cb%3Ex%3C/b%3E"),
        ("https://example.com/" + "a" * 10_000, "https://example.com/" + "a" * 580 + "…"),
    ],
)
def test_an_address_is_shown_so_that_nothing_can_hide_in_it(window, address, shown):
    box = ask_to_open(address, window)
    assert isinstance(box, QMessageBox)
    assert box.text() == shown
    box.close()


def test_what_was_agreed_to_is_what_is_opened(window, monkeypatch):
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(bytes(url.toEncoded()).decode()))
    box = ask_to_open("https://example.com/a b", window)
    next(button for button in box.findChildren(QPushButton) if button.text() == "Open").click()
    assert opened == ["https://example.com/a%20b"]
