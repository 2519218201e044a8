"""Pictures made at test time, in every format and with the peculiarities of real files."""

from __future__ import annotations

import random
import struct
import zlib

from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QColor, QImage, QImageWriter, QPainter

from tally.core.ports import PreparedImage

SECRET = "41.2995N 69.2401E"
"""Stands for what a camera writes into a file beside the picture."""


def halves(width: int, height: int, left: str = "#c02020", right: str = "#2020c0") -> QImage:
    """A picture of two colours, side by side; a single column is all left."""
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor(right))
    painter = QPainter(image)
    painter.fillRect(0, 0, (width + 1) // 2, height, QColor(left))
    painter.end()
    return image


def photo(width: int, height: int, seed: int = 7) -> QImage:
    """A picture of noise, which no format makes small."""
    bits = random.Random(seed).randbytes(width * height * 4)
    return QImage(bits, width, height, width * 4, QImage.Format.Format_RGB32).copy()


def saved(image: QImage, kind: str, quality: int = 90, note: str = "") -> bytes:
    """The picture as a file of a kind (`png`, `jpeg`, `webp`, `bmp`, `tiff`), with a note inside if the kind can."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.ReadWrite)
    writer = QImageWriter(buffer, kind.encode())
    writer.setQuality(quality)
    if note:
        writer.setText("Comment", note)
    assert writer.write(image), writer.errorString()
    return bytes(buffer.data().data())


def with_exif(jpeg: bytes, orientation: int, note: str = SECRET) -> bytes:
    """A JPEG with an EXIF block: an orientation (1–8) and a description (Exif 2.3, 4.6)."""
    text = note.encode() + b"\0"
    entries = struct.pack(">HHIHH", 0x0112, 3, 1, orientation, 0) + struct.pack(">HHII", 0x010E, 2, len(text), 38)
    block = b"Exif\0\0MM\0*" + struct.pack(">IH", 8, 2) + entries + struct.pack(">I", 0) + text
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + jpeg[2:]


def png_chunk(kind: bytes, data: bytes) -> bytes:
    """One chunk of a PNG file."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_head(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds next to nothing."""
    head = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + png_chunk(b"IDAT", zlib.compress(bytes(10))) + png_chunk(b"IEND", b"")


def png_chunks(data: bytes) -> set[bytes]:
    """The kinds of chunks in a PNG."""
    found, place = set(), 8
    while place < len(data):
        found.add(data[place + 4 : place + 8])
        place += 12 + int.from_bytes(data[place : place + 4], "big")
    return found


def jpeg_segments(data: bytes) -> set[int]:
    """The markers of a JPEG's segments up to its lines."""
    found, place = set(), 2
    while True:
        found.add(data[place + 1])
        if data[place + 1] == 0xDA:
            return found
        place += 2 + int.from_bytes(data[place + 2 : place + 4], "big")


def gif(width: int, height: int, frames: int = 1) -> bytes:
    """A GIF without compression; its first frame is red, later ones are blue (GIF89a, appendix F)."""
    palette = b"\xff\0\0\0\0\xff" + bytes(3 * 126)
    data = b"GIF89a" + struct.pack("<HHBBB", width, height, 0xF6, 0, 0) + palette
    for frame in range(frames):
        codes: list[int] = []
        for pixel in range(width * height):
            if pixel % 100 == 0:
                codes.append(128)  # forget the table, so that codes keep 8 bits
            codes.append(0 if frame == 0 else 1)
        lines = bytes([*codes, 129])
        blocks = b"".join(bytes([len(lines[i : i + 255])]) + lines[i : i + 255] for i in range(0, len(lines), 255))
        data += b"\x21\xf9\x04\x04\x0a\0\0\0\x2c" + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x07"
        data += blocks + b"\0"
    return data + b";"


def opened(prepared: PreparedImage) -> QImage:
    """What a receiver sees of a prepared picture."""
    image = QImage.fromData(prepared.data)
    assert not image.isNull()
    return image


def is_near(image: QImage, x: int, y: int, color: str, tolerance: int = 12) -> bool:
    """Whether a pixel has a colour, give or take what JPEG does to it."""
    seen, wanted = image.pixelColor(x, y), QColor(color)
    pairs = ((seen.red(), wanted.red()), (seen.green(), wanted.green()), (seen.blue(), wanted.blue()))
    return all(abs(one - other) <= tolerance for one, other in pairs)
