"""Letters, and the queue in which they wait."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime

from pressroom.models.dates import stamp
from pressroom.models.letters import LASTS, RECIPIENTS, Letter, LetterKind
from pressroom.models.people import SubscriberState, address_key
from pressroom.models.runs import MOVED, WAITING
from pressroom.storage.cells import LONG_AGO, moment, word
from pressroom.storage.queue import WAITS, StoredQueue, queued_facts
from pressroom.storage.schema_0016 import IS_UNREADABLE

_REASONS = {
    None: "erased",
    SubscriberState.ENDED: "unsubscribed",
    SubscriberState.PENDING: "not confirmed",
    SubscriberState.ACTIVE: "confirmed already",
}


class Letters(StoredQueue[Letter]):
    """Letters as rows and as a queue. One that has waited for longer than it is worth is cancelled, not claimed."""

    table = "letters"
    may_leave = f"NOT {IS_UNREADABLE['letters']}"

    def add(
        self,
        subscriber: int | None,
        kind: LetterKind,
        key: str,
        now: datetime,
        *,
        address: str = "",
        request: int | None = None,
    ) -> None:
        """Queue a letter; `key` is random, `address` where it goes if not to the subscriber's own.

        `request` is the number of the consent that it asks to confirm.
        """
        self._store.write(
            "INSERT INTO letters (subscriber, kind, key, made_at, address, request) VALUES (?, ?, ?, ?, ?, ?)",
            (subscriber, kind, key, stamp(now), address, request),
        )

    def by_pk(self, pk: int) -> Letter | None:
        row = self._store.row("SELECT * FROM letters WHERE pk = ?", (pk,))
        return self._read(row) if row else None

    def by_key(self, key: str) -> Letter | None:
        row = self._store.row("SELECT * FROM letters WHERE key = ?", (key,))
        return self._read(row) if row else None

    def of(self, subscriber: int, *kinds: LetterKind) -> list[Letter]:
        """Return the letters of some kinds to one person, newest first."""
        rows = self._store.rows(
            """SELECT * FROM letters WHERE subscriber = ? AND kind IN (SELECT value FROM json_each(?))
            ORDER BY pk DESC""",
            (subscriber, json.dumps(kinds)),
        )
        return [self._read(row) for row in rows]

    def newest_about_complaints(self) -> Letter | None:
        """Return the newest letter that tells of complaints, but for those that were held back."""
        row = self._store.row(
            "SELECT * FROM letters WHERE kind = 'complaint' AND state <> 'suppressed' ORDER BY made_at DESC LIMIT 1"
        )
        return self._read(row) if row else None

    def to(self, subscriber: int) -> list[Letter]:
        """Return every letter to one person, oldest first."""
        return [
            self._read(row)
            for row in self._store.rows("SELECT * FROM letters WHERE subscriber = ? ORDER BY pk", (subscriber,))
        ]

    def is_waiting(self, subscriber: int, kind: LetterKind) -> bool:
        """Whether a letter of that kind to that person has still to leave."""
        return any(letter.state in WAITING for letter in self.of(subscriber, kind))

    def suppress_to(self, address: str, reason: str, now: datetime) -> None:
        """Suppress what waits to go to an address that is not its subscriber's own."""
        for form in sorted({address, address_key(address)}):
            self._store.write(
                """UPDATE letters SET state = 'suppressed', reply = :reason, finished_at = :now,
                    next_attempt_at = NULL, claimed_by = NULL, claimed_at = NULL
                WHERE address = :address COLLATE NOCASE AND address <> '' AND state IN ('queued', 'claimed', 'retry')
                AND kind <> 'complaint'""",
                {"address": form, "reason": reason, "now": stamp(now)},
            )

    def claim(self, owner: str, now: datetime, limit: int) -> list[Letter]:
        self._cancel_outdated(now)
        return super().claim(owner, now, limit)

    def reasons_to_hold(self, going: Sequence[tuple[Letter, str]]) -> dict[int, str]:
        people = self._people([letter.subscriber for letter, _ in going])
        reasons: dict[int, str] = {}
        for letter, recipient in going:
            state, address = people.get(letter.subscriber, (None, ""))
            if letter.kind is LetterKind.COMPLAINT:
                if not self._store.complaints.unacknowledged():
                    reasons[letter.pk] = "no complaint waits any more"
            elif state not in RECIPIENTS[letter.kind]:
                reasons[letter.pk] = _REASONS.get(state, str(state))
            elif not letter.address and address != recipient:
                reasons[letter.pk] = MOVED
        return reasons

    def suppress_of(self, subscriber: int, reason: str, now: datetime, only_if: str = "1") -> None:
        """Suppress what still waits; who leaves is still told that their digests went to another address."""
        stays = LetterKind.MOVED if reason == "unsubscribed" else ""
        super().suppress_of(subscriber, reason, now, f"{only_if} AND kind <> '{stays}'")

    def latest_issue(self, before: datetime) -> int | None:
        """Return the newest run with a public page that had gone out to anybody by then."""
        found = self._store.value(
            """SELECT max(pk) FROM runs WHERE state IN ('open', 'closed') AND opened_at <= ?
            AND pk IN (SELECT run FROM issues)
            AND (EXISTS (SELECT 1 FROM deliveries WHERE run = runs.pk AND state <> 'cancelled')
                OR EXISTS (SELECT 1 FROM deleted_deliveries WHERE run = runs.pk AND state <> 'cancelled'))""",
            (stamp(before),),
        )
        return None if found is None else int(found)

    def delete_finished(self, before: datetime, most: int) -> int:
        """Delete up to `most` letters of which nothing has become since `before`, and return how many."""
        cursor = self._store.write(
            "DELETE FROM letters WHERE pk IN (SELECT pk FROM letters WHERE finished_at <= ? LIMIT ?)",
            (stamp(before), most),
        )
        return cursor.rowcount

    def _cancel_outdated(self, now: datetime) -> None:
        with self._store.atomic():
            self._store.write_many(
                f"""UPDATE letters SET state = 'cancelled', finished_at = :now, next_attempt_at = NULL,
                    reply = 'waited for longer than it is worth'
                WHERE {WAITS} AND state IN ('queued', 'retry') AND kind = :kind AND made_at <= :limit""",
                [{"now": stamp(now), "kind": kind, "limit": stamp(now - lasts)} for kind, lasts in LASTS.items()],
            )

    def _read(self, row: sqlite3.Row) -> Letter:
        return Letter(
            kind=word(row["kind"], LetterKind.GOODBYE),
            key=row["key"],
            made_at=moment(row["made_at"]) or LONG_AGO,
            address=row["address"],
            request=row["request"],
            **queued_facts(row),
        )
