"""The PNG reader: every filter, against files written by Qt and by hand."""

import struct
import zlib

import pytest
from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QColor, QImage

from tally.demo.png import PNG_SIGNATURE, UnsupportedPng, read_pixels


def chunk(name, body):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_of(width, height, rows, colour=2, *, depth=8, interlace=0):
    """A PNG from rows that carry their filter byte."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)
    data = zlib.compress(b"".join(rows))
    half = len(data) // 2
    body = chunk(b"IDAT", data[:half]) + chunk(b"IDAT", data[half:])
    return PNG_SIGNATURE + chunk(b"IHDR", header) + chunk(b"tEXt", b"a\0b") + body + chunk(b"IEND", b"")


def filtered(kind, row, above, step):
    """One row under one filter, straight from the definitions in the standard."""
    out = bytearray([kind])
    for index, value in enumerate(row):
        left = row[index - step] if index >= step else 0
        up = above[index]
        corner = above[index - step] if index >= step else 0
        estimate = left + up - corner
        paeth = min((left, up, corner), key=lambda neighbour: abs(estimate - neighbour))
        out.append((value - (0, left, up, (left + up) // 2, paeth)[kind]) & 255)
    return bytes(out)


def noise(count, seed):
    values, state = bytearray(), seed
    for _ in range(count):
        state = (state * 1103515245 + 12345) % 2**31
        values.append(state >> 16 & 255)
    return bytes(values)


@pytest.mark.parametrize("kind", range(5))
@pytest.mark.parametrize(("colour", "step"), [(2, 3), (6, 4)])
def test_every_filter_is_undone(kind, colour, step):
    rows = [noise(7 * step, seed) for seed in range(1, 6)]
    above = [bytes(7 * step), *rows]
    data = png_of(7, 5, [filtered(kind, row, over, step) for row, over in zip(rows, above, strict=False)], colour)

    pixels = read_pixels(data)

    assert (pixels.width, pixels.height, pixels.channels) == (7, 5, step)
    assert list(pixels.rows) == rows


@pytest.mark.parametrize("format_", [QImage.Format.Format_RGB888, QImage.Format.Format_RGBA8888])
def test_a_picture_written_by_qt_is_read_pixel_by_pixel(format_):
    image = QImage(40, 30, format_)
    for x in range(40):
        for y in range(30):
            image.setPixelColor(x, y, QColor(6 * x, 8 * y, (x * y) % 256, 255 - x))
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    assert image.save(buffer, "PNG")

    pixels = read_pixels(buffer.data().data())

    for x, y in ((0, 0), (39, 29), (17, 11), (1, 28)):
        colour = image.pixelColor(x, y)
        expected = (colour.red(), colour.green(), colour.blue(), colour.alpha())[: pixels.channels]
        assert tuple(pixels.rows[y][x * pixels.channels : (x + 1) * pixels.channels]) == expected


def test_of_a_large_picture_only_the_upper_rows_are_read():
    row = b"\0" + bytes(3 * 4000)
    pixels = read_pixels(png_of(4000, 900, [row] * 900))

    assert pixels.height == 900
    assert 300 < len(pixels.rows) < 600


@pytest.mark.parametrize(
    "data",
    [
        b"",
        PNG_SIGNATURE,
        png_of(2, 2, [b"\0" + bytes(2)] * 2, colour=3),
        png_of(2, 2, [b"\0" + bytes(12)] * 2, depth=16),
        png_of(2, 2, [b"\0" + bytes(6)] * 2, interlace=1),
        png_of(2, 2, [b"\0" + bytes(6)]),
        png_of(2, 2, [b"\7" + bytes(6)] * 2),
        png_of(0, 2, [b"\0"]),
        png_of(2**31, 2**31, [b"\0"]),
        png_of(2, 2, [b"\0" + bytes(6)] * 2).replace(b"IDAT", b"IDOT"),
        png_of(2, 2, [b"\0" + bytes(6)] * 2)[:60],
        PNG_SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)) + chunk(b"IDAT", b"not zlib"),
    ],
)
def test_other_and_damaged_files_are_left_alone(data):
    with pytest.raises(UnsupportedPng):
        read_pixels(data)
