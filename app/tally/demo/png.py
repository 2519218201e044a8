"""Reads the pixels of simple PNG files (8 bits, RGB or RGBA, not interlaced) with nothing but zlib.

The format: https://www.w3.org/TR/png-3/ (chunks in section 5, filters in section 9).
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {2: 3, 6: 4}
_WORK_LIMIT = 6_000_000  # bytes of pixels that are unpacked: about a second in the worst case


class UnsupportedPng(ValueError):  # noqa: N818 - not a failure: the file may be fine, only not simple
    """The pixels of this file are not read: another kind of PNG, or a damaged one."""


@dataclass(frozen=True, slots=True)
class Pixels:
    """The upper rows of a picture.

    Attributes:
        width: in pixels.
        height: of the whole picture, in pixels.
        channels: bytes per pixel: 3 for RGB, 4 for RGBA.
        rows: the rows that were unpacked, from the top; fewer than `height` for a large picture.
    """

    width: int
    height: int
    channels: int
    rows: tuple[bytes, ...]


def read_pixels(data: bytes) -> Pixels:
    """Unpacks a PNG, from the top, until the work limit is reached.

    Raises:
        UnsupportedPng: the file is damaged, or not of the simple kind.
    """
    chunks = list(_chunks(data))
    if not chunks or chunks[0][0] != b"IHDR" or len(chunks[0][1]) != 13:
        raise UnsupportedPng("no header")
    width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", chunks[0][1])
    channels = _CHANNELS.get(colour)
    if channels is None or depth != 8 or interlace or not width or not height:
        raise UnsupportedPng("not 8-bit RGB or RGBA, or interlaced")
    stride = width * channels
    count = min(height, _WORK_LIMIT // stride)
    if not count:
        raise UnsupportedPng("too wide")
    packed = b"".join(body for name, body in chunks if name == b"IDAT")
    try:
        raw = zlib.decompressobj().decompress(packed, count * (stride + 1))
    except zlib.error as error:
        raise UnsupportedPng("damaged data") from error
    if len(raw) < count * (stride + 1):
        raise UnsupportedPng("not enough data")
    return Pixels(width, height, channels, tuple(_rows(raw, stride, channels)))


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = len(PNG_SIGNATURE)
    while position + 8 <= len(data):
        (length,) = struct.unpack_from(">I", data, position)
        yield data[position + 4 : position + 8], data[position + 8 : position + 8 + length]
        position += 12 + length


def _rows(raw: bytes, stride: int, step: int) -> Iterator[bytes]:
    above = bytes(stride)
    for start in range(0, len(raw), stride + 1):
        above = _unfiltered(raw[start], raw[start + 1 : start + 1 + stride], above, step)
        yield above


def _unfiltered(kind: int, line: bytes, above: bytes, step: int) -> bytes:
    """Undoes one row's filter. `above` is the finished row over it, `step` the bytes per pixel."""
    if kind == 0:
        return line
    if kind == 1:
        return _undo_sub(line, step)
    if kind == 2:
        return bytes([(a + b) & 255 for a, b in zip(line, above, strict=True)])
    if kind == 3:
        return _undo_average(line, above, step)
    if kind == 4:
        return _undo_paeth(line, above, step)
    raise UnsupportedPng("unknown filter")


def _undo_sub(line: bytes, step: int) -> bytes:
    out = bytearray(len(line))
    for channel in range(step):
        out[channel::step] = bytes([total & 255 for total in accumulate(line[channel::step])])
    return bytes(out)


def _undo_average(line: bytes, above: bytes, step: int) -> bytes:
    out = bytearray(len(line))
    for channel in range(step):
        left = 0
        values = bytearray()
        for value, up in zip(line[channel::step], above[channel::step], strict=True):
            left = (value + (left + up) // 2) & 255
            values.append(left)
        out[channel::step] = values
    return bytes(out)


def _undo_paeth(line: bytes, above: bytes, step: int) -> bytes:
    out = bytearray(len(line))
    for channel in range(step):
        left = corner = 0
        values = bytearray()
        for value, up in zip(line[channel::step], above[channel::step], strict=True):
            to_left, to_up = abs(up - corner), abs(left - corner)
            to_corner = abs(left + up - 2 * corner)
            nearest = left if to_left <= to_up and to_left <= to_corner else up if to_up <= to_corner else corner
            left = (value + nearest) & 255
            corner = up
            values.append(left)
        out[channel::step] = values
    return bytes(out)
