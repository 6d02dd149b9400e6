"""`init`: a site is made whole, and one that was begun is finished by the next call."""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path

import pytest

from pressroom.storage.store import Store
from tests.conftest import CommandLine


def files_in(site: Path) -> set[str]:
    return {str(path.relative_to(site)) for path in site.rglob("*") if path.is_file()}


MADE = {"publisher.toml", "data/armed", "data/catalogue.db", "data/secret.key"}


def test_init_makes_a_site_and_leaves_one_that_is_there_alone(run: CommandLine) -> None:
    assert run("init").out.startswith("Made a site")
    assert files_in(run.site) == MADE
    assert {oct(path.stat().st_mode)[-3:] for path in (run.site / "data").iterdir()} == {"600"}
    before = {path: path.read_bytes() for path in run.site.rglob("*") if path.is_file()}
    assert run("init").out.startswith("There already was a site")
    assert {path: path.read_bytes() for path in before} == before


def test_a_catalogue_keeps_readers_and_writers_apart_from_the_beginning(site: Path) -> None:
    catalogue = sqlite3.connect(site / "data" / "catalogue.db")
    assert catalogue.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    catalogue.close()


@pytest.mark.R10
@pytest.mark.parametrize("step", ["write_text", "write_bytes", "atomic"])
def test_an_init_that_failed_half_way_is_finished_by_the_next(
    run: CommandLine, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """A full disk meets the settings, the key and the catalogue in turn."""

    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as full_disk:
        full_disk.setattr(Store if step == "atomic" else Path, step, fail)
        answer = run("init", ok=False)
    assert (answer.code, answer.err) == (1, f"The disk of {run.site} is full; free some space and try again.\n")
    assert files_in(run.site) < MADE
    assert run("init").out.startswith("Made a site")
    assert files_in(run.site) == MADE
    run("subscriber", "add", "ada@example.org", "--confirmed")


def test_a_catalogue_without_its_key_is_never_given_another_one(site: Path, run: CommandLine) -> None:
    (site / "data" / "secret.key").unlink()
    answer = run("init", ok=False)
    assert answer.code == 2
    assert "secret.key is missing; put the one from your backup back" in answer.err


def test_settings_that_were_written_first_are_kept_by_init(run: CommandLine) -> None:
    run.site.mkdir()
    settings = run.site / "publisher.toml"
    settings.write_text('[site]\nname = "Rivers"\n')
    answer = run("publish", ok=False)
    assert (answer.code, "“publisher init”" in answer.err) == (2, True)
    assert run("init").out.startswith("Made a site")
    assert settings.read_text() == '[site]\nname = "Rivers"\n'


@pytest.mark.R12
def test_where_the_catalogue_of_a_site_is_away_its_disk_or_a_backup_is_asked_for(press: CommandLine) -> None:
    press("publish")
    (press.site / "data").rename(press.site / "away")
    answer = press("publish", ok=False)
    assert answer.code == 2
    assert "see that its disk is mounted, else restore a backup (“publisher db restore FILE”)" in answer.err


@pytest.mark.R1
def test_no_new_catalogue_takes_the_place_of_one_that_is_away(press: CommandLine) -> None:
    press("publish")
    data = press.site / "data"
    data.rename(press.site / "away")
    before = files_in(press.site)
    answer = press("init", ok=False)
    assert (answer.code, answer.out) == (4, "")
    assert answer.err.startswith(f"There is no catalogue at {data / 'catalogue.db'}, and {press.site / 'feeds'} holds ")
    assert answer.err.count("\n") == 1
    assert files_in(press.site) == before
    (press.site / "away").rename(data)
    assert press("init").out.startswith("There already was a site")
    assert press("publish").code == 0
