"""The log of complaints."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from pressroom.models.complaints import Complaint
from pressroom.models.dates import stamp
from pressroom.storage.cells import LONG_AGO, moment
from pressroom.storage.places import count_from
from pressroom.storage.store import Store


class Complaints:
    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, *, name: str, contact: str, text: str, place: str, network: str, now: datetime) -> int:
        """Log a complaint and return its number; `place` and `network` are keyed hashes of where it came from."""
        cursor = self._store.write(
            "INSERT INTO complaints (at, name, contact, text, place, network) VALUES (?, ?, ?, ?, ?, ?)",
            (stamp(now), name, contact, text, place, network),
        )
        return int(cursor.lastrowid or 0)

    def get(self, number: int) -> Complaint | None:
        row = self._store.row("SELECT * FROM complaints WHERE pk = ?", (number,))
        return _complaint(row) if row else None

    def all(self) -> list[Complaint]:
        """Return every complaint, oldest first."""
        return [_complaint(row) for row in self._store.rows("SELECT * FROM complaints ORDER BY pk")]

    def unacknowledged(self) -> list[Complaint]:
        """Return those that nobody has acknowledged, oldest first."""
        rows = self._store.rows("SELECT * FROM complaints WHERE acknowledged_at IS NULL ORDER BY pk")
        return [_complaint(row) for row in rows]

    def count_from(self, *, place: str, network: str, since: datetime, now: datetime) -> tuple[int, int]:
        """Return how many came after `since` from a place, and from its network."""
        return count_from(self._store, "complaints", place=place, network=network, since=since, now=now)

    def count_since(self, moment: datetime, now: datetime) -> int:
        """Return how many came after that moment, up to now."""
        sql = "SELECT count(*) FROM complaints WHERE at > ? AND at <= ?"
        return int(self._store.value(sql, (stamp(moment), stamp(now))))

    def mark_told(self, number: int, times: int) -> None:
        """Note how many of the moments to tell of a complaint have had their letter."""
        self._store.write("UPDATE complaints SET told = ? WHERE pk = ?", (times, number))

    def forget_places(self, before: datetime) -> None:
        """Forget where those came from that came before that moment."""
        old = "at < ? AND place <> ''"
        if self._store.value(f"SELECT 1 FROM complaints WHERE {old} LIMIT 1", (stamp(before),)):
            self._store.write(f"UPDATE complaints SET place = '', network = '' WHERE {old}", (stamp(before),))

    def delete_closed(self, before: datetime, most: int) -> int:
        """Delete up to `most` complaints that were closed at that moment or earlier, and return how many."""
        cursor = self._store.write(
            "DELETE FROM complaints WHERE pk IN (SELECT pk FROM complaints WHERE closed_at <= ? LIMIT ?)",
            (stamp(before), most),
        )
        return cursor.rowcount

    def mark_acknowledged(self, number: int, now: datetime) -> None:
        self._store.write("UPDATE complaints SET acknowledged_at = ? WHERE pk = ?", (stamp(now), number))

    def mark_closed(self, number: int, outcome: str, now: datetime) -> None:
        """Close a complaint; closing one acknowledges it too."""
        self._store.write(
            """UPDATE complaints SET closed_at = :now, outcome = :outcome,
                acknowledged_at = coalesce(acknowledged_at, :now)
            WHERE pk = :pk""",
            {"now": stamp(now), "outcome": outcome, "pk": number},
        )


def _complaint(row: sqlite3.Row) -> Complaint:
    return Complaint(
        number=row["pk"],
        at=moment(row["at"]) or LONG_AGO,
        name=row["name"],
        contact=row["contact"],
        text=row["text"],
        told=row["told"],
        acknowledged_at=moment(row["acknowledged_at"]),
        closed_at=moment(row["closed_at"]),
        outcome=row["outcome"],
    )
