"""One topic becoming another: its releases and who follows it go along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pressroom import accounts
from pressroom.accounts import owed_under
from pressroom.errors import InvalidFieldError
from pressroom.models.consent import How
from pressroom.models.people import Choice, SubscriberState
from pressroom.models.release import Topic
from pressroom.storage import Store


@dataclass(frozen=True, slots=True)
class Moved:
    """How much a merge of topics moved."""

    releases: int
    subscribers: int


def merge_topics(store: Store, old: Topic, new: Topic, now: datetime) -> Moved:
    """Move the releases and subscriptions of `old` to `new`; nobody is owed more or less by it."""
    with store.atomic():
        old, new = store.topics.get(old.slug), store.topics.get(new.slug)
        if old.pk == new.pk:
            raise InvalidFieldError("topic", f"“{old.slug}” cannot be merged into itself", "name two topics")
        releases = next(one.releases for one in store.topics.listed() if one.topic.pk == old.pk)
        followers = store.subscribers.holding(old)
        touched = {one.pk: one for one in (*followers, *store.subscribers.holding(new))}
        active = {pk for pk, one in touched.items() if one.state is SubscriberState.ACTIVE}
        # What is owed must be known before the frozen topics change, and kept for those who held either topic.
        owed = {
            pk: owed_under(store, touched[pk], touched[pk].choices, was_reached=not touched[pk].paused) for pk in active
        }
        for pk in active:
            accounts.remember_what_was_held_back(store, touched[pk])
        store.topics.merge(old, new, now)
        newest = store.announcements.newest_no
        for pk, subscriber in touched.items():
            choices = _merged(subscriber.choices, old, new)
            store.subscribers.set_choices(pk, choices, now=now, no=newest)
            said = ", ".join(f"{choice.slug}={choice.frequency}" for choice in choices)
            if old.pk in {choice.topic.pk for choice in subscriber.choices if choice.topic}:
                store.consents.add(
                    pk, now=now, what=f"changed: {said}", how=f"{How.TOPIC_BECAME} {new.slug}: {old.slug}"
                )
            if pk in active:
                store.subscribers.settle(pk, newest, owed[pk])
    return Moved(releases, len(followers))


def _merged(choices: Sequence[Choice], old: Topic, new: Topic) -> list[Choice]:
    """Return the choices with `old` replaced by `new`; where both were held, `new` keeps its frequency."""
    kept = [choice for choice in choices if choice.topic is None or choice.topic.pk != old.pk]
    if any(choice.topic and choice.topic.pk == new.pk for choice in kept):
        return kept
    return [replace(choice, topic=new) if choice.topic and choice.topic.pk == old.pk else choice for choice in choices]
