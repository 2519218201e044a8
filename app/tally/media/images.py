"""Pictures: what one is, and what is made of it before it is sent. QImage only, callable from any thread.

Orientation is applied, metadata is dropped, nothing is enlarged, and the result keeps every limit of protocol.md 1.4.
"""

from dataclasses import dataclass

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt
from PySide6.QtGui import QColor, QImage, QImageIOHandler, QImageReader, QImageWriter, QPainter

from tally.core.catalog import ImageRule
from tally.core.failures import Failure, FailureKind, RefusedError
from tally.core.images import MAX_BYTES, fit_size
from tally.core.ports import PreparedImage
from tally.media.sniff import Kind, image_kind

MAX_FILE_BYTES = 100 * 1024 * 1024
ALLOCATION_LIMIT_MB = 512
"""Decoded pixels of one picture; 128 million at 4 bytes."""
JPEG_QUALITIES = (85, 75, 60, 40)
PNG_PREFERRED_BYTES = 1_500_000
"""A picture that came as PNG stays one up to this size: screenshots keep their sharp letters."""


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What a picture is before anything is done to it.

    Attributes:
        media_type: by its first bytes.
        width: as seen, in pixels.
        height: as seen, in pixels.
    """

    media_type: str
    width: int
    height: int


def _refused(sentence: str) -> RefusedError:
    return RefusedError(Failure(FailureKind.UNUSABLE_IMAGE, sentence))


class _Source:
    """A reader over bytes that stay alive as long as it does."""

    def __init__(self, data: bytes) -> None:
        kind = image_kind(data)
        if kind is Kind.UNKNOWN:
            raise _refused("This is not a picture Tally can read (PNG, JPEG, WebP, GIF, BMP or TIFF).")
        if len(data) > MAX_FILE_BYTES:
            raise _refused(f"The picture's file is larger than {MAX_FILE_BYTES // 1024 // 1024} MB.")
        self.kind = kind
        self._bytes = QByteArray(data)
        self._buffer = QBuffer(self._bytes)
        self._buffer.open(QIODevice.OpenModeFlag.ReadOnly)
        self.reader = QImageReader(self._buffer, kind.removeprefix("image/").encode())
        self.reader.setAutoTransform(True)
        self.reader.setAllocationLimit(ALLOCATION_LIMIT_MB)

    def stored_size(self) -> QSize:
        """The size before orientation is applied."""
        size = self.reader.size()
        if not size.isValid() or size.isEmpty():
            raise _refused("The picture is damaged or empty.")
        return size

    def is_turned(self) -> bool:
        """Whether width and height change places when the orientation is applied."""
        turned = self.reader.transformation()
        return bool(turned & QImageIOHandler.Transformation.TransformationRotate90)


def inspect(data: bytes) -> ImageFacts:
    """Reads a picture's head.

    Raises:
        RefusedError: it is none, is damaged, or its file is too large.
    """
    source = _Source(data)
    size = source.stored_size()
    if source.is_turned():
        size = size.transposed()
    return ImageFacts(str(source.kind), size.width(), size.height())


def _decode(data: bytes, rule: ImageRule, *, many: bool) -> tuple[QImage, Kind]:
    source = _Source(data)
    size = source.stored_size()
    width, height = fit_size(size.width(), size.height(), rule, many=many)
    if (width, height) != (size.width(), size.height()):
        source.reader.setScaledSize(QSize(width, height))
    image = source.reader.read()
    if image.isNull():
        raise _refused(f"The picture cannot be read: {source.reader.errorString()}.")
    seen = fit_size(image.width(), image.height(), rule, many=many)
    if seen != (image.width(), image.height()):
        image = image.scaled(
            QSize(*seen), Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
    return image, source.kind


def _encoded(image: QImage, kind: bytes, quality: int = -1) -> bytes:
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, kind)
    if quality >= 0:
        writer.setQuality(quality)
    if not writer.write(image):
        raise _refused(f"The picture cannot be converted: {writer.errorString()}.")
    return bytes(data.data())


def _without_metadata(image: QImage) -> QImage:
    """A copy in a plain colour format that carries pixels and nothing else."""
    wanted = QImage.Format.Format_ARGB32 if image.hasAlphaChannel() else QImage.Format.Format_RGB32
    plain = image.convertToFormat(wanted)
    for key in plain.textKeys():
        plain.setText(key, "")
    clean = QImage(plain.size(), wanted)
    clean.fill(QColor(Qt.GlobalColor.transparent))
    painter = QPainter(clean)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
    painter.drawImage(0, 0, plain)
    painter.end()
    return clean


def _has_transparency(image: QImage) -> bool:
    if not image.hasAlphaChannel():
        return False
    small = image.scaled(64, 64, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation)
    return any(small.pixelColor(x, y).alpha() < 255 for x in range(small.width()) for y in range(small.height()))


def _on_white(image: QImage) -> QImage:
    flat = QImage(image.size(), QImage.Format.Format_RGB32)
    flat.fill(QColor(Qt.GlobalColor.white))
    painter = QPainter(flat)
    painter.drawImage(0, 0, image)
    painter.end()
    return flat


def prepare_bytes(data: bytes, rule: ImageRule, *, many: bool = False) -> PreparedImage:
    """Makes of a picture's file what is sent.

    A picture with transparency, or one that came as PNG, GIF or BMP and stays small, is sent as PNG; every other as
    JPEG.

    Args:
        data: the file.
        rule: the model's useful size.
        many: more than 20 pictures go into the request.

    Raises:
        RefusedError: it cannot be read or made to fit; the sentence says why.
    """
    image, kind = _decode(data, rule, many=many)
    image = _without_metadata(image)
    transparent = _has_transparency(image)
    if transparent or kind is not Kind.JPEG:
        png = _encoded(image if transparent else image.convertToFormat(QImage.Format.Format_RGB32), b"png")
        if len(png) <= (MAX_BYTES if transparent else PNG_PREFERRED_BYTES):
            return PreparedImage("image/png", png, image.width(), image.height())
    flat = _on_white(image)
    for quality in JPEG_QUALITIES:
        jpeg = _encoded(flat, b"jpeg", quality)
        if len(jpeg) <= MAX_BYTES:
            return PreparedImage("image/jpeg", jpeg, image.width(), image.height())
    raise _refused("The picture cannot be made small enough to be sent.")
