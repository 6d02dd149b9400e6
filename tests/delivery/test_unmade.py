"""Messages that cannot be made: each keeps back nothing but itself (R6)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pressroom.delivery.queue import Answer, Verdict
from pressroom.delivery.worker import Worker
from pressroom.errors import TemplateBrokenError
from pressroom.models.runs import Delivery, Message
from pressroom.storage import Store
from tests.delivery.test_worker import EARLIER_BOOT, GONE, NOW, Letters, Wire, states, worker


class Unmakeable(Letters):
    """A builder that cannot make the messages of these subscribers, and remembers what it was asked for."""

    def __init__(self, *subscribers: int) -> None:
        self._subscribers = subscribers
        self.asked: list[int | None] = []

    def build(self, delivery: Delivery) -> Message | None:
        self.asked.append(delivery.subscriber)
        if delivery.subscriber in self._subscribers:
            raise TemplateBrokenError("email/digest.mjml", 3, "no such word")
        return super().build(delivery)


@pytest.mark.R6
def test_a_message_that_cannot_be_made_keeps_back_no_other_and_is_tried_again_in_half_a_minute(
    waiting: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pressroom.delivery.worker.FEWEST_CLAIMED", 1)
    monkeypatch.setattr("pressroom.delivery.worker.MOST_CLAIMED", 1)
    builder, wire = Unmakeable(1), Wire()
    one = Worker(waiting.deliveries, builder, wire, lambda: NOW)
    tally = one.deliver()
    one.deliver(tally)
    assert builder.asked == [1, 2, 3]
    assert wire.sent == ["bo@example.org", "cy@example.org"]
    assert (tally.sent, tally.retry, len(tally.trouble)) == (2, 1, 1)
    assert states(waiting) == ["retry", "sent", "sent"]
    assert waiting.deliveries.of_run(1)[0].reply.startswith("could not be made: The template email/digest.mjml")
    assert worker(waiting, wire, NOW + timedelta(seconds=29)).deliver().sent == 0
    assert worker(waiting, wire, NOW + timedelta(seconds=30)).deliver().sent == 1


@pytest.mark.R6
def test_who_asks_for_it_has_what_could_not_be_made_tried_at_once(waiting: Store) -> None:
    Worker(waiting.deliveries, Unmakeable(1), Wire(), lambda: NOW).deliver()
    builder = Unmakeable(1)
    asked = Worker(waiting.deliveries, builder, Wire(), lambda: NOW, is_asked=True)
    asked.deliver()
    asked.deliver()
    assert builder.asked == [1]
    assert Worker(waiting.deliveries, Letters(), Wire(), lambda: NOW, is_asked=True).deliver().sent == 1


@pytest.mark.R6
def test_a_refusal_for_now_is_not_tried_sooner_since_somebody_asks(waiting: Store) -> None:
    worker(waiting, Wire(*[Answer(Verdict.LATER, "450 wait")] * 3)).deliver()
    assert Worker(waiting.deliveries, Letters(), Wire(), lambda: NOW, is_asked=True).deliver().sent == 0


@pytest.mark.R6
def test_where_many_in_a_row_cannot_be_made_a_round_ends_and_the_next_begins_with_the_others(
    waiting: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pressroom.delivery.worker.ENOUGH", 2)
    builder = Unmakeable(1, 2)
    assert Worker(waiting.deliveries, builder, Wire(), lambda: NOW).deliver().retry == 2
    assert builder.asked == [1, 2]
    assert states(waiting) == ["retry", "retry", "queued"]
    later = NOW + timedelta(seconds=30)
    again = Unmakeable(1, 2)
    assert Worker(waiting.deliveries, again, Wire(), lambda: later).deliver().sent == 1
    assert again.asked == [3, 1, 2]


def test_one_that_can_be_made_between_others_ends_no_round(waiting: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pressroom.delivery.worker.ENOUGH", 2)
    builder = Unmakeable(1, 3)
    one = Worker(waiting.deliveries, builder, Wire(), lambda: NOW)
    assert one.deliver().sent == 1
    waiting.write("UPDATE deliveries SET state = 'queued', next_attempt_at = NULL WHERE pk = 1")
    one.deliver()
    assert builder.asked == [1, 2, 3, 1]


@pytest.mark.R6
def test_what_has_been_handed_over_is_not_taken_for_unmade(waiting: Store) -> None:
    (mine,) = waiting.deliveries.claim(GONE, NOW, 1)
    assert waiting.deliveries.mark_handed_over([mine], NOW)
    assert not waiting.deliveries.mark_unmade(mine, "could not be made", NOW)
    assert states(waiting)[0] == "handed-over"


@pytest.mark.R6
def test_a_claim_is_held_by_no_message_that_cannot_be_made(waiting: Store) -> None:
    """After a power cut what is claimed may have been handed over: what never was must not look like it."""
    Worker(waiting.deliveries, Unmakeable(1, 2, 3), Wire(), lambda: NOW).deliver()
    assert waiting.deliveries.claims() == []


@pytest.mark.R6
def test_what_was_in_the_air_and_cannot_be_made_again_stays_there_and_keeps_back_no_other(waiting: Store) -> None:
    claimed = waiting.deliveries.claim(EARLIER_BOOT, NOW, 1)
    waiting.deliveries.mark_handed_over([claimed[0]], NOW)
    wire = Wire()
    assert len(Worker(waiting.deliveries, Unmakeable(1), wire, lambda: NOW).deliver().trouble) == 1
    assert states(waiting) == ["handed-over", "sent", "sent"]
