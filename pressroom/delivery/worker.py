"""Working off the queue: claim, look once more, hand over, mark. Each step is committed before the next begins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic

from pressroom.delivery.owner import is_alive, is_of_another_boot, this_owner
from pressroom.delivery.queue import Answer, Builder, Q, Queue, Transport, Verdict
from pressroom.errors import CatalogueTroubleError, PublisherError
from pressroom.models.runs import Queued
from pressroom.models.text import clean_line

CLAIM = 50
LEASE = timedelta(minutes=5)
UNTIL_OPEN = timedelta(minutes=1)
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=5), timedelta(hours=6)
GIVE_UP_AFTER = timedelta(days=3)
UNTIL_MENDED = timedelta(seconds=30)
ENOUGH = 500
"""After so many messages in a row that cannot be made, a round takes it that none can, for now."""


@dataclass(slots=True)
class Tally:
    """What one round of delivering came to."""

    sent: int = 0
    failed: int = 0
    retry: int = 0
    suppressed: int = 0
    unknown: int = 0
    waiting: int = 0
    """How many wait for a later try, from this round or an earlier one."""
    next_try: datetime | None = None
    """When the first of them is tried again."""
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


class Worker(Generic[Q]):
    """Delivers what waits in `queue`.

    `clock` gives the moment to take for now; `should_stop` is asked between messages; `look` is called right before the
    last look at what is queued, and brings in what has come from elsewhere. `has_senders` says that the
    messages come from several addresses, so that a server that minds one of them may take the others.

    A message that cannot be made keeps back nothing but itself, and is tried again in 30 seconds; what earlier rounds
    could not make is tried at once if `is_asked`, since somebody may just have mended it.
    """

    def __init__(
        self,
        queue: Queue[Q],
        builder: Builder[Q],
        transport: Transport,
        clock: Callable[[], datetime],
        should_stop: Callable[[], bool] = lambda: False,
        look: Callable[[], object] = lambda: None,
        *,
        has_senders: bool = False,
        is_asked: bool = False,
    ) -> None:
        self._queue, self._builder, self._transport = queue, builder, transport
        self._clock, self._should_stop, self._look, self._has_senders = clock, should_stop, look, has_senders
        self._owner = this_owner()
        self._is_asked = is_asked
        self._unmade_in_a_row = 0

    def deliver(self, tally: Tally | None = None, first: Callable[[], object] = lambda: None) -> Tally:
        """Send all that can be sent now and return what became of it, added to `tally`.

        `first` is called before each claim, so that a long queue does not hold up what goes before it.
        """
        tally = Tally() if tally is None else tally
        try:
            self.take_back_abandoned(tally)
            if self._is_asked:
                self._queue.hasten_unmade(self._clock())
                self._is_asked = False
            while not self._must_stop(tally):
                first()
                claimed = self._queue.claim(self._owner, self._clock(), CLAIM)
                if not claimed:
                    break
                self._work_off(claimed, tally)
        except PublisherError as error:
            tally.add_trouble(error)
        return tally

    def _work_off(self, claimed: list[Q], tally: Tally) -> None:
        try:
            for queued in claimed:
                if self._must_stop(tally):
                    return
                self._alone(self._hand_over, queued, tally)
        finally:  # a stop, a full disk: what has not been handed over is free again at once
            self._queue.give_back(claimed)

    def _must_stop(self, tally: Tally) -> bool:
        return bool(tally.closed) or self._unmade_in_a_row >= ENOUGH or self._should_stop()

    def _alone(self, step: Callable[[Q, Tally], None], queued: Q, tally: Tally) -> None:
        """Take a step with one message; where it cannot be made, say so and go on with the others."""
        try:
            step(queued, tally)
        except CatalogueTroubleError:  # every other would meet the same
            raise
        except PublisherError as error:
            tally.add_trouble(error)
            self._unmade_in_a_row += 1
            if queued.owner == self._owner and not queued.is_handed_over:
                reply = f"could not be made: {clean_line(str(error)).rstrip('.')}"
                tally.retry += self._queue.mark_unmade(queued, reply, self._clock() + UNTIL_MENDED)
        else:
            self._unmade_in_a_row = 0

    def _hand_over(self, queued: Q, tally: Tally) -> None:
        message = self._builder.build(queued)
        # R7: the last look comes after the building, right before the message goes.
        self._look()
        reason = self._queue.reason_to_hold(queued)
        if message is None or reason:
            tally.suppressed += self._queue.mark_suppressed(
                queued, reason or "it may not go to that address", self._clock()
            )
        elif self._queue.mark_handed_over(queued, self._clock()):
            self._mark(queued, message.recipient, self._transport.send(message), tally)

    def _mark(self, queued: Q, recipient: str, answer: Answer, tally: Tally) -> None:
        now = self._clock()
        if answer.verdict is Verdict.TAKEN:
            tally.sent += self._queue.mark_sent(queued, answer.reply, now)
            return
        if answer.verdict is Verdict.HELD:
            tally.suppressed += self._queue.mark_suppressed(queued, answer.reply, now)
            return
        tally.refusals.append((recipient, answer.reply))
        if answer.verdict is Verdict.SILENCE:
            tally.unknown += self._queue.mark_unknown(queued, answer.reply, now)
        elif answer.verdict is Verdict.CLOSED and not (answer.minds_sender and self._has_senders):
            # Every other message would meet the same: they stay queued until then.
            self._queue.close(now, now + UNTIL_OPEN)
            tally.retry += self._queue.mark_retry(queued, answer.reply, now + UNTIL_OPEN)
            tally.closed = answer.reply
        elif answer.verdict in (Verdict.LATER, Verdict.CLOSED) and (again := _next_attempt(queued, now)):
            tally.retry += self._queue.mark_retry(queued, answer.reply, again)
        else:
            tally.failed += self._queue.mark_failed(queued, answer.reply, now)

    def take_back_abandoned(self, tally: Tally) -> None:
        """Return to the queue what dead workers have claimed, and what a living one has sat on for too long.

        What another living worker is handing over is left to it. Of a dead one's, and of what an earlier round of this
        process could not mark, the transport is asked; where it cannot tell, the fate is unknown (R6).
        """
        now = self._clock()
        for queued, claimed_at in self._queue.claims():
            owner = queued.owner or ""
            if owner != self._owner and is_alive(owner):
                if not queued.is_handed_over and claimed_at < now - LEASE:
                    self._queue.mark_queued(queued)
            elif queued.is_handed_over or is_of_another_boot(owner):
                self._alone(self._ask_for, queued, tally)
            else:
                self._queue.mark_queued(queued)

    def _ask_for(self, queued: Q, tally: Tally) -> None:
        """Mark what may have been handed over before its worker died, or before a power cut took the record of it."""
        message = self._builder.build(queued)
        held = self._transport.holds(message) if message else None
        if held:
            tally.sent += self._queue.mark_sent(queued, "found where it was delivered", self._clock())
        elif held is False:
            self._queue.mark_queued(queued)
        else:
            reply = "the sender died before an answer was seen"
            tally.unknown += self._queue.mark_unknown(queued, reply, self._clock())


def _next_attempt(queued: Queued, now: datetime) -> datetime | None:
    """Return when to try again: after 5 minutes, doubling up to 6 hours; None after three days of trying."""
    first = queued.first_attempt_at or now
    if now - first >= GIVE_UP_AFTER:
        return None
    wait: timedelta = FIRST_WAIT * (1 << min(queued.attempts, 10))
    return now + min(wait, LONGEST_WAIT)
