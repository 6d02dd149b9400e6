"""The subscriber's journey: added, confirmed, choosing, pausing, leaving, forgotten."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from pressroom import accounts
from pressroom.accounts import begin_afresh, bring_forward, change_choices, end_pause
from pressroom.errors import (
    InvalidFieldError,
    SubscriberExistsError,
    SuppressedAddressError,
    WrongStateError,
)
from pressroom.membership.letters import ask_to_confirm, say_goodbye, welcome
from pressroom.models.addresses import clean_mail_address
from pressroom.models.consent import Wording
from pressroom.models.dates import in_zone
from pressroom.models.people import (
    CONFIRMED,
    LEFT,
    REPORTED,
    REQUESTED,
    SUBSCRIBED,
    UNTIL_ASKED,
    Choice,
    Filter,
    Frequency,
    Subscriber,
    SubscriberState,
)
from pressroom.models.release import Kind
from pressroom.models.text import clean_language, clean_line, shown
from pressroom.signing import new_token
from pressroom.storage import Store
from pressroom.storage.erasing import leave_no_trace
from pressroom.tools import Tools

EVERYTHING = "all"
SERIES = "series:"
DEFAULT_FREQUENCY = Frequency.WEEKLY
ASKED_TO_BE_FORGOTTEN = "the person asked to be forgotten"
ONE_ACT = timedelta(minutes=1)
"""A button that is pressed twice within this is pressed once."""
ONE_ACT_OF_A_PROGRAM = timedelta(hours=1)
"""Mail programs that were not answered in time ask again."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One choice as a person writes it: a topic's slug, `series:SLUG` or `all`, with a frequency of its own or none."""

    slug: str
    frequency: Frequency | None = None

    @classmethod
    def parse(cls, text: str) -> Wish:
        """Read `SLUG` or `SLUG=FREQUENCY`."""
        slug, separator, name = clean_line(text).partition("=")
        if not slug.strip():
            raise InvalidFieldError("topic", "is missing", "write SLUG or SLUG=daily; “all” means everything")
        return cls(slug.strip(), parse_frequency(name) if separator else None)


def parse_frequency(text: str) -> Frequency:
    try:
        return Frequency(clean_line(text).lower())
    except ValueError:
        raise InvalidFieldError(
            "frequency", f"{shown(text)} is unknown", f"choose one of {', '.join(Frequency)}"
        ) from None


def subscribe(
    store: Store,
    tools: Tools,
    person: Subscriber,
    wishes: Sequence[Wish],
    now: datetime,
    *,
    frequency: Frequency = DEFAULT_FREQUENCY,
    confirmed: bool = False,
    how: str,
    basis: str = "",
) -> Subscriber:
    """Add a subscriber: `person` brings address, name and language; `wishes` what is chosen, everything if empty.

    `confirmed` says that the consent was given elsewhere; else the subscriber is pending, and is mailed nothing but
    the letter that asks to confirm.
    """
    address = clean_mail_address("address", person.address)
    person = replace(person, language=clean_language("language", person.language) or tools.settings.site.language)
    with store.atomic():
        if reason := store.suppressions.reason(tools.signer.address_hash(address)):
            raise must_not_be_mailed(address, reason)
        known = store.subscribers.find(address)
        if known is not None and known.state is not SubscriberState.ENDED:
            raise SubscriberExistsError(known.address)
        choices = chosen_by(store, wishes or [Wish(EVERYTHING)], frequency)
        state = SubscriberState.ACTIVE if confirmed else SubscriberState.PENDING
        known = admit(store, replace(person, address=address, state=state), choices, now, known=known)
        said = ", ".join(f"{choice.slug}={choice.frequency}" for choice in choices)
        what = f"{SUBSCRIBED if confirmed else REQUESTED}: {said}"
        store.consents.add(known.pk, now=now, what=what, how=how, basis=basis)
        subscriber = store.subscribers.get(address)
        ask_to_confirm(store, subscriber, now)
        return subscriber


