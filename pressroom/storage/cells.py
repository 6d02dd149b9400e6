"""Values out of a row that any program may have written.

The file refuses most nonsense itself; it cannot know all, and a program may have switched its checks off. One value
that nobody can read must not cost readers all the rest.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, TypeVar
from urllib.parse import urlsplit

from pressroom.errors import InvalidFieldError
from pressroom.models.dates import MOMENT_YEARS, PartialDate, parse_expected, unstamp
from pressroom.models.text import MAX_URL, clean_language, shown, without_forbidden

_PLAIN = re.compile(r"https?://[a-zA-Z0-9.-]+(/.*)?")
"""Addresses that are so nearly always, and that need not be taken apart to know it."""

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
"""When that was of which nobody can read when it was."""

LIKE_A_DAY = "{} GLOB '[1-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]'"
LIKE_A_MOMENT = "{} GLOB '[1-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]Z'"
"""SQL: that a column is hardly anything else; of the least and the greatest only such count."""

UNUSABLE = "cannot be used as it is"
MOST_FAULTS = 5
_SLUG = re.compile(r"[a-z0-9-]{1,200}")

Value = TypeVar("Value")
Instead = TypeVar("Instead")
Word = TypeVar("Word", bound=StrEnum)


class Cells:
    """The cells of a row. `faults` says of each that cannot be read what is in it.

    `are_clean` is false where a text holds code points that are left out.
    """

    def __init__(self, row: sqlite3.Row) -> None:
        self._row = row
        self.faults: list[str] = []
        self.are_clean = True

    def take(self, column: str, parse: Callable[[str], Value], instead: Instead) -> Value | Instead:
        """Return what a column holds; `instead` where that is nothing, or cannot be read."""
        return self.parsed(column, self._row[column], parse, instead)

    def parsed(self, name: str, text: str | None, parse: Callable[[str], Value], instead: Instead) -> Value | Instead:
        """Return what `text` says, `instead` where there is none, or none that can be read."""
        if text is None:
            return instead
        try:
            return parse(text)
        except (ValueError, OverflowError, RecursionError, InvalidFieldError):
            self.faults.append(f"{name}: {shown(text)} cannot be read")
            return instead

    def required(self, column: str, parse: Callable[[str], Value]) -> Value | None:
        """Return what a column holds, None where that cannot be read; it is told where there is nothing."""
        if self._row[column] is None:
            self.faults.append(f"{column}: is missing")
            return None
        return self.take(column, parse, None)

    def in_words(self) -> str:
        """Return what cannot be read, each thing once and of many the first ones, empty for nothing."""
        faults = list(dict.fromkeys(self.faults))
        more = f"; and {len(faults) - MOST_FAULTS:,} more" if len(faults) > MOST_FAULTS else ""
        return "; ".join(faults[:MOST_FAULTS]) + more

    def line(self, column: str, longest: int) -> str:
        """Return the text of a column, empty where it is longer than an import takes."""
        return self.text(column, self._row[column], longest)

    def text(self, name: str, text: str, longest: int) -> str:
        """Return `text` without what XML forbids, empty where it is longer than an import takes."""
        if not text:
            return ""
        if len(text) > longest:
            self.faults.append(f"{name}: is {len(text):,} characters long")
            return ""
        clean = without_forbidden(text)
        self.are_clean = self.are_clean and len(clean) == len(text)
        return clean

    def number(self, name: str, value: int | None, most: int, *, least: int = 1) -> int | None:
        """Return a number from `least` to `most`, None where there is none, or one that nobody can mean."""
        if value is not None and not least <= value <= most:
            self.faults.append(f"{name}: {value} cannot be meant")
            return None
        return value


def moment(text: str | None) -> datetime | None:
    """Return the moment that a column holds; None where that is nothing, or no moment that one can reckon with."""
    try:
        return unstamp(text) if text and "1000" < text < "9990" else None
    except (ValueError, OverflowError):
        return None


def day(text: str | None) -> date | None:
    """Return the day that a column holds; None where that is nothing, or no day."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def word(text: str, instead: Word) -> Word:
    """Return the word of a closed list that a column holds, `instead` for any other."""
    try:
        return type(instead)(text)
    except ValueError:
        return instead


def from_json(text: str, make: Callable[[Any], Value], instead: Value) -> Value:
    """Return what is made of the JSON that a column holds, `instead` where nothing can be."""
    try:
        return make(json.loads(text))
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return instead


def web_address(text: str) -> str:
    """Return an address that can be taken apart as an http(s) one. Raises ValueError."""
    text = without_forbidden(text)
    if len(text) > MAX_URL:
        raise ValueError(text)
    if _PLAIN.fullmatch(text):
        return text
    parts = urlsplit(text)
    _ = parts.port  # asking for the port checks it
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError(text)
    return text


def release_slug(text: str) -> str:
    """Return a slug that a page may have. Raises InvalidFieldError."""
    if not _SLUG.fullmatch(text):
        raise InvalidFieldError("slug", f"{shown(text)} is none", "write it in a-z, 0-9 and hyphens")
    return text


def language_code(text: str) -> str:
    """Return a language code. Raises ValueError, and InvalidFieldError for what is none."""
    if without_forbidden(text) != text:
        raise ValueError(text)
    code = clean_language("language", text)
    if not code:
        raise ValueError(text)
    return code


def meant_moment(text: str) -> datetime:
    """Return a stored moment of a time that somebody can mean. Raises ValueError."""
    found = unstamp(text)
    if found.year not in MOMENT_YEARS:
        raise ValueError(text)
    return found


def moment_so_far(text: str) -> datetime:
    """Return a stored moment, also of long ago. Raises ValueError."""
    found = unstamp(text)
    if found.year >= MOMENT_YEARS.stop:
        raise ValueError(text)
    return found


def place_in_time(text: str) -> datetime | PartialDate | None:
    """Return what releases are sorted by: the moment of an announcement, or the own date of what came in silently.

    Raises ValueError and InvalidFieldError.
    """
    return meant_moment(text) if "T" in text else PartialDate.parse("published", text) if text else None


def expected_month(text: str) -> str:
    """Return the month in which a release is expected. Raises ValueError for what is none."""
    if parse_expected(text) != text:
        raise ValueError(text)
    return text


def json_object(text: str) -> Mapping[str, Any]:
    """Return the object that JSON text holds. Raises ValueError, and RecursionError for one that is too deep."""
    value = json.loads(text)
    if not isinstance(value, dict):
        raise ValueError(text)
    return MappingProxyType(value)
