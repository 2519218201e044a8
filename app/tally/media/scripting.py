"""Pictures for `tally ask`: files in, parts and prepared pictures out."""

import asyncio
import hashlib
from collections.abc import Sequence
from pathlib import Path

from tally.core.catalog import ImageRule
from tally.core.failures import RefusedError
from tally.core.images import MANY_IMAGES
from tally.core.messages import ImagePart
from tally.core.ports import PreparedImage
from tally.media.decoding import inspect, refusal
from tally.media.files import read_bytes
from tally.media.images import prepare_bytes


def _read(path: Path, rule: ImageRule, *, many: bool) -> tuple[ImagePart, PreparedImage]:
    try:
        data = read_bytes(path)
        facts = inspect(data)
        prepared = prepare_bytes(data, rule, many=many)
    except RefusedError as error:
        raise refusal(f"{path}: {error.failure.message}", error.failure.details) from error
    digest = hashlib.sha256(data).hexdigest()
    return ImagePart(digest, path.name, facts.media_type, facts.width, facts.height, len(data)), prepared


async def read_images(paths: Sequence[Path], rule: ImageRule) -> tuple[list[ImagePart], dict[str, PreparedImage]]:
    """Reads and prepares pictures; the second value is by digest.

    Raises:
        RefusedError: one of them is missing or cannot be used; the sentence names it.
    """
    parts: list[ImagePart] = []
    prepared: dict[str, PreparedImage] = {}
    for path in paths:
        part, picture = await asyncio.to_thread(_read, path, rule, many=len(paths) > MANY_IMAGES)
        parts.append(part)
        prepared[part.digest] = picture
    return parts, prepared
