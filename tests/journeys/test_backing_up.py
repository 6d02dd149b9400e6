"""A backup is a whole site or none: what is no catalogue is refused, and nothing half-written stays."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.conftest import CommandLine
from tests.journeys.disks import There, own_mounts
from tests.storage.released import take_back_arming
from tests.test_output import no_file_longer_than


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


@pytest.mark.R12
def test_where_a_backup_cannot_be_written_it_is_named_and_not_the_catalogue(press: CommandLine, tmp_path: Path) -> None:
    path, file = press.site / "data" / "catalogue.db", tmp_path / "x.db"
    remedy = "see to its name, rights and space, then try again.\n"
    long = tmp_path / ("x" * 300)
    assert press("db", "backup", str(long), ok=False).err == f"{long} cannot be written: file name too long; {remedy}"
    with no_file_longer_than(path.stat().st_size // 2):
        assert press("db", "backup", str(file), ok=False).err == f"{file} cannot be written: the disk refuses; {remedy}"
        answer = press("db", "restore", str(path), "--yes", ok=False)
        assert answer.err == f"{path.parent} cannot be written: the disk refuses; {remedy}"
    with own_mounts() as mounts:
        there = There(mounts, press)
        (tmp_path / "small").mkdir()
        mounts.small_disk(tmp_path / "small", path.stat().st_size // 2048)
        file = tmp_path / "small" / "x.db"
        assert there("db", "backup", str(file), ok=False).err == f"{file} cannot be written: the disk is full; {remedy}"
        mounts.make_read_only(tmp_path / "small")
        said = there("db", "backup", str(file), ok=False).err
        assert said == f"{file} cannot be written: read-only file system; {remedy}"
        assert list((mounts.root / file.relative_to("/")).parent.iterdir()) == []
    press("publish")


@pytest.mark.R12
def test_of_a_catalogue_that_is_locked_or_damaged_a_backup_names_the_catalogue(
    press: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, file = press.site / "data" / "catalogue.db", tmp_path / "x.db"
    monkeypatch.setattr("pressroom.storage.store.BUSY_SECONDS", 0.01)
    other = sqlite3.connect(path)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    said = press("db", "backup", str(file), ok=False).err
    assert said.startswith(f"The catalogue {path} cannot be used: another program keeps it locked;")
    other.close()
    content = bytearray(path.read_bytes())
    content[8192:20480] = bytes(12288)
    path.write_bytes(content)
    said = press("db", "backup", str(file), ok=False).err
    assert said.startswith(f"The catalogue {path} cannot be used: it is damaged")
    assert said.endswith("; restore the newest backup.\n")
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
