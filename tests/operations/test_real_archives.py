"""A site with archives as it publishes them: nothing to find, until somebody changes a file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from tests.conftest import CommandLine, Press
from tests.publishing.rows import write

MANY = 1_003
"""How many releases the site has: two full archives and a beginning."""


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    fresh("topic", "add", "Rivers")
    fresh("topic", "add", "Streams")
    rows = [
        {
            "title": f"Report {number:04}",
            "published": str(date(2000, 1, 1) + timedelta(days=number)),
            "topics": ["Rivers"] if number < 60 else ["Streams"] if number < 70 else [],
        }
        for number in range(MANY)
    ]
    fresh("import", str(write(fresh.site / "rows.jsonl", rows)), "--announce", "none")
    fresh("publish")
    return fresh


def change(press: CommandLine, path: str, edit: Callable[[str], str]) -> None:
    file = press.site / "feeds" / path
    before = file.read_text(encoding="utf-8")
    assert edit(before) != before
    file.write_text(edit(before), encoding="utf-8")


def found(press: CommandLine, *words: str) -> set[tuple[str, str]]:
    """Return the rules broken, each with the file below the feeds folder."""
    document = press("--json", "validate", *words, ok=False).document
    start = f"{press.site / 'feeds'}/"
    return {(finding["rule"], finding["place"].removeprefix(start)) for finding in document["findings"]}


@pytest.mark.parametrize("form", ["atom", "rss", "json"])
def test_every_release_is_found_by_a_crawl(press: CommandLine, form: str) -> None:
    answer = press("validate", "--crawl", str(press.site / "feeds" / f"all.{form}"))
    assert answer.out.endswith(f"No findings in 4 document(s), {MANY:,} entries.\n")


def test_a_site_in_motion_has_no_finding_after_a_publish(press: CommandLine) -> None:
    press("release", "revise", "report-0003", "--note", "Corrected.")
    press("release", "edit", "report-0700", "--title", "Report 0700, renamed")
    press("release", "edit", "report-0005", "--topic", "")
    press("release", "withdraw", "report-0900", "--reason", "Wrong.")
    press("topic", "merge", "streams", "rivers", "--yes")
    assert {rule for rule, _ in found(press)} >= {"stale-entry"}
    press.wait(minutes=1)
    press("publish", "--feeds-only")
    assert found(press) == set()


@pytest.mark.R1
def test_an_id_that_changes_in_an_archive_is_found_there_and_missed_in_the_feed(press: CommandLine) -> None:
    guid = '<guid isPermaLink="false">'
    change(press, "archive/all/0001.rss", lambda text: text.replace(guid, f"{guid}tag:example.org,2026:x-", 1))
    assert found(press) == {("unknown-id", "archive/all/0001.rss"), ("missing-entry", "all.rss")}


@pytest.mark.parametrize(
    ("path", "old", "new", "expected"),
    [
        ("archive/all/0002.atom", "<fh:archive", "<fh:complete", {"not-an-archive"}),
        ("archive/all/0001.atom", 'rel="next-archive"', 'rel="related"', {"wrong-next-archive"}),
        ("archive/all/0002.rss", 'rel="prev-archive"', 'rel="related"', {"archive-number", "missing-entry"}),
        ("archive/all/0003.rss", "feeds/all.rss", "feeds/all.atom", {"wrong-current"}),
        ("archive/all/0003.json", "archive/all/0002.json", "archive/all/0003.json", {"next-url", "archive-loop"}),
        ("archive/all/0002.json", "archive/all/0001.json", "archive/all/0009.json", {"lost-archive"}),
    ],
)
def test_a_chain_that_is_broken_is_found(press: CommandLine, path: str, old: str, new: str, expected: set[str]) -> None:
    change(press, path, lambda text: text.replace(old, new))
    form = path.rpartition(".")[2]
    rules = {rule for rule, _ in found(press, "--crawl", str(press.site / "feeds" / f"all.{form}"))}
    assert rules >= expected


def test_notes_of_one_rule_are_one_line(press: CommandLine) -> None:
    notes = press.ask("validate")["notes"]
    lines = [line for line in press("validate").out.splitlines() if ": note: " in line]
    assert len(lines) == len({note["rule"] for note in notes}) < len(notes)
    assert any("more like it.)" in line for line in lines)
