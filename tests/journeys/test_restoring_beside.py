"""A restore on a site at which something is amiss: somebody works there, a kill, files that differ (R7, R10, R11)."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pressroom.delivery.owner import an_owner
from pressroom.storage import store as store_of_pressroom
from pressroom.storage.store import Store
from tests.conftest import CommandLine, Press

pytestmark = pytest.mark.R11
ADA = "ada@example.org"


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    """A site with one daily reader, for whom a digest waits since the outbox is in the way, and a backup of it."""
    fresh("subscriber", "add", ADA, "--frequency", "daily", "--confirmed")
    fresh("release", "add", "--title", "Floods")
    fresh.wait(days=1)
    (fresh.site / "data" / "outbox").write_text("in the way")
    assert fresh("publish", ok=False).code == 3
    (fresh.site / "data" / "outbox").unlink()
    fresh("db", "backup", str(fresh.site / "backup.db"))
    fresh.wait(hours=1)
    return fresh


def restore(press: CommandLine, file: Path | None = None) -> tuple[int, str]:
    answer = press("db", "restore", str(file or press.site / "backup.db"), "--yes", ok=False)
    return answer.code, answer.out + answer.err


def catalogue_of(press: CommandLine) -> sqlite3.Connection:
    return sqlite3.connect(press.site / "data" / "catalogue.db", isolation_level=None)


@pytest.mark.R7
def test_while_the_catalogue_is_locked_it_is_not_replaced_and_what_it_knows_is_not_lost(
    press: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_of_pressroom, "BUSY_SECONDS", 0.1)
    press("subscriber", "unsubscribe", ADA)
    with closing(catalogue_of(press)) as other:
        other.execute("BEGIN IMMEDIATE")
        code, said = restore(press)
    assert code == 1
    assert "was not replaced, since what came after the backup cannot be read" in said
    assert "another program keeps it locked" in said
    assert "restored or copied" not in press("health", ok=False).out
    assert restore(press)[0] == 0
    press("db", "arm", "--overdue", "send", "--yes")
    press("publish")
    assert not press.mails(ADA)


def test_while_another_program_reads_it_stays_and_all_of_it_is_there(press: CommandLine) -> None:
    with closing(catalogue_of(press)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM subscribers").fetchone()
        press("subscriber", "unsubscribe", ADA)
        code, said = restore(press)
    assert (code, "Another program works on" in said) == (4, True)
    assert "restored or copied" not in press("health", ok=False).out, "what was not replaced sends on"
    assert press.ask("subscriber", "show", ADA)["state"] == "ended"
    assert restore(press)[0] == 0


def test_while_a_command_sends_also_in_another_container_nothing_is_restored(press: CommandLine) -> None:
    with an_owner(press.site / "data" / "senders"):
        code, said = restore(press)
    assert (code, "A command that sends mail works on" in said) == (4, True)
    press("publish")
    assert press.titles(ADA) == [["Floods"]]


@pytest.mark.R10
def test_after_a_restore_that_was_killed_what_waits_is_sent_once_it_is_armed(
    press: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def be_killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr("pressroom.operations.restoring._swap", be_killed)
        assert restore(press)[0] == 130
    assert press("publish", ok=False).code == 3
    press("db", "arm", "--overdue", "send", "--yes")
    press("publish")
    assert press.titles(ADA) == [["Floods"]]


def test_a_catalogue_that_was_replaced_and_is_put_back_sends_what_waits_in_it(press: CommandLine) -> None:
    assert restore(press)[0] == 0
    (kept,) = (press.site / "data").glob("catalogue-replaced-*.db")
    with Store.open(kept) as store:
        assert [run.state for run in store.runs.all()] == ["open"]


def test_on_a_site_that_was_only_initialised_the_settings_of_the_backup_count(
    press: CommandLine, tmp_path: Path
) -> None:
    settings = press.site / "publisher.toml"
    settings.write_text('[site]\nname = "Rivers"\n')
    press("db", "backup", str(tmp_path / "rivers.db"))
    new = CommandLine(tmp_path / "new", press._capture, press.now)
    new("init")
    code, said = restore(new, tmp_path / "rivers.db")
    assert (code, "Put back from the backup: publisher.toml" in said) == (0, True)
    assert (new.site / "publisher.toml").read_text() == settings.read_text()
    (before,) = new.site.glob("publisher.toml.replaced-*")
    assert "[site]" in before.read_text()


@pytest.mark.R12
def test_what_is_no_file_keeps_no_restore_waiting(press: CommandLine, tmp_path: Path) -> None:
    page = press.site / "templates" / "web" / "message.html"
    page.parent.mkdir(parents=True)
    page.write_text("Ours.")
    press("db", "backup", str(tmp_path / "rivers.db"))
    page.unlink()
    os.mkfifo(page)
    code, said = restore(press, tmp_path / "rivers.db")
    assert (code, "left as they are: templates/web/message.html" in said) == (0, True)
    key = press.site / "data" / "secret.key"
    key.unlink()
    os.mkfifo(key)
    refused = press("db", "restore", str(tmp_path / "rivers.db"), "--yes", ok=False)
    assert refused.code == 1
    assert f"{key} cannot be read: not a file; mend its rights, or move it away" in refused.err
    key.unlink()
    key.symlink_to("nowhere")
    refused = press("db", "restore", str(tmp_path / "rivers.db"), "--yes", ok=False)
    assert f"{key} is a link that leads nowhere; mend it, or delete it" in refused.err


def test_on_a_site_in_use_settings_that_differ_stay_and_are_told(press: CommandLine) -> None:
    settings = press.site / "publisher.toml"
    settings.write_text('[site]\nname = "Rivers"\n')
    press("db", "backup", str(press.site / "rivers.db"))
    settings.write_text('[site]\nname = "Roads"\n')
    assert "left as they are: publisher.toml" in restore(press, press.site / "rivers.db")[1]
    assert "Roads" in settings.read_text()


def test_into_an_empty_folder_what_is_private_is_private_again(press: CommandLine, tmp_path: Path) -> None:
    (press.site / "publisher.toml").write_text('[site]\nname = "Rivers"\n')
    press("db", "backup", str(tmp_path / "rivers.db"))
    new = CommandLine(tmp_path / "new", press._capture, press.now)
    new.site.mkdir()
    assert restore(new, tmp_path / "rivers.db")[0] == 0
    modes = {name: (new.site / name).stat().st_mode & 0o777 for name in ("data", "data/secret.key", "publisher.toml")}
    assert modes == {"data": 0o700, "data/secret.key": 0o600, "publisher.toml": 0o600}
