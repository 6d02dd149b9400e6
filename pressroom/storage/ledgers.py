"""What went out after a backup, out of the ledger of the catalogue that the backup replaces (R6, R11)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pressroom.models.dates import stamp
from pressroom.models.runs import EditorsNote
from pressroom.storage.debts import KNOWN, number_what_both_hold, owe_no_more_what_was_settled, take_over_accounts
from pressroom.storage.queue import WAITS
from pressroom.storage.store import Store
from pressroom.storage.trouble import in_words

AFTER = "after the backup"
# What left is of unknown fate here: the record of it is the other catalogue's.
_ENDED = f"""SET state = CASE WHEN theirs.state IN ('failed', 'suppressed', 'cancelled') THEN theirs.state
        ELSE 'unknown' END,
    reply = theirs.state || ' {AFTER}' || CASE WHEN theirs.reply = '' THEN '' ELSE ': ' || theirs.reply END,
    finished_at = coalesce(theirs.finished_at, :now), claimed_by = NULL, claimed_at = NULL, next_attempt_at = NULL"""
_HAS_LEFT = "theirs.state NOT IN ('queued', 'claimed', 'retry')"
_LATER = "(SELECT pk FROM replaced.runs WHERE pk > :last)"
# The deliveries that wait here, each with what became of it there.
_SAME = f"""main.runs AS run, replaced.runs AS same, replaced.deliveries AS theirs
    WHERE main.deliveries.{WAITS} AND run.pk = main.deliveries.run AND same.key = run.key
    AND theirs.run = same.pk AND theirs.subscriber = main.deliveries.subscriber
    AND main.deliveries.subscriber IN ({KNOWN})"""


@contextmanager
def beside(store: Store, replaced: Path) -> Iterator[None]:
    """Have the replaced catalogue at hand as `replaced`; what is done within is one transaction."""
    try:
        store.connection.execute("ATTACH ? AS replaced", (str(replaced),))
        try:
            with store.atomic(durable=True):
                yield
        finally:
            store.connection.execute("DETACH replaced")
    except sqlite3.Error as error:
        raise in_words(error, replaced) from error


@dataclass(frozen=True, slots=True)
class Ledger:
    """What was taken over of a ledger: how many messages that waited in the backup have ended, and the later runs.

    Of a catalogue of another history than the backup's, `left` later runs could not be.
    """

    ended: int
    later: tuple[int, ...]
    left: int
    is_same_history: bool


def take_over_ledger(store: Store, now: datetime) -> Ledger:
    """Take over what became of messages after the backup; call it `beside` the replaced catalogue."""
    cancelled = _cancel_what_was_cancelled(store, now)
    ended = len(cancelled) + _end_what_left(store, now)
    last = int(store.value("SELECT coalesce(max(pk), 0) FROM main.runs"))
    later = tuple(row["pk"] for row in store.rows("SELECT pk FROM replaced.runs WHERE pk > ?", (last,)))
    store.write("CREATE TEMP TABLE numbers (theirs INTEGER PRIMARY KEY, mine INTEGER NOT NULL)")
    if not _is_the_same_history(store):
        number_what_both_hold(store)
        owe_no_more_what_was_settled(store, cancelled)
        return Ledger(ended, (), len(later), False)
    _take_over_announcements(store)
    _take_over_runs(store, {"last": last, "now": stamp(now)})
    return Ledger(ended, later, 0, True)


def settle_ledger(store: Store, ledger: Ledger, now: datetime) -> None:
    """Owe everybody what they were owed there; call it when they hold the choices that they held there.

    What had not left from there is owed again, and runs in which nothing waits any more are closed.
    """
    if ledger.is_same_history:
        take_over_accounts(store)
        _take_over_notes(store)
    for pk in ledger.later:
        store.deliveries.cancel_run(pk, now)
    for run in map(store.runs.get, store.runs.close_finished(now)):
        if run.counts.cancelled == run.counts.enlisted:
            store.issues.drop(run.pk)
            known = {often: note for often, note in run.notes.items() if _is_known(store, note)}
            store.notes.put_back(known if run.pk in ledger.later else {}, now)
    store.write("DROP TABLE temp.numbers")


def take_over_complaints(store: Store) -> None:
    """Log the complaints that were made after the backup, and what became of those before."""
    is_same = "(there.at, there.text) = (main.complaints.at, main.complaints.text)"
    facts = "at, name, contact, text, place, network, told, acknowledged_at, closed_at, outcome"
    store.write(
        f"""UPDATE main.complaints SET told = max(main.complaints.told, there.told),
            acknowledged_at = coalesce(main.complaints.acknowledged_at, there.acknowledged_at),
            closed_at = coalesce(main.complaints.closed_at, there.closed_at),
            outcome = CASE WHEN main.complaints.closed_at IS NULL THEN there.outcome ELSE main.complaints.outcome END
        FROM replaced.complaints AS there WHERE {is_same}"""
    )
    store.write(
        f"""INSERT INTO main.complaints (pk, {facts})
        SELECT CASE WHEN pk NOT IN (SELECT pk FROM main.complaints) THEN pk END, {facts}
        FROM replaced.complaints AS there WHERE NOT EXISTS (SELECT 1 FROM main.complaints WHERE {is_same})"""
    )


def _cancel_what_was_cancelled(store: Store, now: datetime) -> list[int]:
    """Cancel what waits here and was cancelled there, and return the rows: what it told of is owed again."""
    rows = store.rows(
        f"SELECT main.deliveries.pk FROM main.deliveries, {_SAME} AND theirs.state = 'cancelled'",
    )
    cancelled = [row["pk"] for row in rows]
    store.deliveries.cancel(cancelled, f"cancelled {AFTER}", now)
    return cancelled


def _end_what_left(store: Store, now: datetime) -> int:
    values = {"now": stamp(now)}
    ended = store.write(f"UPDATE main.deliveries {_ENDED} FROM {_SAME} AND {_HAS_LEFT}", values).rowcount
    # Of a run that has closed since, the rows may have been deleted by their age.
    ended += store.write(
        f"""UPDATE main.deliveries SET state = 'unknown', reply = 'ended {AFTER}', finished_at = :now,
            claimed_by = NULL, claimed_at = NULL, next_attempt_at = NULL
        WHERE {WAITS} AND run IN (SELECT run.pk FROM main.runs AS run JOIN replaced.runs AS same ON same.key = run.key
            WHERE same.state IN ('closed', 'empty'))""",
        values,
    ).rowcount
    ended += store.write(
        f"""UPDATE main.letters {_ENDED} FROM replaced.letters AS theirs
        WHERE main.letters.{WAITS} AND theirs.key = main.letters.key AND {_HAS_LEFT}""",
        values,
    ).rowcount
    return ended


def _is_the_same_history(store: Store) -> bool:
    """Whether the replaced catalogue has come out of the backup, so that rows and numbers mean the same in both."""
    return not store.value(
        """SELECT EXISTS (SELECT 1 FROM main.runs LEFT JOIN replaced.runs AS same ON same.pk = main.runs.pk
                WHERE same.key IS NOT main.runs.key)
            OR EXISTS (SELECT 1 FROM main.announcements AS mine LEFT JOIN replaced.announcements AS same
                ON same.no = mine.no WHERE same.release IS NOT mine.release OR same.made_at IS NOT mine.made_at)"""
    )


def _take_over_announcements(store: Store) -> None:
    """Announce what the backup holds and what was announced after it, in the same order; it was in the feeds.

    Fills the table `numbers`: which number there is which one here. What was entered after the backup has none.
    """
    values = {"newest": store.announcements.newest_no}
    store.write("INSERT INTO temp.numbers (theirs, mine) SELECT no, no FROM main.announcements")
    store.write(
        """INSERT INTO temp.numbers (theirs, mine)
        SELECT theirs.no, :newest + row_number() OVER (ORDER BY theirs.no) FROM replaced.announcements AS theirs
        JOIN replaced.releases AS there ON there.pk = theirs.release JOIN main.releases AS here ON here.pk = there.pk
        WHERE theirs.no > :newest AND theirs.change = 'new' AND here.state NOT IN ('live', 'withdrawn')
        AND coalesce(here.id = there.id, here.title = there.title)""",
        values,
    )
    store.write(
        """UPDATE main.releases SET id = there.id, slug = there.slug, state = 'live', published = there.published,
            updated = there.updated, sorted_at = there.sorted_at FROM replaced.releases AS there
        WHERE there.pk = main.releases.pk AND there.pk IN (SELECT release FROM replaced.announcements
            JOIN temp.numbers ON theirs = no WHERE mine > :newest)""",
        values,
    )
    store.write(
        """INSERT INTO main.announcements (no, release, change, at, made_at, note, urgent, silent, series)
        SELECT mine, release, change, at, made_at, note, urgent, silent,
            CASE WHEN series IN (SELECT pk FROM main.series) THEN series END
        FROM replaced.announcements JOIN temp.numbers ON theirs = no WHERE mine > :newest ORDER BY mine""",
        values,
    )
    store.write(
        """INSERT INTO main.announcement_topics (announcement, topic) SELECT mine, topic
        FROM replaced.announcement_topics JOIN temp.numbers ON theirs = announcement
        WHERE mine > :newest AND topic IN (SELECT pk FROM main.topics)""",
        values,
    )


def _take_over_runs(store: Store, values: dict[str, object]) -> None:
    """Add the runs that were opened after the backup, with what they told of announcements that are known here."""
    store.write(
        f"""INSERT INTO main.runs (pk, key, opened_at, up_to_no, state, expected, closed_at, notes)
        SELECT pk, key, opened_at, (SELECT coalesce(max(mine), 0) FROM temp.numbers WHERE theirs <= up_to_no),
            CASE WHEN state IN ('closed', 'empty') THEN state ELSE 'open' END, expected, closed_at, notes
        FROM replaced.runs WHERE pk IN {_LATER}""",
        values,
    )
    store.write(
        f"""INSERT INTO main.run_frequencies (run, frequency)
        SELECT run, frequency FROM replaced.run_frequencies WHERE run IN {_LATER}""",
        values,
    )
    _take_over_due_times(store, values)
    store.write(
        f"""INSERT INTO main.run_items (pk, run, release, change, nos, facts)
        SELECT pk, run, release, change, (SELECT json_group_array(mine) FROM (
            SELECT mine FROM json_each(nos) JOIN temp.numbers ON theirs = value ORDER BY mine)), facts
        FROM replaced.run_items WHERE run IN {_LATER}
        AND NOT EXISTS (SELECT 1 FROM json_each(nos) WHERE value NOT IN (SELECT theirs FROM temp.numbers))""",
        values,
    )
    store.write(
        f"INSERT INTO main.bundles (pk, run) SELECT pk, run FROM replaced.bundles WHERE run IN {_LATER}", values
    )
    store.write(
        f"""INSERT INTO main.bundle_items (bundle, position, item, reasons)
        SELECT bundle, position, item, reasons FROM replaced.bundle_items
        WHERE item IN (SELECT pk FROM main.run_items WHERE run IN {_LATER})""",
        values,
    )
    _take_over_deliveries(store, values)


def _take_over_notes(store: Store) -> None:
    """Let those notes wait for the next digest that wait there."""
    store.write("DELETE FROM main.notes")
    store.write(
        """INSERT INTO main.notes (frequency, text, signed, lead, made_at)
        SELECT frequency, text, signed, lead, made_at FROM replaced.notes
        WHERE lead IS NULL OR lead IN (SELECT pk FROM main.releases)"""
    )


def _is_known(store: Store, note: EditorsNote) -> bool:
    """Whether the release that leads in a note is known here."""
    return note.lead is None or bool(store.releases.by_pk([note.lead]))


def _take_over_due_times(store: Store, values: dict[str, object]) -> None:
    """Note what the later runs have filled; of several that have filled one, the last counts."""
    later = f"""EXISTS (SELECT 1 FROM replaced.due_times AS later
        WHERE later.run IN {_LATER} AND later.run > due_times.run
        AND (later.frequency, later.due) = (due_times.frequency, due_times.due))"""
    store.write(f"UPDATE main.due_times SET superseded = 1 WHERE {later}", values)
    store.write(
        f"""INSERT INTO main.due_times (frequency, due, run, missed, superseded)
        SELECT frequency, due, run, missed, {later} FROM replaced.due_times AS due_times WHERE run IN {_LATER}""",
        values,
    )


def _take_over_deliveries(store: Store, values: dict[str, object]) -> None:
    """Add the deliveries of later runs; what had not left from there waits here, until `settle_ledger`."""
    store.write(
        f"""INSERT INTO main.deliveries (run, subscriber, bundle, state, attempts, finished_at, reply)
        SELECT run, CASE WHEN subscriber IN ({KNOWN}) THEN subscriber END, bundle,
            CASE WHEN NOT {_HAS_LEFT} THEN 'queued' WHEN state IN ('failed', 'suppressed', 'cancelled') THEN state
                ELSE 'unknown' END,
            attempts, CASE WHEN {_HAS_LEFT} THEN coalesce(finished_at, :now) END, state || ' {AFTER}'
        FROM replaced.deliveries AS theirs WHERE run IN {_LATER}""",
        values,
    )
