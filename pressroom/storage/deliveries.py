"""The ledger of deliveries (R6)."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from pressroom.models.dates import stamp
from pressroom.models.people import Frequency, SubscriberState
from pressroom.models.runs import MOVED, Delivery, DeliveryState, DigestRun
from pressroom.storage.cells import from_json, moment
from pressroom.storage.queue import StoredQueue, queued_facts

FROM_THIS_FREQUENCY = "unsubscribed from this frequency"
_REASONS = {None: "erased", SubscriberState.ENDED: "unsubscribed"}
_TOLD = "json_each(iif(json_valid(run_items.nos), run_items.nos, '[]'))"
"""SQL: the numbers that an item pays; SQLite takes text that is no JSON for damage."""
_MAY_BE_CANCELLED = "deliveries.state IN ('queued', 'claimed', 'retry')"


class Deliveries(StoredQueue[Delivery]):
    """Deliveries as rows and as a queue; those of a paused run wait for it to be resumed."""

    table = "deliveries"
    may_leave = "run IN (SELECT pk FROM runs WHERE state = 'open')"

    def _first_to_last(self) -> list[str]:
        """Runs with urgent news first (R4), then those at once, then the others."""
        ranks: dict[int, list[str]] = {}
        for row in self._store.rows(
            f"""SELECT pk, CASE
                WHEN EXISTS (SELECT 1 FROM run_items JOIN {_TOLD} AS told JOIN announcements
                    ON announcements.no = told.value AND urgent = 1 WHERE run_items.run = runs.pk) THEN 1
                WHEN EXISTS (SELECT 1 FROM run_frequencies WHERE run = pk AND frequency = 'immediate') THEN 2
                ELSE 3 END AS rank FROM runs WHERE state = 'open' ORDER BY pk"""
        ):
            ranks.setdefault(row["rank"], []).append(str(row["pk"]))
        return [f"run IN ({', '.join(runs)})" for _, runs in sorted(ranks.items())]

    def counts(self) -> dict[str, int]:
        """Return how many there are in each state, with those that were deleted since."""
        return self._store.tally(
            """SELECT state, sum(n) FROM (SELECT state, count(*) AS n FROM deliveries GROUP BY state
                UNION ALL SELECT state, n FROM deleted_deliveries) GROUP BY state"""
        )

    def of_run(self, run: int) -> list[Delivery]:
        return [
            _delivery(row) for row in self._store.rows("SELECT * FROM deliveries WHERE run = ? ORDER BY pk", (run,))
        ]

    def telling(self, subscriber: int, release: int) -> list[tuple[Delivery, tuple[int, ...], int, bool]]:
        """Return the deliveries to a subscriber that told of a release.

        Each as (delivery, announcements, the run's newest, whether the run is paused).
        """
        rows = self._store.rows(
            """SELECT deliveries.*, run_items.nos, runs.up_to_no, runs.state = 'paused' AS is_paused
            FROM run_items JOIN runs ON runs.pk = run_items.run
            JOIN bundle_items ON bundle_items.item = run_items.pk
            JOIN deliveries ON deliveries.bundle = bundle_items.bundle
            WHERE run_items.release = ? AND deliveries.subscriber = ? ORDER BY deliveries.pk""",
            (release, subscriber),
        )
        return [
            (_delivery(row), from_json(row["nos"], tuple, ()), row["up_to_no"], bool(row["is_paused"])) for row in rows
        ]

    def by_pk(self, pk: int) -> Delivery | None:
        row = self._store.row("SELECT * FROM deliveries WHERE pk = ?", (pk,))
        return _delivery(row) if row else None

    def find(self, run: int, subscriber: int) -> Delivery | None:
        """Return the delivery of a run to a subscriber, None where there is none."""
        row = self._store.row("SELECT * FROM deliveries WHERE run = ? AND subscriber = ?", (run, subscriber))
        return _delivery(row) if row else None

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

    def by_choice(self, run: DigestRun) -> dict[tuple[str, Frequency], int]:
        """Return how many recipients of a run hold each choice, by (SLUG, `series:SLUG` or `all`; frequency).

        Choices at frequencies that are not in the run do not count; in an urgent run, which has none, all do.
        """
        rows = self._store.rows(
            """SELECT coalesce(topics.slug, 'series:' || series.slug, 'all') AS what, frequency, count(*) AS n
            FROM deliveries JOIN subscriptions AS held ON held.subscriber = deliveries.subscriber AND ended_at IS NULL
            LEFT JOIN topics ON topics.pk = held.topic LEFT JOIN series ON series.pk = held.series
            WHERE run = :run AND (frequency IN (SELECT value FROM json_each(:frequencies)) OR :frequencies = '[]')
            GROUP BY what, frequency ORDER BY what <> 'all', what, frequency""",
            {"run": run.pk, "frequencies": json.dumps(list(run.frequencies))},
        )
        return {(row["what"], Frequency(row["frequency"])): row["n"] for row in rows}

    def finished_lately(self, run: int, since: datetime) -> tuple[int, datetime | None]:
        """Return how many of a run came to their end after `since`, and when the first of those did."""
        row = self._store.row(
            "SELECT count(*) AS number, min(finished_at) AS first FROM deliveries WHERE run = ? AND finished_at > ?",
            (run, stamp(since)),
        )
        assert row is not None
        return row["number"], moment(row["first"])

    def in_states(
        self, run: int, states: Collection[DeliveryState], limit: int, after: int = 0, release: int | None = None
    ) -> list[tuple[Delivery, str]]:
        """Return up to `limit` deliveries of a run in these states, those after a row, each with the address it is for.

        With `release`, those alone that tell of it. The address is "" where the person was erased. The rows of a run
        lie together, so that it is quick to pass over the others.
        """
        rows = self._store.rows(
            """SELECT deliveries.*, coalesce(address, '') AS address FROM deliveries NOT INDEXED
            LEFT JOIN subscribers ON subscribers.pk = deliveries.subscriber
            WHERE deliveries.pk >= (SELECT min(pk) FROM deliveries WHERE run = :run) AND deliveries.pk > :after
            AND deliveries.pk <= (SELECT max(pk) FROM deliveries WHERE run = :run) AND deliveries.run = :run
            AND deliveries.state IN (SELECT value FROM json_each(:states))
            AND (:release IS NULL OR deliveries.bundle IN (
                SELECT bundle FROM bundle_items JOIN run_items ON run_items.pk = item WHERE release = :release))
            ORDER BY deliveries.pk LIMIT :limit""",
            {"run": run, "after": after, "states": json.dumps(list(states)), "limit": limit, "release": release},
        )
        return [(_delivery(row), row["address"]) for row in rows]

    def deleted(self, run: int) -> dict[str, int]:
        """Return how many deliveries of a run were deleted since, by their last state."""
        return self._store.tally("SELECT state, n FROM deleted_deliveries WHERE run = ?", (run,))

    def sent_to(self, subscriber: int) -> list[int]:
        """Return the bundles that were sent to a subscriber, oldest first."""
        sql = "SELECT bundle FROM deliveries WHERE subscriber = ? AND state = 'sent' ORDER BY pk"
        return [row["bundle"] for row in self._store.rows(sql, (subscriber,))]

    def reasons_to_hold(self, going: Sequence[tuple[Delivery, str]]) -> dict[int, str]:
        people = self._people([delivery.subscriber for delivery, _ in going])
        reasons: dict[int, str] = {}
        for delivery, recipient in going:
            state, address = people.get(delivery.subscriber, (None, ""))
            if state is not SubscriberState.ACTIVE:
                reasons[delivery.pk] = _REASONS.get(state, str(state))
            elif address != recipient:
                reasons[delivery.pk] = MOVED
        return reasons

    def delete_closed(self, before: datetime, most: int) -> int:
        """Delete up to `most` deliveries of runs that closed at `before` or earlier, and return how many.

        Triggers keep what they paid (R4), and how many there were (R6).
        """
        cursor = self._store.write(
            """DELETE FROM deliveries WHERE pk IN (
                SELECT deliveries.pk FROM runs CROSS JOIN deliveries ON deliveries.run = runs.pk
                WHERE runs.state = 'closed' AND runs.closed_at <= ? ORDER BY runs.pk LIMIT ?)""",
            (stamp(before), most),
        )
        return cursor.rowcount

    def cancel_run(self, run: int, now: datetime) -> None:
        """Cancel what waits in a run and is not being handed over.

        Whoever holds a claim on it finds it gone before handing over (R7). What it told of is owed again, as far as a
        choice that is held now matches it (R4).
        """
        self._cancel(f"deliveries.run = :run AND {_MAY_BE_CANCELLED}", {"run": run, "now": stamp(now), "reply": None})
        self._strike_what_was_never_paid(run)

    def cancel(self, pks: Sequence[int], reply: str, now: datetime) -> None:
        """Cancel these, which wait; what they told of is owed again, as with a run."""
        values: dict[str, object] = {"pks": json.dumps(list(pks)), "now": stamp(now), "reply": reply}
        for run in self._cancel("deliveries.pk IN (SELECT value FROM json_each(:pks))", values):
            self._strike_what_was_never_paid(run)

    def history_of(self, subscriber: int) -> list[dict[str, Any]]:
        """Return the digests made for a person as plain values, oldest first, each with the titles in it."""
        rows = self._store.rows(
            """SELECT deliveries.bundle, run, opened_at AS at, deliveries.state, reply AS answer,
                finished_at AS finished
            FROM deliveries JOIN runs ON runs.pk = run WHERE subscriber = ? ORDER BY deliveries.pk""",
            (subscriber,),
        )
        return [
            {name: row[name] for name in ("run", "at", "state", "answer", "finished")}
            | {"titles": self._titles(row["bundle"])}
            for row in list(rows)
        ]

    def _titles(self, bundle: int) -> list[str]:
        rows = self._store.rows(
            """SELECT iif(json_valid(facts), json_extract(facts, '$.title'), NULL) AS title FROM bundle_items
            JOIN run_items ON run_items.pk = item WHERE bundle = ? ORDER BY position""",
            (bundle,),
        )
        return [row["title"] or "" for row in rows]

    def take_back_suppression(self, subscriber: int, moment: datetime, now: datetime) -> None:
        """Let what was suppressed when somebody left at `moment` wait again; where its run has ended, owe it again."""
        suppressed = """deliveries.subscriber = :subscriber AND deliveries.state = 'suppressed'
            AND deliveries.reply = 'unsubscribed' AND deliveries.finished_at = :moment"""
        values: dict[str, object] = {"subscriber": subscriber, "moment": stamp(moment)}
        self._store.write(
            f"""UPDATE deliveries SET state = 'queued', reply = '', finished_at = NULL, stopped_at = NULL,
                stopped_as = NULL, stopped_after = NULL
            WHERE {suppressed} AND run IN (SELECT pk FROM runs WHERE state IN ('open', 'paused'))""",
            values,
        )
        self._store.write(
            """UPDATE deliveries SET stopped_at = NULL, stopped_as = NULL, stopped_after = NULL
            WHERE subscriber = :subscriber AND stopped_at = :moment AND state = 'handed-over'""",
            values,
        )
        values |= {"now": stamp(now), "reply": "unsubscribed and taken back"}
        for run in self._cancel(suppressed, values):
            self._strike_what_was_never_paid(run)

    def stop(self, subscriber: int, now: datetime) -> None:
        """Cancel what waits for someone in runs of whose frequencies they keep none.

        What it told of is owed again at the frequencies they keep (R4).
        """
        stopped = """deliveries.subscriber = :subscriber AND EXISTS (SELECT 1 FROM run_frequencies
                WHERE run = deliveries.run)
            AND NOT EXISTS (SELECT 1 FROM run_frequencies JOIN subscriptions AS kept
                ON kept.frequency = run_frequencies.frequency AND kept.subscriber = :subscriber AND ended_at IS NULL
                WHERE run_frequencies.run = deliveries.run)"""
        values: dict[str, object] = {"subscriber": subscriber, "now": stamp(now), "reply": FROM_THIS_FREQUENCY}
        for run in self._cancel(f"({stopped}) AND {_MAY_BE_CANCELLED}", values):
            self._strike_what_was_never_paid(run)
        self._stop_in_flight(stopped, values)

    def suppress_of(self, subscriber: int, reason: str, now: datetime, only_if: str = "1") -> None:
        super().suppress_of(subscriber, reason, now, only_if)
        values: dict[str, object] = {"subscriber": subscriber, "now": stamp(now), "reply": reason}
        self._stop_in_flight(f"subscriber = :subscriber AND {only_if}", values)

    def _stop_in_flight(self, which: str, values: dict[str, object]) -> None:
        """Have what is being handed over not tried again: the server may refuse it for now."""
        self._store.write(
            f"""UPDATE deliveries SET stopped_at = :now, stopped_as = :reply, stopped_after = (
                SELECT coalesce(max(pk), 0) FROM subscriptions WHERE subscriptions.subscriber = deliveries.subscriber)
            WHERE state = 'handed-over' AND stopped_at IS NULL AND {which}""",
            values,
        )

    def mark_retry(self, queued: Delivery, reply: str, at: datetime) -> bool:
        with self._store.atomic():
            return super().mark_retry(queued, reply, at) and not self._end_what_was_stopped(queued)

    def mark_queued(self, queued: Delivery) -> bool:
        with self._store.atomic():
            return super().mark_queued(queued) and not self._end_what_was_stopped(queued)

    def _end_what_was_stopped(self, queued: Delivery) -> bool:
        """End a delivery that its reader stopped while it was being handed over; return whether there was that."""
        row = self._store.row(
            "SELECT stopped_at, stopped_as, stopped_after FROM deliveries WHERE pk = ? AND stopped_at IS NOT NULL",
            (queued.pk,),
        )
        if row is None:
            return False
        values = {
            "pk": queued.pk,
            "now": row["stopped_at"],
            "reply": row["stopped_as"],
            "newest_choice": row["stopped_after"],
        }
        if row["stopped_as"] == FROM_THIS_FREQUENCY:
            for run in self._cancel("deliveries.pk = :pk", values):
                self._strike_what_was_never_paid(run)
        else:
            self._store.write(
                """UPDATE deliveries SET state = 'suppressed', reply = :reply, finished_at = :now,
                    next_attempt_at = NULL WHERE pk = :pk""",
                values,
            )
        return True

    def _cancel(self, which: str, values: dict[str, object]) -> set[int]:
        """Cancel what fulfils the condition `which`; owe again what it told of, and return the runs.

        It is owed under choices that are held, up to the one with the number `newest_choice` if `values` name one.
        """
        values = {"newest_choice": None} | values
        self._owe_again(which, values)
        self._owe_what_was_filed_since(which, values)
        self._strike_what_no_choice_matches(which, values)
        cancelled = self._store.rows(
            f"""UPDATE deliveries SET state = 'cancelled', reply = coalesce(:reply, reply), finished_at = :now,
                next_attempt_at = NULL, claimed_by = NULL, claimed_at = NULL
            WHERE {which} RETURNING run""",
            values,
        )
        return {row["run"] for row in cancelled}

    def _owe_again(self, which: str, values: dict[str, object]) -> None:
        self._store.write(
            f"""INSERT INTO owed (subscriber, announcement)
            SELECT DISTINCT deliveries.subscriber, told.value FROM deliveries
            JOIN bundle_items ON bundle_items.bundle = deliveries.bundle
            JOIN run_items ON run_items.pk = bundle_items.item JOIN {_TOLD} AS told
            JOIN announcements ON announcements.no = told.value
            WHERE {which} AND deliveries.subscriber IS NOT NULL
            AND EXISTS (SELECT 1 FROM subscriptions AS held WHERE held.subscriber = deliveries.subscriber
                AND held.ended_at IS NULL AND held.pk <= coalesce(:newest_choice, held.pk)
                AND (announcements.change IN ('revised', 'withdrawn')
                    OR (held.topic IS NULL AND held.series IS NULL) OR held.series = announcements.series
                    OR held.topic IN (SELECT topic FROM announcement_topics WHERE announcement = announcements.no)))
            ON CONFLICT DO NOTHING""",
            values,
        )

    def _owe_what_was_filed_since(self, which: str, values: dict[str, object]) -> None:
        """Owe the first filing that a choice matches of a release that was told and is not owed again by itself."""
        self._store.write(
            f"""INSERT INTO owed (subscriber, announcement)
            SELECT deliveries.subscriber, min(filed.no) FROM deliveries
            JOIN runs ON runs.pk = deliveries.run
            JOIN bundle_items ON bundle_items.bundle = deliveries.bundle
            JOIN run_items ON run_items.pk = bundle_items.item
            JOIN announcements AS filed ON filed.release = run_items.release AND filed.change = 'filed'
                AND filed.no > runs.up_to_no
            JOIN announcement_topics ON announcement_topics.announcement = filed.no
            JOIN subscriptions AS held ON held.subscriber = deliveries.subscriber AND held.ended_at IS NULL
                AND held.topic = announcement_topics.topic AND held.pk <= coalesce(:newest_choice, held.pk)
            WHERE {which}
            AND NOT EXISTS (SELECT 1 FROM owed JOIN announcements AS first ON first.no = owed.announcement
                WHERE owed.subscriber = deliveries.subscriber AND first.release = run_items.release
                AND first.change IN ('new', 'filed'))
            AND NOT EXISTS (SELECT 1 FROM paid
                WHERE paid.subscriber = deliveries.subscriber AND paid.release = run_items.release)
            AND NOT EXISTS (SELECT 1 FROM deliveries AS others
                JOIN bundle_items AS parts ON parts.bundle = others.bundle
                JOIN run_items AS told ON told.pk = parts.item AND told.release = run_items.release
                WHERE others.subscriber = deliveries.subscriber AND others.pk <> deliveries.pk
                AND others.state <> 'cancelled')
            GROUP BY deliveries.subscriber, run_items.release ON CONFLICT DO NOTHING""",
            values,
        )

    def _strike_what_no_choice_matches(self, which: str, values: dict[str, object]) -> None:
        """Remember what is not owed again."""
        self._store.write(
            f"""INSERT INTO struck (subscriber, announcement, at_no, at, after_consent)
            SELECT DISTINCT deliveries.subscriber, told.value, (SELECT max(no) FROM announcements), :now,
                (SELECT max(consents.pk) FROM consents WHERE consents.subscriber = deliveries.subscriber)
            FROM deliveries
            JOIN bundle_items ON bundle_items.bundle = deliveries.bundle
            JOIN run_items ON run_items.pk = bundle_items.item JOIN {_TOLD} AS told
            WHERE {which} AND deliveries.subscriber IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM owed
                WHERE owed.subscriber = deliveries.subscriber AND owed.announcement = told.value)
            ON CONFLICT DO UPDATE SET at = excluded.at, after_consent = excluded.after_consent""",
            values,
        )

    def _strike_what_was_never_paid(self, run: int) -> None:
        """Owe no revision of what a run was to tell as new: it will be new in the state it then has."""
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

    def _read(self, row: sqlite3.Row) -> Delivery:
        return _delivery(row)


def _delivery(row: sqlite3.Row) -> Delivery:
    return Delivery(run=row["run"], bundle=row["bundle"], **queued_facts(row))
