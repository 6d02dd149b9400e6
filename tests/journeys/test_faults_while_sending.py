"""What goes wrong while a digest goes out, and is mended: nothing is lost, nobody gets it twice, nothing is unknown."""

from __future__ import annotations

import resource
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pressroom import commands
from pressroom.models.runs import Counts
from tests.delivery.killing import ROOT, Dump, make_site
from tests.delivery.killing import counts as counts_of

READERS = 40


class Sending:
    """A site with a digest for READERS that is frozen and not sent, and the server it goes to."""

    def __init__(self, site: Path, dump: Dump) -> None:
        self.site, self.dump = site, dump
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        words = words or ("deliver",)
        sender = subprocess.Popen(
            [sys.executable, str(ROOT / "publisher.py"), "-C", str(self.site), *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.processes.append(sender)
        return sender

    def when_sent(self, number: int, sender: subprocess.Popen[bytes]) -> None:
        """Wait until the server has so many messages."""
        until = time.monotonic() + 20
        while self.dump.number < number:
            assert sender.poll() is None, "it ended by itself"
            assert time.monotonic() < until
            time.sleep(0.002)

    def finish(self) -> Counts:
        """Let whoever is asked next send what waits, and return the accounts."""
        for _ in range(5):
            commands.run(["-q", "-C", str(self.site), "deliver"])
            if not (counts := counts_of(self.site)).waiting:
                return counts
            with sqlite3.connect(self.site / "data" / "catalogue.db") as catalogue:  # a clock that has gone on
                catalogue.execute("UPDATE catalogue SET mail_closed_until = NULL")
                catalogue.execute(
                    "UPDATE deliveries SET next_attempt_at = '2026-01-01T00:00:00Z' WHERE state = 'retry'"
                )
            catalogue.close()
        return counts_of(self.site)

    def everybody_has_it_once(self) -> bool:
        return set(self.dump.taken.values()) == {1} and len(self.dump.taken) == READERS


@pytest.fixture
def sending(site: Path, dump: Dump) -> Iterator[Sending]:
    make_site(site, READERS, dump.port)
    started = Sending(site, dump)
    yield started
    for process in started.processes:
        process.kill()
        process.communicate()


@pytest.mark.R6
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_sender_that_is_told_to_stop_waits_for_the_answers(sending: Sending, number: signal.Signals) -> None:
    sender = sending.start()
    sending.when_sent(9, sender)
    sender.send_signal(number)
    assert sender.wait(10) == 130
    assert b"What waits still" in sender.communicate()[1]
    counts = counts_of(sending.site)
    assert (counts.unknown, counts.sent) == (0, sending.dump.number)
    assert 0 < counts.waiting < READERS - 8
    assert sending.finish().sent == READERS
    assert sending.everybody_has_it_once()


@pytest.mark.R6
def test_a_service_that_is_told_to_stop_waits_for_the_answers(sending: Sending) -> None:
    service = sending.start("serve", "--port", "0")
    sending.when_sent(9, service)
    service.send_signal(signal.SIGTERM)
    assert service.wait(10) == 0
    counts = counts_of(sending.site)
    assert (counts.unknown, counts.sent) == (0, sending.dump.number)
    assert sending.finish().sent == READERS
    assert sending.everybody_has_it_once()


@pytest.mark.parametrize("words", [("deliver",), ("serve", "--port", "0")])
def test_a_server_that_never_greets_keeps_no_stop_waiting(sending: Sending, words: tuple[str, ...]) -> None:
    sending.dump.thinks_for = 0
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings = sending.site / "publisher.toml"
        settings.write_text(settings.read_text().replace(str(sending.dump.port), str(silent.getsockname()[1])))
        sender = sending.start(*words)
        silent.settimeout(20)
        connection, _ = silent.accept()
        time.sleep(0.3)
        sender.send_signal(signal.SIGTERM)
        assert sender.wait(10) in (0, 130)
        connection.close()
    counts = counts_of(sending.site)
    assert (counts.waiting, counts.unknown) == (READERS, 0)


def fill_the_disk(sending: Sending, sender: subprocess.Popen[bytes]) -> Callable[[], None]:
    """Have every write of the sender to a file refused, and return what ends that."""
    before = resource.prlimit(sender.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))

    def make_room() -> None:
        if sender.poll() is None:
            resource.prlimit(sender.pid, resource.RLIMIT_FSIZE, before)

    return make_room


def lock_the_catalogue(sending: Sending, sender: subprocess.Popen[bytes]) -> Callable[[], None]:
    """Hold the catalogue as another program may, and return what ends that."""
    other = sqlite3.connect(sending.site / "data" / "catalogue.db", timeout=10, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    return other.close


@pytest.mark.R6
@pytest.mark.R10
@pytest.mark.parametrize(("fault", "lasts"), [(fill_the_disk, 1.2), (lock_the_catalogue, 1.2)])
def test_answers_are_kept_until_they_can_be_written_down(
    sending: Sending, fault: Callable[[Sending, subprocess.Popen[bytes]], Callable[[], None]], lasts: float
) -> None:
    sender = sending.start()
    sending.when_sent(9, sender)
    mend = fault(sending, sender)
    time.sleep(lasts)
    mend()
    assert sender.wait(30) in (0, 1, 3)
    counts = sending.finish()
    assert (counts.sent, counts.unknown) == (READERS, 0)
    assert sending.everybody_has_it_once()


@pytest.mark.R6
def test_two_that_send_at_once_do_not_step_on_each_other(sending: Sending) -> None:
    senders = [sending.start(), sending.start()]
    assert [sender.wait(30) for sender in senders] == [0, 0]
    counts = counts_of(sending.site)
    assert (counts.sent, counts.unknown) == (READERS, 0)
    assert sending.everybody_has_it_once()


@pytest.mark.R6
@pytest.mark.parametrize("fault", ["421 4.7.0 try again later", None], ids=["421", "a network that is gone"])
def test_a_server_that_sends_everybody_away_in_the_middle_gets_the_rest_when_it_is_back(
    sending: Sending, fault: str | None
) -> None:
    sending.dump.sends_away_after = (9, fault)
    sender = sending.start()
    assert sender.wait(20) == 3
    assert b"again" in sender.communicate()[0]
    counts = counts_of(sending.site)
    assert (counts.sent, counts.unknown) == (sending.dump.number, 0)
    assert counts.waiting == READERS - counts.sent > 0
    sending.dump.sends_away_after = None
    assert sending.finish().sent == READERS
    assert sending.everybody_has_it_once()


def test_what_is_released_while_a_digest_goes_out_does_not_wait_for_it(sending: Sending) -> None:
    service = sending.start("serve", "--port", "0")
    sending.when_sent(2, service)
    sending.dump.thinks_for = 0.1  # a slow server: all of it takes many seconds
    commands.run(["-q", "-C", str(sending.site), "release", "add", "--title", "Bridges"])
    feed = sending.site / "feeds" / "all.atom"
    until = time.monotonic() + 20
    while "Bridges" not in feed.read_text():
        assert time.monotonic() < until
        time.sleep(0.01)
    assert sending.dump.number < READERS, "it waited for the last message"
