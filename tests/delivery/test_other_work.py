"""What is done while answers are waited for: whatever befalls it, every message is accounted for (R6)."""

from __future__ import annotations

import sqlite3
from datetime import timedelta

import pytest

from pressroom.delivery import worker as worker_of_pressroom
from pressroom.delivery.queue import Answer
from pressroom.delivery.worker import Worker
from pressroom.errors import OutputError
from pressroom.models.people import Frequency
from pressroom.publishing import delivering
from pressroom.publishing.digests import open_run_by_hand
from pressroom.storage import Store
from pressroom.tools import Tools
from tests.conftest import CommandLine
from tests.delivery.test_several_at_once import Wires
from tests.delivery.test_unmade import Unmakeable
from tests.delivery.test_worker import NOW, Letters, Wire, states

pytestmark = pytest.mark.R6
ADA = "ada@example.org"


class Late(Wires):
    """Servers that answer only when they have been asked a few times."""

    def __init__(self, asked: int = 4) -> None:
        super().__init__()
        self._left = asked

    def answers(self, patience: float) -> list[tuple[int, Answer]]:
        self._left -= 1
        return super().answers(patience) if self._left < 0 else []


@pytest.fixture(autouse=True)
def as_often_as_possible(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_of_pressroom, "GOES_ON_AFTER", -1.0)


def test_when_it_goes_wrong_the_answers_to_what_is_on_its_way_are_waited_for(waiting: Store) -> None:
    wires, asked = Late(), list[int]()

    def go_on() -> bool:
        asked.append(len(wires.begun))
        if wires.begun:
            raise OutputError(waiting.path, "no space left on device")
        return False

    tally = Worker(waiting.deliveries, Letters(), wires, lambda: NOW, go_on=go_on).deliver()
    assert states(waiting) == ["sent", "sent", "sent"]
    assert asked.count(3) == 1, "it is not tried again while that goes on"
    assert [type(one) for one in tally.trouble] == [OutputError]


def test_it_calls_away_after_what_is_on_its_way(waiting: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_of_pressroom, "FEWEST_CLAIMED", 1)
    wires = Late()
    Worker(waiting.deliveries, Letters(), wires, lambda: NOW, go_on=lambda: len(wires.begun) > 0).deliver()
    assert states(waiting) == ["sent", "queued", "queued"]


def test_nothing_of_it_is_begun_once_a_stop_is_asked_for(waiting: Store) -> None:
    wires, begun = Late(), list[bool]()

    def is_stopping() -> bool:
        return len(wires.begun) > 0

    def go_on() -> bool:
        begun.append(is_stopping())
        return False

    Worker(waiting.deliveries, Letters(), wires, lambda: NOW, is_stopping, go_on=go_on).deliver()
    assert states(waiting) == ["sent", "sent", "sent"]
    assert set(begun) == {False}


@pytest.mark.parametrize(
    "trouble", [sqlite3.OperationalError("database is locked"), OSError(28, "no space"), KeyError("x")]
)
def test_a_locked_catalogue_and_a_full_disk_are_put_into_words(
    run: CommandLine, tools: Tools, trouble: Exception
) -> None:
    run("subscriber", "add", ADA, "--frequency", "daily", "--confirmed")
    run("release", "add", "--title", "Floods")
    run("publish", "--feeds-only")

    def meanwhile(_: object) -> bool:
        raise trouble

    with tools.open_store() as store:
        open_run_by_hand(store, tools, run.now, [Frequency.DAILY])
        tally = delivering.deliver(store, tools, run.now, meanwhile)
    assert len(tally.trouble) == 1
    assert tally.unknown == 0
    assert run.ask("deliver")["sent"] == 1


def test_what_cannot_be_made_of_an_urgent_run_keeps_no_other_run_back(
    waiting: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_of_pressroom, "ENOUGH", 2)
    monkeypatch.setattr(worker_of_pressroom, "FEWEST_CLAIMED", 2)
    monkeypatch.setattr(worker_of_pressroom, "MOST_CLAIMED", 2)
    later = waiting.runs.open(key="l" * 26, now=NOW, up_to_no=0, frequencies=[Frequency.IMMEDIATE], due_times={})
    bundle = waiting.runs.add_bundle(later, [])
    waiting.write_many(
        "INSERT INTO deliveries (run, subscriber, bundle) VALUES (?, ?, ?)", [(later.pk, pk, bundle) for pk in (1, 2)]
    )
    wire = Wire()
    for number in range(4):
        now = NOW + timedelta(seconds=31 * number)
        Worker(waiting.deliveries, Unmakeable(1, 2), wire, lambda now=now: now).deliver()  # type: ignore[misc]
    assert wire.sent == ["cy@example.org"]
