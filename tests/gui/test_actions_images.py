"""Which picture a refusal means."""

from tally.core.messages import FilePart, ImagePart, Message, Part, Role, TextPart
from tally.gui.refused_images import refused_images


def image(name: str, *, excluded: bool = False) -> ImagePart:
    return ImagePart(name.ljust(64, "0"), name, "image/png", 10, 10, 100, excluded=excluded)


def said(role: Role, *parts: Part) -> Message:
    return Message("m" * 32, None, role, parts, 0)


RED, BLUE, GREEN = image("red.png"), image("blue.png"), image("green.png")


def test_the_place_counts_turns_and_pictures_first():
    path = [
        said(Role.USER, TextPart("look"), RED, BLUE),
        said(Role.ASSISTANT, TextPart("I see")),
        said(Role.USER, FilePart("a.txt", "words", 5), GREEN, TextPart("and this?")),
    ]
    assert refused_images(path, "messages.0.content.0.image.source.base64: too large") == (RED,)
    assert refused_images(path, "messages.0.content.1.image: too large") == (BLUE,)
    assert refused_images(path, "messages[2].content[0].image_url: invalid") == (GREEN,)


def test_questions_without_an_answer_between_them_are_one_turn():
    path = [
        said(Role.USER, RED, TextPart("look")),
        said(Role.ASSISTANT),
        said(Role.USER, BLUE, TextPart("once more")),
    ]
    assert refused_images(path, "messages.0.content.2.image.source: bad") == (BLUE,)


def test_what_was_left_out_before_is_a_text_now():
    path = [said(Role.USER, image("old.png", excluded=True), RED, BLUE)]
    assert refused_images(path, "messages.0.content.0.image.source: bad") == (RED,)
    assert refused_images(path, "messages.0.content.1.image.source: bad") == (BLUE,)


def test_a_name_is_as_good_as_a_place():
    path = [said(Role.USER, RED, BLUE)]
    assert refused_images(path, "“blue.png” cannot be read.") == (BLUE,)


def test_without_a_usable_place_the_pictures_of_the_question_are_meant():
    path = [said(Role.USER, RED), said(Role.ASSISTANT, TextPart("I see")), said(Role.USER, BLUE, GREEN)]
    for sentence in ("Could not process image", "messages.9.content.0.image: bad", "messages.1.content.0: bad"):
        assert refused_images(path, sentence) == (BLUE, GREEN)


def test_a_question_without_pictures_suffers_from_earlier_ones():
    path = [said(Role.USER, RED, BLUE), said(Role.ASSISTANT, TextPart("I see")), said(Role.USER, TextPart("so?"))]
    assert refused_images(path, "Could not process image") == (RED, BLUE)
