"""A gateway inside the program that speaks the same protocol: first run without a key, and tests.

Reading order: `gateway` (the server), `connection` (HTTP), `api` (addresses), `request` (what is asked), `answers`
(what is said), `stream` (how it is sent).
"""

from tally.demo.api import DEMO_KEY
from tally.demo.gateway import DemoGateway

__all__ = ["DEMO_KEY", "DemoGateway"]
