"""What a message shows, what can be done with it, and what it can never do."""

import pytest
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QGuiApplication, QImage, QTextDocument
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from support.shown_messages import FINISHED, answer, question, row, settle, words_y
from tally.core.failures import Failure, FailureKind
from tally.core.messages import AnswerInfo, EndState, FilePart, ImagePart, ToolCallPart
from tally.core.money import NOT_BILLED, UNKNOWN_COST, Cost, CostStatus, Usd
from tally.gui.conversation.attachments import FileChip, Thumbnail
from tally.gui.conversation.code_block import CodeView
from tally.gui.conversation.meta_line import figures
from tally.gui.conversation.notice import NoticeView
from tally.gui.conversation.segment_source import pretty_json
from tally.gui.conversation.shown import Shown
from tally.gui.conversation.text_browser import MessageText

PHOTO = ImagePart("digest1", "photo.jpg", "image/jpeg", 4032, 3024, 3_600_000)


def failed(state, failure=None, **more):
    return AnswerInfo("claude-sonnet-4.6", state, failure=failure, cost=more.pop("cost", NOT_BILLED), **more)


def notice_of(view, index):
    found = row(view, index).findChildren(NoticeView)
    return found[0] if found else None


def buttons_of(widget):
    return {button.text(): button for button in widget.findChildren(QPushButton)}


# Figures


def line(info):
    return [figure.text for figure in figures(info, lambda name: f"<{name}>")]


def test_the_line_of_figures_says_model_times_tokens_and_cost():
    assert line(FINISHED) == ["<claude-sonnet-4.6>", "1.2 s to first token", "84 tok/s", "1,204 tokens", "$0.0183"]


def test_an_unknown_cost_is_a_dash_and_an_estimate_is_marked():
    assert line(AnswerInfo("m", EndState.COMPLETE, cost=UNKNOWN_COST))[-1] == "—"
    guessed = Cost(Usd(18_300_000_000), CostStatus.ESTIMATED)
    assert line(AnswerInfo("m", EndState.COMPLETE, cost=guessed))[-1] == "≈ $0.0183"


def test_costs_of_the_demo_are_marked_simulated():
    assert line(AnswerInfo("m", EndState.COMPLETE, simulated=True))[-1] == "simulated"


def test_a_click_on_the_figures_asks_for_details(view, open_path, qtbot):
    path = open_path([question("Go."), answer("Words.")])
    with qtbot.waitSignal(view.action_wanted) as wanted:
        qtbot.mouseClick(row(view, 1)._meta, Qt.MouseButton.LeftButton)
    assert wanted.args == ["details", path[1].message.id]


# Actions


def test_actions_appear_under_the_pointer_and_move_nothing(view, open_path, qtbot):
    open_path([question("Go."), answer("Words."), question("Then?")])
    before = [(row(view, index).geometry(), row(view, index).body.geometry()) for index in range(3)]
    assert row(view, 1)._bar is None
    qtbot.mouseMove(view.viewport(), QPoint(3, 3))
    row(view, 1).show_actions()
    settle()
    assert row(view, 1)._bar.isVisible()
    assert [(row(view, index).geometry(), row(view, index).body.geometry()) for index in range(3)] == before


def test_copy_gives_plain_text_and_copy_as_markdown_the_source(view, open_path, qtbot):
    text = "A **bold** word.\n\n1. one\n2. two\n   - inner\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```python\nx = 1\n```"
    path = open_path([question("Go."), answer(text)])
    with qtbot.waitSignal(view.action_wanted) as copied:
        row(view, 1).action.emit("copy")
    assert copied.args == ["copied", path[1].message.id]
    assert QGuiApplication.clipboard().text() == "A bold word.\n1. one\n2. two\n  - inner\n\na\tb\n1\t2\n\nx = 1"
    row(view, 1).action.emit("copy_markdown")
    assert QGuiApplication.clipboard().text() == text


@pytest.mark.parametrize("name", ["regenerate", "branch"])
def test_the_buttons_of_an_answer_say_what_is_wanted(view, open_path, qtbot, name):
    path = open_path([question("Go."), answer("Words.")])
    row(view, 1).show_actions()
    button = row(view, 1)._bar.findChild(QWidget, name)
    with qtbot.waitSignal(view.action_wanted) as wanted:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert wanted.args == [name, path[1].message.id]


def test_versions_are_counted_and_can_be_stepped_through(view, qtbot):
    message = answer("Second of three.")
    view.show_path([Shown(question("Go.")), Shown(message, index=1, siblings=3)])
    settle()
    bar = row(view, 1)._siblings
    assert "2/3" in [label.text() for label in bar.findChildren(QLabel)]
    for button, step in zip(bar.buttons, (-1, 1), strict=True):
        with qtbot.waitSignal(view.sibling_wanted) as wanted:
            qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        assert wanted.args == [message.id, step]
    view.update_message(Shown(message, index=2, siblings=3))
    assert [button.isEnabled() for button in bar.buttons] == [True, False]


