"""What became of messages, written down: sent, to be tried again, failed, or nothing can be handed over at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Generic

from pressroom.delivery.queue import Answer, Pace, Q, Queue, Verdict
from pressroom.delivery.tally import Tally
from pressroom.errors import CatalogueTroubleError, PublisherError
from pressroom.models.logged import without_secrets
from pressroom.models.runs import Message, Queued

UNTIL_OPEN = timedelta(seconds=30)
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=5), timedelta(hours=6)
GIVE_UP_AFTER = timedelta(days=3)
# Gmail's words for a sender that is too fast for it, also on many other mailboxes: stop for ten minutes.
_TOO_FAST = re.compile(r"4\d\d 4\.7\.28\b")
_SAYS_NOTHING = frozenset({Verdict.CLOSED, Verdict.HELD, Verdict.UNSENT})
"""What does not tell that something can be handed over."""


class Marker(Generic[Q]):
    """Marks in `queue` what was answered; `refused` is told what was refused for good, in the same transaction.

    `has_senders` says that the messages come from several addresses, so that a server that minds one of them may take
    the others.
    """

    def __init__(
        self, queue: Queue[Q], pace: Pace | None, refused: Callable[[Q, Answer], object], *, has_senders: bool
    ) -> None:
        self._queue, self._pace, self._refused, self._has_senders = queue, pace, refused, has_senders
        self._minded: set[int] = set()
        self._has_closed = False

    def begin_round(self) -> None:
        """From now on, what is taken shows that mail is not closed any more, unless it is closed anew."""
        self._has_closed = False

    def mark(self, answered: Iterable[tuple[Q, Message, Answer]], now: datetime) -> Tally:
        """Write down what became of messages, in this order; those that were taken, nearly all, at once."""
        tally, taken, is_open = Tally(), list[tuple[Q, str]](), False
        for queued, message, answer in answered:
            is_open = is_open or answer.verdict not in _SAYS_NOTHING
            if answer.verdict is Verdict.TAKEN:
                self._minded.clear()
                taken.append((queued, answer.reply))
            elif answer.verdict is Verdict.UNSENT:
                self._queue.mark_queued(queued)
            elif answer.verdict is Verdict.HELD:
                tally.suppressed += self._queue.mark_suppressed(queued, answer.reply, now)
            else:
                self._mark_refused(queued, message, answer, now, tally)
        tally.sent = self._queue.mark_sent(taken, now)
        if is_open and not self._has_closed and self._queue.why_closed():
            self._queue.reopen()
        return tally

    def _mark_refused(self, queued: Q, message: Message, answer: Answer, now: datetime, tally: Tally) -> None:
        tally.refusals.append((message.recipient, answer.reply))
        if self._pace and _TOO_FAST.match(answer.reply):
            self._pace.halt(message.recipient, now)
        closes = self._closes(queued, answer)
        if answer.verdict is Verdict.SILENCE:
            tally.unknown += self._queue.mark_unknown(queued, answer.reply, now)
            return
        again = _next_attempt(queued, now)
        if closes:  # the others stay queued until then
            self._queue.close(now, now + UNTIL_OPEN, without_secrets(answer.reply))
            tally.closed, self._has_closed = answer.reply, True
            again = again if answer.is_of_one else now + UNTIL_OPEN
        if answer.verdict in (Verdict.LATER, Verdict.CLOSED) and again:
            tally.retry += self._queue.mark_retry(queued, answer.reply, again)
        else:
            tally.failed += self._queue.mark_failed(queued, answer.reply, now)
            self._tell(queued, answer, tally)

    def _tell(self, queued: Q, answer: Answer, tally: Tally) -> None:
        """Tell what was refused for good; where nothing can be done with that, the marks stay all the same."""
        try:
            with self._queue.together():
                self._refused(queued, answer)
        except CatalogueTroubleError:
            raise
        except PublisherError as error:
            tally.add_trouble(error)

    def _closes(self, queued: Q, answer: Answer) -> bool:
        """Whether every other message would meet the same answer.

        What a server says of one recipient it must say of another as well, with nothing else in between.
        """
        others = self._minded - {queued.pk}
        if answer.verdict is not Verdict.CLOSED:
            self._minded.clear()
            return False
        if answer.minds_sender and self._has_senders:
            return False
        if answer.is_of_one:
            self._minded.add(queued.pk)
        return bool(others) or not answer.is_of_one


def _next_attempt(queued: Queued, now: datetime) -> datetime | None:
    """Return when to try again: after 5 minutes, doubling up to 6 hours; None after three days of trying."""
    first = queued.first_attempt_at or now
    if now - first >= GIVE_UP_AFTER:
        return None
    wait: timedelta = FIRST_WAIT * (1 << min(queued.attempts, 10))
    return now + min(wait, LONGEST_WAIT)
