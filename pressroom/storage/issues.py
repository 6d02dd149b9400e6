"""The public pages of runs, and what editors say at the head of digests."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from pressroom.models.dates import stamp
from pressroom.models.people import Frequency
from pressroom.models.release import Topic
from pressroom.models.runs import EditorsNote, Issue
from pressroom.storage.cells import LONG_AGO, moment
from pressroom.storage.shelf_rows import topic_of
from pressroom.storage.store import Store

_TOLD_OF_TOPIC = """SELECT run_items.run FROM release_topics
    JOIN releases ON releases.pk = release_topics.release AND releases.state IN ('live', 'withdrawn')
    JOIN run_items ON run_items.release = releases.pk WHERE release_topics.topic = :topic"""


class Issues:
    def __init__(self, store: Store) -> None:
        self._store = store

    def put(self, issue: Issue) -> None:
        """Store an issue, in the place of an earlier state of it."""
        self._store.write(
            """INSERT OR REPLACE INTO issues (run, title, language, published_at, items, content, up_to_no)
            VALUES (:run, :title, :language, :published_at, :items, :content, :up_to_no)""",
            {
                "run": issue.run,
                "title": issue.title,
                "language": issue.language,
                "published_at": stamp(issue.published_at),
                "items": issue.items,
                "content": issue.content,
                "up_to_no": issue.up_to_no,
            },
        )

    def drop(self, run: int) -> None:
        """Take the issue of a run down."""
        self._store.write("DELETE FROM issues WHERE run = ?", (run,))

    def find(self, run: int) -> Issue | None:
        """Return the issue of a run, None where it has none."""
        row = self._store.row("SELECT * FROM issues WHERE run = ?", (run,))
        return _issue(row) if row else None

    def latest(self, most: int, before: int | None = None, topic: Topic | None = None) -> list[Issue]:
        """Return the newest issues, newest first: of runs before `before`, and that told of a release of `topic`."""
        sql = f"""SELECT * FROM issues WHERE (:before IS NULL OR run < :before)
            AND (:topic IS NULL OR run IN ({_TOLD_OF_TOPIC})) ORDER BY run DESC LIMIT :most"""
        values = {"before": before, "topic": topic.pk if topic else None, "most": most}
        return [_issue(row) for row in self._store.rows(sql, values)]

    def topics(self, runs: Iterable[int]) -> dict[int, list[Topic]]:
        """Return the topics of what each of these runs told of, those with the most releases first."""
        rows = self._store.rows(
            """SELECT run, topics.pk, topics.slug, topics.name FROM run_items
            JOIN releases ON releases.pk = run_items.release AND releases.state IN ('live', 'withdrawn')
            JOIN release_topics ON release_topics.release = releases.pk JOIN topics ON topics.pk = topic
            WHERE run IN (SELECT value FROM json_each(?))
            GROUP BY run, topics.pk ORDER BY run, count(DISTINCT releases.pk) DESC, topics.name""",
            (json.dumps(list(runs)),),
        )
        found: dict[int, list[Topic]] = {}
        for row in rows:
            found.setdefault(row["run"], []).append(topic_of(row))
        return found

    def outdated(self) -> list[int]:
        """Return the runs whose issue shows something that has been withdrawn since."""
        rows = self._store.rows(
            """SELECT DISTINCT issues.run FROM announcements
            JOIN run_items ON run_items.release = announcements.release JOIN issues ON issues.run = run_items.run
            WHERE announcements.change = 'withdrawn' AND announcements.no > issues.up_to_no ORDER BY issues.run"""
        )
        return [row["run"] for row in rows]


def _issue(row: sqlite3.Row) -> Issue:
    return Issue(
        run=row["run"],
        title=row["title"],
        language=row["language"],
        published_at=moment(row["published_at"]) or LONG_AGO,
        items=row["items"],
        content=row["content"],
        up_to_no=row["up_to_no"],
    )


class Notes:
    """At most one note waits for the next digest of each frequency."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def set(self, frequency: Frequency, note: EditorsNote, now: datetime) -> None:
        """Let `note` wait for the next digest of `frequency`, in the place of one that waits already."""
        self._store.write(
            """INSERT INTO notes (frequency, text, signed, lead, made_at)
            VALUES (:frequency, :text, :signed, :lead, :now)
            ON CONFLICT (frequency) DO UPDATE SET text = :text, signed = :signed, lead = :lead, made_at = :now""",
            {"frequency": frequency, "text": note.text, "signed": note.signed, "lead": note.lead, "now": stamp(now)},
        )

    def put_back(self, notes: Mapping[Frequency, EditorsNote], now: datetime) -> None:
        """Let notes wait again, but for those in whose place others wait by now."""
        for frequency in notes.keys() - self.waiting().keys():
            self.set(frequency, notes[frequency], now)

    def drop(self, frequencies: Collection[Frequency]) -> None:
        """Forget what waits for these frequencies."""
        self._store.write_many("DELETE FROM notes WHERE frequency = ?", [(one,) for one in frequencies])

    def waiting(self) -> dict[Frequency, EditorsNote]:
        """Return what waits, by frequency."""
        rows = self._store.rows("SELECT * FROM notes")
        return {Frequency(row["frequency"]): EditorsNote(row["text"], row["signed"], row["lead"]) for row in rows}
