"""A release as JSON can hold it: what `--json` prints, and what the audit log keeps of a change."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, fields, replace
from datetime import date, datetime
from typing import Any

from pressroom.models.dates import PartialDate, stamp
from pressroom.models.release import Access, Author, File, Relation, Release, Series, Topic

_FIRST = ("id", "slug", "title", "state", "kind", "topics")
_OF_THE_ENGINE = ("pk", "version", "unreadable", "is_untidy")
LONGEST_KEPT = 2_000
"""Letters of a text that an audit entry holds."""


def release_document(release: Release) -> dict[str, Any]:
    """Return every fact of a release: what names it first, then the rest in the model's order."""
    names = [field.name for field in fields(release) if field.name not in (*_FIRST, "pk", "version")]
    return {name: _plain(getattr(release, name)) for name in (*_FIRST, *names)}


def changes(before: Release, after: Release) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the facts that differ, as they were and as they are; of a long text its beginning."""
    old, new = ({name: value for name, value in release_document(one).items() if name not in _OF_THE_ENGINE}
                for one in (before, after))  # fmt: skip
    differing = [name for name in old if old[name] != new[name]]
    closed = _closed_addresses(before) | _closed_addresses(after)
    was, now = old | {"files": _files(before, closed)}, new | {"files": _files(after, closed)}
    return {name: shortened(was[name]) for name in differing}, {name: shortened(now[name]) for name in differing}


def facts_given(release: Release) -> dict[str, Any]:
    """Return the facts of a release that say something; of a long text its beginning."""
    document = release_document(release) | {"files": _files(release, _closed_addresses(release))}
    return {
        name: shortened(value)
        for name, value in document.items()
        if value not in (None, "", [], {}, False) and name not in _OF_THE_ENGINE
    }


def _closed_addresses(release: Release) -> set[str | None]:
    """Return the addresses of files that are not for everybody."""
    is_closed = release.access is Access.MEMBERS
    return {file.url for file in release.files if is_closed or file.access is not Access.PUBLIC}


def _files(release: Release, closed: Collection[str | None]) -> list[dict[str, Any]]:
    """Return the files, without addresses that are not for everybody (R9)."""
    return [_plain(replace(one, url=None) if one.url in closed else one) for one in release.files]


def _plain(value: Any) -> Any:
    """Return a fact as JSON can hold it: moments as RFC 3339 text, topics by slug, people and series by name."""
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, Topic):
        return value.slug
    if isinstance(value, Series | Author):
        return value.name
    if isinstance(value, Relation):
        return f"{value.kind}={value.target}"
    if isinstance(value, File):
        return {name: fact for name, fact in asdict(value).items() if fact is not None}
    if isinstance(value, Mapping):
        return dict(value)
    return str(value) if isinstance(value, date | PartialDate) else value


def shortened(value: Any) -> Any:
    """Return a value as an audit entry keeps it: of a long text its beginning."""
    if isinstance(value, str) and len(value) > LONGEST_KEPT:
        return f"{value[:LONGEST_KEPT]}… ({len(value):,} letters)"
    return value
