"""What is wrong with a catalogue file, in words for people."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from pressroom.errors import CatalogueMissingError, CatalogueTroubleError


def require_file(path: Path) -> None:
    """Raise where there is no catalogue file, or where it cannot be told."""
    try:
        if path.is_dir():
            raise CatalogueTroubleError(path, "it is a folder", "move it away and restore the newest backup")
        if not path.is_file():
            raise CatalogueMissingError(path)
    except OSError as error:
        problem = (error.strerror or str(error)).lower()
        raise CatalogueTroubleError(path, problem, "mend the rights of its folder") from error


def in_words(error: sqlite3.Error, path: Path | str) -> CatalogueTroubleError:
    """Return what SQLite's refusal means for a person, and what to do."""
    said = str(error)
    rights = "mend the rights of the file, of its folder, and of the -wal and -shm beside it"
    for sign, problem, remedy in (
        ("locked", "another program keeps it locked", "close that program, or try again in a moment"),
        ("full", "the disk is full", "free some space and try again"),
        ("readonly", "it may not be written", rights),
        ("unable to open", "it cannot be opened", rights),
        ("malformed", "it is damaged", "restore the newest backup"),
        ("not a database", "it is no SQLite file", "name the right folder with -C, or restore the newest backup"),
        ("disk I/O", "the disk refuses", "check the disk, then “publisher db check”"),
    ):
        if sign in said:
            return CatalogueTroubleError(path, problem, remedy)
    return CatalogueTroubleError(path, said, "“publisher db check” looks for damage; -v shows where it happened")
