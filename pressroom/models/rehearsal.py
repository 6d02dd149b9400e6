"""What the next digest would do: a rehearsal, and a preview of one reader's mail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pressroom.models.dates import stamp
from pressroom.models.people import Frequency
from pressroom.models.runs import Message


@dataclass(frozen=True, slots=True)
class Preview:
    """One reader's next digest, due at `at`; it tells of the releases in `live`, which go live only until then.

    Without `is_owed` none comes, `why_not` says in a few words why, and it shows what was announced last. `findings`
    are what lint says of it: (name, words, is a warning).
    """

    message: Message
    at: datetime
    is_owed: bool
    why_not: str = ""
    live: tuple[str, ...] = ()
    findings: tuple[tuple[str, str, bool], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The form of `--json digest preview`."""
        return {
            "at": stamp(self.at),
            "owed": self.is_owed,
            "why_not": self.why_not or None,
            "live": list(self.live),
            "to": self.message.recipient,
            "subject": dict(self.message.headers)["Subject"],
            "text": self.message.text,
            "html": self.message.html,
        }


@dataclass(frozen=True, slots=True)
class Size:
    """A message by its weight: `octets` as it is encoded. Of its `items`, `shown` stand in it, the rest on the web."""

    address: str
    octets: int
    items: int
    shown: int


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a run would do at `at`; `frequencies` empty means that only urgent news would open it.

    `live` are titles that would go live first. `by_choice` counts recipients by (what they follow, frequency), a reader
    under each choice; `left_out` counts the others by why. `sizes` are those of the messages made, all of them unless
    there are very many. `rarest` is the message whose set of items the fewest share, and `sharing` how many do.
    `seconds` is how long it takes to make them all here. `findings` are what lint says: (name, words, is a warning),
    and `refusal` why mail must not leave this site at all.
    """

    at: datetime
    frequencies: tuple[Frequency, ...]
    live: tuple[str, ...]
    mails: int
    by_choice: Mapping[tuple[str, Frequency], int]
    left_out: Mapping[str, int]
    sizes: tuple[Size, ...]
    rarest: Message | None
    sharing: int
    seconds: float
    findings: tuple[tuple[str, str, bool], ...]
    refusal: str = ""
    unpublished: int = 0
    """How many releases are due and wait for a publish; a run by hand tells of none of them."""
    waiting: int = 0
    """How many letters and mails of earlier runs wait and would leave too."""

    @property
    def largest(self) -> Size | None:
        return max(self.sizes, key=lambda size: size.octets, default=None)

    @property
    def smallest(self) -> Size | None:
        return min(self.sizes, key=lambda size: size.octets, default=None)

    @property
    def octets(self) -> int:
        """How much would leave in all; where not every message was made, by their average."""
        return round(sum(size.octets for size in self.sizes) / len(self.sizes) * self.mails) if self.sizes else 0

    def as_dict(self) -> dict[str, Any]:
        """The form of `--json digest rehearse`."""
        rarest = self.rarest
        return {
            "at": stamp(self.at),
            "frequencies": list(self.frequencies),
            "live": list(self.live),
            "mails": self.mails,
            "to": [
                {"follows": what, "frequency": frequency, "mails": number}
                for (what, frequency), number in self.by_choice.items()
            ],
            "left_out": dict(self.left_out),
            "octets": self.octets,
            "seconds": round(self.seconds, 1),
            "largest": _as_dict(self.largest),
            "smallest": _as_dict(self.smallest),
            "messages": [_as_dict(size) for size in self.sizes],
            "rarest": None
            if rarest is None
            else {
                "shared_by": self.sharing,
                "to": rarest.recipient,
                "subject": dict(rarest.headers)["Subject"],
                "text": rarest.text,
                "html": rarest.html,
            },
            "findings": [
                {"name": name, "words": words, "warning": is_warning} for name, words, is_warning in self.findings
            ],
            "refusal": self.refusal or None,
            "unpublished": self.unpublished,
            "waiting": self.waiting,
        }


def _as_dict(size: Size | None) -> dict[str, Any] | None:
    return (
        None if size is None else {"to": size.address, "octets": size.octets, "items": size.items, "shown": size.shown}
    )
