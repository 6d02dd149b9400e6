"""All that is held about a person, for them to read and take along (UK GDPR art. 15 and 20)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pressroom.models.dates import stamp, unstamp
from pressroom.models.people import Subscriber
from pressroom.models.words import Words, marked
from pressroom.storage import Store
from pressroom.tools import Tools

LABELS = {
    "address": marked("Address"),
    "name": marked("Name"),
    "language": marked("Language"),
    "state": marked("State"),
    "since": marked("Since"),
    "paused": marked("Paused"),
    "paused_until": marked("Paused until"),
    "only": marked("Only"),
    "own_feed_since": marked("A feed of your own since"),
    "never_mailed_because": marked("Never mailed because"),
    "what": marked("What"),
    "frequency": marked("How often"),
    "begun": marked("Begun"),
    "ended": marked("Ended"),
    "at": marked("When"),
    "how": marked("How"),
    "basis": marked("Lawful basis"),
    "wording": marked("What you read"),
    "wording_hash": marked("Its hash"),
    "hash": marked("Its hash"),
    "version": marked("Edition"),
    "text": marked("Text"),
    "kind": marked("Kind"),
    "answer": marked("What the mail server answered"),
    "run": marked("Number"),
    "finished": marked("Finished"),
    "titles": marked("What it held"),
}
"""What the fields of such a document are called where people read it."""
SECTIONS = {
    "choices": marked("What you chose"),
    "consents": marked("What you agreed to"),
    "wordings": marked("What you read when you agreed"),
    "letters": marked("Letters to you"),
    "digests": marked("Digests to you"),
}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def page_of(held: Mapping[str, Any], tools: Tools, language: str) -> str:
    """Return the document as a page that people read, with its moments in the site's zone."""
    words, site = tools.words(language), tools.settings.site
    sections = [
        (words.gettext(title), [_facts(one, words, site.zone) for one in held[name]])
        for name, title in SECTIONS.items()
        if held[name]
    ]
    return tools.templates.render(
        "web/holdings.html",
        words,
        site=site,
        language=words.language,
        direction=words.direction,
        held_by=held["held_by"],
        made_at=_in_words(held["made_at"], words, site.zone),
        person=_facts(held["person"], words, site.zone),
        sections=sections,
    )


def _facts(record: Mapping[str, Any], words: Words, zone: ZoneInfo) -> list[tuple[str, str]]:
    """Return what a record says, each with its label; what is not known is left out."""
    known = [(name, value) for name, value in record.items() if value not in (None, "", False, [])]
    return [(words.gettext(LABELS[name]), _in_words(value, words, zone)) for name, value in known]


def _in_words(value: Any, words: Words, zone: ZoneInfo) -> str:
    if isinstance(value, list):
        return "; ".join(value)
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        local = unstamp(value).astimezone(zone)
        return f"{words.day(local.date())}, {words.clock(local)}"
    return str(value)


def holdings_of(store: Store, tools: Tools, subscriber: Subscriber, now: datetime) -> dict[str, Any]:
    """Return it as one document of plain values; moments are RFC 3339 in UTC.

    The keys in links are left out: whoever has this document shall not be able to act with it.
    """
    pk = subscriber.pk
    return {
        "made_at": stamp(now),
        "held_by": tools.settings.site.name,
        "person": {
            "address": subscriber.address,
            "name": subscriber.name,
            "language": subscriber.language,
            "state": subscriber.state.value,
            "since": stamp(subscriber.created_at) if subscriber.created_at else None,
            "paused": subscriber.paused,
            "paused_until": subscriber.paused_until.isoformat() if subscriber.paused_until else None,
            "only": subscriber.filter.in_words,
            "own_feed_since": store.private_feeds.made_at(pk),
            "never_mailed_because": store.suppressions.reason(tools.signer.address_hash(subscriber.address)),
        },
        "choices": store.subscribers.subscriptions(pk),
        "consents": store.subscribers.consents(pk),
        "wordings": [
            {"hash": one.hash, "version": one.version, "text": one.text} for one in store.subscribers.wordings(pk)
        ],
        "letters": [
            {"at": stamp(one.made_at), "kind": one.kind.value, "state": one.state.value, "answer": one.reply}
            for one in store.letters.to(pk)
        ],
        "digests": store.deliveries.history_of(pk),
    }
