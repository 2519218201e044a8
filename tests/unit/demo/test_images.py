"""Pictures: refused as Claude refuses them, described by what is really in the file."""

import base64
import json
import struct

import pytest
from PySide6.QtCore import QBuffer, QIODevice, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from tally.demo.images import colour_name

GIF = b"GIF89a" + struct.pack("<HH", 30, 20) + b"\x00\x00\x00;"
WEBP_LOSSY = b"RIFF\0\0\0\0WEBPVP8 " + bytes(4) + b"\x30\x01\x00\x9d\x01\x2a" + struct.pack("<HH", 30 | 1 << 14, 20)
WEBP_LOSSLESS = b"RIFF\0\0\0\0WEBPVP8L" + bytes(4) + b"\x2f" + struct.pack("<I", 29 | 19 << 14)
WEBP_EXTENDED = b"RIFF\0\0\0\0WEBPVP8X" + bytes(8) + b"\x1d\0\0\x13\0\0"


def drawn(width, height, *areas, format_=QImage.Format.Format_RGB888):
    """A picture filled with its areas: (colour, share of the width) from left to right."""
    image = QImage(width, height, format_)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    left = 0
    for colour, share in areas:
        painter.fillRect(left, 0, round(width * share), height, QColor(colour))
        left += round(width * share)
    painter.end()
    return image


def saved(image, kind="PNG"):
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    assert image.save(buffer, kind)
    return buffer.data().data()


def part(data, media_type="image/png"):
    url = f"data:{media_type};base64,{base64.b64encode(data).decode()}"
    return {"type": "image_url", "image_url": {"url": url}}


def asked(*parts, text="What is this?"):
    return [*parts, {"type": "text", "text": text}]


def test_a_png_is_described_by_size_weight_and_colours(demo):
    data = saved(drawn(300, 200, ("#ff0000", 0.5), ("#0000ff", 0.3), ("#ffffff", 0.2)))

    answer = demo.answer(asked(part(data)))

    assert "300 × 200 pixels (landscape)" in answer
    assert f"{len(data):,} bytes" in answer
    assert "about 80 tokens" in answer
    assert "Main colours: red (`#ff0000`) 50 %, blue (`#0000ff`) 30 %, white (`#ffffff`) 20 %." in answer


def test_see_through_parts_are_named(demo):
    data = saved(drawn(100, 100, ("#00a000", 0.25), format_=QImage.Format.Format_RGBA8888))

    answer = demo.answer(asked(part(data)))

    assert "square" in answer
    assert "Main colours: see-through 75 %, green (`#00a000`) 25 %." in answer


def test_of_a_large_png_the_demo_says_how_much_it_looked_at(demo):
    data = saved(drawn(2400, 3000, ("#808080", 1.0)))

    answer = demo.answer(asked(part(data)))

    assert "2400 × 3000 pixels (portrait)" in answer
    assert "Main colours of the upper 27 %: grey (`#808080`) 100 %." in answer


def test_a_jpeg_is_described_by_its_size_only_and_the_demo_says_so(demo):
    answer = demo.answer(asked(part(saved(drawn(120, 340, ("#ff0000", 1.0)), "JPEG"), "image/jpeg")))

    assert "| format | JPEG |" in answer
    assert "120 × 340 pixels (portrait)" in answer
    assert "cannot read its colours" in answer


@pytest.mark.parametrize(
    ("data", "kind"),
    [(GIF, "gif"), (WEBP_LOSSY, "webp"), (WEBP_LOSSLESS, "webp"), (WEBP_EXTENDED, "webp")],
)
def test_other_formats_are_described_by_their_size(demo, data, kind):
    answer = demo.answer(asked(part(data, f"image/{kind}")))

    assert "30 × 20 pixels" in answer
    assert "simple PNG files only" in answer


def test_pictures_are_described_in_the_language_of_the_question(demo):
    data = saved(drawn(60, 60, ("#ff0000", 1.0)))

    assert "60 × 60 ピクセル（正方形）" in demo.answer(asked(part(data), text="これは何ですか"))
    assert "红色 (`#ff0000`) 100 %" in demo.answer(asked(part(data), text="这是什么"))
    assert "qizil (`#ff0000`) 100 %" in demo.answer(asked(part(data), text="Bu nima, ayting"))


def test_several_pictures_are_described_one_by_one(demo):
    data = [saved(drawn(size, 10, ("#000000", 1.0))) for size in (10, 20, 30)]

    answer = demo.answer(asked(*map(part, data)))

    assert "Your 3 pictures" in answer
    assert (
        answer.index("## Picture 1") < answer.index("10 × 10") < answer.index("## Picture 2") < answer.index("20 × 10")
    )


