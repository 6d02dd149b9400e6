"""Time: moments are aware UTC datetimes of whole seconds; a release's own date is only as precise as it is known.

Stored and exchanged as RFC 3339 text (`2026-01-28T10:00:00Z`), so that text order is time order.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Self

from pressroom.errors import InvalidFieldError
from pressroom.models.text import shown

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
# ISO 8601: a year, month or day; behind a day also its time, which is not part of the date.
_DATE = re.compile(
    r"([0-9]{4})(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12][0-9]|3[01])([T ][0-9]{2}:[0-9]{2}\S*)?)?)?", re.IGNORECASE
)
_FARTHEST = timedelta(hours=14)  # no zone is farther from UTC

MOMENT_YEARS = range(1990, 2101)
NO_MOMENT = ("is no moment in time", "write it like 2026-01-28T10:00 or 2026-01-28T10:00Z")


def stamp(moment: datetime) -> str:
    """Return `moment` as RFC 3339 text in UTC, whole seconds."""
    # Not strftime: it writes the year 1 as “1”, which sorts wrongly and cannot be read back.
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def unstamp(text: str) -> datetime:
    """Return the moment that `stamp` (or SQLite's `datetime()`) wrote."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is UTC:
        return moment
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def parse_moment(field: str, text: str, zone: tzinfo) -> datetime:
    """Read an ISO 8601 moment; one without an offset is in `zone`. A bare date is its first second."""
    try:
        moment = _moment(text)
        if moment.year not in MOMENT_YEARS:
            raise InvalidFieldError(field, f"{shown(text)} is too far away", "give a moment from 1990 to 2100")
        return in_utc(moment if moment.tzinfo else moment.replace(tzinfo=zone))
    except (ValueError, OverflowError) as error:
        problem, remedy = NO_MOMENT
        raise InvalidFieldError(field, f"{shown(text)} {problem}", remedy) from error


def _moment(text: str) -> datetime:
    """Return the moment that ISO 8601 text names, without an offset if it has none. Raises ValueError."""
    moment = datetime.fromisoformat(text.strip().upper())
    if abs(moment.utcoffset() or timedelta()) > _FARTHEST:
        raise ValueError(text)
    return moment


def in_zone(moment: datetime, zone: tzinfo) -> datetime:
    """Return a moment by the clocks of `zone`; at the ends of the calendar, where these have no day left, in UTC."""
    try:
        return moment.astimezone(zone)
    except OverflowError:
        return moment


def in_utc(moment: datetime) -> datetime:
    """Return an aware moment in UTC, in whole seconds. Raises OverflowError beyond the years 1 to 9999."""
    return moment.astimezone(UTC).replace(microsecond=0)


@dataclass(frozen=True, slots=True, order=True)
class PartialDate:
    """A date known to the day, the month or the year; as text `2026-01-28`, `2026-01` or `2026` (ISO 8601)."""

    year: int
    month: int = 0
    day: int = 0

    @property
    def precision(self) -> str:
        return "day" if self.day else "month" if self.month else "year"

    @property
    def first_moment(self) -> datetime:
        """The first second of the date, in UTC."""
        return datetime(self.year, self.month or 1, self.day or 1, tzinfo=UTC)

    def __str__(self) -> str:
        return "-".join([f"{self.year:04}"] + [f"{part:02}" for part in (self.month, self.day) if part])

    @classmethod
    def parse(cls, field: str, text: str, precision: str | None = None) -> Self | None:
        """Read a date, None for a blank one; `precision` (day, month, year, none) cuts what it pretends to know."""
        if precision not in (None, "", "day", "month", "year", "none"):
            raise InvalidFieldError(
                f"{field}_precision", f"{shown(precision)} is unknown", "choose day, month, year or none"
            )
        if not text.strip():
            return None
        match = _DATE.fullmatch(text.strip())
        year, month, day = (int(part or 0) for part in match.group(1, 2, 3)) if match else (0, 0, 0)
        try:
            date(year, month or 1, day or 1)
            if match and match[4]:
                _moment(text)
        except ValueError as error:
            raise InvalidFieldError(
                field, f"{shown(text)} is no date", "write 2026-01-28, 2026-01 or 2026, as precise as it is known"
            ) from error
        if precision == "none":
            return None
        return cls(year, 0 if precision == "year" else month, 0 if precision in ("year", "month") else day)


def parse_expected(text: str) -> str | None:
    """Read the month in which a release is expected: `2026-03`, or `--03` when the year is not said.

    Returns None for words that name no month ("in spring").
    """
    words = text.strip()
    if re.fullmatch(r"[0-9]{4}(-(0[1-9]|1[0-2]))?|--(0[1-9]|1[0-2])", words):
        return words
    match = re.fullmatch(r"([A-Za-z]+)\.?(?:\s+([0-9]{4}))?", words)
    if not match:
        return None
    name = match[1].casefold()
    for number, month in enumerate(MONTHS, start=1):
        if name in (month.casefold(), month[:3].casefold()):
            return f"{match[2] or '-'}-{number:02}"
    return None
