"""The nouns of a catalogue, each loaded when it is first asked for: a command needs few of them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from pressroom.storage.announcements import Announcements
    from pressroom.storage.audit import Audit
    from pressroom.storage.autosaves import Autosaves
    from pressroom.storage.bounces import Bounces
    from pressroom.storage.changes import Changes
    from pressroom.storage.complaints import Complaints
    from pressroom.storage.consents import Consents
    from pressroom.storage.deliveries import Deliveries
    from pressroom.storage.farewells import Farewells
    from pressroom.storage.feed_files import FeedFiles
    from pressroom.storage.heeded_stops import HeededStops
    from pressroom.storage.holdings import Holdings
    from pressroom.storage.issues import Issues, Notes
    from pressroom.storage.letters import Letters
    from pressroom.storage.pings import Pings
    from pressroom.storage.private_feeds import PrivateFeeds
    from pressroom.storage.readers import Readers
    from pressroom.storage.release_lists import ReleaseLists
    from pressroom.storage.releases import Releases
    from pressroom.storage.runs import Runs
    from pressroom.storage.search import Search
    from pressroom.storage.sessions import Sessions
    from pressroom.storage.shelves import Shelves
    from pressroom.storage.sign_ups import SignUps
    from pressroom.storage.staff import Staff
    from pressroom.storage.store import Store
    from pressroom.storage.subscribers import Subscribers
    from pressroom.storage.suppressions import Suppressions
    from pressroom.storage.topics import SeriesShelf, Topics


class Nouns:
    """What a store holds, by noun. It is a part of Store, and nothing without it."""

    @property
    def _store(self) -> Store:
        return cast("Store", self)

    @cached_property
    def topics(self) -> Topics:
        from pressroom.storage.topics import Topics

        return Topics(self._store)

    @cached_property
    def series(self) -> SeriesShelf:
        from pressroom.storage.topics import SeriesShelf

        return SeriesShelf(self._store)

    @cached_property
    def releases(self) -> Releases:
        from pressroom.storage.releases import Releases

        return Releases(self._store)

    @cached_property
    def release_lists(self) -> ReleaseLists:
        from pressroom.storage.release_lists import ReleaseLists

        return ReleaseLists(self._store)

    @cached_property
    def announcements(self) -> Announcements:
        from pressroom.storage.announcements import Announcements

        return Announcements(self._store)

    @cached_property
    def changes(self) -> Changes:
        from pressroom.storage.changes import Changes

        return Changes(self._store)

    @cached_property
    def shelves(self) -> Shelves:
        from pressroom.storage.shelves import Shelves

        return Shelves(self._store)

    @cached_property
    def feed_files(self) -> FeedFiles:
        from pressroom.storage.feed_files import FeedFiles

        return FeedFiles(self._store)

    @cached_property
    def pings(self) -> Pings:
        from pressroom.storage.pings import Pings

        return Pings(self._store)

    @cached_property
    def subscribers(self) -> Subscribers:
        from pressroom.storage.subscribers import Subscribers

        return Subscribers(self._store)

    @cached_property
    def readers(self) -> Readers:
        from pressroom.storage.readers import Readers

        return Readers(self._store)

    @cached_property
    def private_feeds(self) -> PrivateFeeds:
        from pressroom.storage.private_feeds import PrivateFeeds

        return PrivateFeeds(self._store)

    @cached_property
    def bounces(self) -> Bounces:
        from pressroom.storage.bounces import Bounces

        return Bounces(self._store)

    @cached_property
    def suppressions(self) -> Suppressions:
        from pressroom.storage.suppressions import Suppressions

        return Suppressions(self._store)

    @cached_property
    def search(self) -> Search:
        from pressroom.storage.search import Search

        return Search(self._store)

    @cached_property
    def runs(self) -> Runs:
        from pressroom.storage.runs import Runs

        return Runs(self._store)

    @cached_property
    def issues(self) -> Issues:
        from pressroom.storage.issues import Issues

        return Issues(self._store)

    @cached_property
    def notes(self) -> Notes:
        from pressroom.storage.issues import Notes

        return Notes(self._store)

    @cached_property
    def deliveries(self) -> Deliveries:
        from pressroom.storage.deliveries import Deliveries

        return Deliveries(self._store)

    @cached_property
    def consents(self) -> Consents:
        from pressroom.storage.consents import Consents

        return Consents(self._store)

    @cached_property
    def letters(self) -> Letters:
        from pressroom.storage.letters import Letters

        return Letters(self._store)

    @cached_property
    def sign_ups(self) -> SignUps:
        from pressroom.storage.sign_ups import SignUps

        return SignUps(self._store)

    @cached_property
    def farewells(self) -> Farewells:
        from pressroom.storage.farewells import Farewells

        return Farewells(self._store)

    @cached_property
    def heeded_stops(self) -> HeededStops:
        from pressroom.storage.heeded_stops import HeededStops

        return HeededStops(self._store)

    @cached_property
    def holdings(self) -> Holdings:
        from pressroom.storage.holdings import Holdings

        return Holdings(self._store)

    @cached_property
    def complaints(self) -> Complaints:
        from pressroom.storage.complaints import Complaints

        return Complaints(self._store)

    @cached_property
    def staff(self) -> Staff:
        from pressroom.storage.staff import Staff

        return Staff(self._store)

    @cached_property
    def sessions(self) -> Sessions:
        from pressroom.storage.sessions import Sessions

        return Sessions(self._store)

    @cached_property
    def autosaves(self) -> Autosaves:
        from pressroom.storage.autosaves import Autosaves

        return Autosaves(self._store)

    @cached_property
    def audit(self) -> Audit:
        from pressroom.storage.audit import Audit

        return Audit(self._store)
