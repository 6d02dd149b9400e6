"""The public pages of runs, and what editors say at the head of digests."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from pressroom.models.dates import stamp, unstamp
from pressroom.models.people import Frequency
from pressroom.models.runs import EditorsNote, Issue
from pressroom.storage.store import Store


class Issues:
    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, issue: Issue) -> None:
        self._store.write(
            """INSERT INTO issues (run, title, language, published_at, items, content)
            VALUES (:run, :title, :language, :published_at, :items, :content)""",
            {
                "run": issue.run,
                "title": issue.title,
                "language": issue.language,
                "published_at": stamp(issue.published_at),
                "items": issue.items,
                "content": issue.content,
            },
        )

    def drop(self, run: int) -> None:
        """Take the issue of a run down."""
        self._store.write("DELETE FROM issues WHERE run = ?", (run,))

    def find(self, run: int) -> Issue | None:
        """Return the issue of a run, None where it has none."""
        row = self._store.row("SELECT * FROM issues WHERE run = ?", (run,))
        if row is None:
            return None
        return Issue(
            run=row["run"],
            title=row["title"],
            language=row["language"],
            published_at=unstamp(row["published_at"]),
            items=row["items"],
            content=row["content"],
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

    def drop(self, frequencies: Collection[Frequency]) -> None:
        """Forget what waits for these frequencies."""
        self._store.write_many("DELETE FROM notes WHERE frequency = ?", [(one,) for one in frequencies])

    def waiting(self) -> dict[Frequency, EditorsNote]:
        """Return what waits, by frequency."""
        rows = self._store.rows("SELECT * FROM notes")
        return {Frequency(row["frequency"]): EditorsNote(row["text"], row["signed"], row["lead"]) for row in rows}
