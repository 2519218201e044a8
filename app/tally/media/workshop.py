"""Prepares pictures beside everything else and remembers the last ones: a history's pictures go out with every turn."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

from tally.core.catalog import ImageRule
from tally.core.failures import Failure, FailureKind, RefusedError
from tally.core.messages import ImagePart
from tally.core.ports import PreparedImage
from tally.media.images import prepare_bytes

CACHE_BYTES = 64 * 1024 * 1024


class ImageWorkshop:
    """`core.ports.ImagePreparer`. Used on the loop's thread; Qt decodes in two threads of its own, without the GIL.

    Args:
        load: the original bytes of a digest; None when they are gone.
    """

    def __init__(self, load: Callable[[str], Awaitable[bytes | None]]) -> None:
        self._load = load
        self._executor = ThreadPoolExecutor(max_workers=2, thread_name_prefix="tally-image")
        self._cache: OrderedDict[tuple[str, ImageRule, bool], PreparedImage] = OrderedDict()
        self._cached_bytes = 0

    async def prepare(self, image: ImagePart, rule: ImageRule, *, many: bool) -> PreparedImage:
        """The picture as it is sent.

        Raises:
            RefusedError: the original is gone, cannot be read, or cannot be made to fit.
        """
        key = (image.digest, rule, many)
        if key in self._cache:
            self._cache.move_to_end(key)
            return self._cache[key]
        data = await self._load(image.digest)
        if data is None:
            raise RefusedError(
                Failure(FailureKind.UNUSABLE_IMAGE, f"The picture “{image.name}” is no longer on this computer.")
            )
        loop = asyncio.get_running_loop()
        prepared = await loop.run_in_executor(self._executor, lambda: prepare_bytes(data, rule, many=many))
        self._keep(key, prepared)
        return prepared

    def _keep(self, key: tuple[str, ImageRule, bool], prepared: PreparedImage) -> None:
        self._cache[key] = prepared
        self._cached_bytes += len(prepared.data)
        while self._cached_bytes > CACHE_BYTES and len(self._cache) > 1:
            _, dropped = self._cache.popitem(last=False)
            self._cached_bytes -= len(dropped.data)

    def close(self) -> None:
        """Ends the threads; what is being decoded is finished and thrown away."""
        self._executor.shutdown(wait=False, cancel_futures=True)
