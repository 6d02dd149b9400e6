"""What must not be undone by restoring a backup: who has stopped since, and what was sent since (R6, R7)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from pressroom.accounts import change_choices, erase
from pressroom.errors import InvalidFieldError
from pressroom.membership import Wish, chosen_by, end_all, pause
from pressroom.membership import suppress as suppress_one
from pressroom.models.consent import How
from pressroom.models.people import Choice, Subscriber, SubscriberState
from pressroom.storage import Store
from pressroom.storage.backups import opened_to_look
from pressroom.storage.ledgers import beside, settle_ledger, take_over_ledger
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
        people = _take_over_people(draft, tools, since, now)
        settle_ledger(draft, ledger, now)
    return TakenOver(people, ledger.ended, len(ledger.later), ledger.left)


def _take_over_people(draft: Store, tools: Tools, since: Store, now: datetime) -> int:
    for address_hash, reason, at in since.suppressions.all():
        draft.suppressions.add(address_hash, reason, at)
    here = (SubscriberState.ACTIVE, SubscriberState.PENDING)
    people = [person for person in draft.subscribers.all() if person.state in here]
    return sum(_take_over_one(draft, tools, since, person, now) for person in people)


def _take_over_one(draft: Store, tools: Tools, since: Store, person: Subscriber, now: datetime) -> bool:
    """Bring one person to what they are by now; return whether that is something else."""
    then = since.subscribers.find_by_token(person.unsubscribe_token)
    reason = since.suppressions.reason(tools.signer.address_hash(person.address))
    if then is None:  # erased; who is unknown there without that has come later than that catalogue, and stays
        if reason:
            erase(draft, tools, person, reason, now)
        return bool(reason)
    if then.state is SubscriberState.SUPPRESSED:
        suppress_one(draft, person, now, How.AFTER_BACKUP)
        return True
    # Who has left and asked anew, which nobody has confirmed, has left.
    has_left = then.state is SubscriberState.PENDING and person.state is SubscriberState.ACTIVE
    if has_left or then.state is SubscriberState.ENDED:
        end_all(draft, person, now, How.AFTER_BACKUP)
        return True
    return _take_over_wishes(draft, tools, person, then, now)


def _take_over_wishes(draft: Store, tools: Tools, person: Subscriber, then: Subscriber, now: datetime) -> bool:
    """Take over address, choices and pause of somebody who is a subscriber still."""
    changed = False
    if then.address != person.address and draft.subscribers.find(then.address) is None:
        draft.subscribers.set_address(person.pk, then.address)
        person, changed = replace(person, address=then.address), True
    wanted = _known(draft, then)
    if wanted and {(one.scope, one.frequency) for one in wanted} != _held(person):
        change_choices(draft, person, wanted, now)
        said = ", ".join(f"{choice.slug}={choice.frequency}" for choice in wanted)
        draft.consents.add(person.pk, now=now, what=f"changed: {said}", how=How.AFTER_BACKUP)
        changed = True
    if then.paused and not person.paused and person.state is SubscriberState.ACTIVE:
        with suppress(InvalidFieldError):  # it has ended by now
            pause(draft, tools, person.address, then.paused_until, now, How.AFTER_BACKUP)
            changed = True
    return changed


def _held(person: Subscriber) -> set[tuple[tuple[int | None, int | None], object]]:
    return {(choice.scope, choice.frequency) for choice in person.choices}


def _known(draft: Store, then: Subscriber) -> list[Choice]:
    """Return the choices of somebody, as far as the restored catalogue has their topics and series."""
    known: list[Choice] = []
    for choice in then.choices:
        with suppress(InvalidFieldError, LookupError):
            known += chosen_by(draft, [Wish(choice.slug, choice.frequency)], choice.frequency)
    return known
