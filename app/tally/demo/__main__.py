"""`python -m tally.demo [PORT]`: the demo gateway on its own, for trying any client against it."""

import asyncio
import sys
from contextlib import suppress

from tally.demo import DEMO_KEY, DemoGateway


async def serve(port: int) -> None:
    """Runs the gateway until it is cancelled (Ctrl+C)."""
    gateway = DemoGateway()
    base_url = await gateway.start(port)
    sys.stdout.write(f"Base URL: {base_url}\nKey: {DEMO_KEY}\n")
    sys.stdout.flush()
    try:
        await asyncio.get_running_loop().create_future()
    finally:
        await gateway.stop()


def main() -> None:
    """Reads the port from the command line (any free one without it) and serves."""
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(int(sys.argv[1]) if len(sys.argv) > 1 else 0))


if __name__ == "__main__":
    main()
