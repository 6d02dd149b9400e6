"""What delivery needs of the outside, as Protocols: a queue with its last look, a builder, a transport."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from pressroom.models.runs import Delivery, Message


class Queue(Protocol):
    """The ledger as delivery works it off. Every `mark_…` is on disk when it returns."""

    def claim(self, owner: str, now: datetime, limit: int) -> list[Delivery]: ...
    def reason_to_hold(self, delivery: Delivery) -> str | None: ...
    def mark_handed_over(self, delivery: Delivery, owner: str, now: datetime) -> bool: ...
    def mark_sent(self, delivery: Delivery, reply: str, now: datetime) -> None: ...
    def mark_failed(self, delivery: Delivery, reply: str, now: datetime) -> None: ...
    def mark_suppressed(self, delivery: Delivery, reason: str, now: datetime) -> None: ...
    def mark_unknown(self, delivery: Delivery, reply: str, now: datetime) -> None: ...
    def mark_retry(self, delivery: Delivery, reply: str, at: datetime) -> None: ...
    def mark_queued(self, delivery: Delivery) -> None: ...
    def give_back(self, claimed: Sequence[Delivery]) -> None: ...
    def owners(self) -> set[str]: ...
    def abandoned(self, dead: Iterable[str], now: datetime) -> list[Delivery]: ...


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
