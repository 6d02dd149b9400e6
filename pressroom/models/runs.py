"""Digest runs, the deliveries they enlist and the messages that come of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from pressroom.models.bodies import Body
from pressroom.models.people import Frequency
from pressroom.models.words import locale_of


class RunState(StrEnum):
    """`empty`: due, and nothing to pay. `closed`: nothing waits any more."""

    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"
    EMPTY = "empty"


class DeliveryState(StrEnum):
    QUEUED = "queued"
    CLAIMED = "claimed"
    HANDED_OVER = "handed-over"
    RETRY = "retry"
    SENT = "sent"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


MOVED = "the message is to another address than its reader has now"
"""Why a message is made anew before it goes."""
WAITING = frozenset({DeliveryState.QUEUED, DeliveryState.CLAIMED, DeliveryState.HANDED_OVER, DeliveryState.RETRY})


@dataclass(frozen=True, slots=True)
class Counts:
    """The accounting of a run (R6): enlisted is always the sum of all the others."""

    enlisted: int = 0
    sent: int = 0
    failed: int = 0
    suppressed: int = 0
    cancelled: int = 0
    unknown: int = 0
    waiting: int = 0

    @classmethod
    def of(cls, by_state: Iterable[tuple[str, int]]) -> Counts:
        """Count deliveries by state; the four that wait become one number, and what is no state is `unknown`."""
        counts = dict.fromkeys(("sent", "failed", "suppressed", "cancelled", "unknown", "waiting"), 0)
        for state, number in by_state:
            counts["waiting" if state in WAITING else state if state in counts else "unknown"] += number
        return cls(enlisted=sum(counts.values()), **counts)

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Expected:
    """A release that is announced for a month (`2026-05`, `--05`), as a run froze it. The rest decides who is told."""

    title: str
    month: str
    kind: str
    language: str
    publisher: str = ""
    series: str = ""
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EditorsNote:
    """What an editor says at the head of the digests of one frequency: a text, who signs it, the release that leads."""

    text: str = ""
    signed: str = ""
    lead: int | None = None


@dataclass(frozen=True, slots=True)
class DigestRun:
    """One round of digests. `key` is random and the root of its Message-IDs; `due` None means opened by hand.

    `begins` gives, by frequency, the earliest of the due times that it fills or makes up for; `expected` is what was
    announced for later when the run was frozen, `notes` what an editor says by frequency.
    """

    pk: int
    key: str
    opened_at: datetime
    up_to_no: int
    state: RunState
    frequencies: tuple[Frequency, ...]
    due: datetime | None = None
    begins: Mapping[Frequency, datetime] = field(default_factory=dict)
    expected: tuple[Expected, ...] = ()
    notes: Mapping[Frequency, EditorsNote] = field(default_factory=dict)
    counts: Counts = Counts()

    def as_dict(self) -> dict[str, Any]:
        """The form of `--json digest list`."""
        return {
            "run": self.pk,
            "due": self.due.isoformat().replace("+00:00", "Z") if self.due else None,
            "frequencies": list(self.frequencies),
            "state": str(self.state),
            "up_to_no": self.up_to_no,
            "counts": self.counts.as_dict(),
        }


@dataclass(frozen=True, slots=True)
class DueTime:
    """A due time of a frequency with its run; one that was `missed` has the run that made up for it."""

    frequency: Frequency
    run: DigestRun
    missed: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One release in one run, as frozen with it: what a digest says of it.

    `change` is new, revised, withdrawn or filed; `nos` are the announcements it pays; `notes` the notes of
    the revisions or the reason of the withdrawal. Dates are ISO 8601 text in the precision known. `id` and the targets
    of `relations` (kind, id) are ids of releases.
    """

    release: int
    change: str
    nos: tuple[int, ...]
    title: str
    url: str
    kind: str
    language: str
    id: str = ""
    relations: tuple[tuple[str, str], ...] = ()
    subtitle: str = ""
    summary: str = ""
    own_date: str = ""
    access: str = "public"
    publisher: str = ""
    series: str = ""
    edition: str = ""
    collection: str = ""
    part: int | None = None
    part_count: int | None = None
    authors: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()
    formats: tuple[tuple[str, int | None], ...] = ()
    topics: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    replacement_title: str = ""
    replacement_url: str = ""

    @property
    def is_told(self) -> bool:
        """Whether there is something to say: what another program has frozen in its place may be nothing."""
        return bool(self.title)


@dataclass(frozen=True, slots=True)
class OfferedItem:
    """An item as one subscriber gets it: `reasons` are the names of the choices it matches, in the reader's order.

    An empty name among them means "everything". `also` are items that belong to it and stand on one line under it.
    """

    item: Item
    reasons: tuple[str, ...]
    also: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Issue:
    """The public page of a run, without anything personal. `content` is the HTML of its middle.

    It reflects what was announced up to `up_to_no`.
    """

    run: int
    title: str
    language: str
    published_at: datetime
    items: int
    content: str
    up_to_no: int

    @property
    def direction(self) -> str:
        """The way its language runs, `ltr` or `rtl`."""
        return locale_of(self.language).text_direction


@dataclass(frozen=True, slots=True)
class Message:
    """The finished mail. `headers` are in the order they are written; texts are Unicode, not yet encoded.

    `sender` is that of the envelope, to which what comes back goes; `envelope_id` is told to servers that report with
    it (RFC 3461 §4.4). `items` is how many items of a digest it shows.
    """

    message_id: str
    sender: str
    recipient: str
    headers: tuple[tuple[str, str], ...]
    html_body: Body
    text_body: Body
    items: int = 0
    envelope_id: str = ""

    @property
    def html(self) -> str:
        return str(self.html_body)

    @property
    def text(self) -> str:
        return str(self.text_body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """What waits to be sent to one person, and what became of it. `subscriber` is None after an erasure.

    `owner` holds the claim while it is claimed or handed over.
    """

    pk: int
    subscriber: int | None
    state: DeliveryState = DeliveryState.QUEUED
    owner: str | None = None
    attempts: int = 0
    first_attempt_at: datetime | None = None
    next_attempt_at: datetime | None = None
    finished_at: datetime | None = None
    reply: str = ""

    @property
    def is_handed_over(self) -> bool:
        return self.state is DeliveryState.HANDED_OVER


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery(Queued):
    """One message to one subscriber in one run."""

    run: int
    bundle: int
