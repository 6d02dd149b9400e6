"""What delivery needs of the outside, as Protocols: a queue with its last look, a builder, a transport."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from pressroom.models.runs import Delivery, Message


class Queue(Protocol):
    """The ledger as delivery works it off.

    A claim is on the disk when `claim` returns; every `mark_…` is committed, which a kill does not undo. A mark does
    nothing, and returns False, where the claim it belongs to has meanwhile gone to somebody else.
    """

    def claim(self, owner: str, now: datetime, limit: int) -> list[Delivery]: ...
    def reason_to_hold(self, delivery: Delivery) -> str | None: ...
    def mark_handed_over(self, delivery: Delivery, now: datetime) -> bool: ...
    def mark_sent(self, delivery: Delivery, reply: str, now: datetime) -> bool: ...
    def mark_failed(self, delivery: Delivery, reply: str, now: datetime) -> bool: ...
    def mark_suppressed(self, delivery: Delivery, reason: str, now: datetime) -> bool: ...
    def mark_unknown(self, delivery: Delivery, reply: str, now: datetime) -> bool: ...
    def mark_retry(self, delivery: Delivery, reply: str, at: datetime) -> bool: ...
    def mark_queued(self, delivery: Delivery) -> bool: ...
    def close(self, now: datetime, until: datetime) -> None:
        """Claim nothing from `now` to `until`: nothing at all can be handed over, and every message would meet it."""
        ...

    def give_back(self, claimed: Sequence[Delivery]) -> None: ...
    def claims(self) -> list[tuple[Delivery, datetime]]: ...


class Builder(Protocol):
    """Makes the message of a delivery, the same one every time; None where the person is gone."""

    def build(self, delivery: Delivery) -> Message | None: ...


class Verdict(StrEnum):
    """What a transport says: taken; not now; never; nothing was heard; or that nothing at all can be handed over."""

    TAKEN = "taken"
    LATER = "later"
    NEVER = "never"
    SILENCE = "silence"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Answer:
    verdict: Verdict
    reply: str


class Transport(Protocol):
    """Hands messages over. It never raises for what a server or disk says: that is an `Answer`."""

    def send(self, message: Message) -> Answer: ...

    def holds(self, message: Message) -> bool | None:
        """Whether the message was taken before: None where that cannot be known (SMTP)."""
        ...

    def close(self) -> None: ...
