"""What is coming up: releases that are announced for a month and not out yet (R9: title and month, no more)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from pressroom.models.people import Subscriber
from pressroom.models.release import Release
from pressroom.models.runs import Expected

MOST = 3


def expected_of(releases: Sequence[Release], now: datetime) -> tuple[Expected, ...]:
    """Return what a run freezes of expected releases, but for those under embargo and those of no known month."""
    return tuple(
        Expected(
            title=release.title,
            month=release.expected,
            kind=release.kind,
            language=release.language,
            publisher=release.publisher,
            series=release.series.name if release.series else "",
            topics=tuple(topic.name for topic in release.topics),
        )
        for release in releases
        if release.expected and (release.embargo is None or release.embargo <= now)
    )


def coming_up(
    expected: Sequence[Expected], reader: Subscriber, own_publisher: str, today: date
) -> list[tuple[Expected, date]]:
    """Return the next few that fall under the reader's choices and filter, each with the first of its month."""
    chosen = {choice.name for choice in reader.choices}
    wanted = [
        (one, month)
        for one in expected
        if (month := _month(one.month, today)) is not None
        and not chosen.isdisjoint({"", one.series, *one.topics} if one.series else {"", *one.topics})
        and reader.filter.lets_through(one, own_publisher)
    ]
    return sorted(wanted, key=lambda pair: (pair[1], pair[0].title))[:MOST]


def _month(text: str, today: date) -> date | None:
    """Return the first of the month that `2026-05` means, or `--05` of this year; None for a mere year and the past."""
    known = text.replace("--", f"{today.year:04}-", 1)
    if len(known) != len("2026-05"):
        return None
    month = date.fromisoformat(f"{known}-01")
    return month if month >= today.replace(day=1) else None
