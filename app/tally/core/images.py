"""The arithmetic of pictures: what size is worth sending and how many tokens it counts (protocol.md 1.4)."""

from math import ceil

from tally.core.catalog import ImageRule

PIXELS_PER_TOKEN = 750
MAX_BASE64 = 5_242_880
"""Characters of base64 the API takes for one picture; 3,932,160 bytes."""
MAX_BYTES = MAX_BASE64 // 4 * 3
MAX_EDGE = 8000
MANY_IMAGES = 20
"""With more pictures than this in one request none may exceed `MANY_EDGE` pixels."""
MANY_EDGE = 2000


def fit_size(width: int, height: int, rule: ImageRule, *, many: bool = False) -> tuple[int, int]:
    """The size at which a picture is sent, in pixels: proportions kept, never enlarged, no edge below 1."""
    limit = min(rule.long_edge, MANY_EDGE if many else MAX_EDGE)
    edge = max(width, height)
    if edge <= limit:
        return width, height
    return max(1, round(width * limit / edge)), max(1, round(height * limit / edge))


def image_tokens(width: int, height: int, rule: ImageRule) -> int:
    """Input tokens of a picture of that size as sent; larger ones are scaled down on the other side."""
    return min(ceil(width * height / PIXELS_PER_TOKEN), rule.max_tokens)
