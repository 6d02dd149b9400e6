"""Feeds: what is published where, and the finished bytes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from pressroom.models.release import Release


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

    def file(self, form: Format) -> str:
        return f"{self.path}.{form.value}"


@dataclass(frozen=True, slots=True)
class Entry:
    """A release as it stands in a feed, with the note of its newest revision or the reason it was withdrawn."""

    release: Release
    note: str = ""
    replacement: Release | None = None


@dataclass(frozen=True, slots=True)
class FeedDocument:
    """The finished bytes of one feed file. `path` is below the feeds folder; `etag` is a strong one, unquoted."""

    path: str
    content: bytes
    media_type: str
    etag: str


def etag_of(content: bytes) -> str:
    """Return the strong ETag, unquoted, of a published file with these bytes."""
    return hashlib.sha256(content).hexdigest()[:32]
