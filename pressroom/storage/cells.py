"""Values out of a row that any program may have written.

The file refuses most nonsense itself; it cannot know all, and a program may have switched its checks off. One value
that nobody can read must not cost readers all the rest.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar
from urllib.parse import urlsplit

from pressroom.errors import InvalidFieldError
from pressroom.models.dates import parse_expected
from pressroom.models.text import shown

_PLAIN = re.compile(r"https?://[a-zA-Z0-9.-]+(/.*)?")
"""Addresses that are so nearly always, and that need not be taken apart to know it."""

Value = TypeVar("Value")
Instead = TypeVar("Instead")


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
