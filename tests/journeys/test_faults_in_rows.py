"""Rows by hand that hold nonsense: `publish`, a service once, and `health` name each of them, and all else goes out."""

from __future__ import annotations

import re
import sqlite3
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pressroom.operations.rows import half_shown_rows
from pressroom.publishing.journey import make_live
from pressroom.publishing.overdue import A_MOMENT, unusable
from pressroom.storage import Store
from pressroom.syndication import Builder
from pressroom.tools import Tools
from tests.conftest import CommandLine, Press
from tests.journeys.faults import ADA, a_site_with_something_due, check_all_is_well, in_service, said, sentences
from tests.running import eventually, titles

DEEP = '{"a":' + 990 * "[" + 990 * "]" + "}"
LONG = '{"a":' + 5_000 * "9" + "}"
TAKEN = (
    ("url", "http://["),
    ("url", "https://example.org:99999/"),
    ("language", "zz-------"),
    ("id", "no address"),
    ("extra", DEEP),
    ("extra", LONG),
    ("title", "\u0958" * 600),
)
"""What the file takes, and nobody can use: column and value."""
FORCED = (
    ("kind", "poem"),
    ("access", "secret"),
    ("url", "javascript:alert(1)"),
    ("own_date", "yesterday"),
    ("event_start", "2026-02-30"),
    ("publish_at", "soon"),
    ("embargo", "2026-01-20T00:00 or so"),
    ("extra", "{"),
    ("extra", "[]"),
    ("slug", "Not a/../slug"),
)
"""What it takes from a program that has switched its checks off."""
pytestmark = pytest.mark.R12


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    return a_site_with_something_due(fresh)


@pytest.mark.parametrize(("column", "value"), TAKEN)
def test_a_row_of_nonsense_is_named_and_keeps_nothing_back(press: CommandLine, column: str, value: str) -> None:
    check_it_keeps_nothing_back(press, column, value, checks=True)


@pytest.mark.parametrize(("column", "value"), FORCED)
def test_nor_does_a_row_by_a_program_that_checks_nothing(press: CommandLine, column: str, value: str) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        insert(press, column, value)
    assert said(press) == sentences("Another program writes what the catalogue refuses")
    check_it_keeps_nothing_back(press, column, value, checks=False)


def check_it_keeps_nothing_back(press: CommandLine, column: str, value: str, *, checks: bool) -> None:
    insert(press, column, value, checks=checks)
    press.wait(days=1)
    for _ in range(2):
        (sentence,) = said(press)
        assert re.fullmatch(
            rf"Row 3 of the table releases cannot go out: {column}: .+; mend it there, or make it a draft\.", sentence
        )
    assert titles(press.site) == ["Bridges", "Floods"]
    assert press.titles(ADA) == [["Bridges", "Floods"]]
    assert "No findings" in press("validate").out
    another_program(press, "UPDATE releases SET state = 'draft' WHERE pk = 3")
    assert said(press) == []


def test_a_row_that_cannot_be_read_goes_out_once_it_is_mended(press: CommandLine) -> None:
    insert(press, "url", "http://[")
    assert said(press) == sentences("A row by another program holds nonsense")
    another_program(press, "UPDATE releases SET url = 'https://example.org/' WHERE pk = 3")
    press("publish")
    assert titles(press.site) == ["Nonsense", "Bridges", "Floods"]
    check_all_is_well(press)


@pytest.mark.parametrize(("column", "value"), [*TAKEN[:2], *TAKEN[4:6], *FORCED[:5], *FORCED[7:9]])
def test_nonsense_in_a_row_that_is_out_is_left_out_of_it_and_keeps_nothing_back(
    press: CommandLine, column: str, value: str
) -> None:
    whole = entry(press)
    write_nonsense(press, column, value)
    press.wait(days=1)
    for _ in range(2):
        (sentence,) = said(press)
        assert sentence.startswith(f"Row 1 of the table releases is out without a part: {column}: ")
    assert titles(press.site) == ["Bridges", "Floods"]
    assert press.titles(ADA) == [["Bridges", "Floods"]]
    assert "No findings" in press("validate").out
    assert entry(press)["id"] == whole["id"]
    write_nonsense(press, column, {"kind": "report", "access": "public", "extra": "{}"}.get(column))
    press("publish")
    assert entry(press) == whole
    check_all_is_well(press)


