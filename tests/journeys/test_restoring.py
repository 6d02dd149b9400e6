"""A backup is made in the middle of anything, and restored without anybody being mailed twice or against their will."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pressroom.locks import locked
from pressroom.models.runs import DeliveryState
from pressroom.storage import Store
from pressroom.storage.backups import write_backup
from pressroom.tools import Tools
from tests.conftest import CommandLine, Press
from tests.delivery.killing import Dump
from tests.storage.released import take_back_arming

READERS = [f"r{number}@example.org" for number in range(6)]
ADA, BEN, CEM, DOT, EVA, FAY = READERS
AFTER_SO_MANY = 3


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    """A site with six daily readers of two topics, who have had a digest, and for whom the next is due."""
    for name in ("Rivers", "Roads"):
        fresh("topic", "add", name)
    for address in READERS:
        fresh("subscriber", "add", address, "--topic", "rivers=daily", "--topic", "roads=daily", "--confirmed")
    add(fresh, "Floods")
    fresh.wait(days=1)
    fresh("publish")
    add(fresh, "Bridges")
    fresh.wait(days=1)
    return fresh


def add(press: CommandLine, title: str, topic: str = "rivers") -> None:
    press("release", "add", "--title", title, "--topic", topic)


def back_up(press: CommandLine, name: str = "backup.db") -> Path:
    file = press.site.parent / name
    press("db", "backup", str(file))
    return file


def restore(press: CommandLine, file: Path) -> str:
    answer = press("db", "restore", str(file), "--yes")
    return answer.out + answer.err


def sent_by_next_publish(press: CommandLine) -> dict[str, list[str]]:
    """Return the titles that each reader gets by arming the site and publishing."""
    before = {address: len(press.mails(address)) for address in READERS}
    press("db", "arm", "--overdue", "send", "--yes")
    press("publish")
    new = {address: press.titles(address)[before[address] :] for address in READERS}
    assert all(len(mails) <= 1 for mails in new.values())
    return {address: mails[0] for address, mails in new.items() if mails}


def entry_of(press: CommandLine, title: str) -> Any:
    (entry,) = (item for item in press.feed("all")["items"] if item["title"] == title)
    return entry


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


@pytest.mark.R4
@pytest.mark.R11
def test_what_a_later_run_has_told_is_not_told_again_and_what_is_new_is(press: CommandLine) -> None:
    file = back_up(press)
    press("publish")
    entry = entry_of(press, "Bridges")
    press.wait(days=1)
    add(press, "Lost")
    press("publish")
    said = restore(press, file)
    assert "2 later digest run(s)" in said
    add(press, "Maps")
    press.wait(days=1)
    assert sent_by_next_publish(press) == {address: ["Maps"] for address in READERS}
    assert entry_of(press, "Bridges") == entry  # it was scheduled in the backup, and went out since
    assert [run["counts"]["unknown"] for run in press.ask("digest", "list")] == [0, len(READERS), len(READERS), 0]
    press("db", "check")


@pytest.mark.R4
def test_what_a_later_run_had_not_sent_yet_is_sent_once(press: CommandLine) -> None:
    file = back_up(press)
    outbox = press.site / "data" / "outbox"
    aside = outbox.rename(outbox.with_name("aside"))
    outbox.write_text("in the way")
    assert press("publish", ok=False).code == 3
    outbox.unlink()
    aside.rename(outbox)
    restore(press, file)
    add(press, "Maps")
    press.wait(days=1)
    assert sent_by_next_publish(press) == {address: ["Bridges", "Maps"] for address in READERS}
    press.wait(days=1)
    assert press.ask("publish")["digests"] == []


def test_a_letter_that_was_sent_after_the_backup_is_not_sent_again(press: CommandLine) -> None:
    press("subscriber", "add", "new@example.org")
    file = back_up(press)
    press("publish")
    assert len(press.mails("new@example.org")) == 1
    restore(press, file)
    press("db", "arm", "--overdue", "send", "--yes")
    press("publish")
    assert len(press.mails("new@example.org")) == 1


@pytest.mark.R7
def test_who_has_stopped_since_the_backup_is_not_mailed_after_a_restore(press: CommandLine, tmp_path: Path) -> None:
    file = back_up(press)
    press("subscriber", "unsubscribe", ADA)
    press("subscriber", "forget", BEN, "--yes")
    (tmp_path / "never.csv").write_text(f"address\n{CEM}\n")
    press("subscriber", "import", str(tmp_path / "never.csv"), "--suppressed")
    press("subscriber", "set", DOT, "--drop", "rivers")
    press("subscriber", "pause", EVA)
    assert "5 subscriber(s) who have left or changed" in restore(press, file)
    assert sent_by_next_publish(press) == {FAY: ["Bridges"]}
    add(press, "Lanes", "roads")
    press.wait(days=1)
    before = len(press.mails())
    press("publish")
    assert {str(mail["To"]) for mail in press.mails()[before:]} == {DOT, FAY}
    assert press("subscriber", "add", BEN, ok=False).code == 4
    people = {one["address"]: one["state"] for one in press.ask("subscriber", "list")}
    assert people == {ADA: "ended", CEM: "suppressed", DOT: "active", EVA: "active", FAY: "active"}
    press("db", "check")


@pytest.mark.R7
def test_who_has_moved_or_left_and_not_come_back_is_not_mailed_at_the_old_address(press: CommandLine) -> None:
    file = back_up(press)
    with Tools.of(press.site).open_store() as store:
        store.subscribers.set_address(store.subscribers.get(ADA).pk, "ada@example.net")
    press("subscriber", "unsubscribe", BEN)
    press("subscriber", "add", BEN)  # and nobody confirms it
    assert "2 subscriber(s)" in restore(press, file)
    assert set(sent_by_next_publish(press)) == {CEM, DOT, EVA, FAY}
    assert len(press.mails("ada@example.net")) == 1


@pytest.mark.R7
def test_an_unsubscribe_that_waits_beside_the_catalogue_counts_in_the_restored_one(press: CommandLine) -> None:
    file = back_up(press)
    tools = Tools.of(press.site)
    with tools.open_store() as store:
        token = store.subscribers.get(ADA).unsubscribe_token
    stops = press.site / "data" / "stops"
    stops.mkdir()
    (stops / "20260128T090000Z-0").write_text(f"{token} all 2026-01-28T09:00:00Z button\n")
    restore(press, file)
    assert ADA not in sent_by_next_publish(press)


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
    (kept,) = (press.site / "data").glob("catalogue-replaced-*.db")
    with Store.open(kept) as store:
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


def test_a_damaged_catalogue_is_replaced_and_it_is_said_that_stops_may_be_lost(press: CommandLine) -> None:
    file = back_up(press)
    catalogue = press.site / "data" / "catalogue.db"
    catalogue.write_bytes(b"no database" * 1000)
    said = restore(press, file)
    assert "is not known: The catalogue" in said
    (kept,) = (press.site / "data").glob("catalogue-replaced-*.db")
    assert kept.read_bytes().startswith(b"no database")
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


def test_a_newer_backup_over_an_older_catalogue_erases_nobody(press: CommandLine) -> None:
    older = back_up(press, "older.db")
    press("subscriber", "add", "new@example.org", "--confirmed")
    press("publish")
    newer = back_up(press, "newer.db")
    restore(press, older)
    restore(press, newer)
    assert len(press.ask("subscriber", "list")) == len(READERS) + 1
    press("db", "check")


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
