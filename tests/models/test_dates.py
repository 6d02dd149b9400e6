"""Dates as precise as they are known, and moments that sort as text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressroom.errors import InvalidFieldError
from pressroom.models.dates import PartialDate, in_zone, parse_expected, parse_moment, stamp, unstamp

LONDON = ZoneInfo("Europe/London")
MOMENTS = st.datetimes(
    datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.timezones() | st.just(UTC)  # noqa: DTZ001
)  # fmt: skip


@given(MOMENTS, MOMENTS)
def test_stamps_sort_as_the_moments_do_and_can_be_read_back(one: datetime, other: datetime) -> None:
    one, other = (moment.astimezone(UTC).replace(microsecond=0) for moment in (one, other))
    assert unstamp(stamp(one)) == one
    assert (stamp(one) < stamp(other)) is (one < other)


def test_a_stamp_has_four_digits_of_a_year_and_ends_in_z() -> None:
    assert stamp(datetime(1, 1, 1, tzinfo=UTC)) == "0001-01-01T00:00:00Z"
    assert stamp(datetime(2026, 7, 1, 10, 30, 15, 999, tzinfo=LONDON)) == "2026-07-01T09:30:15Z"


def test_a_moment_without_an_offset_is_in_the_sites_zone() -> None:
    assert parse_moment("embargo", "2026-07-01T00:01", LONDON) == datetime(2026, 6, 30, 23, 1, tzinfo=UTC)
    assert parse_moment("embargo", "2026-07-01", LONDON) == datetime(2026, 6, 30, 23, tzinfo=UTC)
    assert parse_moment("embargo", "2026-07-01T00:01Z", LONDON) == datetime(2026, 7, 1, 0, 1, tzinfo=UTC)
    assert parse_moment("embargo", "2026-07-01T00:01+02:00", LONDON).tzinfo is UTC


@pytest.mark.R12
@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2026-13-01",
        "2026-02-30T10:00",
        "2026-01-05T10:00+15:00",
        "2026-01-05T25:00",
        "x" * 9_999,
    ],
)
def test_what_is_no_moment_is_refused_in_a_short_sentence(text: str) -> None:
    with pytest.raises(InvalidFieldError, match=r"^embargo: “.*” is no moment in time; write it like") as caught:
        parse_moment("embargo", text, LONDON)
    assert len(str(caught.value)) < 200


@pytest.mark.R12
@pytest.mark.parametrize("text", ["0001-01-01T00:00+14:00", "1989-12-31", "2101-01-01", "9999-12-31T23:59-10:00"])
def test_a_moment_nobody_can_mean_is_refused(text: str) -> None:
    with pytest.raises(InvalidFieldError, match="is too far away; give a moment from 1990 to 2100"):
        parse_moment("embargo", text, LONDON)


@pytest.mark.R12
def test_a_moment_beyond_the_calendar_of_the_zone_is_refused() -> None:
    with pytest.raises(InvalidFieldError):
        parse_moment("embargo", "0001-01-01", timezone(timedelta(hours=5)))


@pytest.mark.R12
@pytest.mark.parametrize("end", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_a_moment_at_the_end_of_the_calendar_is_told_in_utc_where_the_zone_has_no_day_for_it(end: datetime) -> None:
    for zone in (timezone(timedelta(hours=-5)), timezone(timedelta(hours=5)), LONDON):
        assert abs(in_zone(end, zone).replace(tzinfo=None) - end.replace(tzinfo=None)) <= timedelta(hours=5)


@pytest.mark.parametrize(
    ("text", "precision", "date", "known_to"),
    [
        ("2026-01-28", None, "2026-01-28", "day"),
        ("2026-01", None, "2026-01", "month"),
        ("2026", None, "2026", "year"),
        ("2026-01-28", "month", "2026-01", "month"),
        ("2026-01-01", "year", "2026", "year"),
        ("2026", "day", "2026", "year"),
        ("2024-02-29", "day", "2024-02-29", "day"),
        ("2026-01-28T23:30:00-05:00", None, "2026-01-28", "day"),
        (" 2026-01-28 10:00 ", "", "2026-01-28", "day"),
        ("2026-01-28t10:00:00.123z", "", "2026-01-28", "day"),
        ("0001-01-01", None, "0001-01-01", "day"),
        ("9999-12-31", None, "9999-12-31", "day"),
        ("1889", None, "1889", "year"),
    ],
)
def test_a_date_is_as_precise_as_its_form_and_its_precision_allow(
    text: str, precision: str | None, date: str, known_to: str
) -> None:
    found = PartialDate.parse("published", text, precision)
    assert found is not None
    assert str(found) == date
    assert found.precision == known_to
    assert PartialDate.parse("published", str(found)) == found


def test_precision_none_means_undated_and_a_blank_is_no_date() -> None:
    assert PartialDate.parse("published", "2026-01-01", "none") is None
    assert PartialDate.parse("published", " ") is None


@pytest.mark.R12
def test_what_is_no_date_is_refused_whatever_its_precision() -> None:
    with pytest.raises(InvalidFieldError, match="published: “garbage” is no date"):
        PartialDate.parse("published", "garbage", "none")


@pytest.mark.R12
@pytest.mark.parametrize(
    "text",
    ["2023-13-01", "2023-02-30", "2023-00-10", "2023-05-00", "2023-00", "0000", "26-01-28", "2026-1-2", "28/01/2026",
     "20260105", "2026-01-05T25:99", "2026-01-05T10:00+99:00", "2026-01-05T10:00-14:01", "2026-01-05T10:00+2,,,:::ZZ",
     "2026-01-05T10:00 or so", "2026T10:00", "2026-01T", "2026-01-28Tnoon", "2026-01-28 or so", "２０２６", "-2026",
     "31.12.2025", "today", "x" * 9_999],
)  # fmt: skip
def test_what_is_no_date_is_refused_with_the_three_forms(text: str) -> None:
    with pytest.raises(
        InvalidFieldError, match=r"^published: “.*” is no date; write 2026-01-28, 2026-01 or 2026"
    ) as caught:
        PartialDate.parse("published", text)
    assert len(str(caught.value)) < 200


@pytest.mark.R12
@pytest.mark.parametrize("text", ["2026-01-28", ""])
def test_an_unknown_precision_is_refused_by_its_own_name(text: str) -> None:
    with pytest.raises(
        InvalidFieldError, match="published_precision: “week” is unknown; choose day, month, year or none"
    ):
        PartialDate.parse("published", text, "week")


@pytest.mark.parametrize(
    ("words", "month"),
    [
        ("March", "--03"),
        ("sept.", None),
        ("Sep.", "--09"),
        ("september 2026", "2026-09"),
        ("2026-03", "2026-03"),
        ("2026", "2026"),
        ("--11", "--11"),
        ("2026-13", None),
        ("٢٠٢٦-03", None),
        ("in spring", None),
        ("", None),
    ],
)
def test_an_expected_month_is_read_from_words_or_form(words: str, month: str | None) -> None:
    assert parse_expected(words) == month
