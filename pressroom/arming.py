"""What tells a catalogue that may send from a copy of it: a key beside it, and its place on disk and machine (R11).

A copy of the file alone lacks the key in `data/armed`, or has an old one, since it is renewed while mail leaves; a copy
of the whole folder has other inodes. Both stay as they are when a machine starts anew, or a folder gets another name.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from pressroom.errors import OutputError
from pressroom.files import replace_file

MACHINE = Path("/etc/machine-id")
CONTAINERS = (Path("/.dockerenv"), Path("/run/.containerenv"))
"""One of these stands in containers of Docker and Podman; the machine's id there is that of their image."""


class Arming:
    """The file `data/armed` beside a catalogue. Change it while the catalogue is locked for writing."""

    def __init__(self, catalogue: Path) -> None:
        self._catalogue = catalogue
        self._file = catalogue.with_name("armed")

    def holds(self, key: str | None, place: str | None) -> bool:
        """Whether a catalogue that says so is the one that was armed, where it was armed."""
        return bool(key and place) and key in self._keys() and _is_same(place or "", self.place())

    def next_key(self, before: str | None) -> str:
        """Return a new key, which the file holds beside the one `before`: whichever of them is committed is right.

        One that the file does not hold is a copy's, and stays without.
        """
        key = secrets.token_hex(16)
        self._write(*(one for one in self._keys() if one == before), key)
        return key

    def keep(self, key: str | None) -> None:
        """Let the file hold this key alone, which is committed: it is on no copy that was made before."""
        if key and len(known := self._keys()) > 1 and key in known:
            self._write(key)

    @property
    def has_keys(self) -> bool:
        return bool(self._keys())

    def place(self) -> str:
        """Return where the catalogue lies: its inode, that of its folder, and the machine."""
        numbers = (path.stat().st_ino for path in (self._catalogue, self._catalogue.parent))
        return ":".join([*map(str, numbers), _machine()])

    def _write(self, *keys: str) -> None:
        try:
            replace_file(self._file, "".join(f"{key}\n" for key in keys).encode(), mode=0o600)
        except OSError as error:
            raise OutputError(self._file, (error.strerror or str(error)).lower()) from error

    def _keys(self) -> list[str]:
        try:
            return self._file.read_text(encoding="ascii").split()
        except (OSError, ValueError):
            return []


def _machine() -> str:
    """Return the id of this machine; nothing in a container, which gets another with each image."""
    if "container" in os.environ or "KUBERNETES_SERVICE_HOST" in os.environ or any(map(Path.exists, CONTAINERS)):
        return ""
    try:
        return MACHINE.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""


def _is_same(place: str, other: str) -> bool:
    """Whether two places are one, as far as both tell: a machine that has no id can be any."""
    (numbers, _, machine), (others, _, another) = place.rpartition(":"), other.rpartition(":")
    return numbers == others and (machine == another or not (machine and another))
