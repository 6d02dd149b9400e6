"""The HTML content of an entry: finished facts for `templates/feeds/entry.html`, which loops and places."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pressroom.links import Links
from pressroom.models.feeds import Entry
from pressroom.models.release import Access, Author, Release, State
from pressroom.models.text import paragraphs
from pressroom.models.words import Words
from pressroom.rendering import Templates
from pressroom.settings import Site
from pressroom.syndication.cleaning import as_address, as_name
from pressroom.syndication.words import access_in_words, file_in_words

TEMPLATE = "feeds/entry.html"

LONGEST_BODY = 7_000
"""Bytes of a body that an entry shows. Hubs and readers refuse live documents of more than one megabyte, and the W3C
validator all of more than five; an archive holds 500 entries."""


@dataclass(frozen=True, slots=True)
class LinkInWords:
    url: str
    words: str


@dataclass(frozen=True, slots=True)
class Content:
    """What the template places. Every text is plain, and escaped there.

    `language` is set where it is not the site's, `rest` is the address to read on where the body was cut.
    """

    revised: str
    withdrawn: str
    replacement: LinkInWords | None
    subtitle: str
    byline: str
    facts: tuple[str, ...]
    language: str
    summary: tuple[str, ...]
    body: tuple[str, ...]
    rest: str
    files: tuple[LinkInWords, ...]


def render_content(entry: Entry, links: Links, site: Site, templates: Templates, words: Words) -> str:
    """Return the HTML content of `entry`: no address of a members-only file is in it (R9)."""
    return templates.render(TEMPLATE, words, entry=compose_content(entry, links, site, words))


def compose_content(entry: Entry, links: Links, site: Site, words: Words, longest: int = LONGEST_BODY) -> Content:
    """Return what an entry says of its release, with at most `longest` bytes of the full text."""
    release = entry.release
    withdrawn = release.state is State.WITHDRAWN
    body = paragraphs(release.body) if _may_be_read_here(release) else ()
    shown = _beginning(body, longest)
    return Content(
        revised="" if withdrawn else entry.note,
        withdrawn=(release.withdrawn_reason or entry.note) if withdrawn else "",
        replacement=replacement_of(entry, links),
        subtitle=release.subtitle,
        byline=_byline(release, site.own_publisher, words),
        facts=_facts(release, site.language, words),
        language=release.language if _is_foreign(release.language, site.language) else "",
        summary=paragraphs(release.summary),
        body=shown,
        rest=as_address(links.landing(release)) if shown != body else "",
        files=tuple(
            LinkInWords(as_address(file.url), file_in_words(file, words)) for file in release.public_files if file.url
        ),
    )


def _may_be_read_here(release: Release) -> bool:
    """Whether the full text may stand in a feed: feeds are public, whoever reads them (R9)."""
    is_for_members = Access.MEMBERS in (release.access, release.landing_access)
    return release.state is not State.WITHDRAWN and not is_for_members


def replacement_of(entry: Entry, links: Links) -> LinkInWords | None:
    """Return what took the place of a withdrawn release, where that is public."""
    newer = entry.replacement
    if entry.release.state is not State.WITHDRAWN or newer is None or not newer.is_public:
        return None
    return LinkInWords(as_address(links.landing(newer)), newer.title)


def _byline(release: Release, own_publisher: str, words: Words) -> str:
    """Return "By A and B, published by C, with D"; C only where it is not the site, or nobody is named."""
    publisher = release.publisher or own_publisher
    authors = [replace(author, name=name) for author in release.authors if (name := as_name(author.name))]
    names = [author.name for author in authors]
    parts = []
    if names:
        listed = words.listed([_author_in_words(author) for author in authors])
        parts.append(words.gettext("by %(names)s") % {"names": listed})
    if publisher not in names and (not names or publisher != own_publisher):
        parts.append(_published_by(publisher, words))
    partners = [name for name in release.partners if name not in (*names, publisher)]
    if partners:
        parts.append(words.gettext("with %(names)s") % {"names": words.listed(partners)})
    return _begun(", ".join(parts))


def publisher_byline(publisher: str, words: Words) -> str:
    """Return the byline of what has no other author: "Published by C"."""
    return _begun(_published_by(publisher, words))


def _published_by(publisher: str, words: Words) -> str:
    return words.gettext("published by %(name)s") % {"name": publisher}


def _begun(line: str) -> str:
    return line[:1].upper() + line[1:]


def _author_in_words(author: Author) -> str:
    return f"{author.name} ({author.role})" if author.role not in ("", "author") else author.name


def kind_and_series(release: Release, words: Words) -> tuple[str, ...]:
    """Return the release's kind and, where it has one, its series with the edition."""
    series = " ".join(fact for fact in (release.series.name if release.series else "", release.edition) if fact)
    return tuple(dict.fromkeys(fact for fact in (words.kind(release.kind), series) if fact))


def _facts(release: Release, site_language: str, words: Words) -> tuple[str, ...]:
    facts = (
        *kind_and_series(release, words),
        words.part(release.collection, release.part, release.part_count),
        words.own_date(release.own_date) if release.own_date else "",
        words.in_language(release.language) if _is_foreign(release.language, site_language) else "",
        access_in_words(release, words),
    )
    return tuple(dict.fromkeys(fact for fact in facts if fact))


def _is_foreign(language: str, site_language: str) -> bool:
    return language.partition("-")[0].lower() != site_language.partition("-")[0].lower()


def _beginning(body: tuple[str, ...], longest: int) -> tuple[str, ...]:
    """Return the paragraphs that fit into `longest` together; a first one too long is cut at a word."""
    left, shown = longest, []
    for paragraph in body:
        left -= len(paragraph.encode(errors="replace"))
        if left < 0:
            break
        shown.append(paragraph)
    return tuple(shown) if shown else tuple(_cut(paragraph, longest) for paragraph in body[:1])


def _cut(paragraph: str, longest: int) -> str:
    begin = paragraph.encode(errors="replace")[:longest].decode(errors="ignore")
    return f"{begin.rpartition(' ')[0] or begin} …"
