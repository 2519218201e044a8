"""Pictures from files: what one is, and its pixels upright at the size that is wanted. Callable from any thread.

Only QtGui's image classes are used; they need no application object.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize
from PySide6.QtGui import QImage, QImageIOHandler, QImageReader

from tally.core.failures import Failure, FailureKind, RefusedError
from tally.media.sniff import Kind, image_kind

MAX_FILE_BYTES = 100 * 1024 * 1024
MAX_PIXELS = 256 * 1024 * 1024
"""Enough for the largest cameras of telephones and for a page scanned at 1200 dpi."""
ALLOCATION_LIMIT_MB = 1024
"""What Qt may allocate for one picture: `MAX_PIXELS` at 4 bytes."""
LARGE_PIXELS = 32 * 1024 * 1024
_one_large_at_a_time = threading.Lock()

Fit = Callable[[int, int], tuple[int, int]]
"""Width and height of a picture to those that are wanted; swapping the first swaps the second."""


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What a picture is before anything is done to it.

    Attributes:
        kind: by its first bytes.
        width: as seen, in pixels.
        height: as seen, in pixels.
    """

    kind: Kind
    width: int
    height: int

    @property
    def media_type(self) -> str:
        """The kind as a media type."""
        return str(self.kind)


def refusal(sentence: str, details: str = "") -> RefusedError:
    """A picture or file cannot be used; the sentence says why."""
    return RefusedError(Failure(FailureKind.UNUSABLE_IMAGE, sentence, details=details))


@contextmanager
def _reader(data: bytes) -> Iterator[tuple[QImageReader, Kind]]:
    """A reader that stands on the picture's head."""
    if not data:
        raise refusal("The file is empty.")
    if len(data) > MAX_FILE_BYTES:
        raise refusal(f"The file is larger than {MAX_FILE_BYTES // 1024 // 1024} MB.")
    kind = image_kind(data)
    if kind is None:
        raise refusal("This is not a picture Tally can read (PNG, JPEG, WebP, GIF, BMP or TIFF).")
    stored = QByteArray(data)
    buffer = QBuffer(stored)
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    QImageReader.setAllocationLimit(ALLOCATION_LIMIT_MB)
    reader = QImageReader(buffer, kind.removeprefix("image/").encode())
    reader.setAutoTransform(True)
    try:
        yield reader, kind
    finally:
        # Ends Qt's decoder while the buffer still lives; the one for TIFF reads from it even then.
        reader.setDevice(None)  # type: ignore[arg-type]  # Qt takes none; the stub does not know


def _stored_size(reader: QImageReader) -> QSize:
    """The size before orientation is applied."""
    size = reader.size()
    if not size.isValid() or size.isEmpty():
        raise refusal("The picture is damaged.", reader.errorString())
    if size.width() * size.height() > MAX_PIXELS:
        raise refusal(
            f"The picture is too large to be opened: it has {size.width()}×{size.height()} pixels, and Tally reads at"
            f" most {MAX_PIXELS // 1_000_000} million."
        )
    return size


def inspect(data: bytes) -> ImageFacts:
    """Reads a picture's head.

    Raises:
        RefusedError: it is none, is damaged, or is too large.
    """
    with _reader(data) as (reader, kind):
        size = _stored_size(reader)
        if reader.transformation() & QImageIOHandler.Transformation.TransformationRotate90:
            size = size.transposed()
        return ImageFacts(kind, size.width(), size.height())


def decode(data: bytes, fit: Fit) -> tuple[QImage, Kind]:
    """Reads a picture's first frame, upright.

    Args:
        data: the file.
        fit: the size that is wanted of a picture.

    Raises:
        RefusedError: it is none, is damaged or cut short, or is too large.
    """
    with _reader(data) as (reader, kind):
        if is_cut_short(data, kind):
            raise refusal("The picture is damaged: its file ends too early.")
        size = _stored_size(reader)
        wanted = QSize(*fit(size.width(), size.height()))
        if wanted != size:
            reader.setScaledSize(wanted)  # before orientation, like `size`
        with _one_large_at_a_time if size.width() * size.height() > LARGE_PIXELS else nullcontext():
            image = reader.read()
        if image.isNull():
            raise refusal("The picture is damaged.", reader.errorString())
        return image, kind


def is_cut_short(data: bytes, kind: Kind) -> bool:
    """Whether the end of a picture is missing, for the kinds whose decoders would fill the rest with grey or black."""
    if kind is Kind.JPEG:
        start = _jpeg_scan(data)
        return start < 0 or data.find(b"\xff\xd9", start) < 0
    if kind is Kind.BMP:
        return len(data) < _bmp_end(data)
    return False


def _jpeg_scan(data: bytes) -> int:
    """Where the picture's lines begin, behind the segments, which may hold a small JPEG of their own; -1 for nowhere.

    Within the lines FF is never followed by D9 before their end (ITU-T T.81, B.1.1.5).
    """
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF:
        marker = data[place + 1]
        if marker == 0xFF:  # a fill byte
            place += 1
            continue
        place += 2 + int.from_bytes(data[place + 2 : place + 4], "big")
        if marker == 0xDA:
            return place
    return -1


def _bmp_end(data: bytes) -> int:
    """How long a bitmap without compression must be, in bytes; 0 for others."""
    number = int.from_bytes
    if number(data[14:18], "little") == 12 or number(data[30:34], "little") not in {0, 3}:
        return 0
    width = number(data[18:22], "little", signed=True)
    height = abs(number(data[22:26], "little", signed=True))
    line = (width * number(data[28:30], "little") + 31) // 32 * 4
    return number(data[10:14], "little") + line * height
