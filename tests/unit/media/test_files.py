"""What becomes of a file that is attached, whatever its name says."""

import hashlib
import os

import pytest

from support.pictures import halves, saved
from tally.core.failures import RefusedError
from tally.core.messages import FilePart, ImagePart
from tally.media.decoding import MAX_FILE_BYTES
from tally.media.files import MAX_TEXT_BYTES, attachment_from, read_attachment

EDGE = 64
TEXTS = {
    "code": (b"def f():\n\treturn 1\n", "def f():\n\treturn 1\n"),
    "UTF-8 with a mark": ("\ufeffnarx".encode(), "narx"),
    "Japanese": ("料金は？".encode(), "料金は？"),
    "UTF-16, little end first": ("\ufeff価格".encode("utf-16-le"), "価格"),
    "UTF-16, big end first": ("\ufeffqiymat".encode("utf-16-be"), "qiymat"),
    "words that begin like a bitmap": (b"BMW and other makers of cars, a list", "BMW and other makers of cars, a list"),
    "a drawing in SVG": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "<svg xmlns='http://www.w3.org/2000/svg'/>"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_text_is_attached_as_text(name):
    data, text = TEXTS[name]
    assert attachment_from("notes.txt", data, EDGE).part == FilePart("notes.txt", text, len(data))


def test_a_picture_is_known_by_its_content_not_its_name(tmp_path):
    data = saved(halves(400, 100), "png")
    path = tmp_path / "notes.txt"
    path.write_bytes(data)
    taken = read_attachment(path, EDGE)
    digest = hashlib.sha256(data).hexdigest()
    assert taken.part == ImagePart(digest, "notes.txt", "image/png", 400, 100, len(data))
    assert taken.data == data
    assert (taken.thumbnail.width(), taken.thumbnail.height()) == (64, 16)


REFUSED = {
    "an empty file": (b"", "“f” is empty"),
    "a PDF": (b"%PDF-1.7\n", "“f” is a PDF file"),
    "a document of an office": (b"PK\x03\x04" + bytes(30), "is a ZIP or Office file"),
    "a photo of a telephone": (b"\0\0\0\x18ftypheic" + bytes(30), "is a HEIC picture.*Save it as JPEG"),
    "a film": (b"\0\0\0\x18ftypmp42" + bytes(30), "is a video file"),
    "text in an old encoding": ("料金は".encode("shift-jis"), "is not in UTF-8"),
    "text in another old encoding": ("Нархи қанча".encode("cp1251", "replace"), "is not in UTF-8"),
    "a program": (b"\x7fELF\x02\x01\x01" + bytes(200), "is neither a picture nor a text file"),
    "UTF-16 without a mark": ("hello".encode("utf-16-le"), "is neither"),
    "a text of a library": (b"a" * (MAX_TEXT_BYTES + 1), "is longer than 2 MB"),
    "a damaged picture": (b"\x89PNG\r\n\x1a\nxxxx", "“f” cannot be attached.*damaged"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_sent_is_refused_by_name_and_reason(name):
    data, reason = REFUSED[name]
    with pytest.raises(RefusedError, match=reason):
        attachment_from("f", data, EDGE)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(RefusedError, match=r"“gone\.png” cannot be read: No such file"):
        read_attachment(tmp_path / "gone.png", EDGE)


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(RefusedError, match="is a folder"):
        read_attachment(tmp_path, EDGE)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(RefusedError, match="not an ordinary file"):
        read_attachment(tmp_path / "pipe", EDGE)


def test_a_file_of_gigabytes_is_refused_without_being_read_whole(tmp_path):
    path = tmp_path / "huge.bin"
    with path.open("wb") as file:
        file.truncate(MAX_FILE_BYTES * 40)
    with pytest.raises(RefusedError, match="larger than 100 MB"):
        read_attachment(path, EDGE)
