"""`publisher serve` as a process: it publishes by itself, answers, and stops cleanly."""

from __future__ import annotations

import json
import logging
import re
import smtplib
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from pressroom.commands.logs import AsText
from pressroom.publishing.outlook import next_look
from pressroom.schedule import Schedule
from pressroom.stops import Stop
from pressroom.tools import Tools
from tests.conftest import CommandLine, text_of
from tests.running import PATIENCE, Service, add_by_another_program, eventually, titles


def test_a_row_from_any_program_is_in_the_feeds_soon_and_over_http(site: Path, serve: Callable[..., Service]) -> None:
    service = serve()
    add_by_another_program(site, "By hand")
    eventually(lambda: titles(site) == ["By hand"])
    with urlopen(f"{service.url}/feeds/all.json") as answer:
        assert json.load(answer)["items"][0]["title"] == "By hand"


def test_an_embargo_lifts_and_a_digest_goes_out_by_themselves(
    run: CommandLine, site: Path, serve: Callable[..., Service]
) -> None:
    run("subscriber", "add", "ada@example.org", "--frequency", "daily", "--confirmed")
    run.wait(hours=22, minutes=59, seconds=57)  # Tuesday 07:59:57
    run("release", "add", "--title", "Floods", "--embargo", "2026-01-27T07:59:58")
    serve("--clock", run.now.isoformat())
    eventually(lambda: len(run.mails("ada@example.org")) == 1)
    assert titles(site) == ["Floods"]


@pytest.mark.R11
def test_a_copied_site_is_served_and_mails_as_soon_as_it_is_armed(
    run: CommandLine, site: Path, serve: Callable[..., Service]
) -> None:
    run("subscriber", "add", "ada@example.org", "--frequency", "daily", "--confirmed")
    run("release", "add", "--title", "Floods")
    run.wait(days=1)
    (site / "data" / "armed").unlink()
    service = serve("--clock", run.now.isoformat())
    eventually(lambda: titles(site) == ["Floods"])
    add_by_another_program(site, "Bridges")
    eventually(lambda: titles(site) == ["Bridges", "Floods"])
    assert run.mails() == []
    run("db", "arm", "--overdue", "send", "--yes")
    eventually(lambda: len(run.mails("ada@example.org")) == 1)
    service.stop()
    assert service.process.stderr
    assert service.process.stderr.read().count("ERROR No mail leaves: ") == 1  # two looks have found it


def test_sigterm_ends_it_with_exit_code_0(serve: Callable[..., Service]) -> None:
    assert serve().stop() == 0


def test_mail_comes_back_to_the_service_until_it_ends(
    run: CommandLine, site: Path, serve: Callable[..., Service]
) -> None:
    (site / "publisher.toml").write_text('[bounces]\naddress = "bounces@example.org"\nlisten = "127.0.0.1:0"\n')
    run("subscriber", "add", "ada@example.org", "--confirmed")
    with Tools.of(site).open_store() as store:
        token = store.subscribers.get("ada@example.org").unsubscribe_token
    service = serve()
    assert service.process.stderr
    said = re.search(r"by LMTP at 127\.0\.0\.1:(\d+)", service.process.stderr.readline())
    assert said
    with smtplib.LMTP("127.0.0.1", int(said[1])) as client:
        client.sendmail("a@example.net", f"unsubscribe+{token}@example.org", b"Subject: unsubscribe\r\n\r\n")
    assert run.ask("subscriber", "show", "ada@example.org")["state"] == "ended"
    assert service.stop() == 0
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(said[1])))


def test_a_busy_port_is_said_in_a_sentence(run: CommandLine, serve: Callable[..., Service]) -> None:
    port = serve().url.rpartition(":")[2]
    second = run("serve", "--port", port, ok=False)
    assert second.code == 1
    assert second.err == (
        f"127.0.0.1:{port} cannot be listened on: address already in use; choose another with --host and --port.\n"
    )