def must_not_be_mailed(address: str, reason: str) -> SuppressedAddressError:
    """Return the error that says why an address is suppressed, and what undoes that."""
    return SuppressedAddressError(address, reason, by_asking=reason in UNTIL_ASKED, by_clearing=reason == REPORTED)


def admit(
    store: Store, person: Subscriber, choices: Sequence[Choice], now: datetime, *, known: Subscriber | None
) -> Subscriber:
    """Add a person in the state given, or let `known`, who has left, come back in it; call it within a transaction."""
    if known is None:
        begun = replace(person, created_at=now, unsubscribe_token=new_token(), since_no=store.announcements.newest_no)
        known = store.subscribers.add(begun)
    else:
        store.subscribers.keep_what_was_set(known.pk)
        store.subscribers.set_state(known.pk, person.state)
        store.subscribers.set_person(known.pk, name=person.name or known.name, language=person.language)
        store.subscribers.set_filter(known.pk, Filter())
    if person.state is SubscriberState.PENDING:
        accounts.ask_for(store, known, choices, now)
    else:
        begin_afresh(store, known, choices, now)
    return store.subscribers.get(person.address)


def confirm(
    store: Store, tools: Tools, address: str, now: datetime, how: str, wording: Wording | None = None
) -> Subscriber:
    """Make a pending subscriber active; what was announced before is not owed."""
    with store.atomic():
        subscriber = store.subscribers.get(address)
        if subscriber.state is not SubscriberState.PENDING:
            raise WrongStateError("subscriber", address, subscriber.state, "only a pending one is confirmed")
        store.subscribers.set_state(subscriber.pk, SubscriberState.ACTIVE)
        address_hash = tools.signer.address_hash(subscriber.address)
        if store.suppressions.reason(address_hash) in UNTIL_ASKED:
            store.suppressions.lift(address_hash)
        store.bounces.forgive(subscriber.pk)  # whoever confirms has had our mail
        begin_afresh(store, subscriber, subscriber.choices, now)
        store.consents.add(subscriber.pk, now=now, what=CONFIRMED, how=how, wording=wording)
        welcome(store, tools, subscriber, now)
        return store.subscribers.get(address)


def change_preferences(
    store: Store,
    address: str,
    now: datetime,
    *,
    frequency: Frequency | None = None,
    wishes: Sequence[Wish] = (),
    drop: Iterable[str] = (),
    how: str,
) -> Subscriber:
    """Change choices in one go (R4): `frequency` for all, `wishes` added or changed, `drop` ended."""
    with store.atomic():
        subscriber = _choosing(store, address)
        choices = _changed(store, subscriber, frequency, wishes, list(drop))
        if not choices:
            raise InvalidFieldError("drop", "leaves no choice", f"use “subscriber unsubscribe {address}” to end all")
        change_choices(store, subscriber, choices, now)
        what = ", ".join(f"{choice.slug}={choice.frequency}" for choice in choices)
        store.consents.add(subscriber.pk, now=now, what=f"changed: {what}", how=how)
        return store.subscribers.get(address)


def change_filter(
    store: Store,
    address: str,
    now: datetime,
    *,
    kinds: Sequence[str] = (),
    languages: Sequence[str] = (),
    partners: bool | None = None,
    how: str,
) -> None:
    """Change what is wanted of all choices: only `kinds`, only `languages`, partners' items; “all” lifts a limit."""
    codes = [code if code == EVERYTHING else clean_language("language", code) for code in languages]
    with store.atomic():
        subscriber = _choosing(store, address)
        wanted = filter_of(subscriber.filter, kinds, codes, partners)
        accounts.change_filter(store, subscriber, wanted)
        store.consents.add(subscriber.pk, now=now, what=f"filter: {wanted.in_words}", how=how)


def filter_of(held: Filter, kinds: Sequence[str], languages: Sequence[str], partners: bool | None) -> Filter:
    """Return `held` with these limits in place of its own, where they are given."""
    unknown = [kind for kind in kinds if kind not in (*Kind, EVERYTHING)]
    if unknown:
        raise InvalidFieldError("kind", f"“{unknown[0]}” is unknown", f"choose from {', '.join(Kind)}, or all")
    return Filter(
        kinds=_limit(kinds, held.kinds),
        languages=_limit(languages, held.languages),
        partners=held.partners if partners is None else partners,
    )


