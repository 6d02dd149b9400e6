"""Due times in the site's zone, through summer time and back."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from pressroom.models.due import Timetable
from pressroom.models.people import Frequency

LONDON = Timetable(ZoneInfo("Europe/London"))
NIGHT = Timetable(ZoneInfo("Europe/London"), at=time(1, 30))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("frequency", "now", "due"),
    [
        (Frequency.DAILY, "2026-01-26T08:00", "2026-01-26T08:00"),
        (Frequency.DAILY, "2026-01-26T07:59:59", "2026-01-25T08:00"),
        (Frequency.DAILY, "2026-07-01T07:00", "2026-07-01T07:00"),
        (Frequency.WEEKLY, "2026-01-28T12:00", "2026-01-26T08:00"),
        (Frequency.WEEKLY, "2026-01-26T07:59", "2026-01-19T08:00"),
        (Frequency.MONTHLY, "2026-01-31T12:00", "2026-01-01T08:00"),
        (Frequency.MONTHLY, "2026-05-01T06:59", "2026-04-01T07:00"),
    ],
)
def test_the_latest_due_time_is_by_the_clock_on_the_wall(frequency: Frequency, now: str, due: str) -> None:
    assert LONDON.latest(frequency, at(now)) == at(due)


def test_the_following_due_time_lies_strictly_ahead() -> None:
    assert LONDON.following(Frequency.DAILY, at("2026-01-26T08:00")) == at("2026-01-27T08:00")
    assert LONDON.following(Frequency.WEEKLY, at("2026-03-23T08:00")) == at("2026-03-30T07:00")
    assert LONDON.following(Frequency.MONTHLY, at("2026-12-02T00:00")) == at("2027-01-01T08:00")


def test_a_night_that_is_skipped_or_repeated_has_its_time_once() -> None:
    moments, moment = [], at("2026-03-27T00:00")
    while moment < at("2026-03-31T00:00"):
        moment = NIGHT.following(Frequency.DAILY, moment)
        moments.append(moment)
    # On 29 March the clocks go from 01:00 to 02:00: half past one, read with the old offset, is 02:30 on the wall.
    assert moments[:3] == [at("2026-03-27T01:30"), at("2026-03-28T01:30"), at("2026-03-29T01:30")]
    autumn = NIGHT.following(Frequency.DAILY, at("2026-10-24T12:00"))
    # On 25 October half past one comes twice: the first one, in summer time, counts.
    assert autumn == at("2026-10-25T00:30")
    assert NIGHT.following(Frequency.DAILY, autumn) == at("2026-10-26T01:30")


def test_a_year_has_a_due_time_a_day() -> None:
    moment, count = at("2026-01-01T00:00"), 0
    while (moment := NIGHT.following(Frequency.DAILY, moment)) < at("2027-01-01T00:00"):
        count += 1
    assert count == 365


def test_weekday_and_day_of_the_month_are_settings() -> None:
    friday = Timetable(ZoneInfo("UTC"), weekly_on=4, monthly_on=15)
    assert friday.latest(Frequency.WEEKLY, at("2026-01-28T12:00")) == at("2026-01-23T08:00")
    assert friday.latest(Frequency.MONTHLY, at("2026-01-28T12:00")) == at("2026-01-15T08:00")


def test_immediate_waits_for_quiet_and_no_longer_than_the_longest_wait() -> None:
    first = at("2026-01-26T09:00")
    assert LONDON.immediate(first, first) == first + timedelta(minutes=10)
    assert LONDON.immediate(first, first + timedelta(minutes=55)) == first + timedelta(minutes=60)
    hasty = Timetable(ZoneInfo("UTC"), quiet=timedelta(minutes=1), longest_wait=timedelta(minutes=5))
    assert hasty.immediate(first, first) == first + timedelta(minutes=1)
