"""Mail that comes back: what each class of answer says, and when enough has come back to mail an address no more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from pressroom.models.dates import in_zone

TOKEN_LETTERS = 29
"""How long the token is that names a message in the sender of its envelope."""
STOPS, FEEDBACK = "unsubscribe", "fbl"
"""Local parts beside that of the bounces: a mailbox's own button writes to the first, before “+” and the token of the
subscriber; reports of abuse come to the second."""

LONGEST_TEXT = 500
"""Characters that are kept of what a server said."""


class BounceClass(StrEnum):
    """What an answer is about.

    `dead`: there is no such mailbox. `unclear`: perhaps. `soft`: not at present. `ours`: we are minded, and not the
    address. `information`: nothing has failed. `abuse`: the reader has called the mail spam (RFC 5965 §7.3).
    """

    DEAD = "dead"
    UNCLEAR = "unclear"
    SOFT = "soft"
    OURS = "ours"
    INFORMATION = "information"
    ABUSE = "abuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce:
    """One message that came back, or was refused at once.

    `at` is when we heard of it, `sent_at` when the message was handed over. It was of a run, or a letter where `run` is
    None. `status` is as in RFC 3463, `text` what the server said. Only what `counts` is held against the address.
    """

    pk: int
    at: datetime
    sent_at: datetime
    subscriber: int
    run: int | None
    bounce_class: BounceClass
    status: str
    text: str
    counts: bool


LONGEST_COUNTED = timedelta(days=90)
COUNTED_FOR = {
    BounceClass.DEAD: LONGEST_COUNTED,
    BounceClass.UNCLEAR: LONGEST_COUNTED,
    BounceClass.SOFT: timedelta(days=60),
}
"""How long what came back is held against an address; two monthly digests fall within 90 days, even three."""
DEAD_DAYS = 2
"""A provider in trouble calls living addresses dead, but seldom on two days (Gmail, December 2020)."""
UNCLEAR_MESSAGES = 3
SOFT_MESSAGES, SOFT_SPAN = 5, timedelta(days=28)
"""Five messages within a month or more: four weeks, so that five weekly digests are enough."""
INCIDENT_SHARE, INCIDENT_LEAST = 0.03, 5
"""More than 3 % of a domain's recipients dead in one run is the domain's trouble; but four may well have left."""

OURS_SHARE, OURS_LEAST, OURS_DOMAINS = 0.02, 5, 3
"""Where more than 2 % mind us something of ours is broken; a few servers mind everybody, and a domain only itself."""


def is_enough(bounces: Iterable[Bounce], now: datetime, zone: ZoneInfo) -> bool:
    """Whether this is enough to mail an address no more; a day is one in `zone`."""
    sent: dict[BounceClass, list[datetime]] = {kind: [] for kind in BounceClass}
    for one in bounces:
        counted_for = COUNTED_FOR.get(one.bounce_class)
        if one.counts and counted_for and now - counted_for < one.sent_at <= now:
            sent[one.bounce_class].append(one.sent_at)
    dead, unclear, soft = (sent[kind] for kind in COUNTED_FOR)
    return (
        len({in_zone(moment, zone).date() for moment in dead}) >= DEAD_DAYS
        or len(unclear) >= UNCLEAR_MESSAGES
        or (len(soft) >= SOFT_MESSAGES and max(soft) - min(soft) >= SOFT_SPAN)
    )


def is_too_many_of_ours(number: int, domains: int, handed: int) -> bool:
    """Whether so many of what was handed over came back since we are minded that the rest would, too.

    What one or two domains say tells of them alone.
    """
    return number >= OURS_LEAST and domains >= OURS_DOMAINS and number > OURS_SHARE * handed


def is_incident(dead: int, recipients: int) -> bool:
    """Whether so many dead of a domain's recipients in one run tell of the domain, and of no single address."""
    return dead >= INCIDENT_LEAST and dead > INCIDENT_SHARE * recipients
