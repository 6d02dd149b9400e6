"""Complaints about how personal data are used (Data Protection Act 2018 s.164A, in force since 19 June 2026)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

ACKNOWLEDGE_WITHIN = timedelta(days=30)
REMIND_AFTER = (timedelta(0), timedelta(days=20), timedelta(days=27))
"""When the organisation is told of a complaint that nobody has acknowledged."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """A complaint, and what became of it. `contact` is where an answer goes, in whatever form it was given."""

    number: int
    at: datetime
    name: str
    contact: str
    text: str
    acknowledged_at: datetime | None = None
    closed_at: datetime | None = None
    outcome: str = ""
