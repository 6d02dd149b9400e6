"""Whatever another program writes into a row of releases or of what belongs to them, nothing else waits for it."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing

import pytest
from starlette.testclient import TestClient

from pressroom.operations.pulse import Pulse
from pressroom.storage.search import Search
from pressroom.tools import Tools
from pressroom.web.app import make_app
from tests.conftest import CommandLine, Press
from tests.journeys.faults import ADA, in_service, said, sentences, until_it_sleeps
from tests.running import eventually, titles

READERS = {ADA: ["daily"], "bo@example.org": ["daily", "--topic", "rivers"], "cy@example.org": ["weekly"]}
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
    """A site with readers, and with releases that are out and have all that a release may have."""
    (fresh.site / "publisher.toml").write_text(f"[feeds]\nnewest = {SPOILED + 20}\n")
    fresh("topic", "add", "Rivers")
    for address, (frequency, *choice) in READERS.items():
        fresh("subscriber", "add", address, "--frequency", frequency, "--confirmed", *choice)
    rows = fresh.site / "rows.jsonl"
    rows.write_text("".join(json.dumps(a_row(number)) + "\n" for number in range(SPOILED)), encoding="utf-8")
    fresh("import", str(rows), "--announce", "none")
    fresh("release", "add", "--title", "Floods", "--topic", "rivers")
    fresh("publish")
    fresh("release", "revise", "floods", "--note", "A map more.")
    with writing(fresh.site) as catalogue:
        last = catalogue.execute("SELECT max(pk) FROM releases").fetchone()[0]
        for pk in range(1, SPOILED + 1):
            catalogue.execute("INSERT INTO release_relations VALUES (?, 'part-of', ?)", (pk, last))
            catalogue.execute("INSERT INTO announcement_topics VALUES (?, 1)", (pk,))
        catalogue.commit()
    fresh("publish")
    return fresh


def a_row(number: int) -> dict[str, object]:
    extra = {"series": f"Series {number % 20}", "duplicate_url": f"https://example.org/old/{number}", "pages": "3"}
    return {
        "title": f"Dam {number}", "topics": [f"Topic {number % 20}"], "authors": ["Ann Dee"], "partners": ["LOLA"],
        "url": f"https://example.org/{number}", "download_url": f"https://example.org/{number}.pdf", "extra": extra,
    }  # fmt: skip


@pytest.mark.parametrize("checks", [True, False], ids=["checked", "unchecked"])
@pytest.mark.parametrize("table", TABLES)
def test_nonsense_in_any_column_is_named_and_keeps_nothing_back(press: CommandLine, table: str, checks: bool) -> None:
    with writing(press.site, checks=checks) as catalogue:
        done = spoil(catalogue, table)
        catalogue.commit()
    press("release", "add", "--title", "Good", "--topic", "rivers")
    press.wait(days=7)
    spoiled = {key for _, _, key in done}
    found = check_all_else_goes_on(press, [f"Dam {pk - 1}" for pk in range(1, SPOILED + 1) if pk not in spoiled])
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


ONE_ROW = {
    "a kind of relation that there is not": (
        "INSERT INTO release_relations VALUES (1, 'cousin', 2)",
        "Row 1 of the table releases is out without a part: release_relations.kind: “cousin” cannot be read; "
        "mend it there.",
    ),
    "no moment of the newest change": (
        "UPDATE releases SET updated = NULL WHERE title = 'Floods'",
        "Row 151 of the table releases is out without a part: updated: is missing; mend it there.",
    ),
    "no place in time": (
        "UPDATE releases SET sorted_at = NULL WHERE title = 'Floods'",
        "Row 151 of the table releases is out without a part: sorted_at: is missing; mend it there.",
    ),
    "an event that nobody knows": (
        "UPDATE announcements SET change = 'x' WHERE no = 151",
        "Row 151 of the table announcements cannot be used as it is: change: “x” cannot be read; mend it there.",
    ),
    "a correction that nobody knows": (
        "UPDATE announcements SET change = 'x' WHERE no = 152",
        "Row 152 of the table announcements cannot be used as it is: change: “x” cannot be read; mend it there.",
    ),
    "an announcement at the end of all days": (
        "UPDATE announcements SET at = '9999-12-31T23:59:59Z' WHERE no = 152",
        "Row 152 of the table announcements cannot be used as it is: "
        "at: “9999-12-31T23:59:59Z” cannot be read; mend it there.",
    ),
    "a topic that was merged some time": (
        "UPDATE topics SET merged_into = 3, merged_at = 'soon' WHERE pk = 2",
        "Row 2 of the table topics cannot be used as it is: merged_at: “soon” cannot be read; mend it there.",
    ),
    "a topic with a slug that XML forbids": (
        "UPDATE topics SET slug = 'ab' || char(0) || 'x' WHERE pk = 2",
        "Row 2 of the table topics cannot be used as it is: slug: “abx” cannot be read; mend it there.",
    ),
    "a series with a slug that XML forbids": (
        "UPDATE series SET slug = 'ab' || char(0) || 'x' WHERE pk = 2",
        "Row 2 of the table series cannot be used as it is: slug: “abx” cannot be read; mend it there.",
    ),
    "a new release with a language that XML forbids": (
        "INSERT INTO releases (title, language) VALUES ('NUL', 'en' || char(0) || 'x')",
        "Row 152 of the table releases cannot go out: language: “enx” cannot be read; "
        "mend it there, or make it a draft.",
    ),
    "the name of an author that never ends": (
        "UPDATE release_authors SET name = hex(zeroblob(1000000)) WHERE release = 1",
        "Row 1 of the table releases is out without a part: release_authors.name: is 2,000,000 characters long; "
        "mend it there.",
    ),
    "a partner that never ends": (
        "UPDATE release_partners SET name = hex(zeroblob(1000000)) WHERE release = 1",
        "Row 1 of the table releases is out without a part: release_partners.name: is 2,000,000 characters long; "
        "mend it there.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", ONE_ROW)
def test_one_row_of_nonsense_stops_nothing_and_is_named(press: CommandLine, fault: str) -> None:
    sql, sentence = ONE_ROW[fault]
    with writing(press.site, checks=False) as catalogue:
        catalogue.execute(sql)
        catalogue.commit()
    press("release", "add", "--title", "Good", "--topic", "rivers")
    press.wait(days=7)
    assert check_all_else_goes_on(press, ["Dam 5", "Dam 149", "Floods"]) == [sentence]
    assert "No findings" in press("validate").out


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
    assert check_all_else_goes_on(press, ["Floods"]) == []


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


def check_all_else_goes_on(press: CommandLine, whole: list[str]) -> list[str]:
    """Publish, and return what is said; raise where feeds, mails or pages lack anything but what was spoiled."""
    found = said(press)
    assert {"Good", *whole} <= set(titles(press.site))
    for address in READERS:
        assert [title for mail in press.titles(address) for title in mail].count("Good") == 1
    tools = Tools.of(press.site)
    with TestClient(make_app(tools, lambda: press.now, pulse=Pulse()), client=("127.0.0.1", 5)) as visitor:
        for path in ("/", "/releases/", "/releases/?q=good", "/releases/good", "/topics/rivers", "/feeds/", "/issues/"):
            assert visitor.get(path).status_code == 200, path
        assert "pressroom_catalogue_readable 1.0" in visitor.get("/metrics").text
        for pk in range(1, SPOILED + 1, 3 if len(whole) > 3 else SPOILED):
            assert visitor.get(f"/releases/dam-{pk - 1}", follow_redirects=True).status_code == 200, pk
    return found


def writing(site: object, *, checks: bool = True) -> closing[sqlite3.Connection]:
    catalogue = sqlite3.connect(f"{site}/data/catalogue.db")
    catalogue.execute(f"PRAGMA ignore_check_constraints = {'OFF' if checks else 'ON'}")
    return closing(catalogue)
