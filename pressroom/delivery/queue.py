"""What delivery needs of the outside, as Protocols: a queue with its last look, a builder, a transport."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from time import monotonic
from typing import Protocol, TypeVar

from pressroom.models.runs import Message, Queued

LOOKS_UP_AFTER = 0.3
"""Seconds after which who waits for answers asks whether to stop, or whether somebody else has work to do."""
STOPS_WAITING = 2.0
"""Seconds that one message, handed over by itself, is waited for once somebody has said to stop."""

Q = TypeVar("Q", bound=Queued)
Built = TypeVar("Built", bound=Queued, contravariant=True)


class Queue(Protocol[Q]):
    """What waits, deliveries or letters, as delivery works it off.

    A claim is on the disk when `claim` returns; every `mark_…` is committed, which a kill does not undo. A mark does
    nothing, and returns False, where the claim it belongs to has meanwhile gone to somebody else.
    """

    @property
    def senders(self) -> Path:
        """The folder in which those who claim are known to live."""
        ...

    def claim(self, owner: str, now: datetime, limit: int) -> list[Q]: ...
    def reasons_to_hold(self, going: Sequence[tuple[Q, str]]) -> dict[int, str]:
        """Return, of those that must not be handed over after all (R7), why, by `pk`: the last look.

        Each is given with the recipient of its message; MOVED is the reason where that is not right any more.
        """
        ...

    def mark_handed_over(self, queued: Sequence[Q], now: datetime) -> set[int]:
        """Note that these are going to be handed over; return the `pk`s of those that still may."""
        ...

    def mark_sent(self, replies: Sequence[tuple[Q, str]], now: datetime) -> int:
        """Note what the server said that took each of these; return how many are sent by that."""
        ...

    def mark_failed(self, queued: Q, reply: str, now: datetime) -> bool: ...
    def mark_suppressed(self, queued: Q, reason: str, now: datetime) -> bool: ...
    def mark_unknown(self, queued: Q, reply: str, now: datetime) -> bool: ...
    def mark_retry(self, queued: Q, reply: str, at: datetime) -> bool: ...
    def mark_unmade(self, queued: Q, reason: str, at: datetime) -> bool:
        """Have it tried again at that time: its message could not be made. What is handed over stays so."""
        ...

    def mark_queued(self, queued: Q) -> bool: ...
    def close(self, now: datetime, until: datetime, why: str) -> None:
        """Claim nothing from `now` to `until`: nothing at all can be handed over, and every message would meet it."""
        ...

    def closed_until(self) -> datetime | None:
        """Return until when nothing is claimed; it may be past."""
        ...

    def why_closed(self) -> str:
        """Return why nothing could be handed over when that was last tried; empty where it could."""
        ...

    def reopen(self) -> None:
        """Note that something could be handed over again."""
        ...

    def next_attempt(self) -> datetime | None:
        """Return when the next that waits for a later try, or for its turn, is due."""
        ...

    def has_due(self, now: datetime) -> bool:
        """Whether a claim would find anything."""
        ...

    def mark_put_off(self, queued: Q, why: str, at: datetime) -> bool:
        """Have it wait for its turn until then; what a server has answered before stays with it."""
        ...

    def hasten_unmade(self, now: datetime) -> None:
        """Let what could not be made be due."""
        ...

    def together(self) -> AbstractContextManager[None]:
        """Commit the marks within together."""
        ...

    def give_back(self, claimed: Sequence[Q]) -> None: ...
    def claims(self) -> list[tuple[Q, datetime]]: ...


class Pace(Protocol):
    """How fast messages may leave, whoever sends them."""

    def left(self, now: datetime) -> int | None:
        """Return how many may leave in this second; None without a limit."""
        ...

    def turn_of(self, recipient: str, now: datetime, ahead: Iterable[str]) -> datetime | None:
        """Let a message leave now, and count it, or return when it may have its turn; `ahead` are on their way."""
        ...

    def halt(self, recipient: str, now: datetime) -> None:
        """Let nothing go to that recipient's domain for a while, since it has told us to slow down."""
        ...


class Builder(Protocol[Built]):
    """Makes the message of what is queued, the same one every time; None where the person is gone."""

    def build(self, queued: Built, /) -> Message | None: ...


class Verdict(StrEnum):
    """What a transport says.

    Taken; not now; never; nothing was heard; nothing can be handed over; not to this one; it was not begun.
    """

    TAKEN = "taken"
    LATER = "later"
    NEVER = "never"
    SILENCE = "silence"
    CLOSED = "closed"
    HELD = "held"
    UNSENT = "unsent"


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a message.

    `minds_sender` says that the refusal is about the sender's address alone; `is_of_one`, that the server has said of
    one recipient what seems to be about us: others may fare better.
    """

    verdict: Verdict
    reply: str
    minds_sender: bool = False
    is_of_one: bool = False


class Transport(Protocol):
    """Hands messages over, several at once if it can. It never raises for what a server or disk says.

    That is an `Answer`. A ticket is the caller's name for a message on its way.
    """

    def room_for(self, wanted: int) -> int:
        """Return how many messages can be begun at once, and see to it that up to so many soon can."""
        ...

    def begin(self, ticket: int, message: Message, content: bytes) -> None:
        """Begin to hand over `message`, encoded as `content`; what becomes of it is among the answers.

        Where there is no room for it any more, that it was not begun.
        """
        ...

    def answers(self, patience: float) -> list[tuple[int, Answer]]:
        """Return what has become of messages on their way, each once; wait up to so many seconds for it, or for room.

        What servers wait for is sent meanwhile, so that it is worth to ask often, without any patience.
        """
        ...

    def give_up(self) -> list[tuple[int, Answer]]:
        """Wait no longer; return what is known of every message that is still on its way."""
        ...

    def holds(self, message: Message) -> bool | None:
        """Whether the message was taken before: None where that cannot be known (SMTP)."""
        ...

    def close(self) -> None: ...


def hand_over(
    transport: Transport, message: Message, content: bytes, should_stop: Callable[[], bool] = lambda: False
) -> Answer:
    """Hand over one message and wait for what becomes of it; from `should_stop` on a few seconds at most."""
    until = math.inf
    has_begun = False
    while monotonic() < until:
        if not has_begun and transport.room_for(1):
            transport.begin(0, message, content)
            has_begun = True
        for _, answer in transport.answers(LOOKS_UP_AFTER):
            if answer.verdict is not Verdict.UNSENT:
                return answer
            has_begun = False
        if should_stop():
            until = min(until, monotonic() + STOPS_WAITING)
    transport.give_up()
    return Answer(Verdict.SILENCE, "the mail server had not answered when we were told to stop")
