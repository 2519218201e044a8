"""What the demo answers: in the language of the question, by its words, and by command."""

import json

import pytest


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Hello!", "# Welcome to the demo"),
        ("こんにちは", "# デモへようこそ"),
        ("你好", "# 欢迎使用演示"),
        ("Assalomu alaykum", "# Demoga xush kelibsiz"),
        ("How much does it cost?", "# What an answer costs"),
        ("料金はいくらですか", "# 回答の料金"),
        ("这个多少钱？", "# 一次回答的费用"),
        ("Narxi qancha?", "# Javob qancha turadi"),
        ("Is my key private?", "# What stays on this computer"),
        ("Can I send a photo?", "# Pictures"),
        ("Rasm yuborsam bo‘ladimi?", "# Rasmlar haqida"),
        ("Write a Python function", "```python"),
        ("Menga kod yozib ber", "Mana kichik Python funksiyasi"),
        ("Which model is best?", "`claude-haiku-4-5`"),
        ("Explain CAP theorem in 3 bullets.", "- **Consistency:**"),
    ],
)
def test_a_question_gets_the_text_for_its_subject_in_its_language(demo, question, said):
    assert said in demo.answer(question)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Why is the sky blue?", "> Why is the sky blue?"),
        ("空はなぜ青い", "> 空はなぜ青い"),
        ("天空为什么是蓝色的", "> 天空为什么是蓝色的"),
        ("Nima uchun osmon koʻk?", "> Nima uchun osmon koʻk?"),
        ("Осмон нега кўк?", "> Осмон нега кўк?"),
    ],
)
def test_any_other_question_is_quoted_and_the_demo_is_honest_about_itself(demo, question, said):
    answer = demo.answer(question)

    assert said in answer
    assert any(word in answer for word in ("demo", "デモ", "演示", "gateway", "ゲートウェイ", "网关", "shlyuz"))


def test_words_within_words_do_not_choose_a_subject(demo):
    assert "# Welcome" not in demo.answer("A thing about history and whiskers")


def test_different_questions_get_different_general_answers(demo):
    answers = {demo.answer(f"Something about number {number}").splitlines()[0] for number in range(12)}

    assert len(answers) == 3


def test_han_characters_are_japanese_where_the_conversation_is(demo):
    first = {"role": "user", "content": "犬について教えて"}
    history = [first, {"role": "assistant", "content": "犬です。"}, {"role": "user", "content": "料金"}]

    assert demo.answer(messages=history).startswith("# 回答の料金")


def test_a_command_answers_in_the_language_of_the_conversation(demo):
    first = {"role": "user", "content": "犬について教えて"}
    history = [first, {"role": "assistant", "content": "犬です。"}, {"role": "user", "content": "/help"}]

    assert demo.answer(messages=history).startswith("# デモが分かる命令")
    assert demo.answer("/help").startswith("# What the demo understands")


@pytest.mark.parametrize("tokens", [50, 400, 3000])
@pytest.mark.parametrize("language", ["", "これは長い", "很长的", "uzun javob kerak"])
def test_a_long_answer_has_about_the_length_that_was_asked_for(demo, tokens, language):
    body = demo.post(f"/long {tokens} {language}").json()

    assert body["choices"][0]["finish_reason"] == "stop"
    assert 0.9 * tokens < body["usage"]["completion_tokens"] < 1.1 * tokens + 40


@pytest.mark.parametrize("command", ["/long", "/long much", "/long 0"])
def test_a_long_answer_without_a_number_is_an_answer_all_the_same(demo, command):
    assert demo.answer(command).startswith("## 1\n\n**1.** ")


def test_every_kind_of_element_is_shown_on_request(demo):
    answer = demo.answer("/markdown")

    for element in (
        "# ",
        "### ",
        "\n  - ",
        "\n1. ",
        "- [x]",
        "> > ",
        "```python",
        "|:--",
        "$$",
        "[^1]",
        "日本語",
        "![",
        "<b>",
    ):
        assert element in answer


def test_json_on_request_is_a_fenced_object_and_in_json_mode_a_bare_one(demo):
    fenced = demo.answer("/json some words here")
    bare = demo.answer("/json some words here", response_format={"type": "json_object"})

    assert fenced == f"```json\n{bare}\n```"
    assert json.loads(bare)["question"] == "some words here"


def test_commands_combine_with_questions_and_with_each_other(demo):
    costs = demo.answer("What does it cost?")

    assert demo.answer("/fast What does it cost?") == costs
    assert demo.answer("/SLOW /think What does it cost?") == costs
    assert demo.answer("/think /code") == demo.answer("/code")


def test_a_command_may_follow_an_attached_text(demo):
    assert demo.answer("File: notes.txt\n```\nHello\n```\n\n/code") == demo.answer("/code")


@pytest.mark.parametrize("text", ["/helpless", "/help/me", "see /help", "/etc/hosts"])
def test_what_only_looks_like_a_command_is_a_question(demo, text):
    assert f"> {text}" in demo.answer(text)


@pytest.mark.parametrize(
    "words",
    [
        'Your previous response was interrupted and ended with "…". Continue from there.',
        "Continue",
        "please continue.",
        "続けてください。",
        "继续",
        "Davom et",
    ],
)
def test_an_answer_cut_by_its_limit_goes_on_where_it_stopped(demo, words):
    question = {"role": "user", "content": "/long 600"}
    whole = demo.answer(messages=[question])
    first = demo.answer(messages=[question], max_tokens=200)
    history = [question, {"role": "assistant", "content": first}, {"role": "user", "content": words}]
    second = demo.answer(messages=history, max_tokens=200)
    history += [{"role": "assistant", "content": second}, {"role": "user", "content": words}]
    third = demo.answer(messages=history)

    assert first + second + third == whole


def test_continue_without_anything_to_continue_is_a_question(demo):
    assert "> Continue" in demo.answer("Continue")


def test_continue_after_a_complete_answer_is_a_question(demo):
    question = {"role": "user", "content": "Hello"}
    answer = {"role": "assistant", "content": demo.answer(messages=[question])}

    assert "> go on" in demo.answer(messages=[question, answer, {"role": "user", "content": "go on"}])


def test_a_question_in_a_quote_cannot_break_out_of_it(demo):
    answer = demo.answer("first line\n# second line\n" + "x" * 5000)

    (quote,) = (line for line in answer.splitlines() if line.startswith("> "))
    assert quote.startswith("> first line # second line xxx")
    assert quote.endswith("x…")
