"""Every face of the program, kept as a picture in build/screenshots."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from support.screens import colour_count
from support.tour import PICTURES, Tour


def test_the_tour_leaves_a_picture_of_every_face(seat, tmp_path, screenshots):
    for name in PICTURES:
        (screenshots / f"{name}.png").unlink(missing_ok=True)
    taken = []
    Tour(seat, tmp_path / "data", screenshots).run(taken.append)
    assert {path.stem for path in taken} == set(PICTURES)
    pictures = {path.stem: QImage(str(path)) for path in taken}
    assert all(colour_count(picture) > 50 for picture in pictures.values())
    assert (pictures["small"].width(), pictures["small"].height()) == (480, 480)
    lightness = {name: mean_lightness(picture) for name, picture in pictures.items()}
    assert lightness.pop("dark") < 80
    assert min(lightness.values()) > 160


def mean_lightness(picture):
    return picture.scaled(1, 1, mode=Qt.TransformationMode.SmoothTransformation).pixelColor(0, 0).lightness()
