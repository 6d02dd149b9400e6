"""Why a release came to a subscriber or did not, in sentences that a support desk can read out. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from pressroom.digest.selection import FIRST_HEARD, Pass, matching
from pressroom.models.announcements import Announcement, Change
from pressroom.models.people import Choice, Subscriber
from pressroom.models.release import Release
from pressroom.models.runs import WAITING, Delivery, DeliveryState
from pressroom.models.words import ENGLISH


class Outcome(StrEnum):
    """What became of one announcement for one subscriber."""

    SILENT = "silent"
    NOT_OWED = "not owed"
    OWED = "still owed"
    OFFERED = "offered"
    WITHDRAWN = "withdrawn before it was offered"
    HELD_BACK = "held back by a filter"
    STRUCK = "struck by a change of choices"


@dataclass(frozen=True, slots=True)
class Held:
    """A choice as it was held: from announcement `begun_no` to `ended_no` (None: still), before confirming or not."""

    choice: Choice
    begun_no: int
    ended_no: int | None
    was_pending: bool = False

    def covers(self, no: int) -> bool:
        return self.begun_no < no and (self.ended_no is None or no <= self.ended_no)


@dataclass(frozen=True, slots=True)
class Offered:
    """A delivery that told of the release: of which announcements, and up to which one its run went."""

    delivery: Delivery
    nos: tuple[int, ...]
    up_to_no: int


@dataclass(frozen=True, slots=True)
class Case:
    """All that the answer depends on.

    `still_owed` are numbers; `passes` the runs so far; `paid_up_to` the newest number of the run that paid the release.
    """

    subscriber: Subscriber
    release: Release
    announcements: Sequence[Announcement]
    held: Sequence[Held]
    offered: Sequence[Offered]
    still_owed: frozenset[int]
    passes: Sequence[Pass]
    paid_up_to: int | None
    zone: ZoneInfo

    @property
    def sent(self) -> list[Offered]:
        """What was offered, but for what was cancelled."""
        return [offer for offer in self.offered if offer.delivery.state is not DeliveryState.CANCELLED]


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one announcement, with the sentences that say so."""

    no: int
    change: Change
    outcome: Outcome
    matched: tuple[str, ...]
    sentences: tuple[str, ...]


def explain(case: Case) -> list[Answer]:
    """Return what became of each announcement of the release for the subscriber, oldest first."""
    return [_answer(case, one) for one in case.announcements]


def standing(case: Case) -> str:
    """Return how the subscriber stands now: “ada@example.org is active and follows Rivers, weekly.”"""
    person = case.subscriber
    if not person.choices:
        return f"{person.address} is {person.state} and follows nothing."
    pause = ""
    if person.paused:
        pause = f", paused until {person.paused_until}" if person.paused_until else ", paused"
    return f"{person.address} is {person.state}{pause} and follows {_choices(person.choices)}."


def _answer(case: Case, one: Announcement) -> Answer:
    told = f"No. {one.no}: {_event(case, one)}."
    held = [held for held in case.held if held.covers(one.no)]
    matched = matching([held.choice for held in held if not held.was_pending], one)
    offers = [offer for offer in case.sent if one.no in offer.nos]
    stopped = [offer for offer in case.offered if one.no in offer.nos and offer not in offers]
    if one.silent:
        outcome, why = Outcome.SILENT, ["It came in silently: nobody is told."]
    elif offers:
        outcome, why = Outcome.OFFERED, [_fate(case, offer) for offer in offers]
    elif one.no in case.still_owed:
        outcome, why = Outcome.OWED, [_to_come(case, one)]
    elif reason := _not_owed(case, one, held, matched):
        outcome, why = Outcome.NOT_OWED, [reason]
    else:
        outcome, why = _passed_by(case, one, was_stopped=bool(stopped))
    why[:0] = [_fate(case, offer) for offer in stopped]
    if outcome not in (Outcome.SILENT, Outcome.NOT_OWED) and matched and one.change in FIRST_HEARD:
        why.insert(0, f"It was owed for {_choices(matched)}.")
    return Answer(one.no, one.change, outcome, tuple(_choice(choice) for choice in matched), (told, *why))


def _event(case: Case, one: Announcement) -> str:
    events = {Change.NEW: "new", Change.REVISED: "revised", Change.WITHDRAWN: "withdrawn", Change.FILED: "newly filed"}
    names = [topic.name for topic in case.release.topics if topic.pk in one.topics]
    under = f" under {ENGLISH.listed(names)}" if names and one.change in FIRST_HEARD else ""
    return f"{events[one.change]}{under}, {_moment(one.made_at, case.zone)}"


