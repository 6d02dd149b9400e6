"""Entries about releases, or about a feed itself: corrections, and the last one of a feed that ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from pressroom.links import Links
from pressroom.models.announcements import Change
from pressroom.models.feeds import Correction, Ending, Format, correction_id
from pressroom.models.text import clean_address, paragraphs
from pressroom.models.words import Words
from pressroom.rendering import Templates
from pressroom.settings import Settings
from pressroom.syndication.cleaning import as_address, as_language, as_line, as_text
from pressroom.syndication.content import LinkInWords, publisher_byline, replacement_of
from pressroom.syndication.facts import ABOUT, EntryFacts, Person

CORRECTION, ENDING = "feeds/correction.html", "feeds/ended.html"


def compose_correction_facts(
    correction: Correction, links: Links, settings: Settings, templates: Templates, words: Words
) -> EntryFacts:
    """Return what the entry of a revision or a withdrawal says; it keeps its id and its moment for ever.

    It links to the release's own page, and names what it corrects by id. Raises ValueError unless that is public (R9).
    """
    release, change = correction.entry.release, correction.announcement
    if not (release.is_public and release.id and change.at):
        raise ValueError(f"“{release.title}” is {release.state} and stands in no feed")
    is_withdrawal = change.change is Change.WITHDRAWN
    note = (release.withdrawn_reason or change.note) if is_withdrawal else change.note
    title = as_line(release.title) or words.gettext("Untitled")
    name = words.gettext("Withdrawn: %(title)s") if is_withdrawal else words.gettext("Revised: %(title)s")
    own, landing = links.release(release), as_address(links.landing(release))
    html = templates.render(
        CORRECTION,
        words,
        note=paragraphs(note),
        release=LinkInWords(own, title),
        replacement=replacement_of(correction.entry, links) if is_withdrawal else None,
        byline=publisher_byline(settings.site.name, words),
    )
    own_id = correction_id(clean_address(release.id), change.no)
    return replace(
        _notice(own_id, own, name % {"title": title}, html, change.at, links, settings),
        summary=as_line(note),
        record={"corrects": clean_address(release.id), "announcement": change.no, "change": change.change.value},
        related=landing if landing != own else "",
    )


def compose_ending_facts(
    ending: Ending, links: Links, settings: Settings, templates: Templates, words: Words
) -> EntryFacts:
    """Return the last entry of a feed: that it has ended, and where its successor is."""
    name, successor = as_line(ending.name), as_line(ending.successor_name)
    title = words.gettext("%(name)s has ended, and goes on as %(successor)s") % {"name": name, "successor": successor}
    page = links.page(ending.successor.page)
    feed = links.feed(ending.successor, Format.ATOM)
    html = templates.render(
        ENDING,
        words,
        name=name,
        page=LinkInWords(page, successor),
        feed=LinkInWords(feed, feed),
        byline=publisher_byline(settings.site.name, words),
    )
    own_id = f"{links.page(f'/{ending.feed.folder}/{ending.feed.path}')}#ended"
    return replace(_notice(own_id, page, title, html, ending.at, links, settings), record={"successor": feed})


def _notice(own_id: str, url: str, title: str, html: str, at: datetime, links: Links, settings: Settings) -> EntryFacts:
    """Return an entry that the site itself says, in its own language, once and for ever."""
    return EntryFacts(
        id=own_id,
        url=url,
        title=title,
        summary="",
        html=as_text(html),
        language=as_language(settings.site.language),
        published=at,
        updated=at,
        authors=(Person(settings.site.name),),
        topics=(),
        attachments=(),
        record={},
        about=links.page(ABOUT),
    )
