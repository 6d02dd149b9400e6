"""What is looked for among the releases, and what was found."""

from __future__ import annotations

from dataclasses import dataclass

from pressroom.models.release import Release


@dataclass(frozen=True, slots=True)
class Query:
    """`words` as somebody typed them, and limits: slugs of a topic and a series, and values; empty for any."""

    words: str = ""
    topic: str = ""
    kind: str = ""
    series: str = ""
    year: str = ""
    language: str = ""
    access: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """One page of releases, and how many there are on all pages."""

    total: int
    releases: tuple[Release, ...]
