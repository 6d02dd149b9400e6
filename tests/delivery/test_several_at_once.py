"""A worker with several messages on their way at once: each is accounted for by itself (R6, R7)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from pressroom.delivery.queue import Answer, Verdict
from pressroom.delivery.worker import Worker
from pressroom.errors import CatalogueTroubleError
from pressroom.models.runs import Delivery, Message
from pressroom.storage import Store
from tests.conftest import CommandLine
from tests.delivery.test_worker import NOW, TAKEN, Letters, states


class Wires:
    """A transport of three connections that answers what is on its way in `order`, so many at a time."""

    def __init__(self, *answers: Answer, at_once: int = 3, order: Callable[[list[int]], list[int]] = list) -> None:
        self._said, self._at_once, self._order = list(answers), at_once, order
        self._on_way: dict[int, Answer] = {}
        self.most, self.begun = 0, list[str]()

    def room_for(self, wanted: int) -> int:
        return 3 - len(self._on_way)

    def begin(self, ticket: int, message: Message, content: bytes) -> None:
        self.begun.append(message.recipient)
        self._on_way[ticket] = self._said.pop(0) if self._said else TAKEN
        self.most = max(self.most, len(self._on_way))

    def answers(self, patience: float) -> list[tuple[int, Answer]]:
        now = self._order(list(self._on_way))[: self._at_once]
        return [(ticket, self._on_way.pop(ticket)) for ticket in now]

    def give_up(self) -> list[tuple[int, Answer]]:
        given_up = [(ticket, Answer(Verdict.SILENCE, "no answer")) for ticket in self._on_way]
        self._on_way.clear()
        return given_up

    def holds(self, message: Message) -> bool | None:
        return None

    def close(self) -> None:
        pass


def worker(
    store: Store, wires: Wires, stop: Callable[[], bool] = lambda: False, look: Callable[[], object] = lambda: None
) -> Worker[Delivery]:
    return Worker(store.deliveries, Letters(), wires, lambda: NOW, stop, look)


@pytest.mark.R6
@pytest.mark.parametrize("at_once", [1, 2, 3])
def test_each_gets_its_own_answer_whatever_their_order(waiting: Store, at_once: int) -> None:
    wires = Wires(TAKEN, Answer(Verdict.NEVER, "550 no"), Answer(Verdict.LATER, "450 wait"), at_once=at_once,
                  order=lambda tickets: tickets[::-1])  # fmt: skip
    tally = worker(waiting, wires).deliver()
    assert states(waiting) == ["sent", "failed", "retry"]
    assert (tally.sent, tally.failed, tally.retry) == (1, 1, 1)
    assert wires.most == 3


@pytest.mark.R7
def test_who_leaves_while_the_others_are_made_is_not_mailed(waiting: Store, run: CommandLine) -> None:
    wires = Wires()
    worker(waiting, wires, look=lambda: run("subscriber", "unsubscribe", "bo@example.org")).deliver()
    assert wires.begun == ["ada@example.org", "cy@example.org"]
    assert states(waiting) == ["sent", "suppressed", "sent"]


@pytest.mark.R6
def test_a_server_that_minds_us_is_told_nothing_more_and_the_answers_to_the_others_count(waiting: Store) -> None:
    wires = Wires(Answer(Verdict.CLOSED, "535 no"), TAKEN, TAKEN)
    tally = worker(waiting, wires).deliver()
    assert (states(waiting), tally.closed) == (["retry", "sent", "sent"], "535 no")


@pytest.mark.R6
def test_a_stop_awaits_what_is_on_its_way_and_begins_nothing(waiting: Store) -> None:
    wires = Wires(at_once=1)
    worker(waiting, wires, stop=lambda: len(wires.begun) == 3).deliver()
    assert states(waiting) == ["sent"] * 3
    more = Wires()
    worker(waiting, more, stop=lambda: True).deliver()
    assert more.begun == []


@pytest.mark.R6
def test_what_is_silent_when_time_is_up_is_unknown_and_the_rest_free(
    waiting: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pressroom.delivery.worker.DRAIN", -1)
    wires = Wires(at_once=0)
    worker(waiting, wires, stop=lambda: len(wires.begun) > 0).deliver()
    assert sorted(states(waiting)) == ["unknown"] * 3


@pytest.mark.R6
@pytest.mark.R10
@pytest.mark.parametrize("refused", [1, 3])
def test_answers_that_cannot_be_written_down_at_first_are_kept_and_counted_once(
    waiting: Store, monkeypatch: pytest.MonkeyPatch, refused: int
) -> None:
    monkeypatch.setattr("pressroom.delivery.worker.sleep", lambda _: None)
    queue, failures = waiting.deliveries, iter(range(refused))
    really = queue.together

    @contextmanager
    def together() -> Iterator[None]:
        with really():
            yield
            is_marking = waiting.value("SELECT count(*) FROM deliveries WHERE state = 'sent'")
            if is_marking and next(failures, None) is not None:
                raise CatalogueTroubleError("catalogue.db", "the disk is full", "make room")

    monkeypatch.setattr(queue, "together", together)
    tally = worker(waiting, Wires()).deliver()
    assert (states(waiting), tally.sent, tally.trouble) == (["sent"] * 3, 3, [])


@pytest.mark.R6
def test_answers_that_can_never_be_written_down_are_unknown_in_the_next_round(
    waiting: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pressroom.delivery.worker.KEEPS_ANSWERS", -1)
    queue, really, wires = waiting.deliveries, waiting.deliveries.together, Wires()

    @contextmanager
    def together() -> Iterator[None]:
        if wires.begun:
            raise CatalogueTroubleError("catalogue.db", "the disk is full", "make room")
        with really():
            yield

    with monkeypatch.context() as patch:
        patch.setattr(queue, "together", together)
        tally = worker(waiting, wires).deliver()
    assert len(tally.trouble) == 1
    worker(waiting, Wires()).deliver()
    assert states(waiting) == ["unknown"] * 3


@pytest.mark.R6
def test_a_transport_that_breaks_ends_the_round_and_what_was_not_begun_is_free(waiting: Store) -> None:
    class Breaking(Wires):
        def begin(self, ticket: int, message: Message, content: bytes) -> None:
            if self.begun:
                raise RuntimeError("a fault of ours")
            super().begin(ticket, message, content)

    with pytest.raises(RuntimeError, match="a fault of ours"):
        worker(waiting, Breaking()).deliver()
    assert states(waiting) == ["sent", "queued", "queued"]


def minds_us(text: str = "550 5.7.1 relaying denied for this domain") -> Answer:
    return Answer(Verdict.CLOSED, text, is_of_one=True)


@pytest.mark.R6
def test_one_recipient_of_whom_the_server_says_that_it_minds_us_keeps_no_other_waiting(waiting: Store) -> None:
    tally = worker(waiting, Wires(minds_us())).deliver()
    assert (states(waiting), tally.closed) == (["retry", "sent", "sent"], "")
    assert waiting.deliveries.next_attempt() == NOW + timedelta(minutes=5)


@pytest.mark.R6
def test_what_is_said_of_two_in_a_row_is_said_of_us(waiting: Store) -> None:
    tally = worker(waiting, Wires(minds_us(), minds_us(), at_once=1)).deliver()
    assert tally.closed == "550 5.7.1 relaying denied for this domain"
    assert waiting.deliveries.closed_until() == NOW + timedelta(seconds=30)


@pytest.mark.R6
def test_who_is_refused_so_for_three_days_has_failed(waiting: Store) -> None:
    now = NOW
    for _ in range(40):
        Worker(
            waiting.deliveries, Letters(), Wires(minds_us()), partial(datetime.fromtimestamp, now.timestamp(), UTC)
        ).deliver()
        again = waiting.deliveries.next_attempt()
        if again is None:
            break
        now = again
    assert states(waiting) == ["failed", "sent", "sent"]


def test_while_mail_is_closed_nobody_waits_for_a_turn(waiting: Store) -> None:
    one = worker(waiting, Wires(Answer(Verdict.CLOSED, "no route")))
    one.deliver()
    assert not one.has_a_turn_soon()
