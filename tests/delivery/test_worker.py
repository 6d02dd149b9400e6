"""The worker and the ledger, with a real catalogue and a transport that answers what the test says (R6, R7)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pressroom.delivery.owner import an_owner, boot_id
from pressroom.delivery.queue import Answer, Verdict
from pressroom.delivery.worker import Worker
from pressroom.errors import CatalogueTroubleError
from pressroom.models.bodies import Body
from pressroom.models.runs import Delivery, DeliveryState, Message
from pressroom.storage import Store
from tests.conftest import CommandLine

NAMES = ("ada", "bo", "cy")
"""Who waits, by their numbers in the catalogue."""
NOW = datetime(2026, 1, 27, 9, tzinfo=UTC)
TAKEN = Answer(Verdict.TAKEN, "250 ok")
GONE = f"{boot_id()}:0123456789abcdef"
EARLIER_BOOT = "another-boot:0123456789abcdef"


class Wire:
    """A transport: it answers as told, and remembers what it was given."""

    def __init__(self, *answers: Answer, held: bool | None = None) -> None:
        self._answers, self._held = list(answers), held
        self._known: list[tuple[int, Answer]] = []
        self.sent: list[str] = []

    def room_for(self, wanted: int) -> int:
        return 1 - len(self._known)

    def begin(self, ticket: int, message: Message, content: bytes) -> None:
        self._known.append((ticket, self.send(message)))

    def answers(self, patience: float) -> list[tuple[int, Answer]]:
        known, self._known = self._known, []
        return known

    def give_up(self) -> list[tuple[int, Answer]]:
        return self.answers(0)

    def send(self, message: Message) -> Answer:
        self.sent.append(message.recipient)
        return self._answers.pop(0) if self._answers else TAKEN

    def holds(self, message: Message) -> bool | None:
        return self._held

    def close(self) -> None:
        pass


class Letters:
    """A builder of bare messages."""

    def build(self, delivery: Delivery) -> Message | None:
        return Message(
            f"<{delivery.pk}@x>",
            "a@example.org",
            f"{NAMES[(delivery.subscriber or 1) - 1]}@example.org",
            (),
            Body.whole(""),
            Body.whole(""),
        )


def worker(store: Store, wire: Wire, now: datetime = NOW, stop: Callable[[], bool] = lambda: False) -> Worker[Delivery]:
    return Worker(store.deliveries, Letters(), wire, lambda: now, stop)


def states(store: Store) -> list[str]:
    return [str(delivery.state) for delivery in store.deliveries.of_run(1)]


def test_everything_that_waits_is_sent_once(waiting: Store) -> None:
    wire = Wire()
    assert worker(waiting, wire).deliver().sent == 3
    assert worker(waiting, wire).deliver().sent == 0
    assert wire.sent == ["ada@example.org", "bo@example.org", "cy@example.org"]


@pytest.mark.R6
def test_the_accounting_is_exact_whatever_the_server_says(waiting: Store) -> None:
    wire = Wire(Answer(Verdict.NEVER, "550 no"), Answer(Verdict.LATER, "450 wait"), Answer(Verdict.SILENCE, "lost"))
    tally = worker(waiting, wire).deliver()
    assert (tally.failed, tally.retry, tally.unknown) == (1, 1, 1)
    counts = waiting.runs.get(1).counts
    assert counts.enlisted == 3 == counts.failed + counts.waiting + counts.unknown
    assert [delivery.reply for delivery in waiting.deliveries.of_run(1)] == ["550 no", "450 wait", "lost"]


def test_a_refusal_for_now_is_tried_again_with_growing_waits_and_given_up_after_three_days(waiting: Store) -> None:
    busy = Answer(Verdict.LATER, "450 wait")
    now, waits = NOW, []
    while waiting.deliveries.of_run(1)[0].state is not DeliveryState.FAILED:
        worker(waiting, Wire(busy, busy, busy), now).deliver()
        again = waiting.deliveries.next_attempt()
        if again is None:
            break
        waits.append(again - now)
        now = again
    assert waits[0] == timedelta(minutes=5)
    assert waits == sorted(waits)
    assert max(waits) == timedelta(hours=6)
    assert timedelta(days=3) <= now - NOW < timedelta(days=3, hours=7)


def test_a_server_that_is_away_is_asked_once_a_round_and_again_half_a_minute_later(waiting: Store) -> None:
    wire = Wire(Answer(Verdict.CLOSED, "no route"))
    assert worker(waiting, wire).deliver().closed == "no route"
    assert len(wire.sent) == 1
    assert states(waiting) == ["retry", "queued", "queued"]
    assert waiting.deliveries.next_attempt() == NOW + timedelta(seconds=30)
    assert worker(waiting, wire, NOW + timedelta(seconds=30)).deliver().sent == 3


def test_while_mail_is_closed_no_other_delivery_is_tried(waiting: Store) -> None:
    """However often somebody looks: a server that refuses the login is not asked again for half a minute."""
    worker(waiting, Wire(Answer(Verdict.CLOSED, "535 no"))).deliver()
    wire = Wire()
    for seconds in (0, 1, 29):
        worker(waiting, wire, NOW + timedelta(seconds=seconds)).deliver()
    assert wire.sent == []
    worker(waiting, wire, NOW - timedelta(days=30)).deliver()
    assert len(wire.sent) == 3, "a clock that was ahead keeps nothing closed, and nothing waiting"


@pytest.mark.R6
def test_who_was_refused_is_tried_again_when_that_is_over(waiting: Store) -> None:
    worker(waiting, Wire(Answer(Verdict.CLOSED, "535 no"))).deliver()
    assert worker(waiting, Wire(), NOW + timedelta(minutes=1)).deliver().sent == 3


@pytest.mark.R6
def test_what_a_round_could_not_mark_is_settled_in_the_next(waiting: Store) -> None:
    with an_owner(waiting.senders) as owner:
        (mine,) = waiting.deliveries.claim(owner, NOW, 1)
    assert waiting.deliveries.mark_handed_over([mine], NOW)
    worker(waiting, Wire(held=None)).deliver()
    assert states(waiting) == ["unknown", "sent", "sent"]


@pytest.mark.R7
@pytest.mark.parametrize("leaving", ["unsubscribe", "forget"])
def test_who_leaves_is_not_mailed_although_enlisted(waiting: Store, run: CommandLine, leaving: str) -> None:
    run("subscriber", leaving, "bo@example.org", *(["--yes"] if leaving == "forget" else []))
    wire = Wire()
    worker(waiting, wire).deliver()
    assert wire.sent == ["ada@example.org", "cy@example.org"]
    assert states(waiting) == ["sent", "suppressed", "sent"]
    assert waiting.runs.get(1).counts.enlisted == 3


@pytest.mark.R6
def test_what_a_dead_worker_had_handed_over_is_unknown_and_its_other_claims_are_sent(waiting: Store) -> None:
    claimed = waiting.deliveries.claim(GONE, NOW, 2)
    assert waiting.deliveries.mark_handed_over([claimed[0]], NOW)
    wire = Wire(held=None)
    worker(waiting, wire).deliver()
    assert states(waiting) == ["unknown", "sent", "sent"]
    assert wire.sent == ["bo@example.org", "cy@example.org"]


@pytest.mark.parametrize(("held", "state", "sent"), [(True, "sent", 2), (False, "sent", 3)])
def test_a_transport_that_can_be_asked_leaves_nothing_unknown(
    waiting: Store, held: bool, state: str, sent: int
) -> None:
    claimed = waiting.deliveries.claim(GONE, NOW, 1)
    waiting.deliveries.mark_handed_over([claimed[0]], NOW)
    wire = Wire(held=held)
    worker(waiting, wire).deliver()
    assert states(waiting)[0] == state
    assert len(wire.sent) == sent


@pytest.fixture
def living(waiting: Store) -> Iterator[str]:
    """The owner that another sender, which lives, claims as."""
    with an_owner(waiting.senders) as owner:
        yield owner


@pytest.mark.parametrize("later", [timedelta(minutes=6), timedelta(days=-1)], ids=["later", "by a clock set back"])
def test_the_claims_of_a_living_worker_are_left_alone_until_the_lease_is_over(
    waiting: Store, living: str, later: timedelta
) -> None:
    waiting.deliveries.claim(living, NOW, 3)
    wire = Wire()
    worker(waiting, wire, NOW + timedelta(minutes=4)).deliver()
    assert wire.sent == []
    worker(waiting, wire, NOW + later).deliver()
    assert len(wire.sent) == 3


@pytest.mark.R6
def test_what_a_living_worker_is_handing_over_is_left_to_it_however_long_it_takes(waiting: Store, living: str) -> None:
    (slow,) = waiting.deliveries.claim(living, NOW, 1)
    assert waiting.deliveries.mark_handed_over([slow], NOW)
    worker(waiting, Wire(), NOW + timedelta(hours=1)).deliver()
    assert states(waiting) == ["handed-over", "sent", "sent"]
    assert waiting.deliveries.mark_retry(slow, "451 busy", NOW + timedelta(hours=2))
    assert states(waiting) == ["retry", "sent", "sent"]


@pytest.mark.R6
def test_what_is_handed_over_while_its_lease_is_looked_at_is_not_taken_back(
    waiting: Store, living: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (slow,) = waiting.deliveries.claim(living, NOW, 1)
    queue, claims = waiting.deliveries, waiting.deliveries.claims

    def handed_over_meanwhile() -> list[tuple[Delivery, datetime]]:
        found = claims()
        assert queue.mark_handed_over([slow], NOW)
        return found

    monkeypatch.setattr(queue, "claims", handed_over_meanwhile)
    worker(waiting, Wire(), NOW + timedelta(minutes=6)).deliver()
    assert states(waiting) == ["handed-over", "sent", "sent"]


@pytest.mark.R11
def test_of_a_catalogue_that_is_disarmed_meanwhile_nothing_leaves(waiting: Store) -> None:
    claimed = waiting.deliveries.claim("me", NOW, 1)
    waiting.set_armed(None, None)
    assert not waiting.deliveries.mark_handed_over(claimed, NOW)
    assert waiting.deliveries.claim("me", NOW, 1) == []


@pytest.mark.R6
def test_a_worker_that_lost_its_claim_marks_nothing(waiting: Store, living: str) -> None:
    (slow,) = waiting.deliveries.claim(living, NOW, 1)
    worker(waiting, Wire(), NOW + timedelta(minutes=6)).deliver()
    assert states(waiting) == ["sent"] * 3
    assert not waiting.deliveries.mark_suppressed(slow, "unsubscribed", NOW)
    assert not waiting.deliveries.mark_failed(slow, "550 no", NOW)
    assert not waiting.deliveries.mark_retry(slow, "450 wait", NOW)
    assert not waiting.deliveries.mark_queued(slow)
    waiting.deliveries.give_back([slow])
    assert states(waiting) == ["sent"] * 3


@pytest.mark.R6
@pytest.mark.parametrize(("held", "state"), [(None, "unknown"), (True, "sent"), (False, "sent")])
def test_after_a_power_cut_a_claim_may_have_been_handed_over(waiting: Store, held: bool | None, state: str) -> None:
    waiting.deliveries.claim(EARLIER_BOOT, NOW, 1)
    wire = Wire(held=held)
    worker(waiting, wire).deliver()
    assert states(waiting) == [state, "sent", "sent"]
    assert ("ada@example.org" in wire.sent) is (held is False)


def test_nothing_is_claimed_of_a_run_that_is_not_open(waiting: Store) -> None:
    waiting.write("UPDATE runs SET state = 'paused'")
    assert waiting.deliveries.claim("me", NOW, 3) == []
    assert waiting.deliveries.next_attempt() is None


def test_a_claim_that_has_gone_to_another_is_not_handed_over(waiting: Store) -> None:
    (mine, *_) = waiting.deliveries.claim("me", NOW, 3)
    waiting.deliveries.give_back([mine])
    waiting.deliveries.claim("other", NOW, 3)
    assert not waiting.deliveries.mark_handed_over([mine], NOW)


def test_a_stop_gives_the_rest_back_at_once(waiting: Store) -> None:
    wire = Wire()
    worker(waiting, wire, stop=lambda: len(wire.sent) == 1).deliver()
    assert states(waiting) == ["sent", "queued", "queued"]


def test_a_builder_that_fails_leaves_its_claims_free(waiting: Store) -> None:
    class Broken(Letters):
        def build(self, delivery: Delivery) -> Message | None:
            raise OSError("the template is gone")

    with pytest.raises(OSError, match="template"):
        Worker(waiting.deliveries, Broken(), Wire(), lambda: NOW).deliver()
    assert states(waiting) == ["queued"] * 3


@pytest.mark.R12
def test_what_nobody_has_foreseen_keeps_back_one_message_and_says_which_and_where(waiting: Store) -> None:
    class Surprised(Letters):
        def build(self, delivery: Delivery) -> Message | None:
            return super().build(delivery) if delivery.pk != 1 else dict[int, Message]()[1]

    wire = Wire()
    tally = Worker(waiting.deliveries, Surprised(), wire, lambda: NOW).deliver()
    assert (tally.retry, tally.sent, wire.sent) == (1, 2, ["bo@example.org", "cy@example.org"])
    (fault,) = map(str, tally.trouble)
    assert re.fullmatch(
        r"Something unexpected went wrong with delivery 1 \(KeyError: 1, in test_worker.py, line \d+\); "
        r"all others go on\.",
        fault,
    )
    assert waiting.deliveries.of_run(1)[0].reply == f"could not be made: {fault.rstrip('.')}"


@pytest.mark.R12
def test_a_message_that_cannot_be_written_as_mail_fails_and_stops_only_itself(waiting: Store) -> None:
    class Smuggling(Letters):
        def build(self, delivery: Delivery) -> Message | None:
            message = super().build(delivery)
            assert message is not None
            return replace(message, headers=(("Subject", "a\r\nBcc: e@example.org"),) if delivery.pk == 1 else ())

    wire = Wire()
    tally = Worker(waiting.deliveries, Smuggling(), wire, lambda: NOW).deliver()
    assert (tally.failed, tally.sent, wire.sent) == (1, 2, ["bo@example.org", "cy@example.org"])
    assert waiting.deliveries.of_run(1)[0].reply.startswith("not sent: ")


def test_a_catalogue_in_trouble_ends_the_round_at_once(waiting: Store) -> None:
    class Locked(Letters):
        def build(self, delivery: Delivery) -> Message | None:
            raise CatalogueTroubleError("catalogue.db", "it is locked", "wait")

    tally = Worker(waiting.deliveries, Locked(), Wire(), lambda: NOW).deliver()
    assert len(tally.trouble) == 1
    assert states(waiting) == ["queued"] * 3


def test_one_delivery_per_run_and_subscriber_by_constraint(waiting: Store) -> None:
    import sqlite3

    with pytest.raises(sqlite3.IntegrityError):
        waiting.write("INSERT INTO deliveries (run, subscriber, bundle) VALUES (1, 1, 1)")
