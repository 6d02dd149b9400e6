"""What is wrong with a catalogue file, in words for people."""

from __future__ import annotations

import os
import re
import sqlite3
from pathlib import Path

from pressroom.errors import (
    CatalogueDamagedError,
    CatalogueMissingError,
    CatalogueTroubleError,
    PublisherError,
    StoppedError,
)

FULL = ("the disk is full", "free some space and try again")
NEEDED = 65_536
"""Bytes without which SQLite cannot even make the file in which it notes who reads."""
OF_A_SITE = (
    "see that its disk is mounted, else restore a backup (“publisher db restore FILE”); only for a new site make one "
    "with “publisher init”"
)
"""What to do about a catalogue that is not there, where all else of its site is."""
_OFTEN_THE_DISK = ("readonly", "unable to open", "disk I/O")
"""What SQLite says of a disk that is full or may only be read, and of much else."""
_OF_THE_CONTENT = ("malformed", "not a database")
_OF_WRITING = re.compile(r"SQLITE_(FULL|READONLY|CANTOPEN|IOERR(?!_READ|_SHORT_READ))")


def require_file(path: Path) -> None:
    """Raise where there is no catalogue file, or where it cannot be told."""
    try:
        if path.is_dir():
            raise CatalogueTroubleError(path, "it is a folder", "move it away and restore the newest backup")
        if not path.is_file():
            raise CatalogueMissingError(path, OF_A_SITE) if _has_a_site_around(path) else CatalogueMissingError(path)
    except OSError as error:
        problem = (error.strerror or str(error)).lower()
        raise CatalogueTroubleError(path, problem, "mend the rights of its folder") from error


def _has_a_site_around(path: Path) -> bool:
    data, site = path.parent, path.parent.parent
    return data.name == "data" and any((site / name).exists() for name in ("publisher.toml", "feeds/all.atom"))


def in_words(error: sqlite3.Error, path: Path | str) -> PublisherError:
    """Return what SQLite's refusal means for a person, and what to do."""
    if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT:
        return StoppedError()
    kind = CatalogueDamagedError if any(sign in str(error) for sign in _OF_THE_CONTENT) else CatalogueTroubleError
    return kind(path, *told(error, path))


def told(error: sqlite3.Error, path: Path | str) -> tuple[str, str]:
    """Return what SQLite says of the file at `path`, and what to do where that is a catalogue."""
    said = str(error)
    rights = "mend the rights of the file, of its folder, and of the -wal and -shm beside it"
    for sign, problem, remedy in (
        ("locked", "another program keeps it locked", "close that program, or try again in a moment"),
        ("full", *FULL),
        ("readonly", "it may not be written", rights),
        ("unable to open", "it cannot be opened", rights),
        ("malformed", "it is damaged", "restore the newest backup"),
        ("not a database", "it is no SQLite file", "name the right folder with -C, or restore the newest backup"),
        ("disk I/O", "the disk refuses", "check the disk, then “publisher db check”"),
    ):
        if sign in said:
            because = _of_the_disk(Path(path)) if sign in _OFTEN_THE_DISK else None
            return because or (problem, remedy)
    return said, "“publisher db check” looks for damage; -v shows where it happened"


def is_of_writing(error: sqlite3.Error) -> bool:
    """Whether SQLite could not write: of two files, one of which is only read, it is the other."""
    return _OF_WRITING.match(getattr(error, "sqlite_errorname", "")) is not None


def _of_the_disk(path: Path) -> tuple[str, str] | None:
    """Return what is wrong with the disk of a file, and the remedy; None where nothing is to be seen."""
    try:
        disk = os.statvfs(path.parent)
    except OSError:
        return None
    if disk.f_flag & os.ST_RDONLY:
        return "its disk may only be read", "have it mounted for writing, then try again"
    return FULL if disk.f_bavail * disk.f_frsize < NEEDED else None
