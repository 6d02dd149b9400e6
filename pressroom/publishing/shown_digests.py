"""The digest that would bring a release to a reader, were it published at this moment. Nothing is written for it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pressroom.accounts import account_of, with_those
from pressroom.digest.coming import expected_of
from pressroom.digest.items import make_item
from pressroom.digest.lint import Finding
from pressroom.digest.selection import FIRST_HEARD, Account, History, Offer, Pass, matching
from pressroom.models.announcements import Change
from pressroom.models.due import SCHEDULED
from pressroom.models.people import Choice, Frequency, Subscriber, SubscriberState
from pressroom.models.release import State, Topic
from pressroom.models.runs import DigestRun, Message, OfferedItem, RunState
from pressroom.models.text import clean_language
from pressroom.publishing.composing import compose_digest
from pressroom.publishing.digests import unfilled, with_missed
from pressroom.publishing.gate import Gate
from pressroom.publishing.previewing import ANYBODY, NO_TOKEN
from pressroom.publishing.showing import Shown
from pressroom.storage import Store
from pressroom.tools import Tools

MOST_TOLD = 30
"""So many announcements, the newest, may be owed to a profile: nobody knows since when such a person would follow."""
KEY = "preview"


@dataclass(frozen=True, slots=True)
class ShownDigest:
    """A digest with the release in it, as it would leave at `at`. It holds `others` beside it.

    If the reader who was asked for would not get the release, `why_not` says so in a sentence, and it is the digest of
    somebody who follows everything. Its personal links belong to nobody. `findings` are what lint says.
    """

    message: Message
    at: datetime
    others: int
    findings: tuple[Finding, ...]
    why_not: str = ""

    @property
    def subject(self) -> str:
        return dict(self.message.headers)["Subject"]


def profile(
    tools: Tools, frequency: Frequency = Frequency.WEEKLY, topics: Sequence[Topic] = (), language: str = ""
) -> Subscriber:
    """Return somebody who is nobody, and follows these topics, or everything."""
    choices = tuple(Choice(frequency, topic) for topic in topics) or (Choice(frequency),)
    language = clean_language("language", language) or tools.settings.site.language
    return Subscriber(ANYBODY, SubscriberState.ACTIVE, language=language, choices=choices, unsubscribe_token=NO_TOKEN)


def show_digest(
    store: Store, tools: Tools, shown: Shown, now: datetime, reader: Subscriber, *, is_linted: bool = True
) -> ShownDigest:
    """Return the digest with the release that a reader gets next, by the rules of a run (R4, R5).

    Unless it `is_linted`, nothing is looked for in it, which takes longer than to make it.
    """
    reader = replace(reader, unsubscribe_token=NO_TOKEN)
    why_not = _why_nothing_comes(store, tools, reader)
    if not why_not:
        digest = _Digest(store, tools, shown, now, reader)
        if digest.tells_of_it:
            return digest.made(is_linted)
        why_not = digest.why_not()
    anybody = profile(tools, language=reader.language)
    return replace(_Digest(store, tools, shown, now, anybody).with_it().made(is_linted), why_not=why_not)


class _Digest:
    """What a run would pay to a reader, with the release as it would be out by then."""

    def __init__(self, store: Store, tools: Tools, shown: Shown, now: datetime, reader: Subscriber) -> None:
        self._store, self._tools, self._shown, self._reader = store, tools, shown, reader
        self._history, self._account = _account(store, shown, reader)
        self._run = next_run(store, tools, shown, now, reader.choices)
        due = self._history.due(self._account, self._run.frequencies)
        self._offers = self._history.offers(due, self._account)
        pks = {offer.release for offer in self._offers}
        self._releases = {**store.releases.by_pk(pks), shown.release.pk: shown.release}
        own = tools.settings.site.own_publisher
        self._wanted = [one for one in self._offers if reader.filter.lets_through(self._releases[one.release], own)]

    @property
    def tells_of_it(self) -> bool:
        return self._holds_it(self._wanted)

    def _holds_it(self, offers: Iterable[Offer]) -> bool:
        return any(offer.release == self._shown.release.pk for offer in offers)

    def with_it(self) -> _Digest:
        """Let the digest tell of the release, whatever the rules say."""
        if not self.tells_of_it:
            release, told = self._shown.release, self._shown.announcements[-1:]
            is_new = bool(self._shown.made) and self._shown.made[0].change is Change.NEW
            change = Change.WITHDRAWN if release.state is State.WITHDRAWN else Change.NEW if is_new else Change.REVISED
            choices = () if change in (Change.WITHDRAWN, Change.REVISED) else self._reader.choices
            self._wanted.insert(0, Offer(release.pk, change, tuple(one.no for one in told), choices))
        return self

    def made(self, is_linted: bool) -> ShownDigest:
        items = tuple(map(self._item, self._wanted))
        message = compose_digest(self._tools, self._reader, items, self._run)
        findings = tuple(self._gate(items).findings(self._reader, items, message)) if is_linted else ()
        return ShownDigest(message, self._run.opened_at, len(items) - 1, findings)

    def _gate(self, items: Sequence[OfferedItem]) -> Gate:
        told = tuple(one.item for one in items)
        return Gate(self._store, self._tools, self._run, (), told, {self._shown.release.pk: self._shown.release})

    def _item(self, offer: Offer) -> OfferedItem:
        release = self._releases[offer.release]
        by_no = {one.no: one for one in (*self._store.announcements.by_no(offer.nos), *self._shown.made)}
        announcements = [by_no[no] for no in offer.nos if no in by_no]
        replacement = self._store.releases.find(release.replacement) if release.replacement else None
        reasons = tuple(choice.name for choice in offer.choices)
        return OfferedItem(make_item(release, offer, announcements, replacement, self._tools.links), reasons)

    def why_not(self) -> str:
        """Return why a reader to whom mail goes would not get the release."""
        who = _who(self._reader)
        if not self._shown.made:
            if self._shown.release.state is State.WITHDRAWN:
                return "It has been withdrawn, and whoever was sent it has been told, or is told next."
            return "Without a note, what is changed is changed where it stands, and nobody is mailed."
        if self._holds_it(self._offers):
            return f"{who} would not get it: their filter keeps it back ({self._reader.filter.in_words})."
        if all(one.change in (Change.REVISED, Change.WITHDRAWN) for one in self._shown.made):
            return f"{who} would not hear of it: this release was never sent to them."
        return f"{who} would not get it: they follow none of its topics."


def _account(store: Store, shown: Shown, reader: Subscriber) -> tuple[History, Account]:
    """Return the account of a reader, as if what is shown had been announced."""
    if reader.pk:
        return account_of(store, reader, was_reached=True, also=shown.announcements)
    settled = store.runs.settled_up_to(reader.choices[0].frequency)
    since = max(settled, store.announcements.before_newest(MOST_TOLD))
    announcements = with_those(store.announcements.touching(since), shown.announcements)
    heard = [one for one in shown.earlier if one.change in FIRST_HEARD and not one.silent]
    paid = {one.release: one.no for one in heard if matching(reader.choices, one)}
    passes = [Pass(*one) for one in store.runs.passes_since(since)]
    return History(announcements, passes, since), Account(reader.choices, since, paid=paid)


def next_run(store: Store, tools: Tools, shown: Shown, now: datetime, choices: Sequence[Choice]) -> DigestRun:
    """Return the run that would bring what is shown to somebody with these choices; none of them need match."""
    matched = {choice.frequency for one in shown.made for choice in matching(choices, one)}
    held = matched or {choice.frequency for choice in choices} or {Frequency.WEEKLY}
    is_at_once = any(one.urgent for one in shown.made)
    at = now if is_at_once else min(_due(store, tools, frequency, now) for frequency in held)
    frequencies = {one for one in SCHEDULED if _is_of_use(store, one, held) and _due(store, tools, one, now) == at}
    if Frequency.IMMEDIATE in held and _due(store, tools, Frequency.IMMEDIATE, now) == at:
        frequencies.add(Frequency.IMMEDIATE)
    begins = {one: _begin(store, tools, one, at, now) for one in SCHEDULED if one in frequencies}
    return DigestRun(
        pk=store.runs.next_pk,
        key=KEY,
        opened_at=at,
        up_to_no=shown.made[-1].no if shown.made else store.announcements.newest_no,
        state=RunState.OPEN,
        frequencies=tuple(one for one in Frequency if one in frequencies),
        due=at if frequencies else None,
        begins=begins,
        expected=expected_of([one for one in store.releases.all(State.EXPECTED) if one.pk != shown.release.pk], at),
        notes={one: note for one, note in store.notes.waiting().items() if one in frequencies},
    )


def _due(store: Store, tools: Tools, frequency: Frequency, now: datetime) -> datetime:
    """Return when the next run at a frequency is opened: now, where one is overdue."""
    if frequency is Frequency.IMMEDIATE:
        return tools.settings.timetable.immediate(now, now)
    is_overdue = unfilled(store, tools, frequency, now) is not None
    return now if is_overdue else tools.settings.timetable.following(frequency, now)


def _begin(store: Store, tools: Tools, frequency: Frequency, at: datetime, now: datetime) -> datetime:
    """Return the earliest due time that a run at `at` makes up for."""
    return with_missed(store, tools, frequency, tools.settings.timetable.latest(frequency, at), now)[0]


def _is_of_use(store: Store, frequency: Frequency, held: Collection[Frequency]) -> bool:
    """Whether a run is due at a frequency: somebody must have chosen it."""
    return frequency in held or store.subscribers.first_subscription(frequency) is not None


def _who(reader: Subscriber) -> str:
    return reader.address if reader.pk else "Whoever chose that"


def _why_nothing_comes(store: Store, tools: Tools, reader: Subscriber) -> str:
    """Return why no mail goes to a reader at all."""
    if not reader.pk:
        return ""
    if reader.state is SubscriberState.PENDING:
        return f"{reader.address} would not get it: they have not confirmed yet."
    if reader.state is SubscriberState.ENDED:
        return f"{reader.address} would not get it: they have unsubscribed."
    if reader.state is SubscriberState.SUPPRESSED or store.suppressions.reason(
        tools.signer.address_hash(reader.address)
    ):
        return f"{reader.address} would not get it: nothing may be mailed there."
    if reader.paused:
        until = f" until {reader.paused_until:%Y-%m-%d}" if reader.paused_until else ""
        return f"{reader.address} would not get it yet: they are paused{until}, and get it when they are back."
    return ""
