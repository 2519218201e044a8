"""What servers do on the wire and what must come of it: protocol.md sections 1 to 4, one file per subject."""

from wire.situations import (
    byte_layer,
    chunks,
    costs,
    endings,
    error_bodies,
    network,
    repairs,
    requests,
    statuses,
    tool_calls,
)

_SUBJECTS = (
    requests,
    byte_layer,
    chunks,
    tool_calls,
    endings,
    error_bodies,
    statuses,
    network,
    repairs,
    costs,
)
SITUATIONS = [situation for subject in _SUBJECTS for situation in subject.SITUATIONS]
