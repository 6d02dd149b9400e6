"""What a service does while mail leaves, which may take hours: it publishes, and sees when another digest is due."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from time import monotonic

from pressroom.locks import locked_if_free
from pressroom.publishing.digests import due_times, urgent_waits
from pressroom.storage import Store
from pressroom.tools import Tools

DUE_AGAIN_AFTER = 5.0
"""Seconds between two looks at which digests are due: with many readers that takes a while."""


class Meanwhile:
    """To be called now and then, between two transactions, with the moment that it is.

    `make_public` publishes what is due. What the catalogue had `seen`, its `data_version` then, is published already.
    Where it `is_stuck`, something is in the way of another digest.
    """

    def __init__(
        self,
        store: Store,
        tools: Tools,
        make_public: Callable[[datetime], object],
        seen: int,
        *,
        is_stuck: bool,
    ) -> None:
        self._store, self._tools, self._make_public, self._is_stuck = store, tools, make_public, is_stuck
        self._seen, self._due, self._last = seen, frozenset[int](), monotonic()

    def __call__(self, now: datetime) -> bool:
        """Publish if anything has changed or is due; return whether there is a digest to open as well."""
        has_changed = self._publish(now)
        if self._is_stuck:
            return False
        if has_changed and urgent_waits(self._store):
            return True
        if monotonic() - self._last < DUE_AGAIN_AFTER:
            return False
        self._last = monotonic()
        return bool(due_times(self._store, self._tools, now))

    def _publish(self, now: datetime) -> bool:
        """Publish, and return whether there was reason to; a row that cannot go out is one only once.

        While another process publishes it is left for the next time: mail servers wait for us.
        """
        seen = self._store.data_version
        due = frozenset(release.pk for release in self._store.releases.due(now))
        if (seen, due) == (self._seen, self._due):
            return False
        with locked_if_free(self._tools.data / "publish.lock") as is_free:
            pass
        if not is_free:
            return False
        self._make_public(now)
        self._seen = seen
        self._due = frozenset(release.pk for release in self._store.releases.due(now))
        return True
