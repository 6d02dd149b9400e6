"""When digests come, and what of them is made up for: the clock decides when, numbers decide what (R4)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pressroom.storage import Store
from tests.conftest import CommandLine, Press, text_of
from tests.journeys.shelves import a_site_with_topics, release, until_weekly

ADA = "ada@example.org"
pytestmark = pytest.mark.R4


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    return a_site_with_topics(fresh)


def test_missed_weeks_are_one_mail(press: CommandLine) -> None:
    press("subscriber", "add", ADA, "--confirmed")
    release(press, "Floods", "rivers")
    press.wait(days=40)
    release(press, "Dams", "rivers")
    press("publish")
    assert press.titles(ADA) == [["Dams", "Floods"]]
    (one,) = press.ask("digest", "list")
    assert one["due"] == "2026-03-02T08:00:00Z"


def test_the_settings_of_the_site_decide_when_digests_are_due(press: CommandLine) -> None:
    (press.site / "publisher.toml").write_text('[digest]\nat = "17:30"\nquiet_minutes = 1\n')
    press("subscriber", "add", ADA, "--frequency", "immediate", "--confirmed")
    press("subscriber", "add", "bo@example.org", "--frequency", "daily", "--confirmed")
    release(press, "Floods", "rivers")
    press.wait(minutes=1)
    press("publish")
    assert len(press.mails(ADA)) == 1
    assert press.mails("bo@example.org") == []
    press.wait(hours=8, minutes=29)
    press("publish")
    assert len(press.mails("bo@example.org")) == 1


def test_without_a_quiet_time_two_changes_in_one_second_are_told_one_after_the_other(press: CommandLine) -> None:
    (press.site / "publisher.toml").write_text("[digest]\nquiet_minutes = 0\nlongest_wait_minutes = 0\n")
    press("subscriber", "add", ADA, "--frequency", "immediate", "--confirmed")
    release(press, "Floods", "rivers")
    press("publish")
    press("release", "revise", "floods", "--note", "A map more.")
    press("publish")
    press("release", "withdraw", "floods", "--reason", "Wrong.")
    assert "0 release(s) went live" in press("publish").out
    assert len(press.mails(ADA)) == 1
    press.wait(seconds=1)
    press("publish")
    press.wait(seconds=1)
    press("publish")
    assert [len(press.mails(ADA)), press("health").code] == [2, 0]
    assert "Wrong." in text_of(press.mails(ADA)[-1])


def test_every_missed_due_time_leaves_a_record(press: CommandLine, store: Store) -> None:
    press("subscriber", "add", ADA, "--frequency", "daily", "--confirmed")
    press.wait(days=5)
    press("publish")
    rows = [tuple(row) for row in store.rows("SELECT substr(due, 1, 10), missed FROM due_times ORDER BY due")]
    assert rows == [(f"2026-01-{day}", int(day < 31)) for day in range(27, 32)]


def test_a_fresh_site_catches_nothing_up(press: CommandLine) -> None:
    press("subscriber", "add", ADA, "--confirmed")
    press("publish")
    assert press.ask("digest", "list") == []


def test_a_clock_that_steps_back_repeats_nothing(press: CommandLine) -> None:
    press("subscriber", "add", ADA, "--frequency", "daily", "--confirmed")
    release(press, "Floods", "rivers")
    press.wait(days=2)
    press("publish")
    press.wait(days=-1)
    release(press, "Dams", "rivers")
    press.wait(days=1, hours=23)
    press("publish")
    assert sorted(press.titles(ADA)) == [["Dams"], ["Floods"]]


def test_a_clock_that_was_far_ahead_silences_nothing_afterwards(press: CommandLine) -> None:
    """A clock that jumps to next year, and is set right: due times and quiet periods are kept as if it had not."""
    press("subscriber", "add", ADA, "--frequency", "weekly", "--confirmed")
    press("subscriber", "add", "bo@example.org", "--frequency", "immediate", "--confirmed")
    right = press.now
    press.now += timedelta(days=400)
    release(press, "Announced ahead")
    press("publish")
    press.now = right
    press("publish")
    assert press.titles("bo@example.org") == [["Announced ahead"]]
    release(press, "Floods")
    until_weekly(press)
    assert sorted(press.titles(ADA)) == [["Announced ahead"], ["Floods"]]
    assert press.now - right == timedelta(days=7)


def test_ten_releases_added_together_are_one_immediate_mail_after_the_quiet_period(press: CommandLine) -> None:
    press("subscriber", "add", ADA, "--frequency", "immediate", "--confirmed")
    for number in range(10):
        press("release", "add", "--title", f"Part {number}")
        press("publish")
        press.wait(minutes=1)
    press.wait(minutes=8)
    press("publish")
    assert press.mails() == []
    press.wait(minutes=1)
    press("publish")
    assert [len(titles) for titles in press.titles(ADA)] == [10]


def test_immediate_waits_an_hour_at_the_most(press: CommandLine) -> None:
    press("subscriber", "add", ADA, "--frequency", "immediate", "--confirmed")
    for number in range(7):
        press("release", "add", "--title", f"Part {number}")
        press("publish")
        press.wait(minutes=9)
    press("publish")
    assert [len(titles) for titles in press.titles(ADA)] == [7]


def test_an_urgent_release_goes_at_once_to_every_frequency_and_only_once(press: CommandLine) -> None:
    press("subscriber", "add", ADA, "--topic", "rivers", "--frequency", "monthly", "--confirmed")
    release(press, "Dams", "rivers")
    press("release", "add", "--title", "Flood warning", "--topic", "rivers", "--urgent")
    press("publish")
    assert press.titles(ADA) == [["Flood warning"]]
    press.wait(days=7)
    press("publish")
    assert press.titles(ADA) == [["Flood warning"], ["Dams"]]


def test_an_urgent_release_reaches_who_was_paused_as_soon_as_they_are_back(press: CommandLine) -> None:
    press("subscriber", "add", ADA, "--topic", "rivers", "--frequency", "monthly", "--confirmed")
    press("subscriber", "pause", ADA)
    press("release", "add", "--title", "Flood warning", "--topic", "rivers", "--urgent")
    press("publish")
    assert press.mails() == []
    press("subscriber", "resume", ADA)
    press("publish")
    press.wait(days=40)
    press("publish")
    assert press.titles(ADA) == [["Flood warning"]]


def test_a_digest_covers_the_time_of_the_longest_frequency_in_it_and_what_it_makes_up_for(run: CommandLine) -> None:
    run("init")
    run("topic", "add", "Rivers")
    run("topic", "add", "Roads")
    run("subscriber", "add", ADA, "--confirmed", "--topic", "rivers=daily", "--topic", "roads=weekly")
    run("publish")
    run.now = run.now.replace(month=2, day=1, hour=12)
    run("publish")  # what was due until then
    for topic in ("rivers", "roads"):
        run("release", "add", "--title", f"On {topic}", "--topic", topic)
    run("publish")
    run.now = run.now.replace(day=2, hour=8)
    run("publish")
    assert "Digest · 26 January – 1 February 2026" in text_of(run.mails(ADA)[0])
    run("release", "add", "--title", "More roads", "--topic", "roads")
    run.now = run.now.replace(day=25)  # three Mondays later, and nobody has looked since
    run("publish")
    assert "2–24 February 2026" in text_of(run.mails(ADA)[1])
