"""The `extra` of a row: what has a place of its own in a Release is taken out, all else is kept as it came."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pressroom.errors import InvalidFieldError
from pressroom.models.dates import NO_MOMENT, PartialDate, in_utc, parse_expected, parse_moment
from pressroom.models.release import MEDIA_TYPES, Access, File, Release, State
from pressroom.models.text import MAX_TITLE, clean_line, clean_text, clean_url, folded, named_once, shown

EXTRA_FIELDS = (
    "series", "edition", "collection", "part", "access", "status", "expected", "embargo", "urgent", "subtitle",
    "reference", "doi", "isbn", "licence", "format", "formats", "translations", "event_date", "pages", "duration",
    "duplicate_url",
)  # fmt: skip
_BLANK: tuple[object, ...] = (None, "", [])
_DEEPEST, _MAX_WORD = 100, 200
_OUT = ("live", "published", "revised")  # what `status` says of a release that may go out
_UNFIT = {
    "access": ("is unknown", "choose public, members or mixed"),
    "embargo": NO_MOMENT,
    "status": ("does not say that it may go out", "write draft, expected, scheduled or live, or give an embargo"),
    "part": ("is no part", "write 3, or 3 of 6"),
    "doi": ("is no DOI", "write it like 10.1234/abc"),
    "isbn": ("is no ISBN", "write it like 978-3-16-148410-0 and check its digits"),
    "expected": ("is no month", "write it like 2026-05"),
    "pages": ("is no number of pages", "give a whole number, like 32"),
    "size": ("is no size in bytes", "give a whole number, like 1200000"),
    "duration": ("is no duration", "write it like 1:09:48"),
    "event_date": ("is no day or two", "write it like 2026-03-18 or 2026-03-18/2026-03-19"),
    "translations": ("are no language codes", "write them like nl; fr"),
    "duplicate_url": ("is no address", "write it like https://example.org/report"),
}

Found = TypeVar("Found")


class Extra:
    """What a row says besides its main fields. `rest` is what has not found its place.

    No value refuses a row: one that does not fit its place stays in `rest`. A blank one says nothing.
    """

    def __init__(self, value: object, others: Mapping[str, Any]) -> None:
        """Take the row's `extra`, and with less weight `others`: fields of the row that nothing else knows."""
        self.rest: dict[str, Any] = {}
        for name, content in (*others.items(), *named_values(value).items()):
            if name not in EXTRA_FIELDS or not is_blank(content):
                self.rest[name] = _kept(content)

    def take(self, name: str, parse: Callable[[str], Found | None]) -> Found | None:
        """Return `parse(text)` of a text or a number; None, leaving it where it is, when it does not fit."""
        value = self.rest.get(name)
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return None
        try:
            found = parse(clean_line(str(value)))
        except InvalidFieldError:
            return None
        if found is not None:
            del self.rest[name]
        return found

    def line(self, name: str) -> str:
        return self.take(name, lambda text: text if len(text) <= MAX_TITLE else None) or ""

    def flag(self, name: str) -> bool:
        """Return whether it says yes: true, "yes", "TRUE" or 1."""
        word = str(self.rest.get(name)).lower()
        if word in ("true", "yes", "1", "false", "no", "0"):
            del self.rest[name]
        return word in ("true", "yes", "1")

    def doi(self) -> str:
        """Return the bare DOI ("10.…") from any of the forms it is written in."""

        def bare(text: str) -> str | None:
            match = re.fullmatch(
                r"(?:https?://(?:dx\.|www\.)?doi\.org/|doi:\s*)?(10\.[0-9]{4,9}/\S{1,900})", text, re.IGNORECASE
            )
            return match[1] if match else None

        return self.take("doi", bare) or ""

    def isbn(self) -> str:
        return self.take("isbn", lambda text: text if _is_isbn(text) else None) or ""

    def access(self) -> Access:
        """Return the access level: what is neither public nor mixed counts as members."""
        if "access" not in self.rest:
            return Access.PUBLIC
        said = self.rest.pop("access")
        word = said.lower() if isinstance(said, str) else ""
        if word in ("public", "mixed"):
            return Access(word)
        if word != "members":
            self.rest["access"] = said
        return Access.MEMBERS

    def going_out(self, own_date: PartialDate | None, zone: ZoneInfo) -> dict[str, Any]:
        """Return state, `publish_at`, `expected` and `embargo`: whether and when it goes out.

        `scheduled` to a day goes out on that day, else it is only expected. An embargo or a status that nobody can
        read keeps the release a draft (`why_held`): it must not leave too early (R9).
        """
        expected = self.take("expected", parse_expected)
        embargo = self.take("embargo", lambda text: parse_moment("embargo", text, zone))
        facts: dict[str, Any] = {"expected": expected, "embargo": embargo}
        said = self.rest.get("status")
        word = said.lower() if isinstance(said, str) else ""
        if word in ("draft", "expected", "scheduled") or (word == "embargoed" and embargo):
            del self.rest["status"]
        if word == "draft" or _doubtful(self.rest):
            return facts | {"state": State.DRAFT}
        if word == "scheduled" and (moment := _morning(own_date, zone)):
            return facts | {"state": State.SCHEDULED, "publish_at": moment}
        if word in ("expected", "scheduled"):
            return facts | {"state": State.EXPECTED, "expected": expected or _month(own_date)}
        return facts

    def part(self) -> dict[str, Any]:
        """Return `part` and `part_count` from "3 of 6" or "3"."""

        def numbers(text: str) -> dict[str, int] | None:
            match = re.fullmatch(r"([0-9]{1,4})(?:\s*(?:of|/)\s*([0-9]{1,4}))?", text)
            if not match:
                return None
            part, count = int(match[1]), int(match[2] or match[1])
            if not 0 < part <= count:
                return None
            return {"part": part, "part_count": count} if match[2] else {"part": part}

        return self.take("part", numbers) or {}

    def event(self) -> dict[str, Any]:
        """Return first and last day of the event from "2024-03-18/2024-03-19" (ISO 8601) or one day."""

        def days(text: str) -> dict[str, date] | None:
            try:
                first, *rest = (date.fromisoformat(part) for part in text.split("/"))
            except ValueError:
                return None
            last = rest[0] if rest else first
            return {"event_start": first, "event_end": last} if len(rest) < 2 and first <= last else None

        return self.take("event_date", days) or {}

    def urls(self, name: str) -> tuple[str, ...]:
        url = self.take(name, lambda text: clean_url(name, text))
        return (url,) if url else ()

    def languages(self, name: str) -> tuple[str, ...]:
        codes = self._words(name)
        if not codes or not all(re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}", code) for code in codes):
            return ()
        del self.rest[name]
        return codes

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
        others = (File(name, access=level) for name in formats[1:])
        return (File(formats[0], url, None, level, pages, duration), *others) if formats else ()

    def _formats(self) -> list[str]:
        formats: list[str] = []
        for name in ("formats", "format"):
            words = self._words(name)
            if words and all(len(word) <= _MAX_WORD for word in words):
                formats += [word.lower() for word in words]
                del self.rest[name]
        return list(dict.fromkeys(formats))

    def _words(self, name: str) -> tuple[str, ...]:
        """Return the words of a list, or of a text that holds several as a CSV cell does; none of anything else."""
        if name not in self.rest:
            return ()
        value = self.rest[name]
        words = value.split(";") if isinstance(value, str) else value
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            return ()
        return tuple(dict.fromkeys(cleaned for word in words if (cleaned := clean_line(word))))


