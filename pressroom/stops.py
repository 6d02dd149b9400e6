"""What readers asked to stop while the catalogue could not be used: a file each in `data/stops/`, until it can (R7).

The names of the files hold no token: whoever has one can stop somebody's mail.
"""

from __future__ import annotations

import os
import re
import secrets
import stat
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pressroom.errors import NoStopError, StopTroubleError
from pressroom.files import make_folder, opened, replace_file, sweep
from pressroom.models.dates import in_utc, stamp, unstamp
from pressroom.models.people import Frequency
from pressroom.signing import is_token

MOST_KEPT = 100_000
"""So many may wait: programs that make tokens up shall not fill the disk."""
LONGEST = 200
"""Bytes, more than any unsubscribe takes."""
_ALL, _PROGRAM, _BUTTON = "all", "program", "button"
_CONTENT = re.compile(
    rf"(?P<token>[a-z2-7]+) (?P<what>{'|'.join((_ALL, *Frequency))}) (?P<asked_at>[0-9TZ:-]+) "
    rf"(?P<by>{_PROGRAM}|{_BUTTON})\n"
)


@dataclass(frozen=True, slots=True)
class Stop:
    """One unsubscribe by the token in its link: from everything, or from what comes at one frequency."""

    token: str
    asked_at: datetime
    frequency: Frequency | None = None
    is_by_program: bool = False


class Stops:
    """The folder of what was asked to stop. Any thread and any process may use it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def prepare(self) -> None:
        """Make the folder where `data/` is, and remove what a killed process left half-written in it.

        `keep` never makes it: where `data/` is away, what is written would be lost when it is back.
        """
        if self._folder.parent.is_dir():
            make_folder(self._folder, mode=0o700)
            sweep(self._folder)

    def keep(self, stop: Stop) -> None:
        """Write down what was asked: when it returns, it outlives a power cut. Raises StopTroubleError."""
        by = _PROGRAM if stop.is_by_program else _BUTTON
        content = f"{stop.token} {stop.frequency or _ALL} {stamp(stop.asked_at)} {by}\n"
        path = self._folder / f"{in_utc(stop.asked_at):%Y%m%dT%H%M%SZ}-{secrets.token_hex(8)}"
        if self._count() >= MOST_KEPT:
            raise StopTroubleError(self._folder, "is full: too many wait already", "mend the catalogue, then publish")
        try:
            replace_file(path, content.encode(), mode=0o600)
        except OSError as error:
            raise StopTroubleError(
                self._folder, f"takes no file: {_said(error)}", "free space or mend its rights"
            ) from error

    def _count(self) -> int:
        try:
            with os.scandir(self._folder) as found:
                return sum(1 for _ in found)
        except OSError:
            return 0

    @property
    def changed_at(self) -> int:
        """A number that changes when something was written down, or done."""
        try:
            return self._folder.stat().st_mtime_ns
        except OSError:
            return 0

    def waiting(self) -> list[Path]:
        """Return the files that wait, oldest first; looking costs next to nothing where there are none.

        Raises StopTroubleError.
        """
        try:
            names = os.listdir(self._folder)  # noqa: PTH208 (a third of the time, before each message that leaves)
            return [self._folder / name for name in sorted(names) if not name.startswith(".")]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise StopTroubleError(self._folder, f"cannot be looked into: {_said(error)}", "mend its rights") from error

    @staticmethod
    def read(path: Path) -> Stop | None:
        """Return what a file asks for, None where another process has done it.

        Raises NoStopError for one that asks for nothing, StopTroubleError where that cannot be seen.
        """
        try:
            said = _CONTENT.fullmatch(_beginning_of(path).decode("ascii", "replace"))
            if said is None or not is_token(said["token"]):
                raise NoStopError(path)
            what, asked_at = said["what"], unstamp(said["asked_at"])
            return Stop(said["token"], asked_at, None if what == _ALL else Frequency(what), said["by"] == _PROGRAM)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StopTroubleError(path, f"cannot be read: {_said(error)}", "mend its rights") from error
        except ValueError:
            raise NoStopError(path) from None

    @staticmethod
    def done(path: Path) -> None:
        """Remove what has been done. Raises StopTroubleError."""
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise StopTroubleError(
                path, f"cannot be deleted: {_said(error)}", "mend the rights of its folder"
            ) from error


def _beginning_of(path: Path) -> bytes:
    """Return what stands in a file, as far as it can matter; nothing of what is no file, which might never end."""
    if not stat.S_ISREG(path.lstat().st_mode):
        return b""
    with opened(path) as file:
        return file.read(LONGEST)


def _said(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
