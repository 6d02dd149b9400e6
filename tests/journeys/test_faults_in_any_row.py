"""Whatever another program writes into a row of releases or of what belongs to them, nothing else waits for it."""

from __future__ import annotations

import re
import sqlite3

import pytest

from pressroom.storage.search import Search
from tests.conftest import CommandLine, Press
from tests.journeys.faults import in_service, said, sentences, until_it_sleeps
from tests.journeys.spoiling import a_site_with_all_that_a_release_may_have, check_all_else_goes_on, writing
from tests.running import eventually, titles

SPOILED = 150
"""So many releases are out from which a program takes its pick."""
TABLES = (
    "releases", "release_authors", "release_topics", "release_files", "release_relations", "release_partners",
    "release_urls", "topics", "series", "announcements", "announcement_topics",
)  # fmt: skip
LONG, HUGE = "z" * 600_000, 2**62
NONSENSE = {"TEXT": (LONG, "a\0b", "9999-12-31T23:59:59Z", None), "INTEGER": (HUGE, -1, None)}
NUMBERS = ("part", "part_count", "size", "pages", "duration")
"""Those that are shown, so that one that nobody can mean is named."""
UNSEEN = (("release_urls", "url"), ("topics", "merged_at"))
"""What nobody is shown: where a release was once, and when a topic that was not merged was merged."""
pytestmark = pytest.mark.R12


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    return a_site_with_all_that_a_release_may_have(fresh, releases=SPOILED, shelves=20)


@pytest.mark.parametrize("checks", [True, False], ids=["checked", "unchecked"])
@pytest.mark.parametrize("table", TABLES)
def test_nonsense_in_any_column_is_named_and_keeps_nothing_back(press: CommandLine, table: str, checks: bool) -> None:
    with writing(press.site, checks=checks) as catalogue:
        done = spoil(catalogue, table)
        catalogue.commit()
    press("release", "add", "--title", "Good", "--topic", "rivers")
    press.wait(days=7)
    spoiled = {key for _, _, key in done}
    whole = [f"Dam {pk - 1}" for pk in range(1, SPOILED + 1) if pk not in spoiled]
    found = check_all_else_goes_on(press, whole, range(0, SPOILED, 3))
    for column, value, key in done:
        if (value == LONG and (table, column) not in UNSEEN) or (value == HUGE and column in NUMBERS):
            assert [one for one in found if names(one, table, column, key)], (column, found)


def spoil(catalogue: sqlite3.Connection, table: str) -> list[tuple[str, object, int]]:
    """Write nonsense into each column, each time in another row; return (column, value, row) of what was taken."""
    done: list[tuple[str, object, int]] = []
    columns = [(row[1], row[2], row[5]) for row in catalogue.execute(f"PRAGMA table_info({table})")]
    key = {"announcement_topics": "announcement", "announcements": "no"}.get(table) or (
        "release" if "release" in [name for name, _, _ in columns] else "pk"
    )
    for name, kind, _ in columns:
        for value in NONSENSE[kind] if name != key else ():
            row = len(done) + 2  # the first is what all readers follow
            try:
                catalogue.execute(f"UPDATE {table} SET {name} = ? WHERE {key} = ?", (value, row))
            except (sqlite3.IntegrityError, OverflowError):
                continue  # the file refuses it
            done.append((name, value, row))
    assert len(done) < SPOILED
    return done


def names(sentence: str, table: str, column: str, key: int) -> bool:
    own = table in ("topics", "series", "announcements")
    place = f"Row {key} of the table {table if own else 'releases'} "
    part = column if own or table == "releases" else f"{table}.{column}"
    return sentence.startswith(place) and re.search(rf"[:;] {part}: ", sentence) is not None


def test_texts_of_megabytes_are_left_out_of_feeds_and_named(press: CommandLine) -> None:
    columns = ("publisher", "edition", "collection", "reference", "licence", "doi", "isbn", "translations")
    before = sum(file.stat().st_size for file in (press.site / "feeds").rglob("*.*"))
    with writing(press.site) as catalogue:
        for column in columns:
            catalogue.execute(f"UPDATE releases SET {column} = hex(zeroblob(1500000)) WHERE pk = 1")
        catalogue.commit()
    (sentence,) = said(press)
    assert sentence.startswith("Row 1 of the table releases is out without a part: ")
    assert sentence.count("is 3,000,000 characters long") == 5
    assert "; and 3 more; mend it there." in sentence
    assert sum(file.stat().st_size for file in (press.site / "feeds").rglob("*.*")) < 1.1 * before


def test_what_nobody_has_thought_of_keeps_its_own_step_back_and_no_other(
    press: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object) -> None:
        raise KeyError("colour")

    press("release", "add", "--title", "Good", "--topic", "rivers")
    press.wait(days=7)
    with monkeypatch.context() as patch:
        patch.setattr(Search, "refresh", refuse)
        assert said(press) == [
            "The search: something unexpected went wrong (KeyError: 'colour'); “publisher -v publish” shows where."
        ]
        assert "in refuse" in Press(press.site, press.now)("-v", "publish", ok=False).err
    assert check_all_else_goes_on(press, ["Floods"], [0]) == []


def test_a_service_logs_where_it_met_what_nobody_has_thought_of(
    press: CommandLine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_: object) -> None:
        raise KeyError("colour")

    monkeypatch.setattr(Search, "refresh", refuse)
    press("release", "add", "--title", "Good")
    with in_service(press) as schedule:
        eventually(lambda: titles(press.site)[0] == "Good")
        until_it_sleeps(schedule)
    (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], KeyError)


def test_a_feed_whose_topic_cannot_be_read_stays_as_it_stood_and_goes_on_when_it_is_mended(press: CommandLine) -> None:
    feeds = {path: path.read_bytes() for path in (press.site / "feeds").glob("topics/topic-0.*")}
    with writing(press.site, checks=False) as catalogue:
        catalogue.execute("UPDATE topics SET slug = 'no slug' WHERE slug = 'topic-0'")
        catalogue.commit()
    assert said(press) == sentences(
        "Another program writes nonsense into the row of a topic, a series or an announcement"
    )
    assert {path: path.read_bytes() for path in (press.site / "feeds").glob("topics/topic-0.*")} == feeds
    with writing(press.site) as catalogue:
        catalogue.execute("UPDATE topics SET slug = 'topic-0' WHERE slug = 'no slug'")
        catalogue.commit()
    assert said(press) == []
    assert {path: path.read_bytes() for path in (press.site / "feeds").glob("topics/topic-0.*")} == feeds
