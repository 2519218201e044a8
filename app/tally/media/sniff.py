"""What a file is, by its first bytes and never by its name."""

from enum import StrEnum


class Kind(StrEnum):
    """The kinds of files that can be attached."""

    PNG = "image/png"
    JPEG = "image/jpeg"
    GIF = "image/gif"
    WEBP = "image/webp"
    BMP = "image/bmp"
    TIFF = "image/tiff"
    TEXT = "text/plain"
    UNKNOWN = ""

    @property
    def is_image(self) -> bool:
        """Whether it is a picture Tally can read."""
        return self.startswith("image/")


_MAGIC: tuple[tuple[bytes, Kind], ...] = (
    (b"\x89PNG\r\n\x1a\n", Kind.PNG),
    (b"\xff\xd8\xff", Kind.JPEG),
    (b"GIF87a", Kind.GIF),
    (b"GIF89a", Kind.GIF),
    (b"BM", Kind.BMP),
    (b"II*\x00", Kind.TIFF),
    (b"MM\x00*", Kind.TIFF),
)
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def image_kind(data: bytes) -> Kind:
    """The kind of a picture; UNKNOWN when its first bytes are none that Tally knows."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return Kind.WEBP
    return next((kind for magic, kind in _MAGIC if data.startswith(magic)), Kind.UNKNOWN)


def decode_text(data: bytes) -> str | None:
    """The text of a file in UTF-8 (with or without a mark) or in UTF-16 with one; None when it is no text."""
    try:
        text = data.decode("utf-16") if data.startswith(_BOMS[1:]) else data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if "\x00" in text else text


def kind_of(data: bytes) -> Kind:
    """What a file is."""
    kind = image_kind(data)
    if kind is Kind.BMP and decode_text(data) is not None:
        return Kind.TEXT  # a text that happens to begin with "BM"
    if kind is not Kind.UNKNOWN:
        return kind
    return Kind.TEXT if decode_text(data) is not None else Kind.UNKNOWN
