"""What the catalogue says to be in the published feeds."""

from __future__ import annotations

from functools import cached_property
from itertools import chain
from pathlib import PurePosixPath

from pressroom.models.feeds import Shelf, ShelfKind
from pressroom.models.release import State
from pressroom.models.text import clean_address, clean_line
from pressroom.storage import Store
from pressroom.syndication.checks.ids import Known
from pressroom.tools import Tools

_ALL_OF_THEM = 2**31


class Expected:
    """`path` is that of a published file below the feeds folder: "topics/rivers.atom"."""

    def __init__(self, store: Store, tools: Tools) -> None:
        self._store, self._tools = store, tools

    @cached_property
    def releases(self) -> dict[str, Known]:
        """Every public release, by id."""
        public = chain(self._store.releases.all(State.LIVE), self._store.releases.all(State.WITHDRAWN))
        return {
            clean_address(release.id): Known(
                clean_address(release.id), clean_line(release.title), release.updated, release.state is State.WITHDRAWN
            )
            for release in public
            if release.id
        }

    @cached_property
    def ids(self) -> frozenset[str]:
        """What an id may be, or begin with before a `#` or `/`: that of a public release, or of a feed."""
        feeds = {self._tools.links.page(f"/feeds/{PurePosixPath(path).with_suffix('')}") for path in self.paths}
        return frozenset(feeds | set(self.releases))

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """The files that were published."""
        return tuple(self._store.feed_files.all())

    def members(self, path: str, *, is_whole: bool) -> list[str]:
        """Return the ids of what stands newest in a feed, or of all of it; none for a path that is no feed's."""
        most = _ALL_OF_THEM if is_whole else self._tools.settings.feeds.newest
        shelf, has_ended = self._shelves.get(PurePosixPath(path).with_suffix("").as_posix(), (None, False))
        if shelf is None:
            return []
        return [member.id for member in self._store.shelves.newest(shelf, most, is_there=not has_ended)]

    @cached_property
    def _shelves(self) -> dict[str, tuple[Shelf, bool]]:
        """The shelf of each feed by its path without the ending, and whether the feed has ended."""
        shelves = {shelf.path: (shelf, False) for kind in ShelfKind for shelf in self._store.shelves.of(kind)}
        return shelves | {shelf.path: (shelf, True) for shelf, _, _ in self._store.shelves.ended()}
