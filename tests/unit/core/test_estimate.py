"""Estimates stand on the kinds of characters, on what was reported before, and on what was learned."""

import pytest

from tally.core.catalog import ImageRule, ModelInfo, Tokenizer
from tally.core.estimate import (
    SAMPLED_FROM,
    Calibration,
    Script,
    count_text,
    file_text,
    input_tokens,
    message_texts,
    message_tokens,
    overhead_texts,
    overhead_tokens,
    text_tokens,
)
from tally.core.images import fit_size, image_tokens
from tally.core.messages import AnswerInfo, EndState, FilePart, ImagePart, Message, ReasoningPart, Role, TextPart
from tally.core.money import Usage
from tally.core.params import GenerationParams, ToolDefinition

CLASSIC = ModelInfo("m", "m")
NEW = ModelInfo("n", "n", tokenizer=Tokenizer.NEW, images=ImageRule(2576, 4784))


def said(text: str, role: Role = Role.USER, answer: AnswerInfo | None = None) -> Message:
    return Message(text[:8], None, role, (TextPart(text),), 0, answer)


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("The quick brown fox jumps over the lazy dog, and then it sleeps.", Script.LATIN),
        ("def area(r):\n    return 3.14 * r ** 2\n\nprint(area(2))\n", Script.CODE),
        ("今日は天気がいいので、公園まで散歩に行きましょう。", Script.CJK),
        ("今天天气很好，我们去公园散步吧。", Script.CJK),
        ("Bugun havo juda yaxshi, bolalar bogʻda oʻynashmoqda, kitoblar stolda turibdi.", Script.UZBEK),
        ("Бугун ҳаво жуда яхши, болалар боғда ўйнамоқда.", Script.CYRILLIC),
    ],
)
def test_the_kind_of_writing_is_recognised(text, script):
    assert count_text(text).script is script


def test_a_text_never_counts_nothing_and_nothing_counts_nothing():
    assert text_tokens("") == 0
    assert text_tokens(" ") == 1


def test_the_newer_tokenizer_counts_latin_higher_and_chinese_alike():
    english, chinese = "The quick brown fox. " * 50, "今天天气很好，我们去公园散步吧。" * 50
    assert text_tokens(english, Tokenizer.NEW) == pytest.approx(text_tokens(english) * 1.3, rel=0.01)
    assert text_tokens(chinese.replace("，", "").replace("。", ""), Tokenizer.NEW) == text_tokens(
        chinese.replace("，", "").replace("。", "")
    )


@pytest.mark.parametrize(
    ("size", "rule", "many", "sent", "tokens"),
    [
        ((4032, 3024), CLASSIC.images, False, (1568, 1176), 1600),
        ((200, 200), CLASSIC.images, False, (200, 200), 54),
        ((1000, 1000), CLASSIC.images, False, (1000, 1000), 1334),
        ((1920, 1080), NEW.images, False, (1920, 1080), 2765),
        ((8000, 8000), NEW.images, False, (2576, 2576), 4784),
        ((3000, 100), NEW.images, True, (2000, 67), 179),
        ((20000, 2), CLASSIC.images, False, (1568, 1), 3),
    ],
)
def test_pictures_are_never_enlarged_and_count_as_documented(size, rule, many, sent, tokens):
    assert fit_size(*size, rule, many=many) == sent
    assert image_tokens(*sent, rule) == tokens


def test_every_part_of_a_payload_adds_to_it():
    base = (said("Hello there"),)
    tool = ToolDefinition("f", "does it", {"type": "object", "properties": {}})
    image = ImagePart("d", "n", "image/png", 1000, 1000, 5)
    plain = input_tokens(base, GenerationParams(), (), CLASSIC)
    assert input_tokens(base, GenerationParams(system="Be brief."), (), CLASSIC) > plain
    assert input_tokens(base, GenerationParams(), (tool,), CLASSIC) > plain + 300
    with_image = Message("x", None, Role.USER, (image, TextPart("Hello there")), 0)
    assert input_tokens((with_image,), GenerationParams(), (), CLASSIC) == plain + 1334
    with_file = Message("x", None, Role.USER, (FilePart("a.txt", "words " * 100, 600), TextPart("Hello there")), 0)
    assert input_tokens((with_file,), GenerationParams(), (), CLASSIC) > plain + 50


def test_reasoning_and_refused_pictures_are_not_sent_and_not_counted():
    silent = Message("x", None, Role.ASSISTANT, (ReasoningPart("long " * 500), TextPart("ok")), 0)
    assert message_tokens(silent, CLASSIC) == message_tokens(said("ok"), CLASSIC)
    refused = ImagePart("d", "n", "image/png", 1000, 1000, 5, excluded=True)
    assert message_tokens(Message("x", None, Role.USER, (refused,), 0), CLASSIC) == 4


