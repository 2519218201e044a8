"""Pictures that exist in memory only, under a path: a stylesheet can name a picture by path and in no other way.

Writes Qt's binary resource format, version 1 (source: `src/tools/rcc/rcc.cpp` and `qresource.cpp` of qtbase): a header
of five 32-bit words, then names, data and the tree; all numbers big-endian, children sorted by the hash of their name.
"""

import struct
from collections.abc import Mapping

from PySide6.QtCore import QResource

_DIRECTORY = 2
_ANY_LANGUAGE = 1  # QLocale.C

# Qt reads the bytes where they are, at any later look-up of any resource.
_kept: list[bytes] = []


def _hash(name: str) -> int:
    """Qt's hash of a resource name (`qt_hash`, an ELF hash)."""
    value = 0
    for char in name:
        value = ((value << 4) + ord(char)) & 0xFFFFFFFF
        value ^= (value & 0xF0000000) >> 23
        value &= 0x0FFFFFFF
    return value


def resource_bytes(files: Mapping[str, bytes]) -> bytes:
    """One flat folder of files in Qt's binary resource format."""
    names = bytearray()
    data = bytearray()
    tree = bytearray(struct.pack(">IHII", 0, _DIRECTORY, len(files), 1))
    names += struct.pack(">HI", 0, 0)
    for name in sorted(files, key=_hash):
        tree += struct.pack(">IHHHI", len(names), 0, 0, _ANY_LANGUAGE, len(data))
        names += struct.pack(">HI", len(name), _hash(name)) + name.encode("utf-16-be")
        data += struct.pack(">I", len(files[name])) + files[name]
    header = 20
    offsets = (header + len(names) + len(data), header + len(names), header)
    return b"qres" + struct.pack(">IIII", 1, *offsets) + bytes(names) + bytes(data) + bytes(tree)


class MemoryFolder:
    """Files that Qt finds under `:/<root>/` from now on until the process ends.

    Attributes:
        root: the folder's name.
    """

    def __init__(self, root: str) -> None:
        self.root = root
        self._names: set[str] = set()

    def add(self, files: Mapping[str, bytes]) -> None:
        """Adds files; a name that is already there keeps its content."""
        new = {name: content for name, content in files.items() if name not in self._names}
        if not new:
            return
        packed = resource_bytes(new)
        if not QResource.registerResourceData(packed, f"/{self.root}"):
            raise RuntimeError("Qt refused the resource data")
        _kept.append(packed)
        self._names |= set(new)

    def path(self, name: str) -> str:
        """The path of a file as Qt understands it."""
        return f":/{self.root}/{name}"
