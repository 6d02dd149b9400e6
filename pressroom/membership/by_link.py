"""What the links in mails let a reader do: confirm, choose anew, pause and go on."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pressroom.accounts import change_choices, change_filter
from pressroom.delivery.mime import ascii_domain
from pressroom.digest import consent
from pressroom.digest.headers import message_id
from pressroom.errors import ChangedMeanwhileError, InvalidFieldError
from pressroom.membership import (
    DEFAULT_FREQUENCY,
    EVERYTHING,
    Wish,
    chosen_by,
    confirm,
    filter_of,
    pause,
    resume,
)
from pressroom.models.consent import CONSENT, How, Wording
from pressroom.models.dates import in_zone
from pressroom.models.letters import OPEN_PREFERENCES, Letter, LetterKind
from pressroom.models.people import Subscriber, SubscriberState
from pressroom.models.release import Kind
from pressroom.models.text import shown
from pressroom.storage import Store
from pressroom.tools import Tools

PAUSE = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class Preferences:
    """Everything that a reader chooses in one form. No kinds at all, or all of them, mean no limit. So do no languages.

    `seen` is what the form showed (`as_seen`): what has been changed elsewhere since is not overwritten.
    """

    wishes: Sequence[Wish]
    kinds: Sequence[str]
    partners: bool
    language: str
    only_in: Sequence[str] = ()
    seen: str = ""


def as_seen(subscriber: Subscriber) -> str:
    """Return a short name for what a subscriber has chosen now."""
    chosen = sorted(subscriber.choice_lines), subscriber.filter.in_words, subscriber.language
    return hashlib.sha256(repr(chosen).encode()).hexdigest()[:16]


def bearer_of(
    store: Store, tools: Tools, kind: LetterKind, token: str, now: datetime
) -> tuple[Letter, Subscriber] | None:
    """Return the letter and the person that a link of that kind belongs to; None where it is no longer valid."""
    key = tools.signer.subject_of(kind, token, now)
    letter = store.letters.by_key(key) if key else None
    if letter is None or letter.kind is not kind or letter.subscriber is None:
        return None
    subscriber = store.subscribers.by_pk(letter.subscriber)
    return (letter, subscriber) if subscriber else None


def asked_to_confirm(store: Store, tools: Tools, token: str, now: datetime) -> tuple[Letter, Subscriber] | None:
    """Return the letter and the person whose present request the link is for; it may be confirmed already."""
    found = bearer_of(store, tools, LetterKind.CONFIRMATION, token, now)
    if found is None or found[1].state not in (SubscriberState.PENDING, SubscriberState.ACTIVE):
        return None
    return found if found[0].request == store.consents.request_of(found[1].pk) else None


def confirm_by_token(
    store: Store, tools: Tools, token: str, now: datetime, wording: Wording | None = None, seen: str = ""
) -> Subscriber | None:
    """Confirm the request that the link is for, once; return the person, or None where it is no longer valid.

    Raises ChangedMeanwhileError where other choices were `seen` (`as_seen`) than there are by now.
    """
    with store.atomic():
        found = asked_to_confirm(store, tools, token, now)
        if found is None:
            return None
        letter, subscriber = found
        if subscriber.state is SubscriberState.ACTIVE:
            return subscriber
        if seen and seen != as_seen(subscriber):
            raise ChangedMeanwhileError("subscriber", str(subscriber.pk))
        domain = ascii_domain(tools.settings.mail.asks_from.rpartition("@")[2])
        how = f"{How.LINK_IN_LETTER} {message_id(letter.key, subscriber.pk, domain)}"
        return confirm(store, tools, subscriber.address, now, how, wording)


def choosing_by_token(store: Store, tools: Tools, token: str, now: datetime) -> Subscriber | None:
    """Return whose preferences a fresh link opens; None where it is no longer valid, or not the newest.

    A change of address closes what was sent to the one before.
    """
    key = tools.signer.subject_of(LetterKind.PREFERENCES, token, now)
    letter = store.letters.by_key(key) if key else None
    if letter is None or letter.kind not in OPEN_PREFERENCES or letter.subscriber is None:
        return None
    # A letter that a stranger can cause closes no link that its reader has asked for.
    newest = store.letters.of(letter.subscriber, letter.kind, LetterKind.PREFERENCES, LetterKind.MOVED)[0]
    subscriber = store.subscribers.by_pk(letter.subscriber)
    is_open = newest.pk == letter.pk and subscriber is not None and subscriber.state is SubscriberState.ACTIVE
    return subscriber if is_open else None


def set_preferences(
    store: Store,
    tools: Tools,
    token: str,
    wanted: Preferences,
    now: datetime,
    how: str,
    wording: Wording | None = None,
) -> Subscriber | None:
    """Let the bearer of a fresh link choose everything anew in one go; None where it is no longer valid.

    One consent says what has changed. Raises InvalidFieldError where nothing is chosen, ChangedMeanwhileError where
    the form showed other choices than there are now, unless it asks for just those; then nothing changes.
    """
    with store.atomic():
        subscriber = choosing_by_token(store, tools, token, now)
        if subscriber is None:
            return None
        if not wanted.wishes:
            raise InvalidFieldError("topics", "are missing", "choose one at least, or unsubscribe")
        was_seen = not wanted.seen or wanted.seen == as_seen(subscriber)
        changed = [
            *_choose(store, subscriber, wanted, now),
            *_limit(store, subscriber, wanted),
            *_speak(store, tools, subscriber, wanted.language),
        ]
        if changed and not was_seen:
            raise ChangedMeanwhileError("subscriber", str(subscriber.pk))
        if changed:
            what = f"changed: {'; '.join(changed)}"
            store.consents.add(subscriber.pk, now=now, what=what, how=how, basis=CONSENT, wording=wording)
        return store.subscribers.by_pk(subscriber.pk)


def _choose(store: Store, subscriber: Subscriber, wanted: Preferences, now: datetime) -> list[str]:
    _refuse_what_is_not_offered(store, subscriber, wanted.wishes)
    choices = chosen_by(store, wanted.wishes, DEFAULT_FREQUENCY)
    if {one.scope: one.frequency for one in choices} == {one.scope: one.frequency for one in subscriber.choices}:
        return []
    change_choices(store, subscriber, choices, now)
    return [", ".join(f"{choice.slug}={choice.frequency}" for choice in choices)]


def _refuse_what_is_not_offered(store: Store, subscriber: Subscriber, wishes: Sequence[Wish]) -> None:
    """Refuse a topic under which nothing is out, like one that there is not: its name may be under embargo (R9)."""
    offered = {topic.slug for topic in store.search.topics()}
    offered |= {EVERYTHING, *(choice.slug for choice in subscriber.choices)}
    if unknown := [wish.slug for wish in wishes if wish.slug not in offered]:
        raise InvalidFieldError("topic", f"{shown(unknown[0])} is unknown", "choose from the list")


def _limit(store: Store, subscriber: Subscriber, wanted: Preferences) -> list[str]:
    is_limited = 0 < len(set(wanted.kinds)) < len(Kind)
    only_in = [tag for tag in wanted.only_in if tag in subscriber.filter.languages] or [EVERYTHING]
    limits = filter_of(subscriber.filter, wanted.kinds if is_limited else [EVERYTHING], only_in, wanted.partners)
    if limits == subscriber.filter:
        return []
    change_filter(store, subscriber, limits)
    return [f"filter {limits.in_words}"]


def _speak(store: Store, tools: Tools, subscriber: Subscriber, language: str) -> list[str]:
    """Change the language of the mail; one that we have no words in stays known while its stand-in is kept."""
    if language == tools.translations.nearest(subscriber.language, tools.settings.site.language):
        return []
    if language not in tools.translations.languages:
        raise InvalidFieldError("language", "is unknown", "choose one of the list")
    store.subscribers.set_person(subscriber.pk, name=subscriber.name, language=language)
    return [f"language {language}"]


def active_by_token(store: Store, token: str) -> Subscriber | None:
    """Return the active subscriber whose stored token this is."""
    subscriber = store.subscribers.find_by_token(token)
    return subscriber if subscriber and subscriber.state is SubscriberState.ACTIVE else None


def pause_by_token(store: Store, tools: Tools, token: str, now: datetime, how: str) -> Subscriber | None:
    """Pause somebody's digests for four weeks from today; None where the token is nobody's who gets any.

    Whoever holds a digest that was passed on shortens no longer pause.
    """
    if active_by_token(store, token) is None:  # nobody waits for the lock in vain
        return None
    with store.atomic():
        subscriber = active_by_token(store, token)
        if subscriber is None:
            return None
        until = in_zone(now, tools.settings.site.zone).date() + PAUSE
        if subscriber.paused and (subscriber.paused_until is None or subscriber.paused_until >= until):
            return subscriber
        wording = consent.pausing_for_four_weeks(tools.words(subscriber.language))
        return pause(store, tools, subscriber.address, until, now, how, wording)


def resume_by_fresh_link(store: Store, tools: Tools, token: str, now: datetime, how: str) -> Subscriber | None:
    """End the pause of whose fresh link this is; twice is harmless. None where it is no longer valid."""
    with store.atomic():
        subscriber = choosing_by_token(store, tools, token, now)
        if subscriber is None or not subscriber.paused:
            return subscriber
        return resume(store, subscriber.address, now, how, consent.resuming(tools.words(subscriber.language)))
