"""`publisher health`: one sentence for each thing that is wrong, and none where all is well."""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from pressroom.models.feeds import FeedDocument
from pressroom.models.pace import Pace
from pressroom.output import Output
from pressroom.publishing import feeds as publishing_feeds
from pressroom.publishing.digests import open_due_run
from pressroom.storage import Store
from pressroom.storage.pace import KeptPace
from pressroom.storage.shelves import Shelves
from pressroom.tools import Tools
from tests.conftest import CommandLine
from tests.delivery.killing import ROOT, Dump
from tests.delivery.scripted import scripted


def sentences(run: CommandLine) -> list[str]:
    answer = run("--json", "health", ok=False)
    assert answer.code == (1 if answer.document["problems"] else 0)
    assert answer.document["is_well"] is not bool(answer.document["problems"])
    problems: list[str] = answer.document["problems"]
    return problems


@pytest.fixture
def enlisted(run: CommandLine, site: Path) -> CommandLine:
    """A site with a digest for one person that nobody has sent yet."""
    run("subscriber", "add", "ada@example.org", "--frequency", "daily", "--confirmed")
    run("release", "add", "--title", "Floods")
    run.wait(days=1)
    return run


@pytest.fixture
def dump() -> Iterator[Dump]:
    server = Dump()
    yield server
    server.shutdown()
    server.server_close()


def send_to(run: CommandLine, port: int) -> None:
    (run.site / "publisher.toml").write_text(f'[smtp]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\n')


def raising(error: Exception) -> Callable[..., None]:
    def refuse(*_: object) -> None:
        raise error

    return refuse


def refusing(write: Callable[..., bool], path: str) -> Callable[..., bool]:
    """Return what writes every file but one."""

    def written(output: Output, document: FeedDocument, changed_at: datetime) -> bool:
        if document.path == path:
            raise KeyError("colour")
        return write(output, document, changed_at)

    return written


def test_a_site_that_is_well_says_so(enlisted: CommandLine) -> None:
    enlisted("publish")
    assert sentences(enlisted) == []
    assert enlisted("health").out == "All is well.\n"


def test_a_server_that_is_away_is_told_until_mail_goes_again(enlisted: CommandLine, dump: Dump) -> None:
    send_to(enlisted, 1)
    enlisted("publish", ok=False)
    enlisted.wait(hours=1)
    assert sentences(enlisted) == [
        "No mail can leave: 127.0.0.1:1: Connection refused; 1 message(s) wait until that is mended."
    ]
    send_to(enlisted, dump.port)
    enlisted("deliver")
    assert sentences(enlisted) == []


def test_a_server_that_sends_us_away_is_quoted(enlisted: CommandLine) -> None:
    with scripted({"MAIL": "421 4.3.2 Service shutting down"}) as server:
        send_to(enlisted, server.port)
        enlisted("publish", ok=False)
    assert sentences(enlisted) == [
        "No mail can leave: 421 4.3.2 Service shutting down; 1 message(s) wait until that is mended."
    ]


