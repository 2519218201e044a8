"""Tally: a desktop chat client for Claude models that always tells what it costs.

Reading order for a newcomer, five minutes: `main.py` (what is built and wired), `core/ports.py` (what the parts
promise each other), `core/events.py` (what can happen during a turn), `core/turn.py` (one turn from question to
cost), `runtime/backend.py` (the one place where threads meet), `gui/chat_controller.py` (what the window makes of it).

Imports only go down: `main | cli → gui → runtime → gateway | storage | rendering | media | demo → core`.
"""

__version__ = "0.1.0"
