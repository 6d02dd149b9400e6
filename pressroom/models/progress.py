"""How a digest run is getting on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from pressroom.models.runs import DigestRun, RunState

LOOKS_BACK = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Progress:
    """A run at one moment: `lately` of its messages came to their end since `since`, within the last minute.

    `at_most` is the pace that is set, 0 without one; `why_not` says why no mail can leave now, and `next_try` when the
    next is tried that has to wait.
    """

    run: DigestRun
    at: datetime
    lately: int = 0
    since: datetime | None = None
    at_most: int = 0
    why_not: str = ""
    next_try: datetime | None = None

    @property
    def is_over(self) -> bool:
        return self.run.state in (RunState.CLOSED, RunState.EMPTY) or not self.run.counts.waiting

    @property
    def is_cancelled(self) -> bool:
        """Whether somebody has cancelled it; what still waits is being handed over at this moment."""
        return self.run.counts.cancelled > 0

    @property
    def done(self) -> int:
        return self.run.counts.enlisted - self.run.counts.waiting

    @property
    def a_minute(self) -> int:
        """How many came to their end in a minute, by those of the last one."""
        if self.since is None:
            return 0
        seconds = max((self.at - self.since).total_seconds(), 1)
        return round(self.lately * LOOKS_BACK.total_seconds() / seconds)

    @property
    def expected_end(self) -> datetime | None:
        """When the last one will have left, if it goes on like this and as fast as it may; None where nothing moves."""
        if self.is_over or not self.a_minute:
            return None
        pace = min(self.a_minute, self.at_most or self.a_minute)
        return self.at + timedelta(minutes=self.run.counts.waiting / pace)
