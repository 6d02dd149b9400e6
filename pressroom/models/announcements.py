"""Numbered events that readers shall hear of (R2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Change(StrEnum):
    NEW = "new"
    REVISED = "revised"
    WITHDRAWN = "withdrawn"
    FILED = "filed"


@dataclass(frozen=True, slots=True)
class Announcement:
    """One event of a release, with the release's topics and series as they were (rows of the catalogue).

    `at` is the moment readers are shown; silent ones have none. `made_at` is the clock of the command that made it.
    """

    no: int
    release: int
    change: Change
    at: datetime | None
    made_at: datetime
    note: str = ""
    urgent: bool = False
    silent: bool = False
    series: int | None = None
    topics: frozenset[int] = frozenset()


def spread(count: int, now: datetime, last: datetime | None) -> list[datetime]:
    """Return `count` growing moments, a whole second apart, for announcements made together (R2).

    They end at `now` where the time since `last` is long enough, and run ahead of it only where it is not.
    """
    first = now - timedelta(seconds=count - 1)
    if last is not None and first <= last:
        first = last + timedelta(seconds=1)
    return [first + timedelta(seconds=step) for step in range(count)]
