"""The names of topics and series, read from rows that any program may have written."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from functools import lru_cache

from pressroom.errors import UnusableRowError
from pressroom.models.release import Series, Topic
from pressroom.models.text import MAX_NAME, is_visible, shown, without_forbidden
from pressroom.storage.cells import UNUSABLE, meant_moment
from pressroom.storage.store import Store

_SLUG = re.compile(r"[a-z0-9-]{1,100}")


def topic_of(row: sqlite3.Row) -> Topic:
    """Return the topic of a row with pk, slug and name; it has words for what cannot be used of these."""
    return named_topic(row["slug"], row["name"], row["pk"])


def series_of(row: sqlite3.Row) -> Series:
    """Return the series of a row as `topic_of` does its topic."""
    return named_series(row["slug"], row["name"], row["pk"])


@lru_cache(1_024)
def named_topic(slug: str, name: str, pk: int) -> Topic:
    return Topic(*_names(slug, name, pk), pk)


@lru_cache(1_024)
def named_series(slug: str, name: str, pk: int) -> Series:
    return Series(*_names(slug, name, pk), pk)


def is_slug(slug: str) -> bool:
    """Whether a feed may lie at an address with this slug."""
    return _SLUG.fullmatch(slug) is not None


def shelf_name(name: str, slug: str) -> str:
    """Return the name of a shelf, or its slug where it has none that can be shown."""
    clean = without_forbidden(name[: MAX_NAME + 1]).strip()
    return clean if 0 < len(clean) <= MAX_NAME else slug


def unusable_shelves(store: Store) -> Iterator[UnusableRowError]:
    """Return what is wrong with rows of topics and series."""
    sql = "SELECT pk, slug, name, merged_into, merged_at FROM topics"
    for table, query in (("topics", sql), ("series", "SELECT pk, slug, name, NULL, NULL FROM series")):
        for pk, slug, name, successor, ended in store.rows(f"{query} ORDER BY pk"):
            if not is_slug(slug):
                yield UnusableRowError(table, pk, f"slug: {shown(slug)} cannot be read", UNUSABLE)
            if not is_visible(name[:MAX_NAME]) or len(name) > MAX_NAME:
                yield UnusableRowError(table, pk, f"name: {shown(name)} is too long, or blank", UNUSABLE)
            if successor and not _is_moment(ended):
                yield UnusableRowError(table, pk, f"merged_at: {shown(ended or '')} cannot be read", UNUSABLE)


def _names(slug: str, name: str, pk: int) -> tuple[str, str]:
    usable = slug if is_slug(slug) else f"row-{pk}"
    return usable, shelf_name(name, usable)


def _is_moment(text: str | None) -> bool:
    try:
        return text is not None and bool(meant_moment(text))
    except (ValueError, OverflowError):
        return False
