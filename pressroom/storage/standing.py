"""What stands for what a release must have, where its own row does not tell."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

from pressroom.errors import InvalidFieldError
from pressroom.storage.cells import meant_moment, release_slug
from pressroom.storage.store import Store

SOMETIME = datetime(1991, 1, 1, tzinfo=UTC)


def stood_since(store: Store, release: int) -> datetime:
    """Return the moment of the newest announcement of a release that can be read."""
    sql = "SELECT coalesce(at, made_at) AS at FROM announcements WHERE release = ? ORDER BY no DESC"
    for row in store.rows(sql, (release,)):
        with suppress(ValueError, OverflowError):
            return meant_moment(row["at"])
    return SOMETIME


def known_by(store: Store, release: int) -> str:
    """Return a slug that a release had once, else one that no other has."""
    for row in store.rows("SELECT slug FROM earlier_slugs WHERE release = ? ORDER BY slug", (release,)):
        with suppress(InvalidFieldError):
            return release_slug(row["slug"])
    return f"row-{release}"
