"""What delivery needs of the outside, as Protocols: a queue with its last look, a builder, a transport."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeVar

from pressroom.models.runs import Message, Queued

Q = TypeVar("Q", bound=Queued)
Built = TypeVar("Built", bound=Queued, contravariant=True)


class Queue(Protocol[Q]):
    """What waits, deliveries or letters, as delivery works it off.

    A claim is on the disk when `claim` returns; every `mark_…` is committed, which a kill does not undo. A mark does
    nothing, and returns False, where the claim it belongs to has meanwhile gone to somebody else.
    """

    def claim(self, owner: str, now: datetime, limit: int) -> list[Q]: ...
    def reason_to_hold(self, queued: Q) -> str | None: ...
    def mark_handed_over(self, queued: Q, now: datetime) -> bool: ...
    def mark_sent(self, queued: Q, reply: str, now: datetime) -> bool: ...
    def mark_failed(self, queued: Q, reply: str, now: datetime) -> bool: ...
    def mark_suppressed(self, queued: Q, reason: str, now: datetime) -> bool: ...
    def mark_unknown(self, queued: Q, reply: str, now: datetime) -> bool: ...
    def mark_retry(self, queued: Q, reply: str, at: datetime) -> bool: ...
    def mark_unmade(self, queued: Q, reason: str, at: datetime) -> bool:
        """Have it tried again at that time: its message could not be made. What is handed over stays so."""
        ...

    def mark_queued(self, queued: Q) -> bool: ...
    def close(self, now: datetime, until: datetime) -> None:
        """Claim nothing from `now` to `until`: nothing at all can be handed over, and every message would meet it."""
        ...

    def hasten_unmade(self, now: datetime) -> None:
        """Let what could not be made be due."""
        ...

    def give_back(self, claimed: Sequence[Q]) -> None: ...
    def claims(self) -> list[tuple[Q, datetime]]: ...


class Builder(Protocol[Built]):
    """Makes the message of what is queued, the same one every time; None where the person is gone."""

    def build(self, queued: Built, /) -> Message | None: ...


class Verdict(StrEnum):
    """What a transport says: taken; not now; never; nothing was heard; nothing can be handed over; not to this one."""

    TAKEN = "taken"
    LATER = "later"
    NEVER = "never"
    SILENCE = "silence"
    CLOSED = "closed"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a message. `minds_sender` says that the refusal is about the sender's address alone."""

    verdict: Verdict
    reply: str
    minds_sender: bool = False


class Transport(Protocol):
    """Hands messages over. It never raises for what a server or disk says: that is an `Answer`."""

    def send(self, message: Message) -> Answer: ...

    def holds(self, message: Message) -> bool | None:
        """Whether the message was taken before: None where that cannot be known (SMTP)."""
        ...

    def close(self) -> None: ...
