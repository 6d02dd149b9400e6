"""What every published feed file was made from, and what stood in it before."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from pressroom.models.feeds import FeedDocument
from pressroom.storage.store import Store

STATES_KEPT = 20


@dataclass(frozen=True, slots=True)
class FeedFile:
    """A published file: `made_from` is a hash of all that its bytes depend on, `size` in bytes."""

    made_from: str
    etag: str
    size: int


class FeedFiles:
    def __init__(self, store: Store) -> None:
        self._store = store

    def all(self) -> dict[str, FeedFile]:
        """Return the published files by path."""
        return {
            row["path"]: FeedFile(row["made_from"], row["etag"], row["size"])
            for row in self._store.rows("SELECT path, made_from, etag, size FROM feed_files")
        }

    def mark_written(self, document: FeedDocument, made_from: str) -> None:
        self._store.write(
            """INSERT INTO feed_files (path, made_from, etag, size) VALUES (:path, :made_from, :etag, :size)
            ON CONFLICT (path) DO UPDATE SET made_from = :made_from, etag = :etag, size = :size""",
            {"path": document.path, "made_from": made_from, "etag": document.etag, "size": len(document.content)},
        )

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
