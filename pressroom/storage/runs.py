"""Digest runs: due times, frozen items, bundles of items, and who was paid what."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import cache
from typing import Any

from pressroom.caches import for_a_round
from pressroom.errors import RunNotFoundError
from pressroom.models.dates import stamp
from pressroom.models.people import Frequency
from pressroom.models.runs import Counts, DigestRun, DueTime, EditorsNote, Expected, Item, OfferedItem, RunState
from pressroom.storage.cells import LIKE_A_MOMENT, LONG_AGO, from_json, moment, word
from pressroom.storage.schema_0016 import NAMED_BY
from pressroom.storage.store import Store

_READABLE = LIKE_A_MOMENT.format("due")
_ALL_RUNS = f"""
    SELECT runs.*, (SELECT max(due) FROM due_times WHERE run = runs.pk AND missed = 0 AND {_READABLE}) AS due,
        (SELECT group_concat(frequency) FROM run_frequencies WHERE run = runs.pk) AS frequencies,
        (SELECT json_group_object(frequency, due) FROM (
            SELECT frequency, min(due) AS due FROM due_times WHERE run = runs.pk AND {_READABLE}
            GROUP BY frequency)) AS begins
    FROM runs
"""
_DUE_TIMES = """FROM due_times JOIN runs ON runs.pk = due_times.run
    WHERE frequency = :frequency AND opened_at <= :now"""
_FACTS_AS_TUPLES = ("nos", "authors", "partners", "topics", "notes")


class Runs:
    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, pk: int) -> DigestRun:
        found = self._where("runs.pk = ?", (pk,))
        if not found:
            raise RunNotFoundError(str(pk))
        return found[0]

    def all(self, *, empty: bool = False) -> list[DigestRun]:
        """Return the runs, oldest first; those that had nothing to pay only with `empty`."""
        return self._where("runs.state <> 'empty' OR ?", (empty,))

    def newest(self, limit: int, before: int | None = None) -> list[DigestRun]:
        """Return up to `limit` runs that had something to pay, newest first; those before a number if one is given."""
        where = """runs.pk IN (SELECT pk FROM runs WHERE state <> 'empty' AND pk < coalesce(?, pk + 1)
            ORDER BY pk DESC LIMIT ?)"""
        return self._where(where, (before, limit))[::-1]

    def unfinished(self) -> list[DigestRun]:
        """Return the runs that are open or paused, oldest first."""
        return self._where("runs.state IN ('open', 'paused')", ())

    def counts(self) -> dict[str, int]:
        """Return how many there are in each state."""
        return self._store.tally("SELECT state, count(*) FROM runs GROUP BY state")

    def last_begun(self) -> tuple[datetime, datetime] | None:
        """Return when the newest run by schedule was due and when it was opened; None before the first."""
        row = self._store.row(
            """SELECT max(due) AS due, opened_at FROM due_times JOIN runs ON runs.pk = run
            WHERE run = (SELECT max(run) FROM due_times) GROUP BY run"""
        )
        return _both(row["due"], row["opened_at"]) if row else None

    def last_closed(self) -> tuple[datetime, datetime] | None:
        """Return when the newest run that is closed was opened and closed; None before the first."""
        sql = "SELECT opened_at, closed_at FROM runs WHERE state = 'closed' ORDER BY pk DESC LIMIT 1"
        row = self._store.row(sql)
        return _both(row["opened_at"], row["closed_at"]) if row else None

    def set_resumed(self, pk: int, now: datetime) -> None:
        self._store.write("UPDATE runs SET resumed_at = ? WHERE pk = ?", (stamp(now), pk))

    def left_alone(self, before: datetime) -> datetime | None:
        """Return since when messages wait of which none has come to its end after `before`; None where all goes on."""
        found = self._store.value(
            """SELECT min(opened_at) FROM runs WHERE state = 'open' AND opened_at <= :before
            AND EXISTS (SELECT 1 FROM deliveries WHERE run = runs.pk
                AND (state = 'queued' OR (state = 'retry' AND next_attempt_at <= :before)))
            AND NOT EXISTS (SELECT 1 FROM deliveries WHERE run = runs.pk AND finished_at > :before)""",
            {"before": stamp(before)},
        )
        return moment(found)

    @property
    def next_pk(self) -> int:
        """The number that the next run gets."""
        return int(self._store.value(f"SELECT {_unused('runs')}"))

    def open(
        self,
        *,
        key: str,
        now: datetime,
        up_to_no: int,
        frequencies: Iterable[Frequency],
        due_times: Mapping[Frequency, Sequence[datetime]],
        expected: Sequence[Expected] = (),
    ) -> DigestRun:
        """Open a run and note the due times it fills: per frequency the latest one last, those before it missed.

        Each is filled once; what a clock ahead of `now` has filled is filled anew.
        """
        cursor = self._store.write(
            f"""INSERT INTO runs (pk, key, opened_at, up_to_no, state, expected)
            VALUES ({_unused("runs")}, ?, ?, ?, 'open', ?)""",
            (key, stamp(now), up_to_no, json.dumps([asdict(one) for one in expected], ensure_ascii=False)),
        )
        pk = int(cursor.lastrowid or 0)
        self._store.write_many(
            "INSERT INTO run_frequencies (run, frequency) VALUES (?, ?)", [(pk, name) for name in sorted(frequencies)]
        )
        for frequency, moments in due_times.items():
            self._store.write_many(
                """UPDATE due_times SET superseded = 1 WHERE (frequency, due) = (?, ?)
                AND run IN (SELECT pk FROM runs WHERE opened_at > ?)""",
                [(frequency, stamp(due), stamp(now)) for due in moments],
            )
            self._store.write_many(
                "INSERT INTO due_times (frequency, due, run, missed) VALUES (?, ?, ?, ?)",
                [(frequency, stamp(due), pk, int(due != moments[-1])) for due in moments],
            )
        return self.get(pk)

    def set_notes(self, run: DigestRun, notes: Mapping[Frequency, EditorsNote]) -> None:
        """Freeze what an editor says at the head of the digests of a run, by frequency."""
        text = json.dumps({name: asdict(note) for name, note in notes.items()}, ensure_ascii=False)
        self._store.write("UPDATE runs SET notes = ? WHERE pk = ?", (text, run.pk))

    def set_state(self, run: DigestRun, state: RunState) -> None:
        """Let a run wait (`paused`) or go on (`open`)."""
        self._store.write("UPDATE runs SET state = ? WHERE pk = ?", (state, run.pk))

    def close_finished(self, now: datetime) -> list[int]:
        """Close every run in which nothing waits, open or paused, and return their numbers."""
        rows = self._store.rows(
            """UPDATE runs SET state = CASE WHEN EXISTS (SELECT 1 FROM deliveries WHERE run = runs.pk)
                THEN 'closed' ELSE 'empty' END, closed_at = :now
            WHERE state IN ('open', 'paused') AND NOT EXISTS (SELECT 1 FROM deliveries WHERE run = runs.pk
                AND state IN ('queued', 'claimed', 'handed-over', 'retry'))
            RETURNING pk""",
            {"now": stamp(now)},
        )
        return [row["pk"] for row in rows]

    def closed_too_early(self) -> list[int]:
        """Return closed runs in which a delivery waits: R6 forbids them, so that somebody wrote here by hand."""
        rows = self._store.rows(
            """SELECT DISTINCT run FROM deliveries JOIN runs ON runs.pk = run WHERE runs.state IN ('closed', 'empty')
            AND deliveries.state IN ('queued', 'claimed', 'handed-over', 'retry')"""
        )
        return [row["run"] for row in rows]

    def deleted_too_early(self) -> list[int]:
        """Return runs of which a delivery was deleted that had not ended: so does nobody but who writes by hand."""
        rows = self._store.rows(
            """SELECT DISTINCT run FROM deleted_deliveries JOIN runs ON runs.pk = run
            WHERE runs.state <> 'closed'
            OR deleted_deliveries.state IN ('queued', 'claimed', 'handed-over', 'retry')"""
        )
        return [row["run"] for row in rows]

    def has_run(self, frequency: Frequency, due: datetime, now: datetime) -> bool:
        """Whether a due time has a run; one that a clock ahead of `now` has opened does not count."""
        found = self._store.value(
            f"SELECT 1 {_DUE_TIMES} AND due = :due", {"frequency": frequency, "due": stamp(due), "now": stamp(now)}
        )
        return found is not None

    def latest_due(self, frequency: Frequency, now: datetime) -> datetime | None:
        """Return the latest due time of that frequency that has a run, as `has_run` counts."""
        sql = f"SELECT max(due) {_DUE_TIMES} AND {_READABLE}"
        return moment(self._store.value(sql, {"frequency": frequency, "now": stamp(now)}))

    def filled(self, since: datetime, until: datetime) -> dict[datetime, list[DueTime]]:
        """Return the due times from `since` to `until` that have a run, each moment with those of its frequencies."""
        rows = list(
            self._store.rows(
                """SELECT frequency, due, run, missed FROM due_times WHERE superseded = 0 AND due BETWEEN ? AND ?
                ORDER BY due, frequency""",
                (stamp(since), stamp(until)),
            )
        )
        runs = {run.pk: run for run in self._where("runs.pk IN (SELECT value FROM json_each(?))",
                                                   (json.dumps([row["run"] for row in rows]),))}  # fmt: skip
        found: dict[datetime, list[DueTime]] = {}
        for row in rows:
            if (due := moment(row["due"])) and row["run"] in runs:
                one = DueTime(Frequency(row["frequency"]), runs[row["run"]], bool(row["missed"]))
                found.setdefault(due, []).append(one)
        return found

    def settled_up_to(self, frequency: Frequency | None = None) -> int:
        """Return the newest number settled by a run at that frequency, or by any run; 0 before the first."""
        return int(
            self._store.value(
                """SELECT coalesce(max(up_to_no), 0) FROM runs WHERE :frequency IS NULL
                OR EXISTS (SELECT 1 FROM run_frequencies WHERE run = runs.pk AND frequency = :frequency)""",
                {"frequency": frequency},
            )
        )

    def passes_since(self, no: int) -> list[tuple[frozenset[Frequency], int, int]]:
        """Return (frequencies, up_to_no, row) of the runs that reached beyond announcement `no`."""
        rows = self._store.rows(f"{_ALL_RUNS} WHERE runs.up_to_no > ?", (no,))
        return [(frozenset(_frequencies(row)), row["up_to_no"], row["pk"]) for row in rows]

    def add_item(self, run: DigestRun, item: Item) -> int:
        """Freeze an item with its run and return its row."""
        facts = {name: value for name, value in asdict(item).items() if name not in ("release", "change", "nos")}
        cursor = self._store.write(
            f"""INSERT INTO run_items (pk, run, release, change, nos, facts)
            VALUES ({_unused("run_items")}, ?, ?, ?, ?, ?)""",
            (run.pk, item.release, item.change, json.dumps(item.nos), json.dumps(facts, ensure_ascii=False)),
        )
        return int(cursor.lastrowid or 0)

    def add_bundle(self, run: DigestRun, items: Sequence[tuple[int, tuple[str, ...]]]) -> int:
        """Freeze a list of (item row, reasons) that one or more subscribers get, in order, and return its row."""
        sql = f"INSERT INTO bundles (pk, run) VALUES ({_unused('bundles')}, ?)"
        bundle = int(self._store.write(sql, (run.pk,)).lastrowid or 0)
        self._store.write_many(
            "INSERT INTO bundle_items (bundle, position, item, reasons) VALUES (?, ?, ?, ?)",
            [
                (bundle, place, item, json.dumps(reasons, ensure_ascii=False))
                for place, (item, reasons) in enumerate(items)
            ],
        )
        return bundle

    def items(self, run: DigestRun) -> list[Item]:
        """Return all that a run has frozen, for whomever; see `Item.is_told`."""
        return [_item(row) for row in self._store.rows("SELECT * FROM run_items WHERE run = ? ORDER BY pk", (run.pk,))]

    def bundle(self, pk: int, known: dict[int, Item] | None = None) -> tuple[OfferedItem, ...]:
        """Return the items of a bundle, in order; those that are `known`, by row, are not read again, others put there.

        An item is frozen with its run, so that what was known once stays right.
        """
        known = {} if known is None else known
        rows = [*self._store.rows("SELECT item, reasons FROM bundle_items WHERE bundle = ? ORDER BY position", (pk,))]
        missing = [item for item, _ in rows if item not in known]
        if missing:
            sql = "SELECT * FROM run_items WHERE pk IN (SELECT value FROM json_each(?))"
            known |= {row["pk"]: _item(row) for row in self._store.rows(sql, (json.dumps(missing),))}
        return tuple([OfferedItem(known[item], _reasons(reasons)) for item, reasons in rows if item in known])

    def paid(self, subscriber: int, releases: Iterable[int]) -> dict[int, int]:
        """Return, for each of `releases` that was paid to `subscriber`, the newest number of the run that paid it.

        Paid means enlisted and not cancelled; what deliveries paid that have since been deleted stands in `paid`.
        """
        rows = self._store.rows(
            """SELECT release, max(up_to_no) AS up_to_no FROM (
                SELECT run_items.release, runs.up_to_no FROM deliveries
                JOIN bundle_items ON bundle_items.bundle = deliveries.bundle
                JOIN run_items ON run_items.pk = bundle_items.item JOIN runs ON runs.pk = run_items.run
                WHERE deliveries.subscriber = :subscriber AND deliveries.state <> 'cancelled'
                UNION ALL SELECT release, up_to_no FROM paid WHERE subscriber = :subscriber)
            WHERE release IN (SELECT value FROM json_each(:releases)) GROUP BY release""",
            {"releases": json.dumps(list(releases)), "subscriber": subscriber},
        )
        return {row["release"]: row["up_to_no"] for row in rows}

    def paid_by_deleted(self, subscriber: int, release: int) -> int | None:
        """Return the newest number of a run that paid this release in a delivery deleted since; None without one."""
        sql = "SELECT up_to_no FROM paid WHERE subscriber = ? AND release = ?"
        found = self._store.value(sql, (subscriber, release))
        return None if found is None else int(found)

    def _where(self, where: str, values: tuple[object, ...]) -> list[DigestRun]:
        rows = list(self._store.rows(f"{_ALL_RUNS} WHERE {where} ORDER BY runs.pk", values))
        counts = self._counts([row["pk"] for row in rows])
        return [_run(row, counts.get(row["pk"], Counts())) for row in rows]

    def _counts(self, pks: list[int]) -> dict[int, Counts]:
        by_state: dict[int, list[tuple[str, int]]] = {}
        for row in self._store.rows(
            """SELECT run, state, count(*) AS n FROM deliveries
            WHERE run IN (SELECT value FROM json_each(:pks)) GROUP BY run, state
            UNION ALL SELECT run, state, n FROM deleted_deliveries
            WHERE run IN (SELECT value FROM json_each(:pks))""",
            {"pks": json.dumps(pks)},
        ):
            by_state.setdefault(row["run"], []).append((row["state"], row["n"]))
        return {pk: Counts.of(pairs) for pk, pairs in by_state.items()}


@cache
def _unused(table: str) -> str:
    """Return the SQL for a number that no row names, not even one that has outlived the row it named."""
    named = {table: "pk", **NAMED_BY[table]}
    numbers = " UNION ALL ".join(f"SELECT max({column}) AS no FROM {other}" for other, column in named.items())
    return f"(SELECT coalesce(max(no), 0) + 1 FROM ({numbers}))"


def _run(row: sqlite3.Row, counts: Counts) -> DigestRun:
    return DigestRun(
        pk=row["pk"],
        key=row["key"],
        opened_at=moment(row["opened_at"]) or LONG_AGO,
        up_to_no=row["up_to_no"],
        state=word(row["state"], RunState.PAUSED),
        frequencies=_frequencies(row),
        due=moment(row["due"]),
        begins=from_json(row["begins"], _begins, {}),
        expected=from_json(row["expected"], _expected, ()),
        notes=from_json(row["notes"], _notes, {}),
        counts=counts,
    )


def _both(first: str, second: str) -> tuple[datetime, datetime] | None:
    """Return two moments, None where either cannot be read."""
    begun, ended = moment(first), moment(second)
    return (begun, ended) if begun and ended else None


def _begins(facts: Mapping[str, str]) -> dict[Frequency, datetime]:
    found = {Frequency(name): moment(due) for name, due in facts.items()}
    return {name: due for name, due in found.items() if due}


def _expected(facts: Iterable[Mapping[str, Any]]) -> tuple[Expected, ...]:
    return tuple(Expected(**{**one, "topics": tuple(one["topics"])}) for one in facts)


def _notes(facts: Mapping[str, Mapping[str, Any]]) -> dict[Frequency, EditorsNote]:
    return {Frequency(name): EditorsNote(**note) for name, note in facts.items()}


def _frequencies(row: sqlite3.Row) -> tuple[Frequency, ...]:
    names = (row["frequencies"] or "").split(",")
    return tuple(frequency for frequency in Frequency if frequency in names)


@for_a_round(1_024)
def _reasons(said: str) -> tuple[str, ...]:
    """Return the reasons of an item, the same for all who follow the same."""
    return from_json(said, tuple, ("",))


def _item(row: sqlite3.Row) -> Item:
    known = {"release": row["release"], "change": row["change"], "nos": from_json(row["nos"], tuple, ())}
    nothing = Item(**known, title="", url="", kind="", language="")
    return from_json(row["facts"], lambda facts: Item(**known, **_facts(facts)), nothing)


def _facts(facts: dict[str, Any]) -> dict[str, Any]:
    facts |= {name: tuple(facts[name]) for name in _FACTS_AS_TUPLES if name in facts}
    for name in ("formats", "relations"):
        facts[name] = tuple((first, second) for first, second in facts[name])
    return facts
