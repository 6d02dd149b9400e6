"""Mail that comes back, and what follows: nothing at first, and nobody is mailed for long who cannot be reached.

Anybody can write a report. Only one that bears a token of ours is believed, and of failures only what comes from nobody
(RFC 3464 §2: the null reverse-path); nothing here is ever answered.
"""

from __future__ import annotations

import hmac
import logging
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pressroom.delivery.reports import Report, ReportKind
from pressroom.delivery.statuses import classify, status_in
from pressroom.errors import NothingToClearError, ReportedAsSpamError, RunHaltedError
from pressroom.membership import end_all, suppress
from pressroom.membership.leaving import bring_back, ended_at
from pressroom.membership.stopping import stop
from pressroom.models.bounces import COUNTED_FOR, LONGEST_TEXT, BounceClass, is_enough, is_incident, is_too_many_of_ours
from pressroom.models.consent import How
from pressroom.models.letters import Letter
from pressroom.models.people import (
    BOUNCED,
    FORGIVEN,
    REPORTED,
    UNTIL_ASKED,
    Subscriber,
    SubscriberState,
    address_key,
    domain_of,
)
from pressroom.models.runs import Delivery, RunState
from pressroom.models.text import clean_line, safe_line
from pressroom.signing import named_by
from pressroom.stops import Stop
from pressroom.storage import Store
from pressroom.tools import Tools

_DELIVERY, _LETTER = "d", "l"
_BY_GRAVITY = tuple(BounceClass)
_MAILED = (SubscriberState.ACTIVE, SubscriberState.PENDING)

log = logging.getLogger("pressroom.bounces")


class Outcome(StrEnum):
    """What became of a mail that came in."""

    NOTED = "noted"
    SUPPRESSED = "suppressed"
    INCIDENT = "incident"
    KNOWN = "known already"
    STOPPED = "stopped"
    NOT_SPAM = "not spam"
    NOBODYS = "nobody's"
    AUTOMATIC = "automatic"
    REPLY = "reply"


@dataclass(frozen=True, slots=True)
class Taken:
    """What was done with a mail that came in: about whom, and of which class, where it was about anybody."""

    outcome: Outcome
    address: str = ""
    bounce_class: BounceClass | None = None


@dataclass(frozen=True, slots=True)
class Returned:
    """What a report is about: whom, the address that was written to, and the message if the report names one."""

    subscriber: Subscriber
    address: str
    message: Delivery | Letter | None = None

    @property
    def is_own(self) -> bool:
        """Whether it went to the subscriber's own address: a letter may go to another."""
        return address_key(self.address) == address_key(self.subscriber.address)


@dataclass(frozen=True, slots=True)
class Said:
    """What was said of a message that came back, by strangers: fit for a terminal, and no longer than is kept."""

    bounce_class: BounceClass
    status: str = ""
    text: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", safe_line(self.text)[:LONGEST_TEXT])


def envelope_token(tools: Tools, queued: Delivery | Letter, key: str, address: str) -> str:
    """Return the token in the sender of a message to `address`; `key` is that of its run or letter.

    It fits no other message, and none to another address: what an earlier address returns is about nobody any more.
    """
    kind = _LETTER if isinstance(queued, Letter) else _DELIVERY
    return tools.signer.short_token(kind, queued.pk, f"{key}\n{address_key(address)}")


def record(store: Store, tools: Tools, now: datetime, report: Report) -> Taken:
    """Let a mail that came in have its effect, once, and return what that was."""
    if report.stops:
        return _stopped(store, tools, now, report.stops[0])
    if report.kind is ReportKind.NOT_SPAM:
        return Taken(Outcome.NOT_SPAM)
    if report.kind is ReportKind.AUTOMATIC:
        return Taken(Outcome.AUTOMATIC)
    if report.kind is ReportKind.REPLY or (report.kind is ReportKind.BOUNCE and not report.is_from_nobody):
        return Taken(Outcome.REPLY)
    if _returned(store, tools, report) is None:  # nobody waits for the lock in vain
        return Taken(Outcome.NOBODYS)
    with store.atomic():
        returned = _returned(store, tools, report)
        if returned is None:
            return Taken(Outcome.NOBODYS)
        if report.kind is ReportKind.ABUSE:
            act = _reported_as_spam if returned.message else _reported_by_link
            return act(store, tools, now, returned)
        said = _said_of(report, returned.address)
        if said is None or not returned.is_own:
            return Taken(Outcome.NOBODYS)
        return _note(store, tools, now, returned, said)


def record_refusal(
    store: Store, tools: Tools, now: datetime, queued: Delivery | Letter, answer_text: str, code: int | None
) -> BounceClass:
    """Note what a server refused in our own session, by the same rules: no report will come. Return its class."""
    said = Said(classify("", answer_text, code), status_in("", answer_text), answer_text)
    with store.atomic():
        subscriber = store.subscribers.by_pk(queued.subscriber) if queued.subscriber else None
        if subscriber is not None:
            returned = Returned(subscriber, _address_of(queued, subscriber), queued)
            if returned.is_own:
                _note(store, tools, now, returned, said)
    return said.bounce_class


