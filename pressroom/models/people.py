"""Subscribers and what they choose."""

from __future__ import annotations

import unicodedata
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

import idna

from pressroom.models.release import Release, Series, Topic
from pressroom.models.text import is_in_language

if TYPE_CHECKING:
    from pressroom.models.runs import Expected


class Frequency(StrEnum):
    IMMEDIATE = "immediate"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


# What consents say of the turns in a subscriber's journey; they are looked up again by it.
REQUESTED = "requested"
SUBSCRIBED = "subscribed"
CONFIRMED = "confirmed"
LEFT = "unsubscribed from everything"
ENDED_A_PART = "ended"
UNDONE = "unsubscribe undone"
LAPSED = "request not confirmed in time"
FORGIVEN = "what came back is held against them no more"

LEFT_LONG_AGO = "the person had left, and what we knew of them has been deleted"
MOVED_AWAY = "the person had their digests sent to another address"
BOUNCED = "mail to it came back too often"
REPORTED = "complaint: mail of ours was reported there as spam"
"""Stays until the person has asked us, and does not end by itself."""
UNTIL_ASKED = (LEFT_LONG_AGO, MOVED_AWAY, BOUNCED)
"""Why an address is not mailed until somebody asks for digests there with the form, and confirms it."""


class SubscriberState(StrEnum):
    PENDING = "pending"
    ACTIVE = "active"
    ENDED = "ended"
    SUPPRESSED = "suppressed"


@dataclass(frozen=True, slots=True)
class Choice:
    """One subscription: everything (neither topic nor series), a topic or a series, at a frequency."""

    frequency: Frequency
    topic: Topic | None = None
    series: Series | None = None

    @property
    def scope(self) -> tuple[int | None, int | None]:
        """What is chosen, as rows of the catalogue; two choices of one scope exclude each other."""
        return (self.topic.pk if self.topic else None, self.series.pk if self.series else None)

    @property
    def name(self) -> str:
        """The topic's or the series' name; empty for everything."""
        return self.topic.name if self.topic else self.series.name if self.series else ""

    @property
    def slug(self) -> str:
        return self.topic.slug if self.topic else f"series:{self.series.slug}" if self.series else "all"

    def covers(self, topics: frozenset[int], series: int | None) -> bool:
        """Whether something with these frozen topics and series falls under this choice."""
        if self.topic is not None:
            return self.topic.pk in topics
        return self.series is None or self.series.pk == series


@dataclass(frozen=True, slots=True)
class Filter:
    """What a subscriber wants of what the choices match; empty means all. Applied when a run is frozen."""

    kinds: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    partners: bool = True

    @property
    def in_words(self) -> str:
        """Return what is wanted: “kinds report; languages en, nl; no partners”, or “everything”."""
        limits = [f"kinds {', '.join(sorted(self.kinds))}"] if self.kinds else []
        limits += [f"languages {', '.join(sorted(self.languages))}"] if self.languages else []
        limits += [] if self.partners else ["no partners"]
        return "; ".join(limits) or "everything"

    def lets_through(self, release: Release | Expected, own_publisher: str) -> bool:
        """Whether the subscriber wants this release; a partner's is one of another publisher than the site's own."""
        if self.kinds and release.kind not in self.kinds:
            return False
        if self.languages and not any(is_in_language(release.language, wanted) for wanted in self.languages):
            return False
        return self.partners or release.publisher in ("", own_publisher)


def address_key(address: str) -> str:
    """Return what all spellings of one address share: without case in any script, the domain in Unicode."""
    local, at, domain = unicodedata.normalize("NFC", address.strip()).rpartition("@")
    if "xn--" in domain.lower():
        with suppress(idna.IDNAError):  # what is no domain is nobody's, and stays as it is written
            domain = idna.decode(domain)
    return f"{local}{at}{domain}".casefold()


def domain_of(address: str) -> str:
    """Return the domain of an address, the same for all its spellings."""
    return address_key(address).rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Subscriber:
    """An address with its consent.

    `agreed_at` is when the present consent was given: by subscribing, or by confirming that. Of who was imported it is
    the day that was told with it, and None where none was.

    The present choices hold since announcement `since_no`; what is still owed from before stands in the catalogue
    (`owed`). Every change of choices, a pause, a return and an undo move `since_no` to the newest number.
    """

    address: str
    state: SubscriberState = SubscriberState.PENDING
    pk: int = 0
    name: str = ""
    language: str = "en"
    choices: tuple[Choice, ...] = ()
    filter: Filter = field(default_factory=Filter)
    paused: bool = False
    paused_until: date | None = None
    unsubscribe_token: str = ""
    created_at: datetime | None = None
    agreed_at: datetime | date | None = None
    since_no: int = 0

    @property
    def choice_lines(self) -> list[str]:
        """The choices in words for a list or an export: `cyber-security=daily`, `all=weekly`."""
        return [f"{choice.slug}={choice.frequency}" for choice in self.choices]
