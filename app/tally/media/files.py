"""Reads a file that is to be attached: what it is, and what becomes of it. Callable from any thread."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtGui import QImage

from tally.core.failures import RefusedError
from tally.core.messages import FilePart, ImagePart
from tally.media.decoding import MAX_FILE_BYTES, inspect, refusal
from tally.media.sniff import decode_text, image_kind, may_be_text, stranger
from tally.media.thumbnails import thumbnail

MAX_TEXT_BYTES = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that can be attached.

    Attributes:
        part: how it stands in the message.
        data: the original bytes of a picture, to be kept; empty for text.
        thumbnail: of a picture; null for text.
    """

    part: ImagePart | FilePart
    data: bytes = field(default=b"", repr=False)
    thumbnail: QImage = field(default_factory=QImage, repr=False)


def read_bytes(path: Path) -> bytes:
    """The content of a file, at most `MAX_FILE_BYTES`.

    Raises:
        RefusedError: it is a folder or a device, is larger, or cannot be read.
    """
    name = path.name
    try:
        if path.is_dir():
            raise refusal(f"“{name}” is a folder; please choose files.")
        if path.exists() and not path.is_file():
            raise refusal(f"“{name}” is not an ordinary file.")
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise refusal(f"“{name}” cannot be read: {reason}.") from error
    if len(data) > MAX_FILE_BYTES:
        raise refusal(f"“{name}” is larger than {MAX_FILE_BYTES // 1024 // 1024} MB.")
    return data


def attachment_from(name: str, data: bytes, edge_px: int) -> Attachment:
    """Makes an attachment of a file's content.

    Args:
        name: for people and the model.
        data: the content.
        edge_px: the longest edge of a picture's thumbnail.

    Raises:
        RefusedError: it is neither a picture nor text, is empty, damaged or too large; the sentence names it.
    """
    if not data:
        raise refusal(f"“{name}” is empty.")
    if image_kind(data) is None:
        return Attachment(text_part(name, data))
    try:
        facts = inspect(data)
        small = thumbnail(data, edge_px)
    except RefusedError as error:
        raise refusal(f"“{name}” cannot be attached. {error.failure.message}", error.failure.details) from error
    digest = hashlib.sha256(data).hexdigest()
    part = ImagePart(digest, name, facts.media_type, facts.width, facts.height, len(data))
    return Attachment(part, data, small)


def text_part(name: str, data: bytes) -> FilePart:
    """A text or code file as it stands in a message.

    Raises:
        RefusedError: it is no text in a known encoding, or too long.
    """
    foreign = stranger(data)
    if foreign == "HEIC":
        raise refusal(f"“{name}” is a HEIC picture, which Tally cannot read. Save it as JPEG and attach that.")
    if foreign:
        raise refusal(f"“{name}” is a {foreign} file. Tally sends pictures and text files only.")
    text = decode_text(data)
    if text is None and may_be_text(data):
        raise refusal(f"“{name}” is not in UTF-8. Save it as UTF-8 text and attach it again.")
    if text is None:
        raise refusal(f"“{name}” is neither a picture nor a text file.")
    if len(data) > MAX_TEXT_BYTES:
        raise refusal(f"“{name}” is longer than {MAX_TEXT_BYTES // 1024 // 1024} MB, which no model can read.")
    return FilePart(name, text, len(data))


def read_attachment(path: Path, edge_px: int) -> Attachment:
    """Reads a file from disk; see `attachment_from`.

    Raises:
        RefusedError: it cannot be read or used.
    """
    return attachment_from(path.name, read_bytes(path), edge_px)
