"""Signing up with the public form. The form only lets a request wait, and everybody gets the same answer in the same
time; what becomes of it, and whether a letter goes out, is decided when it is taken up.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from pressroom import accounts
from pressroom.errors import InvalidFieldError, PublisherError, TooManyRequestsError
from pressroom.membership import DEFAULT_FREQUENCY, EVERYTHING, Wish, admit, chosen_by, filter_of, parse_frequency
from pressroom.membership.letters import ask_to_confirm, has_link, say_already
from pressroom.membership.places import Origin, is_too_often
from pressroom.models.addresses import clean_mail_address
from pressroom.models.consent import CONSENT, How
from pressroom.models.people import REQUESTED, UNTIL_ASKED, Choice, Filter, Subscriber, SubscriberState
from pressroom.models.release import Kind
from pressroom.models.sign_ups import (
    COUNTED_FOR,
    MOST_WAITING,
    SignUp,
    WaitingSignUp,
)
from pressroom.models.text import shown
from pressroom.storage import Store
from pressroom.tools import Tools

BATCH = 100
KEPT_DAYS = 7
"""How long a request lasts, where requests are kept for ever."""

log = logging.getLogger("pressroom.sign_ups")
_TOLD: dict[Path, datetime] = {}  # when this process last told that requests wait, by catalogue: once an hour


def ask(store: Store, tools: Tools, request: SignUp, place: str, now: datetime) -> None:
    """Let a request from the form wait; `place` is the network address that it came from.

    Raises TooManyRequestsError where a place, its network, or all together have asked too often.
    """
    here = Origin.of(tools, place)
    with store.atomic():
        counts = store.sign_ups.count_from(place=here.place, network=here.network, since=now - COUNTED_FOR, now=now)
        limit = tools.settings.web.sign_ups_from_an_address
        if is_too_often(counts, limit) or store.sign_ups.count_waiting() >= MOST_WAITING:
            raise TooManyRequestsError(COUNTED_FOR)
        address_hash = tools.signer.address_hash(request.address)
        store.sign_ups.add(request, address_hash=address_hash, place=here.place, network=here.network, now=now)


def offered(store: Store) -> dict[str, str]:
    """Return the topics that strangers may choose, by slug: a name under which nothing is out may be secret (R9)."""
    return {topic.slug: topic.name for topic in store.search.topics()}


def checked(store: Store, request: SignUp) -> SignUp:
    """Return a request with its address cleaned; raises InvalidFieldError for what the form must show again."""
    address = clean_mail_address("address", request.address)
    if not request.wishes:
        raise InvalidFieldError("topics", "are missing", "choose one at least")
    known, wishes = {EVERYTHING, *offered(store)}, dict[str, str]()
    for slug, often in request.wishes:
        if (now := _slug_now(store, slug)) not in known:
            raise InvalidFieldError("topics", f"{shown(slug)} is unknown", "choose from the list")
        wishes.setdefault(now, parse_frequency(often))
    filter_of(Filter(), request.kinds, (), None)
    kinds = request.kinds if 0 < len(set(request.kinds)) < len(Kind) else ()
    return SignUp(address, request.language, list(wishes.items()), kinds, request.partners, request.wording)


def take_up(store: Store, tools: Tools, now: datetime) -> int:
    """Take up the requests that wait and return how many; beyond so many an hour they wait on (a breaker)."""
    taken = 0
    while room := _room(store, tools, now):
        waiting = store.sign_ups.waiting(min(room, BATCH))
        if not waiting:
            break
        for one in waiting:
            _take_up_alone(store, tools, one, now)
        taken += len(waiting)
    else:
        told = _TOLD.get(store.path)
        waiting_still = store.sign_ups.count_waiting()
        if waiting_still and not (told and told <= now < told + COUNTED_FOR):
            _TOLD[store.path] = now
            log.error(
                "%d sign-ups wait: more than [web] sign_ups_an_hour = %d came within an hour. Is somebody abusing "
                "the form?",
                waiting_still,
                tools.settings.web.sign_ups_an_hour,
            )
    return taken


def _room(store: Store, tools: Tools, now: datetime) -> int:
    return max(0, tools.settings.web.sign_ups_an_hour - store.sign_ups.count_taken(now - COUNTED_FOR, now))


def _take_up_alone(store: Store, tools: Tools, waiting: WaitingSignUp, now: datetime) -> None:
    """Take up one request; one that cannot be used is dropped, and said so without the address."""
    with store.atomic():
        if not store.sign_ups.mark_taken(waiting.pk, now):
            return
        try:
            request = SignUp.from_json(waiting.content)
            with store.atomic():
                _enter(store, tools, request, waiting.at, now)
        except (PublisherError, ValueError, KeyError, TypeError) as error:
            log.warning("A sign-up was dropped: %s", type(error).__name__)


def _enter(store: Store, tools: Tools, request: SignUp, asked_at: datetime, now: datetime) -> None:
    """Let a request have its effect: a new pending subscriber, other choices of one, or a letter, or nothing."""
    reason = store.suppressions.reason(tools.signer.address_hash(request.address))
    if reason not in (None, *UNTIL_ASKED):
        return
    known = store.subscribers.find(request.address)
    if known is not None and known.state is SubscriberState.SUPPRESSED and reason is None:
        return
    if known is not None and known.state is SubscriberState.ACTIVE:
        say_already(store, known, now)
        return
    choices = chosen_by(store, _wishes(store, request.wishes), DEFAULT_FREQUENCY)
    pending = known
    if pending is None or pending.state is not SubscriberState.PENDING:
        person = Subscriber(request.address, language=request.language)
        pending = admit(store, person, choices, now, known=known)
        begins = True
    else:
        accounts.change_choices(store, pending, choices, now)
        store.subscribers.set_person(pending.pk, name=pending.name, language=request.language)
        # While the present request lasts, the links that they have go on working, and no sign-up makes it last longer.
        begins = _is_over(store, tools, pending, now)
    wanted = filter_of(Filter(), request.kinds or [EVERYTHING], (), request.partners)
    accounts.change_filter(store, pending, wanted)
    record = _record(choices, wanted, request.language, begins=begins)
    store.consents.add(
        pending.pk, now=asked_at, what=record, how=How.SIGN_UP_PAGE, basis=CONSENT, wording=request.wording
    )
    ask_to_confirm(store, pending, now)


def _is_over(store: Store, tools: Tools, pending: Subscriber, now: datetime) -> bool:
    """Whether a request has lasted as long as it may, and waits only to be deleted."""
    kept = timedelta(days=tools.settings.retention.pending_days or KEPT_DAYS)
    has_lasted = now - store.consents.requested_at(pending.pk) >= kept
    return has_lasted and not has_link(store, pending, now)


def _record(choices: Sequence[Choice], wanted: Filter, language: str, *, begins: bool) -> str:
    """Return what a consent says of a request: all that was chosen."""
    said = ", ".join(f"{choice.slug}={choice.frequency}" for choice in choices)
    limits = "" if wanted == Filter() else f"; only {wanted.in_words}"
    return f"{REQUESTED if begins else 'changed'}: {said}{limits}; language {language}"


def _slug_now(store: Store, slug: str) -> str:
    """Return the slug of what a topic has become, if it has become another."""
    topic = store.topics.find(slug)
    return topic.slug if topic else slug


def _wishes(store: Store, asked: Sequence[tuple[str, str]]) -> list[Wish]:
    """Return what was wished for and there still is; a topic may have become another while the request waited."""
    known = offered(store)
    wishes = []
    for slug, often in asked:
        now = _slug_now(store, slug)
        if now == EVERYTHING or now in known:
            wishes.append(Wish(now, parse_frequency(often)))
    if not wishes:
        raise InvalidFieldError("topics", "are gone", "choose others")
    return wishes