def change_language(store: Store, address: str, language: str, now: datetime, how: str) -> None:
    """Change the language of a subscriber's mail; one without words gets those of the site's."""
    code = clean_language("language", language)
    if not code:
        raise InvalidFieldError("language", "is empty", "write it like en, nl or pt-BR")
    with store.atomic():
        subscriber = _choosing(store, address)
        store.subscribers.set_person(subscriber.pk, name=subscriber.name, language=code)
        store.consents.add(subscriber.pk, now=now, what=f"language: {code}", how=how)


def _choosing(store: Store, address: str) -> Subscriber:
    """Return the subscriber of that address, who must be in a state in which choices are made."""
    subscriber = store.subscribers.get(address)
    if subscriber.state not in (SubscriberState.ACTIVE, SubscriberState.PENDING):
        raise WrongStateError("subscriber", address, subscriber.state, "use “subscriber add” to begin anew")
    return subscriber


def _limit(names: Sequence[str], held: frozenset[str]) -> frozenset[str]:
    """Return the names to limit to: as they were held where none is given, none at all for “all”."""
    if not names:
        return held
    return frozenset() if EVERYTHING in names else frozenset(names)


def pause(
    store: Store,
    tools: Tools,
    address: str,
    until: date | None,
    now: datetime,
    how: str,
    wording: Wording | None = None,
) -> Subscriber:
    """Mail nothing until `until` (that morning it goes on), or until `resume`; what is announced meanwhile is owed."""
    with store.atomic():
        subscriber = _active(store, address)
        if until is not None and until <= in_zone(now, tools.settings.site.zone).date():
            raise InvalidFieldError("until", f"{until} is not to come", "give a later day, or leave it out")
        if subscriber.paused and subscriber.paused_until == until:
            return subscriber
        if not subscriber.paused:
            bring_forward(store, subscriber, was_reached=True)
        store.subscribers.set_pause(subscriber.pk, True, until)
        what = f"paused until {until or 'resumed'}"
        store.consents.add(subscriber.pk, now=now, what=what, how=how, wording=wording)
        return store.subscribers.get(address)


def resume(store: Store, address: str, now: datetime, how: str, wording: Wording | None = None) -> Subscriber:
    """End a pause."""
    with store.atomic():
        subscriber = _active(store, address)
        if not subscriber.paused:
            raise WrongStateError("subscriber", address, "not paused", "there is nothing to resume")
        end_pause(store, subscriber)
        store.consents.add(subscriber.pk, now=now, what="resumed", how=how, wording=wording)
        return store.subscribers.get(address)


def unsubscribe(
    store: Store,
    tools: Tools,
    address: str,
    now: datetime,
    how: str,
    *,
    one_act: timedelta | None = None,
    wording: Wording | None = None,
) -> Subscriber:
    """End everything for an address, at once, also for a run that is going out (R7). Twice is harmless.

    What is told twice within `one_act` is told once.
    """
    with store.atomic():
        subscriber = store.subscribers.get(address)
        end_all(store, subscriber, now, how, one_act=one_act, wording=wording)
        if subscriber.state is SubscriberState.ACTIVE:
            say_goodbye(store, tools, subscriber, now)
        return store.subscribers.get(address)


def one_act_of(is_by_program: bool) -> timedelta:
    """Return within what time something that is told twice is told once."""
    return ONE_ACT_OF_A_PROGRAM if is_by_program else ONE_ACT


def forget(store: Store, tools: Tools, address: str, now: datetime) -> bool:
    """Erase a person for good; return whether no byte of the address stands in the catalogue's files any more.

    The accounts keep their numbers, and a keyed hash keeps the address from being mailed again. Call it outside of
    transactions.
    """
    with store.atomic():
        subscriber = store.subscribers.get(address)
        traces = accounts.erase(store, tools, subscriber, ASKED_TO_BE_FORGOTTEN, now)
    return leave_no_trace(store, [traces])


