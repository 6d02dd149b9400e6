"""Other programs, a mail server that is away, a clock that is set, a crash: what is left, and what is said."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from urllib.request import urlopen

import pytest

from pressroom.tools import Tools
from tests.conftest import CommandLine, Press
from tests.delivery.killing import ROOT, Dump
from tests.journeys.faults import (
    ADA,
    a_site_with_something_due,
    check_all_is_well,
    in_service,
    said,
    sentences,
    until_it_sleeps,
)
from tests.journeys.spoiling import writing
from tests.running import PATIENCE, Service, eventually, titles
from tests.test_docs import read

HOLD = """import sqlite3, sys, time
held = sqlite3.connect(sys.argv[1], isolation_level=None)
held.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
time.sleep(float(sys.argv[2]))"""
"""Another program that keeps the catalogue for itself."""
CRASH = """import os, sqlite3, sys
torn = sqlite3.connect(sys.argv[1])
torn.execute("INSERT INTO releases (title) VALUES ('Committed')")
torn.commit()
torn.execute("PRAGMA cache_spill = 1")
torn.execute("INSERT INTO releases (title) VALUES ('Torn')")
os.kill(os.getpid(), 9)"""


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    return a_site_with_something_due(fresh)


@contextmanager
def serving_mail(port: int = 0) -> Iterator[Dump]:
    server = Dump(port=port)
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def away(press: CommandLine) -> int:
    """The port of the site's mail server, which is not there."""
    with serving_mail() as server:
        port = server.port
    (press.site / "publisher.toml").write_text(f'[smtp]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\n')
    return port


