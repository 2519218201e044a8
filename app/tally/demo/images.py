"""Pictures in a request: unpacked, checked as a Claude gateway checks them, and looked at with zlib alone."""

import base64
import binascii
import colorsys
import re
import struct
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt

from tally.core.images import MANY_EDGE, MANY_IMAGES, MAX_BASE64, MAX_EDGE
from tally.demo.errors import invalid
from tally.demo.png import PNG_SIGNATURE, Pixels, UnsupportedPng, read_pixels

MAX_IMAGES = 100
"""Pictures in one request, by Anthropic's vision guide; the other limits are those of `tally.core.images`."""

_DATA_URL = re.compile(r"data:(image/(?:png|jpeg|gif|webp));base64,([A-Za-z0-9+/]+={0,2})")
_SAMPLES = 20_000  # pixels looked at for the colours
_SHOWN_COLOURS = 4
_SMALLEST_SHARE = 0.02


@dataclass(frozen=True, slots=True)
class Image:
    """A picture of a request.

    Attributes:
        media_type: what its bytes say it is.
        width: in pixels.
        height: in pixels.
        data: the file.
    """

    media_type: str
    width: int
    height: int
    data: bytes


@dataclass(frozen=True, slots=True)
class ColourShare:
    """A group of similar colours: their mean and their share of the pixels (0-1). Without `rgb`: see-through."""

    rgb: tuple[int, int, int] | None
    share: float


@dataclass(frozen=True, slots=True)
class Colours:
    """The colours that cover most of a picture, largest first, and the part of its rows that was looked at (0-1)."""

    shares: tuple[ColourShare, ...]
    seen: float


def parse_image(url: object, where: str) -> Image:
    """Unpacks the data URL of an image part.

    Args:
        url: the value of `image_url.url`.
        where: the place in the request, for the error text.

    Raises:
        ApiError: 400, with the reason, if a Claude gateway would not take it.
    """
    if not isinstance(url, str):
        raise invalid(f"{where}: image_url.url must be a string.", "messages")
    if not url.startswith("data:"):
        raise invalid(f"{where}: the demo fetches nothing; send the image as a data URL.", "messages")
    match = _DATA_URL.fullmatch(url)
    if match is None:
        raise invalid(f"{where}: expected data:image/(png|jpeg|gif|webp);base64,… without line breaks.", "messages")
    declared, packed = match.groups()
    if len(packed) > MAX_BASE64:
        text = f"{where}.image.source.base64: image exceeds 5 MB maximum: {len(packed)} bytes > {MAX_BASE64} bytes"
        raise invalid(text, "messages")
    try:
        data = base64.b64decode(packed, validate=True)
    except binascii.Error:
        raise invalid(f"{where}: the image is not valid base64.", "messages") from None
    media_type, width, height = _identify(data, where)
    if media_type != declared:
        text = f"{where}: the image was sent as {declared}, but it is {media_type}."
        raise invalid(text, "messages")
    if max(width, height) > MAX_EDGE:
        text = f"{where}: at least one of the image dimensions exceed max allowed size: {MAX_EDGE} pixels"
        raise invalid(text, "messages")
    return Image(media_type, width, height, data)


def check_many(images: Sequence[Image]) -> None:
    """Checks the rules for all the pictures of one request.

    Raises:
        ApiError: 400, if there are too many, or too large ones among many.
    """
    if len(images) > MAX_IMAGES:
        raise invalid(f"messages: {len(images)} images; at most {MAX_IMAGES} are accepted.", "messages")
    if len(images) > MANY_IMAGES and any(max(image.width, image.height) > MANY_EDGE for image in images):
        text = (
            "messages: at least one of the image dimensions exceed max allowed size for many-image requests: "
            f"{MANY_EDGE} pixels"
        )
        raise invalid(text, "messages")


