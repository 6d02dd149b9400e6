"""Build feed documents from entries; an entry is worked out once for all the feeds in which it stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from pressroom.links import Links
from pressroom.models.feeds import LIVE, Correction, Ending, Entry, Feed, FeedDocument, Format, Part, etag_of
from pressroom.models.words import ENGLISH, Words
from pressroom.rendering import Templates
from pressroom.settings import Settings
from pressroom.syndication.atom_rss import compose_atom, compose_atom_entry, compose_rss, compose_rss_item
from pressroom.syndication.facts import EntryFacts, FeedFacts, compose_entry_facts, compose_feed_facts
from pressroom.syndication.json_feed import compose_json, compose_json_item
from pressroom.syndication.notices import compose_correction_facts, compose_ending_facts


class Composer(NamedTuple):
    """How a format is written: an entry becomes a piece, a feed's facts and its pieces become a document."""

    piece: Callable[[EntryFacts], bytes]
    document: Callable[[FeedFacts, Sequence[bytes]], bytes]


COMPOSERS = {
    Format.ATOM: Composer(compose_atom_entry, compose_atom),
    Format.RSS: Composer(compose_rss_item, compose_rss),
    Format.JSON: Composer(compose_json_item, compose_json),
}


class Builder:
    """Builds the feeds of one publish. Its bytes depend on its arguments and on nothing else (R3).

    Make a new one when settings or templates change.
    """

    def __init__(self, links: Links, settings: Settings, templates: Templates, words: Words = ENGLISH) -> None:
        self._links, self._settings, self._templates, self._words = links, settings, templates, words

    def build(self, feed: Feed, entries: Sequence[Entry], form: Format) -> FeedDocument:
        """Return `feed` in one format, with all of `entries` in the order given (newest first).

        Raises ValueError for a release that readers must not know of (R9), TemplateBrokenError for a broken
        template.
        """
        facts = [self._facts(entry) for entry in entries]
        updated = max((one.updated for one in facts), default=None)
        return self.assemble(feed, [COMPOSERS[form].piece(one) for one in facts], form, updated)

    def pieces(self, entry: Entry | Correction | Ending) -> dict[Format, bytes]:
        """Return the bytes of an entry as they stand in documents of each format. Raises what `build` does."""
        facts = self._facts(entry)
        return {form: composer.piece(facts) for form, composer in COMPOSERS.items()}

    def assemble(
        self,
        feed: Feed,
        pieces: Sequence[bytes],
        form: Format,
        updated: datetime | None,
        part: Part = LIVE,
        total: int | None = None,
    ) -> FeedDocument:
        """Return a document of `feed` around finished entries, of which the newest change was at `updated`."""
        facts = compose_feed_facts(feed, form, updated, self._links, self._settings, part, total)
        content = COMPOSERS[form].document(facts, pieces)
        return FeedDocument(feed.file(form, part), content, form.media_type, etag_of(content))

    def _facts(self, entry: Entry | Correction | Ending) -> EntryFacts:
        around = self._links, self._settings, self._templates, self._words
        match entry:
            case Entry():
                return compose_entry_facts(entry, *around)
            case Correction():
                return compose_correction_facts(entry, *around)
            case Ending():
                return compose_ending_facts(entry, *around)
