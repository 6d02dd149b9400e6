"""The pace at which mail leaves, kept in the catalogue: every process counts what the others have handed over."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from pressroom.models.dates import in_zone, stamp
from pressroom.models.pace import Pace
from pressroom.models.people import domain_of
from pressroom.storage.cells import LONG_AGO, moment
from pressroom.storage.store import Store

WINDOW = 61
"""Seconds before the present one that count: any minute is covered, though clocks of processes differ by a second."""
AHEAD = 60
"""Seconds ahead that count, too: what is farther was noted by a clock that was wrong."""
HALT, CAREFUL = timedelta(minutes=10), timedelta(hours=1)
"""What Gmail asks of who has been told to slow down: ten minutes of nothing, then one connection."""
FARTHEST_TURN = timedelta(hours=11)


class KeptPace:
    """The limits of `pace` (Protocol `delivery.queue.Pace`), its days those of `zone`."""

    def __init__(self, store: Store, pace: Pace, zone: ZoneInfo) -> None:
        self._store, self._pace, self._zone = store, pace, zone
        self._halted: dict[str, tuple[datetime, datetime]] = {}

    def left(self, now: datetime) -> int | None:
        """Return how many messages may leave in this second, None without a limit; it looks who must be spared now."""
        rows = self._store.rows(
            "SELECT * FROM halted_domains WHERE careful_until BETWEEN ? AND ?", (stamp(now), stamp(now + CAREFUL))
        )
        self._halted = {
            row["domain"]: (moment(row["until"]) or LONG_AGO, moment(row["careful_until"]) or LONG_AGO) for row in rows
        }
        today = self._on(now)
        if not today.a_minute:
            return None
        second = int(now.timestamp())
        lately, just_now = self._sum(second - WINDOW), self._sum(second)
        return max(min(today.a_minute - lately, today.a_second - just_now), 0)

    def turn_of(self, recipient: str, now: datetime, ahead: Iterable[str]) -> datetime | None:
        """Let a message leave now, and count it, or return when it may have its turn.

        `ahead` are the recipients of what this process is handing over.
        """
        today = self._on(now)
        if not (self._halted or today.a_minute or today.to_a_domain):
            return None
        domain = domain_of(recipient)
        if domain in self._halted and (turn := self._turn_of_halted(domain, now, ahead)):
            return turn
        if not (today.a_minute or today.to_a_domain):
            return None
        second = int(now.timestamp())
        if today.a_minute and self._sum(second - WINDOW) >= today.a_minute:
            return now + timedelta(seconds=1)
        if today.to_a_domain and self._sum(second - WINDOW, domain) >= today.to_a_domain:
            return self._next_turn(domain, now, WINDOW / today.to_a_domain)
        kept = (second - 2 * WINDOW, second + AHEAD)
        self._store.write("DELETE FROM left_lately WHERE second NOT BETWEEN ? AND ?", kept)
        self._store.write(
            """INSERT INTO left_lately (second, domain, number) VALUES (?, ?, 1)
            ON CONFLICT DO UPDATE SET number = number + 1""",
            (second, domain),
        )
        return None

    def halt(self, recipient: str, now: datetime) -> None:
        """Let nothing go to that recipient's domain for a while, and then one at a time."""
        self._store.write(
            """INSERT INTO halted_domains (domain, until, careful_until) VALUES (?, ?, ?)
            ON CONFLICT DO UPDATE SET until = excluded.until, careful_until = excluded.careful_until""",
            (domain_of(recipient), stamp(now + HALT), stamp(now + CAREFUL)),
        )
        self._halted[domain_of(recipient)] = (now + HALT, now + CAREFUL)

    def halted(self, now: datetime) -> dict[str, datetime]:
        """Return the domains to which nothing goes now, each with the moment when that ends."""
        rows = self._store.rows(
            "SELECT domain, until FROM halted_domains WHERE until > ? AND until <= ?", (stamp(now), stamp(now + HALT))
        )
        return {row["domain"]: moment(row["until"]) or LONG_AGO for row in rows}

    def _turn_of_halted(self, domain: str, now: datetime, ahead: Iterable[str]) -> datetime | None:
        until, careful_until = self._halted[domain]
        if now < until:
            return self._next_turn(domain, until, 1)
        if now < careful_until and any(domain_of(other) == domain for other in ahead):
            return self._next_turn(domain, now + timedelta(seconds=1), 1)
        return None

    def _next_turn(self, domain: str, earliest: datetime, apart: float) -> datetime:
        """Return the next free turn of a domain, each some seconds apart, so that all do not come back at once."""
        first = earliest.timestamp()
        kept = self._store.value("SELECT next_at FROM turns WHERE domain = ?", (domain,))
        turn = max(kept or 0.0, first + 1)
        if turn > first + FARTHEST_TURN.total_seconds():  # so many wait, or the clock was ahead
            turn = first + 1
        self._store.write(
            "INSERT INTO turns (domain, next_at) VALUES (?, ?) ON CONFLICT DO UPDATE SET next_at = excluded.next_at",
            (domain, turn + apart),
        )
        return datetime.fromtimestamp(ceil(turn), UTC)

    def _sum(self, first: int, domain: str | None = None) -> int:
        """Return how many have left since a second, as far as that is noted rightly."""
        sql = """SELECT coalesce(sum(number), 0) FROM left_lately
            WHERE second BETWEEN ? AND ? AND domain = coalesce(?, domain)"""
        return int(self._store.value(sql, (first, first + WINDOW + AHEAD, domain)))

    def _on(self, now: datetime) -> Pace:
        return self._pace.on(in_zone(now, self._zone).date())
