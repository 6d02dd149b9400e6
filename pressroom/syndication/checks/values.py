"""What addresses, dates and texts must be like in every format."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from pressroom.models.text import shown

FIRST_YEAR = 1991
"""Readers and the W3C validator take an earlier year for a mistake (ImplausibleDate)."""
AHEAD = timedelta(days=1)
"""As far as a moment may lie ahead of now: clocks differ, and so do zones that somebody got wrong."""


class Wrong(NamedTuple):
    """What is wrong with a value: the rule that it breaks, and a sentence."""

    rule: str
    words: str


# XML 1.0 §2.2 lets C1 controls pass and readers do not; U+FFFD is what is left of a letter that was lost.
BAD_CHARACTERS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffd]")
_RFC3339 = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})")
_RFC822 = re.compile(
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?[0-9]{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [0-9]{4} "
    r"[0-9]{2}:[0-9]{2}(?::[0-9]{2})? (?:GMT|UT|[ECMP][SD]T|[+-][0-9]{4})"
)
# The W3C's profile of ISO 8601, which Dublin Core asks for: a year, a month, a day or a moment.
_W3CDTF = re.compile(
    r"[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01])"
    r"(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2}))?)?)?"
)
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"\\^`{|}]+")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


def is_iri(text: str) -> bool:
    """Whether it is a whole IRI, of any scheme (RFC 3987 §2.2)."""
    return bool(_IRI.fullmatch(text))


def is_address(text: str) -> bool:
    """Whether it is a whole web address."""
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and is_iri(text)
    except ValueError:
        return False


def is_language(text: str) -> bool:
    return bool(_LANGUAGE.fullmatch(text))


def parse_rfc3339(text: str) -> datetime | None:
    """Return the moment, None for what RFC 3339 §5.6 does not allow; it wants seconds and a zone."""
    try:
        return datetime.fromisoformat(text) if _RFC3339.fullmatch(text) else None
    except ValueError:
        return None


def parse_rfc822(text: str) -> datetime | None:
    """Return the moment, None for what RFC 822 §5.1 does not allow, or a year of two digits."""
    try:
        moment = parsedate_to_datetime(text) if _RFC822.fullmatch(text) else None
    except (ValueError, OverflowError):
        return None
    return moment if moment and moment.tzinfo else None


def wrong_rfc3339(text: str, now: datetime) -> Wrong | None:
    """Return what is wrong with a moment in Atom or JSON Feed."""
    moment = parse_rfc3339(text)
    if moment is None:
        return Wrong("date-form", f"{shown(text)} is no RFC 3339 moment; write it like 2026-01-28T10:00:00Z.")
    return _implausible(moment, text, now)


def wrong_rfc822(text: str, now: datetime) -> Wrong | None:
    """Return what is wrong with a moment in RSS; its day of the week may be left out."""
    moment = parse_rfc822(text)
    if moment is None:
        return Wrong("date-form", f"{shown(text)} is no RFC 822 moment; write it like Wed, 28 Jan 2026 10:00:00 GMT.")
    weekday = _WEEKDAYS[moment.weekday()]
    if "," in text and not text.startswith(weekday):
        return Wrong("wrong-weekday", f"{shown(text)} was a {weekday}; write the right day of the week, or none.")
    return _implausible(moment, text, now)


def wrong_w3cdtf(text: str, now: datetime) -> Wrong | None:
    """Return what is wrong with a date of Dublin Core."""
    if not _W3CDTF.fullmatch(text):
        return Wrong("date-form", f"{shown(text)} is no date; write it like 2026, 2026-01 or 2026-01-28.")
    day = text[:10]
    if int(day[:4]) < FIRST_YEAR:
        remedy = "say what time a work is about in dc:coverage"
        return Wrong("implausible-date", f"{shown(text)} is taken for a mistake; {remedy}.")
    if day > (now + AHEAD).date().isoformat()[: len(day)]:
        return Wrong("implausible-date", f"{shown(text)} lies ahead; give it when it has come.")
    return None


def _implausible(moment: datetime, text: str, now: datetime) -> Wrong | None:
    if moment.year < FIRST_YEAR:
        remedy = "leave it out, and give the work's own date in the text"
        return Wrong("implausible-date", f"{shown(text)} is taken for a mistake; {remedy}.")
    if moment > now + AHEAD:
        return Wrong("implausible-date", f"{shown(text)} lies ahead by more than a day; give it when it has come.")
    return None
