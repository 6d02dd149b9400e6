"""The queue that `pressroom.delivery` works off (its Protocol `Queue`), the same for deliveries and for letters."""

from __future__ import annotations

import json
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any, Generic, TypeVar

from pressroom.models.dates import stamp
from pressroom.models.people import SubscriberState
from pressroom.models.runs import DeliveryState, Queued
from pressroom.storage.cells import LONG_AGO, moment, word
from pressroom.storage.store import Store
from pressroom.storage.subscriber_rows import UNREADABLE_STATE
from pressroom.storage.trouble import in_words

LONGEST_CLOSED = timedelta(minutes=5)
LONGEST_RETRY = timedelta(hours=12)
"""No retry is set farther ahead: what is, was set by a clock that was ahead, and is due."""
# The condition of the indexes on what waits, which are only used where it is written out.
WAITS = "state IN ('queued', 'claimed', 'handed-over', 'retry')"
_IS_ARMED = "EXISTS (SELECT 1 FROM catalogue WHERE armed_key IS NOT NULL)"
_IS_DUE = "(next_attempt_at <= :now OR next_attempt_at > :farthest)"

Q = TypeVar("Q", bound=Queued)


class StoredQueue(ABC, Generic[Q]):
    """Rows that wait, in `table`; of them only those for which `may_leave` holds are claimed."""

    table: str
    may_leave = "1"

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def senders(self) -> Path:
        """The folder in which those who claim are known to live."""
        return self._store.senders

    @abstractmethod
    def _read(self, row: sqlite3.Row) -> Q: ...

    @abstractmethod
    def reasons_to_hold(self, going: Sequence[tuple[Q, str]]) -> dict[int, str]:
        """Return, of those that must not be handed over after all (R7), why, by `pk`: the last look.

        Each is given with the recipient of its message.
        """

    def next_attempt(self) -> datetime | None:
        """Return when the next that waits for a retry is due."""
        found = self._store.value(
            f"SELECT min(next_attempt_at) FROM {self.table} WHERE {WAITS} AND state = 'retry' AND {self.may_leave}"
        )
        return moment(found)

    def count_retries(self) -> int:
        """Return how many wait for a later try; those that may not leave now wait for something else."""
        return int(
            self._store.value(
                f"SELECT count(*) FROM {self.table} WHERE {WAITS} AND state = 'retry' AND {self.may_leave}"
            )
        )

    def count_waiting(self) -> int:
        """Return how many could leave, now or at a later try, and are not in anybody's hands."""
        return int(
            self._store.value(
                f"SELECT count(*) FROM {self.table} WHERE {WAITS} AND state IN ('queued', 'retry') AND {self.may_leave}"
            )
        )

    def counts(self) -> dict[str, int]:
        """Return how many there are in each state."""
        return self._store.tally(f"SELECT state, count(*) FROM {self.table} GROUP BY state")

    def count_unfinished(self) -> int:
        """Return how many have not come to their end, in whosever hands they are."""
        return int(self._store.value(f"SELECT count(*) FROM {self.table} WHERE {WAITS}"))

    def give_up_unfinished(self, reply: str, now: datetime) -> int:
        """Let all that have not come to their end be of unknown fate; return how many those are."""
        return self._store.write(
            f"""UPDATE {self.table} SET state = 'unknown', reply = :reply, finished_at = :now, claimed_by = NULL,
                claimed_at = NULL, next_attempt_at = NULL WHERE {WAITS}""",
            {"reply": reply, "now": stamp(now)},
        ).rowcount

    def claim(self, owner: str, now: datetime, limit: int) -> list[Q]:
        """Take up to `limit` that are due; nobody else gets them while the claim holds. Of a copy, none (R11).

        What could not be made comes last, so that it keeps back nothing that can.
        """
        if (closed := self.closed_until()) and now < closed <= now + LONGEST_CLOSED:
            return []
        claimed: list[Q] = []
        with self._store.atomic(durable=True):
            for is_unmade, which in product((False, True), self._first_to_last()):
                if left := limit - len(claimed):
                    claimed += self._claim_of(which, owner, now, left, is_unmade=is_unmade)
        return claimed

    def _first_to_last(self) -> list[str]:
        """Return of which rows those that may leave are claimed first, and of which then."""
        return [self.may_leave]

    def _claim_of(self, which: str, owner: str, now: datetime, limit: int, *, is_unmade: bool) -> list[Q]:
        """Claim some of the rows for which `which` holds: of what could not be made, or of all else."""
        of_retries = f"{WAITS} AND state = 'retry' AND {_IS_DUE} AND {which}"
        others = f"UNION ALL SELECT pk FROM {self.table} WHERE {WAITS} AND state = 'queued' AND {which}"
        rows = self._store.rows(
            f"""UPDATE {self.table} SET state = 'claimed', claimed_by = :owner, claimed_at = :now,
                next_attempt_at = NULL
            WHERE {_IS_ARMED} AND pk IN (
                SELECT pk FROM {self.table} WHERE {of_retries} AND unmade = :unmade {"" if is_unmade else others}
                LIMIT :limit)
            RETURNING *""",
            {
                "owner": owner,
                "now": stamp(now),
                "limit": limit,
                "farthest": stamp(now + LONGEST_RETRY),
                "unmade": int(is_unmade),
            },
        )
        return [self._read(row) for row in sorted(rows, key=lambda row: int(row["pk"]))]

    def mark_handed_over(self, queued: Sequence[Q], now: datetime) -> set[int]:
        """Record the intent to hand over; return the `pk`s of those that may still leave.

        None may when their run is paused or cancelled by now, or the catalogue is being replaced.

        All must be of one owner.
        """
        if not queued:
            return set()
        rows = self._store.write_returning(
            f"""UPDATE {self.table} SET state = 'handed-over', attempts = attempts + 1, claimed_at = :now, unmade = 0,
                first_attempt_at = coalesce(first_attempt_at, :now)
            WHERE pk IN (SELECT value FROM json_each(:pks)) AND claimed_by = :owner
                AND state IN ('claimed', 'handed-over') AND {self.may_leave} AND {_IS_ARMED}
            RETURNING pk""",
            {"pks": json.dumps([one.pk for one in queued]), "owner": queued[0].owner, "now": stamp(now)},
        )
        return {row[0] for row in rows}

    def mark_sent(self, replies: Sequence[tuple[Q, str]], now: datetime) -> int:
        """Record what the server said that took each; return how many of them are sent by that."""
        when, sent = stamp(now), str(DeliveryState.SENT)
        return self._store.write_many(
            self._finishing(),
            [
                {"pk": queued.pk, "owner": queued.owner, "state": sent, "reply": reply, "now": when}
                for queued, reply in replies
            ],
        )

    def mark_failed(self, queued: Q, reply: str, now: datetime) -> bool:
        return self._finish(queued, DeliveryState.FAILED, reply, now)

    def mark_suppressed(self, queued: Q, reason: str, now: datetime) -> bool:
        return self._finish(queued, DeliveryState.SUPPRESSED, reason, now)

    def mark_unknown(self, queued: Q, reply: str, now: datetime) -> bool:
        return self._finish(queued, DeliveryState.UNKNOWN, reply, now)

    def mark_retry(self, queued: Q, reply: str, at: datetime) -> bool:
        # Of who was erased while the message was on its way, no answer is kept: it may name the address.
        changes = """state = 'retry', reply = CASE WHEN subscriber IS NULL THEN '' ELSE :reply END,
            next_attempt_at = :at, claimed_by = NULL, claimed_at = NULL"""
        return self._mark(queued, changes, reply=reply, at=stamp(at))

    def mark_unmade(self, queued: Q, reason: str, at: datetime) -> bool:
        changes = """state = 'retry', reply = :reason, next_attempt_at = :at, unmade = 1, claimed_by = NULL,
            claimed_at = NULL"""
        return self._mark(queued, changes, only_if="state = 'claimed'", reason=reason, at=stamp(at))

    def mark_put_off(self, queued: Q, why: str, at: datetime) -> bool:
        changes = """state = 'retry', reply = CASE WHEN attempts > 0 THEN reply ELSE :why END, next_attempt_at = :at,
            claimed_by = NULL, claimed_at = NULL"""
        return self._mark(queued, changes, only_if="state = 'claimed'", why=why, at=stamp(at))

    def mark_queued(self, queued: Q) -> bool:
        return self._mark(queued, "state = 'queued', claimed_by = NULL, claimed_at = NULL")

    def hasten_unmade(self, now: datetime) -> None:
        self._store.write(
            f"""UPDATE {self.table} SET next_attempt_at = :now
            WHERE {WAITS} AND state = 'retry' AND unmade AND next_attempt_at > :now""",
            {"now": stamp(now)},
        )

    def close(self, now: datetime, until: datetime, why: str) -> None:
        """Claim nothing until `until`, letters and deliveries; a clock that stands far before it does not count."""
        self._store.write(
            "UPDATE catalogue SET mail_closed_until = ?, mail_closed_why = ?",
            (stamp(min(until, now + LONGEST_CLOSED)), why),
        )

    def why_closed(self) -> str:
        """Return why nothing can be handed over, as it was when that was last tried; empty where it can."""
        return str(self._store.value("SELECT mail_closed_why FROM catalogue"))

    def reopen(self) -> None:
        """Note that something could be handed over again."""
        self._store.write("UPDATE catalogue SET mail_closed_until = NULL, mail_closed_why = ''")

    def unmade(self) -> tuple[int, str]:
        """Return how many wait because they could not be made, and why the first of them could not."""
        row = self._store.row(
            f"""SELECT count(*) AS number, min(reply) AS why FROM {self.table}
            WHERE {WAITS} AND state = 'retry' AND unmade"""
        )
        assert row is not None
        return row["number"], row["why"] or ""

    def has_due(self, now: datetime) -> bool:
        sql = f"""SELECT 1 FROM {self.table} WHERE {WAITS} AND (state = 'queued' OR (state = 'retry' AND {_IS_DUE}))
            AND {self.may_leave} LIMIT 1"""
        return self._store.value(sql, {"now": stamp(now), "farthest": stamp(now + LONGEST_RETRY)}) is not None

    def closed_until(self) -> datetime | None:
        """Return until when nothing is claimed; it may be past."""
        found = self._store.value("SELECT mail_closed_until FROM catalogue")
        return moment(found)

    @contextmanager
    def together(self) -> Iterator[None]:
        try:
            with self._store.atomic():
                yield
        except sqlite3.Error as error:
            raise in_words(error, self._store.path) from error

    def give_back(self, claimed: Sequence[Q]) -> None:
        """Free those of these claims that are still held, and not handed over at this moment."""
        with self._store.atomic():
            self._store.write_many(
                f"""UPDATE {self.table} SET state = 'queued', claimed_by = NULL, claimed_at = NULL
                WHERE pk = ? AND state = 'claimed' AND claimed_by = ?""",
                [(queued.pk, queued.owner) for queued in claimed],
            )

    def claims(self) -> list[tuple[Q, datetime]]:
        """Return all that is claimed or handed over, with when."""
        rows = self._store.rows(f"SELECT * FROM {self.table} WHERE {WAITS} AND state IN ('claimed', 'handed-over')")
        return [(self._read(row), moment(row["claimed_at"]) or LONG_AGO) for row in rows]

    def suppress_of(self, subscriber: int, reason: str, now: datetime, only_if: str = "1") -> None:
        """Suppress what still waits for someone who has left (before the person is erased or comes back)."""
        self._store.write(
            f"""UPDATE {self.table} SET state = 'suppressed', reply = :reason, finished_at = :now,
                next_attempt_at = NULL, claimed_by = NULL, claimed_at = NULL
            WHERE subscriber = :subscriber AND state IN ('queued', 'claimed', 'retry') AND {only_if}""",
            {"subscriber": subscriber, "reason": reason, "now": stamp(now)},
        )

    def _people(self, pks: Sequence[int | None]) -> dict[int | None, tuple[SubscriberState, str]]:
        """Return the states and addresses that people have now, by their `pk`, but for the erased."""
        rows = self._store.rows(
            "SELECT pk, state, address FROM subscribers WHERE pk IN (SELECT value FROM json_each(?))",
            (json.dumps(pks),),
        )
        return {pk: (word(state, UNREADABLE_STATE), address) for pk, state, address in rows}

    def _finish(self, queued: Q, state: DeliveryState, reply: str, now: datetime) -> bool:
        values = {"pk": queued.pk, "owner": queued.owner, "state": state, "reply": reply, "now": stamp(now)}
        return self._store.write(self._finishing(), values).rowcount == 1

    def _finishing(self) -> str:
        """Return the SQL that ends one that its owner still holds.

        Of who was erased while the message was on its way, no answer is kept: it may name the address.
        """
        return self._marking(
            """state = :state, reply = CASE WHEN subscriber IS NULL AND :state <> 'suppressed' THEN ''
            ELSE :reply END, finished_at = :now, claimed_by = NULL, claimed_at = NULL,
            next_attempt_at = NULL"""
        )

    def _mark(self, queued: Q, changes: str, only_if: str = "1", **values: object) -> bool:
        """Change what its owner still holds; False where the claim has gone to somebody else."""
        values |= {"pk": queued.pk, "owner": queued.owner}
        return self._store.write(self._marking(changes, only_if), values).rowcount == 1

    def _marking(self, changes: str, only_if: str = "1") -> str:
        return f"""UPDATE {self.table} SET {changes}
            WHERE pk = :pk AND claimed_by = :owner AND state IN ('claimed', 'handed-over') AND {only_if}"""


def queued_facts(row: sqlite3.Row) -> dict[str, Any]:
    """Return what every row of a queue says, as the facts of a `Queued`."""
    return {
        "pk": row["pk"],
        "subscriber": row["subscriber"],
        "state": word(row["state"], DeliveryState.UNKNOWN),
        "owner": row["claimed_by"],
        "attempts": row["attempts"],
        "first_attempt_at": moment(row["first_attempt_at"]),
        "next_attempt_at": moment(row["next_attempt_at"]),
        "finished_at": moment(row["finished_at"]),
        "reply": row["reply"],
    }
