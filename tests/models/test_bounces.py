"""When enough has come back, and when it is a domain's trouble."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressroom.models.bounces import COUNTED_FOR, Bounce, BounceClass, is_enough, is_incident, is_too_many_of_ours

NOW = datetime(2026, 3, 30, 9, tzinfo=UTC)
ZONE = ZoneInfo("Europe/London")


def a_bounce(days_ago: float, bounce_class: BounceClass = BounceClass.DEAD, *, counts: bool = True) -> Bounce:
    """Return what came back of a message that left so many days before now."""
    sent_at = NOW - timedelta(days=days_ago)
    return Bounce(
        pk=1, at=NOW, sent_at=sent_at, subscriber=1, run=1, bounce_class=bounce_class, status="", text="", counts=counts
    )


@pytest.mark.parametrize(
    ("bounce_class", "days_ago", "expected"),
    [
        ("dead", [0], False),
        ("dead", [0, 0.1], False),
        ("dead", [0, 1], True),
        ("dead", [0, 89], True),
        ("dead", [0, 90], False),
        ("dead", [0.3, 0.45], True),  # 01:48 and, the evening before, 23:12 in London
        ("unclear", [0, 1], False),
        ("unclear", [0, 31, 61], True),
        ("unclear", [0, 31, 91], False),
        ("soft", [0, 7, 14, 21], False),
        ("soft", [0, 7, 14, 21, 28], True),
        ("soft", [0, 6, 12, 18, 24], False),
        ("soft", range(14), False),
        ("soft", [0, 31, 59, 90, 120], False),
        ("ours", range(40), False),
        ("information", range(40), False),
        ("abuse", range(40), False),
    ],
)
def test_how_much_is_enough(bounce_class: str, days_ago: list[float], expected: bool) -> None:
    bounces = [a_bounce(days, BounceClass(bounce_class)) for days in days_ago]
    assert is_enough(bounces, NOW, ZONE) is expected
    assert not is_enough([a_bounce(days, BounceClass(bounce_class), counts=False) for days in days_ago], NOW, ZONE)


def test_what_a_clock_ahead_has_noted_counts_not() -> None:
    assert not is_enough([a_bounce(-1), a_bounce(0)], NOW, ZONE)


@given(
    st.lists(st.builds(a_bounce, st.floats(0, 200), st.sampled_from(BounceClass), counts=st.booleans()), max_size=12)
)
def test_the_order_of_reports_changes_nothing_and_more_is_never_less(bounces: list[Bounce]) -> None:
    enough = is_enough(bounces, NOW, ZONE)
    assert is_enough(sorted(bounces, key=lambda one: one.sent_at), NOW, ZONE) is enough
    assert is_enough([*bounces, *bounces[:1]], NOW, ZONE) >= enough
    if not any(one.counts and one.bounce_class in COUNTED_FOR for one in bounces):
        assert not enough


@pytest.mark.parametrize(
    ("dead", "recipients", "expected"),
    [(4, 4, False), (5, 5, True), (5, 100, True), (5, 167, False), (6, 200, False), (7, 200, True), (30, 1000, False),
     (31, 1000, True), (5, 0, True)],
)  # fmt: skip
def test_many_dead_of_one_domain_are_the_domains_trouble(dead: int, recipients: int, expected: bool) -> None:
    assert is_incident(dead, recipients) is expected


@pytest.mark.parametrize(
    ("number", "domains", "handed", "expected"),
    [(4, 4, 4, False), (5, 2, 5, False), (5, 3, 5, True), (600, 1, 600, False), (6, 3, 300, False), (7, 3, 300, True)],
)
def test_a_run_is_halted_where_several_domains_mind_us(number: int, domains: int, handed: int, expected: bool) -> None:
    assert is_too_many_of_ours(number, domains, handed) is expected
