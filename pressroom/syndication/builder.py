"""Build feed documents from entries; an entry is worked out once for all the feeds in which it stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from pressroom.links import Links
from pressroom.models.feeds import Entry, Feed, FeedDocument, Format, etag_of
from pressroom.models.words import ENGLISH, Words
from pressroom.rendering import Templates
from pressroom.settings import Settings
from pressroom.syndication.atom_rss import compose_atom, compose_atom_entry, compose_rss, compose_rss_item
from pressroom.syndication.facts import EntryFacts, FeedFacts, compose_entry_facts, compose_feed_facts
from pressroom.syndication.json_feed import compose_json, compose_json_item

MOST_REMEMBERED = 2_048


class Composer(NamedTuple):
    """How a format is written: an entry becomes a piece, a feed's facts and its pieces become a document."""

    piece: Callable[[EntryFacts], Any]
    document: Callable[[FeedFacts, Sequence[Any]], bytes]


COMPOSERS = {
    Format.ATOM: Composer(compose_atom_entry, compose_atom),
    Format.RSS: Composer(compose_rss_item, compose_rss),
    Format.JSON: Composer(compose_json_item, compose_json),
}


class Builder:
    """Builds the feeds of one publish. Its bytes depend on its arguments and on nothing else (R3).

    It remembers entries as long as they stay equal; make a new one when settings or templates change.
    """

    def __init__(self, links: Links, settings: Settings, templates: Templates, words: Words = ENGLISH) -> None:
        self._links, self._settings, self._templates, self._words = links, settings, templates, words
        self._remembered: dict[str | None, _Remembered] = {}

    def build(self, feed: Feed, entries: Sequence[Entry], form: Format) -> FeedDocument:
        """Return `feed` in one format, with all of `entries` in the order given (newest first).

        Raises ValueError for a release that readers must not know of (R9), TemplateBrokenError for a broken
        template.
        """
        remembered = [self._remember(entry) for entry in entries]
        facts = compose_feed_facts(feed, form, [known.facts for known in remembered], self._links, self._settings)
        content = COMPOSERS[form].document(facts, [known.piece(form) for known in remembered])
        return FeedDocument(feed.file(form), content, form.media_type, etag_of(content))

    def _remember(self, entry: Entry) -> _Remembered:
        known = self._remembered.get(entry.release.id)
        if known is None or known.entry != entry:
            facts = compose_entry_facts(entry, self._links, self._settings, self._templates, self._words)
            if len(self._remembered) >= MOST_REMEMBERED:
                self._remembered.clear()
            known = self._remembered[entry.release.id] = _Remembered(entry, facts)
        return known


class _Remembered:
    """An entry with its facts, and its pieces of documents as they are asked for."""

    def __init__(self, entry: Entry, facts: EntryFacts) -> None:
        self.entry, self.facts = entry, facts
        self._pieces: dict[Format, Any] = {}

    def piece(self, form: Format) -> Any:
        if form not in self._pieces:
            self._pieces[form] = COMPOSERS[form].piece(self.facts)
        return self._pieces[form]
