"""What a check finds in a document, and what else it has seen there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from pressroom.models.text import safe_line

_LONGEST_ID = 200


class DocumentKind(StrEnum):
    """What a document is, by its first bytes and its root."""

    ATOM = "atom"
    RSS = "rss"
    JSON = "json"
    OPML = "opml"
    MAIL = "mail"
    UNKNOWN = "unknown"

    @property
    def is_feed(self) -> bool:
        return self in (DocumentKind.ATOM, DocumentKind.RSS, DocumentKind.JSON)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: `words` are one sentence with the remedy, `rule` is a short name for programs.

    `place` is a file or an address. `line` counts from 1, and is 0 where no line is to blame; so does `entry`, the id
    of an entry, with "". A note is worth knowing and no fault.
    """

    rule: str
    words: str
    line: int = 0
    entry: str = ""
    place: str = ""
    is_note: bool = False

    def __str__(self) -> str:
        where = f"{self.place}:{self.line}" if self.line else self.place
        whose = f"entry {self.entry[:_LONGEST_ID]}: " if self.entry else ""
        return safe_line(f"{where}: {'note: ' if self.is_note else ''}{whose}{self.words}")


@dataclass(frozen=True, slots=True)
class SeenEntry:
    """An entry as far as two documents can be compared by it; `updated` is None where it is not told or not read."""

    id: str
    title: str
    link: str
    updated: datetime | None
    line: int
    place: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """A document that was checked.

    `links` are its own addresses by relation: self, prev-archive, next-archive and current; JSON's `feed_url` and
    `next_url` are the first two.
    """

    place: str
    kind: DocumentKind
    findings: tuple[Finding, ...] = ()
    entries: tuple[SeenEntry, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    is_archive: bool = False
