"""What a service knows of its own work: only what a restart mends is a fault."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from pressroom.operations.pulse import LOOK_LATE, STANDS_STILL, WATCH_LATE, Pulse


@dataclass
class Work:
    """A pulse whose clock a test moves on."""

    seconds: float = 1_000
    pulse: Pulse = field(init=False)

    def __post_init__(self) -> None:
        self.pulse = Pulse(clock=lambda: self.seconds)

    def pass_by(self, seconds: float) -> None:
        self.seconds += seconds
        self.pulse.watch()


@pytest.fixture
def work() -> Work:
    return Work()


def test_a_process_without_a_schedule_has_no_faults(work: Work) -> None:
    work.seconds += 1_000_000
    assert work.pulse.faults() == []


def test_a_digest_that_leaves_for_hours_is_no_fault_as_long_as_it_goes_on(work: Work) -> None:
    work.pulse.want(0)
    work.pulse.begin()
    for _ in range(10):
        work.pass_by(STANDS_STILL)
        assert work.pulse.faults() == []
        work.pulse.go_on()
    assert work.pulse.looking == 10 * STANDS_STILL


def test_a_look_that_gives_no_sign_for_over_an_hour_is_a_fault_until_it_ends(work: Work) -> None:
    work.pulse.begin()
    work.pass_by(STANDS_STILL + 1)
    assert work.pulse.faults() == ["What is due has stood still for 3,601 seconds; start the service anew."]
    work.pulse.end(is_well=True)
    assert work.pulse.faults() == []


def test_a_look_that_does_not_begin_is_a_fault(work: Work) -> None:
    work.pulse.want(600)
    work.pass_by(600 + LOOK_LATE)
    assert work.pulse.faults() == []
    work.pass_by(1)
    assert work.pulse.faults() == ["A look at what is due should have begun 121 seconds ago; start the service anew."]


def test_what_is_wanted_while_a_look_goes_on_may_wait_for_its_end(work: Work) -> None:
    work.pulse.begin()
    work.pulse.want(0)
    work.pass_by(LOOK_LATE + 1)
    assert work.pulse.faults() == []
    work.pulse.end(is_well=True)
    assert len(work.pulse.faults()) == 1


def test_a_watch_that_looks_no_more_is_a_fault(work: Work) -> None:
    work.pulse.watch()
    work.seconds += WATCH_LATE
    assert work.pulse.faults() == []
    work.seconds += 1
    assert work.pulse.faults() == ["The watch of the catalogue has not looked for 121 seconds; start the service anew."]


def test_the_lag_of_a_change_counts_from_when_the_first_was_noticed(work: Work) -> None:
    work.pulse.notice()
    work.pass_by(2)
    work.pulse.notice()
    work.pass_by(3)
    work.pulse.begin()
    work.pulse.notice()  # what the look itself writes is for the next one
    work.pass_by(4)
    work.pulse.end(is_well=True)
    assert work.pulse.change_lag == 9
    work.pulse.begin()
    work.pass_by(1)
    work.pulse.end(is_well=True)
    assert work.pulse.change_lag == 5


def test_a_look_for_which_nothing_had_changed_leaves_the_lag_as_it_was(work: Work) -> None:
    work.pulse.notice()
    work.pulse.begin()
    work.pass_by(1)
    work.pulse.end(is_well=True)
    work.pulse.begin()
    work.pass_by(100)
    work.pulse.end(is_well=False)
    assert work.pulse.change_lag == 1
    assert (work.pulse.looks, work.pulse.looks_with_trouble) == (2, 1)
