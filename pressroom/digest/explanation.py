"""Why a release came to a subscriber or did not, in sentences that a support desk can read out. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from pressroom.digest.selection import FIRST_HEARD, Pass, matching
from pressroom.models.announcements import Announcement, Change
from pressroom.models.dates import in_zone
from pressroom.models.people import Choice, Frequency, Subscriber, SubscriberState
from pressroom.models.release import Release, State
from pressroom.models.runs import WAITING, Delivery, DeliveryState
from pressroom.models.words import ENGLISH

NOT_MADE = "could not be made"
"""How a reply begins that no server gave: `delivery` writes it."""
WITHDRAWN_BEFORE = "It was withdrawn before a digest had told of it."


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
    """A delivery that told of the release: of which announcements, up to which one its run went, whether it rests."""

    delivery: Delivery
    nos: tuple[int, ...]
    up_to_no: int
    is_paused: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """All that the answer depends on.

    `still_owed` are numbers; `struck` too, each with the newest announcement at that time; `passes` the runs so far.
    `deleted_up_to` is the newest number of a run that paid the release in a delivery deleted since, as they are
    `kept_days` after their run (0: never). `had_filter` says that a limit to kinds, languages or partners is or was
    held, `will_pass` that the one held now lets the release through. `left_at` is when the person has unsubscribed,
    `coming` when the next digest of each frequency is due (None: now), and `topics` names topics by their row.
    `suppressed` is why the address must not be mailed, `came_back` what was said of messages that came back, by run.
    """

    subscriber: Subscriber
    release: Release
    announcements: Sequence[Announcement]
    held: Sequence[Held]
    offered: Sequence[Offered]
    still_owed: frozenset[int]
    struck: Mapping[int, int]
    held_back: frozenset[int]
    passes: Sequence[Pass]
    deleted_up_to: int | None
    kept_days: int
    had_filter: bool
    will_pass: bool
    left_at: datetime | None
    coming: Mapping[Frequency, datetime | None]
    topics: Mapping[int, str]
    now: datetime
    zone: ZoneInfo
    suppressed: str = ""
    came_back: Mapping[int, Sequence[str]] = field(default_factory=dict)

    @property
    def sent(self) -> list[Offered]:
        """What was offered, but for what was cancelled."""
        return [offer for offer in self.offered if offer.delivery.state is not DeliveryState.CANCELLED]

    @property
    def withdrawn_no(self) -> int | None:
        return next((one.no for one in self.announcements if one.change is Change.WITHDRAWN), None)


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
    """Return how the subscriber stands now: “ada@example.org is active and follows Rivers (weekly).”"""
    person = case.subscriber
    if person.state is SubscriberState.PENDING:
        return f"{person.address} has asked for {_choices(person.choices)} and has not confirmed it yet."
    if person.state is SubscriberState.ENDED:
        at = f" on {_moment(case.left_at, case.zone)}" if case.left_at else ""
        return f"{person.address} has unsubscribed{at} and follows nothing."
    if person.state is SubscriberState.SUPPRESSED:
        return f"{person.address} must not be mailed{f': {case.suppressed}' if case.suppressed else ''}."
    return f"{person.address} is active{_pause(person)} and follows {_choices(person.choices)}."


def _pause(person: Subscriber) -> str:
    if not person.paused:
        return ""
    return f", paused until {_day(person.paused_until)}," if person.paused_until else ", paused until resumed,"


def untold(case: Case) -> str:
    """Return why nobody has been told of the release yet: “Floods” is a draft."""
    release = case.release
    goes_out = "goes out with the next publish"
    if release.due_at and not release.is_due(case.now):
        embargo = ", when its embargo ends" if release.due_at == release.embargo else ""
        goes_out = f"goes out on {_moment(release.due_at, case.zone)}{embargo}"
    words = {
        State.DRAFT: "is a draft",
        State.EXPECTED: "is expected and not out yet",
        State.SCHEDULED: goes_out,
    }
    return f"“{release.title}” {words.get(release.state, f'is {release.state}')}: readers have not been told of it yet."


def _answer(case: Case, one: Announcement) -> Answer:
    told = f"{_event(case, one)}."
    held = [held for held in case.held if held.covers(one.no)]
    matched = matching([held.choice for held in held if not held.was_pending], one)
    offers = [offer for offer in case.sent if one.no in offer.nos]
    stopped = [offer for offer in case.offered if one.no in offer.nos and offer not in offers]
    if one.silent:
        outcome, why = Outcome.SILENT, ["It came in silently: nobody is told."]
    elif offers:
        outcome, why = Outcome.OFFERED, [_fate(case, offer) for offer in offers]
    elif one.no in case.still_owed:
        outcome, why = _owed(case, one)
    elif reason := _not_owed(case, one, held, matched):
        outcome, why = Outcome.NOT_OWED, [reason]
    else:
        outcome, why = _passed_by(case, one)
    why[:0] = [_fate(case, offer) for offer in stopped]
    if outcome not in (Outcome.SILENT, Outcome.NOT_OWED) and matched and one.change in FIRST_HEARD:
        why.insert(0, f"It was owed for {_choices(matched)}.")
    return Answer(one.no, one.change, outcome, tuple(_choice(choice) for choice in matched), (told, *why))


def _event(case: Case, one: Announcement) -> str:
    """Return what happened: “On Monday 26 January 2026 10:00 “Floods” was new under Rivers (no. 1)”."""
    events = {Change.NEW: "new", Change.REVISED: "revised", Change.WITHDRAWN: "withdrawn", Change.FILED: "newly filed"}
    names = sorted(case.topics[topic] for topic in one.topics if topic in case.topics)
    under = f" under {ENGLISH.listed(names)}" if names and one.change in FIRST_HEARD else ""
    urgent = "urgent and " if one.urgent else ""
    at = _moment(one.made_at, case.zone)
    return f"On {at} “{case.release.title}” was {urgent}{events[one.change]}{under} (no. {one.no})"


def _not_owed(case: Case, one: Announcement, held: Sequence[Held], matched: Sequence[Choice]) -> str:
    """Return why the announcement was never owed; empty when it was."""
    if one.no in case.struck or one.no in case.held_back:
        return ""
    if not held:
        return "It was not owed: there was no subscription then."
    if all(choice.was_pending for choice in held):
        return "It was not owed: the subscription was not confirmed yet."
    if one.change not in FIRST_HEARD:
        if case.deleted_up_to is not None or any(offer.up_to_no < one.no for offer in case.sent):
            return ""
        if case.sent:
            return "It was not owed by itself: the release was sent later, as it was by then."
        return "It was not owed: the release had never been sent to this address."
    if not matched:
        return f"It was not owed: {_choices([one.choice for one in held])} did not match."
    if one.change is Change.FILED:
        if not any(choice.topic for choice in matched):
            return "It was not owed: a further topic is news only to those who follow that topic."
        if any(offer.nos[0] < one.no for offer in case.sent) or one.no > (case.deleted_up_to or one.no):
            return "It was not owed: the release had been sent before."
        earlier = [other for other in case.announcements if other.no < one.no and other.change in FIRST_HEARD]
        if any(other.no in case.held_back for other in earlier):
            return "It was not owed: a filter had held the release back before."
        if any(_was_owed(case, other, one.no) for other in earlier):
            return "It was not owed: the release was owed already."
    return ""


def _was_owed(case: Case, one: Announcement, at_no: int) -> bool:
    """Whether it was owed, and had not been struck before announcement `at_no`."""
    if case.struck.get(one.no, at_no) < at_no:
        return False
    held = [held.choice for held in case.held if held.covers(one.no) and not held.was_pending]
    if one.change is Change.FILED:  # news only to those who follow that topic
        held = [choice for choice in held if choice.topic]
    return not one.silent and bool(matching(held, one))


def _fate(case: Case, offer: Offered) -> str:
    """Return what became of a message: “It was sent in digest run 7 on Monday …; the answer was: 250 ok.”"""
    delivery = offer.delivery
    said = _said(delivery)
    at = f" on {_moment(delivery.finished_at, case.zone)}" if delivery.finished_at else ""
    if delivery.state in WAITING:
        again = f", next try {_moment(delivery.next_attempt_at, case.zone)}" if delivery.next_attempt_at else ""
        rest = ", which is paused" if offer.is_paused else ""
        return f"It waits in digest run {delivery.run}{rest}{again}{said}."
    words = {
        DeliveryState.SENT: "It was sent",
        DeliveryState.FAILED: "The mail server refused it for good",
        DeliveryState.SUPPRESSED: "It was held back at the last moment",
        DeliveryState.CANCELLED: "It was cancelled",
        DeliveryState.UNKNOWN: "It was handed over and no answer was seen",
    }[delivery.state]
    came_back = "".join(f" It came back: {text.rstrip('.')}." for text in case.came_back.get(delivery.run, ()))
    return f"{words} in digest run {delivery.run}{at}{said}.{came_back}"


def _said(delivery: Delivery) -> str:
    """Return why, in a half sentence: what the server answered, or what kept the message from being handed over."""
    reply = delivery.reply.rstrip(".")
    if not reply:
        return ""
    if delivery.state in (DeliveryState.SUPPRESSED, DeliveryState.CANCELLED):
        return f": {reply}"
    return f"; it {reply}" if reply.startswith(NOT_MADE) else f"; the answer was: {reply}"


def _owed(case: Case, one: Announcement) -> tuple[Outcome, list[str]]:
    """Say what will come of something that is still owed."""
    if case.withdrawn_no is not None and one.change in FIRST_HEARD:
        return Outcome.WITHDRAWN, [WITHDRAWN_BEFORE]
    if not case.will_pass:
        limits = case.subscriber.filter.in_words
        return Outcome.OWED, [f"A filter will hold it back, unless it is changed before: it lets through {limits}."]
    if case.subscriber.paused:
        return Outcome.OWED, ["It waits until the pause ends."]
    if one.urgent:
        return Outcome.OWED, ["It is still owed and comes with the next publish, since it is urgent."]
    due = {choice.frequency: case.coming[choice.frequency] for choice in matching(case.subscriber.choices, one)}
    first = min(due, key=lambda frequency: due[frequency] or datetime.min.replace(tzinfo=UTC))
    at = due[first]
    when = f"on {_moment(at, case.zone)}" if at else "shortly" if first is Frequency.IMMEDIATE else "which is due now"
    return Outcome.OWED, [f"It is still owed and comes with the {first} digest{'' if at else ','} {when}."]


def _passed_by(case: Case, one: Announcement) -> tuple[Outcome, list[str]]:
    """Say why something that was owed was neither offered nor is owed any more."""
    is_known = one.no in case.struck or one.no in case.held_back
    if not is_known and case.deleted_up_to is not None and case.deleted_up_to >= one.no:
        kept = f": records are kept for {case.kept_days} days" if case.kept_days else ""
        return Outcome.OFFERED, [f"It was offered; the record of that mail has been deleted since{kept}."]
    if not is_known and _was_withdrawn_first(case, one):
        return Outcome.WITHDRAWN, [WITHDRAWN_BEFORE]
    if one.no in case.struck or not (is_known or case.had_filter):
        return Outcome.STRUCK, ["The choices it was owed for were ended before a digest had told of it."]
    limits = case.subscriber.filter.in_words
    now = f"; now it lets through: {limits}" if limits != "everything" else "; it has been lifted since"
    return Outcome.HELD_BACK, [f"A filter held it back when its digest was made{now}."]


def _was_withdrawn_first(case: Case, one: Announcement) -> bool:
    """Whether it was withdrawn before a digest could have told of it, and not held back by a filter before that."""
    gone = case.withdrawn_no
    if gone is None or one.change not in FIRST_HEARD:
        return False
    stopped = max((offer.delivery.run for offer in case.offered if one.no in offer.nos), default=0)
    since = (run for run in case.passes if run.run > stopped and run.up_to_no < gone)
    return not (case.had_filter and any(_settles(case, one, run) for run in since))


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
    local = in_zone(moment, zone)
    return f"{_day(local.date())} {local:%H:%M}"


def _day(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B} {day.year}"
