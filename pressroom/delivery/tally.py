"""What one round of delivering came to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from pressroom.errors import PublisherError


@dataclass(slots=True)
class Tally:
    """What one round of delivering came to."""

    sent: int = 0
    failed: int = 0
    retry: int = 0
    put_off: int = 0
    """How many wait for their turn, since only so many may leave in a minute."""
    suppressed: int = 0
    unknown: int = 0
    waiting: int = 0
    """How many wait for a later try, from this round or an earlier one."""
    next_try: datetime | None = None
    """When the first of them is tried again."""
    ended: list[int] = field(default_factory=list)
    """The runs in which nothing waits any more since this round."""
    refusals: list[tuple[str, str]] = field(default_factory=list)
    """Of this round: recipients whose message was not taken, each with the answer."""
    closed: str = ""
    """Why nothing at all could be handed over, in the words of the server or the disk."""
    trouble: list[PublisherError] = field(default_factory=list)
    """What kept messages from being made, a broken template for instance, each once; they are tried again."""

    @property
    def has_trouble(self) -> bool:
        return bool(self.failed or self.waiting or self.unknown)

    def add_trouble(self, error: PublisherError) -> None:
        if str(error) not in map(str, self.trouble):
            self.trouble.append(error)

    def add(self, other: Tally) -> None:
        """Add what came of a part of the round."""
        for name in ("sent", "failed", "retry", "put_off", "suppressed", "unknown"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.refusals += other.refusals
        self.closed = other.closed or self.closed
        for error in other.trouble:
            self.add_trouble(error)
