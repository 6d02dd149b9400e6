"""What the page of a release shows: finished facts for `templates/web/release.html`. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from pressroom.digest import wording
from pressroom.links import Links
from pressroom.models.announcements import Announcement, Change
from pressroom.models.dates import in_zone
from pressroom.models.feeds import Entry
from pressroom.models.release import Access, RelationKind, Release, State, Topic
from pressroom.models.text import clean_line
from pressroom.models.words import Words, marked
from pressroom.settings import Site
from pressroom.syndication.citation import schema_org
from pressroom.syndication.content import Content, compose_content, kind_and_series
from pressroom.syndication.feed_list import FeedLink, feed_links

WHOLE_BODY = 10_000_000
LONGEST_SUMMARY = 300
LONG_AGO = timedelta(days=31)
"""A release that came out longer ago than this when it was added is news all the same, and lists say since when."""

_TO = {
    RelationKind.VERSION_OF: marked("Version of"),
    RelationKind.PART_OF: marked("Part of"),
    RelationKind.REPLACES: marked("Replaces"),
    RelationKind.TRANSLATION_OF: marked("Translation of"),
    RelationKind.SUMMARY_OF: marked("Summary of"),
    RelationKind.LAUNCHES: marked("Launches"),
}
_FROM = {
    RelationKind.VERSION_OF: marked("Another version"),
    RelationKind.PART_OF: marked("Parts"),
    RelationKind.REPLACES: marked("Replaced by"),
    RelationKind.TRANSLATION_OF: marked("Translation"),
    RelationKind.SUMMARY_OF: marked("Summary"),
    RelationKind.LAUNCHES: marked("Launched by"),
}
_EVENTS = {
    Change.NEW: marked("Released"),
    Change.REVISED: marked("Revised:"),
    Change.WITHDRAWN: marked("Withdrawn:"),
    Change.FILED: marked("Filed under a further topic"),
}


@dataclass(frozen=True, slots=True)
class Related:
    """Another release and how it belongs to this one: `to_it` says that the relation leads from here to there."""

    kind: RelationKind
    release: Release
    to_it: bool


@dataclass(frozen=True, slots=True)
class LinkFacts:
    """A link with what is said before it; `language` and `direction` where its words are in another language."""

    label: str
    words: str
    url: str
    language: str = ""
    direction: str = ""


@dataclass(frozen=True, slots=True)
class TopicFeeds:
    """A topic with its feeds."""

    slug: str
    name: str
    feeds: tuple[FeedLink, ...]


@dataclass(frozen=True, slots=True)
class ReleaseFacts:
    """`content` is what feeds say of it; its facts are parted into `kicker`, which stands above the title, and `facts`.

    `act` leads to where it is read, `replacement` to what to use instead. `details` are (name, words, address if any);
    `history`, newest first, (day, what happened, what was said of it).
    """

    title: str
    url: str
    language: str
    direction: str
    is_withdrawn: bool
    content: Content
    kicker: tuple[str, ...]
    facts: tuple[str, ...]
    act: LinkFacts | None
    replacement: LinkFacts | None
    details: tuple[tuple[str, str, str], ...]
    related: tuple[LinkFacts, ...]
    history: tuple[tuple[str, str, str], ...]
    topics: tuple[TopicFeeds, ...]
    citations: tuple[LinkFacts, ...]
    json_ld: str


def release_facts(
    entry: Entry, related: Iterable[Related], history: Iterable[Announcement], links: Links, site: Site, words: Words
) -> ReleaseFacts:
    """Return all that the page of a live or withdrawn release shows."""
    release = entry.release
    page = links.release(release)
    content = compose_content(entry, links, site, words, WHOLE_BODY)
    kicker = kind_and_series(release, words)
    return ReleaseFacts(
        title=release.title,
        url=page,
        is_withdrawn=release.state is State.WITHDRAWN,
        content=content,
        kicker=kicker,
        facts=tuple(fact for fact in content.facts if fact not in kicker),
        act=_act(release, links, words),
        replacement=_replacement(entry, links, words),
        details=tuple(_details(release, links, words)),
        related=tuple(_related(one, links, words) for one in related),
        history=tuple(_history(history, site.zone, words))[::-1],
        topics=tuple(_feeds_of(topic, links) for topic in release.topics),
        citations=(LinkFacts("", "BibTeX", f"{page}.bib"), LinkFacts("", "RIS", f"{page}.ris")),
        json_ld=schema_org(release, links, site.own_publisher),
        **dict(zip(("language", "direction"), words.foreign(release.language), strict=True)),
    )


def _act(release: Release, links: Links, words: Words) -> LinkFacts | None:
    """Return the link to where the release is read, where that is not this page or one of its files."""
    landing = links.landing(release)
    is_here = landing == links.release(release) or landing in [file.url for file in release.public_files]
    if release.state is State.WITHDRAWN or is_here:
        return None
    is_for_members = Access.MEMBERS in (release.access, release.landing_access)
    return LinkFacts("", wording.act(release.kind, is_for_members, False, words), landing)


def _replacement(entry: Entry, links: Links, words: Words) -> LinkFacts | None:
    newer = entry.replacement
    if entry.release.state is not State.WITHDRAWN or newer is None or not newer.is_public:
        return None
    return LinkFacts("", newer.title, links.release(newer), *words.foreign(newer.language))


def _details(release: Release, links: Links, words: Words) -> Iterator[tuple[str, str, str]]:
    """Yield what else is known of the release, by name."""
    event = [day for day in (release.event_start, release.event_end) if day]
    facts = (
        (words.gettext("Reference"), release.reference, ""),
        ("DOI", release.doi, links.doi(release.doi)),
        ("ISBN", release.isbn, ""),
        (words.gettext("Licence"), release.licence, ""),
        (words.gettext("Event"), words.days(event[0], event[-1]) if event else "", ""),
        (words.gettext("Also in"), words.listed([words.language_name(tag) for tag in release.translations]), ""),
    )
    yield from (fact for fact in facts if fact[1])


def _related(one: Related, links: Links, words: Words) -> LinkFacts:
    label = words.gettext((_TO if one.to_it else _FROM)[one.kind])
    return LinkFacts(label, one.release.title, links.release(one.release), *words.foreign(one.release.language))


def _history(history: Iterable[Announcement], zone: ZoneInfo, words: Words) -> Iterator[tuple[str, str, str]]:
    for one in history:
        if not one.silent:
            yield words.day(in_zone(one.made_at, zone).date()), words.gettext(_EVENTS[one.change]), one.note


def _feeds_of(topic: Topic, links: Links) -> TopicFeeds:
    return TopicFeeds(topic.slug, topic.name, feed_links(f"topics/{topic.slug}", topic.name, links))


@dataclass(frozen=True, slots=True)
class ListedRelease:
    """A release as lists show it."""

    title: str
    url: str
    language: str
    direction: str
    is_withdrawn: bool
    facts: tuple[str, ...]
    summary: str


def _told_once(release: Release, facts: Iterable[str], words: Words) -> Iterator[str]:
    """Yield the facts without the collection where it is called like the series, as yearly ones often are."""
    names = {fact.casefold() for fact in kind_and_series(release, words)}
    part = words.part(release.collection, release.part, release.part_count)
    yield from (fact for fact in facts if fact != part or release.collection.casefold() not in names)


def _since(release: Release, site: Site, words: Words) -> Iterator[str]:
    """Yield why a release stands where it does in a list, where its own date does not say so."""
    if release.published is None or release.updated is None:
        return
    added, changed = (in_zone(moment, site.zone).date() for moment in (release.published, release.updated))
    if release.state is State.WITHDRAWN:
        yield words.gettext("withdrawn on %(day)s") % {"day": words.day(changed)}
    elif changed != added:
        yield words.gettext("updated on %(day)s") % {"day": words.day(changed)}
    elif not release.own_date or added - release.own_date.first_moment.date() > LONG_AGO:
        yield words.gettext("added on %(day)s") % {"day": words.day(added)}


def listed(release: Release, links: Links, site: Site, words: Words) -> ListedRelease:
    """Return what a list says of a release; of a withdrawn one the reason in place of the summary."""
    content = compose_content(Entry(release), links, site, words, 0)
    is_withdrawn = release.state is State.WITHDRAWN
    summary = release.withdrawn_reason if is_withdrawn else release.summary
    language, direction = words.foreign(release.language)
    return ListedRelease(
        title=release.title,
        url=links.release(release),
        language=language,
        direction=direction,
        is_withdrawn=is_withdrawn,
        facts=(*_told_once(release, content.facts, words), *_since(release, site, words)),
        summary=wording.shortened(clean_line(summary), LONGEST_SUMMARY),
    )
