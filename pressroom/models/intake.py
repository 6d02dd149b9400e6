"""Rows as they come in, to Releases: the fields of an import file and of `release add` (design §5, Import).

Parsed once, here; nothing behind it checks again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pressroom.errors import InvalidFieldError
from pressroom.models.dates import PartialDate, parse_expected, parse_moment
from pressroom.models.release import MEDIA_TYPES, Access, Author, File, Kind, Release, Series, State, Topic
from pressroom.models.text import (
    MAX_BODY,
    MAX_SUMMARY,
    MAX_TITLE,
    clean_line,
    clean_text,
    clean_url,
    limited,
    slugify,
)

FIELDS = (
    "id", "title", "url", "kind", "published", "published_precision", "publisher", "authors", "topics", "partners",
    "language", "summary", "body", "download_url", "extra",
)  # fmt: skip
EXTRA_FIELDS = (
    "series", "edition", "collection", "part", "access", "status", "expected", "embargo", "subtitle", "reference", "doi",
    "isbn", "licence", "format", "formats", "translations", "event_date", "pages", "duration", "duplicate_url", "urgent",
)  # fmt: skip
_MAX_NAME, _MAX_WORD = 300, 200


def parse_release(fields: Mapping[str, Any], zone: ZoneInfo) -> Release:
    """Return the release that an import row describes; `zone` is the zone of moments without an offset.

    Raises InvalidFieldError for the first field that cannot be used. Values in `extra` never refuse a row: what has no
    place of its own, or does not fit it, is kept there.
    """
    extra = _Extra(fields.get("extra"))
    extra.keep({name: value for name, value in fields.items() if name not in FIELDS})
    access = extra.access()
    own_date = _own_date(fields)
    return Release(
        title=_title(fields),
        id=_given_id(fields),
        subtitle=extra.line("subtitle"),
        kind=_kind(fields),
        summary=limited("summary", clean_text(_text(fields, "summary")), MAX_SUMMARY),
        body=limited("body", clean_text(_text(fields, "body")), MAX_BODY),
        url=clean_url("url", _text(fields, "url")),
        old_urls=extra.urls("duplicate_url"),
        landing_access=Access.MEMBERS if access is Access.MEMBERS else Access.PUBLIC,
        language=_language(fields),
        publisher=_name("publisher", _text(fields, "publisher")),
        series=extra.take("series", _series),
        edition=extra.line("edition"),
        collection=extra.line("collection"),
        **extra.part(),
        access=access,
        own_date=own_date,
        **extra.state(own_date, zone),
        **extra.event(),
        embargo=extra.take("embargo", lambda text: parse_moment("embargo", text, zone)),
        urgent=extra.flag("urgent"),
        reference=extra.line("reference"),
        isbn=extra.line("isbn"),
        doi=extra.doi(),
        licence=extra.line("licence"),
        translations=extra.languages("translations"),
        files=extra.files(clean_url("download_url", _text(fields, "download_url")), access),
        authors=tuple(Author(name) for name in _names(fields, "authors")),
        partners=_names(fields, "partners"),
        topics=_topics(fields),
        extra=MappingProxyType(extra.rest),
    )


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    raise InvalidFieldError(name, f"is {_described(value)}", "give it as text")


def _title(fields: Mapping[str, Any]) -> str:
    title = limited("title", clean_line(_text(fields, "title")), MAX_TITLE)
    if not title:
        raise InvalidFieldError("title", "is missing", "every release needs one")
    return title


def _given_id(fields: Mapping[str, Any]) -> str | None:
    given = clean_line(_text(fields, "id"))
    if not given:
        return None
    # RFC 4287 §4.2.6: an id is an absolute IRI. RFC 3986 §3.1: a scheme begins with a letter.
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+", given) or len(given) > 1_000:
        raise InvalidFieldError(
            "id", f"“{given[:80]}” is no absolute address", "give the old feed's GUID as tag:…, urn:… or https://…"
        )
    return given


def _kind(fields: Mapping[str, Any]) -> Kind:
    text = clean_line(_text(fields, "kind")).lower().replace(" ", "-").replace("_", "-")
    try:
        return Kind(text) if text else Kind.REPORT
    except ValueError:
        raise InvalidFieldError("kind", f"“{text[:40]}” is unknown", f"choose one of {', '.join(Kind)}") from None


def _language(fields: Mapping[str, Any]) -> str:
    text = clean_line(_text(fields, "language")) or "en"
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", text):
        raise InvalidFieldError("language", f"“{text[:40]}” is no language code", "write it like en, nl or pt-BR")
    first, *rest = text.split("-")
    return "-".join([first.lower(), *rest])


def _own_date(fields: Mapping[str, Any]) -> PartialDate | None:
    text = _text(fields, "published").strip()
    precision = _text(fields, "published_precision").strip() or None
    return PartialDate.parse("published", text, precision) if text else None


def _names(fields: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = fields.get(name)
    if value is None or value == "":
        return ()
    if isinstance(value, str):
        value = value.split(";")  # as a CSV cell holds several
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        raise InvalidFieldError(name, f"is {_described(value)}", "give a list of names")
    return tuple(dict.fromkeys(_name(name, one) for one in value if clean_line(one)))


def _name(field: str, text: str) -> str:
    return limited(field, clean_line(text), _MAX_NAME)


def _topics(fields: Mapping[str, Any]) -> tuple[Topic, ...]:
    topics = []
    for name in _names(fields, "topics"):
        if slugify(name) in ("", "all"):
            raise InvalidFieldError("topics", f"“{name}” gives no usable slug", "use a name with letters or digits")
        topics.append(Topic.named(name))
    return tuple(dict.fromkeys(topics))


def _series(text: str) -> Series | None:
    return Series(slugify(text), text) if len(text) <= _MAX_NAME else None


def _described(value: object) -> str:
    return {dict: "an object", list: "a list", bool: "true or false", int: "a number", float: "a number"}.get(
        type(value), "of a wrong type"
    )


class _Extra:
    """The `extra` of a row. What finds its place is taken out; `rest` is what stays."""

    def __init__(self, value: object) -> None:
        if value is None or value == "":
            value = {}
        if not isinstance(value, Mapping):
            raise InvalidFieldError("extra", f"is {_described(value)}", "give an object of names and values")
        self.rest: dict[str, Any] = {str(name): content for name, content in value.items()}

    def keep(self, others: Mapping[str, Any]) -> None:
        """Keep fields of a row that have no place of their own."""
        self.rest = {**others, **self.rest}

    def take(self, name: str, parse: Any) -> Any:
        """Return `parse(text)` of a text value; None, leaving it where it is, when it has no fitting one."""
        value = self.rest.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str) or not clean_line(value):
            if value in (None, ""):
                self.rest.pop(name, None)
            return None
        try:
            found = parse(clean_line(value))
        except InvalidFieldError:
            return None
        if found is not None:
            del self.rest[name]
        return found

    def line(self, name: str) -> str:
        return self.take(name, lambda text: text if len(text) <= MAX_TITLE else None) or ""

    def flag(self, name: str) -> bool:
        value = self.rest.get(name)
        if value in (True, False, "true", "false", "yes", "no", 1, 0):
            del self.rest[name]
        return value in (True, "true", "yes", 1)

    def doi(self) -> str:
        """Return the bare DOI ("10.…") from any of the forms it is written in."""

        def bare(text: str) -> str | None:
            match = re.fullmatch(r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?(10\.\d{4,9}/\S+)", text, re.IGNORECASE)
            return match[1] if match else None

        return self.take("doi", bare) or ""

    def access(self) -> Access:
        """Return the access level: what is neither public nor mixed counts as members."""
        text = self.rest.pop("access", None)
        if text is None or text == "":
            return Access.PUBLIC
        word = text.strip().lower() if isinstance(text, str) else ""
        if word in ("public", "mixed"):
            return Access(word)
        if word != "members":
            self.rest["access"] = text
        return Access.MEMBERS

    def state(self, own_date: PartialDate | None, zone: ZoneInfo) -> dict[str, Any]:
        """Return the state to enter with: `scheduled` to the day goes out on that day, else it is only expected."""
        facts: dict[str, Any] = {"expected": self.take("expected", parse_expected)}
        word = self.rest.get("status")
        word = word.strip().lower() if isinstance(word, str) else ""
        if word not in ("draft", "expected", "scheduled"):
            return facts
        del self.rest["status"]
        if word == "scheduled" and own_date and own_date.day:
            day = own_date.first_day
            moment = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
            return facts | {"state": State.SCHEDULED, "publish_at": moment}
        if word != "draft" and own_date and not facts["expected"]:
            facts["expected"] = f"{own_date.year:04}-{own_date.month:02}" if own_date.month else str(own_date.year)
        return facts | {"state": State.DRAFT if word == "draft" else State.EXPECTED}

    def part(self) -> dict[str, Any]:
        """Return `part` and `part_count` from "3 of 6" or "3"."""

        def numbers(text: str) -> tuple[int, int | None] | None:
            match = re.fullmatch(r"(\d{1,4})(?:\s*(?:of|/)\s*(\d{1,4}))?", text)
            if not match or not int(match[1]) or match[2] == "0":
                return None
            return int(match[1]), int(match[2]) if match[2] else None

        found = self.take("part", numbers)
        if not found:
            return {}
        return {"part": found[0]} | ({"part_count": found[1]} if found[1] else {})

    def event(self) -> dict[str, Any]:
        """Return first and last day of the event from "2024-03-18/2024-03-19" (ISO 8601) or one day."""

        def days(text: str) -> tuple[date, date] | None:
            try:
                first, *rest = (date.fromisoformat(part) for part in text.split("/"))
            except ValueError:
                return None
            return (first, rest[0] if rest else first) if len(rest) < 2 and (not rest or rest[0] >= first) else None

        found = self.take("event_date", days)
        return {"event_start": found[0], "event_end": found[1]} if found else {}

    def urls(self, name: str) -> tuple[str, ...]:
        url = self.take(name, lambda text: clean_url(name, text))
        return (url,) if url else ()

    def languages(self, name: str) -> tuple[str, ...]:
        value = self.rest.get(name)
        codes = [value] if isinstance(value, str) else value
        if not isinstance(codes, list) or not all(
            isinstance(code, str) and re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", code) for code in codes
        ):
            return ()
        del self.rest[name]
        return tuple(dict.fromkeys(codes))

    def files(self, url: str | None, access: Access) -> tuple[File, ...]:
        """Return the files: the one to download first, then formats of which no address is known."""
        formats = self._formats()
        pages, duration = self.take("pages", _count), self.take("duration", _seconds)
        # Of a mixed release it is not said whether this file is open: what might be private stays private (R9).
        level = Access.PUBLIC if access is Access.PUBLIC else Access.MEMBERS
        if url:
            ending = urlsplit(url).path.rpartition(".")[2].lower()
            first = ending if ending in MEDIA_TYPES else next(iter(formats), "pdf")
            formats = [first, *(name for name in formats if name != first)]
        elif not formats and (pages or duration):
            formats = ["audio" if duration else "document"]
        return tuple(
            File(name, url if place == 0 else None, None, level, pages if place == 0 else None,
                 duration if place == 0 else None)
            for place, name in enumerate(formats)
        )  # fmt: skip

    def _formats(self) -> list[str]:
        formats: list[str] = []
        for name in ("formats", "format"):
            value = self.rest.get(name)
            words = [value] if isinstance(value, str) else value
            if isinstance(words, list) and all(isinstance(word, str) for word in words):
                formats += [clean_line(word).lower()[:_MAX_WORD] for word in words if clean_line(word)]
                del self.rest[name]
        return list(dict.fromkeys(formats))


def _count(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[1-9]\d{0,5}", text) else None


def _seconds(text: str) -> int | None:
    """Return the seconds of "01:09:48", "09:48" or "588"."""
    if not re.fullmatch(r"\d{1,6}|\d{1,3}(:\d{2}){1,2}", text):
        return None
    total = 0
    for part in text.split(":"):
        total = total * 60 + int(part)
    return total or None
