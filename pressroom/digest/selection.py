"""Who is owed what, and what a run pays (R4). Pure: numbers decide, never the clock.

A subscriber's present choices hold since announcement `since_no`. Owed are the announcements after it that a choice
matches, and those carried over from before (`owed` in the catalogue). A run settles an announcement for a subscriber
when it has a frequency at which a matching choice is held; since every change of choices moves `since_no`, only runs
under the present choices count.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pressroom.models.announcements import Announcement, Change
from pressroom.models.people import Choice, Frequency

FIRST_HEARD = (Change.NEW, Change.FILED)


@dataclass(frozen=True, slots=True)
class Pass:
    """A run that has been: what it settled for whoever held a choice at one of its frequencies."""

    frequencies: frozenset[Frequency]
    up_to_no: int
    run: int = 0


@dataclass(frozen=True, slots=True)
class Account:
    """One subscriber as selection sees them.

    Of numbers from before `since_no`, `carried` are owed and `held_back` were held back by a filter; `paid` gives, for
    each release paid to the subscriber, the newest number of the run that paid it.
    """

    choices: tuple[Choice, ...]
    since_no: int
    carried: frozenset[int] = frozenset()
    paid: Mapping[int, int] = field(default_factory=dict)
    held_back: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Offer:
    """One release to one subscriber: what happened to it, the announcements paid and the choices they match.

    What was sent before, and has changed, matches none: it is told under whatever choice is held.
    """

    release: int
    change: Change
    nos: tuple[int, ...]
    choices: tuple[Choice, ...]


class History:
    """The announcements that may still be owed to someone, all others of the same releases, and the runs so far.

    What is not carried and not beyond `settled` is settled for everybody, so that older runs need not be given.
    """

    def __init__(self, announcements: Iterable[Announcement], passes: Sequence[Pass], settled: int = 0) -> None:
        self._by_release: dict[int, list[Announcement]] = {}
        for announcement in announcements:
            self._by_release.setdefault(announcement.release, []).append(announcement)
        self._by_no = {one.no: one for group in self._by_release.values() for one in group if not one.silent}
        self._passes = passes
        self._settled = settled

    def owed(self, account: Account) -> list[Announcement]:
        """Return what is owed to `account` and unpaid, oldest first."""
        since = max(account.since_no, self._settled)
        numbers = [no for no in sorted(self._by_no) if no > since or no in account.carried]
        return [self._by_no[no] for no in numbers if self._is_owed(self._by_no[no], account)]

    def due(self, account: Account, frequencies: Collection[Frequency]) -> list[Announcement]:
        """Return what of the owed a run at `frequencies` settles; urgent ones in any run."""
        return [
            one
            for one in self.owed(account)
            if one.urgent or any(choice.frequency in frequencies for choice in matching(account.choices, one))
        ]

    def offers(self, due: Sequence[Announcement], account: Account) -> list[Offer]:
        """Return one offer a release, in its newest state, for what is due; in the order of the newest number first."""
        by_release: dict[int, list[Announcement]] = {}
        for one in due:
            by_release.setdefault(one.release, []).append(one)
        offers = [self._offer(release, group, account) for release, group in by_release.items()]
        return sorted((offer for offer in offers if offer), key=lambda offer: -offer.nos[-1])

    def still_owed(self, account: Account, choices: Sequence[Choice]) -> set[int]:
        """Return the numbers owed to `account` that `choices`, which replace its own, keep; the rest is struck."""
        return {one.no for one in self.owed(account) if matching(choices, one)}

    def held_back(self, account: Account) -> set[int]:
        """Return the numbers since `since_no` that a run has settled without paying the release, which is still there.

        What is owed again, its run having been cancelled, has to be `carried`.
        """
        since = (one for one in self._by_no.values() if one.no > account.since_no and one.change in FIRST_HEARD)
        return {
            one.no
            for one in since
            if one.no not in account.carried
            and one.release not in account.paid
            and not self._is_gone(one.release)
            and self._was_owed(one, account)
            and self._is_settled(one, account)
        }

    def _is_owed(self, one: Announcement, account: Account) -> bool:
        if one.no in account.carried:
            return bool(matching(account.choices, one))
        return self._was_owed(one, account) and not self._is_settled(one, account)

    def _was_owed(self, one: Announcement, account: Account) -> bool:
        """Whether `one`, made under the present choices, was owed when it was made."""
        paid = account.paid.get(one.release)
        if one.change not in FIRST_HEARD:
            return paid is not None and paid < one.no and bool(account.choices)
        if one.change is Change.NEW:
            return bool(matching(account.choices, one))
        holds_the_topic = any(choice.topic for choice in matching(account.choices, one))
        return holds_the_topic and paid is None and not self._was_owed_before(one, account)

    def _was_owed_before(self, filed: Announcement, account: Account) -> bool:
        earlier = [one for one in self._by_release[filed.release] if one.no < filed.no and one.change in FIRST_HEARD]
        return any(
            one.no in account.carried
            or one.no in account.held_back
            or (one.no > account.since_no and not one.silent and self._was_owed(one, account))
            for one in earlier
        )

    def _is_settled(self, one: Announcement, account: Account) -> bool:
        frequencies = {choice.frequency for choice in matching(account.choices, one)}
        return any(
            one.no <= run.up_to_no and (one.urgent or not frequencies.isdisjoint(run.frequencies))
            for run in self._passes
        )

    def _is_gone(self, release: int) -> bool:
        return any(one.change is Change.WITHDRAWN for one in self._by_release[release])

    def _offer(self, release: int, group: Sequence[Announcement], account: Account) -> Offer | None:
        gone = self._is_gone(release)
        first = [one for one in group if one.change in FIRST_HEARD]
        nos = tuple(one.no for one in group)
        if first:
            choices = tuple(choice for choice in account.choices if any(_matches(choice, one) for one in first))
            return None if gone else Offer(release, first[0].change, nos, choices)
        return Offer(release, Change.WITHDRAWN if gone else Change.REVISED, nos, ())


def matching(choices: Iterable[Choice], one: Announcement) -> list[Choice]:
    """Return the choices under which `one` can be paid."""
    return [choice for choice in choices if _matches(choice, one)]


def _matches(choice: Choice, one: Announcement) -> bool:
    # R4: what was paid is owed its revisions and its withdrawal under whatever choice is held.
    return one.change not in FIRST_HEARD or choice.covers(one.topics, one.series)
