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
from pressroom.models.dates import parse_expected, unstamp
from pressroom.models.text import shown

_PLAIN = re.compile(r"https?://[a-zA-Z0-9.-]+(/.*)?")
"""Addresses that are so nearly always, and that need not be taken apart to know it."""

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
"""When that was of which nobody can read when it was."""

LIKE_A_DAY = "{} GLOB '[1-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]'"
LIKE_A_MOMENT = "{} GLOB '[1-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]Z'"
"""SQL: that a column is hardly anything else; of the least and the greatest only such count."""

Value = TypeVar("Value")
Instead = TypeVar("Instead")
Word = TypeVar("Word", bound=StrEnum)


class Cells:
    """The cells of a row. `faults` says of each that cannot be read what is in it."""

    def __init__(self, row: sqlite3.Row) -> None:
        self._row = row
        self.faults: list[str] = []

    def take(self, column: str, parse: Callable[[str], Value], instead: Instead) -> Value | Instead:
        """Return what a column holds; `instead` where that is nothing, or cannot be read."""
        return self.parsed(column, self._row[column], parse, instead)

    def parsed(self, name: str, text: str | None, parse: Callable[[str], Value], instead: Instead) -> Value | Instead:
        """Return what `text` says, `instead` where that is nothing, or cannot be read."""
        if not text:
            return instead
        try:
            return parse(text)
        except (ValueError, RecursionError, InvalidFieldError):
            self.faults.append(f"{name}: {shown(text)} cannot be read")
            return instead


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
    if _PLAIN.fullmatch(text):
        return text
    parts = urlsplit(text)
    _ = parts.port  # asking for the port checks it
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError(text)
    return text


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