def test_a_locked_catalogue_is_told(enlisted: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    enlisted("publish")
    monkeypatch.setattr("pressroom.operations.health.PATIENCE", 0.1)
    other = sqlite3.connect(enlisted.site / "data" / "catalogue.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    (sentence,) = sentences(enlisted)
    other.close()
    assert "another program keeps it locked" in sentence
    assert sentences(enlisted) == []


def test_a_damaged_catalogue_is_told(enlisted: CommandLine) -> None:
    for beside in ("-wal", "-shm"):
        (enlisted.site / "data" / f"catalogue.db{beside}").unlink(missing_ok=True)
    (enlisted.site / "data" / "catalogue.db").write_bytes(b"nothing of the kind" * 1000)
    (sentence,) = sentences(enlisted)
    assert "restore the newest backup" in sentence


def test_a_full_disk_is_told_and_nothing_is_left_behind(enlisted: CommandLine) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    words = [sys.executable, str(ROOT / "publisher.py"), "-C", str(enlisted.site), "health"]
    before = sorted((enlisted.site / "data").iterdir())
    # What Python compiles would be cut off as well, and found like that by whoever comes next.
    writes_none = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    full = subprocess.run(words, capture_output=True, text=True, preexec_fn=limit, timeout=30, env=writes_none)
    assert full.returncode == 1
    assert full.stdout.startswith(f"Nothing can be written in {enlisted.site / 'data'}: ")
    assert [path for path in sorted((enlisted.site / "data").iterdir()) if "health" in path.name] == []
    assert [path.name for path in before if "catalogue" not in path.name] == [
        path.name for path in sorted((enlisted.site / "data").iterdir()) if "catalogue" not in path.name
    ]


@pytest.mark.parametrize("name", ["publish.lock", "schedule.lock"])
def test_a_lock_that_nobody_can_take_is_told(enlisted: CommandLine, name: str) -> None:
    enlisted("publish")
    lock = enlisted.site / "data" / name
    lock.unlink(missing_ok=True)
    lock.mkdir()
    (told,) = sentences(enlisted)
    assert told.startswith(f"The lock {lock} ")
    assert "is a directory" in told
    lock.rmdir()
    assert sentences(enlisted) == []
    assert not lock.exists()  # who takes it makes it, as its owner


@pytest.mark.parametrize("name", ["senders", "stops"])
def test_a_folder_that_sending_and_stopping_need_and_that_is_none_is_told(enlisted: CommandLine, name: str) -> None:
    enlisted("publish")
    folder = enlisted.site / "data" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.touch()
    assert sentences(enlisted) == [
        f"Nothing can be written in {folder}: not a directory; make room or mend its rights."
    ]
    folder.unlink()
    folder.mkdir()
    before = folder.stat()
    assert sentences(enlisted) == []
    assert folder.stat().st_mtime_ns == before.st_mtime_ns  # which would wake a service


def test_a_site_without_its_secret_is_told(enlisted: CommandLine) -> None:
    enlisted("publish")
    key = enlisted.site / "data" / "secret.key"
    secret = key.read_bytes()
    key.write_bytes(secret[:1])
    assert sentences(enlisted)[0].startswith(f"{key} holds no key of 32 bytes; put the one from your backup back")
    key.unlink()
    assert sentences(enlisted)[0].startswith(f"{key} is missing; put the one from your backup back")
    key.mkdir()
    assert sentences(enlisted) == [f"{key} cannot be read: is a directory; mend that."]
    key.rmdir()
    os.mkfifo(key)
    assert sentences(enlisted) == [f"{key} cannot be read: not a file; mend that."]
    key.unlink()
    key.write_bytes(secret)
    assert sentences(enlisted) == []


def test_mail_that_waits_while_nobody_sends_it_is_told(enlisted: CommandLine, tools: Tools, store: Store) -> None:
    enlisted("publish", "--feeds-only")
    open_due_run(store, tools, enlisted.now)
    assert sentences(enlisted) == []
    enlisted.wait(minutes=16)
    (sentence,) = sentences(enlisted)
    assert sentence.startswith("1 message(s) wait since ")
    assert "publisher deliver" in sentence
    enlisted("deliver")
    assert sentences(enlisted) == []


def test_what_only_the_pace_held_back_and_nobody_sends_is_told(
    enlisted: CommandLine, tools: Tools, store: Store
) -> None:
    enlisted("publish", "--feeds-only")
    open_due_run(store, tools, enlisted.now)
    (claimed,) = store.deliveries.claim("me", enlisted.now, 1)
    store.deliveries.mark_put_off(claimed, "waits for its turn", enlisted.now + timedelta(minutes=1))
    assert sentences(enlisted) == []
    enlisted.wait(minutes=20)
    assert sentences(enlisted)[0].startswith("1 message(s) wait since ")


def test_a_server_that_is_away_is_no_trouble_where_nothing_waits(enlisted: CommandLine) -> None:
    send_to(enlisted, 1)
    enlisted("publish", ok=False)
    enlisted("digest", "cancel", "1", "--yes")
    assert sentences(enlisted) == []


def test_a_message_that_cannot_be_made_is_told_with_its_template(enlisted: CommandLine) -> None:
    enlisted("publish")
    folder = enlisted.site / "templates" / "email"
    folder.mkdir(parents=True)
    (folder / "letter.txt").write_text("{{ letter.no_such_fact }}")
    enlisted("subscriber", "add", "bo@example.org")
    enlisted("deliver", ok=False)
    (sentence,) = sentences(enlisted)
    assert sentence.startswith("1 message(s) could not be made: The template ")


def test_a_domain_that_must_be_spared_is_told_with_the_time(enlisted: CommandLine, store: Store, tools: Tools) -> None:
    enlisted("publish")
    zone = tools.settings.site.zone
    KeptPace(store, Pace(), zone).halt("ada@gmail.com", enlisted.now)
    until = (enlisted.now + timedelta(minutes=10)).astimezone(zone)
    assert sentences(enlisted) == [f"gmail.com says that we are too fast; nothing goes there until {until:%H:%M}."]
    enlisted.wait(minutes=10)
    assert sentences(enlisted) == []


def test_a_hub_that_has_failed_for_over_an_hour_is_told_until_it_knows_all(enlisted: CommandLine) -> None:
    hub = "http://127.0.0.1:1/hub"
    (enlisted.site / "publisher.toml").write_text(f'[feeds]\nhubs = ["{hub}"]\n')
    waiting = enlisted.ask("publish")["pings"]["waiting"]
    enlisted.wait(hours=1)
    assert sentences(enlisted) == []
    enlisted("publish")
    enlisted.wait(minutes=1)
    assert sentences(enlisted) == [
        "127.0.0.1 cannot be reached: connection refused, and has not taken all that it is told since 09:00; "
        f"{waiting} topic(s) wait there. Look there, or take it out of [feeds] hubs."
    ]
    (enlisted.site / "publisher.toml").unlink()
    enlisted("publish")
    assert sentences(enlisted) == []


def test_feeds_that_are_gone_are_told_until_they_are_written_again(enlisted: CommandLine) -> None:
    enlisted("publish")
    shutil.rmtree(enlisted.site / "feeds")
    path = enlisted.site / "feeds" / "all.atom"
    assert sentences(enlisted) == [f"{path} is not there; the next publish writes it."]
    enlisted("publish")
    assert sentences(enlisted) == []


def test_a_digest_that_nobody_opens_is_told_until_it_has_begun(enlisted: CommandLine) -> None:
    assert sentences(enlisted) == [
        "The daily digest was due on 2026-01-27 at 08:00 and has not begun; "
        "start “publisher serve”, or run “publisher publish”, which says what holds it up."
    ]
    enlisted("publish")
    assert sentences(enlisted) == []


@pytest.mark.R11
def test_of_a_copy_no_digest_is_late(enlisted: CommandLine) -> None:
    (enlisted.site / "data" / "armed").unlink()
    (sentence,) = sentences(enlisted)
    assert "was restored or copied" in sentence


def test_releases_that_nobody_publishes_are_told(enlisted: CommandLine) -> None:
    enlisted("publish")
    enlisted("release", "add", "--title", "Bridges", "--embargo", "2026-01-27T09:30")
    enlisted.wait(minutes=44)
    assert sentences(enlisted) == []
    enlisted.wait(minutes=1)
    assert sentences(enlisted) == [
        "1 release(s) should be live for 15 minutes or more; start “publisher serve”, or run “publisher publish”."
    ]


REFUSED = {
    '[smtp]\nhost = "smtp.example.org"\n': "Mail to smtp.example.org needs an https address in [site] url",
    '[dkim]\nselectors = ["r1"]\n': "The DKIM key ",
}


@pytest.mark.parametrize(("settings", "said"), REFUSED.items())
def test_what_publish_refuses_to_do_is_told_in_its_own_words(enlisted: CommandLine, settings: str, said: str) -> None:
    enlisted("publish")
    (enlisted.site / "publisher.toml").write_text(settings)
    enlisted("release", "add", "--title", "Late")
    refused = enlisted("publish", ok=False).err.strip()
    assert refused.startswith(said)
    assert sentences(enlisted) == [refused]


def test_a_clock_that_is_given_is_no_trouble_of_the_site(enlisted: CommandLine) -> None:
    enlisted("publish")
    settings = '[site]\nurl = "https://press.example.org"\n[smtp]\nhost = "smtp.example.org"\n'
    (enlisted.site / "publisher.toml").write_text(settings)
    assert "--clock is set" in enlisted("publish", ok=False).err
    assert sentences(enlisted) == []


def test_releases_that_are_live_and_not_in_the_feeds_are_told_until_they_are(
    enlisted: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    enlisted("publish")
    enlisted("release", "add", "--title", "Bridges")
    with monkeypatch.context() as patch:
        patch.setattr(Shelves, "follow", raising(KeyError("colour")))
        assert "The feeds: something unexpected went wrong" in enlisted("publish", ok=False).err
    enlisted.wait(minutes=4)
    assert sentences(enlisted) == []
    enlisted.wait(minutes=1)
    said = "1 release(s) are not in the feeds since 09:00; run “publisher publish”, which says what holds it up."
    assert sentences(enlisted) == [said]
    enlisted.wait(hours=20)
    assert said.replace("09:00", "2026-01-27 09:00") in sentences(enlisted)
    enlisted("publish")
    assert sentences(enlisted) == []


def test_releases_that_are_in_one_feed_and_not_in_the_other_are_told(
    enlisted: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    enlisted("topic", "add", "Rivers")
    enlisted("publish")
    enlisted.wait(minutes=1)
    enlisted("release", "add", "--title", "Bridges", "--topic", "rivers")
    monkeypatch.setattr(publishing_feeds, "DOCUMENTS_AT_ONCE", 1)
    with monkeypatch.context() as patch:
        patch.setattr(Output, "write", refusing(Output.write, "topics/rivers.atom"))
        enlisted("publish", ok=False)
    enlisted.wait(minutes=5)
    assert "1 release(s) are not in the feeds since 09:01" in "\n".join(sentences(enlisted))
    enlisted("publish")
    assert sentences(enlisted) == []


def test_what_is_edited_without_a_word_is_not_called_late(enlisted: CommandLine) -> None:
    enlisted("publish")
    enlisted.wait(minutes=10)
    enlisted("release", "edit", "floods", "--summary", "Water.")
    assert sentences(enlisted) == []


def test_a_digest_at_once_that_nobody_opens_is_told_until_it_has_begun(enlisted: CommandLine) -> None:
    enlisted("subscriber", "add", "bo@example.org", "--frequency", "immediate", "--confirmed")
    enlisted("publish")
    enlisted("release", "add", "--title", "Bridges")
    enlisted("publish")
    enlisted.wait(minutes=25)
    assert sentences(enlisted) == []
    enlisted.wait(minutes=1)
    assert sentences(enlisted) == [
        "The immediate digest was due on 2026-01-27 at 09:10 and has not begun; "
        "start “publisher serve”, or run “publisher publish”, which says what holds it up."
    ]
    enlisted("publish")
    assert sentences(enlisted) == []


@pytest.mark.R12
def test_a_row_that_cannot_go_out_is_told_and_trying_it_changes_nothing(enlisted: CommandLine, store: Store) -> None:
    enlisted("publish")
    with store.atomic():
        store.write("INSERT INTO releases (title, id) VALUES ('Bridges', 'no address'), ('Rivers', NULL)")
    before = store.connection.serialize()
    (sentence,) = sentences(enlisted)
    assert sentence.startswith("Row 2 of the table releases cannot go out: id: “no address” is no absolute address; ")
    assert store.connection.serialize() == before


def test_a_folder_that_is_no_site_says_so(run: CommandLine, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    answer = run("-C", str(empty), "health", ok=False)
    assert answer.code == 1
    assert "publisher init" in answer.out
