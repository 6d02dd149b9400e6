"""Which documents the feeds of a site are made of, and which of them are stale."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from functools import cached_property

import pressroom
from pressroom.models.feeds import Ending, Feed, Format, Member, Part, Shelf, ShelfKind
from pressroom.output import Seen, is_whole
from pressroom.storage import Store
from pressroom.storage.feed_files import FeedFile
from pressroom.syndication.naming import feed_of, shelf_name
from pressroom.tools import Tools


@dataclass(frozen=True, slots=True)
class Plan:
    """A document of a feed. `recipe` is a hash of all that its bytes depend on besides its entries.

    A feed that ends has one entry more, its `ending`.
    """

    feed: Feed
    shelf: Shelf
    part: Part
    recipe: str
    ending: Ending | None = None

    def file(self, form: Format) -> str:
        return self.feed.file(form, self.part)


@dataclass(frozen=True, slots=True)
class Contents:
    """What a document is to be made of; `made_from` is a hash of it."""

    members: Sequence[Member]
    made_from: str


class Plans:
    """The documents of all feeds, as the shelves are now; `known` are the files that were written so far."""

    def __init__(self, store: Store, tools: Tools, known: Mapping[str, FeedFile]) -> None:
        self._store, self._tools, self._known = store, tools, known
        self._newest = tools.settings.feeds.newest

    @cached_property
    def shelves(self) -> dict[ShelfKind, list[Shelf]]:
        return {kind: self._store.shelves.of(kind) for kind in ShelfKind}

    @cached_property
    def all(self) -> list[Plan]:
        """Every document there is: the live ones, which readers look at, before the archives."""
        return sorted(self._every(), key=lambda plan: not plan.part.is_live)

    def stale(self, changed: Collection[int]) -> list[Plan]:
        """Return the documents to be written: made from something else, or not on the disk as they were written.

        Of the others only those are looked at in which releases stand that have `changed`.
        """
        seen = self._tools.output.seen()
        touched = self._store.shelves.touched(changed)
        touched |= {(shelf, 0) for shelf, _ in touched}
        return [
            plan
            for plan in self.all
            if not all(self._is_sound(plan, form, seen) for form in Format)
            or ((plan.shelf.pk, plan.part.number) in touched and self._has_changed(plan))
        ]

    def contents(self, plan: Plan) -> Contents:
        """Return what stands in a document now: asked for when it is made, since all together would be much."""
        members = self._members(plan)
        states = [(one.release, one.announcement, one.change) for one in members]
        return Contents(members, _hash(states, _total(plan)))

    def _has_changed(self, plan: Plan) -> bool:
        made_from = self.contents(plan).made_from
        return any(self._known[plan.file(form)].made_from != made_from for form in Format)

    def _is_sound(self, plan: Plan, form: Format, seen: Mapping[str, Seen]) -> bool:
        """Whether a document is on the disk, made by the same recipe, and nothing was lacking."""
        file = self._known.get(plan.file(form))
        if file is None or not file.made_from or file.recipe != plan.recipe:
            return False
        return is_whole(plan.file(form), file.size, file.changed_at, seen)

    def _members(self, plan: Plan) -> list[Member]:
        if not plan.shelf.pk:
            return []
        if plan.part.is_live:
            return self._store.shelves.newest(plan.shelf, self._newest, is_there=plan.ending is None)
        return self._store.shelves.archived(plan.shelf, plan.part.number)

    def _every(self) -> Iterator[Plan]:
        waiting = self._store.shelves.waiting()
        site, words = self._tools.settings.site, self._tools.words()
        feeds = {shelf.path: feed_of(shelf, site, words) for shelves in self.shelves.values() for shelf in shelves}
        for shelves in self.shelves.values():
            for shelf in shelves:
                feed = feeds[shelf.path]
                if (shelf.kind, shelf.key) not in waiting or self._is_known(feed):  # R9: its name may tell too much
                    yield from self._documents(feed, shelf)
        topics = {shelf.slug: shelf for shelf in self.shelves[ShelfKind.TOPICS]}
        for shelf, successor, at in self._store.shelves.ended():
            feed = feed_of(shelf, site, words)
            if shelf.places or self._is_known(feed):
                new = topics[successor]
                ending = Ending(feed, shelf_name(shelf, site, words), feeds[new.path], new.name, at)
                is_out = (new.kind, new.key) not in waiting or self._is_known(ending.successor)
                yield from self._documents(feed, shelf, ending if is_out else None)

    def _is_known(self, feed: Feed) -> bool:
        return feed.file(Format.ATOM) in self._known

    def _documents(self, feed: Feed, shelf: Shelf, ending: Ending | None = None) -> Iterator[Plan]:
        # Archives that were begun go on, also when the live document shows more than it did: harvesters know them.
        begun = shelf.places > self._newest or feed.file(Format.ATOM, Part(1)) in self._known
        last = shelf.last_archive if begun else 0
        of_feed = _hash(self._recipe, astuple(feed))
        yield Plan(feed, shelf, Part(0, last), _hash(of_feed, last, ending), ending)
        for number in range(1, last + 1):
            # An archive does not change when a later one is begun: it has named that from the moment it was full.
            yield Plan(feed, shelf, Part(number, last), f"{of_feed} {number} {number < last}")

    @cached_property
    def _recipe(self) -> str:
        settings, templates = self._tools.settings, self._tools.templates
        return _hash(
            pressroom.__version__,
            settings.site.model_dump_json(),
            settings.feeds.model_dump_json(),
            templates.fingerprint("feeds/"),
            templates.fingerprint("words/"),
        )


def _total(plan: Plan) -> int:
    """Return what a live document says of how many there are."""
    return plan.shelf.releases if plan.part.is_live else 0


def _hash(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()
