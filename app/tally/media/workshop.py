"""Prepares pictures beside everything else and remembers the last ones: a history's pictures go out with every turn."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

from tally.core.catalog import ImageRule
from tally.core.messages import ImagePart
from tally.core.ports import PreparedImage
from tally.media.decoding import refusal
from tally.media.images import prepare_bytes

CACHE_BYTES = 64 * 1024 * 1024

_Key = tuple[str, ImageRule, bool]


class ImageWorkshop:
    """`core.ports.ImagePreparer`. Used on the loop's thread; Qt decodes in two threads of its own, without the GIL.

    Args:
        load: the original bytes of a digest; None when they are gone.
    """

    def __init__(self, load: Callable[[str], Awaitable[bytes | None]]) -> None:
        self._load = load
        self._executor = ThreadPoolExecutor(max_workers=2, thread_name_prefix="tally-image")
        self._cache: OrderedDict[_Key, PreparedImage] = OrderedDict()
        self._cached_bytes = 0
        self._running: dict[_Key, asyncio.Task[PreparedImage]] = {}

    async def prepare(self, image: ImagePart, rule: ImageRule, *, many: bool) -> PreparedImage:
        """The picture as it is sent; made once, however many ask at the same time.

        Raises:
            RefusedError: the original is gone, cannot be read, or cannot be made to fit.
        """
        key = (image.digest, rule, many)
        if key in self._cache:
            self._cache.move_to_end(key)
            return self._cache[key]
        task = self._running.get(key)
        if task is None:
            task = asyncio.create_task(self._make(image, key))
            self._running[key] = task
            task.add_done_callback(lambda done: self._on_done(key, done))
        # Whoever is cancelled leaves the work to the others that wait for it.
        return await asyncio.shield(task)

    async def _make(self, image: ImagePart, key: _Key) -> PreparedImage:
        digest, rule, many = key
        data = await self._load(digest)
        if data is None:
            raise refusal(f"The picture “{image.name}” is no longer on this computer.")
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, lambda: prepare_bytes(data, rule, many=many))

    def _on_done(self, key: _Key, task: asyncio.Task[PreparedImage]) -> None:
        del self._running[key]
        # Asking for the error also tells asyncio that it was seen, when nobody waits for it any more.
        if not task.cancelled() and task.exception() is None:
            self._keep(key, task.result())

    def _keep(self, key: _Key, prepared: PreparedImage) -> None:
        self._cache[key] = prepared
        self._cached_bytes += len(prepared.data)
        while self._cached_bytes > CACHE_BYTES and len(self._cache) > 1:
            _, dropped = self._cache.popitem(last=False)
            self._cached_bytes -= len(dropped.data)

    def close(self) -> None:
        """Ends the threads; what is being decoded is finished and thrown away."""
        self._executor.shutdown(wait=False, cancel_futures=True)
