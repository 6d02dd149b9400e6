"""Programs that people read feeds with, as a test follows one feed with them."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from reader import make_reader


@dataclass(frozen=True)
class Shown:
    """An entry as a person sees it."""

    title: str
    url: str
    text: str
    is_unread: bool


class FeedReader(Protocol):
    """A program that follows one feed."""

    def fetch(self) -> None:
        """Ask for the feed, as the program does by itself now and then."""

    def shown(self) -> dict[str, Shown]:
        """Return all that it shows, by id."""

    def read_all(self) -> None:
        """Read all that it shows."""


class Lemon:
    """The Python library “reader” (lemon24)."""

    def __init__(self, url: str, folder: Path) -> None:
        self._reader, self._url = make_reader(str(folder / "reader.db")), url
        self._reader.add_feed(url)

    def fetch(self) -> None:
        self._reader.update_feed(self._url)

    def shown(self) -> dict[str, Shown]:
        return {
            entry.id: Shown(
                entry.title or "",
                entry.link or "",
                " ".join([entry.summary or "", *(one.value for one in entry.content)]),
                not entry.read,
            )
            for entry in self._reader.get_entries()
        }

    def read_all(self) -> None:
        for entry in self._reader.get_entries(read=False):
            self._reader.mark_entry_as_read(entry)


class Newsboat:
    """Debian's newsboat, as a command that shows nothing; what it would show stands in its cache."""

    def __init__(self, url: str, folder: Path, program: str) -> None:
        self._folder, self._program = folder, program
        (folder / "urls").write_text(f"{url}\n")
        (folder / "config").write_text("")
        self.fetch()  # what it has then it names from its second time on

    def fetch(self) -> None:
        self._run("reload")

    def shown(self) -> dict[str, Shown]:
        rows = self._cache("SELECT guid, title, url, content, unread FROM rss_item WHERE deleted = 0")
        shown = {guid: Shown(title, url, text, bool(unread)) for guid, title, url, text, unread in rows}
        assert len(shown) == len(rows)
        assert int(self._run("print-unread").split()[0]) == sum(one.is_unread for one in shown.values())
        return shown

    def read_all(self) -> None:
        self._cache("UPDATE rss_item SET unread = 0")

    def _cache(self, sql: str) -> list[tuple[str, str, str, str, int]]:
        with sqlite3.connect(self._folder / "cache.db") as cache:
            rows = cache.execute(sql).fetchall()
        cache.close()
        return rows

    def _run(self, command: str) -> str:
        done = subprocess.run(
            [self._program, "-u", "urls", "-c", "cache.db", "-C", "config", "-x", command],
            cwd=self._folder,
            env=os.environ | {"HOME": str(self._folder)},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return done.stdout
