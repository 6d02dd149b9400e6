"""What the organisation releases: a Release, its files, authors, topics and relations."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from pressroom.models.dates import PartialDate
from pressroom.models.text import slugify


class Kind(StrEnum):
    REPORT = "report"
    BRIEFING = "briefing"
    GUIDE = "guide"
    SURVEY = "survey"
    ARTICLE = "article"
    CASE_STUDY = "case-study"
    COLLECTION = "collection"
    PODCAST = "podcast"
    BLOG = "blog"
    NEWS = "news"


class Access(StrEnum):
    PUBLIC = "public"
    MEMBERS = "members"
    MIXED = "mixed"


class State(StrEnum):
    """`scheduled` goes out at `publish_at` (null: at once) and never before its embargo."""

    DRAFT = "draft"
    EXPECTED = "expected"
    SCHEDULED = "scheduled"
    LIVE = "live"
    WITHDRAWN = "withdrawn"


class RelationKind(StrEnum):
    VERSION_OF = "version-of"
    PART_OF = "part-of"
    REPLACES = "replaces"
    TRANSLATION_OF = "translation-of"
    SUMMARY_OF = "summary-of"
    LAUNCHES = "launches"


@dataclass(frozen=True, slots=True)
class Topic:
    slug: str
    name: str
    pk: int = 0

    @classmethod
    def named(cls, name: str) -> Topic:
        return cls(slugify(name), name)


@dataclass(frozen=True, slots=True)
class Series:
    slug: str
    name: str
    pk: int = 0

    @classmethod
    def named(cls, name: str) -> Series:
        return cls(slugify(name), name)


@dataclass(frozen=True, slots=True)
class Author:
    name: str
    is_organisation: bool = False
    role: str = ""
    orcid: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """A file of a release. `size` in bytes, `duration` in seconds; without `url` only its format is known."""

    format: str
    url: str | None = None
    size: int | None = None
    access: Access = Access.PUBLIC
    pages: int | None = None
    duration: int | None = None

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES.get(self.format, "application/octet-stream")


@dataclass(frozen=True, slots=True)
class Relation:
    kind: RelationKind
    target: str
    """The id of the other release."""


MEDIA_TYPES = {
    "pdf": "application/pdf",
    "html": "text/html",
    "epub": "application/epub+zip",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "csv": "text/csv",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "png": "image/png",
    "jpg": "image/jpeg",
    "svg": "image/svg+xml",
    "zip": "application/zip",
}


@dataclass(frozen=True, slots=True)
class Release:
    """One thing the organisation has released.

    `pk` is the catalogue's row, `id` the name that every feed uses and that never changes (R1). `published` and
    `updated` are made when the release becomes live: the moments of its first and its newest announcement, or, for
    one that came in silently, its own date. `version` grows with every change of a fact. `unreadable` says what another
    program has written into its row that nobody can read, and that is left out; `is_untidy` that code points are.
    """

    title: str
    pk: int = 0
    id: str | None = None
    slug: str | None = None
    subtitle: str = ""
    kind: Kind = Kind.REPORT
    summary: str = ""
    body: str = ""
    url: str | None = None
    old_urls: tuple[str, ...] = ()
    landing_access: Access = Access.PUBLIC
    language: str = "en"
    publisher: str = ""
    series: Series | None = None
    edition: str = ""
    collection: str = ""
    part: int | None = None
    part_count: int | None = None
    access: Access = Access.PUBLIC
    state: State = State.SCHEDULED
    own_date: PartialDate | None = None
    expected: str | None = None
    event_start: date | None = None
    event_end: date | None = None
    embargo: datetime | None = None
    publish_at: datetime | None = None
    urgent: bool = False
    withdrawn_reason: str = ""
    replacement: str | None = None
    reference: str = ""
    isbn: str = ""
    doi: str = ""
    licence: str = ""
    translations: tuple[str, ...] = ()
    files: tuple[File, ...] = ()
    authors: tuple[Author, ...] = ()
    partners: tuple[str, ...] = ()
    topics: tuple[Topic, ...] = ()
    relations: tuple[Relation, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    published: datetime | None = None
    updated: datetime | None = None
    version: int = 0
    unreadable: str = ""
    is_untidy: bool = False

    @property
    def is_public(self) -> bool:
        """Whether readers may know of it: live or withdrawn."""
        return self.state in (State.LIVE, State.WITHDRAWN)

    @property
    def public_files(self) -> tuple[File, ...]:
        """The files whose address may be shown (R9): none of a members-only or withdrawn release."""
        if self.access is Access.MEMBERS or self.state is State.WITHDRAWN:
            return ()
        return tuple(file for file in self.files if file.access is Access.PUBLIC)

    @property
    def due_at(self) -> datetime | None:
        """The moment before which a scheduled release must not go out; None means at once."""
        moments = [moment for moment in (self.publish_at, self.embargo) if moment]
        return max(moments) if moments else None

    def is_due(self, now: datetime) -> bool:
        return self.state is State.SCHEDULED and (self.due_at is None or self.due_at <= now)

    def with_own_facts_of(self, newer: Release) -> Release:
        """Return this release with the facts a person enters taken from `newer`; what the engine made stays."""
        kept = {name: getattr(self, name) for name in ENGINE_FACTS}
        old_urls = dict.fromkeys(self.old_urls + newer.old_urls)
        if self.url and newer.url and self.url != newer.url:
            old_urls[self.url] = None
        old_urls.pop(newer.url or "", None)
        return replace(newer, **kept, old_urls=tuple(old_urls))

    @property
    def identity(self) -> tuple[str, ...]:
        """What makes two rows without an id the same release: title, address and own date."""
        return (self.title.casefold(), self.url or "", str(self.own_date or ""))

    def mint_id(self, authority: str, attempt: int = 0) -> str:
        """Return the `tag:` URI (RFC 4151) for this release under `authority` ("example.org,2026").

        It is derived from what identifies the release, so that a catalogue built anew from the same rows has the
        same ids; `attempt` tells apart two releases that nothing else does.
        """
        if self.doi:
            key = f"doi:{self.doi.lower()}"
        elif self.reference:
            key = f"reference:{self.publisher.casefold()}:{self.reference.casefold()}"
        else:
            key = "\n".join(self.identity)
        digest = hashlib.sha256(f"{key}\n{attempt}".encode()).digest()
        return f"tag:{authority}:release/{base64.b32encode(digest[:10]).decode().lower()}"


LINES = ("title", "subtitle", "publisher", "edition", "collection", "reference", "isbn", "doi", "licence")
"""The facts that are one line of text."""

ENGINE_FACTS = (
    "pk", "id", "slug", "state", "publish_at", "withdrawn_reason", "replacement", "published", "updated", "version",
    "unreadable", "is_untidy",
)  # fmt: skip
