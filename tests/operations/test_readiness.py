"""Whether a service can answer readers: what keeps it from that, and what does not."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from pressroom.operations.pulse import WATCH_LATE, Pulse
from pressroom.operations.readiness import hindrances
from pressroom.tools import Tools
from tests.conftest import CommandLine


@pytest.fixture
def tools(press: CommandLine) -> Tools:
    """A site that has published."""
    press("release", "add", "--title", "Floods")
    press("publish")
    return Tools.of(press.site)


@pytest.fixture
def another_program(tools: Tools) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(tools.catalogue, isolation_level=None)
    yield connection
    connection.close()


def found(tools: Tools) -> list[str]:
    return hindrances(tools, Pulse())


def test_a_site_that_has_published_is_ready(tools: Tools) -> None:
    assert found(tools) == []


def test_looking_writes_nothing(tools: Tools) -> None:
    def files() -> dict[Path, tuple[int, int]]:
        every = [path for path in tools.site.rglob("*") if path.is_file() and not path.name.endswith("-shm")]
        return {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in every}

    with tools.open_store():  # else SQLite takes its files away with the last who closes the catalogue
        before = files()
        assert found(tools) == []
        assert files() == before


def test_a_site_that_was_never_published_is_not_ready(press: CommandLine) -> None:
    path = press.site / "feeds" / "all.atom"
    assert found(Tools.of(press.site)) == [f"{path} is not there; the next publish writes it."]
    shutil.rmtree(press.site / "feeds", ignore_errors=True)
    (press.site / "feeds").symlink_to(press.site / "elsewhere")
    lost = f"{press.site / 'feeds'} is a link that leads nowhere; mend it, or delete it."
    assert found(Tools.of(press.site)) == [lost]


@pytest.mark.R12
def test_feeds_that_cannot_be_read_are_named(tools: Tools) -> None:
    path = tools.site / "feeds" / "all.atom"
    path.unlink()
    path.mkdir()
    assert found(tools) == [f"{path} cannot be read: is a directory; mend its rights, or the disk."]


@pytest.mark.R12
def test_a_catalogue_that_is_away_or_damaged_is_named(tools: Tools) -> None:
    away = tools.catalogue.rename(tools.catalogue.with_name("away.db"))
    (sentence,) = found(tools)
    assert sentence.startswith(f"There is no catalogue at {tools.catalogue}")
    away.rename(tools.catalogue)
    assert found(tools) == []
    tools.catalogue.write_bytes(b"nothing of the kind" * 1000)
    (sentence,) = found(tools)
    assert "restore the newest backup" in sentence


def test_a_catalogue_of_a_newer_program_is_named(tools: Tools, another_program: sqlite3.Connection) -> None:
    another_program.execute("UPDATE _sqlite_migrations SET name = '9999_later' WHERE name LIKE '0014%'")
    (sentence,) = found(tools)
    assert "newer" in sentence


def test_who_writes_to_the_catalogue_keeps_nobody_from_reading(
    tools: Tools, another_program: sqlite3.Connection
) -> None:
    another_program.execute("BEGIN EXCLUSIVE")
    assert found(tools) == []


def test_who_has_the_catalogue_to_itself_is_named(tools: Tools, another_program: sqlite3.Connection) -> None:
    another_program.execute("PRAGMA locking_mode = EXCLUSIVE")
    another_program.execute("BEGIN EXCLUSIVE")
    another_program.execute("UPDATE releases SET title = 'Bridges'")
    (sentence,) = found(tools)
    assert "another program keeps it locked" in sentence


def test_mail_and_hubs_that_are_away_take_no_site_down(press: CommandLine, tools: Tools) -> None:
    (press.site / "publisher.toml").write_text(
        '[smtp]\nhost = "127.0.0.1"\nport = 1\nsecurity = "none"\n[feeds]\nhubs = ["http://127.0.0.1:1/hub"]\n'
    )
    press("subscriber", "add", "ada@example.org", "--confirmed")
    press("publish", ok=False)
    press.wait(hours=2)
    assert press("health", ok=False).code == 1
    assert found(Tools.of(press.site)) == []


@pytest.mark.R11
def test_a_copy_is_ready_though_it_mails_nothing(tools: Tools) -> None:
    (tools.data / "armed").unlink()
    assert found(tools) == []


def test_a_service_whose_work_has_stopped_is_not_ready(tools: Tools) -> None:
    seconds = [0.0]
    pulse = Pulse(clock=lambda: seconds[0])
    pulse.watch()
    seconds[0] = WATCH_LATE + 1
    assert hindrances(tools, pulse) == pulse.faults() != []
