"""Releases in the order in which they changed last, so that whoever follows them reads only what is new."""

from __future__ import annotations

from datetime import datetime

from pressroom.models.dates import stamp, unstamp
from pressroom.storage.store import Store


class Changes:
    """A follower goes by a name, and marks how far it has come."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def followed(self, follower: str) -> int:
        """Return the number of the last change that the follower has seen, 0 for none."""
        return int(self._store.value("SELECT max(no) FROM changes_followed WHERE follower = ?", (follower,)) or 0)

    def since(self, follower: str) -> list[tuple[int, int]]:
        """Return (number, row) of each release that has changed since the follower's mark, oldest change first."""
        rows = self._store.rows(
            """SELECT no, release FROM release_changes
            WHERE no > coalesce((SELECT no FROM changes_followed WHERE follower = ?), 0) ORDER BY no""",
            (follower,),
        )
        return [(row["no"], row["release"]) for row in rows]

    def count_public_since(self, follower: str) -> int:
        """Return how many releases that are out have changed since the follower's mark."""
        return int(
            self._store.value(
                """SELECT count(*) FROM release_changes JOIN releases ON pk = release
                WHERE no > coalesce((SELECT no FROM changes_followed WHERE follower = ?), 0)
                AND state IN ('live', 'withdrawn')""",
                (follower,),
            )
        )

    def behind_since(self, follower: str, before: datetime) -> tuple[int, datetime] | None:
        """Return how many releases that were announced before `before` are not in each of their feeds as they are now,
        and when the first of them was announced; None for none.

        What was changed without a word is not counted: nobody noted when that was.
        """
        row = self._store.row(
            """WITH announced AS (
                SELECT pk, (SELECT made_at FROM announcements WHERE release = pk ORDER BY no DESC LIMIT 1) AS made_at
                FROM release_changes JOIN releases ON pk = release
                WHERE no > coalesce((SELECT no FROM changes_followed WHERE follower = :follower), 0)
                AND state IN ('live', 'withdrawn'))
            SELECT count(*) AS number, min(made_at) AS first FROM announced WHERE made_at BETWEEN '1990' AND :before
            AND made_at > coalesce((SELECT min(coalesce(changed_at, '')) FROM shelf_places
                JOIN shelves ON shelves.pk = shelf LEFT JOIN topics ON shelves.kind = 'topics' AND topics.pk = key
                LEFT JOIN series ON shelves.kind = 'series' AND series.pk = key
                LEFT JOIN feed_files ON path = CASE shelves.kind WHEN 'all' THEN 'all'
                    ELSE shelves.kind || '/' || coalesce(topics.slug, series.slug, shelves.slug) END || '.atom'
                WHERE shelf_places.release = announced.pk AND announcement IS NULL AND is_there = 1), '')""",
            {"follower": follower, "before": stamp(before)},
        )
        return (row["number"], unstamp(row["first"])) if row and row["number"] else None

    def mark(self, follower: str, no: int) -> None:
        """Note that the follower has seen every change up to `no`."""
        self._store.write(
            """INSERT INTO changes_followed (follower, no) VALUES (:follower, :no)
            ON CONFLICT (follower) DO UPDATE SET no = :no""",
            {"follower": follower, "no": no},
        )
