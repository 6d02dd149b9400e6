"""What every published feed file was made from, so that a publish writes only what has changed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from pressroom.models.dates import stamp, unstamp
from pressroom.storage.store import Store


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
            row["path"]: FeedFile(row["made_from"], row["recipe"], row["etag"], row["size"], unstamp(row["changed_at"]))
            for row in self._store.rows("SELECT path, made_from, recipe, etag, size, changed_at FROM feed_files")
        }

    def mark_written(self, path: str, file: FeedFile) -> None:
        self._store.write(
            """INSERT INTO feed_files (path, made_from, recipe, etag, size, changed_at)
            VALUES (:path, :made_from, :recipe, :etag, :size, :changed_at)
            ON CONFLICT (path) DO UPDATE SET made_from = :made_from, recipe = :recipe, etag = :etag, size = :size,
                changed_at = :changed_at""",
            {**asdict(file), "path": path, "changed_at": stamp(file.changed_at)},
        )
