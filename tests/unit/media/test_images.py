"""What is sent of a picture: upright, small enough, without a word about where it was taken."""

import queue
import subprocess
import sys
import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QColorSpace, QImage, QPainter

from support.pictures import (
    SECRET,
    gif,
    halves,
    is_near,
    jpeg_segments,
    opened,
    photo,
    png_chunk,
    png_chunks,
    png_head,
    saved,
    with_exif,
)
from tally.core.catalog import ImageRule
from tally.core.failures import FailureKind, RefusedError
from tally.core.images import MAX_BYTES
from tally.media import decoding
from tally.media.decoding import MAX_FILE_BYTES, inspect
from tally.media.images import prepare_bytes

RULE = ImageRule(1568, 1600)
FINE = ImageRule(2576, 4784)
SIZES = {
    "one pixel": ((1, 1), (1, 1)),
    "small": ((320, 200), (320, 200)),
    "at the limit": ((1568, 20), (1568, 20)),
    "one over": ((1569, 1569), (1568, 1568)),
    "8001 wide": ((8001, 40), (1568, 8)),
    "panorama": ((6000, 2), (1568, 1)),
    "tower": ((3, 4000), (1, 1568)),
}


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp", "bmp", "tiff"])
@pytest.mark.parametrize("name", SIZES)
def test_every_format_arrives_at_the_useful_size(kind, name):
    stored, sent = SIZES[name]
    data = saved(halves(*stored), kind)
    facts = inspect(data)
    assert (facts.media_type, facts.width, facts.height) == (f"image/{kind}", *stored)
    prepared = prepare_bytes(data, RULE)
    assert (prepared.width, prepared.height) == sent
    image = opened(prepared)
    assert (image.width(), image.height()) == sent
    assert prepared.media_type in {"image/png", "image/jpeg"}
    assert len(prepared.data) <= MAX_BYTES
    if sent[0] > 8 and sent[1] > 1:
        assert is_near(image, 1, 0, "#c02020", 40)
        assert is_near(image, sent[0] - 2, 0, "#2020c0", 40)


def test_a_gif_is_sent_as_its_first_frame():
    data = gif(60, 40, frames=3)
    assert (inspect(data).width, inspect(data).height) == (60, 40)
    prepared = prepare_bytes(data, RULE)
    assert prepared.media_type == "image/png"
    assert is_near(opened(prepared), 30, 20, "#ff0000")


def test_the_model_decides_how_large():
    data = saved(halves(4032, 3024), "jpeg")
    small, large = prepare_bytes(data, RULE), prepare_bytes(data, FINE)
    assert (small.width, small.height) == (1568, 1176)
    assert (large.width, large.height) == (2576, 1932)


def test_among_many_pictures_none_exceeds_2000():
    prepared = prepare_bytes(saved(halves(4000, 1000), "jpeg"), FINE, many=True)
    assert (prepared.width, prepared.height) == (2000, 500)


