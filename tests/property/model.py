"""R4 as a model of a few lines: who is owed what, and what a run pays. It knows nothing of how the product does it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ALL = "all"
LONDON = ZoneInfo("Europe/London")


@dataclass
class Told:
    """An announcement: its number, release, change and frozen topics."""

    no: int
    release: str
    change: str
    topics: frozenset[str]
    urgent: bool = False
    made_at: datetime | None = None

    @property
    def is_first(self) -> bool:
        return self.change in ("new", "filed")

    def matches(self, topic: str) -> bool:
        return not self.is_first or topic == ALL or topic in self.topics


@dataclass
class Undo:
    """What ended with an unsubscribe: choices, what was owed, had been paid and not left, was struck by it, was set."""

    choices: dict[str, str]
    payments: dict[int, list[Told]] = field(default_factory=dict)
    lost: dict[int, Told] = field(default_factory=dict)
    owed: dict[int, Told] = field(default_factory=dict)
    paused: bool = False
    until: date | None = None
    kind: str | None = None


@dataclass
class Reader:
    """A subscriber: `choices` are topic → frequency; `owed` by number; `payments` by run, until nothing undoes them.

    `kind` is the only one wanted, if any. Numbers that were owed and never paid: `struck`, `held_back`, `gone`.
    `passed` are the releases that were held back: filing them is no news. `reach` is the newest number at each run.
    """

    choices: dict[str, str]
    active: bool = True
    pending: bool = False
    paused: bool = False
    until: date | None = None
    owed: dict[int, Told] = field(default_factory=dict)
    payments: dict[int, list[Told]] = field(default_factory=dict)
    settled: list[Told] = field(default_factory=list)
    filed: list[Told] = field(default_factory=list)
    kind: str | None = None
    had_limit: bool = False
    passed: set[str] = field(default_factory=set)
    struck: set[int] = field(default_factory=set)
    held_back: dict[int, Told] = field(default_factory=dict)
    reach: dict[int, int] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    undo: Undo | None = None

    def hear(self, told: Told) -> None:
        """Become owed what has just been announced, if it is for this reader."""
        if not self.active:
            return
        if told.change == "new":
            is_owed = any(told.matches(topic) for topic in self.choices)
        elif told.change == "filed":
            self.filed.append(told)
            known = told.release in self.paid | self.passed | {one.release for one in self.owed.values()}
            is_owed = not known and any(topic in told.topics for topic in self.choices)
        else:
            is_owed = told.release in self.paid and bool(self.choices)
        if is_owed:
            self.owed[told.no] = told

    def confirm(self) -> None:
        """Become active: what was announced before is not owed."""
        self.active, self.pending, self.owed, self.undo = True, False, {}, None

    @property
    def paid(self) -> set[str]:
        """The releases that were paid, and not cancelled."""
        return {told.release for told in self._paid()}

    @property
    def offered(self) -> set[int]:
        return {told.no for told in self._paid()}

    def _paid(self) -> list[Told]:
        return self.settled + [told for payment in self.payments.values() for told in payment]

    def cancel(self, run: int) -> None:
        """Have a run's message stopped: what it paid is owed again, as far as a choice still matches."""
        stopped = self.payments.pop(run, [])
        for told in stopped:
            if self.active and any(told.matches(topic) for topic in self.choices):
                self.owed[told.no] = told
            else:
                self._strike(told)
        # What was filed since the run was no news, and is news now.
        for told in self.filed if self.active else []:
            is_known = told.release in self.paid or any(
                one.release == told.release and one.is_first for one in self.owed.values()
            )
            was_told = told.no > self.reach[run] and any(one.release == told.release for one in stopped)
            if was_told and not is_known and any(topic in told.topics for topic in self.choices):
                self.owed[told.no] = told
        # What was never paid is owed no revision.
        self.owed = {no: told for no, told in self.owed.items() if told.is_first or told.release in self.paid}
        self.held_back = {no: told for no, told in self.held_back.items() if told.is_first or told.release in self.paid}

    def _strike(self, told: Told) -> None:
        """Owe something no more; whoever undoes what they ended before is owed it again, if that matches it."""
        self.struck.add(told.no)
        if self.undo:
            self.undo.lost[told.no] = told

    def leave(self) -> None:
        """End everything: what waits is held back, and no cancelling brings it again."""
        self.undo = Undo(
            self.choices, self.payments, owed=self.owed, paused=self.paused, until=self.until, kind=self.kind
        )
        self.active, self.paused, self.until = False, False, None
        self.settled, self.payments = self._paid(), {}
        self.struck |= set(self.owed)

    def stop(self, frequency: str, runs: dict[int, set[str]]) -> None:
        """End a frequency, and stop the messages of `runs` of whose frequencies none is kept; urgent ones have none."""
        kept = {topic: how for topic, how in self.choices.items() if how != frequency}
        if not kept:
            self.leave()
        elif kept != self.choices:
            ended = {topic: how for topic, how in self.choices.items() if topic not in kept}
            before = dict(self.owed)
            self.choose(kept)
            for run in [run for run in self.payments if runs[run] and not runs[run] & set(kept.values())]:
                before |= {told.no: told for told in self.payments[run]}
                self.cancel(run)
            self.undo = Undo(ended, lost={no: told for no, told in before.items() if no not in self.owed})

    def take_back(self, open_runs: set[int], kept_runs: set[int]) -> None:
        """Undo the latest unsubscribe: nothing begins anew.

        What still waits in a run leaves after all; where the run has ended meanwhile, it is owed again. Of runs that
        are not kept the record has been deleted: what they told stays told.
        """
        undo, self.undo = self.undo, None
        assert undo is not None
        if not self.active:
            self.active, self.pending, self.choices, self.owed = True, False, undo.choices, undo.owed
            self.paused, self.until, self.kind = undo.paused, undo.until, undo.kind
            self.struck -= set(self.owed)
            self.payments = {run: told for run, told in undo.payments.items() if run in kept_runs}
            again = [told for payment in self.payments.values() for told in payment]
            self.settled = [told for told in self.settled if not any(told is one for one in again)]
            for run in set(self.payments) - open_runs:
                self.cancel(run)
            return
        missing = {topic: how for topic, how in undo.choices.items() if topic not in self.choices}
        self.choices = self.choices | missing
        for no, told in undo.lost.items():
            is_told = told.is_first and told.release in self.paid
            if no in self.struck and not is_told and any(told.matches(topic) for topic in undo.choices):
                self.struck.discard(no)
                self.owed[no] = told
                if told.is_first:  # its being filed is no news where it is owed for an earlier reason
                    heard = {one.no for one in self.owed.values() if one.release == told.release and one.is_first}
                    self.owed = {no: one for no, one in self.owed.items() if no not in heard - {min(heard)}}

    def choose(self, choices: dict[str, str]) -> None:
        """Change choices in one go: keep owed what any new one matches, strike the rest."""
        self.choices = choices
        kept = {no: told for no, told in self.owed.items() if any(told.matches(topic) for topic in choices)}
        for no in set(self.owed) - set(kept):
            self._strike(self.owed[no])
        self.owed = kept

    def pause(self, until: date | None) -> None:
        self.paused, self.until = True, until

    def go_on(self) -> None:
        self.paused, self.until = False, None

    def due(self, frequencies: set[str]) -> list[Told]:
        """Return what a run at these frequencies would settle."""
        if not self.active or self.paused:
            return []
        return [
            told
            for told in self.owed.values()
            if told.urgent or any(told.matches(topic) and how in frequencies for topic, how in self.choices.items())
        ]

    def run(
        self, run: int, newest: int, frequencies: set[str], withdrawn: set[str], kinds: dict[str, str]
    ) -> set[tuple[str, str]]:
        """Be paid by a run and return (release, change) of each item."""
        due = self.due(frequencies)
        self.reach[run] = newest
        for told in due:
            del self.owed[told.no]
        items = set()
        for release in {told.release for told in due}:
            of_it = {told.no: told for told in sorted(due, key=lambda told: told.no) if told.release == release}
            first = [told.change for told in of_it.values() if told.is_first]
            gone = release in withdrawn
            if first and gone:
                self.gone |= set(of_it)
                continue
            if self.kind and kinds[release] != self.kind:
                self.held_back |= of_it
                self.passed |= {release} if first else set()
                continue
            items.add((release, first[0] if first else "withdrawn" if gone else "revised"))
            self.payments.setdefault(run, []).extend(of_it.values())
        return items


def latest_due(frequency: str, now: datetime) -> datetime:
    """Return the latest 08:00 in London up to `now` on a day of that frequency: any, a Monday, or the first."""
    day = now.astimezone(LONDON).date()
    while True:
        due = datetime.combine(day, time(8), LONDON)
        is_day = {"daily": True, "weekly": day.weekday() == 0, "monthly": day.day == 1}[frequency]
        if is_day and due.timestamp() <= now.timestamp():
            return due
        day -= timedelta(days=1)


def immediate_is_due(waiting: list[Told], now: datetime) -> bool:
    """Whether ten minutes have passed since the last of what waits, or sixty since the first."""
    moments = [told.made_at for told in waiting if told.made_at and told.made_at <= now]
    if not waiting or not moments:
        return bool(waiting)
    return now >= min(max(moments) + timedelta(minutes=10), min(moments) + timedelta(minutes=60))
