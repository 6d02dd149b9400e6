"""Published files: each replaced in one move, and only if its bytes changed.

A reader who fetches a file while it is replaced gets the old one or the new one, whole; so does everyone
after a crash or a power cut (R10). What a killed process leaves behind are hidden temporary files, which
`sweep` removes. Beside each file lie its twins, compressed, for servers of plain files.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from errno import EISDIR
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from pressroom.codings import CODINGS, ENDINGS, TWINS
from pressroom.errors import OutputError, RefusedError
from pressroom.files import bytes_of, is_readable, make_folder, replace_file, sweep, sync_folder
from pressroom.models.feeds import FeedDocument


class Seen(NamedTuple):
    """What a file looks like from outside: its bytes, and when it says that it changed, in seconds since 1970."""

    size: int
    changed_at: float


NOT_LOOKED_AT = Seen(0, 0)


class Output:
    """The folder of published files. Paths are below it, as in `FeedDocument.path`: "topics/rivers.atom"."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._unsynced: set[Path] = set()

    @property
    def place(self) -> tuple[int, int] | None:
        """What differs when another folder has taken this one's place; None where there is none."""
        try:
            status = self.folder.stat()
        except OSError:
            return None
        return status.st_dev, status.st_ino

    def write(self, document: FeedDocument, changed_at: datetime) -> bool:
        """Publish `document`; return whether the file changed. One that has its bytes already is not touched.

        It says of itself that it changed at `changed_at`, as its twins do. Once `sync` has returned, it outlives a
        power cut. Raises OutputError, and leaves the old file as it was.
        """
        target, moment = self._place(document.path), changed_at.timestamp()
        with _errors_in_words(target):
            if _is_written(target, document.content, moment):
                return False
            make_folder(target.parent)
            for path in (target, *(target.with_name(f"{target.name}{ending}") for ending in TWINS)):
                if path.is_dir():
                    raise OutputError(path, "is a directory") from IsADirectoryError(EISDIR, "Is a directory")
            # The file is first: where its moment is the one that was noted, its twins are those made with it.
            replace_file(target, document.content, changed_at=moment, syncs_folder=False)
            for coding, compress in CODINGS.items():
                twin = target.with_name(f"{target.name}{ENDINGS[coding]}")
                replace_file(twin, compress(document.content), changed_at=moment, syncs_folder=False)
            self._unsynced.add(target.parent)
            return True

    def remove(self, path: str) -> None:
        """Take a published file down, with its twins; one that is not there stays so. Raises OutputError."""
        target = self._place(path)
        with _errors_in_words(target):
            for ending in ("", *TWINS):
                with suppress(FileNotFoundError, NotADirectoryError):
                    target.with_name(f"{target.name}{ending}").unlink()
                    self._unsynced.add(target.parent)

    def sync(self) -> None:
        """Make all that was written outlive a power cut. Raises OutputError, once that is done where it can be."""
        faults = list[OutputError]()
        while self._unsynced:
            folder = self._unsynced.pop()
            try:
                with _errors_in_words(folder):
                    sync_folder(folder)
            except OutputError as error:
                faults.append(error)
        if faults:
            raise faults[0]

    def read(self, path: str) -> bytes:
        """Return the bytes of a published file, none where there is no such file."""
        with suppress(OSError):
            return bytes_of(self._place(path))
        return b""

    def seen(self) -> Mapping[str, Seen]:
        """Return what each file looks like by its path, quick for thousands of files; no twin is looked at."""
        found: dict[str, Seen] = {}
        folders = [("", str(self.folder))]
        while folders:
            above, folder = folders.pop()
            with suppress(OSError), os.scandir(folder) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        folders.append((f"{above}{entry.name}/", entry.path))
                    elif entry.name.endswith(TWINS):
                        found[f"{above}{entry.name}"] = NOT_LOOKED_AT
                    else:
                        with suppress(FileNotFoundError):  # a link may lead nowhere
                            status = entry.stat()
                            if is_readable(entry.path, status):  # else nobody gets it, and another takes its place
                                found[f"{above}{entry.name}"] = Seen(status.st_size, status.st_mtime)
        return found

    def sweep(self) -> int:
        """Remove the temporary files of processes that are gone; return how many.

        Those with the number of this process count as such: call it before the first `write`.
        """
        with _errors_in_words(self.folder):
            return sweep(self.folder)

    def _place(self, path: str) -> Path:
        parts = PurePosixPath(path).parts
        if not parts or "\0" in path or parts[0] == "/" or ".." in parts:
            raise RefusedError(f"“{path}” lies outside {self.folder}, where published files belong; it is not touched.")
        return self.folder.joinpath(*parts)


@contextmanager
def _errors_in_words(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(path, (error.strerror or str(error)).lower()) from error


def is_whole(path: str, size: int, changed_at: datetime, seen: Mapping[str, Seen]) -> bool:
    """Whether a file of `size` bytes that changed at `changed_at` is there with its twins, by the looks of all."""
    has_twins = all(f"{path}{ending}" in seen for ending in TWINS)
    return has_twins and seen.get(path) == (size, changed_at.timestamp())


def _is_written(path: Path, content: bytes, changed_at: float) -> bool:
    try:
        found = path.stat()
        twins = [path.with_name(f"{path.name}{ending}").stat() for ending in TWINS]
        if any(one.st_mtime != changed_at or not one.st_size for one in (found, *twins)):
            return False
        return found.st_size == len(content) and is_readable(path, found) and bytes_of(path) == content
    except OSError:  # it is not there, or cannot be read: another may take its place
        return False
