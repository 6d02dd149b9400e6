"""Releases in the order in which they changed last, so that whoever follows them reads only what is new."""

from __future__ import annotations

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

    def mark(self, follower: str, no: int) -> None:
        """Note that the follower has seen every change up to `no`."""
        self._store.write(
            """INSERT INTO changes_followed (follower, no) VALUES (:follower, :no)
            ON CONFLICT (follower) DO UPDATE SET no = :no""",
            {"follower": follower, "no": no},
        )
