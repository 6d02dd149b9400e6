"""The ledger of deliveries (R6) and the queue that `pressroom.delivery` works off (its Protocol `Queue`)."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta

from pressroom.models.dates import stamp, unstamp
from pressroom.models.people import Frequency, SubscriberState
from pressroom.models.runs import Delivery, DeliveryState
from pressroom.storage.store import Store

LONGEST_CLOSED = timedelta(minutes=5)
# The condition of the index `deliveries_waiting`, which is only used where it is written out.
_WAITS = "state IN ('queued', 'claimed', 'handed-over', 'retry')"


class Deliveries:
    def __init__(self, store: Store) -> None:
        self._store = store

    def of_run(self, run: int) -> list[Delivery]:
        return [
            _delivery(row) for row in self._store.rows("SELECT * FROM deliveries WHERE run = ? ORDER BY pk", (run,))
        ]

    def telling(self, subscriber: int, release: int) -> list[tuple[Delivery, tuple[int, ...], int]]:
        """Return the deliveries to a subscriber that told of a release: (delivery, announcements, the run's newest)."""
        rows = self._store.rows(
            """SELECT deliveries.*, run_items.nos, runs.up_to_no FROM run_items JOIN runs ON runs.pk = run_items.run
            JOIN bundle_items ON bundle_items.item = run_items.pk
            JOIN deliveries ON deliveries.bundle = bundle_items.bundle
            WHERE run_items.release = ? AND deliveries.subscriber = ? ORDER BY deliveries.pk""",
            (release, subscriber),
        )
        return [(_delivery(row), tuple(json.loads(row["nos"])), row["up_to_no"]) for row in rows]

    def reach(self, run: int, frequency: Frequency) -> bool:
        """Whether a run goes to anybody who holds a choice at that frequency."""
        sql = """SELECT 1 FROM deliveries JOIN subscriptions AS held ON held.subscriber = deliveries.subscriber
            WHERE run = ? AND frequency = ? AND ended_at IS NULL LIMIT 1"""
        return self._store.value(sql, (run, frequency)) is not None

    def sample(self, run: int) -> list[Delivery]:
        """Return deliveries of a run that together hold each of its items, its longest list and each language."""
        rows = self._store.rows(
            """WITH chosen (delivery) AS (
                SELECT (SELECT min(deliveries.pk) FROM deliveries WHERE deliveries.bundle = (
                    SELECT min(bundle) FROM bundle_items WHERE item = run_items.pk)) FROM run_items WHERE run = :run
                UNION SELECT min(deliveries.pk) FROM deliveries WHERE bundle = (
                    SELECT bundle FROM bundle_items JOIN bundles ON bundles.pk = bundle WHERE run = :run
                    ORDER BY position DESC LIMIT 1)
                UNION SELECT (SELECT min(deliveries.pk) FROM subscribers JOIN deliveries
                        ON deliveries.subscriber = subscribers.pk AND run = :run WHERE language = spoken.language)
                    FROM (SELECT DISTINCT language FROM subscribers) AS spoken
                    WHERE (SELECT count(DISTINCT language) FROM subscribers) > 1)
            SELECT * FROM deliveries WHERE pk IN (SELECT delivery FROM chosen) ORDER BY pk""",
            {"run": run},
        )
        return [_delivery(row) for row in rows]

    def by_choice(self, run: int) -> dict[tuple[str, Frequency], int]:
        """Return how many recipients of a run hold each choice, by (SLUG, `series:SLUG` or `all`; frequency)."""
        rows = self._store.rows(
            """SELECT coalesce(topics.slug, 'series:' || series.slug, 'all') AS what, frequency, count(*) AS n
            FROM deliveries JOIN subscriptions AS held ON held.subscriber = deliveries.subscriber AND ended_at IS NULL
            LEFT JOIN topics ON topics.pk = held.topic LEFT JOIN series ON series.pk = held.series
            WHERE run = ? GROUP BY what, frequency ORDER BY what <> 'all', what, frequency""",
            (run,),
        )
        return {(row["what"], Frequency(row["frequency"])): row["n"] for row in rows}

    def sent_to(self, subscriber: int) -> list[int]:
        """Return the bundles that were sent to a subscriber, oldest first."""
        sql = "SELECT bundle FROM deliveries WHERE subscriber = ? AND state = 'sent' ORDER BY pk"
        return [row["bundle"] for row in self._store.rows(sql, (subscriber,))]

    def next_attempt(self) -> datetime | None:
        """Return when the next delivery that waits for a retry is due."""
        found = self._store.value(
            f"""SELECT min(next_attempt_at) FROM deliveries WHERE {_WAITS} AND state = 'retry'
            AND run IN (SELECT pk FROM runs WHERE state = 'open')"""
        )
        return unstamp(found) if found else None

    def count_retries(self) -> int:
        """Return how many wait for a later try; those of a paused run wait for something else."""
        return int(
            self._store.value(
                f"""SELECT count(*) FROM deliveries WHERE {_WAITS} AND state = 'retry'
                AND run IN (SELECT pk FROM runs WHERE state = 'open')"""
            )
        )

    # What `pressroom.delivery.queue.Queue` asks for.

    def claim(self, owner: str, now: datetime, limit: int) -> list[Delivery]:
        """Take up to `limit` deliveries that are due; nobody else gets them while the claim holds."""
        if (closed := self._closed_until()) and now < closed <= now + LONGEST_CLOSED:
            return []
        with self._store.atomic(durable=True):
            rows = self._store.rows(
                f"""UPDATE deliveries SET state = 'claimed', claimed_by = :owner, claimed_at = :now,
                    next_attempt_at = NULL
                WHERE pk IN (
                    SELECT pk FROM deliveries WHERE {_WAITS} AND state = 'retry' AND next_attempt_at <= :now
                        AND run IN (SELECT pk FROM runs WHERE state = 'open')
                    UNION ALL SELECT pk FROM deliveries WHERE {_WAITS} AND state = 'queued'
                        AND run IN (SELECT pk FROM runs WHERE state = 'open')
                    LIMIT :limit)
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

    def mark_handed_over(self, delivery: Delivery, now: datetime) -> bool:
        """Record the intent to hand over."""
        return self._mark(
            delivery,
            """state = 'handed-over', attempts = attempts + 1, claimed_at = :now,
            first_attempt_at = coalesce(first_attempt_at, :now)""",
            now=stamp(now),
        )

    def mark_sent(self, delivery: Delivery, reply: str, now: datetime) -> bool:
        return self._finish(delivery, DeliveryState.SENT, reply, now)

    def mark_failed(self, delivery: Delivery, reply: str, now: datetime) -> bool:
        return self._finish(delivery, DeliveryState.FAILED, reply, now)

    def mark_suppressed(self, delivery: Delivery, reason: str, now: datetime) -> bool:
        return self._finish(delivery, DeliveryState.SUPPRESSED, reason, now)

    def mark_unknown(self, delivery: Delivery, reply: str, now: datetime) -> bool:
        return self._finish(delivery, DeliveryState.UNKNOWN, reply, now)

    def mark_retry(self, delivery: Delivery, reply: str, at: datetime) -> bool:
        changes = "state = 'retry', reply = :reply, next_attempt_at = :at, claimed_by = NULL, claimed_at = NULL"
        return self._mark(delivery, changes, reply=reply, at=stamp(at))

    def mark_queued(self, delivery: Delivery) -> bool:
        return self._mark(delivery, "state = 'queued', claimed_by = NULL, claimed_at = NULL")

    def close(self, now: datetime, until: datetime) -> None:
        """Claim nothing until `until`; a clock that stands far before it does not count."""
        self._store.write("UPDATE catalogue SET mail_closed_until = ?", (stamp(min(until, now + LONGEST_CLOSED)),))

    def _closed_until(self) -> datetime | None:
        found = self._store.value("SELECT mail_closed_until FROM catalogue")
        return unstamp(found) if found else None

    def give_back(self, claimed: Sequence[Delivery]) -> None:
        """Free those of these claims that are still held and were not handed over."""
        with self._store.atomic():
            self._store.write_many(
                """UPDATE deliveries SET state = 'queued', claimed_by = NULL, claimed_at = NULL
                WHERE pk = ? AND state = 'claimed' AND claimed_by = ?""",
                [(delivery.pk, delivery.owner) for delivery in claimed],
            )

    def claims(self) -> list[tuple[Delivery, datetime]]:
        """Return all that is claimed or handed over, with when."""
        rows = self._store.rows(f"SELECT * FROM deliveries WHERE {_WAITS} AND state IN ('claimed', 'handed-over')")
        return [(_delivery(row), unstamp(row["claimed_at"])) for row in rows]

    def cancel_run(self, run: int, now: datetime) -> int:
        """Cancel what waits in a run and is not being handed over, and return how many.

        What it told of is owed again, as far as a choice that is held now matches it (R4).
        """
        self._store.write(
            """INSERT INTO owed (subscriber, announcement)
            SELECT DISTINCT deliveries.subscriber, told.value FROM deliveries
            JOIN bundle_items ON bundle_items.bundle = deliveries.bundle
            JOIN run_items ON run_items.pk = bundle_items.item JOIN json_each(run_items.nos) AS told
            JOIN announcements ON announcements.no = told.value
            WHERE deliveries.run = ? AND deliveries.state IN ('queued', 'retry') AND deliveries.subscriber IS NOT NULL
            AND EXISTS (SELECT 1 FROM subscriptions AS held WHERE held.subscriber = deliveries.subscriber
                AND held.ended_at IS NULL AND (announcements.change IN ('revised', 'withdrawn')
                    OR (held.topic IS NULL AND held.series IS NULL) OR held.series = announcements.series
                    OR held.topic IN (SELECT topic FROM announcement_topics WHERE announcement = announcements.no)))
            ON CONFLICT DO NOTHING""",
            (run,),
        )
        cursor = self._store.write(
            """UPDATE deliveries SET state = 'cancelled', finished_at = :now, next_attempt_at = NULL
            WHERE run = :run AND state IN ('queued', 'retry')""",
            {"run": run, "now": stamp(now)},
        )
        # What was never paid is owed no revision: it will be new in the state it then has.
        self._store.write(
            """DELETE FROM owed WHERE EXISTS (SELECT 1 FROM announcements
                JOIN run_items ON run_items.release = announcements.release AND run_items.run = ?
                WHERE announcements.no = owed.announcement AND announcements.change IN ('revised', 'withdrawn')
                AND NOT EXISTS (SELECT 1 FROM paid
                    WHERE paid.subscriber = owed.subscriber AND paid.release = announcements.release)
                AND NOT EXISTS (SELECT 1 FROM deliveries
                    JOIN bundle_items ON bundle_items.bundle = deliveries.bundle
                    JOIN run_items AS told ON told.pk = bundle_items.item
                    WHERE deliveries.subscriber = owed.subscriber AND deliveries.state <> 'cancelled'
                    AND told.release = announcements.release))""",
            (run,),
        )
        return cursor.rowcount

    def cancel_of(self, subscriber: int, reason: str, now: datetime) -> None:
        """Suppress what still waits for someone who has left (before the person is erased)."""
        self._store.write(
            """UPDATE deliveries SET state = 'suppressed', reply = :reason, finished_at = :now,
                next_attempt_at = NULL WHERE subscriber = :subscriber AND state IN ('queued', 'retry')""",
            {"subscriber": subscriber, "reason": reason, "now": stamp(now)},
        )

    def _finish(self, delivery: Delivery, state: DeliveryState, reply: str, now: datetime) -> bool:
        changes = """state = :state, reply = :reply, finished_at = :now, claimed_by = NULL, claimed_at = NULL,
            next_attempt_at = NULL"""
        return self._mark(delivery, changes, state=state, reply=reply, now=stamp(now))

    def _mark(self, delivery: Delivery, changes: str, **values: object) -> bool:
        """Change a delivery that its owner still holds; False where the claim has gone to somebody else."""
        cursor = self._store.write(
            f"""UPDATE deliveries SET {changes}
            WHERE pk = :pk AND claimed_by = :owner AND state IN ('claimed', 'handed-over')""",
            {"pk": delivery.pk, "owner": delivery.owner, **values},
        )
        return cursor.rowcount == 1


def _delivery(row: sqlite3.Row) -> Delivery:
    return Delivery(
        pk=row["pk"],
        run=row["run"],
        subscriber=row["subscriber"],
        bundle=row["bundle"],
        state=DeliveryState(row["state"]),
        owner=row["claimed_by"],
        attempts=row["attempts"],
        first_attempt_at=unstamp(row["first_attempt_at"]) if row["first_attempt_at"] else None,
        next_attempt_at=unstamp(row["next_attempt_at"]) if row["next_attempt_at"] else None,
        finished_at=unstamp(row["finished_at"]) if row["finished_at"] else None,
        reply=row["reply"],
    )
