"""Noticing at a glance that the catalogue has changed."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from pathlib import Path
from threading import Lock


class CatalogueWatch:
    """Tells whether the catalogue at `path` is what it was, whichever program has changed it.

    It never waits for another program; a look is a few microseconds. Any thread may ask.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._place: tuple[int, int] | None = None
        self._connection: sqlite3.Connection | None = None
        self._opened = 0
        self._lock = Lock()

    def state(self) -> tuple[int, int] | None:
        """Return what differs after every change and every other file in its place; None where nobody can tell."""
        with self._lock:
            try:
                return self._opened_and_version()
            except (OSError, sqlite3.Error):
                self.close()
                return None

    def _opened_and_version(self) -> tuple[int, int]:
        status = self._path.stat()
        if self._connection is None or self._place != (status.st_dev, status.st_ino):
            self.close()
            self._place = (status.st_dev, status.st_ino)
            self._connection = self._open()
        (version,) = self._connection.execute("PRAGMA data_version").fetchone()
        return self._opened, int(version)

    def _open(self) -> sqlite3.Connection:
        # A version counts from the opening of its connection: those of two are not to be compared.
        self._opened += 1
        place = f"{self._path.absolute().as_uri()}?mode=rw"
        return sqlite3.connect(place, uri=True, timeout=0, isolation_level=None, check_same_thread=False)

    def close(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
        self._connection = None