@pytest.mark.parametrize(
    ("orientation", "corner"),
    [(1, (0, 0)), (2, (1, 0)), (3, (1, 1)), (4, (0, 1)), (5, (0, 0)), (6, (1, 0)), (7, (1, 1)), (8, (0, 1))],
)
@pytest.mark.parametrize("size", [(400, 200), (4000, 2000)])
def test_a_turned_photo_stands_upright(orientation, corner, size):
    image = QImage(*size, QImage.Format.Format_RGB32)
    image.fill(QColor("#2020c0"))
    painter = QPainter(image)
    painter.fillRect(0, 0, size[0] // 2, size[1] // 2, QColor("#c02020"))
    painter.end()
    data = with_exif(saved(image, "jpeg"), orientation)
    upright = size if orientation < 5 else size[::-1]
    facts = inspect(data)
    assert (facts.width, facts.height) == upright
    prepared = prepare_bytes(data, RULE)
    scale = min(1.0, 1568 / size[0])
    assert (prepared.width, prepared.height) == (round(upright[0] * scale), round(upright[1] * scale))
    seen = opened(prepared)
    for x in (0, 1):
        for y in (0, 1):
            wanted = "#c02020" if (x, y) == corner else "#2020c0"
            assert is_near(seen, (1 + 2 * x) * seen.width() // 4, (1 + 2 * y) * seen.height() // 4, wanted)


def test_nothing_but_the_picture_leaves():
    place = SECRET.encode()
    large = halves(1700, 400)
    large.setDotsPerMeterX(11811)
    large.setColorSpace(QColorSpace(QColorSpace.NamedColorSpace.AdobeRgb))
    files = [
        with_exif(saved(large, "jpeg", note=SECRET), 6),
        with_exif(saved(halves(40, 30), "jpeg", note=SECRET), 1),
        saved(large, "png", note=SECRET),
        saved(halves(40, 30), "png", note=SECRET),
    ]
    plain = saved(halves(40, 30), "png")
    files.append(
        plain[:33]
        + png_chunk(b"eXIf", b"MM\0*" + place)
        + png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + place)
        + plain[33:]
    )
    for data in files:
        assert place in data
        prepared = prepare_bytes(data, RULE)
        assert place not in prepared.data
        if prepared.media_type == "image/png":
            assert png_chunks(prepared.data) <= {b"IHDR", b"IDAT", b"IEND", b"pHYs", b"PLTE", b"tRNS"}
        else:
            assert jpeg_segments(prepared.data) <= {0xE0, 0xDB, 0xC0, 0xC4, 0xDA}
        assert opened(prepared).dotsPerMeterX() != 11811


def test_colours_keep_their_look_without_their_profile():
    image = QImage(40, 40, QImage.Format.Format_RGB32)
    image.setColorSpace(QColorSpace(QColorSpace.NamedColorSpace.DisplayP3))
    image.fill(QColor(60, 200, 60))
    image.setColorSpace(QColorSpace(QColorSpace.NamedColorSpace.DisplayP3))
    expected = image.convertedToColorSpace(QColorSpace(QColorSpace.NamedColorSpace.SRgb)).pixelColor(20, 20).name()
    assert not is_near(image, 20, 20, expected)
    assert is_near(opened(prepare_bytes(saved(image, "png"), RULE)), 20, 20, expected, 2)


def test_a_print_shop_jpeg_in_cmyk_is_sent_in_rgb():
    data = saved(halves(300, 200).convertToFormat(QImage.Format.Format_CMYK8888), "jpeg")
    image = opened(prepare_bytes(data, RULE))
    assert image.format() in {QImage.Format.Format_RGB32, QImage.Format.Format_RGB888}
    assert is_near(image, 20, 100, "#c02020", 30)
    assert is_near(image, 280, 100, "#2020c0", 30)


def test_transparency_survives():
    image = QImage(100, 100, QImage.Format.Format_ARGB32)
    image.fill(QColor(10, 20, 30, 255))
    image.setPixelColor(99, 99, QColor(0, 0, 0, 0))
    prepared = prepare_bytes(saved(image, "png"), RULE)
    assert prepared.media_type == "image/png"
    assert opened(prepared).pixelColor(99, 99).alpha() == 0
    assert opened(prepared).pixelColor(5, 5) == QColor(10, 20, 30)


def test_an_alpha_channel_that_lets_nothing_through_does_not_forbid_jpeg():
    data = saved(photo(900, 700).convertToFormat(QImage.Format.Format_ARGB32), "png")
    assert prepare_bytes(data, RULE).media_type == "image/jpeg"


def test_transparency_too_large_for_png_is_put_on_white():
    image = photo(1568, 1568).convertToFormat(QImage.Format.Format_ARGB32)
    painter = QPainter(image)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
    painter.fillRect(0, 0, 200, 200, Qt.GlobalColor.transparent)
    painter.end()
    prepared = prepare_bytes(saved(image, "png"), RULE)
    assert prepared.media_type == "image/jpeg"
    assert len(prepared.data) <= MAX_BYTES
    assert is_near(opened(prepared), 100, 100, "#ffffff")


def test_letters_stay_sharp_and_photographs_small():
    screenshot = QImage(1200, 800, QImage.Format.Format_RGB32)
    screenshot.fill(Qt.GlobalColor.white)
    painter = QPainter(screenshot)
    for line in range(20, 780, 24):
        for stroke in range(20, 1180, 7):
            painter.fillRect(stroke, line, 2, 12, Qt.GlobalColor.black)
    painter.end()
    for kind in ("png", "bmp", "webp"):
        assert prepare_bytes(saved(screenshot, kind, 100), RULE).media_type == "image/png"
        assert prepare_bytes(saved(photo(1200, 800), kind), RULE).media_type == "image/jpeg"
    assert prepare_bytes(saved(screenshot, "jpeg"), RULE).media_type == "image/jpeg"


def test_the_noisiest_picture_still_fits():
    prepared = prepare_bytes(saved(photo(2576, 2576), "png"), FINE)
    assert prepared.media_type == "image/jpeg"
    assert len(prepared.data) <= MAX_BYTES


def test_equal_files_give_equal_results():
    data = with_exif(saved(photo(2000, 1000), "jpeg"), 6)
    assert prepare_bytes(data, RULE) == prepare_bytes(data, RULE)


WRONG = {
    "nothing": (b"", "empty"),
    "no picture": (b"hello", "not a picture"),
    "garbage after a good start": (b"\x89PNG\r\n\x1a\n" + b"x" * 100, "damaged"),
    "a claim of 900 million pixels": (png_head(30000, 30000), "too large"),
    "a JPEG of a head only": (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "ends too early"),
    "a TIFF without content": (b"II*\0" + bytes(100), "damaged"),
    "a GIF without a frame": (b"GIF89a" + b"\x1e\0\x14\0" + b"\0\0\0;", "damaged"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_usable_picture_is_refused_with_the_reason(name):
    data, reason = WRONG[name]
    with pytest.raises(RefusedError, match=reason) as caught:
        prepare_bytes(data, RULE)
    assert caught.value.failure.kind is FailureKind.UNUSABLE_IMAGE


@pytest.mark.qt_log_ignore("TIFF directory", "Failed to read directory", extend=True)
@pytest.mark.parametrize("kind", ["png", "jpeg", "webp", "bmp", "tiff"])
def test_a_file_cut_short_is_refused(kind):
    data = saved(photo(300, 200), kind)
    assert prepare_bytes(data, RULE)
    with pytest.raises(RefusedError, match="damaged"):
        prepare_bytes(data[: len(data) * 2 // 3], RULE)


def test_a_thumbnail_inside_does_not_hide_that_the_end_is_missing():
    data = with_exif(saved(photo(300, 200), "jpeg"), 1, note="\xff\xd9")
    assert prepare_bytes(data, RULE)
    with pytest.raises(RefusedError, match="ends too early"):
        prepare_bytes(data[: len(data) * 2 // 3], RULE)


def test_a_telephones_appendix_after_the_picture_is_ignored():
    data = saved(photo(300, 200), "jpeg") + b"\0\0\0\x18ftypmp42" + bytes(500)
    assert prepare_bytes(data, RULE).width == 300


def test_a_picture_of_too_many_bytes_is_refused_unread():
    with pytest.raises(RefusedError, match="100 MB"):
        inspect(b"\xff\xd8\xff" + bytes(MAX_FILE_BYTES))


def test_no_application_object_is_needed():
    script = (
        "import sys\n"
        "from tally.core.catalog import ImageRule\n"
        "from tally.media.images import prepare_bytes\n"
        "prepared = prepare_bytes(sys.stdin.buffer.read(), ImageRule(1568, 1600))\n"
        "print(prepared.media_type, prepared.width, prepared.height, 'PySide6.QtWidgets' in sys.modules)\n"
    )
    for kind in ("jpeg", "webp", "tiff"):
        run = subprocess.run(
            [sys.executable, "-c", script],
            input=saved(photo(2000, 1000), kind),
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert (run.returncode, run.stdout.decode().split()) == (0, ["image/jpeg", "1568", "784", "False"]), run.stderr


def test_very_large_pictures_are_decoded_one_after_the_other(monkeypatch):
    monkeypatch.setattr(decoding, "LARGE_PIXELS", 300 * 200 - 1)
    large, small = saved(halves(300, 200), "png"), saved(halves(30, 20), "png")
    finished: queue.Queue[int] = queue.Queue()
    with decoding._one_large_at_a_time:
        threading.Thread(target=lambda: finished.put(prepare_bytes(large, RULE).width)).start()
        assert prepare_bytes(small, RULE).width == 30
        assert finished.empty()
    assert finished.get(timeout=30) == 300
