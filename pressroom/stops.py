"""What readers asked to stop while the catalogue could not be used: a file each in `data/stops/`, until it can (R7)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pressroom.errors import StopTroubleError
from pressroom.files import make_folder, replace_file
from pressroom.models.dates import stamp, unstamp
from pressroom.models.people import Frequency
from pressroom.signing import is_token

_PROGRAM, _BUTTON = "program", "button"
_CONTENT = re.compile(rf"(?P<asked_at>\S+) (?P<by>{_PROGRAM}|{_BUTTON})\n")


@dataclass(frozen=True, slots=True)
class Stop:
    """One unsubscribe by the token in its link: from everything, or from what comes at one frequency."""

    token: str
    asked_at: datetime
    frequency: Frequency | None = None
    is_by_program: bool = False

    @property
    def _file(self) -> str:
        return f"{self.token}.{self.frequency}" if self.frequency else self.token


class Stops:
    """The folder of what was asked to stop. Any thread and any process may use it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def prepare(self) -> None:
        """Make the folder. `keep` never does: where `data/` is away, what is written would be lost when it is back."""
        make_folder(self._folder)

    def keep(self, stop: Stop) -> None:
        """Write down what was asked: when it returns, it outlives a power cut. Raises StopTroubleError."""
        path, by = self._folder / stop._file, _PROGRAM if stop.is_by_program else _BUTTON
        try:
            replace_file(path, f"{stamp(stop.asked_at)} {by}\n".encode(), mode=0o600)
        except OSError as error:
            raise StopTroubleError(path, f"written: {_said(error)}", "free space or mend the rights") from error

    @property
    def changed_at(self) -> int:
        """A number that changes when something was written down, or done."""
        try:
            return self._folder.stat().st_mtime_ns
        except OSError:
            return 0

    def waiting(self) -> list[Path]:
        """Return the files that wait; looking costs next to nothing where there are none."""
        try:
            return sorted(path for path in self._folder.iterdir() if not path.name.startswith("."))
        except OSError:
            return []

    @staticmethod
    def read(path: Path) -> Stop:
        """Return what a file asks for. Raises StopTroubleError."""
        try:
            token, _, frequency = path.name.partition(".")
            said = _CONTENT.fullmatch(path.read_text(encoding="ascii"))
            if said is None or not is_token(token):
                raise StopTroubleError(path, "read", "delete that file")
            asked_at = unstamp(said["asked_at"])
            return Stop(token, asked_at, Frequency(frequency) if frequency else None, said["by"] == _PROGRAM)
        except OSError as error:
            raise StopTroubleError(path, f"read: {_said(error)}", "mend the rights of that file") from error
        except ValueError as error:
            raise StopTroubleError(path, "read", "delete that file") from error

    @staticmethod
    def done(path: Path) -> None:
        """Remove what has been done. Raises StopTroubleError."""
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise StopTroubleError(path, f"deleted: {_said(error)}", "mend the rights of its folder") from error


def _said(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
