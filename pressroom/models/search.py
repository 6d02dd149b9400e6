"""What is looked for among the releases, what was found, and what stands on each shelf."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pressroom.models.dates import PartialDate
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


class ShelfKind(StrEnum):
    """What shelves, and so feeds, there are besides that of everything; each is named as in addresses."""

    TOPICS = "topics"
    KINDS = "kinds"
    SERIES = "series"


@dataclass(frozen=True, slots=True)
class Stock:
    """How many public releases stand on a shelf, and when the newest was announced.

    Of one that came in silently `latest` is its own date, None where that is not known.
    """

    slug: str
    name: str
    releases: int
    latest: datetime | PartialDate | None
