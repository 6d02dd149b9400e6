"""Working off the queue: claim, look once more, hand over, mark. Each step is committed before the next begins.

Several messages may be on their way at once: what is begun together is committed together, and so are their answers.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from itertools import chain
from pathlib import Path
from time import monotonic, sleep
from traceback import extract_tb
from typing import Generic

from pressroom.delivery.making import Made, Maker, Signer
from pressroom.delivery.marking import Marker
from pressroom.delivery.mime import Encoded, encode
from pressroom.delivery.owner import an_owner, has_processors_to_spare, is_alive, is_of_another_boot
from pressroom.delivery.queue import LOOKS_UP_AFTER, Answer, Builder, Pace, Q, Queue, Transport, Verdict
from pressroom.delivery.tally import Tally
from pressroom.errors import CatalogueTroubleError, LockError, PublisherError
from pressroom.models.runs import MOVED, Message, Queued
from pressroom.models.text import clean_line

FEWEST_CLAIMED, MOST_CLAIMED = 20, 500
FASTER_BY = 5
"""How many times as large a claim may be as the one before, which may have gone so fast by chance."""
A_CLAIM_LASTS = 1.0
"""Seconds in which a claim should be worked off: what goes between claims, a letter, waits for no more."""
LOOKS_AHEAD = 0.05
"""Seconds for which people may be looked up before their messages are made."""
GOES_ON_AFTER = 0.4
"""Seconds between two times at which other work is done: feeds shall have what is new within one."""
LEASE = timedelta(minutes=5)
UNTIL_MENDED = timedelta(seconds=30)
ENOUGH = 500
"""After so many messages in a row that cannot be made, a round takes it that none can, for now."""
WAITS_FOR_US = 0.01
"""Seconds for which a server may wait for a message that is ready, while others are made."""
DRAIN = 6.0
"""Seconds for which a worker that should stop waits for what is on its way: a service ends within ten."""
SOON = timedelta(minutes=2)
"""A turn comes at least once in so long, however few may leave in a minute."""
WAITS_FOR_ITS_TURN = "waits for its turn: only so many may leave in a minute"
KEEPS_ANSWERS = 60.0
"""Seconds for which answers that cannot be written down are kept, for somebody to make room on the disk."""


_Going = tuple[Q, Message, Encoded]
"""What was claimed and is going to be handed over, its message, and that as it travels."""


class Worker(Generic[Q]):
    """Delivers what waits in `queue`: messages that `builder` makes and `encode` writes, handed to `transport`.

    `clock` gives the moment to take for now; `should_stop` is asked between messages, and `is_outdated` between claims,
    to leave the rest to others; `look` is called right before the last look at what is queued, and brings in what has
    come from elsewhere. `go_on` does other work that does not wait, twice a second; when it says that there is more of
    that, only what is on its way is waited for. `expect` is told what is made next, and `refused` what was refused for
    good, in the transaction that marks it. `has_senders` says that the messages come from several addresses, so that a
    server that minds one of them may take the others.

    A message that cannot be made keeps back nothing but itself, and is tried again in 30 seconds; what earlier rounds
    could not make is tried at once if `is_asked`, since somebody may just have mended it.

    Messages leave at `pace`; those that it holds back are for another round, for which it may be worth to wait.
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
        is_outdated: Callable[[], bool] = lambda: False,
        go_on: Callable[[], bool] = lambda: False,
        encode: Callable[[Message], Encoded] = encode,
        dkim: Signer | None = None,
        refused: Callable[[Q, Answer], object] = lambda queued, answer: None,
        expect: Callable[[Sequence[Q]], object] = lambda queued: None,
        pace: Pace | None = None,
        has_senders: bool = False,
        is_asked: bool = False,
    ) -> None:
        self._queue, self._builder, self._transport, self._tally = queue, builder, transport, Tally()
        self._clock, self._should_stop, self._look, self._is_outdated = clock, should_stop, look, is_outdated
        self._go_on, self._went_on, self._is_called_away = go_on, monotonic(), False
        self._marker = Marker(queue, pace, refused, has_senders=has_senders)
        self._maker = Maker(
            builder, encode, dkim, expect, lambda queued: self._alone(queued, self._tally), self._may_sign_apart
        )
        self._pace, self._last_turn = pace, clock()
        self._owner = ""
        self._is_asked = is_asked
        self._unmade_in_a_row = 0
        self._made_anew: set[int] = set()
        self._next_claim, self._looks_up = FEWEST_CLAIMED, 1
        self._on_their_way: dict[int, tuple[Q, Message]] = {}
        self._answered: dict[int, Answer] = {}

    def deliver(self, tally: Tally | None = None, first: Callable[[], object] = lambda: None) -> Tally:
        """Send all that can be sent now and return what became of it, added to `tally`.

        `first` is called before each claim, so that a long queue does not hold up what goes before it.
        """
        tally = self._tally = Tally() if tally is None else tally
        try:
            with an_owner(self._queue.senders) as self._owner:
                self._send_all(tally, first)
        except PublisherError as error:
            tally.add_trouble(error)
        finally:
            self._maker.close()
        return tally

    def _send_all(self, tally: Tally, first: Callable[[], object]) -> None:
        self.take_back_abandoned(tally)
        self._marker.begin_round()
        if self._is_asked:
            self._queue.hasten_unmade(self._clock())
            self._is_asked = False
        while not (self._makes_none or self._must_stop(tally) or self._is_outdated()):
            self._do_other_work(tally)
            first()
            if self._is_called_away or not (claimed := self._claim()):
                break
            self._work_off(claimed, tally)

    def has_a_turn_soon(self) -> bool:
        """Whether something waits that only the pace holds back, and that may leave before long."""
        now = self._clock()
        closed = self._queue.closed_until()
        if closed and closed > now:
            return False
        following = self._queue.next_attempt() if now < self._last_turn else None
        return self._queue.has_due(now) or (following is not None and following <= now + SOON)

    def _claim(self) -> list[Q]:
        """Claim as much as may leave now."""
        now = self._clock()
        may_leave = self._pace.left(now) if self._pace else None
        most = self._next_claim if may_leave is None else min(self._next_claim, may_leave)
        return self._queue.claim(self._owner, now, most) if most else []

    def _work_off(self, claimed: list[Q], tally: Tally) -> None:
        begun = monotonic()
        try:
            self._maker.begin(claimed, self._looks_up)
            while not self._maker.is_done and not self._must_stop(tally):
                self._do_other_work(tally)
                self._maker.make(partial(self._may_make_another, monotonic() + WAITS_FOR_US, tally))
                if self._makes_none:
                    self._maker.leave_the_rest()
                if self._must_stop(tally):
                    break
                made = self._maker.take(self._transport.room_for(self._maker.ahead))
                if not made:
                    self._hear(LOOKS_UP_AFTER)
                    made = self._maker.take(self._transport.room_for(self._maker.ahead))
                self._begin(self._settle(tally, made))
        finally:  # a stop, a full disk: what is on its way is waited for, and what is not is free again at once
            self._maker.drop()
            try:
                self._drain(tally)
            finally:
                self._queue.give_back(claimed)
        pace = len(claimed) / max(monotonic() - begun, 0.001)
        most = min(MOST_CLAIMED, FASTER_BY * self._next_claim)
        self._next_claim = max(FEWEST_CLAIMED, min(int(pace * A_CLAIM_LASTS), most))
        self._looks_up = int(pace * LOOKS_AHEAD)

    def _may_sign_apart(self) -> bool:
        """Whether a process that signs would have a processor; where that cannot be seen, it has not."""
        try:
            return has_processors_to_spare(self._queue.senders)
        except LockError:
            return False

    def _may_make_another(self, until: float, tally: Tally) -> bool:
        """Hear what servers say, so that none waits while messages are made; return whether to make another.

        After `until`, by `time.monotonic`, what is ready goes first if a server waits for it.
        """
        self._hear(0)
        if monotonic() > until and self._maker.has_ready and self._transport.room_for(1):
            return False
        return not (self._makes_none or self._must_stop(tally))

    def _hear(self, patience: float) -> None:
        heard = self._transport.answers(patience)
        self._answered |= {ticket: answer for ticket, answer in heard if ticket in self._on_their_way}

    def _begin(self, going: Sequence[_Going[Q]]) -> None:
        self._on_their_way |= {queued.pk: (queued, message) for queued, message, _ in going}
        begun = 0
        try:
            for queued, message, content in going:
                self._transport.begin(queued.pk, message, content)
                begun += 1
        finally:  # a fault of ours: what was not begun is not on its way
            self._answered |= {queued.pk: Answer(Verdict.UNSENT, "") for queued, _, _ in going[begun:]}

    def _let_go(self, made: Sequence[Made[Q]], now: datetime, tally: Tally) -> list[_Going[Q]]:
        """Look for the last time which messages may go, and note that they go."""
        reasons = self._queue.reasons_to_hold(
            [(one.queued, one.message.recipient if one.message else "") for one in made]
        )
        going: list[_Going[Q]] = []
        for one in made:
            if ready := self._ready(one, reasons.get(one.queued.pk, ""), going, now, tally):
                going.append(ready)
        noted = self._queue.mark_handed_over([one[0] for one in going], now)
        return [one for one in going if one[0].pk in noted]

    def _ready(
        self, made: Made[Q], reason: str, before: Sequence[_Going[Q]], now: datetime, tally: Tally
    ) -> _Going[Q] | None:
        """Return what goes next; None where a message may not, which is noted."""
        queued, message, content = made.queued, made.message, made.content
        if message is None:
            reason = reason if reason not in ("", MOVED) else "it may not go to that address"
        if reason == MOVED:
            self._have_made_anew(queued, now, tally)
        elif message is None or reason:
            tally.suppressed += self._queue.mark_suppressed(queued, reason, now)
        elif isinstance(content, PublisherError):
            reply = f"not sent: {content}"
            tally.failed += self._queue.mark_failed(queued, reply, now)
            tally.refusals.append((message.recipient, reply))
        elif turn := self._turn_of(message, before, now):
            self._last_turn = max(self._last_turn, turn)
            tally.put_off += self._queue.mark_put_off(queued, WAITS_FOR_ITS_TURN, turn)
        else:
            return queued, message, content
        return None

    def _have_made_anew(self, queued: Q, now: datetime, tally: Tally) -> None:
        """Have a message made for who has moved, at once; where that is not enough, later, so that it keeps nobody."""
        if queued.pk in self._made_anew:
            tally.put_off += self._queue.mark_put_off(queued, MOVED, now + UNTIL_MENDED)
        else:
            self._made_anew.add(queued.pk)
            self._queue.mark_queued(queued)

    def _turn_of(self, message: Message, before: Sequence[_Going[Q]], now: datetime) -> datetime | None:
        """Return when a message may leave; None if it may at once, after those `before` it."""
        if self._pace is None:
            return None
        on_their_way = (one[1] for ticket, one in self._on_their_way.items() if ticket not in self._answered)
        ahead = chain(on_their_way, (one[1] for one in before))
        return self._pace.turn_of(message.recipient, now, (one.recipient for one in ahead))

    def _settle(self, tally: Tally, made: Sequence[Made[Q]] = ()) -> list[_Going[Q]]:
        """Write down what became of messages, and which of those that are `made` go next; return these.

        Where answers cannot be written down, wait for a while until they can.
        """
        until = monotonic() + KEEPS_ANSWERS
        while self._answered or made:
            if made:
                self._look()  # R7: the last look comes after the making, right before the messages go
            now = self._clock()
            try:
                with self._queue.together():
                    came = self._marker.mark(
                        [(*self._on_their_way[ticket], answer) for ticket, answer in self._answered.items()], now
                    )
                    going = self._let_go(made, now, came) if made and not came.closed else []
            except CatalogueTroubleError:
                if not self._answered or self._should_stop() or monotonic() > until:
                    raise
                sleep(LOOKS_UP_AFTER)
                continue
            for ticket in self._answered:
                del self._on_their_way[ticket]
            self._answered.clear()
            tally.add(came)
            return going
        return []

    def _drain(self, tally: Tally) -> None:
        """Wait for the answers to what is on its way; not for long if a stop is asked for."""
        until = None
        try:
            self._settle(tally)
            while self._on_their_way:
                self._do_other_work(tally)
                if until is None and self._should_stop():
                    until = monotonic() + DRAIN
                if until is not None and monotonic() > until:
                    self._answered |= self._transport.give_up()
                    self._on_their_way = {pk: one for pk, one in self._on_their_way.items() if pk in self._answered}
                else:
                    self._hear(LOOKS_UP_AFTER)
                self._settle(tally)
        finally:
            if self._on_their_way:  # nobody shall take their answers for those of others
                self._transport.give_up()
            self._on_their_way.clear()
            self._answered.clear()

    def _do_other_work(self, tally: Tally) -> None:
        """Do work that does not wait for mail, now and then, until a stop is asked for or it goes wrong."""
        if self._is_called_away or self._should_stop() or monotonic() - self._went_on <= GOES_ON_AFTER:
            return
        self._is_called_away = True  # whatever befalls it, what is on its way must still be heard of
        try:
            self._is_called_away = self._go_on()
        except PublisherError as error:
            tally.add_trouble(error)
        self._went_on = monotonic()

    def _must_stop(self, tally: Tally) -> bool:
        return bool(tally.closed) or self._is_called_away or self._should_stop()

    @property
    def _makes_none(self) -> bool:
        return self._unmade_in_a_row >= ENOUGH

    @contextmanager
    def _alone(self, queued: Q, tally: Tally) -> Iterator[None]:
        """Take a step with one message; where it cannot be made, whyever, say so and go on with the others."""
        try:
            yield
        except (CatalogueTroubleError, sqlite3.Error, OSError):  # every other would meet the same
            raise
        except Exception as unknown:  # noqa: BLE001 (a fault of ours, or a row that nobody has foreseen)
            error = unknown if isinstance(unknown, PublisherError) else _in_words(unknown, queued)
            tally.add_trouble(error)
            self._unmade_in_a_row += 1
            if queued.owner == self._owner and not queued.is_handed_over:
                reply = f"could not be made: {clean_line(str(error)).rstrip('.')}"
                tally.retry += self._queue.mark_unmade(queued, reply, self._clock() + UNTIL_MENDED)
        else:
            self._unmade_in_a_row = 0

    def take_back_abandoned(self, tally: Tally) -> None:
        """Return to the queue what dead senders have claimed, and what a living one has sat on for too long.

        What another living sender is handing over is left to it. Of a dead one's, and of what an earlier round could
        not mark, the transport is asked; where it cannot tell, the fate is unknown (R6).
        """
        now = self._clock()
        for queued, claimed_at in self._queue.claims():
            owner = queued.owner or ""
            if is_alive(owner, self._queue.senders):
                # Also one of a later moment than now, whose clock was ahead: it may go on, and finds its claim gone.
                if abs(now - claimed_at) > LEASE:
                    self._queue.give_back([queued])
            elif queued.is_handed_over or is_of_another_boot(owner):
                with self._alone(queued, tally):
                    self._ask_for(queued, tally)
            else:
                self._queue.give_back([queued])

    def _ask_for(self, queued: Q, tally: Tally) -> None:
        """Mark what may have been handed over before its worker died, or before a power cut took the record of it."""
        message = self._builder.build(queued)
        held = self._transport.holds(message) if message else None
        if held:
            tally.sent += self._queue.mark_sent([(queued, "found where it was delivered")], self._clock())
        elif held is False:
            self._queue.mark_queued(queued)
        else:
            reply = "the sender died before an answer was seen"
            tally.unknown += self._queue.mark_unknown(queued, reply, self._clock())


def _in_words(error: Exception, queued: Queued) -> PublisherError:
    """Return what was not foreseen as one sentence; no door sees it, so that it says where it happened."""
    place = extract_tb(error.__traceback__)[-1]
    what = f"{type(error).__name__}: {error}, in {Path(place.filename).name}, line {place.lineno}"
    noun = type(queued).__name__.lower()
    return PublisherError(f"Something unexpected went wrong with {noun} {queued.pk} ({what}); all others go on.")
