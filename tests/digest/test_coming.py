"""Coming up: announced releases with their month, for whom they concern, and nothing that is under embargo (R9)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from pressroom.digest.coming import coming_up, expected_of
from pressroom.models.people import Choice, Filter, Frequency, Subscriber
from pressroom.models.release import Series, State
from pressroom.models.runs import Expected
from tests.builders import a_reader, a_release, a_topic
from tests.conftest import CommandLine, text_of

TODAY = date(2026, 2, 2)
NOW = datetime(2026, 2, 2, 8, tzinfo=UTC)


def expected(title: str, month: str, *topics: str, **facts: str) -> Expected:
    return Expected(title, month, facts.pop("kind", "report"), facts.pop("language", "en"), topics=topics, **facts)


def titles(*some: Expected, reader: Subscriber | None = None) -> list[str]:
    found = coming_up(some, reader or a_reader("Rivers"), "Us", TODAY)
    return [one.title for one, _ in found]


def test_the_next_three_come_in_the_order_of_their_months() -> None:
    months = {"B": "2026-05", "A": "--02", "E": "2027-01", "D": "2026-12", "C": "--05"}
    assert titles(*(expected(title, month, "Rivers") for title, month in months.items())) == ["A", "B", "C"]


@pytest.mark.parametrize("month", ["--01", "2026-01", "2026"])
def test_what_is_overdue_or_of_no_known_month_is_left_out(month: str) -> None:
    assert titles(expected("A", month, "Rivers")) == []


def test_only_what_falls_under_the_readers_choices_and_filter_is_told() -> None:
    reader = a_reader("Rivers")
    assert titles(expected("A", "--03", "Roads"), reader=reader) == []
    assert titles(expected("A", "--03", "Roads"), reader=a_reader()) == ["A"]
    series = replace(reader, choices=(Choice(Frequency.WEEKLY, series=Series("trends", "Trends", 1)),))
    assert titles(expected("A", "--03", series="Trends"), expected("B", "--03"), reader=series) == ["A"]
    picky = replace(reader, filter=Filter(kinds=frozenset({"report"}), partners=False))
    some = (expected("A", "--03", "Rivers"), expected("B", "--03", "Rivers", kind="blog"),
            expected("C", "--03", "Rivers", publisher="LOLA"))  # fmt: skip
    assert titles(*some, reader=picky) == ["A"]


@pytest.mark.R9
def test_nothing_that_is_under_embargo_is_frozen() -> None:
    release = a_release(title="Secret", state=State.EXPECTED, expected="2026-05", topics=(a_topic("Rivers"),))
    later = replace(release, embargo=datetime(2026, 3, 1, tzinfo=UTC))
    assert expected_of([later], NOW) == ()
    (frozen,) = expected_of([release], NOW)
    assert (frozen.title, frozen.month, frozen.topics) == ("Secret", "2026-05", ("Rivers",))


@pytest.mark.R9
def test_a_digest_ends_with_what_comes_and_says_title_and_month_only(press: CommandLine) -> None:
    path = press.site / "rows.jsonl"
    path.write_text(
        '{"title": "Weirs in Dutch", "language": "nl", "summary": "Hidden words", "extra": {"status": "expected", '
        '"expected": "September"}}\n{"title": "Next year", "extra": {"status": "expected", "expected": "2027-03"}}\n'
    )
    press("import", str(path))
    press("subscriber", "add", "ada@example.org", "--frequency", "daily", "--confirmed")
    press.wait(days=1)
    press("publish")
    assert press.mails() == [], "what is coming up is no reason for a digest"
    press("release", "add", "--title", "Floods")
    press.wait(days=1)
    press("publish")
    (mail,) = press.mails()
    assert "COMING UP Weirs in Dutch, in September Next year, in March 2027 ---" in text_of(mail)
    html = mail.get_body(("html",))
    assert html is not None
    assert '<span lang="nl" dir="ltr">Weirs in Dutch</span>, in September' in html.get_content()
    assert "Hidden words" not in mail.as_string()
