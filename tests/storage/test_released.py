"""Every released schema, with rows in all its tables, comes along, also as a backup."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlite_utils import Database

from pressroom.tools import Tools
from tests.conftest import CommandLine
from tests.storage.released import NAMES, make_released, rows_in, schema_of

GONE = {"searchable"}
"""What a later migration has taken away on purpose."""


@pytest.mark.parametrize("newest", NAMES)
def test_a_catalogue_of_each_released_schema_comes_along_whole(site: Path, run: CommandLine, newest: str) -> None:
    path = site / "data" / "catalogue.db"
    fresh = schema_in(path)
    path.unlink()
    held = make_released(path, newest)
    assert [name for name, number in held.items() if not number] == []
    run("db", "check")
    db = Database(path)
    now = rows_in(db)
    db.close()
    assert {name for name, number in held.items() if name not in GONE and now.get(name, 0) < number} == set()
    assert schema_in(path) == fresh
    with Tools.of(site).open_store() as store:
        assert store.subscribers.get("ada@example.org").choice_lines
        assert [one.title for one in store.releases.all()] == ["Bridges", "Floods"]


def schema_in(path: Path) -> dict[str, str]:
    db = Database(path)
    schema = schema_of(db)
    db.close()
    return schema


@pytest.mark.R10
@pytest.mark.parametrize("newest", [NAMES[0], NAMES[-2]])
def test_what_came_along_is_published_as_ever(site: Path, run: CommandLine, newest: str) -> None:
    path = site / "data" / "catalogue.db"
    path.unlink()
    make_released(path, newest)
    run.wait(hours=1)
    run("publish", "--feeds-only")
    assert [item["title"] for item in run.feed("all")["items"]] == ["Bridges", "Floods"]
    run("db", "check")


@pytest.mark.R11
@pytest.mark.parametrize("newest", [NAMES[0], NAMES[7], NAMES[-1]])
def test_a_copy_of_an_earlier_schema_is_restored_and_mails_nothing(
    site: Path, run: CommandLine, tmp_path: Path, newest: str
) -> None:
    make_released(tmp_path / "old.db", newest)
    run("db", "restore", str(tmp_path / "old.db"), "--yes")
    assert run("publish", ok=False).code == 3
    assert run.mails() == []
    run("db", "check")