def parse_file(said: Mapping[str, str]) -> File:
    """Return the file of which somebody says url, format, size (bytes), pages and duration, each as text.

    A blank one says nothing; of the format the address tells. Raises InvalidFieldError.
    """
    text = {name: clean_line(value) for name, value in said.items()}
    url = clean_url("address", text["url"]) if text["url"] else None
    ending = urlsplit(url).path.rpartition(".")[2].lower() if url else ""
    word = text["format"].lower() or (ending if ending in MEDIA_TYPES else "pdf")
    if len(word) > _MAX_WORD:
        raise unfit("format", word)
    return File(
        word,
        url,
        _number("size", text["size"], _octets),
        pages=_number("pages", text["pages"], _count),
        duration=_number("duration", text["duration"], _seconds),
    )


def _number(name: str, text: str, parse: Callable[[str], int | None]) -> int | None:
    number = parse(text) if text else None
    if text and number is None:
        raise unfit(name, text)
    return number


def unfit(name: str, value: object, then: str = "") -> InvalidFieldError:
    """Return what is wrong with a value of `extra` that has not found its place, and, as `then`, what follows."""
    problem, remedy = _UNFIT.get(name, ("is too long", "shorten it"))
    return InvalidFieldError(name, f"{shown(str(value))} {problem}{then}", remedy)