def test_the_code_button_copies_the_code_alone(view, open_path, qtbot):
    open_path([question("Go."), answer("See:\n\n```python\nx = 1\ny = 2\n```")])
    code = row(view, 1).findChild(CodeView)
    qtbot.mouseClick(code.findChild(QWidget, "copy"), Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "x = 1\ny = 2"


def test_wrapping_long_lines_makes_the_block_higher_and_moves_what_follows(view, open_path, qtbot):
    open_path([question("Go."), answer(f"```\n{'word ' * 400}\n```\n\nAfter it.")])
    code = row(view, 1).findChild(CodeView)
    before, y = code.height(), words_y(view, 1, "After it")
    code.findChild(QWidget, "wrap").click()
    settle()
    assert code.height() > before + 50
    assert words_y(view, 1, "After it") != y or view.at_end


# Nothing gets out


def test_only_links_to_the_web_and_to_mail_are_passed_on(view, open_path):
    open_path([question("Go."), answer("[a](https://example.com/x?y=1) [b](mailto:a@example.com)")])
    followed = []
    view.link_activated.connect(followed.append)
    text = row(view, 1).texts()[0]
    for address in (
        "https://example.com/x?y=1", "mailto:a@example.com", "file:///etc/passwd", "javascript:alert(1)",
        "smb://host/share", "//host/share", "data:text/html,x", "app:image?x",
    ):  # fmt: skip
        text.anchorClicked.emit(QUrl(address))
    assert followed == ["https://example.com/x?y=1", "mailto:a@example.com"]


def test_no_picture_is_ever_read_from_disk_or_network(view, open_path, tmp_path):
    picture = QImage(40, 40, QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.red)
    path = tmp_path / "secret.png"
    assert picture.save(str(path))
    open_path([question("Go."), answer("Words.")])
    text = row(view, 1).texts()[0]
    text.show_html(f'<p><img src="{path.as_uri()}"> <img src="{path}"> <img src="http://127.0.0.1:9/x.png"></p>')
    text.fit(600)
    settle()
    for source in (path.as_uri(), str(path), "http://127.0.0.1:9/x.png"):
        loaded = text.document().resource(QTextDocument.ResourceType.ImageResource, QUrl(source))
        assert (loaded.width(), loaded.height()) == (1, 1)


def test_a_remote_picture_is_a_link_that_names_its_host(view, open_path):
    open_path([question("Go."), answer("![A chart](https://pictures.example.com/chart.png)")])
    followed = []
    view.link_activated.connect(followed.append)
    text = row(view, 1).texts()[0]
    assert "pictures.example.com" in text.toPlainText()
    cursor = text.document().find("chart")
    cursor.setPosition(cursor.selectionEnd())
    text.anchorClicked.emit(QUrl(cursor.charFormat().anchorHref()))
    assert followed == ["https://pictures.example.com/chart.png"]


def test_html_of_the_model_is_shown_as_text(view, open_path):
    open_path([question("<b>mine</b>"), answer("<script>x</script> and <b>bold</b>")])
    assert "<b>mine</b>" in row(view, 0).texts()[0].toPlainText()
    assert "<script>x</script> and <b>bold</b>" in row(view, 1).texts()[0].toPlainText()


def test_a_footnote_is_gone_to_within_the_message(view, open_path):
    filler = "\n\n".join(f"Paragraph {number}." for number in range(60))
    open_path([question("Go."), answer(f"A claim[^1].\n\n{filler}\n\n[^1]: The note itself.")])
    followed = []
    view.link_activated.connect(followed.append)
    view.go_to(1)
    settle()
    assert words_y(view, 1, "The note itself") > view.viewport().height()
    first = row(view, 1).texts()[0]
    reference = first.document().find("1")
    first.anchorClicked.emit(QUrl(reference.charFormat().anchorHref()))
    settle()
    assert 0 < words_y(view, 1, "The note itself") < view.viewport().height()
    assert followed == []


# Attachments


def test_pictures_are_asked_for_when_their_message_is_on_screen(view, open_path, qtbot):
    wanted = []
    view.thumbnails_wanted.connect(wanted.append)
    filler = [answer("Long. " * 2000) for _ in range(3)]
    open_path([question("Look.", PHOTO), *filler])
    assert wanted == []
    view.go_to(0)
    settle()
    assert wanted == [["digest1"]]
    picture = QImage(200, 150, QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.red)
    view.set_thumbnail("digest1", picture)
    settle()
    tile = row(view, 0).findChild(Thumbnail)
    assert tile.grab().toImage().pixelColor(tile.rect().center()).name() == "#ff0000"
    with qtbot.waitSignal(view.image_wanted) as opened:
        qtbot.mouseClick(tile, Qt.MouseButton.LeftButton)
    assert opened.args == ["digest1"]


def test_files_are_chips_with_name_and_size(view, open_path):
    open_path([question("Sum up.", FilePart("report.csv", "a,b", 18_000))])
    chip = row(view, 0).findChild(FileChip)
    assert "report.csv" in chip.accessibleName()
    assert chip.geometry().bottom() < row(view, 0).body.y()


def test_a_question_without_words_has_no_empty_block(view, open_path):
    open_path([question("", PHOTO)])
    assert row(view, 0).body.views == []
    assert row(view, 0)._block.isEmpty()


# Ends


def test_an_answer_that_ended_well_says_nothing_more(view, open_path):
    open_path([question("Go."), answer("Words.")])
    assert notice_of(view, 1) is None


@pytest.mark.parametrize(
    ("text", "info", "expected"),
    [
        ("Half", failed(EndState.LENGTH), ["Continue"]),
        ("Half", failed(EndState.CANCELLED), ["Continue", "Try again"]),
        ("Half", failed(EndState.CUT, Failure(FailureKind.DISCONNECTED, "gone")), ["Continue", "Try again"]),
        ("", failed(EndState.HTTP_ERROR, Failure(FailureKind.RATE_LIMITED, "slow down", 429)), ["Try again"]),
        ("", failed(EndState.FILTERED), ["Try again"]),
    ],
)
def test_an_end_that_is_not_good_says_so_and_offers_what_helps(view, open_path, text, info, expected):
    open_path([question("Go."), answer(text, info)])
    notice = notice_of(view, 1)
    assert notice.notice.text
    assert list(buttons_of(notice))[: len(expected)] == expected
    if text:
        assert row(view, 1).texts()[0].toPlainText() == text


def test_a_refused_picture_can_be_left_out(view, open_path, qtbot):
    refused = failed(EndState.HTTP_ERROR, Failure(FailureKind.IMAGE_REJECTED, "too strange", 400))
    path = open_path([question("Look.", PHOTO), answer("", refused)])
    with qtbot.waitSignal(view.action_wanted) as wanted:
        qtbot.mouseClick(buttons_of(notice_of(view, 1))["Send without the picture"], Qt.MouseButton.LeftButton)
    assert wanted.args == ["retry_without_image", path[1].message.id]


def test_the_technical_part_is_folded_and_shown_as_plain_text(view, open_path):
    details = '{"error": "<b>bold</b>"}'
    failure = Failure(FailureKind.SERVER, "It broke.", 500, details, request_id="req_1")
    open_path([question("Go."), answer("", failed(EndState.HTTP_ERROR, failure))])
    notice = notice_of(view, 1)
    height = notice.height()
    fold = notice._details
    assert not fold.text.isVisible()
    fold.set_open(True)
    settle()
    assert notice.height() > height
    assert "It broke." in fold.text.toPlainText()
    assert "HTTP 500" in fold.text.toPlainText()
    assert "req_1" in fold.text.toPlainText()
    assert details in fold.text.toPlainText()


# JSON and tools


def test_json_is_shown_formatted_or_as_written(view, open_path):
    info = AnswerInfo("m", EndState.COMPLETE, note="json")
    written = '{"b":1.50,"a":["x",{}]}'
    open_path([question("Go."), answer(written, info)])
    code = row(view, 1).findChild(CodeView)
    assert code.text.toPlainText() == '{\n  "b": 1.50,\n  "a": [\n    "x",\n    {}\n  ]\n}'
    row(view, 1)._json._switch.setChecked(True)
    settle()
    assert row(view, 1).findChild(CodeView).text.toPlainText() == written


def test_json_that_is_none_is_said_to_be_none(view, open_path):
    info = AnswerInfo("m", EndState.COMPLETE, note="json_invalid")
    open_path([question("Go."), answer('{"b":', info)])
    labels = [label.text() for label in row(view, 1)._json.findChildren(QLabel) if label.isVisible()]
    assert "Not valid JSON" in labels


@pytest.mark.parametrize("text", ["not json", '{"a":', "[" * 100_000, ""])
def test_what_cannot_be_read_stays_as_it_is(text):
    assert pretty_json(text) == text


def test_a_tool_call_is_folded_under_its_name(view, open_path):
    call = ToolCallPart("call_1", "weather", '{"city": "Tashkent"}', {"city": "Tashkent"})
    open_path([question("Go."), answer("", AnswerInfo("m", EndState.TOOLS), call)])
    fold = row(view, 1)._calls[0]
    assert "weather" in fold._title.text()
    fold.set_open(True)
    settle()
    assert fold.text.toPlainText() == '{"city": "Tashkent"}'


def test_texts_of_messages_never_scroll_by_themselves(view, open_path):
    open_path([question("Go."), answer("# Title\n\nWords.\n\n- one\n- two\n\n> quoted")])
    for text in row(view, 1).texts():
        assert isinstance(text, MessageText)
        assert text.verticalScrollBar().maximum() == 0
        assert text.horizontalScrollBar().maximum() == 0


@pytest.mark.parametrize("code", ["x = 1", "a\n\nb\n" * 30, "# 日本語の注釈\nx = 1\n" * 10, "long " * 100 + "\nlast"])
def test_a_code_block_is_exactly_as_high_as_its_lines(view, open_path, code):
    open_path([question("Go."), answer(f"```python\n{code}\n```")])
    text = row(view, 1).findChild(CodeView).text
    assert text.verticalScrollBar().maximum() == 0
    last = text.document().lastBlock()
    drawn = text.blockBoundingGeometry(last).translated(text.contentOffset())
    assert text.viewport().height() - 4 <= drawn.bottom() <= text.viewport().height()