def _not_owed(case: Case, one: Announcement, held: Sequence[Held], matched: Sequence[Choice]) -> str:
    """Return why the announcement was never owed; empty when it was."""
    if not held:
        return "It was not owed: there was no subscription then."
    if all(choice.was_pending for choice in held):
        return "It was not owed: the subscription was not confirmed yet."
    if one.change not in FIRST_HEARD:
        if any(offer.up_to_no < one.no for offer in case.sent) or (case.paid_up_to and not case.sent):
            return ""
        if case.sent:
            return "It was not owed by itself: the release was sent later, as it was by then."
        return "It was not owed: the release had never been sent to this address."
    if not matched:
        return f"It was not owed: {_choices([one.choice for one in held])} did not match."
    if one.change is Change.FILED:
        if not any(choice.topic for choice in matched):
            return "It was not owed: a further topic is news only to those who follow that topic."
        if any(offer.nos[0] < one.no for offer in case.sent):
            return "It was not owed: the release had been sent before."
        since = max(one.begun_no for one in held)  # what was struck before that counts as never owed
        earlier = (other for other in case.announcements if since < other.no < one.no and other.change in FIRST_HEARD)
        if any(_was_owed(case, other) for other in earlier):
            return "It was not owed: the release was owed already."
    return ""


def _was_owed(case: Case, one: Announcement) -> bool:
    held = [held.choice for held in case.held if held.covers(one.no) and not held.was_pending]
    return not one.silent and bool(matching(held, one))


def _fate(case: Case, offer: Offered) -> str:
    """Return what became of a message: “It was sent in digest run 7 on Monday …; the answer was: 250 ok.”"""
    delivery = offer.delivery
    said = f"; the answer was: {delivery.reply.rstrip('.')}" if delivery.reply else ""
    at = f" on {_moment(delivery.finished_at, case.zone)}" if delivery.finished_at else ""
    if delivery.state in WAITING:
        again = f", next try {_moment(delivery.next_attempt_at, case.zone)}" if delivery.next_attempt_at else ""
        return f"It waits in digest run {delivery.run}{again}{said}."
    words = {
        DeliveryState.SENT: "It was sent",
        DeliveryState.FAILED: "The mail server refused it for good",
        DeliveryState.SUPPRESSED: "It was held back at the last moment",
        DeliveryState.CANCELLED: "It was cancelled",
        DeliveryState.UNKNOWN: "It was handed over and no answer was seen",
    }[delivery.state]
    return f"{words} in digest run {delivery.run}{at}{said}."


def _to_come(case: Case, one: Announcement) -> str:
    if case.subscriber.paused:
        return "It waits until the pause ends."
    paces = dict.fromkeys(choice.frequency for choice in matching(case.subscriber.choices, one))
    return f"It is still owed and comes with the next digest: {ENGLISH.listed(list(paces))}."


def _passed_by(case: Case, one: Announcement, *, was_stopped: bool) -> tuple[Outcome, list[str]]:
    """Say why something that was owed was neither offered nor is owed any more."""
    is_on_record = any(offer.up_to_no == case.paid_up_to for offer in case.sent)
    if case.paid_up_to is not None and case.paid_up_to >= one.no and not is_on_record:
        return Outcome.OFFERED, ["It was offered; the record of that mail has been deleted since."]
    withdrawn = next((other for other in case.announcements if other.change is Change.WITHDRAWN), None)
    if withdrawn is not None and one.change in FIRST_HEARD:
        return Outcome.WITHDRAWN, ["It was withdrawn before a digest had told of it."]
    if not was_stopped and any(_settles(case, one, run) for run in case.passes):
        limits = case.subscriber.filter.in_words
        now = f"; now it lets through: {limits}" if limits != "everything" else "; it has been lifted since"
        return Outcome.HELD_BACK, [f"A filter held it back when its digest was made{now}."]
    return Outcome.STRUCK, ["The choices it was owed for were ended before a digest had told of it."]


def _settles(case: Case, one: Announcement, run: Pass) -> bool:
    """Whether this run was one for a matching choice that was still held when it was made."""
    held = [held for held in case.held if held.covers(one.no) or held.begun_no >= one.no]
    then = [held.choice for held in held if held.ended_no is None or held.ended_no >= run.up_to_no]
    frequencies = {choice.frequency for choice in matching(then, one)}
    return run.up_to_no >= one.no and (one.urgent or not frequencies.isdisjoint(run.frequencies))


def _choices(choices: Iterable[Choice]) -> str:
    return ENGLISH.listed([_choice(choice) for choice in choices])


def _choice(choice: Choice) -> str:
    return f"{choice.name or 'everything'} ({choice.frequency})"


def _moment(moment: datetime, zone: ZoneInfo) -> str:
    local = moment.astimezone(zone)
    return f"{local:%A} {local.day} {local:%B} {local.year} {local:%H:%M}"
