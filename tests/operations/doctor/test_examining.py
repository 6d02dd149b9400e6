"""Checks side by side: none stops another, whatever goes wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event, current_thread

from pressroom.errors import InvalidFieldError
from pressroom.operations.doctor.diagnosis import Diagnosis, Verdict, ok, problem, problem_in
from pressroom.operations.doctor.examining import Check, examine


def fine() -> Iterator[Diagnosis]:
    yield ok("is there")


def test_each_finding_bears_the_name_of_its_check_and_their_order_is_kept() -> None:
    def two() -> Iterator[Diagnosis]:
        yield ok("one")
        yield problem("other", "mend it")

    found = list(examine([Check("b", two, 5), Check("a", fine)]))
    assert [(one.check, one.words) for one in found] == [("b", "one"), ("b", "other"), ("a", "is there")]


def test_a_check_that_stands_still_is_a_problem_and_keeps_no_other_waiting() -> None:
    never, ends_with_the_command = Event(), []

    def still() -> Iterator[Diagnosis]:
        ends_with_the_command.append(current_thread().daemon)
        never.wait()
        yield ok("too late")

    stands, goes = examine([Check("still", still, 0.05), Check("fine", fine, 5)])
    never.set()
    assert (stands.verdict, stands.words) == (Verdict.PROBLEM, "could not be looked at within 0.05 seconds")
    assert goes.verdict is Verdict.OK
    assert ends_with_the_command == [True]


def test_an_error_in_words_is_a_problem_with_its_remedy() -> None:
    def refused() -> Iterator[Diagnosis]:
        raise InvalidFieldError("address", "“x” is no address", "mend the address")

    (found,) = examine([Check("mx", refused, 5)])
    assert (found.words, found.remedy) == ("address: “x” is no address", "mend the address")


def test_a_file_that_may_not_be_looked_at_is_a_problem() -> None:
    def refused() -> Iterator[Diagnosis]:
        raise PermissionError(13, "Permission denied", "/srv/press/data")

    (found,) = examine([Check("rights", refused)])
    assert found.words == "/srv/press/data cannot be looked at: permission denied"


def test_a_fault_of_our_own_is_told_and_stops_nothing() -> None:
    def faulty() -> Iterator[Diagnosis]:
        raise ZeroDivisionError("division by zero")

    for seconds in (0, 5):
        found, after = examine([Check("faulty", faulty, seconds), Check("fine", fine)])
        assert found.words == "could not be looked at (ZeroDivisionError: division by zero)"
        assert after.verdict is Verdict.OK


def test_a_sentence_is_parted_into_words_and_remedy_and_made_whole_again() -> None:
    for sentence in ("This is wrong; it is so; mend it.", "This is wrong."):
        assert problem_in(sentence).sentence == sentence
    assert problem_in("This is wrong; it is so; mend it.").remedy == "mend it"
