"""Requests from the public form until they are taken up, and the counts that keep it from being abused."""

from __future__ import annotations

from datetime import datetime

from pressroom.models.dates import stamp, unstamp
from pressroom.models.sign_ups import SignUp, WaitingSignUp
from pressroom.storage.places import count_from
from pressroom.storage.schema_0016 import IS_UNREADABLE
from pressroom.storage.store import Store


class SignUps:
    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, request: SignUp, *, address_hash: str, place: str, network: str, now: datetime) -> None:
        """Let a request wait; the hashes are keyed, and stay for a day after the request itself is gone."""
        self._store.write(
            "INSERT INTO sign_ups (at, address_hash, place, network, request) VALUES (?, ?, ?, ?, ?)",
            (stamp(now), address_hash, place, network, request.to_json()),
        )

    def count_from(self, *, place: str, network: str, since: datetime, now: datetime) -> tuple[int, int]:
        """Return how many requests came after `since` from a place, and from its network."""
        return count_from(self._store, "sign_ups", place=place, network=network, since=since, now=now)

    def count_waiting(self) -> int:
        return int(self._store.value("SELECT count(*) FROM sign_ups WHERE request IS NOT NULL"))

    def count_taken(self, since: datetime, now: datetime) -> int:
        """Return how many were taken up after `since`; what a clock that was ahead has noted does not count."""
        sql = "SELECT count(*) FROM sign_ups WHERE taken_at > ? AND taken_at <= ?"
        return int(self._store.value(sql, (stamp(since), stamp(now))))

    def waiting(self, most: int) -> list[WaitingSignUp]:
        """Return the requests that wait, oldest first; of one the moment of which nobody can read there is no proof."""
        rows = self._store.rows(
            f"""SELECT pk, at, request FROM sign_ups WHERE request IS NOT NULL AND NOT {IS_UNREADABLE["sign_ups"]}
            ORDER BY pk LIMIT ?""",
            (most,),
        )
        return [WaitingSignUp(row["pk"], unstamp(row["at"]), row["request"]) for row in rows]

    def mark_taken(self, pk: int, now: datetime) -> bool:
        """Drop what a request says, and keep that there was one; False where another process was first."""
        cursor = self._store.write(
            "UPDATE sign_ups SET request = NULL, taken_at = ? WHERE pk = ? AND request IS NOT NULL", (stamp(now), pk)
        )
        return cursor.rowcount == 1

    def drop(self, address_hash: str, now: datetime) -> None:
        """Drop what waits for an address, as if it had been taken up."""
        self._store.write(
            "UPDATE sign_ups SET request = NULL, taken_at = ? WHERE address_hash = ? AND request IS NOT NULL",
            (stamp(now), address_hash),
        )

    def forget_before(self, moment: datetime) -> None:
        """Delete what is left of the requests that were made before that moment and are taken up."""
        if self._store.value("SELECT 1 FROM sign_ups WHERE at < ? AND request IS NULL LIMIT 1", (stamp(moment),)):
            self._store.write("DELETE FROM sign_ups WHERE at < ? AND request IS NULL", (stamp(moment),))

    def delete_waiting(self, before: datetime, most: int) -> int:
        """Delete up to `most` requests that have waited since before that moment, and return how many."""
        cursor = self._store.write(
            """DELETE FROM sign_ups WHERE pk IN (
                SELECT pk FROM sign_ups WHERE request IS NOT NULL AND at < ? ORDER BY pk LIMIT ?)""",
            (stamp(before), most),
        )
        return cursor.rowcount
