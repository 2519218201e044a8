"""What a file is, by its first bytes and never by its name."""

from enum import StrEnum


class Kind(StrEnum):
    """The kinds of pictures that can be read, as media types."""

    PNG = "image/png"
    JPEG = "image/jpeg"
    GIF = "image/gif"
    WEBP = "image/webp"
    BMP = "image/bmp"
    TIFF = "image/tiff"


_MAGIC: tuple[tuple[bytes, Kind], ...] = (
    (b"\x89PNG\r\n\x1a\n", Kind.PNG),
    (b"\xff\xd8\xff", Kind.JPEG),
    (b"GIF87a", Kind.GIF),
    (b"GIF89a", Kind.GIF),
    (b"II*\x00", Kind.TIFF),
    (b"MM\x00*", Kind.TIFF),
)
_BMP_HEADERS = {12, 40, 52, 56, 64, 108, 124}
"""Lengths of a bitmap's second header (Microsoft, "Bitmap Header Types"); a text that begins with BM has none."""

_STRANGERS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"%PDF-", "PDF"),
    (0, b"PK\x03\x04", "ZIP or Office"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Office"),
    (4, b"ftypavif", "AVIF"),
    (4, b"ftypheic", "HEIC"),
    (4, b"ftypheix", "HEIC"),
    (4, b"ftypmif1", "HEIC"),
    (4, b"ftyp", "video"),
    (0, b"\xff\x0a", "JPEG XL"),
    (0, b"\x00\x00\x00\x0cJXL ", "JPEG XL"),
    (0, b"8BPS", "Photoshop"),
)
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_CONTROLS = frozenset(range(32)) - frozenset(b"\t\n\r\f\x1b")


def image_kind(data: bytes) -> Kind | None:
    """The kind of a picture; None when the first bytes are none that Tally knows."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return Kind.WEBP
    if data[:2] == b"BM" and int.from_bytes(data[14:18], "little") in _BMP_HEADERS:
        return Kind.BMP
    return next((kind for magic, kind in _MAGIC if data.startswith(magic)), None)


def stranger(data: bytes) -> str:
    """The name of a format that Tally recognises only to say that it cannot send it; empty for all others."""
    return next((name for start, magic, name in _STRANGERS if data[start : start + len(magic)] == magic), "")


def decode_text(data: bytes) -> str | None:
    """The text of a file in UTF-8 (with or without a mark) or in UTF-16 with one; None when it is no such text."""
    try:
        text = data.decode("utf-16") if data.startswith(_UTF16_MARKS) else data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if "\x00" in text else text


def may_be_text(data: bytes) -> bool:
    """Whether what `decode_text` refused looks like text in an older encoding (Shift JIS, GBK, Windows-1251)."""
    return not _CONTROLS.intersection(data[:65536])