def test_a_picture_without_a_question_is_described(demo):
    assert "10 × 10" in demo.answer([part(saved(drawn(10, 10, ("#000000", 1.0))))])


def test_json_mode_lists_the_pictures(demo):
    data = saved(drawn(100, 50, ("#000000", 1.0)))

    answer = demo.answer(asked(part(data)), response_format={"type": "json_object"})

    (facts,) = json.loads(answer)["images"]
    assert facts == {"format": "PNG", "width": 100, "height": 50, "bytes": len(data), "tokens": 7}


@pytest.mark.parametrize(
    ("model", "size", "tokens"),
    [
        ("claude-sonnet-4-6", (1000, 1000), 1334),
        ("claude-sonnet-4-6", (3840, 2160), 1600),
        ("claude-opus-4-7", (1920, 1080), 2765),
        ("claude-opus-4-7", (3840, 2160), 4784),
    ],
)
def test_pictures_count_by_their_size(demo, model, size, tokens):
    header = GIF[:6] + struct.pack("<HH", *size) + GIF[10:]

    without, with_picture = (
        demo.post(content, model=model).json()["usage"]["prompt_tokens"]
        for content in ("What is this?", asked(part(header, "image/gif")))
    )

    assert with_picture - without == pytest.approx(tokens, abs=1)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://example.com/a.png", "fetches nothing"),
        ("data:image/png;base64,", "expected data:image"),
        ("data:image/svg+xml;base64,AAAA", "expected data:image"),
        ("data:image/jpg;base64,AAAA", "expected data:image"),
        ("data:image/png;base64,AA\nAA", "expected data:image"),
        ("data:image/png;base64,A", "not valid base64"),
        ("data:image/png;base64,AAAA", "none of PNG"),
        ("data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR").decode(), "cut off"),
        ("data:image/jpeg;base64," + base64.b64encode(b"\xff\xd8\xff\xe0\x00\x10JFIF").decode(), "cut off"),
        ("data:image/jpeg;base64," + base64.b64encode(GIF).decode(), "sent as image/jpeg, but it is image/gif"),
        ("data:image/gif;base64," + base64.b64encode(GIF[:6] + bytes(4)).decode(), "no size"),
        ("data:image/gif;base64," + base64.b64encode(GIF[:6] + struct.pack("<HH", 8001, 9)).decode(), "8000 pixels"),
        ("data:image/gif;base64," + base64.b64encode(GIF + bytes(3_932_160)).decode(), "image exceeds 5 MB maximum"),
        (None, "must be a string"),
    ],
)
def test_an_unusable_picture_is_refused_with_the_reason(demo, url, said):
    status, error = demo.refusal(asked({"type": "image_url", "image_url": {"url": url}}))

    assert status == 400
    assert said in error["message"]
    assert "messages.0.content.0" in error["message"]


def test_the_largest_allowed_picture_is_accepted(demo):
    data = GIF + bytes(3_932_160 - len(GIF))

    assert "30 × 20" in demo.answer(asked(part(data, "image/gif")))


def test_among_many_pictures_none_may_be_large(demo):
    large = part(GIF[:6] + struct.pack("<HH", 2001, 9) + GIF[10:], "image/gif")
    small = part(GIF, "image/gif")

    assert demo.post([large, *[small] * 19]).status_code == 200
    status, error = demo.refusal([large, *[small] * 20])
    assert status == 400
    assert "many-image requests: 2000 pixels" in error["message"]
    assert demo.refusal([small] * 101)[0] == 400


def test_only_the_user_sends_pictures(demo):
    messages = [{"role": "system", "content": [part(GIF, "image/gif")]}, {"role": "user", "content": "Hello"}]

    assert demo.refusal(messages=messages)[0] == 400


@pytest.mark.parametrize(
    ("rgb", "name"),
    [
        ((0, 0, 0), "black"),
        ((255, 255, 255), "white"),
        ((128, 128, 128), "grey"),
        ((60, 60, 62), "dark grey"),
        ((210, 210, 208), "light grey"),
        ((220, 20, 20), "red"),
        ((255, 140, 0), "orange"),
        ((250, 220, 30), "yellow"),
        ((30, 160, 60), "green"),
        ((0, 200, 220), "cyan"),
        ((30, 80, 220), "blue"),
        ((130, 40, 200), "purple"),
        ((250, 100, 180), "pink"),
        ((110, 70, 40), "brown"),
    ],
)
def test_colours_are_called_what_people_call_them(rgb, name):
    assert colour_name(rgb) == name