def test_what_is_left_out_is_named_as_the_table_of_faults_says(press: CommandLine) -> None:
    write_nonsense(press, "url", "http://[")
    assert said(press) == sentences("Another program writes nonsense into the row of a release that is out")


@pytest.mark.R9
def test_a_service_names_a_row_of_nonsense_once_and_is_on_time_with_all_else(
    press: CommandLine, caplog: pytest.LogCaptureFixture
) -> None:
    insert(press, "url", "http://[")
    at = press.now + timedelta(seconds=3)
    press("release", "add", "--title", "Dams", "--embargo", at.isoformat())
    with in_service(press):
        eventually(lambda: titles(press.site) == ["Dams", "Bridges", "Floods"])  # long before the next try
        press("release", "add", "--title", "Weirs")
        eventually(lambda: titles(press.site)[0] == "Weirs")
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == sentences(
        "A row by another program holds nonsense"
    )


def test_a_row_of_nonsense_keeps_no_digest_behind_one_that_goes_out_slowly(press: CommandLine) -> None:
    (press.site / "publisher.toml").write_text("[mail]\na_minute = 1\n")
    for name in ("bo", "cy"):
        press("subscriber", "add", f"{name}@example.org", "--frequency", "immediate", "--confirmed")
    insert(press, "url", "http://[")
    press("publish", "--feeds-only", ok=False)
    press.wait(hours=22, minutes=59, seconds=57)  # Tuesday 07:59:57: the daily digest is due soon
    with in_service(press):
        eventually(lambda: [run["frequencies"] for run in press.ask("digest", "list")] == [["immediate"], ["daily"]])


TEXTS = st.one_of(
    st.text(max_size=30),
    st.sampled_from([value for _, value in TAKEN + FORCED]),
    st.from_regex(r"https?://[\[\]a-z0-9.:@/%-]{0,20}", fullmatch=True),
    st.from_regex(r"[12]\d{3}(-\d\d){0,2}([T ]\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?)?", fullmatch=True),
)
COLUMNS = (
    "id", "slug", "title", "subtitle", "kind", "summary", "body", "url", "landing_access", "language", "publisher",
    "edition", "collection", "access", "own_date", "expected", "event_start", "event_end", "embargo", "publish_at",
    "reference", "isbn", "doi", "licence", "translations", "extra",
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(row=st.dictionaries(st.sampled_from(COLUMNS), TEXTS, max_size=6), checks=st.booleans())
def test_whatever_stands_in_a_row_it_goes_out_or_waits_or_is_named(
    store: Store, tools: Tools, now: datetime, row: dict[str, str], checks: bool
) -> None:
    with store.copy() as copy:
        copy.connection.execute(f"PRAGMA ignore_check_constraints = {'OFF' if checks else 'ON'}")
        values = {"title": "Nonsense"} | row
        names = ", ".join(values)
        with suppress(sqlite3.IntegrityError):
            copy.write(f"INSERT INTO releases ({names}) VALUES ({', '.join('?' * len(values))})", [*values.values()])
        copy.connection.execute("PRAGMA ignore_check_constraints = OFF")
        copy.write("INSERT INTO releases (title) VALUES ('Good')")
        live, faults = make_live(copy, now)
        builder = Builder(tools.links, tools.settings, tools.templates, tools.words())
        for entry in copy.releases.entries([release.pk for release in live]).values():
            builder.pieces(entry)
        assert "Good" in [release.title for release in live]
        assert len([*copy.releases.all()]) >= len(live) + len(faults)
        assert [str(fault) for fault in faults] == [*unusable(copy, now + A_MOMENT), *half_shown_rows(copy)]


def insert(press: CommandLine, column: str, value: str, *, checks: bool = True) -> None:
    row = {"title": "Nonsense"} | {column: value}
    sql = f"INSERT INTO releases ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})"
    another_program(press, sql, *row.values(), checks=checks)


def write_nonsense(press: CommandLine, column: str, value: str | None) -> None:
    another_program(press, f"UPDATE releases SET {column} = ? WHERE pk = 1", value, checks=False)


def another_program(press: CommandLine, sql: str, *values: str | None, checks: bool = True) -> None:
    with sqlite3.connect(press.site / "data" / "catalogue.db") as catalogue:
        catalogue.execute(f"PRAGMA ignore_check_constraints = {'OFF' if checks else 'ON'}")
        catalogue.execute(sql, values)
    catalogue.close()


def entry(press: CommandLine) -> Any:
    """Return the entry of the release that is out."""
    return press.feed("all")["items"][-1]
