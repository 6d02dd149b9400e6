"""Rows that another program has put into the catalogue, and that are used without what cannot be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from pressroom.errors import PublisherError
from pressroom.models.intake import left_out, tidied
from pressroom.storage import Store
from pressroom.storage.unreadable import dangling, lost_deliveries, unreadable


def half_shown_rows(store: Store) -> Iterator[str]:
    """Say of each release that is out what of it is left out, since it cannot be read; and so of what stands by it."""
    yield from map(str, (*store.shelves.unusable(), *store.announcements.unusable()))
    if lacking := store.feed_files.count_lacking():  # else there is no need to read all that is out
        found = [str(left_out(one)) for one in store.releases.all() if one.is_public and one.unreadable]
        yield from found
        if not found:
            yield f"{lacking:,} feed file(s) lack the newest state of a release; “publisher publish” says why."


def rows_to_mend(store: Store, now: datetime) -> Iterator[str]:
    """Say of each row that another program has spoiled what is wrong, as far as a quick look tells."""
    for release in store.releases.due(now):
        try:
            tidied(release)
        except PublisherError as error:
            yield str(error)
    yield from map(str, unreadable(store))
    yield from half_shown_rows(store)


def rows_of_mail(store: Store) -> Iterator[str]:
    """Say what is lost of the ledger, and which rows name others that are gone; it takes a look at all of them."""
    yield from map(str, lost_deliveries(store))
    yield from dangling(store)