def _identify(data: bytes, where: str) -> tuple[str, int, int]:
    """Returns media type, width and height as the file's own header gives them."""
    try:
        if data.startswith(PNG_SIGNATURE) and data[12:16] == b"IHDR":
            found = ("image/png", *struct.unpack_from(">II", data, 16))
        elif data.startswith((b"GIF87a", b"GIF89a")):
            found = ("image/gif", *struct.unpack_from("<HH", data, 6))
        elif data.startswith(b"\xff\xd8\xff"):
            found = ("image/jpeg", *_jpeg_size(data))
        elif data.startswith(b"RIFF") and data[8:12] == b"WEBP":
            found = ("image/webp", *_webp_size(data))
        else:
            raise invalid(f"{where}: could not process image: it is none of PNG, JPEG, GIF, WebP.", "messages")
    except (struct.error, IndexError):
        raise invalid(f"{where}: could not process image: the file is cut off.", "messages") from None
    if not found[1] or not found[2]:
        raise invalid(f"{where}: could not process image: it has no size.", "messages")
    return found


def _jpeg_size(data: bytes) -> tuple[int, int]:
    """Finds the frame header (SOF0-SOF15 without DHT, JPG, DAC; ITU T.81, annex B) and returns width and height."""
    position = 2
    while True:
        while data[position] == 0xFF and data[position + 1] == 0xFF:
            position += 1
        marker, (length,) = data[position + 1], struct.unpack_from(">H", data, position + 2)
        if data[position] != 0xFF or marker == 0xDA:
            raise IndexError
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", data, position + 5)
            return width, height
        position += 2 + length


def _webp_size(data: bytes) -> tuple[int, int]:
    """Reads the three kinds of WebP (https://developers.google.com/speed/webp/docs/riff_container)."""
    kind = data[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = struct.unpack_from("<HH", data, 26)
    return width & 0x3FFF, height & 0x3FFF


def colours_of(image: Image) -> Colours | None:
    """Returns the main colours of a simple PNG, or None for any picture whose pixels are not read here."""
    if image.media_type != "image/png":
        return None
    try:
        pixels = read_pixels(image.data)
    except UnsupportedPng:
        return None
    groups: defaultdict[tuple[int, ...] | None, list[tuple[int, ...]]] = defaultdict(list)
    for pixel in _sampled(pixels):
        see_through = len(pixel) == 4 and pixel[3] < 128
        groups[None if see_through else tuple(value >> 5 for value in pixel[:3])].append(pixel)
    total = sum(map(len, groups.values()))
    largest = sorted(groups.items(), key=lambda item: -len(item[1]))[:_SHOWN_COLOURS]
    shares = tuple(
        ColourShare(None if group is None else _mean(members), len(members) / total)
        for group, members in largest
        if len(members) >= _SMALLEST_SHARE * total
    )
    return Colours(shares, len(pixels.rows) / pixels.height)


def _sampled(pixels: Pixels) -> list[tuple[int, ...]]:
    step = ceil(sqrt(max(1.0, pixels.width * len(pixels.rows) / _SAMPLES)))
    size = pixels.channels
    return [
        tuple(row[column * size : column * size + size])
        for row in pixels.rows[::step]
        for column in range(0, pixels.width, step)
    ]


def _mean(members: Sequence[tuple[int, ...]]) -> tuple[int, int, int]:
    red, green, blue = (round(sum(pixel[channel] for pixel in members) / len(members)) for channel in range(3))
    return red, green, blue


# Upper ends of the hue circle (0-1) for the names of saturated colours.
_HUES = (
    (0.035, "red"),
    (0.11, "orange"),
    (0.18, "yellow"),
    (0.44, "green"),
    (0.53, "cyan"),
    (0.70, "blue"),
    (0.80, "purple"),
    (0.94, "pink"),
    (1.01, "red"),
)


def colour_name(rgb: tuple[int, int, int]) -> str:
    """Returns the English name a person would give the colour; a key of the phrases in the other languages."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*(value / 255 for value in rgb))
    if lightness < 0.10:
        return "black"
    if lightness > 0.93:
        return "white"
    if saturation < 0.15:
        return "dark grey" if lightness < 0.35 else "grey" if lightness < 0.7 else "light grey"
    name = next(name for end, name in _HUES if hue < end)
    return "brown" if name in ("red", "orange") and lightness < 0.35 and saturation < 0.75 else name
