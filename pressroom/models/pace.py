"""How fast mail may leave."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import ceil

FIRST_DAY = 0.02
"""The part of the full pace that a new sender begins with."""


@dataclass(frozen=True, slots=True)
class Pace:
    """At most so many messages in any minute, in all and to one domain; 0 sets no limit.

    From `warm_up_from` on both grow by the same factor each day, from a fiftieth to the whole after `warm_up_days`.
    """

    a_minute: int = 0
    to_a_domain: int = 0
    warm_up_from: date | None = None
    warm_up_days: int = 28

    def on(self, day: date) -> Pace:
        """Return the pace of one day, its limits as they are then."""
        if self.warm_up_from is None:
            return self
        days = min(max((day - self.warm_up_from).days, 0), self.warm_up_days)
        part: float = FIRST_DAY ** (1 - days / self.warm_up_days)
        return Pace(ceil(self.a_minute * part), ceil(self.to_a_domain * part))

    @property
    def a_second(self) -> int:
        """How many of a minute's messages may leave in one of its seconds, so that they are spread over it."""
        return ceil(self.a_minute / 60)
