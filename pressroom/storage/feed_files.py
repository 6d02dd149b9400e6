"""What every published feed file was made from, so that a publish writes only what has changed."""

from __future__ import annotations

from dataclasses import dataclass

from pressroom.models.feeds import FeedDocument
from pressroom.storage.store import Store


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
