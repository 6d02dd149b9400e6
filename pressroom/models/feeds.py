"""Feeds: the shelves they show, the documents each is made of, and the finished bytes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pressroom.models.announcements import Announcement
from pressroom.models.dates import PartialDate
from pressroom.models.release import Release

ARCHIVED_TOGETHER = 500
"""How many releases stand in a full archive document."""
ARCHIVE = "archive/"
"""Where archives lie, below the folder of feeds."""


class Format(StrEnum):
    """A feed format; its value is the ending of the file's name."""

    ATOM = "atom"
    RSS = "rss"
    JSON = "json"

    @property
    def media_type(self) -> str:
        return {
            Format.ATOM: "application/atom+xml",
            Format.RSS: "application/rss+xml",
            Format.JSON: "application/feed+json",
        }[self]

    @classmethod
    def of(cls, path: str) -> Format | None:
        """Return the format of the feed file at `path`, None for a file that is no feed."""
        ending = path.rpartition(".")[2]
        return cls(ending) if ending in list(cls) else None


class ShelfKind(StrEnum):
    """What kinds of shelves, and so of feeds, there are; each is named as in addresses."""

    ALL = "all"
    CORRECTIONS = "corrections"
    TOPICS = "topics"
    KINDS = "kinds"
    SERIES = "series"
    PUBLISHERS = "publishers"
    LANGUAGES = "languages"

    @property
    def is_one(self) -> bool:
        """Whether there is one shelf of the kind, which needs no name."""
        return self in (ShelfKind.ALL, ShelfKind.CORRECTIONS)


@dataclass(frozen=True, slots=True)
class Shelf:
    """What a feed shows: releases, each with a place that it keeps for ever.

    `key` is what the releases have in common: the row of a topic or a series, a kind, a language, a publisher (the
    site's own is blank). `places` counts all that ever stood there, `releases` what does now. `latest` is when the
    newest was announced; of one that came in silently its own date, None where that is not known.
    """

    kind: ShelfKind
    key: str = ""
    slug: str = ""
    name: str = ""
    pk: int = 0
    places: int = 0
    releases: int = 0
    latest: datetime | PartialDate | None = None

    @property
    def path(self) -> str:
        """Where its feed lies, without the ending: `all`, `topics/cyber-security`."""
        return self.kind.value if self.kind.is_one else f"{self.kind}/{self.slug}"

    @property
    def last_archive(self) -> int:
        """The number of the archive document that is still filling; a full one is always followed by another."""
        return self.places // ARCHIVED_TOGETHER + 1


@dataclass(frozen=True, slots=True)
class Part:
    """One document of a feed (RFC 5005 §4): the live one (number 0), or an archive, numbered upward from 1.

    `last` is the number of the archive that is still filling, 0 where the live document holds everything.
    """

    number: int = 0
    last: int = 0

    @property
    def is_live(self) -> bool:
        return self.number == 0

    @property
    def earlier(self) -> Part | None:
        """The archive with what came before."""
        number = self.last if self.is_live else self.number - 1
        return Part(number, self.last) if number else None

    @property
    def later(self) -> Part | None:
        """The archive with what came after."""
        return Part(self.number + 1, self.last) if 0 < self.number < self.last else None


LIVE = Part()


@dataclass(frozen=True, slots=True)
class Feed:
    """A shelf of releases as a feed, in every format. `path` lacks the ending: `topics/cyber-security`.

    `page` is the address of the page it belongs to, as a path below the site's address; `folder` is where feeds of its
    kind lie there.
    """

    path: str
    title: str
    description: str
    page: str = "/"
    folder: str = "feeds"

    def file(self, form: Format, part: Part = LIVE) -> str:
        """Return the path of its live document, or of an archive, below the folder."""
        return f"{self.path if part.is_live else f'{ARCHIVE}{self.path}/{part.number:04}'}.{form.value}"


@dataclass(frozen=True, slots=True)
class Member:
    """What stands at a place of a shelf: a release, or a correction of it, by the number of its `announcement`.

    `change` is the number of the newest change of the release, whichever program made it; `updated` is the moment of
    the newest one that readers heard of.
    """

    release: int
    id: str
    change: int
    updated: datetime
    announcement: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A release as it stands in a feed, with the note of its newest revision or the reason it was withdrawn.

    `no` is that of its newest announcement; `replaces` are the public releases that it takes the place of.
    """

    release: Release
    note: str = ""
    replacement: Release | None = None
    no: int = 0
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Correction:
    """A revision or a withdrawal as an entry of its own, linked to what it corrects."""

    entry: Entry
    announcement: Announcement


@dataclass(frozen=True, slots=True)
class Ending:
    """The last entry of the feed of a topic that ends: which one goes on in its place, and since when."""

    feed: Feed
    name: str
    successor: Feed
    successor_name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class FeedDocument:
    """The finished bytes of one feed file. `path` is below the feeds folder; `etag` is a strong one, unquoted."""

    path: str
    content: bytes
    media_type: str
    etag: str


def correction_id(release: str, no: int) -> str:
    """Return the id of a correction of the release with this id, by the number of its announcement.

    It is a fragment of the release's own; an address has one at most (RFC 3986 §3.5).
    """
    return f"{release}{'/' if '#' in release else '#'}correction-{no}"


def etag_of(content: bytes) -> str:
    """Return the strong ETag, unquoted, of a published file with these bytes."""
    return hashlib.sha256(content).hexdigest()[:32]
