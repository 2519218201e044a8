"""Pictures are prepared once, remembered, and never for somebody who has gone away alone."""

import asyncio

import pytest

from support.pictures import halves, photo, saved
from tally.core.catalog import ImageRule
from tally.core.failures import RefusedError
from tally.core.messages import ImagePart
from tally.media import workshop as module
from tally.media.scripting import read_images
from tally.media.workshop import ImageWorkshop

RULE = ImageRule(1568, 1600)
FINE = ImageRule(2576, 4784)


class Shelf:
    """Originals by digest, and how often each was fetched."""

    def __init__(self, **files):
        self.files = files
        self.fetched = []

    async def load(self, digest):
        self.fetched.append(digest)
        await asyncio.sleep(0)
        return self.files.get(digest)


def image(digest):
    return ImagePart(digest, f"{digest}.png", "image/png", 0, 0, 0)


def run(shelf, work):
    async def whole():
        workshop = ImageWorkshop(shelf.load)
        try:
            return await work(workshop)
        finally:
            workshop.close()

    return asyncio.run(whole())


def test_a_picture_is_prepared_once_for_each_rule():
    shelf = Shelf(a=saved(halves(3000, 100), "png"))

    async def work(workshop):
        first = await workshop.prepare(image("a"), RULE, many=False)
        assert await workshop.prepare(image("a"), RULE, many=False) is first
        assert shelf.fetched == ["a"]
        fine = await workshop.prepare(image("a"), FINE, many=False)
        among_many = await workshop.prepare(image("a"), FINE, many=True)
        return first.width, fine.width, among_many.width

    assert run(shelf, work) == (1568, 2576, 2000)


def test_those_who_ask_at_once_share_the_work():
    shelf = Shelf(a=saved(halves(300, 100), "png"))

    async def work(workshop):
        return await asyncio.gather(*(workshop.prepare(image("a"), RULE, many=False) for _ in range(4)))

    prepared = run(shelf, work)
    assert shelf.fetched == ["a"]
    assert all(each is prepared[0] for each in prepared)


def test_one_who_is_stopped_does_not_stop_the_others():
    shelf = Shelf(a=saved(photo(800, 600), "png"))

    async def work(workshop):
        stopped = asyncio.create_task(workshop.prepare(image("a"), RULE, many=False))
        other = asyncio.create_task(workshop.prepare(image("a"), RULE, many=False))
        await asyncio.sleep(0)
        stopped.cancel()
        with pytest.raises(asyncio.CancelledError):
            await stopped
        return (await other).width

    assert run(shelf, work) == 800
    assert shelf.fetched == ["a"]


def test_what_is_gone_or_broken_is_refused_each_time():
    shelf = Shelf(broken=b"GIF89a")

    async def work(workshop):
        for _ in range(2):
            with pytest.raises(RefusedError, match="no longer on this computer"):
                await workshop.prepare(image("gone"), RULE, many=False)
            with pytest.raises(RefusedError, match="damaged"):
                await workshop.prepare(image("broken"), RULE, many=False)

    run(shelf, work)
    assert shelf.fetched == ["gone", "broken"] * 2


def test_the_oldest_are_forgotten_when_the_memory_is_full(monkeypatch):
    files = {name: saved(photo(200, 200, seed), "jpeg") for seed, name in enumerate("abc")}
    shelf = Shelf(**files)

    async def work(workshop):
        size = len((await workshop.prepare(image("a"), RULE, many=False)).data)
        monkeypatch.setattr(module, "CACHE_BYTES", int(size * 2.5))
        for name in "bac":  # a is used again, so that b is the oldest
            await workshop.prepare(image(name), RULE, many=False)
        await workshop.prepare(image("a"), RULE, many=False)
        await workshop.prepare(image("b"), RULE, many=False)

    run(shelf, work)
    assert shelf.fetched == ["a", "b", "c", "b"]


class TestScripting:
    def test_pictures_are_read_in_order(self, tmp_path):
        for name, width in (("b.png", 2000), ("a.jpg", 100)):
            (tmp_path / name).write_bytes(saved(halves(width, 50), "png" if name == "b.png" else "jpeg"))
        parts, prepared = asyncio.run(read_images([tmp_path / "b.png", tmp_path / "a.jpg"], RULE))
        assert [(part.name, part.width) for part in parts] == [("b.png", 2000), ("a.jpg", 100)]
        assert [prepared[part.digest].width for part in parts] == [1568, 100]

    def test_more_than_twenty_are_kept_smaller(self, tmp_path):
        path = tmp_path / "wide.png"
        path.write_bytes(saved(halves(2500, 10), "png"))
        _, few = asyncio.run(read_images([path], FINE))
        _, many = asyncio.run(read_images([path] * 21, FINE))
        assert [each.width for each in few.values()] == [2500]
        assert [each.width for each in many.values()] == [2000]

    def test_the_wrong_one_is_named(self, tmp_path):
        path = tmp_path / "no.png"
        with pytest.raises(RefusedError, match=r"no\.png.*No such file"):
            asyncio.run(read_images([path], RULE))
        path.write_bytes(b"text")
        with pytest.raises(RefusedError, match=r"no\.png: This is not a picture"):
            asyncio.run(read_images([path], RULE))
