"""What every published feed file was made from, and what stood in it before."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from pressroom.models.dates import stamp
from pressroom.models.feeds import FeedDocument
from pressroom.storage.cells import LONG_AGO, moment
from pressroom.storage.store import Store

STATES_KEPT = 20
UNWRITTEN = "unwritten"
"""Stands as the recipe of a file that could not be written, or taken down, when that was tried last."""


@dataclass(frozen=True, slots=True)
class FeedFile:
    """A published file of `size` bytes, which last changed at `changed_at`.

    `made_from` is a hash of the entries it was made from, `recipe` one of all else that its bytes depend on.
    """

    made_from: str
    recipe: str
    etag: str
    size: int
    changed_at: datetime


class FeedFiles:
    def __init__(self, store: Store) -> None:
        self._store = store

    def all(self) -> dict[str, FeedFile]:
        """Return the published files by path."""
        return {
            row["path"]: FeedFile(
                row["made_from"], row["recipe"], row["etag"], row["size"], moment(row["changed_at"]) or LONG_AGO
            )
            for row in self._store.rows("SELECT path, made_from, recipe, etag, size, changed_at FROM feed_files")
        }

    def changed_at(self, paths: Sequence[str]) -> datetime | None:
        """Return when the last of these files changed, None where one is not published."""
        row = self._store.row(
            """SELECT max(changed_at) AS last, count(*) AS found FROM feed_files
            WHERE path IN (SELECT value FROM json_each(?))""",
            (json.dumps(paths),),
        )
        return moment(row["last"]) if row and row["found"] == len(paths) else None

    def last_changed_at(self) -> datetime | None:
        """Return when the file that changed last did, None before the first publish."""
        return moment(self._store.value("SELECT max(changed_at) FROM feed_files"))

    def count_lacking(self) -> int:
        """Return how many documents lack something of a release that could not be made, or not wholly."""
        sql = "SELECT count(*) FROM feed_files WHERE made_from = '' AND recipe NOT IN ('', ?)"
        return int(self._store.value(sql, (UNWRITTEN,)))

    def unwritten(self) -> list[str]:
        """Return the paths of what could not be written, or taken down, when that was tried last."""
        rows = self._store.rows("SELECT path FROM feed_files WHERE recipe = ? ORDER BY path", (UNWRITTEN,))
        return [row["path"] for row in rows]

    def mark_written(self, path: str, file: FeedFile) -> None:
        self._store.write(
            """INSERT INTO feed_files (path, made_from, recipe, etag, size, changed_at)
            VALUES (:path, :made_from, :recipe, :etag, :size, :changed_at)
            ON CONFLICT (path) DO UPDATE SET made_from = :made_from, recipe = :recipe, etag = :etag, size = :size,
                changed_at = :changed_at""",
            {**asdict(file), "path": path, "changed_at": stamp(file.changed_at)},
        )

    def forget(self, path: str) -> None:
        """Forget a file that is published no longer, and its states."""
        self._store.write("DELETE FROM feed_states WHERE path = ?", (path,))
        self._store.write("DELETE FROM feed_files WHERE path = ?", (path,))

    def add_state(self, document: FeedDocument, digests: bytes) -> None:
        """Note by their digests which entries stand in `document`; of each file the last states are kept."""
        values = {"path": document.path, "etag": document.etag, "digests": digests, "kept": STATES_KEPT}
        self._store.write("INSERT OR REPLACE INTO feed_states (path, etag, digests) VALUES (:path, :etag, :digests)",
                          values)  # fmt: skip
        self._store.write(
            """DELETE FROM feed_states WHERE path = :path AND pk <= (
                SELECT pk FROM feed_states WHERE path = :path ORDER BY pk DESC LIMIT 1 OFFSET :kept)""",
            values,
        )

    def states(self, path: str, etags: Iterable[str]) -> list[bytes]:
        """Return the digests of those states of a file that had one of these ETags, the newest first."""
        rows = self._store.rows(
            """SELECT digests FROM feed_states WHERE path = :path AND etag IN (SELECT value FROM json_each(:etags))
            ORDER BY pk DESC""",
            {"path": path, "etags": json.dumps(list(etags))},
        )
        return [row["digests"] for row in rows]
