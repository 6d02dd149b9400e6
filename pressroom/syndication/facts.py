"""What a feed and its entries say in every format: finished facts, each text of them cleaned."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from pressroom.links import Links
from pressroom.models.feeds import LIVE, Entry, Feed, Format, Part
from pressroom.models.release import Author, File, Release, State, Topic
from pressroom.models.text import clean_address
from pressroom.models.words import Words
from pressroom.rendering import Templates
from pressroom.settings import Settings
from pressroom.syndication.cleaning import as_address, as_language, as_line, as_name, as_text
from pressroom.syndication.content import render_content

NO_ENTRIES_YET = datetime(2000, 1, 1, tzinfo=UTC)
"""When a feed without entries was updated: any fixed moment will do, only the clock would not (R3)."""

ABOUT, STYLESHEET = "/feeds/", "feed.css"
"""The page that explains the site's feeds, and the file beside them that lets a browser show one."""

FIRST_PLAUSIBLE = datetime(1991, 1, 1, tzinfo=UTC)
"""Feed readers and the W3C validator take earlier moments of publication for mistakes."""


@dataclass(frozen=True, slots=True)
class FeedFacts:
    """A document of a feed in one format. `id` never changes with title or format.

    `address` is where this document lies, `live` where the feed's live one does, `earlier` and `later` the archives
    with what came before and after. `page` is its HTML page, `publisher` the feed's own author, `total` how many
    releases the feed has in all, where that is told; `hubs` tell who has subscribed of its
    changes (WebSub); `about` and `stylesheet` are the same for all feeds of a site.
    """

    id: str
    title: str
    description: str
    address: str
    media_type: str
    page: str
    language: str
    publisher: str
    updated: datetime
    live: str
    earlier: str
    later: str
    is_archive: bool
    total: int | None
    about: str
    stylesheet: str
    hubs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """An author, or the publisher in an author's place; never with an e-mail address."""

    name: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A public file (R9). `size` in bytes, `duration` in seconds."""

    url: str
    media_type: str
    format: str
    size: int | None
    duration: int | None


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """An entry as each format writes it. `summary` is plain text, `html` the content.

    `record` is the release's catalogue card, without empty words, `replaces` the releases that it takes the place of;
    `about` is the page that explains the site's feeds. `related` is the address of what a correction is about.
    """

    id: str
    url: str
    title: str
    summary: str
    html: str
    language: str
    published: datetime | None
    updated: datetime
    authors: tuple[Person, ...]
    topics: tuple[Topic, ...]
    attachments: tuple[Attachment, ...]
    record: dict[str, str | int]
    about: str
    replaces: tuple[str, ...] = ()
    related: str = ""


def compose_feed_facts(
    feed: Feed,
    form: Format,
    updated: datetime | None,
    links: Links,
    settings: Settings,
    part: Part = LIVE,
    total: int | None = None,
) -> FeedFacts:
    """Return what a document of `feed` says of itself; `updated` is the newest among its entries."""
    title = as_line(feed.title)

    def address(of: Part | None) -> str:
        return links.feed(feed, form, of) if of else ""

    return FeedFacts(
        # The address without its ending names the feed in every format and outlives its title.
        id=links.page(f"/{feed.folder}/{feed.path}"),
        title=title,
        description=as_line(feed.description) or title,
        address=links.feed(feed, form, part),
        media_type=form.media_type,
        page=links.page(feed.page),
        language=as_language(settings.site.language),
        publisher=settings.site.name,
        updated=updated or NO_ENTRIES_YET,
        live=links.feed(feed, form),
        earlier=address(part.earlier),
        later=address(part.later),
        is_archive=not part.is_live,
        total=total,
        about=links.page(ABOUT),
        stylesheet=f"{ABOUT}{STYLESHEET}",
        hubs=settings.feeds.hubs if part.is_live else (),  # an archive is followed by nobody
    )


def compose_entry_facts(
    entry: Entry, links: Links, settings: Settings, templates: Templates, words: Words
) -> EntryFacts:
    """Return what `entry` says. Raises ValueError unless its release is live or withdrawn (R9)."""
    release = entry.release
    if not (release.is_public and release.id and release.updated):
        raise ValueError(f"“{release.title}” is {release.state} and stands in no feed")
    return EntryFacts(
        id=clean_address(release.id),
        url=as_address(links.landing(release)),
        title=_title(release, words),
        summary=as_text(release.summary),
        html=as_text(render_content(entry, links, settings.site, templates, words)),
        language=as_language(release.language),
        published=_published(release),
        updated=release.updated,
        authors=_authors(release, settings.site.own_publisher),
        topics=tuple(Topic(topic.slug, as_line(topic.name)) for topic in release.topics),
        attachments=tuple(_attachment(file, file.url) for file in release.public_files if file.url),
        record=_record(entry, settings.site.own_publisher),
        about=links.page(ABOUT),
        replaces=tuple(map(as_line, entry.replaces)),
    )


def _published(release: Release) -> datetime | None:
    """Return when it was published, where readers believe that: neither long ago nor to come."""
    moment, updated = release.published, release.updated
    return moment if moment and updated and FIRST_PLAUSIBLE <= moment <= updated else None


def _title(release: Release, words: Words) -> str:
    title = as_line(release.title) or words.gettext("Untitled")
    return f"[{words.gettext('Withdrawn')}] {title}" if release.state is State.WITHDRAWN else title


def _authors(release: Release, own_publisher: str) -> tuple[Person, ...]:
    named = tuple(Person(name, _orcid(author)) for author in release.authors if (name := as_name(author.name)))
    return named or (Person(as_line(release.publisher) or own_publisher),)


def _orcid(author: Author) -> str:
    match = re.search(r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]", author.orcid)
    return f"https://orcid.org/{match[0]}" if match else ""


def _attachment(file: File, url: str) -> Attachment:
    return Attachment(as_address(url), file.media_type, as_line(file.format), file.size, file.duration)


def _record(entry: Entry, own_publisher: str) -> dict[str, str | int]:
    release = entry.release
    words = {
        "id": release.id,
        "state": release.state,
        "note": entry.note,
        "kind": release.kind,
        "publisher": release.publisher or own_publisher,
        "series": release.series.name if release.series else "",
        "edition": release.edition,
        "collection": release.collection,
        "date": str(release.own_date or ""),
        "precision": release.own_date.precision if release.own_date else "",
        "access": release.access,
        "doi": _bare_doi(release.doi),
        "isbn": release.isbn,
        "reference": release.reference,
        "licence": release.licence,
    }
    words["replaced_by"] = entry.replacement.id if entry.replacement and entry.replacement.is_public else ""
    numbers = {"announcement": entry.no, "part": release.part, "part_count": release.part_count}
    record: dict[str, str | int] = {name: as_line(word) for name, word in words.items() if word}
    return record | {name: number for name, number in numbers.items() if number}


def _bare_doi(doi: str) -> str:
    """Return `10.…` of a DOI that may have come as an address or with `doi:` before it."""
    return doi[max(doi.find("10."), 0) :]
