"""What tells a catalogue that may send from a copy of it: a key beside it, and its place on disk and machine (R11).

A copy of the file alone lacks the key in `data/armed`, or has an old one, since it is renewed while mail leaves; a copy
of the whole folder has other inodes. One that is put back over the folder may have the same: so `data/armed` says which
file it is, and holds no key where it is another. All this stays as it is when a machine starts anew, or a folder gets
another name.
"""

from __future__ import annotations

import ctypes
import os
import secrets
import struct
import sys
from pathlib import Path

from pressroom.errors import OutputError
from pressroom.files import opened, replacing

MACHINE = Path("/etc/machine-id")
CONTAINERS = (Path("/.dockerenv"), Path("/run/.containerenv"))
"""One of these stands in containers of Docker and Podman; the machine's id there is that of their image."""

_AT_EMPTY_PATH, _STATX_BTIME = 0x1000, 0x800
_STATX_SIZE, _BTIME_AT = 256, 80
"""Bytes of what statx(2) fills in, and where in it the birth of a file stands."""


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
    def has_file(self) -> bool:
        """Whether a catalogue was armed here, or where this folder was copied from."""
        return self._file.exists()

    def place(self) -> str:
        """Return where the catalogue lies: its inode, that of its folder, and the machine."""
        numbers = (path.stat().st_ino for path in (self._catalogue, self._catalogue.parent))
        return ":".join([*map(str, numbers), _machine()])

    def forget(self) -> None:
        """Hold no key: what was to be armed was not."""
        self._file.unlink(missing_ok=True)

    def _write(self, *keys: str) -> None:
        try:
            with replacing(self._file, mode=0o600) as file:
                file.write("".join(f"{line}\n" for line in (_number(file.fileno()), *keys)).encode())
        except OSError as error:
            raise OutputError(self._file, (error.strerror or str(error)).lower()) from error

    def _keys(self) -> list[str]:
        try:
            with opened(self._file) as file:
                lines, number = file.read().decode("ascii").split(), _number(file.fileno())
        except (OSError, ValueError):
            return []
        if not lines or ":" not in lines[0]:  # written by a version that did not say which file it is
            return lines
        return lines[1:] if _is_one_file(lines[0], number) else []


def _machine() -> str:
    """Return the id of this machine; nothing in a container, which gets another with each image."""
    if "container" in os.environ or "KUBERNETES_SERVICE_HOST" in os.environ or any(map(Path.exists, CONTAINERS)):
        return ""
    try:
        return MACHINE.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""


def _number(descriptor: int) -> str:
    """Return what tells an open file from all others: its inode, and when it was made, since inodes come again.

    That is the moment in nanoseconds since 1970, by statx(2); empty where the disk or the C library does not tell it.
    """
    found = (ctypes.c_uint8 * _STATX_SIZE)()
    try:
        failed = ctypes.CDLL(None).statx(descriptor, b"", _AT_EMPTY_PATH, _STATX_BTIME, found)
    except AttributeError:
        failed = True
    told = bytes(found)
    inode = os.fstat(descriptor).st_ino
    if failed or not int.from_bytes(told[:4], sys.byteorder) & _STATX_BTIME:
        return f"{inode}:"
    seconds, nanoseconds = struct.unpack_from("=qI", told, _BTIME_AT)
    return f"{inode}:{seconds * 1_000_000_000 + nanoseconds}"


def _is_one_file(number: str, other: str) -> bool:
    """Whether two numbers are of one file, as far as both tell."""
    (inode, _, born), (another, _, made) = number.partition(":"), other.partition(":")
    return inode == another and (born == made or not (born and made))


def _is_same(place: str, other: str) -> bool:
    """Whether two places are one, as far as both tell: a machine that has no id can be any."""
    (numbers, _, machine), (others, _, another) = place.rpartition(":"), other.rpartition(":")
    return numbers == others and (machine == another or not (machine and another))
