"""A backup is made in the middle of anything, and restored without anybody being mailed twice or against their will."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from pressroom.locks import locked
from pressroom.models.runs import DeliveryState
from pressroom.storage import Store
from pressroom.storage.backups import write_backup
from pressroom.tools import Tools
from tests.conftest import CommandLine, Press
from tests.delivery.killing import Dump
from tests.journeys.restores import READERS, a_site_with_daily_readers, add, back_up, replaced, restore
from tests.storage.released import take_back_arming

AFTER_SO_MANY = 3


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    return a_site_with_daily_readers(fresh)


class BackingUp(Dump):
    """A mail server beside which a backup is made once it has taken some messages, while the next are on their way."""

    def __init__(self, site: Path, file: Path) -> None:
        super().__init__()
        self._site, self._file = site, file

    def take(self, recipient: str, message: bytes) -> None:
        super().take(recipient, message)
        if self.number == AFTER_SO_MANY:
            tools = Tools.of(self._site)
            write_backup(tools.catalogue, self._file, tools.files_to_keep())


@pytest.fixture
def backed_up_while_sending(press: CommandLine) -> Iterator[tuple[Dump, Path]]:
    """The server after a digest went out, and a backup that was made in the middle of that."""
    file = press.site.parent / "backup.db"
    with BackingUp(press.site, file) as server:
        (press.site / "publisher.toml").write_text(
            f'[smtp]\nhost = "127.0.0.1"\nport = {server.port}\nsecurity = "none"\nconnections = 1\n'
        )
        press("publish")
        assert set(server.taken) == set(READERS)
        yield server, file
        server.shutdown()


def states(press: CommandLine) -> dict[str, DeliveryState]:
    with Tools.of(press.site).open_store() as store:
        names = {person.pk: person.address for person in store.subscribers.all()}
        run = store.runs.all()[-1].pk
        return {names[one.subscriber]: one.state for one in store.deliveries.of_run(run) if one.subscriber}


@pytest.mark.R6
@pytest.mark.R11
def test_after_a_restore_nobody_gets_twice_what_was_sent_before_or_after_the_backup(
    press: CommandLine, backed_up_while_sending: tuple[Dump, Path]
) -> None:
    server, file = backed_up_while_sending
    with Store(file) as backup:
        marked = {row[0] for row in backup.rows("""SELECT address FROM deliveries JOIN subscribers
            ON subscribers.pk = subscriber WHERE run = 2 AND deliveries.state = 'sent'""")}  # fmt: skip
    assert 0 < len(marked) < AFTER_SO_MANY + 1
    assert f"{len(READERS) - len(marked)} message(s) that have ended" in restore(press, file)
    assert press("publish", ok=False).code == 3
    press("db", "arm", "--overdue", "send", "--yes")
    press("publish")
    press.wait(hours=1)
    press("publish")
    assert set(server.taken.values()) == {1}
    expected = {one: DeliveryState.SENT if one in marked else DeliveryState.UNKNOWN for one in READERS}
    assert states(press) == expected
    press("db", "check")


@pytest.mark.R6
@pytest.mark.R11
def test_without_the_replaced_catalogue_what_had_not_ended_is_skipped_by_choice(
    press: CommandLine, backed_up_while_sending: tuple[Dump, Path]
) -> None:
    server, file = backed_up_while_sending
    for path in (press.site / "data").glob("catalogue.db*"):
        path.unlink()
    restore(press, file)
    assert "message(s) wait" in press("db", "arm", "--yes", ok=False).err
    press("db", "arm", "--overdue", "skip", "--yes")
    press("publish")
    assert set(server.taken.values()) == {1}
    assert set(states(press).values()) == {DeliveryState.SENT, DeliveryState.UNKNOWN}
    press("db", "check")


def test_a_backup_is_a_whole_site_in_one_private_file(press: CommandLine, tmp_path: Path) -> None:
    press("dkim", "generate", "s1")
    (press.site / "publisher.toml").write_text('[site]\nname = "The Rivers"\n')
    press("publish")
    (press.site / "templates" / "email").mkdir(parents=True)
    (press.site / "templates" / "email" / "note.txt").write_text("ours")
    file = back_up(press)
    assert file.stat().st_mode & 0o777 == 0o600
    assert not [path for path in file.parent.iterdir() if path.name.startswith((".backup", "backup.db-"))]
    elsewhere = CommandLine(tmp_path / "elsewhere", press._capture, press.now)
    assert "No mail leaves until" in restore(elsewhere, file)
    for name in ("publisher.toml", "templates/email/note.txt", "data/secret.key", "data/dkim/s1.pem"):
        assert (elsewhere.site / name).read_bytes() == (press.site / name).read_bytes(), name
    assert (elsewhere.site / "data" / "secret.key").stat().st_mode & 0o777 == 0o600
    assert (elsewhere.site / "data" / "catalogue.db").stat().st_mode & 0o777 == 0o600
    assert elsewhere("publish", ok=False).code == 3
    assert (elsewhere.site / "feeds" / "all.atom").read_bytes() == (press.site / "feeds" / "all.atom").read_bytes()
    elsewhere("db", "check")


def test_where_there_was_no_catalogue_nothing_is_said_to_be_replaced(press: CommandLine, tmp_path: Path) -> None:
    file = back_up(press)
    elsewhere = CommandLine(tmp_path / "elsewhere", press._capture, press.now)
    assert "replaced" not in restore(elsewhere, file)
    assert not list((elsewhere.site / "data").glob("catalogue-*"))


def test_feeds_of_after_the_backup_are_written_anew(press: CommandLine) -> None:
    press("publish")
    atom = press.site / "feeds" / "all.atom"
    before = atom.read_bytes()
    file = back_up(press)
    press("release", "edit", "bridges", "--title", "Brigdes")  # as long as it was
    press("publish")
    assert atom.read_bytes() != before
    restore(press, file)
    press("publish", ok=False)
    assert atom.read_bytes() == before


def test_the_catalogue_that_is_replaced_is_kept_and_sends_nothing(press: CommandLine) -> None:
    file = back_up(press)
    add(press, "Lost")
    restore(press, file)
    with Store.open(replaced(press)) as store:
        assert "Lost" in {one.title for one in store.releases.all()}
        assert store.armed_as == (None, None)


@pytest.mark.R10
def test_a_restore_that_is_killed_leaves_the_catalogue_quiet_and_is_done_again(
    press: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = back_up(press)
    add(press, "Lost")

    def be_killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr("pressroom.operations.restoring._swap", be_killed)
        assert press("db", "restore", str(file), "--yes", ok=False).code == 130
    assert "Lost" in {one["title"] for one in press.ask("release", "list")}
    assert press("publish", ok=False).code == 3
    restore(press, file)
    assert "Lost" not in {one["title"] for one in press.ask("release", "list")}
    assert len(list((press.site / "data").glob("catalogue-replaced-*.db"))) == 1
    press("db", "check")


@pytest.mark.R12
def test_a_backup_that_would_write_elsewhere_is_refused(press: CommandLine) -> None:
    for number, name in enumerate(("../outside", "/tmp/outside", "data/armed", "templates/../../outside")):
        file = back_up(press, f"{number}.db")
        with sqlite3.connect(file) as changed:
            changed.execute("INSERT INTO kept_files (path, content) VALUES (?, x'00')", (name,))
        changed.close()
        answer = press("db", "restore", str(file), "--yes", ok=False)
        assert (answer.code, "is no file of a site" in answer.err) == (1, True), name
    assert not (press.site.parent / "outside").exists()


@pytest.mark.parametrize("change", ["content = 'text'", "path = x'ff'"])
def test_a_backup_whose_files_another_program_has_changed_is_refused(press: CommandLine, change: str) -> None:
    backup = back_up(press, "changed.db")
    with sqlite3.connect(backup) as changed:
        changed.execute(f"UPDATE kept_files SET {change} WHERE path = 'data/secret.key'")
    changed.close()
    before = press.ask("release", "list")
    answer = press("db", "restore", str(backup), "--yes", ok=False)
    assert "keeps files that another program has changed" in answer.err
    assert press.ask("release", "list") == before


def test_a_damaged_catalogue_is_replaced_and_it_is_said_that_stops_may_be_lost(press: CommandLine) -> None:
    file = back_up(press)
    catalogue = press.site / "data" / "catalogue.db"
    catalogue.write_bytes(b"no database" * 1000)
    said = restore(press, file)
    assert "is not known: The catalogue" in said
    assert replaced(press).read_bytes().startswith(b"no database")
    press("db", "check")


def test_a_backup_of_another_site_brings_its_key_and_takes_nothing_over(
    press: CommandLine, bare: Press, tmp_path: Path
) -> None:
    file = back_up(press)
    other = CommandLine(tmp_path / "other", press._capture, press.now)
    other("init")
    key = (other.site / "data" / "secret.key").read_bytes()
    assert "another site's" in restore(other, file)
    (kept,) = (other.site / "data").glob("secret-replaced-*.key")
    assert kept.read_bytes() == key
    assert (other.site / "data" / "secret.key").read_bytes() == (press.site / "data" / "secret.key").read_bytes()
    assert len(other.ask("subscriber", "list")) == len(READERS)


def test_a_backup_of_an_earlier_schema_comes_along(press: CommandLine) -> None:
    file = back_up(press)
    with sqlite3.connect(file) as old:
        take_back_arming(old)
    old.close()
    restore(press, file)
    assert press("publish", ok=False).code == 3
    press("db", "check")


@pytest.mark.R12
def test_what_cannot_be_backed_up_or_restored_is_said_and_changes_nothing(press: CommandLine, tmp_path: Path) -> None:
    file = back_up(press)
    catalogue = press.site / "data" / "catalogue.db"
    before = catalogue.read_bytes()
    (tmp_path / "text").write_text("no database at all, but long enough to be looked at" * 100)
    sqlite3.connect(tmp_path / "empty.db").close()
    damaged = tmp_path / "damaged.db"
    content = bytearray(file.read_bytes())
    content[8192:20480] = bytes(12288)
    damaged.write_bytes(content)
    newer = back_up(press, "newer.db")
    with sqlite3.connect(newer) as future:
        future.execute("INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('pressroom', '9', '')")
    future.close()
    a_backup = "name a file that “publisher db backup” has made"
    for words, remedy in (
        (("db", "backup", str(file)), "is there already; name another file"),
        (("db", "backup", str(tmp_path / "nowhere" / "x.db")), "its folder is not there; make that"),
        (("db", "backup", f"{catalogue}-journal"), "SQLite names what it puts beside a file; name another file"),
        (("db", "restore", str(tmp_path / "nothing.db"), "--yes"), f"nothing.db is not there; {a_backup}"),
        (("db", "restore", str(tmp_path / "text"), "--yes"), "it is no SQLite file; if it is encrypted or compressed"),
        (("db", "restore", str(tmp_path / "empty.db"), "--yes"), f"is empty, or another program's; {a_backup}"),
        (("db", "restore", str(damaged), "--yes"), "take an older backup, and check the disk"),
        (("db", "restore", str(newer), "--yes"), "made by a newer Pressroom (migration “9”); install that"),
        (("db", "restore", str(file)), "give --yes"),
    ):
        answer = press(*words, ok=False)
        assert answer.code in (1, 2, 4), words
        assert remedy in answer.err, words
    assert catalogue.read_bytes() == before
    assert not list((press.site / "data").glob("catalogue-*"))
    assert not list((press.site / "data").glob(".catalogue*"))
    press("publish")


def test_a_site_that_is_served_is_not_restored(press: CommandLine) -> None:
    file = back_up(press)
    with locked(press.site / "data" / "schedule.lock"):
        answer = press("db", "restore", str(file), "--yes", ok=False)
    assert answer.code == 4
    assert "“publisher serve” works on" in answer.err
