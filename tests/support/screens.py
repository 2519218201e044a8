"""Pictures of a virtual screen, read straight from the X server's frame buffer."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import NamedTuple

from PySide6.QtGui import QImage

# The first fields of an XWD file's header, all big-endian 32-bit words (X11/XWDFile.h).
_HEADER = struct.Struct(">13I")
_FULL_HEADER_WORDS = 25
_COLOUR_BYTES = 12


class Box(NamedTuple):
    """A rectangle on the screen in pixels."""

    x: int
    y: int
    width: int
    height: int

    @property
    def centre(self) -> tuple[int, int]:
        """The point in its middle."""
        return self.x + self.width // 2, self.y + self.height // 2

    def at(self, across: float, down: float) -> tuple[int, int]:
        """The point at a fraction of its width and height; a negative or large number counts pixels from an edge."""
        return self.x + _along(across, self.width), self.y + _along(down, self.height)


def _along(position: float, length: int) -> int:
    if position < 0:
        return length + int(position)
    return int(position * length) if position <= 1 else int(position)


def read_frame_buffer(path: Path, box: Box | None = None) -> QImage:
    """The picture now on the screen, or the part of it inside the box.

    Args:
        path: The XWD file that `Xvfb -fbdir` keeps up to date.
        box: What to cut out; the whole screen by default.
    """
    data = path.read_bytes()
    header_size, _, _, _, width, height, *_ = fields = _HEADER.unpack_from(data)
    bits_per_pixel, bytes_per_line = fields[11], fields[12]
    if bits_per_pixel != 32:
        raise ValueError(f"expected 32 bits per pixel, the X server has {bits_per_pixel}")
    colours = struct.unpack_from(f">{_FULL_HEADER_WORDS}I", data)[19]
    begin = header_size + colours * _COLOUR_BYTES
    pixels = data[begin : begin + height * bytes_per_line]
    image = QImage(pixels, width, height, bytes_per_line, QImage.Format.Format_RGB32)
    # copy() also detaches the image from the Python bytes it does not own.
    return image.copy(*box) if box else image.copy()


def digest(image: QImage) -> bytes:
    """The image's pixels, to compare two pictures of the same place."""
    return bytes(image.constBits())


def has_colour(image: QImage, colour: tuple[int, int, int], tolerance: int = 12) -> bool:
    """Whether some pixel has about this colour (red, green, blue)."""
    pixels = bytes(image.convertToFormat(QImage.Format.Format_RGB888).constBits())
    line = image.convertToFormat(QImage.Format.Format_RGB888).bytesPerLine()
    for row in range(image.height()):
        start = row * line
        for column in range(image.width()):
            at = start + column * 3
            if all(abs(pixels[at + channel] - colour[channel]) <= tolerance for channel in range(3)):
                return True
    return False


def colour_count(image: QImage) -> int:
    """How many different colours the picture has; a blank window has few."""
    pixels = bytes(image.convertToFormat(QImage.Format.Format_RGB32).constBits())
    return len(set(memoryview(pixels).cast("I")))
