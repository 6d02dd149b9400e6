"""Complaints about how personal data are used (Data Protection Act 2018 s.164A, in force since 19 June 2026)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

LONGEST = {"text": 5_000, "name": 200, "contact": 1_000}
"""How many characters each part of a complaint may have."""
A_DAY = timedelta(hours=24)
FROM_A_PLACE, IN_A_DAY = 5, 200
"""How many are taken in an hour from one network address, and in 24 hours from everywhere."""
ACKNOWLEDGE_WITHIN = timedelta(days=30)
REMIND_AFTER = (timedelta(0), timedelta(days=20), timedelta(days=27))
"""When the organisation is told of a complaint that nobody has acknowledged; in one letter in 24 hours at most."""
REMIND_EVERY = timedelta(days=7)
"""How often it is told again after the last of these moments."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """A complaint, and what became of it. `contact` is where an answer goes, in whatever form it was given.

    `told` is how many of the moments to tell of it have had their letter.
    """

    number: int
    at: datetime
    name: str
    contact: str
    text: str
    told: int = 0
    acknowledged_at: datetime | None = None
    closed_at: datetime | None = None
    outcome: str = ""

    @property
    def due(self) -> datetime:
        """The moment by which it must be acknowledged."""
        return self.at + ACKNOWLEDGE_WITHIN

    def come(self, now: datetime) -> int:
        """Return how many of the moments to tell of it have come."""
        since_last = now - (self.at + REMIND_AFTER[-1])
        return sum(self.at + after <= now for after in REMIND_AFTER) + max(0, since_last // REMIND_EVERY)
