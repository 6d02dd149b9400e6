"""Rows as they come in, to Releases: the fields of an import file and of `release add` (design §5, Import).

Parsed once, here; nothing behind it checks again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from pressroom.errors import InvalidFieldError, UnusableRowError
from pressroom.models.dates import PartialDate
from pressroom.models.extra import EXTRA_FIELDS, Extra, is_blank, named_values
from pressroom.models.release import LINES, Access, Author, Kind, Release, Series, Topic
from pressroom.models.text import (
    MAX_BODY,
    MAX_NAME,
    MAX_SUMMARY,
    MAX_TITLE,
    clean_address,
    clean_language,
    clean_line,
    clean_text,
    clean_url,
    is_visible,
    limited,
    shown,
    slugify,
    without_mail_addresses,
)

FIELDS = (
    "id", "title", "url", "kind", "published", "published_precision", "publisher", "authors", "topics", "partners",
    "language", "summary", "body", "download_url", "extra",
)  # fmt: skip
COLUMNS = (*FIELDS, *EXTRA_FIELDS)
# What a field says of a release, where the name is not the same. Files follow the address of the download.
_FACTS: Mapping[str, tuple[str, ...]] = {
    "published": ("own_date",),
    "download_url": ("files",),
    "part": ("part", "part_count"),
    "access": ("access", "landing_access"),
    "status": ("expected",),
    "event_date": ("event_start", "event_end"),
    "duplicate_url": ("old_urls",),
}
_SAID = frozenset(fact for name in COLUMNS for fact in _FACTS.get(name, (name,))) & set(Release.__dataclass_fields__)
# A blank one says nothing, else an empty cell would let out what shall wait, and open what is for members (R9).
_NEVER_BLANKED = ("embargo", "access")
_MAX_ID = 1_000
_YEARS_AHEAD = 2
_EARLIEST_YEAR = 1000  # what is printed bears none before; programs write the year 1 for a date that they do not know


def parse_release(fields: Mapping[str, Any], now: datetime, zone: ZoneInfo, language: str = "en") -> Release:
    """Return the release that an import row describes, in `language` if it names none; `zone` is that of bare moments.

    Names of fields are in small letters, those in `extra` may be in any.
    Raises InvalidFieldError for the first field that cannot be used. No value in `extra` is such a one: what has no
    place of its own, or does not fit it, is kept there.
    """
    extra = Extra(fields.get("extra"), {name: value for name, value in fields.items() if name not in FIELDS})
    access = extra.access()
    own_date = _own_date(fields, now)
    return Release(
        title=_title(fields),
        id=clean_id(_text(fields, "id")),
        subtitle=extra.line("subtitle"),
        kind=_kind(fields),
        summary=limited("summary", clean_text(_text(fields, "summary")), MAX_SUMMARY),
        body=limited("body", clean_text(_text(fields, "body")), MAX_BODY),
        url=clean_url("url", _text(fields, "url")),
        old_urls=extra.urls("duplicate_url"),
        landing_access=Access.MEMBERS if access is Access.MEMBERS else Access.PUBLIC,
        language=clean_language("language", _text(fields, "language")) or language,
        publisher=_name("publisher", clean_line(_text(fields, "publisher"))),
        series=extra.take("series", _series),
        edition=extra.line("edition"),
        collection=extra.line("collection"),
        **extra.part(),
        access=access,
        own_date=own_date,
        **extra.going_out(own_date, zone),
        **extra.event(),
        urgent=extra.flag("urgent"),
        reference=extra.line("reference"),
        isbn=extra.isbn(),
        doi=extra.doi(),
        licence=extra.line("licence"),
        translations=extra.languages("translations"),
        files=extra.files(clean_url("download_url", _text(fields, "download_url")), access),
        authors=tuple(Author(name) for one in _names(fields, "authors") if (name := without_mail_addresses(one))),
        partners=_names(fields, "partners"),
        topics=_topics(fields),
        extra=MappingProxyType(extra.rest),
    )


def tidied(release: Release) -> Release:
    """Return a release with its texts cleaned: another program has put it in; what came by a door is clean already.

    Raises UnusableRowError for what cannot be read, and for what no feed may have.
    """
    if release.unreadable:
        raise UnusableRowError("releases", release.pk, release.unreadable)
    try:
        return _cleaned(release)
    except InvalidFieldError as error:
        raise UnusableRowError("releases", release.pk, str(error).rstrip(".")) from error


def left_out(release: Release) -> UnusableRowError:
    """Return what is left out of a release that is out, since nobody can read it."""
    return UnusableRowError("releases", release.pk, release.unreadable, "is out without a part")


def _cleaned(release: Release) -> Release:
    if release.id is not None and clean_id(release.id) != release.id:
        raise InvalidFieldError("id", f"{shown(release.id)} is no absolute address", "put the row in with another")
    for noun, shelf in (*(("topic", topic) for topic in release.topics), ("series", release.series)):
        if shelf and not is_visible(shelf.name):
            raise InvalidFieldError(noun, f"“{shelf.slug}” has a name that nobody can see", "give it one")
    lines: dict[str, Any] = {name: clean_line(getattr(release, name)) for name in LINES}
    for name in ("title", "subtitle"):
        limited(name, lines[name], MAX_TITLE)
    return replace(
        release,
        **lines | {"title": lines["title"] or "Untitled"},
        summary=limited("summary", clean_text(release.summary), MAX_SUMMARY),
        body=limited("body", clean_text(release.body), MAX_BODY),
        language=release.language or "en",
        authors=tuple(replace(one, name=name) for one in release.authors if (name := without_mail_addresses(one.name))),
        partners=tuple(name for one in release.partners if (name := clean_line(one))),
        is_untidy=False,
    )


def with_unsaid_facts_of(known: Release, release: Release, fields: Mapping[str, Any]) -> Release:
    """Return `release` with what its row `fields` does not speak of taken from `known`, which the row shall change.

    A field that is there and blank takes a fact away; one that is not there leaves it. Three things are never taken
    away like that (R9): an embargo, an access level, and the doubt whether a file is open.
    """
    values = (*fields.items(), *named_values(fields.get("extra")).items())
    names = {name for name, value in values if name not in _NEVER_BLANKED or not is_blank(value)}
    said = {fact for name in names for fact in _FACTS.get(name, (name,))}
    facts = {fact: getattr(known, fact) for fact in _SAID - said}
    facts["extra"] = {name: value for name, value in known.extra.items() if name not in names} | dict(release.extra)
    if "embargo" in release.extra:
        facts["embargo"] = known.embargo
    changed = replace(release, relations=known.relations, **facts)
    if changed.access is Access.PUBLIC or ("files" in facts and changed.access is known.access):
        return changed
    return replace(changed, files=tuple(replace(file, access=Access.MEMBERS) for file in changed.files))


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    raise InvalidFieldError(name, f"is {_described(value)}", "give it as text")


def _title(fields: Mapping[str, Any]) -> str:
    title = limited("title", clean_line(_text(fields, "title")), MAX_TITLE)
    if not is_visible(title):
        raise InvalidFieldError("title", "is missing", "every release needs one")
    return title


def clean_id(text: str) -> str | None:
    """Return the id that a release has brought along, None for a blank one.

    It is an absolute IRI (RFC 4287 §4.2.6), whose scheme begins with a letter (RFC 3986 §3.1).
    """
    given = clean_address(text)
    if not given:
        return None
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+", given):
        raise InvalidFieldError(
            "id", f"{shown(given)} is no absolute address", "give the old feed's GUID as tag:…, urn:… or https://…"
        )
    return limited("id", given, _MAX_ID)


def _kind(fields: Mapping[str, Any]) -> Kind:
    text = clean_line(_text(fields, "kind"))
    try:
        return Kind(text.lower().replace(" ", "-").replace("_", "-")) if text else Kind.REPORT
    except ValueError:
        raise InvalidFieldError("kind", f"{shown(text)} is unknown", f"choose one of {', '.join(Kind)}") from None


def _own_date(fields: Mapping[str, Any], now: datetime) -> PartialDate | None:
    value = fields.get("published")
    text = f"{value:04}" if type(value) is int else _text(fields, "published")  # JSON knows a year as a number
    own_date = PartialDate.parse("published", text, _text(fields, "published_precision").strip().lower())
    if own_date and own_date.year > now.year + _YEARS_AHEAD:
        remedy = "mend the year, or leave it out and give the status “expected”"
        raise InvalidFieldError("published", f"{shown(text)} is too far ahead", remedy)
    if own_date and own_date.year < _EARLIEST_YEAR:
        raise InvalidFieldError("published", f"{shown(text)} is too long ago", "mend the year, or leave it out")
    return own_date


def _names(fields: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = fields.get(name)
    if value is None:
        return ()
    if isinstance(value, str):
        value = value.split(";")  # as a CSV cell holds several
    if not isinstance(value, list | tuple):
        raise InvalidFieldError(name, f"is {_described(value)}", "give a list of names")
    for one in value:
        if not isinstance(one, str):
            raise InvalidFieldError(name, f"holds {_described(one)}", "give a list of names")
    return tuple(dict.fromkeys(_name(name, one) for one in map(clean_line, value) if is_visible(one)))


def _name(field: str, text: str) -> str:
    return limited(field, text, MAX_NAME)


def _topics(fields: Mapping[str, Any]) -> tuple[Topic, ...]:
    topics = tuple(Topic.named(name) for name in _names(fields, "topics"))
    for topic in topics:
        if topic.slug == "all":
            raise InvalidFieldError("topics", f"{shown(topic.name)} means everything", "leave it out, or rename it")
    return topics


def _series(text: str) -> Series | None:
    return Series(slugify(text), text) if len(text) <= MAX_NAME else None


def _described(value: object) -> str:
    names = {dict: "an object", list: "a list", bool: "true or false", int: "a number", float: "a number"}
    return names.get(type(value), "null" if value is None else "text")
