"""Every face of the program, kept as a picture in build/screenshots."""

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
    centre = pictures["dark"].pixelColor(pictures["dark"].width() // 2, pictures["dark"].height() // 2)
    assert centre.lightness() < 64