def why_held(release: Release) -> str:
    """Return why a release that came in is kept as a draft without being called one; empty when it is not."""
    name = _doubtful(release.extra)
    return str(unfit(name, release.extra[name], "; kept as a draft")) if name else ""


def _doubtful(rest: Mapping[str, Any]) -> str:
    """Return which value, found in no place, may say that the release must not go out yet; empty for none."""
    if "embargo" in rest:
        return "embargo"
    return "status" if str(rest.get("status", "live")).lower() not in _OUT else ""


def is_blank(value: object) -> bool:
    """Whether a value says nothing."""
    return (clean_text(value) if isinstance(value, str) else value) in _BLANK


def named_values(value: object) -> Mapping[str, Any]:
    """Return the names, in small letters, and values of `extra`, which a CSV cell holds as JSON."""
    if isinstance(value, str) and value.strip():
        try:
            value = json.loads(value, object_pairs_hook=named_once)
        except (ValueError, RecursionError):
            raise InvalidFieldError("extra", "is no JSON", 'write it like {"edition": "2026"}') from None
    if value in (None, ""):
        return {}
    if not isinstance(value, Mapping):
        raise InvalidFieldError("extra", "is not made of names and values", 'write it like {"edition": "2026"}')
    return named_once((folded(str(name)), content) for name, content in value.items())


def _kept(value: object, depth: int = 0) -> Any:
    """Return a value as JSON can hold it and XML can show it."""
    if isinstance(value, str):
        return clean_text(value)
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if depth == _DEEPEST:
        raise InvalidFieldError("extra", f"is nested deeper than {_DEEPEST} levels", "flatten it")
    if isinstance(value, Mapping):
        return {clean_line(str(name)): _kept(content, depth + 1) for name, content in value.items()}
    return [_kept(one, depth + 1) for one in value] if isinstance(value, list | tuple) else str(value)


def _morning(own_date: PartialDate | None, zone: ZoneInfo) -> datetime | None:
    """Return the first second of a date that is known to the day, in `zone`."""
    if own_date is None or not own_date.day:
        return None
    return in_utc(datetime(own_date.year, own_date.month, own_date.day, tzinfo=zone))


def _month(own_date: PartialDate | None) -> str | None:
    """Return the month of a date, as `expected` has it: the day is never shown."""
    return str(PartialDate(own_date.year, own_date.month)) if own_date else None


def _is_isbn(text: str) -> bool:
    """Whether a text holds the ten or thirteen digits of an ISBN, and its last one fits the others (ISO 2108)."""
    digits = re.sub("[ ‐‑–-]", "", text).upper()
    if re.fullmatch("[0-9]{9}[0-9X]", digits):
        return sum((10 - place) * "0123456789X".index(digit) for place, digit in enumerate(digits)) % 11 == 0
    if re.fullmatch("97[89][0-9]{10}", digits):
        return sum((1, 3)[place % 2] * int(digit) for place, digit in enumerate(digits)) % 10 == 0
    return False


def _octets(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,15}", text) else None


def _count(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[1-9][0-9]{0,5}", text) else None


def _seconds(text: str) -> int | None:
    """Return the seconds of "01:09:48", "09:48" or "588"."""
    if not re.fullmatch(r"[0-9]{1,6}|[0-9]{1,3}(:[0-5][0-9]){1,2}", text):
        return None
    total = 0
    for part in text.split(":"):
        total = total * 60 + int(part)
    return total or None