def test_reported_usage_replaces_the_estimate_of_all_that_came_before():
    usage = Usage(uncached=1000, output=50, prompt_reported=1000)
    answered = said("fine", Role.ASSISTANT, AnswerInfo("m", EndState.COMPLETE, usage=usage))
    history = (said("a very long question " * 999), answered, said("And now?"))
    expected = 1050 + message_tokens(history[-1], CLASSIC)
    assert input_tokens(history, GenerationParams(), (), CLASSIC) == expected
    assert input_tokens(history, GenerationParams(), (), NEW) > expected


def answered(usage: Usage, **fields) -> Message:
    return said("fine", Role.ASSISTANT, AnswerInfo("m", EndState.COMPLETE, usage=usage, **fields))


REPORTED = Usage(uncached=1000, output=50, prompt_reported=1000)


def test_a_system_prompt_that_was_changed_since_is_not_overlooked():
    before, now = GenerationParams(), GenerationParams(system="You are a careful translator. " * 100)
    plain = overhead_tokens(before, (), CLASSIC)
    history = (said("Hello"), answered(REPORTED, overhead=plain))
    assert input_tokens(history, before, (), CLASSIC) == 1050
    assert input_tokens(history, now, (), CLASSIC) == 1050 + overhead_tokens(now, (), CLASSIC) - plain


def test_hidden_reasoning_is_not_sent_again():
    history = (said("Hello"), answered(Usage(uncached=1000, output=550, reasoning=500)))
    assert input_tokens(history, GenerationParams(), (), CLASSIC) == 1050


@pytest.mark.parametrize("answer", [answered(REPORTED, simulated=True), answered(Usage(uncached=0, output=50))])
def test_figures_of_the_demo_and_reports_without_input_are_no_ground_to_stand_on(answer):
    history = (said("Hello there " * 500), answer)
    expected = 3 + sum(message_tokens(message, CLASSIC) for message in history)
    assert input_tokens(history, GenerationParams(), (), CLASSIC) == expected


def test_refused_pictures_make_no_crowd():
    images = tuple(ImagePart(f"d{n}", "n", "image/png", 2500, 2500, 5, excluded=n > 0) for n in range(30))
    message = Message("x", None, Role.USER, images, 0)
    assert input_tokens((message,), GenerationParams(), (), NEW) == 3 + message_tokens(message, NEW)


def test_a_long_text_is_counted_by_samples_and_comes_close():
    prose = "The quick brown fox jumps over the lazy dog. " * 40
    code = "def area(r):\n    return 3.14 * r ** 2\n\n" * 40
    text = (prose + code) * 200
    pieces = [text[start : start + 50_000] for start in range(0, len(text), 50_000)]
    assert len(text) > 3 * SAMPLED_FROM
    assert text_tokens(text) == pytest.approx(sum(map(text_tokens, pieces)), rel=0.03)
    assert text_tokens(text * 10) == pytest.approx(10 * text_tokens(text), rel=0.03)


def test_every_text_of_a_request_is_counted_through_the_function_given():
    asked: list[str] = []

    def count(text: str) -> object:
        asked.append(text)
        return count_text(text)

    tool = ToolDefinition("f", "does it", {"type": "object", "properties": {}})
    message = Message("x", None, Role.USER, (FilePart("a.txt", "words", 5), TextPart("Hello")), 0)
    params = GenerationParams(system="Be brief.")
    counted = input_tokens((message,), params, (tool,), CLASSIC, count=count)
    assert asked == [*overhead_texts(params, (tool,)), *message_texts(message)]
    assert counted == input_tokens((message,), params, (tool,), CLASSIC)


def test_a_file_that_holds_fences_is_fenced_more_strongly():
    text = file_text(FilePart("a.md", "```\ncode\n```", 10))
    assert text.startswith("File: a.md\n````\n")
    assert text.endswith("\n````")


def test_calibration_comes_close_after_five_answers_and_survives_being_kept():
    calibration = Calibration()
    for _ in range(5):
        calibration = calibration.learn(real=140, estimated=100)
    assert calibration.apply(100) == pytest.approx(140, abs=2)
    assert Calibration.from_text(calibration.to_text()).apply(1000) == pytest.approx(calibration.apply(1000), abs=1)


@pytest.mark.parametrize("kept", [None, "", "x y", "1.0", "nan 3 4"])
def test_an_unreadable_calibration_starts_afresh(kept):
    assert Calibration.from_text(kept) == Calibration()


def test_one_absurd_answer_moves_a_calibration_only_within_bounds():
    assert Calibration(1.0, 50).learn(real=100_000, estimated=1).factor <= 1.2
