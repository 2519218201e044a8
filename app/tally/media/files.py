"""Reads a file that was attached: what it is, and what becomes of it. Callable from any thread."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from tally.core.failures import Failure, FailureKind, RefusedError
from tally.core.messages import FilePart, ImagePart
from tally.media.images import MAX_FILE_BYTES, inspect
from tally.media.sniff import Kind, decode_text, kind_of

MAX_TEXT_BYTES = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that can be attached.

    Attributes:
        part: how it stands in the message.
        data: the original bytes of a picture, to be kept; empty for text.
    """

    part: ImagePart | FilePart
    data: bytes = b""


def _refused(sentence: str) -> RefusedError:
    return RefusedError(Failure(FailureKind.UNUSABLE_IMAGE, sentence))


def attachment_from(name: str, data: bytes) -> Attachment:
    """Makes an attachment of a file's content.

    Args:
        name: for people and the model.
        data: the content.

    Raises:
        RefusedError: it is neither a picture nor text, is empty, damaged or too large.
    """
    if not data:
        raise _refused(f"“{name}” is empty.")
    kind = kind_of(data)
    if kind.is_image:
        facts = inspect(data)
        digest = hashlib.sha256(data).hexdigest()
        part = ImagePart(digest, name, facts.media_type, facts.width, facts.height, len(data))
        return Attachment(part, data)
    text = decode_text(data) if kind is Kind.TEXT else None
    if text is None:
        raise _refused(f"“{name}” is neither a picture nor a text file; Tally cannot send it.")
    if len(data) > MAX_TEXT_BYTES:
        raise _refused(f"“{name}” is larger than {MAX_TEXT_BYTES // 1024 // 1024} MB; a text that long cannot be sent.")
    return Attachment(FilePart(name, text, len(data)))


def read_attachment(path: Path) -> Attachment:
    """Reads a file from disk.

    Raises:
        RefusedError: it cannot be read, or see `attachment_from`.
    """
    try:
        if path.is_dir():
            raise _refused(f"“{path.name}” is a folder; please choose files.")
        if path.stat().st_size > MAX_FILE_BYTES:
            raise _refused(f"“{path.name}” is larger than {MAX_FILE_BYTES // 1024 // 1024} MB.")
        data = path.read_bytes()
    except OSError as error:
        raise _refused(f"“{path.name}” cannot be read: {error.strerror or error}.") from error
    return attachment_from(path.name, data)
