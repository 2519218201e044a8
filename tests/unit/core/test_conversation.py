"""A conversation is a tree; nothing that was said is destroyed by another version of it."""

import pytest

from tally.core.conversation import Conversation, title_from
from tally.core.messages import ImagePart, Message, Role, TextPart


def question(name: str, parent: str | None = None, created: int = 0) -> Message:
    return Message(name, parent, Role.USER, (TextPart(name),), created)


def answer(name: str, parent: str, created: int = 0) -> Message:
    return Message(name, parent, Role.ASSISTANT, (TextPart(name),), created)


@pytest.fixture
def tree() -> Conversation:
    conversation = Conversation("c")
    for message in (question("q1"), answer("a1", "q1"), question("q2", "a1"), answer("a2", "q2")):
        conversation.add(message)
    return conversation


def names(conversation: Conversation) -> list[str]:
    return [message.id for message in conversation.path()]


def test_the_path_follows_what_was_added_last(tree):
    tree.add(answer("a1b", "q1"))
    assert names(tree) == ["q1", "a1b"]


def test_choosing_an_older_sibling_brings_back_all_that_followed_it(tree):
    tree.add(answer("a1b", "q1"))
    tree.choose("a1")
    assert names(tree) == ["q1", "a1", "q2", "a2"]
    assert tree.siblings("a1") == ("a1", "a1b")


def test_the_chosen_path_can_be_kept_and_restored(tree):
    tree.add(answer("a1b", "q1"))
    tree.choose("a1")
    twin = Conversation("c", tree.messages(), tree.chosen())
    assert names(twin) == names(tree)


def test_an_edited_first_question_is_a_sibling_at_the_root(tree):
    tree.add(question("q1b"))
    assert names(tree) == ["q1b"]
    assert tree.siblings("q1") == ("q1", "q1b")


def test_removed_messages_can_be_put_back_in_their_old_place(tree):
    tree = Conversation("c")
    for message in (question("q"), answer("x", "q", 1), answer("y", "q", 2), question("z", "x", 3)):
        tree.add(message)
    removed = tree.remove("x")
    assert [message.id for message in removed] == ["x", "z"]
    assert names(tree) == ["q", "y"]
    tree.restore(removed)
    assert tree.children("q") == ("x", "y")
    assert names(tree) == ["q", "x", "z"]


def test_removed_messages_come_back_with_the_versions_that_were_chosen_among_them(tree):
    tree = Conversation("c")
    for message in (question("q"), answer("x", "q", 1), question("z", "x", 2), question("y", "x", 3)):
        tree.add(message)
    tree.choose("z")
    chosen = tree.chosen()
    tree.restore(tree.remove("x"), chosen)
    assert names(tree) == ["q", "x", "z"]
    assert tree.chosen() == chosen


def test_a_message_needs_a_parent_that_is_here_and_an_id_that_is_free(tree):
    with pytest.raises(ValueError, match="is not here"):
        tree.add(question("q9", "nowhere"))
    with pytest.raises(ValueError, match="already here"):
        tree.add(question("q1"))


def test_the_path_to_a_message_ends_with_it(tree):
    assert [message.id for message in tree.path_to("q2")] == ["q1", "a1", "q2"]
    assert tree.path_to(None) == ()


def test_a_title_is_the_first_words_on_one_line():
    long = Message("m", None, Role.USER, (TextPart("What\nis   the " + "very " * 30 + "end"),), 0)
    title = title_from(long)
    assert title.startswith("What is the very")
    assert len(title) <= 60
    assert title.endswith("…")


def test_a_question_of_pictures_alone_is_titled_by_the_first_file():
    image = ImagePart("d", "cat.png", "image/png", 1, 1, 1)
    assert title_from(Message("m", None, Role.USER, (image,), 0)) == "cat.png"
