"""What the catalogue says to be in the published feeds."""

from __future__ import annotations

from functools import cached_property
from itertools import chain
from pathlib import PurePosixPath

from pressroom.models.release import State
from pressroom.models.text import clean_line
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
        return {known.id: known for known in self._by_row.values()}

    @cached_property
    def ids(self) -> frozenset[str]:
        """What an id may be, or begin with before a `#`: that of a public release, or of a feed."""
        feeds = {self._tools.links.page(f"/feeds/{PurePosixPath(path).with_suffix('')}") for path in self.paths}
        return frozenset(feeds | set(self.releases))

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """The files that were published."""
        return tuple(self._store.feed_files.all())

    def members(self, path: str, *, is_whole: bool) -> list[str]:
        """Return the ids of the newest releases of a feed, or of all; none where its path is not that of a shelf."""
        shelves = self._all_members if is_whole else self._newest_members
        key = self._keys.get(PurePosixPath(path).with_suffix("").as_posix())
        return [self._by_row[pk].id for pk, _ in shelves.get(key, ()) if pk in self._by_row] if key else []

    @cached_property
    def _by_row(self) -> dict[int, Known]:
        public = chain(self._store.releases.all(State.LIVE), self._store.releases.all(State.WITHDRAWN))
        return {
            release.pk: Known(release.id, clean_line(release.title), release.updated, release.state is State.WITHDRAWN)
            for release in public
            if release.id
        }

    @cached_property
    def _newest_members(self) -> dict[tuple[str, int | str], list[tuple[int, int]]]:
        return self._store.releases.shelves(self._tools.settings.feeds.newest)

    @cached_property
    def _all_members(self) -> dict[tuple[str, int | str], list[tuple[int, int]]]:
        return self._store.releases.shelves(_ALL_OF_THEM)

    @cached_property
    def _keys(self) -> dict[str, tuple[str, int | str]]:
        """The key of each shelf, by the path of its feed without the ending."""
        keys: dict[str, tuple[str, int | str]] = {"all": ("all", "")}
        keys |= {f"topics/{topic.slug}": ("topic", topic.pk) for topic in self._store.topics.all()}
        keys |= {f"topics/{old.slug}": ("topic", new.pk) for old, new in self._store.topics.merged()}
        keys |= {f"series/{series.slug}": ("series", series.pk) for series in self._store.series.all()}
        return keys | {f"kinds/{name}": (shelf, name) for shelf, name in self._all_members if shelf == "kind"}
