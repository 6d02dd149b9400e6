"""What a feed and its entries say in every format: finished facts, each text cleaned here and nowhere else.

Text is clean when it comes in by a door, but any SQLite program may write a release; one forbidden code
point must not cost readers the whole feed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from unicodedata import is_normalized
from urllib.parse import quote

from pressroom.links import Links
from pressroom.models.feeds import LIVE, Entry, Feed, Format, Part
from pressroom.models.release import Author, File, Release, State, Topic
from pressroom.models.text import clean_line, clean_text
from pressroom.models.words import Words
from pressroom.rendering import Templates
from pressroom.settings import Settings
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
    releases the feed has in all, where that is told; `about` and `stylesheet` are the same for all feeds of a site.
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
    title = _line(feed.title)

    def address(of: Part | None) -> str:
        return links.feed(feed, form, of) if of else ""

    return FeedFacts(
        # The address without its ending names the feed in every format and outlives its title.
        id=links.page(f"/{feed.folder}/{feed.path}"),
        title=title,
        description=_line(feed.description) or title,
        address=links.feed(feed, form, part),
        media_type=form.media_type,
        page=links.page(feed.page),
        language=settings.site.language,
        publisher=settings.site.name,
        updated=updated or NO_ENTRIES_YET,
        live=links.feed(feed, form),
        earlier=address(part.earlier),
        later=address(part.later),
        is_archive=not part.is_live,
        total=total,
        about=links.page(ABOUT),
        stylesheet=links.page(f"{ABOUT}{STYLESHEET}"),
    )


def compose_entry_facts(
    entry: Entry, links: Links, settings: Settings, templates: Templates, words: Words
) -> EntryFacts:
    """Return what `entry` says. Raises ValueError unless its release is live or withdrawn (R9)."""
    release = entry.release
    if not (release.is_public and release.id and release.updated):
        raise ValueError(f"“{release.title}” is {release.state} and stands in no feed")
    return EntryFacts(
        id=_line(release.id),
        url=_address(links.landing(release)),
        title=_title(release, words),
        summary=_text(release.summary),
        html=_text(render_content(entry, links, settings.site, templates, words)),
        language=_line(release.language),
        published=release.published if release.published and release.published >= FIRST_PLAUSIBLE else None,
        updated=release.updated,
        authors=_authors(release, settings.site.own_publisher),
        topics=tuple(Topic(topic.slug, _line(topic.name)) for topic in release.topics),
        attachments=tuple(_attachment(file, file.url) for file in release.public_files if file.url),
        record=_record(entry, settings.site.own_publisher),
        about=links.page(ABOUT),
        replaces=tuple(map(_line, entry.replaces)),
    )


def _title(release: Release, words: Words) -> str:
    title = _line(release.title) or words.gettext("Untitled")
    return f"[{words.gettext('Withdrawn')}] {title}" if release.state is State.WITHDRAWN else title


def _authors(release: Release, own_publisher: str) -> tuple[Person, ...]:
    named = tuple(Person(name, _orcid(author)) for author in release.authors if (name := _line(author.name)))
    return named or (Person(_line(release.publisher) or own_publisher),)


def _orcid(author: Author) -> str:
    match = re.search(r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]", author.orcid)
    return f"https://orcid.org/{match[0]}" if match else ""


def _attachment(file: File, url: str) -> Attachment:
    return Attachment(_address(url), file.media_type, _line(file.format), file.size, file.duration)


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
    record: dict[str, str | int] = {name: _line(word) for name, word in words.items() if word}
    return record | {name: number for name, number in numbers.items() if number}


def _bare_doi(doi: str) -> str:
    """Return `10.…` of a DOI that may have come as an address or with `doi:` before it."""
    return doi[max(doi.find("10."), 0) :]


def _address(url: str) -> str:
    """Return `url` with what no address may hold percent-encoded; one from a door stays as it is."""
    return re.sub(r'[\s<>"\\^`{|}]', lambda match: quote(match[0]), _line(url))


def _line(text: str) -> str:
    return text.strip() if _is_clean(text) and "  " not in text else clean_line(text)


def _text(text: str) -> str:
    return text.strip() if _is_clean(text.replace("\n", "")) else clean_text(text)


def _is_clean(text: str) -> bool:
    """Whether nothing is to be cleaned, which takes a tenth of the time that cleaning does."""
    return text.isprintable() and is_normalized("NFC", text)
