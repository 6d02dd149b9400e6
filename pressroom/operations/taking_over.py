"""What must not be undone by restoring a backup: what people have said since, and what was sent since (R4, R6, R7)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pressroom.accounts import change_choices, change_filter, end_pause, erase
from pressroom.errors import InvalidFieldError
from pressroom.membership import Wish, chosen_by, end_all, pause
from pressroom.membership import suppress as suppress_one
from pressroom.membership.moving import give_way
from pressroom.membership.private_feed import keep_private_feed
from pressroom.models.consent import How
from pressroom.models.dates import in_zone
from pressroom.models.people import Choice, Subscriber, SubscriberState
from pressroom.storage import Store
from pressroom.storage.backups import opened_to_look
from pressroom.storage.debts import heard_of_since, take_over_choices
from pressroom.storage.ledgers import beside, settle_ledger, take_over_complaints, take_over_ledger
from pressroom.tools import Tools


@dataclass(frozen=True, slots=True)
class TakenOver:
    """How much of what came after the backup was taken over: changes of people, messages that ended, runs.

    `runs_left` are runs of another history than the backup's, of which nothing could be.
    """

    people: int = 0
    messages: int = 0
    runs: int = 0
    runs_left: int = 0


def take_over(draft: Store, tools: Tools, replaced: Path, now: datetime) -> TakenOver:
    """Take over into a restored catalogue what has happened in the one that it replaces, all of it or nothing.

    Both must have the same `secret.key`: else nobody knows whose the suppressed addresses are. Raises
    CatalogueTroubleError.
    """
    with opened_to_look(replaced) as since, beside(draft, replaced):
        # First, since who changes their choices keeps what no run has paid.
        ledger = take_over_ledger(draft, now)
        rechosen = take_over_choices(draft) if ledger.is_same_history else set()
        people = _People(draft, tools, since, now, rechosen).take_over()
        take_over_complaints(draft)
        draft.staff.take_over(since)
        draft.audit.take_over(since)
        settle_ledger(draft, ledger, now)
    return TakenOver(people, ledger.ended, len(ledger.later), ledger.left)


class _People:
    """Brings people to what they have said by now in the replaced catalogue, `since` the backup."""

    def __init__(self, draft: Store, tools: Tools, since: Store, now: datetime, rechosen: set[int]) -> None:
        """`rechosen` are those who hold other choices by now than in the backup already."""
        self._draft, self._tools, self._since, self._now, self._rechosen = draft, tools, since, now, rechosen
        self._heard_of = heard_of_since(draft)

    def take_over(self) -> int:
        """Do so for everybody, and return for how many that changed anything."""
        for address_hash, reason, at in self._since.suppressions.all():
            self._draft.suppressions.add(address_hash, reason, at)
        for person in list(self._draft.subscribers.all()):
            self._give_way(person)
        return sum(self._take_over_one(person) for person in list(self._draft.subscribers.all()))

    def _give_way(self, person: Subscriber) -> None:
        """Let nobody hold an address to which another subscriber has moved since."""
        holder = self._since.subscribers.find_by_token(person.unsubscribe_token)
        if holder is None or holder.unsubscribe_token == person.unsubscribe_token:
            return
        if mover := self._draft.subscribers.find_by_token(holder.unsubscribe_token):
            give_way(self._draft, person, mover, self._now)

    def _take_over_one(self, person: Subscriber) -> bool:
        """Bring one person to what they are by now; return whether that is something else.

        That they have stopped counts whenever they did; what they want, where there is later word of them.
        """
        then = self._since.subscribers.find_by_token(person.unsubscribe_token)
        if then is None:
            return self._take_over_erasure(person)
        has_feed = person.pk in self._heard_of and self._take_over_feed(person, then)
        if person.state not in (SubscriberState.ACTIVE, SubscriberState.PENDING):
            return has_feed
        if then.state is SubscriberState.SUPPRESSED:
            suppress_one(self._draft, person, self._now, How.AFTER_BACKUP)
            return True
        # Who has left and asked anew, which nobody has confirmed, has left.
        has_left = then.state is SubscriberState.PENDING and person.state is SubscriberState.ACTIVE
        if has_left or then.state is SubscriberState.ENDED:
            end_all(self._draft, person, self._now, How.AFTER_BACKUP)
            return True
        has_wishes = self._take_over_wishes(person, then)
        return self._take_over_pause(person, then) or has_wishes or has_feed

    def _take_over_erasure(self, person: Subscriber) -> bool:
        """Erase who was erased; who is unknown there without that has come later than that catalogue, and stays.

        Returns whether they were.
        """
        reason = self._since.suppressions.reason(self._tools.signer.address_hash(person.address))
        if reason is None or person.state not in (SubscriberState.ACTIVE, SubscriberState.PENDING):
            return False
        erase(self._draft, self._tools, person, reason, self._now)
        return True

    def _take_over_feed(self, person: Subscriber, then: Subscriber) -> bool:
        """Let the address of somebody's own feed be what it is by now: others may know the one before."""
        token, made_at = self._since.private_feeds.token_of(then.pk), self._since.private_feeds.made_at(then.pk)
        return keep_private_feed(self._draft, person, token, made_at, self._now, How.AFTER_BACKUP)

    def _take_over_wishes(self, person: Subscriber, then: Subscriber) -> bool:
        """Take over address, choices, filter and language of somebody who is a subscriber still."""
        if person.pk not in self._heard_of:
            return False
        has_moved = then.address != person.address and self._draft.subscribers.find(then.address) is None
        if has_moved:
            self._draft.subscribers.set_address(person.pk, then.address)
        changed = []
        wanted = self._known(then)
        is_new = bool(wanted) and {(one.scope, one.frequency) for one in wanted} != _held(person)
        if is_new:
            change_choices(self._draft, person, wanted, self._now)
        if is_new or person.pk in self._rechosen:
            changed.append(", ".join(f"{choice.slug}={choice.frequency}" for choice in wanted))
        if then.filter != person.filter:
            change_filter(self._draft, person, then.filter)
            changed.append(f"filter {then.filter.in_words}")
        if then.language != person.language:
            self._draft.subscribers.set_person(person.pk, name=person.name, language=then.language)
            changed.append(f"language {then.language}")
        if changed:
            what = f"changed: {'; '.join(changed)}"
            self._draft.consents.add(person.pk, now=self._now, what=what, how=How.AFTER_BACKUP)
        return has_moved or bool(changed)

    def _take_over_pause(self, person: Subscriber, then: Subscriber) -> bool:
        """Take over whether somebody is paused, and until when; a pause may have ended by itself."""
        today = in_zone(self._now, self._tools.settings.site.zone).date()
        is_over = person.paused_until is not None and person.paused_until <= today
        is_same = (then.paused, then.paused_until) == (person.paused, person.paused_until)
        if is_same or person.state is not SubscriberState.ACTIVE or not (is_over or person.pk in self._heard_of):
            return False
        person = self._draft.subscribers.by_pk(person.pk) or person  # the address may be another by now
        if then.paused:
            with suppress(InvalidFieldError):  # it has ended by now
                pause(self._draft, self._tools, person.address, then.paused_until, self._now, How.AFTER_BACKUP)
                return True
        if not person.paused:
            return False
        end_pause(self._draft, person)
        self._draft.consents.add(person.pk, now=self._now, what="resumed", how=How.AFTER_BACKUP)
        return True

    def _known(self, then: Subscriber) -> list[Choice]:
        """Return the choices of somebody, as far as the restored catalogue has their topics and series."""
        known: list[Choice] = []
        for choice in then.choices:
            with suppress(InvalidFieldError, LookupError):
                known += chosen_by(self._draft, [Wish(choice.slug, choice.frequency)], choice.frequency)
        return known


def _held(person: Subscriber) -> set[tuple[tuple[int | None, int | None], object]]:
    return {(choice.scope, choice.frequency) for choice in person.choices}
