"""What came back of messages, and what was refused at once."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from pressroom.models.bounces import COUNTED_FOR, INCIDENT_LEAST, Bounce, BounceClass
from pressroom.models.dates import stamp
from pressroom.models.letters import Letter
from pressroom.models.people import CONFIRMED, FORGIVEN, domain_of
from pressroom.models.runs import Delivery
from pressroom.storage.cells import LONG_AGO, moment
from pressroom.storage.store import Store

_COLUMNS = "pk, at, sent_at, subscriber, run, class, status, text, counts"

# Without a status that says anything a server may mean us, in words that nobody has thought of.
_MAY_BE_DEAD = "(class = 'dead' OR (class = 'unclear' AND (status = '' OR status LIKE '_.0.0')))"


class Bounces:
    def __init__(self, store: Store) -> None:
        self._store = store

    def add(
        self,
        subscriber: int,
        message: Delivery | Letter | None,
        *,
        address: str,
        bounce_class: BounceClass,
        status: str,
        text: str,
        now: datetime,
    ) -> bool:
        """Note what came back of `message`, which went to `address`; False where it was noted before.

        It counts as of when the message was handed over, and not at all where the person was cleared or confirmed after
        that. Without a message it is known by the person's unsubscribe link alone, and is noted once.
        """
        cursor = self._store.write(
            """INSERT INTO bounces
                (at, sent_at, subscriber, delivery, letter, run, by_link, domain, class, status, text, counts)
            VALUES (:now, :sent_at, :subscriber, :delivery, :letter, :run, :by_link, :domain, :class, :status, :text,
                :counts AND NOT EXISTS (SELECT 1 FROM consents
                    WHERE subscriber = :subscriber AND what IN (:forgiven, :confirmed) AND at >= :sent_at))
            ON CONFLICT DO NOTHING""",
            _facts_of(message, now)
            | {
                "now": stamp(now),
                "subscriber": subscriber,
                "domain": domain_of(address),
                "class": bounce_class,
                "status": status,
                "text": text,
                "counts": bounce_class in COUNTED_FOR,
                "forgiven": FORGIVEN,
                "confirmed": CONFIRMED,
            },
        )
        return cursor.rowcount == 1

    def of(self, subscriber: int) -> list[Bounce]:
        """Return what came back from one person, oldest first."""
        rows = self._store.rows(f"SELECT {_COLUMNS} FROM bounces WHERE subscriber = ? ORDER BY pk", (subscriber,))
        return [_bounce(row) for row in rows]

    def all(self) -> list[tuple[str, Bounce]]:
        """Return all that came back, oldest first, each with the present address of who it came from."""
        rows = self._store.rows(
            f"""SELECT address, {_COLUMNS.replace("pk,", "bounces.pk,")} FROM bounces
            JOIN subscribers ON subscribers.pk = bounces.subscriber ORDER BY bounces.pk"""
        )
        return [(row["address"], _bounce(row)) for row in rows]

    def counts(self) -> dict[str, int]:
        """Return how many there are of each class."""
        return self._store.tally("SELECT class, count(*) FROM bounces GROUP BY class")

    def ours(self, run: int) -> tuple[int, int, int, str]:
        """Return how many messages of a run came back since we are minded, from how many domains, out of how many that
        were handed over, and what was said last.

        Of a run that was resumed, those count that were handed over in that second or later.
        """
        since = self._store.value("SELECT coalesce(resumed_at, '') FROM runs WHERE pk = ?", (run,))
        ours = "FROM bounces WHERE run = ? AND class = 'ours' AND sent_at >= ?"
        number = self._store.value(f"SELECT count(*) {ours}", (run, since))
        domains = self._store.value(f"SELECT count(DISTINCT domain) {ours}", (run, since))
        said = self._store.value(f"SELECT text {ours} ORDER BY pk DESC LIMIT 1", (run, since))
        handed = self._store.value(
            """SELECT count(*) FROM deliveries
            WHERE run = ? AND state IN ('sent', 'failed', 'unknown') AND finished_at >= ?""",
            (run, since),
        )
        return int(number), int(domains), int(handed), said or ""

    def runs_with_ours(self, since: datetime) -> list[int]:
        """Return the runs of which anything came back after that moment since we are minded."""
        sql = "SELECT DISTINCT run FROM bounces WHERE class = 'ours' AND at > ? AND run IS NOT NULL ORDER BY run"
        return [row["run"] for row in self._store.rows(sql, (stamp(since),))]

    def count_dead(self, run: int, domain: str) -> tuple[int, int]:
        """Return how many of a run's recipients at a domain are called dead, or may be, and how many there are."""
        dead = self._store.value(
            f"SELECT count(DISTINCT subscriber) FROM bounces WHERE run = ? AND {_MAY_BE_DEAD} AND domain = ?",
            (run, domain),
        )
        recipients = self._store.value(
            """SELECT count(*) FROM deliveries JOIN subscribers ON subscribers.pk = deliveries.subscriber
            WHERE run = :run AND substr(address_key, -length(:end)) = :end""",
            {"run": run, "end": f"@{domain}"},
        )
        return int(dead), int(recipients)

    def runs_with_many_dead(self, since: datetime) -> dict[str, int]:
        """Return the domains that have called many dead since that moment, each with the newest run of that."""
        rows = self._store.rows(
            f"""SELECT domain, max(run) AS run FROM (SELECT domain, run FROM bounces
                WHERE at > ? AND run IS NOT NULL AND {_MAY_BE_DEAD}
                GROUP BY domain, run HAVING count(DISTINCT subscriber) >= ?)
            GROUP BY domain ORDER BY domain""",
            (stamp(since), INCIDENT_LEAST),
        )
        return {row["domain"]: row["run"] for row in rows}

    def count_for_nothing(self, run: int, domain: str) -> set[int]:
        """Hold against nobody that a run's recipients at a domain are called dead; return against whom it was."""
        rows = self._store.rows(
            f"""UPDATE bounces SET counts = 0 WHERE run = ? AND {_MAY_BE_DEAD} AND domain = ? AND counts
            RETURNING subscriber""",
            (run, domain),
        )
        return {row["subscriber"] for row in rows}

    def forgive(self, subscriber: int) -> bool:
        """Hold nothing against a person that has come back so far, and return whether there was anything."""
        cursor = self._store.write("UPDATE bounces SET counts = 0 WHERE subscriber = ? AND counts", (subscriber,))
        return cursor.rowcount > 0

    def delete_before(self, moment: datetime, most: int) -> int:
        """Delete up to `most` that came back at `moment` or earlier, and return how many."""
        cursor = self._store.write(
            "DELETE FROM bounces WHERE pk IN (SELECT pk FROM bounces WHERE at <= ? LIMIT ?)", (stamp(moment), most)
        )
        return cursor.rowcount


def _facts_of(message: Delivery | Letter | None, now: datetime) -> dict[str, object]:
    """Return what a row says of the message that it is about."""
    sent_at = message.finished_at or message.first_attempt_at if message else None
    return {
        "sent_at": stamp(min(sent_at or now, now)),
        "delivery": message.pk if isinstance(message, Delivery) else None,
        "letter": message.pk if isinstance(message, Letter) else None,
        "run": message.run if isinstance(message, Delivery) else None,
        "by_link": message is None,
    }


def _bounce(row: sqlite3.Row) -> Bounce:
    return Bounce(
        pk=row["pk"],
        at=moment(row["at"]) or LONG_AGO,
        sent_at=moment(row["sent_at"]) or LONG_AGO,
        subscriber=row["subscriber"],
        run=row["run"],
        bounce_class=BounceClass(row["class"]),
        status=row["status"],
        text=row["text"],
        counts=bool(row["counts"]),
    )