def end_all(
    store: Store,
    subscriber: Subscriber,
    now: datetime,
    how: str,
    *,
    one_act: timedelta | None = None,
    wording: Wording | None = None,
) -> None:
    """End every choice of a subscriber; call it within a transaction.

    Of who has left already it is noted that they do so again: what ended before can then no longer be undone. But what
    is told twice within `one_act` is told once: the undo, and what has been asked for since, go on.
    """
    left = store.consents.own_end_at(subscriber.pk) if subscriber.state is not SubscriberState.ACTIVE else None
    if one_act and left and abs(now - left) <= one_act:
        return
    # Also of who is mailed no more since mail came back: to clear them brings nothing back then.
    if subscriber.state in (SubscriberState.ENDED, SubscriberState.SUPPRESSED):
        store.consents.add(subscriber.pk, now=now, what=LEFT, how=how, wording=wording)
        return
    # What is owed is kept, so that an undo begins nothing anew (R4); a new subscription does begin afresh.
    if subscriber.state is SubscriberState.ACTIVE:
        bring_forward(store, subscriber, was_reached=not subscriber.paused)
        store.subscribers.set_aside(subscriber.pk)
    store.subscribers.set_choices(subscriber.pk, (), now=now, no=store.announcements.newest_no)
    store.subscribers.set_state(subscriber.pk, SubscriberState.ENDED)
    # Also for whoever comes back before it would have left: that begins afresh (R7).
    store.deliveries.suppress_of(subscriber.pk, "unsubscribed", now)
    store.letters.suppress_of(subscriber.pk, "unsubscribed", now)
    store.consents.add(subscriber.pk, now=now, what=LEFT, how=how, wording=wording)


def suppress(store: Store, subscriber: Subscriber, now: datetime, how: str) -> None:
    """End everything for a subscriber whose address is suppressed; call it within a transaction."""
    end_all(store, subscriber, now, how)
    store.subscribers.set_state(subscriber.pk, SubscriberState.SUPPRESSED)


def _active(store: Store, address: str) -> Subscriber:
    subscriber = store.subscribers.get(address)
    if subscriber.state is not SubscriberState.ACTIVE:
        raise WrongStateError("subscriber", address, subscriber.state, "only an active one is paused or resumed")
    return subscriber


def _changed(
    store: Store, subscriber: Subscriber, frequency: Frequency | None, wishes: Sequence[Wish], drop: Sequence[str]
) -> list[Choice]:
    choices = {choice.scope: choice for choice in subscriber.choices}
    for slug in drop:
        scope = _choice(store, Wish(slug), DEFAULT_FREQUENCY).scope
        if choices.pop(scope, None) is None:
            raise InvalidFieldError("drop", f"{subscriber.address} does not follow “{slug}”", "see “subscriber show”")
    if frequency is not None:
        choices = {scope: replace(choice, frequency=frequency) for scope, choice in choices.items()}
    usual = frequency or _usual_frequency(subscriber)
    for choice in chosen_by(store, wishes, usual):
        choices[choice.scope] = choice
    return list(choices.values())


def _usual_frequency(subscriber: Subscriber) -> Frequency:
    """Return the one frequency of all choices for a further one, else the default."""
    held = {choice.frequency for choice in subscriber.choices}
    return held.pop() if len(held) == 1 else DEFAULT_FREQUENCY


def chosen_by(store: Store, wishes: Sequence[Wish], frequency: Frequency) -> list[Choice]:
    """Return the choices that are wished for, each once; the last word on one scope counts."""
    choices = {choice.scope: choice for choice in (_choice(store, wish, frequency) for wish in wishes)}
    return list(choices.values())


def _choice(store: Store, wish: Wish, frequency: Frequency) -> Choice:
    chosen = wish.frequency or frequency
    if wish.slug == EVERYTHING:
        return Choice(chosen)
    if wish.slug.startswith(SERIES):
        series = store.series.find(wish.slug.removeprefix(SERIES))
        if series is None:
            raise InvalidFieldError("series", f"“{wish.slug}” is unknown", "“release list” shows the series in use")
        return Choice(chosen, series=series)
    return Choice(chosen, topic=store.topics.get(wish.slug))
