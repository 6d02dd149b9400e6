"""Rows that another program has put into the catalogue, and that cannot be used as they are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from pressroom.errors import UnusableRowError
from pressroom.models.intake import left_out, tidied
from pressroom.storage import Store


def unusable_rows(store: Store, now: datetime) -> Iterator[str]:
    """Say of each release that is due and cannot go out why, and of each that is out what of it is left out."""
    for release in store.releases.due(now):
        try:
            tidied(release)
        except UnusableRowError as error:
            yield str(error)
    if lacking := store.feed_files.count_lacking():  # else there is no need to read all that is out
        found = [str(left_out(one)) for one in store.releases.all() if one.is_public and one.unreadable]
        yield from found
        if not found:
            yield f"{lacking:,} feed file(s) lack the newest state of a release; “publisher publish” says why."
