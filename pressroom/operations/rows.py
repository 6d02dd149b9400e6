"""Rows that another program has put into the catalogue, and that are used without what cannot be."""

from __future__ import annotations

from collections.abc import Iterator

from pressroom.models.intake import left_out
from pressroom.storage import Store
from pressroom.storage.unreadable import dangling, lost_deliveries


def half_shown_rows(store: Store) -> Iterator[str]:
    """Say of each release that is out what of it is left out, since it cannot be read; and so of what stands by it."""
    yield from map(str, (*store.shelves.unusable(), *store.announcements.unusable()))
    if lacking := store.feed_files.count_lacking():  # else there is no need to read all that is out
        found = [str(left_out(one)) for one in store.releases.all() if one.is_public and one.unreadable]
        yield from found
        if not found:
            yield f"{lacking:,} feed file(s) lack the newest state of a release; “publisher publish” says why."


def rows_of_mail(store: Store) -> Iterator[str]:
    """Say what is lost of the ledger, and which rows name others that are gone; it takes a look at all of them."""
    yield from map(str, lost_deliveries(store))
    yield from dangling(store)
