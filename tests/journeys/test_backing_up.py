"""A backup is a whole site or none: what is no catalogue is refused, and nothing half-written stays."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.conftest import CommandLine
from tests.storage.released import take_back_arming


@pytest.mark.R12
@pytest.mark.parametrize("content", ["", "CREATE TABLE x (y)", "DELETE FROM catalogue"])
def test_a_catalogue_that_was_emptied_or_is_another_programs_makes_no_backup(
    press: CommandLine, tmp_path: Path, content: str
) -> None:
    path = press.site / "data" / "catalogue.db"
    if not content.startswith("DELETE"):
        path.write_bytes(b"")
    with sqlite3.connect(path) as catalogue:
        catalogue.execute(content)
    catalogue.close()
    answer = press("db", "backup", str(tmp_path / "x.db"), ok=False)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(f"The catalogue {path} is empty (or is another program's); restore the newest backup")
    assert list(tmp_path.iterdir()) == [press.site]


def test_a_catalogue_of_another_schema_is_backed_up_as_it_is(press: CommandLine, tmp_path: Path) -> None:
    path = press.site / "data" / "catalogue.db"
    with sqlite3.connect(path) as catalogue:
        take_back_arming(catalogue)
    press("db", "backup", str(tmp_path / "older.db"))
    with catalogue:
        catalogue.execute("INSERT INTO _sqlite_migrations (migration_set, name) VALUES ('pressroom', '9999_tides')")
    press("db", "backup", str(tmp_path / "newer.db"))
    assert "9999_tides" not in migrations_in(tmp_path / "older.db")
    assert migrations_in(tmp_path / "newer.db") == migrations_in(path)
    catalogue.close()


def migrations_in(path: Path) -> list[str]:
    catalogue = sqlite3.connect(path)
    names = [row[0] for row in catalogue.execute("SELECT name FROM _sqlite_migrations ORDER BY id")]
    catalogue.close()
    return names
