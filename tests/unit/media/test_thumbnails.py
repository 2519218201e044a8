"""Thumbnails come upright, small, and on the thread that asked."""

import shiboken6
from PySide6.QtCore import QThread
from PySide6.QtGui import QImage

from support.pictures import halves, is_near, photo, saved, with_exif
from tally.media.thumbnails import ThumbnailJobs, thumbnail


def test_a_thumbnail_is_upright_and_never_enlarged():
    image = thumbnail(with_exif(saved(halves(400, 200), "jpeg"), 6), 100)
    assert (image.width(), image.height()) == (50, 100)
    assert is_near(image, 25, 10, "#c02020")
    assert thumbnail(saved(halves(30, 20), "png"), 100).width() == 30
    assert thumbnail(saved(halves(5000, 1), "png"), 100).height() == 1


def test_jobs_answer_on_the_thread_that_asked_also_for_what_is_no_picture(qtbot):
    jobs = ThumbnailJobs()
    got: dict[str, QImage] = {}
    threads = []

    def take(key, image):
        got[key] = image
        threads.append(QThread.currentThread())

    jobs.ready.connect(take)
    jobs.request("good", saved(halves(400, 200), "png"), 64)
    jobs.request("bad", b"GIF89a", 64)
    qtbot.waitUntil(lambda: len(got) == 2)
    assert got["good"].width() == 64
    assert got["bad"].isNull()
    assert threads == [QThread.currentThread()] * 2


def test_jobs_may_end_while_something_is_decoded(qtbot):
    data = saved(photo(2000, 2000), "png")
    jobs = ThumbnailJobs()
    for number in range(4):
        jobs.request(str(number), data, 64)
    shiboken6.delete(jobs)
    assert not shiboken6.isValid(jobs)
