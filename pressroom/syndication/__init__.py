"""Releases → feed bytes. Pure: no storage, disk, network or clock.

The way down: `builder` (the journey) → `facts` and `content` (what an entry says, finished and cleaned) →
`atom_rss` and `json_feed` (how a format writes it). `feedgen_extension` mends feedgen's faults.
"""

from pressroom.syndication.builder import Builder

__all__ = ["Builder"]
