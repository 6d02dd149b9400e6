"""Working off the queue: claim, look once more, hand over, mark. Each step is on disk before the next begins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from pressroom.delivery.owner import is_alive, this_owner
from pressroom.delivery.queue import Answer, Builder, Queue, Transport, Verdict
from pressroom.errors import PublisherError
from pressroom.models.runs import Delivery

CLAIM = 50
UNTIL_OPEN = timedelta(minutes=1)
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=5), timedelta(hours=6)
GIVE_UP_AFTER = timedelta(days=3)


@dataclass(slots=True)
class Tally:
    """What one round of delivering came to."""

    sent: int = 0
    failed: int = 0
    retry: int = 0
    suppressed: int = 0
    unknown: int = 0
    closed: str = ""
    """Why nothing at all could be handed over, in the words of the server or the disk."""
    trouble: PublisherError | None = None
    """What kept messages from being made, a broken template for instance; they stay queued."""

    @property
    def has_trouble(self) -> bool:
        return bool(self.failed or self.retry or self.unknown)


class Worker:
    """Delivers what waits. `clock` gives the moment to take for now; `should_stop` is asked between messages."""

    def __init__(
        self,
        queue: Queue,
        builder: Builder,
        transport: Transport,
        clock: Callable[[], datetime],
        should_stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self._queue, self._builder, self._transport = queue, builder, transport
        self._clock, self._should_stop = clock, should_stop
        self._owner = this_owner()

    def deliver(self) -> Tally:
        """Send all that can be sent now and return what became of it."""
        tally = Tally()
        try:
            self._take_back_abandoned(tally)
            while not self._must_stop(tally) and (claimed := self._queue.claim(self._owner, self._clock(), CLAIM)):
                self._work_off(claimed, tally)
        except PublisherError as error:
            tally.trouble = error
        return tally

    def _work_off(self, claimed: list[Delivery], tally: Tally) -> None:
        try:
            for delivery in claimed:
                if self._must_stop(tally):
                    return
                self._hand_over(delivery, tally)
        finally:  # a stop, a broken template, a full disk: what has not been handed over is free again at once
            self._queue.give_back(claimed)

    def _must_stop(self, tally: Tally) -> bool:
        return bool(tally.closed) or self._should_stop()

    def _hand_over(self, delivery: Delivery, tally: Tally) -> None:
        message = self._builder.build(delivery)
        # R7: the last look comes after the building, right before the message goes.
        reason = self._queue.reason_to_hold(delivery)
        if message is None or reason:
            self._queue.mark_suppressed(delivery, reason or "erased", self._clock())
            tally.suppressed += 1
        elif self._queue.mark_handed_over(delivery, self._owner, self._clock()):
            self._mark(delivery, self._transport.send(message), tally)

    def _mark(self, delivery: Delivery, answer: Answer, tally: Tally) -> None:
        now = self._clock()
        if answer.verdict is Verdict.TAKEN:
            self._queue.mark_sent(delivery, answer.reply, now)
            tally.sent += 1
        elif answer.verdict is Verdict.SILENCE:
            self._queue.mark_unknown(delivery, answer.reply, now)
            tally.unknown += 1
        elif answer.verdict is Verdict.CLOSED:
            # Every other message would meet the same: they stay queued until this one is tried again.
            self._queue.mark_retry(delivery, answer.reply, now + UNTIL_OPEN)
            tally.retry, tally.closed = tally.retry + 1, answer.reply
        elif answer.verdict is Verdict.LATER and (again := _next_attempt(delivery, now)):
            self._queue.mark_retry(delivery, answer.reply, again)
            tally.retry += 1
        else:
            self._queue.mark_failed(delivery, answer.reply, now)
            tally.failed += 1

    def _take_back_abandoned(self, tally: Tally) -> None:
        """Return a dead worker's claims to the queue; what it had handed over is looked for, else unknown (R6)."""
        now = self._clock()
        dead = [owner for owner in self._queue.owners() if not is_alive(owner)]
        for delivery in self._queue.abandoned(dead, now):
            if not delivery.is_handed_over:
                self._queue.mark_queued(delivery)
                continue
            message = self._builder.build(delivery)
            held = self._transport.holds(message) if message else None
            if held:
                self._queue.mark_sent(delivery, "found where it was delivered", now)
                tally.sent += 1
            elif held is False:
                self._queue.mark_queued(delivery)
            else:
                self._queue.mark_unknown(delivery, "the sender died before an answer was seen", now)
                tally.unknown += 1


def _next_attempt(delivery: Delivery, now: datetime) -> datetime | None:
    """Return when to try again: after 5 minutes, doubling up to 6 hours; None after three days of trying."""
    first = delivery.first_attempt_at or now
    if now - first >= GIVE_UP_AFTER:
        return None
    wait: timedelta = FIRST_WAIT * (1 << min(delivery.attempts, 10))
    return now + min(wait, LONGEST_WAIT)
