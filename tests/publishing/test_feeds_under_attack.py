"""Feeds while other programs write, files are exchanged and publishes are cut short."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from pressroom.publishing.feed_plans import Plans
from tests.conftest import CommandLine, Press
from tests.publishing.test_feeds import add, files_of


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    fresh("topic", "add", "Rivers")
    fresh("topic", "add", "Roads")
    return fresh


def another_program(press: CommandLine, *statements: str, pragmas: str = "") -> None:
    """Let another program write, with settings of SQLite of its own."""
    with sqlite3.connect(press.site / "data" / "catalogue.db") as catalogue:
        catalogue.executescript(pragmas)
        for statement in statements:
            catalogue.execute(statement)
    catalogue.close()


def version_of(press: CommandLine, slug: str) -> int:
    with sqlite3.connect(press.site / "data" / "catalogue.db") as catalogue:
        found = catalogue.execute("SELECT version FROM releases WHERE slug = ?", (slug,)).fetchone()
    catalogue.close()
    return int(found[0])


def titles(press: CommandLine, feed: str = "all") -> list[str]:
    return [item["title"] for item in press.feed(feed)["items"]]


def check_a_rebuild_is_the_same(press: CommandLine) -> None:
    grown = files_of(press)
    shutil.rmtree(press.site / "feeds")
    press("publish")
    assert files_of(press) == grown


@pytest.mark.R3
def test_a_release_edited_while_feeds_are_planned_is_not_taken_for_published(
    press: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(press, "Floods")
    press("publish")
    add(press, "Bridges")
    planned = Plans.stale

    def edit_meanwhile(plans: Plans, changed: Any) -> Any:
        another_program(press, "UPDATE releases SET title = 'Floods, edited' WHERE title = 'Floods'")
        return planned(plans, changed)

    with monkeypatch.context() as patched:
        patched.setattr(Plans, "stale", edit_meanwhile)
        press("publish")
    press("publish")
    assert titles(press) == ["Bridges", "Floods, edited"]


@pytest.mark.R10
@pytest.mark.parametrize("name", ["all.json", "all.json.gz", "all.json.br"])
def test_a_file_that_is_not_the_one_that_was_noted_is_written_again(press: CommandLine, name: str) -> None:
    """Whether a killed publish left it, another catalogue made it, or somebody wrote it; its length tells nothing."""
    add(press, "Floods")
    press("publish")
    whole = files_of(press)
    path = press.site / "feeds" / name
    path.write_bytes(path.read_bytes()[::-1])
    press("publish")
    assert files_of(press) == whole


@pytest.mark.R3
def test_a_catalogue_that_is_restored_publishes_what_it_holds(press: CommandLine, tmp_path: Path) -> None:
    add(press, "Report A", "--topic", "rivers")
    press("publish")
    then = files_of(press)
    saved = shutil.copy(press.site / "data" / "catalogue.db", tmp_path)
    press.wait(days=1)
    press("release", "edit", "report-a", "--title", "Report B")
    press("publish")
    for beside in (press.site / "data").glob("catalogue.db-*"):
        beside.unlink()
    shutil.copy(saved, press.site / "data" / "catalogue.db")
    press("publish")
    assert files_of(press) == then


def merged(slug: str, successor: str) -> str:
    return f"""UPDATE topics SET merged_into = (SELECT pk FROM topics WHERE slug = '{successor}'),
        merged_at = '2026-01-26T10:00:00Z' WHERE slug = '{slug}'"""
