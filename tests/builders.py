"""Things for tests: name what matters, the rest has a sensible default."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pressroom.models.bodies import Body
from pressroom.models.feeds import Entry
from pressroom.models.letters import Letter, LetterKind
from pressroom.models.people import Choice, Frequency, Subscriber, SubscriberState
from pressroom.models.release import Release, State, Topic
from pressroom.models.runs import DigestRun, Item, Message, OfferedItem, RunState
from pressroom.models.text import slugify

_numbers = itertools.count(1)

A_MOMENT = datetime(2026, 1, 28, 10, tzinfo=UTC)


def a_release(**facts: Any) -> Release:
    """Return a live release, as the catalogue gives it; each has a row, an id and a slug of its own."""
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "title": f"Rivers {number}",
        "pk": number,
        "id": f"tag:example.org,2026:release/{number}",
        "slug": f"rivers-{number}",
        "state": State.LIVE,
        "published": A_MOMENT,
        "updated": A_MOMENT,
        "version": 1,
    }
    return Release(**(defaults | facts))


def a_topic(name: str = "Cyber security", **facts: Any) -> Topic:
    defaults: dict[str, Any] = {"slug": slugify(name), "name": name, "pk": next(_numbers)}
    return Topic(**(defaults | facts))


def an_entry(note: str = "", replacement: Release | None = None, **facts: Any) -> Entry:
    """Return an entry of a release with these facts, or of the one given as `release`."""
    return Entry(facts.pop("release", None) or a_release(**facts), note, replacement)


def an_item(**facts: Any) -> Item:
    """Return a new report as a run froze it; each is of a release of its own."""
    number = facts.get("release") or next(_numbers)
    defaults: dict[str, Any] = {
        "release": number,
        "change": "new",
        "nos": (number,),
        "title": f"Rivers {number}",
        "url": f"https://example.org/rivers-{number}",
        "kind": "report",
        "language": "en",
        "own_date": "2026-01-28",
    }
    return Item(**(defaults | facts))


def an_offered_item(*reasons: str, **facts: Any) -> OfferedItem:
    """Return an item with these facts, offered for these reasons: names of choices; none means everything."""
    return OfferedItem(an_item(**facts), reasons or ("",))


def a_reader(*topics: str, frequency: Frequency = Frequency.WEEKLY, **facts: Any) -> Subscriber:
    """Return an active subscriber who follows these topics, or everything, at one frequency."""
    choices = tuple(Choice(frequency, a_topic(name)) for name in topics) or (Choice(frequency),)
    defaults: dict[str, Any] = {
        "address": "reader@example.com",
        "state": SubscriberState.ACTIVE,
        "pk": 7,
        "choices": choices,
        "unsubscribe_token": "ab2cd3ef4gh5ij6kl7mn2op3qr",
        "agreed_at": datetime(2026, 1, 5, 9, tzinfo=UTC),
    }
    return Subscriber(**(defaults | facts))


def a_run(**facts: Any) -> DigestRun:
    """Return an open weekly run, due and opened on a Monday morning."""
    defaults: dict[str, Any] = {
        "pk": 3,
        "key": "k3y",
        "opened_at": datetime(2026, 1, 26, 8, 0, 4, tzinfo=UTC),
        "up_to_no": 40,
        "state": RunState.OPEN,
        "frequencies": (Frequency.WEEKLY,),
        "due": datetime(2026, 1, 26, 8, tzinfo=UTC),
    }
    return DigestRun(**(defaults | facts))


def rewritten(message: Message, *, html: str | None = None, text: str | None = None, **facts: Any) -> Message:
    """Return a message with another HTML part or text part, or other facts."""
    bodies = {"html_body": html, "text_body": text}
    facts |= {name: Body.whole(said) for name, said in bodies.items() if said is not None}
    return replace(message, **facts)


def a_letter(kind: LetterKind = LetterKind.CONFIRMATION, **facts: Any) -> Letter:
    """Return a letter to the subscriber of `a_reader`, written on a Monday morning."""
    defaults: dict[str, Any] = {
        "pk": 5,
        "subscriber": 7,
        "kind": kind,
        "key": "ky2abcdefghijklmnopqrstuv3",
        "made_at": datetime(2026, 1, 26, 9, 30, tzinfo=UTC),
    }
    return Letter(**(defaults | facts))
