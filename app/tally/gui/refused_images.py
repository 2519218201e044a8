"""Which picture a gateway has refused, as far as its sentence tells.

Anthropic names the place: `messages.2.content.0.image.source.base64: image exceeds 5 MB maximum`. The numbers count the
turns and pieces that were sent (protocol.md 1.2): neighbouring questions are one turn, in each of them pictures come
first, and texts that follow each other are one piece.
"""

import re
from collections.abc import Sequence

from tally.core.messages import ImagePart, Message, Role, TextPart

_PLACE = re.compile(r"messages[.\[](\d+)\]?\.content[.\[](\d+)")


def refused_images(path: Sequence[Message], sentence: str) -> tuple[ImagePart, ...]:
    """The pictures to leave out.

    Args:
        path: the messages that were sent, the question last.
        sentence: what was said about the failure, by the gateway or by us.

    Returns:
        the one picture that the sentence names by place or by file name; else those of the question; else, when it has
        none, all that were sent.
    """
    sent = [image for message in path for image in message.images if not image.excluded]
    place = _PLACE.search(sentence)
    if place is not None:
        named = _at(path, int(place[1]), int(place[2]))
        if named is not None:
            return (named,)
    by_name = [image for image in sent if image.name and f"“{image.name}”" in sentence]
    if by_name:
        return tuple(by_name)
    own = tuple(image for image in path[-1].images if not image.excluded) if path else ()
    return own or tuple(sent)


def _at(path: Sequence[Message], turn: int, piece: int) -> ImagePart | None:
    turns = _turns(path)
    if turn < len(turns) and piece < len(turns[turn]):
        return turns[turn][piece]
    return None


def _turns(path: Sequence[Message]) -> list[list[ImagePart | None]]:
    """The pieces of each turn as they were sent; None stands for a text."""
    turns: list[list[ImagePart | None]] = []
    asking = False
    for message in path:
        if message.role is Role.USER:
            pieces = _pieces(message)
            if pieces and not asking:
                turns.append([])
            if pieces:
                _add(turns[-1], pieces)
                asking = True
        elif message.text.strip() or message.tool_calls:
            if asking or not turns:
                turns.append([None])
            asking = False
    return turns


def _pieces(message: Message) -> list[ImagePart | None]:
    pictures: list[ImagePart | None] = [image for image in message.images if not image.excluded]
    has_words = any(not isinstance(part, ImagePart) for part in message.parts if not _is_blank(part)) or any(
        image.excluded for image in message.images
    )
    return [*pictures, None] if has_words else pictures


def _is_blank(part: object) -> bool:
    return isinstance(part, TextPart) and not part.text.strip()


def _add(turn: list[ImagePart | None], pieces: list[ImagePart | None]) -> None:
    for piece in pieces:
        if piece is not None or not turn or turn[-1] is not None:
            turn.append(piece)