def why_halted(store: Store, run: int) -> RunHaltedError | None:
    """Return why a run must not go on: of its messages, too many came back since we are minded and not the address."""
    number, domains, handed, said = store.bounces.ours(run)
    return RunHaltedError(run, number, handed, said) if is_too_many_of_ours(number, domains, handed) else None


def clear(
    store: Store, tools: Tools, address: str, reason: str, now: datetime, *, has_asked: bool = False
) -> Subscriber | None:
    """Hold nothing against an address that came back so far, and mail it again if that had ended for it.

    Who has reported our mail as spam is only mailed again if the person `has_asked` for it. Returns None for an address
    that is no subscriber's: a letter to it was reported, or they were erased.
    """
    how = f"{How.COMMAND}: {clean_line(reason)}"
    with store.atomic():
        address_hash = tools.signer.address_hash(address)
        why = store.suppressions.reason(address_hash)
        if why == REPORTED and not has_asked:
            raise ReportedAsSpamError(address)
        if store.subscribers.find(address) is None and why in (BOUNCED, REPORTED):
            store.suppressions.lift(address_hash)
            return None
        subscriber = store.subscribers.get(address)
        was_held = store.bounces.forgive(subscriber.pk)
        if why in (BOUNCED, REPORTED):
            _mail_again(store, tools, subscriber, now, how)
        elif not was_held:
            raise NothingToClearError(subscriber.address)
        store.consents.add(subscriber.pk, now=now, what=FORGIVEN, how=how)
        return store.subscribers.get(address)


def _stopped(store: Store, tools: Tools, now: datetime, token: str) -> Taken:
    """End everything for whose token it is, as one click does; who the mail says it is from is not looked at."""
    subscriber = stop(store, tools, Stop(token, now, is_by_program=True), How.UNSUBSCRIBE_MAIL)
    return Taken(Outcome.STOPPED, subscriber.address) if subscriber else Taken(Outcome.NOBODYS)


def _returned(store: Store, tools: Tools, report: Report) -> Returned | None:
    """Return what a report is about, by a token that we have sealed; of abuse also by an unsubscribe link."""
    for token in report.tokens:
        if found := _by_token(store, tools, token):
            return found
    for link in report.links if report.kind is ReportKind.ABUSE else ():
        if subscriber := store.subscribers.find_by_token(link):
            return Returned(subscriber, subscriber.address)
    return None


def _by_token(store: Store, tools: Tools, token: str) -> Returned | None:
    kind, number = named_by(token) or ("", 0)
    message: Delivery | Letter | None = None
    if kind == _DELIVERY:
        message = store.deliveries.by_pk(number)
    elif kind == _LETTER:
        message = store.letters.by_pk(number)
    subscriber = store.subscribers.by_pk(message.subscriber) if message and message.subscriber else None
    if message is None or subscriber is None:
        return None
    address = _address_of(message, subscriber)
    key = message.key if isinstance(message, Letter) else store.runs.get(message.run).key
    sealed = hmac.compare_digest(token, envelope_token(tools, message, key, address))
    return Returned(subscriber, address, message) if sealed else None


def _address_of(message: Delivery | Letter, subscriber: Subscriber) -> str:
    return (message.address if isinstance(message, Letter) else "") or subscriber.address


def _said_of(report: Report, address: str) -> Said | None:
    """Return what a report says of the recipient with that address.

    Where it knows all by other addresses, they get our mail forwarded: the mildest is what became of it.
    """
    those = [one for one in report.recipients if address_key(one.address) == address_key(address)] or report.recipients
    said = [Said(one.bounce_class, one.status, one.text) for one in those]
    return max(said, key=lambda one: _BY_GRAVITY.index(one.bounce_class), default=None)


def _reported_as_spam(store: Store, tools: Tools, now: datetime, returned: Returned) -> Taken:
    """Mail an address no more whose reader has called our mail spam.

    What was reported before changes nothing, also where the person has asked for mail since.
    """
    address_hash = tools.signer.address_hash(returned.address)
    is_new = store.suppressions.reason(address_hash) in (None, *UNTIL_ASKED)
    if is_new and returned.is_own:
        is_new = _keep(store, now, returned, Said(BounceClass.ABUSE))
    if is_new:
        store.suppressions.add(address_hash, REPORTED, now)
        store.letters.suppress_to(returned.address, REPORTED, now)
    if is_new and returned.is_own and returned.subscriber.state is not SubscriberState.SUPPRESSED:
        suppress(store, returned.subscriber, now, How.REPORTED_AS_SPAM)
    return Taken(Outcome.SUPPRESSED if is_new else Outcome.KNOWN, returned.address, BounceClass.ABUSE)


