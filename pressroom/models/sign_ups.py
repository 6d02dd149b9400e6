"""Requests from the public form, and how many of them are taken (subscription bombing: M3AAWG, Spamhaus 2016)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Self

from pressroom.models.consent import Wording

COUNTED_FOR = timedelta(hours=1)
KEPT_FOR = timedelta(hours=24)
"""How long the keyed hashes of a request are kept, to count by."""
WAITS_FOR = timedelta(days=7)
"""How long a request waits to be taken up; where nothing does, it is deleted then."""
NETWORK_TIMES = 4
"""How many times as many requests are taken from one network (/24, /64) as from one network address."""
LONGEST_TYPED = 320
"""No address is longer (RFC 5321 §4.5.3.1), and no more of what was typed is shown again."""
MOST_WAITING = 20_000
"""More requests than this do not wait: the form says that it is busy."""


@dataclass(frozen=True, slots=True)
class SignUp:
    """What somebody asked for with the form. `wishes` are slugs with frequencies; no `kinds` mean all of them."""

    address: str
    language: str
    wishes: Sequence[tuple[str, str]]
    kinds: Sequence[str] = ()
    partners: bool = True
    wording: Wording | None = None

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return what `to_json` wrote; raises ValueError, KeyError or TypeError for anything else."""
        facts = json.loads(text)
        wording = facts.pop("wording")
        wishes = [(slug, often) for slug, often in facts.pop("wishes")]
        return cls(**facts, wishes=wishes, wording=Wording(**wording) if wording else None)


@dataclass(frozen=True, slots=True)
class WaitingSignUp:
    """A request that waits: `content` is what `SignUp.to_json` gave."""

    pk: int
    at: datetime
    content: str


def network_of(place: str) -> str:
    """Return the network that a network address belongs to, as its holder is taken to be one: /24 or /64."""
    try:
        address = ip_address(place)
    except ValueError:
        return place
    if mapped := getattr(address, "ipv4_mapped", None):
        address = mapped
    return str(ip_network(f"{address}/{24 if isinstance(address, IPv4Address) else 64}", strict=False))
