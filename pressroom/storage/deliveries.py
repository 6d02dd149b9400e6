"""The ledger of deliveries (R6) and the queue that `pressroom.delivery` works off (its Protocol `Queue`)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from pressroom.models.dates import stamp, unstamp
from pressroom.models.people import SubscriberState
from pressroom.models.runs import Counts, Delivery, DeliveryState
from pressroom.storage.store import Store

LEASE = timedelta(minutes=5)


class Deliveries:
    def __init__(self, store: Store) -> None:
        self._store = store

    def enlist(self, run: int, pairs: Iterable[tuple[int, int]]) -> None:
        """Enlist one delivery for each (subscriber, bundle) of a run."""
        self._store.write_many(
            "INSERT INTO deliveries (run, subscriber, bundle) VALUES (?, ?, ?)",
            [(run, subscriber, bundle) for subscriber, bundle in pairs],
        )

    def get(self, pk: int) -> Delivery:
        row = self._store.row("SELECT * FROM deliveries WHERE pk = ?", (pk,))
        assert row is not None
        return _delivery(row)

    def of_run(self, run: int) -> list[Delivery]:
        return [
            _delivery(row) for row in self._store.rows("SELECT * FROM deliveries WHERE run = ? ORDER BY pk", (run,))
        ]

    def counts(self) -> Counts:
        """Return the accounting over all runs."""
        return Counts.of(
            (row["state"], row["n"])
            for row in self._store.rows("SELECT state, count(*) AS n FROM deliveries GROUP BY state")
        )

    def sent_to(self, subscriber: int) -> tuple[int, int]:
        """Return how many messages were sent to a subscriber, and how many items they held."""
        row = self._store.row(
            """SELECT count(DISTINCT deliveries.pk) AS mails, count(item) AS items
            FROM deliveries JOIN bundle_items ON bundle_items.bundle = deliveries.bundle
            WHERE subscriber = ? AND state = 'sent'""",
            (subscriber,),
        )
        assert row is not None
        return row["mails"], row["items"]

    def next_attempt(self) -> datetime | None:
        """Return when the next delivery that waits for a retry is due."""
        found = self._store.value("SELECT min(next_attempt_at) FROM deliveries WHERE state = 'retry'")
        return unstamp(found) if found else None

    # What `pressroom.delivery.queue.Queue` asks for.

    def claim(self, owner: str, now: datetime, limit: int) -> list[Delivery]:
        """Take up to `limit` deliveries that are due; nobody else gets them while the claim holds."""
        with self._store.atomic(durable=True):
            rows = self._store.rows(
                """UPDATE deliveries SET state = 'claimed', claimed_by = :owner, claimed_at = :now,
                    next_attempt_at = NULL
                WHERE pk IN (SELECT deliveries.pk FROM deliveries JOIN runs ON runs.pk = deliveries.run
                    WHERE runs.state = 'open' AND (deliveries.state = 'queued'
                        OR (deliveries.state = 'retry' AND next_attempt_at <= :now))
                    ORDER BY deliveries.pk LIMIT :limit)
                RETURNING *""",
                {"owner": owner, "now": stamp(now), "limit": limit},
            )
            return sorted((_delivery(row) for row in rows), key=lambda delivery: delivery.pk)

    def reason_to_hold(self, delivery: Delivery) -> str | None:
        """Return why a delivery must not be handed over after all (R7), or None: the last look."""
        if delivery.subscriber is None:
            return "erased"
        state = self._store.value("SELECT state FROM subscribers WHERE pk = ?", (delivery.subscriber,))
        return {SubscriberState.ACTIVE: None, SubscriberState.ENDED: "unsubscribed", None: "erased"}.get(state, state)

    def mark_handed_over(self, delivery: Delivery, owner: str, now: datetime) -> bool:
        """Record the intent to hand over; False where the claim has meanwhile gone to somebody else."""
        cursor = self._store.write(
            """UPDATE deliveries SET state = 'handed-over', attempts = attempts + 1, claimed_at = :now,
                first_attempt_at = coalesce(first_attempt_at, :now)
            WHERE pk = :pk AND state = 'claimed' AND claimed_by = :owner""",
            {"pk": delivery.pk, "owner": owner, "now": stamp(now)},
        )
        return cursor.rowcount == 1

    def mark_sent(self, delivery: Delivery, reply: str, now: datetime) -> None:
        self._finish(delivery, DeliveryState.SENT, reply, now)

    def mark_failed(self, delivery: Delivery, reply: str, now: datetime) -> None:
        self._finish(delivery, DeliveryState.FAILED, reply, now)

    def mark_suppressed(self, delivery: Delivery, reason: str, now: datetime) -> None:
        self._finish(delivery, DeliveryState.SUPPRESSED, reason, now)

    def mark_unknown(self, delivery: Delivery, reply: str, now: datetime) -> None:
        self._finish(delivery, DeliveryState.UNKNOWN, reply, now)

    def mark_retry(self, delivery: Delivery, reply: str, at: datetime) -> None:
        self._store.write(
            """UPDATE deliveries SET state = 'retry', reply = ?, next_attempt_at = ?, claimed_by = NULL,
                claimed_at = NULL WHERE pk = ?""",
            (reply, stamp(at), delivery.pk),
        )

    def mark_queued(self, delivery: Delivery) -> None:
        self._store.write(
            "UPDATE deliveries SET state = 'queued', claimed_by = NULL, claimed_at = NULL WHERE pk = ?", (delivery.pk,)
        )

    def give_back(self, claimed: Sequence[Delivery]) -> None:
        """Free those of these claims that were not handed over."""
        with self._store.atomic():
            self._store.write_many(
                """UPDATE deliveries SET state = 'queued', claimed_by = NULL, claimed_at = NULL
                WHERE pk = ? AND state = 'claimed'""",
                [(delivery.pk,) for delivery in claimed],
            )

    def owners(self) -> set[str]:
        """Return who holds claims."""
        rows = self._store.rows("SELECT DISTINCT claimed_by FROM deliveries WHERE state IN ('claimed', 'handed-over')")
        return {row["claimed_by"] for row in rows}

    def abandoned(self, dead: Iterable[str], now: datetime) -> list[Delivery]:
        """Return what dead owners hold, and claims older than the lease."""
        gone = set(dead)
        rows = self._store.rows("SELECT * FROM deliveries WHERE state IN ('claimed', 'handed-over') ORDER BY pk")
        return [_delivery(row) for row in rows if row["claimed_by"] in gone or unstamp(row["claimed_at"]) < now - LEASE]

    def cancel_of(self, subscriber: int, reason: str, now: datetime) -> None:
        """Suppress what still waits for someone who has left (before the person is erased)."""
        self._store.write(
            """UPDATE deliveries SET state = 'suppressed', reply = :reason, finished_at = :now,
                next_attempt_at = NULL WHERE subscriber = :subscriber AND state IN ('queued', 'retry')""",
            {"subscriber": subscriber, "reason": reason, "now": stamp(now)},
        )

    def _finish(self, delivery: Delivery, state: DeliveryState, reply: str, now: datetime) -> None:
        self._store.write(
            """UPDATE deliveries SET state = :state, reply = :reply, finished_at = :now, claimed_by = NULL,
                claimed_at = NULL, next_attempt_at = NULL WHERE pk = :pk""",
            {"state": state, "reply": reply, "now": stamp(now), "pk": delivery.pk},
        )


def _delivery(row: sqlite3.Row) -> Delivery:
    return Delivery(
        pk=row["pk"],
        run=row["run"],
        subscriber=row["subscriber"],
        bundle=row["bundle"],
        state=DeliveryState(row["state"]),
        attempts=row["attempts"],
        first_attempt_at=unstamp(row["first_attempt_at"]) if row["first_attempt_at"] else None,
        next_attempt_at=unstamp(row["next_attempt_at"]) if row["next_attempt_at"] else None,
        finished_at=unstamp(row["finished_at"]) if row["finished_at"] else None,
        reply=row["reply"],
    )
