"""Where a form is sent from, and whether it has come from there too often: one rule for all forms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from pressroom.models.sign_ups import NETWORK_TIMES, network_of
from pressroom.tools import Tools


@dataclass(frozen=True, slots=True)
class Origin:
    """The keyed hashes of a network address and of its network, a /24 or /64: enough to count by."""

    place: str
    network: str

    @classmethod
    def of(cls, tools: Tools, place: str) -> Self:
        hashed = tools.signer.place_hash
        return cls(hashed(place), hashed(network_of(place)))


def is_too_often(counts: tuple[int, int], limit: int) -> bool:
    """Whether so many from a place, and from its network, are as many as are taken, or more."""
    from_place, from_network = counts
    return from_place >= limit or from_network >= limit * NETWORK_TIMES
