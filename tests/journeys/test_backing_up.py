"""A backup is a whole site or none: what is no catalogue is refused, and nothing half-written stays."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from errno import ENOLCK
from pathlib import Path

import pytest

from pressroom.files import draft_beside
from tests.conftest import CommandLine
from tests.journeys.disks import There, own_mounts
from tests.running import ROOT
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


@pytest.mark.R10
def test_a_backup_that_is_told_to_end_leaves_nothing(press: CommandLine, tmp_path: Path) -> None:
    ended = ended_while_backing_up(press, tmp_path / "x.db", signal.SIGTERM)
    assert (ended.returncode, ended.stderr.strip()) == (130, "Stopped.")
    assert list(tmp_path.iterdir()) == [press.site]


@pytest.mark.R10
def test_what_a_killed_backup_leaves_goes_with_the_next_one_and_what_is_being_made_stays(
    press: CommandLine, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    with draft_beside(folder / "x.db", mode=0o600) as living:
        of_the_living = set(folder.iterdir())
        for _ in range(2):
            assert ended_while_backing_up(press, folder / "x.db", signal.SIGKILL).returncode == -signal.SIGKILL
        (mine := folder / ".mine.draft-lock").touch()
        left = set(folder.iterdir()) - of_the_living - {mine}
        assert {path.name.rpartition(".")[2] for path in left} == {"draft", "draft-journal", "draft-lock"}
        press("db", "backup", str(folder / "y.db"))
        assert living in of_the_living
        assert set(folder.iterdir()) == {*of_the_living, mine, folder / "y.db"}
    assert set(folder.iterdir()) == {mine, folder / "y.db"}


@pytest.mark.R10
def test_on_a_disk_that_knows_no_locks_backups_are_made_and_nothing_is_taken_for_left_behind(
    press: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", refuse)
    with draft_beside(tmp_path / "x.db", mode=0o600) as living:
        press("db", "backup", str(tmp_path / "y.db"))
        assert living.exists()
    assert set(tmp_path.iterdir()) == {press.site, tmp_path / "y.db"}


def ended_while_backing_up(press: CommandLine, file: Path, number: signal.Signals) -> subprocess.CompletedProcess[str]:
    """Let a process that makes a backup get a signal in the middle of its last transaction."""
    program = """if True:
        import os, sys
        from pressroom import commands
        from pressroom.storage import backups
        backups.disarm = lambda copy: (copy.write("CREATE TABLE half (x)"), os.kill(os.getpid(), int(sys.argv[1])))
        sys.exit(commands.run(sys.argv[2:]))"""
    words = [sys.executable, "-c", program, str(int(number)), "-C", str(press.site), "db", "backup", str(file)]
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)


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
