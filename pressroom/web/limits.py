"""How much and how long a request and its answer may take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What one connection may ask of the service."""

    head_bytes: int = 16_384
    """The lines of a request before its body."""
    body_bytes: int = 100_000
    """More than any form for readers sends."""
    desk_body_bytes: int = 6_500_000
    """Room for the longest text of a release in any script: its form sends twelve bytes for a sign of four."""
    arrival_seconds: float = 10
    """How long a head may take to arrive, and then a body."""
    reading_seconds: float = 30
    """How often a reader is looked at who has not taken all of an answer, and"""
    reading_bytes: int = 16_384
    """how much must have been taken in between."""
    stopping_seconds: float = 3
    """How long either may still take once the service is told to stop."""
