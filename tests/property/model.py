"""R4 as a model of a few lines: who is owed what, and what a run pays. It knows nothing of how the product does it."""

from __future__ import annotations

from dataclasses import dataclass, field

ALL = "all"


@dataclass
class Told:
    """An announcement: its number, release, change and frozen topics."""

    no: int
    release: str
    change: str
    topics: frozenset[str]
    urgent: bool = False

    @property
    def is_first(self) -> bool:
        return self.change in ("new", "filed")

    def matches(self, topic: str) -> bool:
        return not self.is_first or topic == ALL or topic in self.topics


@dataclass
class Reader:
    """A subscriber: `choices` are topic → frequency; `owed` numbers, `paid` releases with the newest number paid."""

    choices: dict[str, str]
    active: bool = True
    paused: bool = False
    owed: dict[int, Told] = field(default_factory=dict)
    paid: dict[str, int] = field(default_factory=dict)

    def hear(self, told: Told) -> None:
        """Become owed what has just been announced, if it is for this reader."""
        if not self.active:
            return
        if told.change == "new":
            is_owed = any(told.matches(topic) for topic in self.choices)
        elif told.change == "filed":
            known = told.release in self.paid or any(one.release == told.release for one in self.owed.values())
            is_owed = not known and any(topic in told.topics for topic in self.choices)
        else:
            is_owed = told.release in self.paid and bool(self.choices)
        if is_owed:
            self.owed[told.no] = told

    def choose(self, choices: dict[str, str]) -> None:
        """Change choices in one go: keep owed what any new one matches, strike the rest."""
        self.choices = choices
        self.owed = {no: told for no, told in self.owed.items() if any(told.matches(topic) for topic in choices)}

    def run(self, frequencies: set[str], newest: int, withdrawn: set[str]) -> set[tuple[str, str]]:
        """Be paid by a run and return (release, change) of each item."""
        if not self.active or self.paused:
            return set()
        due = [
            told
            for told in self.owed.values()
            if told.urgent or any(told.matches(topic) and how in frequencies for topic, how in self.choices.items())
        ]
        for told in due:
            del self.owed[told.no]
        items = set()
        for release in {told.release for told in due}:
            first = [told.change for told in due if told.release == release and told.is_first]
            gone = release in withdrawn
            if first and gone:
                continue
            items.add((release, first[0] if first else "withdrawn" if gone else "revised"))
            self.paid[release] = newest
        return items