def _reported_by_link(store: Store, tools: Tools, now: datetime, returned: Returned) -> Taken:
    """End everything as one click does, and once: whoever was sent the mail on holds the link, and may click."""
    reason = store.suppressions.reason(tools.signer.address_hash(returned.address))
    is_new = reason in (None, *UNTIL_ASKED) and _keep(store, now, returned, Said(BounceClass.ABUSE))
    if is_new:
        end_all(store, returned.subscriber, now, How.REPORTED_BY_LINK)
    return Taken(Outcome.STOPPED if is_new else Outcome.KNOWN, returned.address, BounceClass.ABUSE)


def _note(store: Store, tools: Tools, now: datetime, returned: Returned, said: Said) -> Taken:
    """Keep what was said of a message, and mail its address no more where that is enough."""
    if not _keep(store, now, returned, said):
        outcome = Outcome.KNOWN
    elif _is_incident(store, returned, said):
        _count_for_nothing(store, tools, now, returned)
        outcome = Outcome.INCIDENT
    elif said.bounce_class in COUNTED_FOR and _is_mailed_in_vain(store, tools, returned.subscriber, now):
        store.suppressions.add(tools.signer.address_hash(returned.address), BOUNCED, now)
        suppress(store, returned.subscriber, now, How.CAME_BACK)
        outcome = Outcome.SUPPRESSED
    else:
        outcome = Outcome.NOTED
    if outcome is Outcome.NOTED and said.bounce_class is BounceClass.OURS and isinstance(returned.message, Delivery):
        _halt(store, returned.message.run)
    return Taken(outcome, returned.address, said.bounce_class)


def _halt(store: Store, number: int) -> None:
    """Pause an open run that must not go on: everybody else in it would meet the same."""
    why, run = why_halted(store, number), store.runs.get(number)
    if why and run.state is RunState.OPEN:
        store.runs.set_state(run, RunState.PAUSED)
        log.error("%s", why)


def _keep(store: Store, now: datetime, returned: Returned, said: Said) -> bool:
    """Keep what was said; False where it was kept before."""
    return store.bounces.add(
        returned.subscriber.pk,
        returned.message,
        address=returned.address,
        bounce_class=said.bounce_class,
        status=said.status,
        text=said.text,
        now=now,
    )


def _is_incident(store: Store, returned: Returned, said: Said) -> bool:
    is_telling = said.status and not said.status.endswith(".0.0")
    may_be_dead = said.bounce_class is BounceClass.DEAD or (said.bounce_class is BounceClass.UNCLEAR and not is_telling)
    if not may_be_dead or not isinstance(returned.message, Delivery):
        return False
    return is_incident(*store.bounces.count_dead(returned.message.run, domain_of(returned.address)))


def _is_mailed_in_vain(store: Store, tools: Tools, subscriber: Subscriber, now: datetime) -> bool:
    """Whether enough has come back from who is mailed; from who has asked anew, of what was sent since they did."""
    bounces = store.bounces.of(subscriber.pk)
    if subscriber.state is SubscriberState.PENDING:
        asked = store.consents.requested_at(subscriber.pk)
        bounces = [one for one in bounces if one.sent_at >= asked]
    return subscriber.state in _MAILED and is_enough(bounces, now, tools.settings.site.zone)


def _has_bounced(store: Store, tools: Tools, subscriber: Subscriber, now: datetime) -> bool:
    return is_enough(store.bounces.of(subscriber.pk), now, tools.settings.site.zone)


def _count_for_nothing(store: Store, tools: Tools, now: datetime, returned: Returned) -> None:
    """Hold against nobody that so many of one domain are called dead; who was suppressed for it is mailed again."""
    assert isinstance(returned.message, Delivery)
    run, domain = returned.message.run, domain_of(returned.address)
    held = store.bounces.count_for_nothing(run, domain)
    for subscriber in filter(None, map(store.subscribers.by_pk, sorted(held))):
        why = store.suppressions.reason(tools.signer.address_hash(subscriber.address))
        if why == BOUNCED and not _has_bounced(store, tools, subscriber, now):
            _mail_again(store, tools, subscriber, now, How.CAME_BACK)
    if len(held) > 1:  # the first time; from then on they come one by one
        log.error("Many at %s are called dead in digest run %d: that counts for nothing.", domain, run)


def _mail_again(store: Store, tools: Tools, subscriber: Subscriber, now: datetime, how: str) -> None:
    """Lift a suppression, and let what ended with it hold again, but for who has left or confirmed by themselves since.

    That somebody has asked anew in the meantime, perhaps a stranger, takes nothing away.
    """
    store.suppressions.lift(tools.signer.address_hash(subscriber.address))
    moment = store.consents.came_back_at(subscriber.pk)
    ended = ended_at(store, subscriber, moment) if moment else ()
    if moment and ended and subscriber.state is not SubscriberState.ACTIVE:
        bring_back(store, subscriber, moment, ended, now, how)
    elif subscriber.state is SubscriberState.SUPPRESSED:
        store.subscribers.set_state(subscriber.pk, SubscriberState.ENDED)