def test_a_busy_port_for_mail_that_comes_back_is_said_with_its_setting(run: CommandLine, site: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        (site / "publisher.toml").write_text(f'[bounces]\naddress = "bounces@example.org"\nlisten = "{place}"\n')
        answer = run("serve", "--port", "0", ok=False)
    assert answer.code == 1
    assert answer.err == (
        f"{place} cannot be listened on: address already in use; choose another as [bounces] listen.\n"
    )


@pytest.mark.R12
@pytest.mark.parametrize("host", ["a..b", "x" * 70 + ".example"])
def test_a_host_that_is_none_is_said_in_a_sentence(run: CommandLine, site: Path, host: str) -> None:
    answer = run("serve", "--port", "0", "--host", host, ok=False)
    assert answer.code == 1
    assert answer.err.startswith(f"{host}:0 cannot be listened on: ")


@pytest.mark.R12
def test_a_lock_that_cannot_be_opened_keeps_the_service_from_starting(run: CommandLine, site: Path) -> None:
    lock = site / "data" / "schedule.lock"
    lock.mkdir()
    answer = run("serve", "--port", "0", ok=False)
    assert answer.code == 1
    assert answer.err.endswith(
        f"The lock {lock} cannot be opened: is a directory; mend its rights, or remove it while no publisher runs.\n"
    )


def test_all_that_the_service_says_goes_to_standard_error(serve: Callable[..., Service]) -> None:
    for words in ((), ("--json",)):
        service = serve(*words)
        assert service.stop() == 0
        assert service.process.stdout
        assert service.process.stdout.read() == ""


def test_nothing_that_an_address_holds_is_logged(serve: Callable[..., Service]) -> None:
    service = serve("-v")
    secret, host = b"secret-of-ada", b"Host: localhost\r\n"
    for request in (
        b"GET /confirm/" + secret + b" HTTP/1.1\r\n" + host + b"\r\n",
        b"GET /confirm/" + secret + b" HTTP/1.1\r\nbad header\r\n\r\n",
        b"GET /confirm/" + secret + b" HTTP/1.1\r\n" + host + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        b"POST /confirm/" + secret + b"?" + secret + b" HTTP/1.1\r\n" + host + b"Content-Length: 200000\r\n\r\n",
        b"PATCH /unsubscribe/" + secret + b" HTTP/1.1\r\n" + host + b"\r\n",
    ):
        with socket.create_connection(("127.0.0.1", int(service.url.rpartition(":")[2])), PATIENCE) as line:
            line.sendall(request)
            assert line.recv(100).startswith(b"HTTP/1.1 4")
    assert service.stop() == 0
    assert service.process.stderr
    assert "secret" not in service.process.stderr.read()


@pytest.mark.R9
def test_nobody_s_address_and_token_is_logged_when_a_digest_must_not_leave(
    run: CommandLine, serve: Callable[..., Service]
) -> None:
    for name, language in (("ada", "en"), ("bo", "nl")):
        run("subscriber", "add", f"{name}@example.org", "--language", language, "--frequency", "daily", "--confirmed")
    with Tools.of(run.site).open_store() as store:
        token = store.subscribers.get("bo@example.org").unsubscribe_token
    summary = f"Stop it at http://localhost:8000/unsubscribe/{token}, says bo@example.org."
    run("release", "add", "--title", "Floods", "--summary", summary)
    run.wait(days=1)
    service = serve("--clock", run.now.isoformat())
    eventually(lambda: titles(run.site) == ["Floods"])
    service.stop()  # after the look that has written this
    assert service.process.stderr
    said = service.process.stderr.read()
    assert "other-person" in said
    assert "The digest does not leave as it is" in said
    assert "@" not in said
    assert token not in said


@pytest.mark.R9
def test_what_a_library_logs_is_written_without_addresses_and_tokens() -> None:
    token = "abcdefghijklmnopqrstuvwxyz"
    try:
        raise ValueError(f"<ada@example.org> {token}{token.upper()}234567")
    except ValueError as error:
        record = logging.LogRecord("x", logging.ERROR, "", 1, "to %s at /my/%s.atom?a=ada%%40example.org (%s)",
                                   ("Ada@example.org", token, "12 sent"), (type(error), error, None))  # fmt: skip
    said = AsText().format(record)
    assert "example" not in said
    assert token not in said.lower()
    assert "12 sent" in said


@pytest.fixture
def schedule(tools: Tools) -> Iterator[Schedule]:
    """The schedule of a service, in this process."""
    schedule = Schedule(tools, lambda: datetime.now(UTC).replace(microsecond=0))
    yield schedule
    schedule.stop()


def test_the_watch_outlives_a_catalogue_that_is_away_for_a_while(
    site: Path, schedule: Schedule, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("pressroom.schedule.AFTER_TROUBLE", timedelta(milliseconds=50))
    catalogue = site / "data" / "catalogue.db"
    away = catalogue.rename(site / "data" / "away.db")
    schedule.start()
    eventually(lambda: "There is no catalogue at" in caplog.text)
    away.rename(catalogue)
    add_by_another_program(site, "After the fog")
    eventually(lambda: titles(site) == ["After the fog"])
    assert not [record for record in caplog.records if record.exc_info]


def test_what_comes_in_while_a_look_is_ending_is_looked_at_next(
    site: Path, schedule: Schedule, monkeypatch: pytest.MonkeyPatch
) -> None:
    def next_look_while_a_row_comes_in(*arguments: Any, **named: Any) -> datetime:
        if not came:
            came.append("Late")
            before = len(woken)  # what the look itself has written may have woken it again already
            add_by_another_program(site, "Late")
            eventually(lambda: len(woken) > before)
        return next_look(*arguments, **named) + timedelta(days=1)  # as if it had been reckoned before

    def wake_at(moment: datetime, why: str) -> None:
        really_wake_at(moment, why)
        woken.append(why)

    came: list[str] = []
    woken: list[str] = []
    really_wake_at = schedule._wake_at
    monkeypatch.setattr(schedule, "_wake_at", wake_at)
    monkeypatch.setattr("pressroom.schedule.next_look", next_look_while_a_row_comes_in)
    schedule.start()
    eventually(lambda: titles(site) == ["Late"])


def test_one_click_unsubscribe_reaches_the_running_service(run: CommandLine, serve: Callable[..., Service]) -> None:
    run("subscriber", "add", "ada@example.org", "--confirmed")
    service = serve()
    with sqlite3.connect(run.site / "data" / "catalogue.db") as catalogue:
        (token,) = catalogue.execute("SELECT unsubscribe_token FROM subscribers").fetchone()
    catalogue.close()
    with urlopen(Request(f"{service.url}/unsubscribe/{token}", data=b"List-Unsubscribe=One-Click")) as answer:
        assert answer.status == 200
    assert run.ask("subscriber", "show", "ada@example.org")["state"] == "ended"


def test_a_link_asked_for_at_the_running_service_is_mailed_soon(
    run: CommandLine, serve: Callable[..., Service]
) -> None:
    run("subscriber", "add", "ada@example.org", "--confirmed")
    service = serve()
    with sqlite3.connect(run.site / "data" / "catalogue.db") as catalogue:
        (token,) = catalogue.execute("SELECT unsubscribe_token FROM subscribers").fetchone()
    catalogue.close()
    with urlopen(Request(f"{service.url}/preferences/{token}", data=b"")) as answer:
        assert answer.status == 200
    eventually(lambda: len(run.mails("ada@example.org")) == 1)
    (mail,) = run.mails("ada@example.org")
    assert str(mail["Subject"]) == "Your link to change what you get from Example Association"


def test_of_two_services_one_works_and_the_other_takes_over_when_it_dies(
    site: Path, serve: Callable[..., Service]
) -> None:
    leader = serve()
    eventually(lambda: (site / "feeds" / "all.json").exists())
    serve()
    leader.process.kill()
    leader.process.wait()
    add_by_another_program(site, "After the leader")
    eventually(lambda: titles(site) == ["After the leader"])


@pytest.mark.parametrize("is_named_elsewhere", [False, True])
def test_erasing_by_the_page_leaves_the_catalogue_of_the_service_whole(
    run: CommandLine, serve: Callable[..., Service], is_named_elsewhere: bool
) -> None:
    """A process that opens and closes the file itself loses SQLite's locks: the next program deletes the log."""
    for address in ("ada@example.org", "bo@example.org"):
        run("subscriber", "add", address, "--confirmed")
    if is_named_elsewhere:  # then the file is written anew
        run("release", "add", "--title", "A word to ada@example.org", "--draft")
    run("subscriber", "letter", "ada@example.org", "preferences")
    run("deliver")
    (mail,) = run.mails("ada@example.org")
    path = re.search(r"/preferences/[a-z2-7]{58}", text_of(mail))
    assert path
    catalogue = run.site / "data" / "catalogue.db"
    with Tools.of(run.site).open_store() as store:  # else the service's watch may find it locked at first
        token = store.subscribers.get("bo@example.org").unsubscribe_token
        service = serve("--clock", run.now.isoformat())
        eventually((run.site / "feeds" / "all.json").exists)
    inode = Path(f"{catalogue}-wal").stat().st_ino
    with urlopen(Request(f"{service.url}{path[0]}/forget", data=b"")) as answer:
        assert answer.status == 200
    reading = """import sqlite3, sys
print(sqlite3.connect(sys.argv[1]).execute("SELECT count(*) FROM subscribers").fetchone())"""
    for _ in range(2):
        assert subprocess.check_output([sys.executable, "-c", reading, str(catalogue)], text=True) == "(1,)\n"
    assert Path(f"{catalogue}-wal").stat().st_ino == inode
    with urlopen(Request(f"{service.url}/unsubscribe/{token}", data=b"List-Unsubscribe=One-Click")) as answer:
        assert answer.status == 200
    assert run.ask("subscriber", "show", "bo@example.org")["state"] == "ended"
    assert "is sound" in run("db", "check").out
    assert service.stop() == 0
    assert service.process.stderr
    assert ("still stand in the catalogue's files" in service.process.stderr.read()) is is_named_elsewhere


def test_another_file_in_the_place_of_the_catalogue_is_noticed(
    run: CommandLine, site: Path, serve: Callable[..., Service]
) -> None:
    serve()
    eventually((site / "feeds" / "all.atom").exists)
    add_by_another_program(site, "Before")
    eventually(lambda: titles(site) == ["Before"])
    data = site / "data"
    with sqlite3.connect(data / "catalogue.db") as catalogue:
        catalogue.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    catalogue.close()
    for ending in ("", "-wal", "-shm"):
        if (there := data / f"catalogue.db{ending}").exists():
            there.rename(site / f"away.db{ending}")
    (data / "catalogue.db").write_bytes((site / "away.db").read_bytes())
    add_by_another_program(site, "After")
    eventually(lambda: titles(site) == ["After", "Before"])


@pytest.mark.R7
def test_a_stop_that_came_while_the_catalogue_was_away_is_done_by_itself(
    run: CommandLine, site: Path, serve: Callable[..., Service], tools: Tools
) -> None:
    run("subscriber", "add", "ada@example.org", "--confirmed")
    with tools.open_store() as store:
        token = store.subscribers.get("ada@example.org").unsubscribe_token
    service = serve()
    eventually((site / "feeds" / "all.json").exists)
    away = tools.catalogue.rename(site / "away.db")
    with urlopen(Request(f"{service.url}/unsubscribe/{token}", method="POST"), timeout=PATIENCE) as answer:
        assert answer.status == 200
    away.rename(tools.catalogue)
    tools.stops.keep(Stop(token, run.now))  # wakes it now, and not in half a minute
    eventually(lambda: not tools.stops.waiting())
    assert run.ask("subscriber", "show", "ada@example.org")["state"] == "ended"
