"""Pings: telling a hub that a feed has changed (WebSub), and how long it is tried."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

WAITS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=6))
"""How long it is waited after the first failure, the second, and so on; the last goes on."""
LONGEST_WAIT = timedelta(days=1)
"""A hub that asks for more is tried again after that."""
GIVEN_UP_AFTER = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Failing:
    """What has been tried in vain `attempts` times since a moment."""

    attempts: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Ping:
    """`hub` is to be told that `topic`, a feed by its own address, has changed; `put_no` says which change is meant."""

    hub: str
    topic: str
    put_no: int
    failing: Failing | None = None


@dataclass(frozen=True, slots=True)
class FailingHub:
    """A hub that takes no ping, or not all of them: since when, what it did last, and how many topics wait."""

    hub: str
    since: datetime
    answer: str
    waiting: int

    @property
    def in_words(self) -> str:
        return f"{host_of(self.hub)} {self.answer}"


def host_of(hub: str) -> str:
    """Return what people call a hub: the host of its address."""
    return urlsplit(hub).hostname or hub


def next_try(failing: Failing | None, now: datetime, asked: timedelta) -> datetime | None:
    """Return when to try again what has failed before and now once more; None where it is given up.

    `asked` is what the hub wants to be left alone for (Retry-After).
    """
    attempts, since = (failing.attempts, failing.since) if failing else (0, now)
    if now - since >= GIVEN_UP_AFTER:
        return None
    return now + max(WAITS[min(attempts, len(WAITS) - 1)], min(asked, LONGEST_WAIT))
