"""The levers on a running turn that are not Stop (Stop is the cancellation of its task)."""

import asyncio


class TurnControl:
    """Held by the turn and by whoever started it; used on the loop's thread only.

    Attributes:
        retry_now: set to cut a retry's pause short.
    """

    def __init__(self) -> None:
        self.retry_now = asyncio.Event()
