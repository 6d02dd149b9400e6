"""Mail that has come in and lies in a Maildir or a file, as a mail server or a mail program has put it there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from pressroom.delivery.reports import MOST_READ
from pressroom.errors import UnreadableFileError


class IncomingMaildir:
    """A Maildir whose `new/` is worked off: what was taken goes to `cur/`; a kill in between does no harm."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        if not (folder / "new").is_dir():
            raise UnreadableFileError(folder, "has no folder “new”, so that it is no Maildir", "name one, or a file")

    def waiting(self) -> Iterator[Path]:
        """Yield the files that wait, oldest first by their names."""
        for path in sorted((self._folder / "new").iterdir()):
            if path.is_file() and not path.name.startswith("."):
                yield path

    def is_gone(self, path: Path) -> bool:
        """Whether a file waits no more: another process has taken it."""
        return not os.path.lexists(path)

    def move(self, path: Path, *, is_read: bool) -> None:
        """Move a file to where mail programs look for it, marked as read or not, unless another has taken it."""
        kept = self._folder / "cur"
        kept.mkdir(mode=0o700, exist_ok=True)
        with suppress(FileNotFoundError):
            path.rename(kept / f"{path.name.partition(':')[0]}:2,{'S' if is_read else ''}")


def content_of(path: Path) -> bytes:
    """Return the mail in a file, as far as it is read."""
    try:
        with path.open("rb") as file:
            return file.read(MOST_READ)
    except OSError as error:
        said = (error.strerror or str(error)).lower()
        raise UnreadableFileError(path, f"cannot be read: {said}", "check its name and rights") from error