@contextmanager
def held(site: Path, seconds: float) -> Iterator[None]:
    """Let another program hold the catalogue for so long."""
    words = [sys.executable, "-c", HOLD, str(site / "data" / "catalogue.db"), str(seconds)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        yield
        holder.kill()


def publishing(press: CommandLine, *words: str) -> subprocess.Popen[str]:
    program = [sys.executable, str(ROOT / "publisher.py"), "-C", str(press.site), "--clock", press.now.isoformat()]
    return subprocess.Popen([*program, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.R10
def test_a_publish_and_a_service_wait_ten_seconds_for_another_program(
    press: CommandLine, serve: Callable[..., Service]
) -> None:
    press.wait(hours=22, minutes=59, seconds=57)  # Tuesday 07:59:57
    service = serve("--clock", press.now.isoformat())
    eventually(lambda: titles(press.site) == ["Bridges", "Floods"])
    press.wait(minutes=1)
    with held(press.site, 10), publishing(press, "publish") as publish, publishing(press, "health") as health:
        fault = sentences("The catalogue is locked by another program for ten seconds", SITE=press.site)
        with urlopen(f"{service.url}/releases/", timeout=PATIENCE) as page:
            assert page.status == 200
        assert health.communicate(timeout=PATIENCE)[0].splitlines() == fault
        assert publish.communicate(timeout=2 * PATIENCE)[1] == ""
        assert publish.returncode in (0, 3)  # the service may have the mail in its hands
    eventually(lambda: press.titles(ADA) == [["Bridges", "Floods"]])
    assert service.stop() == 0
    assert service.process.stderr
    assert "ERROR" not in service.process.stderr.read()
    check_all_is_well(press)


@pytest.mark.R10
def test_a_service_says_why_it_waits_for_another_program_and_goes_on_by_itself(
    press: CommandLine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("pressroom.storage.store.BUSY_SECONDS", 0.1)
    monkeypatch.setattr("pressroom.operations.health.PATIENCE", 0.1)
    monkeypatch.setattr("pressroom.schedule.AFTER_TROUBLE", timedelta(seconds=0.2))
    (sentence,) = sentences("The catalogue is locked by another program for longer", SITE=press.site)
    with in_service(press):
        eventually(lambda: titles(press.site) == ["Bridges", "Floods"])
        press("release", "add", "--title", "Dams")
        with held(press.site, PATIENCE):
            assert said(press) == [sentence]
            press.wait(days=1)
            eventually(lambda: f"{sentence} Next try in " in caplog.text)
        eventually(lambda: len(press.mails(ADA)) == 1)
    assert titles(press.site) == ["Dams", "Bridges", "Floods"]
    check_all_is_well(press)


@pytest.mark.R6
def test_a_mail_server_that_is_away_for_an_hour_gets_each_message_once_when_it_is_back(
    press: CommandLine, away: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    press.wait(days=1)
    fault = sentences("The mail server is away for an hour", SERVER=f"127.0.0.1:{away}")
    assert said(press) == fault
    with in_service(press):
        for _ in range(6):
            press.wait(minutes=10)
            eventually(lambda: next_try(press) > press.now)
            assert said(press, "deliver") == fault[1:]
        with serving_mail(away) as back:
            press.wait(minutes=1)
            eventually(lambda: "That is over: No mail can leave now" in caplog.text)
            assert back.number == 1
    assert caplog.text.count("ERROR") == 1
    assert titles(press.site) == ["Bridges", "Floods"]
    assert accounts(press) == [{"enlisted": 1, "sent": 1}]
    check_all_is_well(press)


@pytest.mark.R1
@pytest.mark.R2
@pytest.mark.R4
def test_a_clock_that_goes_back_by_a_day_repeats_and_holds_up_nothing(press: CommandLine) -> None:
    outbox = press.site / "data" / "outbox"
    press.wait(days=1)
    press("publish")
    press("release", "add", "--title", "Dams")
    press.wait(days=1)
    outbox.rename(press.site / "data" / "away")
    outbox.write_text("in the way")
    press("publish", ok=False)  # its digest waits for a retry
    before = entries(press)
    outbox.unlink()
    (press.site / "data" / "away").rename(outbox)
    press.wait(days=-1)
    press("release", "add", "--title", "Weirs")
    assert said(press) == sentences("The clock goes back by a day")
    assert press.titles(ADA) == [["Bridges", "Floods"], ["Dams"]]
    after = entries(press)
    assert {name: after[name] for name in before} == before
    assert after["Weirs"][1] > max(moment for _, moment in before.values())
    press.wait(days=2)
    press("publish")
    assert press.titles(ADA) == [["Bridges", "Floods"], ["Dams"], ["Weirs"]]
    dues = [run["due"] for run in press.ask("digest", "list")]
    assert len(set(dues)) == len(dues)
    check_all_is_well(press)


@pytest.mark.R2
def test_what_a_clock_far_ahead_has_dated_is_told_until_it_is_mended(press: CommandLine) -> None:
    press.wait(days=1)
    press("publish")
    now, press.now = press.now, press.now.replace(year=2090)
    press("release", "add", "--title", "Dams")
    press("publish")
    press.now = now
    press("release", "add", "--title", "Weirs")
    assert said(press) == sentences("The clock was far ahead when something was released")
    assert entries(press)["Weirs"][1] > "2090"
    with writing(press.site) as catalogue:
        for number, no in enumerate((3, 4)):
            catalogue.executescript(mending(3).replace("no = 3", f"no = {no}").replace("08:00:00", f"08:00:0{number}"))
    assert said(press) == []
    press("release", "add", "--title", "Mills")
    press("publish")
    after = entries(press)
    assert [after[title][1][:10] for title in ("Dams", "Weirs", "Mills")] == ["2026-01-27"] * 3
    assert after["Mills"][1] > after["Weirs"][1] > after["Dams"][1]
    press.wait(days=2)
    press("publish")
    assert [title for titles in press.titles(ADA) for title in titles].count("Mills") == 1
    check_all_is_well(press)


def mending(no: int) -> str:
    """Return what docs/operations.md has said to SQLite for announcement `no`."""
    (found,) = re.findall(rf'"\n(  UPDATE announcements .*WHERE no = {no}\);)"', read("docs/operations.md"), re.DOTALL)
    return str(found)


@pytest.mark.R4
def test_a_service_does_at_once_what_is_due_by_a_clock_that_was_set(press: CommandLine) -> None:
    press("publish")
    press("release", "add", "--title", "Dams", "--embargo", (press.now + timedelta(days=1)).isoformat())
    with in_service(press) as schedule:
        until_it_sleeps(schedule)
        press.wait(days=1)
        eventually(lambda: titles(press.site) == ["Dams", "Bridges", "Floods"])
        eventually(lambda: len(press.mails(ADA)) == 1)
    check_all_is_well(press)


@pytest.mark.R6
def test_mail_that_waits_for_a_server_does_not_wait_for_a_clock_that_went_back_by_a_day(
    press: CommandLine, away: int, caplog: pytest.LogCaptureFixture
) -> None:
    press.wait(days=1)
    with in_service(press) as schedule:
        until_it_sleeps(schedule)
        assert "No mail can leave now" in caplog.text
        with serving_mail(away) as back:
            press.wait(days=-1)
            eventually(lambda: back.number == 1)
    assert accounts(press) == [{"enlisted": 1, "sent": 1}]


@pytest.mark.R1
def test_two_releases_of_one_slug_that_come_at_once_are_one_or_get_a_slug_each(press: CommandLine) -> None:
    same = [publishing(press, "release", "add", "--title", "Dams") for _ in range(2)]
    others = [
        publishing(press, "release", "add", "--title", "Weirs", "--url", f"https://example.org/{number}")
        for number in range(2)
    ]
    (refusal,) = sentences("Two releases of one slug are entered at once")
    told = sorted((one.communicate()[1], one.returncode) for one in same)
    assert told == [("", 0), (f"{refusal}\n", 1)]
    assert [(one.communicate()[1], one.returncode) for one in others] == [("", 0)] * 2
    press("publish")
    slugs = {release["slug"] for release in press.ask("release", "list")}
    assert slugs == {"floods", "bridges", "dams", "weirs", "weirs-2"}
    check_all_is_well(press)


@pytest.mark.R10
@pytest.mark.parametrize("lost", [(), ("-shm",)])
def test_a_log_that_a_crash_has_left_is_read_without_what_was_not_committed(
    press: CommandLine, lost: tuple[str, ...]
) -> None:
    data = press.site / "data"
    subprocess.run([sys.executable, "-c", CRASH, str(data / "catalogue.db")], check=False)
    assert (data / "catalogue.db-wal").stat().st_size > 0
    for ending in lost:
        (data / f"catalogue.db{ending}").unlink()
    assert said(press) == sentences("A crash has left `catalogue.db-wal`, with or without `-shm`")
    assert titles(press.site) == ["Committed", "Bridges", "Floods"]
    check_all_is_well(press)


def accounts(press: CommandLine) -> list[dict[str, int]]:
    """Return what became of the messages of each run."""
    runs = press.ask("digest", "list")
    return [{name: number for name, number in run["counts"].items() if number} for run in runs]


def next_try(press: CommandLine) -> datetime:
    with Tools.of(press.site).open_store() as store:
        return store.deliveries.closed_until() or press.now


def entries(press: CommandLine) -> dict[str, tuple[str, str]]:
    """Return id and `updated` of each entry by its title."""
    return {item["title"]: (item["id"], item["date_modified"]) for item in press.feed("all")["items"]}
