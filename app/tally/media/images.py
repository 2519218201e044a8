"""What is made of a picture before it is sent, keeping every limit of protocol.md 1.4. Callable from any thread.

Orientation is applied, the file's metadata stay here, nothing is enlarged. Equal files give equal results.
"""

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt
from PySide6.QtGui import QColorSpace, QImage, QImageWriter, QPainter

from tally.core.catalog import ImageRule
from tally.core.images import MAX_BYTES, fit_size
from tally.core.ports import PreparedImage
from tally.media.decoding import decode, refusal
from tally.media.sniff import Kind

JPEG_QUALITIES = (85, 75, 60, 40)
PNG_FACTOR = 2
"""A picture that did not come as JPEG is sent as PNG unless that is so many times larger than JPEG would be.

Screenshots and drawings stay below and keep their sharp letters; photographs do not.
"""


def prepare_bytes(data: bytes, rule: ImageRule, *, many: bool = False) -> PreparedImage:
    """Makes of a picture's file what is sent.

    Args:
        data: the file.
        rule: the model's useful size.
        many: more than 20 pictures go into the request.

    Raises:
        RefusedError: it cannot be read or made to fit; the sentence says why.
    """
    decoded, kind = decode(data, lambda width, height: fit_size(width, height, rule, many=many))
    image = _pixels(decoded)
    if _is_transparent(image):
        png = _encoded(image, b"png")
        if len(png) <= MAX_BYTES:
            return _prepared("image/png", png, image)
        image = _on_white(image)
    jpeg = _jpeg(image)
    if kind is not Kind.JPEG:
        png = _encoded(image.convertToFormat(QImage.Format.Format_RGB32), b"png")
        if len(png) <= min(PNG_FACTOR * len(jpeg), MAX_BYTES):
            return _prepared("image/png", png, image)
    return _prepared("image/jpeg", jpeg, image)


def png_of(image: QImage) -> bytes:
    """A picture that came without a file, as one."""
    return _encoded(image, b"png")


def _prepared(media_type: str, data: bytes, image: QImage) -> PreparedImage:
    return PreparedImage(media_type, data, image.width(), image.height())


def _jpeg(image: QImage) -> bytes:
    for quality in JPEG_QUALITIES:
        data = _encoded(image, b"jpeg", quality)
        if len(data) <= MAX_BYTES:
            return data
    raise refusal("The picture cannot be made small enough to be sent.")


def _encoded(image: QImage, kind: bytes, quality: int = -1) -> bytes:
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, kind)
    writer.setQuality(quality)
    if not writer.write(image):
        raise refusal("The picture cannot be converted.", writer.errorString())
    return bytes(data.data())


def _pixels(image: QImage) -> QImage:
    """A copy in the web's colours that holds pixels and nothing else: no texts, no colour profile, no resolution."""
    wanted = QImage.Format.Format_ARGB32 if image.hasAlphaChannel() else QImage.Format.Format_RGB32
    web = QColorSpace(QColorSpace.NamedColorSpace.SRgb)
    if image.colorSpace().isValid() and image.colorSpace() != web:
        converted = image.convertedToColorSpace(web, wanted)
        image = image if converted.isNull() else converted
    image = image.convertToFormat(wanted)
    return QImage(image.constBits(), image.width(), image.height(), image.bytesPerLine(), wanted).copy()


def _is_transparent(image: QImage) -> bool:
    """Whether any pixel lets something through."""
    if not image.hasAlphaChannel():
        return False
    alpha = image.convertToFormat(QImage.Format.Format_Alpha8)
    bits, stride, width = bytes(alpha.constBits()), alpha.bytesPerLine(), alpha.width()
    return any(bits.count(255, start, start + width) < width for start in range(0, len(bits), stride))


def _on_white(image: QImage) -> QImage:
    flat = QImage(image.size(), QImage.Format.Format_RGB32)
    flat.fill(Qt.GlobalColor.white)
    painter = QPainter(flat)
    painter.drawImage(0, 0, image)
    painter.end()
    return flat
