"""SIGHUP: a service that works on by other settings and templates, or by those it had where these cannot be used."""

from __future__ import annotations

import os
import re
import shutil
import signal
import smtplib
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from http.client import HTTPConnection
from pathlib import Path
from urllib.request import urlopen

import pytest

from pressroom.tools import Tools
from tests.conftest import CommandLine
from tests.delivery.killing import Dump, make_site
from tests.delivery.killing import counts as counts_of
from tests.running import PATIENCE, ROOT, Service, add_by_another_program, eventually, titles

READERS = 60


class Told:
    """A service whose standard error is read as it comes."""

    def __init__(self, service: Service) -> None:
        self.service, self.lines = service, list[str]()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.service.process.stderr
        for line in self.service.process.stderr:
            self.lines.append(line)

    def read_again(self, answer: str) -> str:
        """Send SIGHUP, wait for an answer, and return all that was said meanwhile."""
        before = len(self.lines)
        self.service.process.send_signal(signal.SIGHUP)
        eventually(lambda: answer in "".join(self.lines[before:]))
        return "".join(self.lines[before:])


def named(name: str) -> str:
    """Return a settings file of a site that is in use."""
    site = f'[site]\nname = "{name}"\nurl = "https://press.example.org"\n'
    return f'{site}[smtp]\nhost = "127.0.0.1"\nport = 9\nsecurity = "none"\n'


@pytest.fixture
def told(site: Path, serve: Callable[..., Service]) -> Told:
    (site / "publisher.toml").write_text(named("Before"))
    told = Told(serve())
    eventually((site / "feeds" / "all.atom").exists)
    return told


def test_pages_and_feeds_follow_new_settings_and_templates(site: Path, told: Told) -> None:
    add_by_another_program(site, "Floods")
    eventually(lambda: titles(site) == ["Floods"])
    host, _, port = told.service.url.removeprefix("http://").partition(":")
    kept = HTTPConnection(host, int(port), timeout=PATIENCE)  # stays open meanwhile
    kept.request("GET", "/releases/")
    assert b"Before" in kept.getresponse().read()
    (site / "publisher.toml").write_text(named("After"))
    told.read_again("Settings and templates were read again.")
    kept.request("GET", "/releases/")
    page = kept.getresponse().read()
    assert b"After" in page
    assert b"Before" not in page
    kept.close()
    (site / "templates" / "feeds").mkdir(parents=True)
    (site / "templates" / "feeds" / "entry.html").write_text("<p>Said our way</p>")
    told.read_again("Settings and templates were read again.")
    eventually(lambda: "Said our way" in (site / "feeds" / "all.json").read_text())
    assert "<title>After</title>" in (site / "feeds" / "all.atom").read_text()


UNUSABLE: tuple[tuple[str | None, str], ...] = (
    ("[site\n", "publisher.toml is no valid TOML"),
    ('[site]\nnaem = "After"\n', "[site] naem is unknown"),
    (f"[web]\nport = {'9' * 5_000}\n", "publisher.toml holds a number of too many digits"),
    (f"[web]\nport = {'[' * 5_000}{']' * 5_000}\n", "publisher.toml holds lists or tables nested"),
    ("# saved in a moment\n", "publisher.toml is empty; put back what it said"),
    (None, "publisher.toml is gone; put back what it said"),
    ('[site]\nname = "After"\n', "[site] url is set no more; put it back"),
    (f"{named('After').partition('[smtp]')[0]}[smtp]\n", "[smtp] host is set no more; put it back"),
    ('[dkim]\nselectors = ["lost"]\n', "lost"),
)
"""Settings that cannot be used, None where there are none, and what is said of each."""
BROKEN = {
    "feeds/entry.html": ("one\n{% if %}", "entry.html, line 2 is broken"),
    "web/releases.html": ("{% endfor %}", "releases.html, line 1 is broken"),
    "web/release.html": ("{{ release.nope.x }}", "release.html, line 1 is broken"),
    "email/digest.mjml": ("<mjml><mj-nothing/></mjml>", "MJML knows no element <mj-nothing>"),
    "words/en.po": ('msgid "Topics"\nmsgstr "Themes\n', "a closing quotation mark is missing"),
    "web/complaint.html": (None, "complaint.html is broken: it cannot be read (not a file)"),
}
"""Templates that cannot be used, None for a pipe in the place of one, and what is said of each."""


def check_all_is_as_it_was(told: Told, problems: Iterable[str]) -> None:
    said = told.read_again("stay as they were; mend that, and send SIGHUP again.")
    assert [problem for problem in problems if problem not in said] == []
    assert "Traceback" not in said
    with urlopen(f"{told.service.url}/releases/") as page:
        assert b"Before" in page.read()


@pytest.mark.R12
def test_settings_that_cannot_be_used_leave_all_as_it_was_and_are_said(site: Path, told: Told) -> None:
    file = site / "publisher.toml"
    for content, problem in UNUSABLE:
        file.unlink() if content is None else file.write_text(content)
        check_all_is_as_it_was(told, [problem])
    add_by_another_program(site, "Floods")
    eventually(lambda: titles(site) == ["Floods"])
    assert "<title>Before</title>" in (site / "feeds" / "all.atom").read_text()
    file.write_text(named("After"))
    told.read_again("were read again.")
    eventually(lambda: "<title>After</title>" in (site / "feeds" / "all.atom").read_text())


@pytest.mark.R12
def test_templates_that_cannot_be_used_leave_all_as_it_was_and_are_said(site: Path, told: Told) -> None:
    (site / "publisher.toml").write_text(named("After"))
    for name, (content, _) in BROKEN.items():
        place = site / "templates" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        os.mkfifo(place) if content is None else place.write_text(content)
    check_all_is_as_it_was(told, [problem for _, problem in BROKEN.values()])
    shutil.rmtree(site / "templates")
    told.read_again("were read again.")
    eventually(lambda: "<title>After</title>" in (site / "feeds" / "all.atom").read_text())


def test_what_only_a_start_can_take_up_is_said(site: Path, told: Told) -> None:
    (site / "publisher.toml").write_text(f"{named('Before')}[web]\nport = 8123\n")
    assert "[web] port was changed, which takes effect with the next start." in told.read_again("next start")


@pytest.fixture
def dumps() -> Iterator[tuple[Dump, Dump]]:
    servers = Dump(thinks_for=0.01), Dump()
    yield servers
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.R6
def test_a_digest_that_is_being_sent_goes_on_by_the_new_settings(
    site: Path, serve: Callable[..., Service], dumps: tuple[Dump, Dump]
) -> None:
    before, after = dumps
    make_site(site, READERS, before.port)
    told = Told(serve())
    eventually(lambda: before.number > 0)
    settings = site / "publisher.toml"
    settings.write_text(settings.read_text().replace(str(before.port), str(after.port)))
    told.read_again("were read again.")
    eventually(lambda: counts_of(site).waiting == 0)
    assert told.service.stop() == 0
    counts = counts_of(site)
    assert (counts.sent, counts.unknown) == (READERS, 0)
    assert before.number + after.number == READERS
    assert after.number > 0
    assert set((before.taken + after.taken).values()) == {1}


def test_mail_comes_back_to_the_address_of_the_new_settings(site: Path, serve: Callable[..., Service]) -> None:
    def settings(address: str) -> str:
        return f'[bounces]\naddress = "{address}"\nlisten = "127.0.0.1:0"\n'

    (site / "publisher.toml").write_text(settings("before@example.org"))
    told = Told(serve())
    eventually(lambda: "Taking mail" in "".join(told.lines))
    (line,) = (line for line in told.lines if "Taking mail" in line)
    (site / "publisher.toml").write_text(settings("after@example.org"))
    told.read_again("were read again.")
    with smtplib.LMTP("127.0.0.1", int(line.rstrip(".\n").rpartition(":")[2])) as returns:
        returns.ehlo_or_helo_if_needed()
        returns.mail("")
        assert returns.rcpt("before@example.org")[0] == 550
        assert returns.rcpt("after@example.org")[0] == 250


def test_hubs_that_are_set_later_are_told(site: Path, told: Told) -> None:
    with socket.create_server(("127.0.0.1", 0)) as hub:
        hub.settimeout(PATIENCE)
        (site / "publisher.toml").write_text(
            f'{named("Before")}[feeds]\nhubs = ["http://127.0.0.1:{hub.getsockname()[1]}/"]\n'
        )
        told.read_again("were read again.")
        connection, _ = hub.accept()
        with connection:
            assert connection.recv(4).startswith(b"POST")


def test_a_service_says_to_systemd_how_it_is(site: Path, serve: Callable[..., Service], tmp_path: Path) -> None:
    place = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(place))
        manager.settimeout(PATIENCE)
        service = serve(NOTIFY_SOCKET=str(place))
        assert manager.recv(1_000) == b"READY=1"
        with urlopen(f"{service.url}/") as page:
            assert page.status == 200
        service.process.send_signal(signal.SIGHUP)
        name, _, moment = manager.recv(1_000).decode().partition("\n")
        assert (name, moment.partition("=")[0], moment.partition("=")[2].isdigit()) == (
            "RELOADING=1",
            "MONOTONIC_USEC",
            True,
        )
        assert manager.recv(1_000) == b"READY=1"
        assert service.stop() == 0
        assert manager.recv(1_000) == b"STOPPING=1"


def test_where_nobody_listens_to_how_it_is_it_runs_all_the_same(serve: Callable[..., Service], tmp_path: Path) -> None:
    assert serve(NOTIFY_SOCKET=str(tmp_path / "nobody")).stop() == 0


def test_a_storm_of_signals_is_heeded_once_for_each_kind(site: Path, told: Told) -> None:
    (site / "publisher.toml").write_text(named("After"))
    for _ in range(2_000):
        told.service.process.send_signal(signal.SIGHUP)
    eventually(lambda: "were read again" in "".join(told.lines))
    for _ in range(2_000):
        told.service.process.send_signal(signal.SIGTERM)
    assert told.service.process.wait(10) == 0
    eventually(lambda: "The service has stopped." in "".join(told.lines))
    assert "Traceback" not in "".join(told.lines)


def test_no_signal_comes_between_the_end_of_a_service_and_its_exit_code(told: Told) -> None:
    told.service.process.send_signal(signal.SIGTERM)
    while told.service.process.poll() is None:
        for one in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
            told.service.process.send_signal(one)
    assert told.service.process.returncode == 0
    eventually(lambda: "The service has stopped." in "".join(told.lines))


def begun(site: Path) -> subprocess.Popen[str]:
    """Return a service that heeds signals, and most likely does not serve yet."""
    words = [sys.executable, str(ROOT / "publisher.py"), "-C", str(site), "serve", "--port", "0"]
    process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    heeded = 1 << signal.SIGTERM - 1 | 1 << signal.SIGHUP - 1

    def heeds() -> bool:
        status = Path(f"/proc/{process.pid}/status").read_text()
        return int(status.partition("SigCgt:\t")[2].split()[0], 16) & heeded == heeded

    eventually(heeds)
    return process


def test_a_signal_that_comes_before_there_is_a_service_is_heeded(site: Path) -> None:
    with begun(site) as process:
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
        assert process.stderr
        assert "Traceback" not in process.stderr.read()
    with begun(site) as process:
        lines = list[str]()
        threading.Thread(target=lambda: lines.extend(process.stderr or ()), daemon=True).start()
        process.send_signal(signal.SIGHUP)
        eventually(lambda: any("were read again" in line for line in lines))
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0


def test_when_told_to_stop_it_refuses_new_requests_and_ends_those_that_are_open(
    run: CommandLine, tools: Tools, serve: Callable[..., Service]
) -> None:
    run("subscriber", "add", "ada@example.org", "--confirmed")
    with tools.open_store() as store:
        token = store.subscribers.get("ada@example.org").unsubscribe_token
    service = serve()
    host, _, port = service.url.removeprefix("http://").partition(":")
    body = b"List-Unsubscribe=One-Click"
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as slow:
        slow.sendall(f"POST /unsubscribe/{token} HTTP/1.1\r\nHost: {host}\r\n".encode())
        slow.sendall(b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n" % len(body))
        slow.sendall(body[:20])
        with urlopen(f"{service.url}/"):
            pass  # so that the service has taken what came before
        service.process.send_signal(signal.SIGTERM)

        def refuses() -> bool:
            try:
                socket.create_connection((host, int(port)), timeout=PATIENCE).close()
            except ConnectionRefusedError:
                return True
            return False

        eventually(refuses)
        slow.sendall(body[20:])
        assert slow.recv(100).startswith(b"HTTP/1.1 200")
    assert service.process.wait(10) == 0
    assert run.ask("subscriber", "show", "ada@example.org")["state"] == "ended"


def test_when_told_to_stop_it_waits_for_no_body_that_does_not_come_and_no_answer_that_nobody_takes(
    site: Path, serve: Callable[..., Service]
) -> None:
    service = serve()
    host, _, port = service.url.removeprefix("http://").partition(":")
    eventually((site / "feeds" / "all.atom").exists)
    with (
        socket.create_connection((host, int(port)), timeout=PATIENCE) as halting,
        socket.create_connection((host, int(port)), timeout=PATIENCE) as deaf,
    ):
        halting.sendall(f"POST /subscribe HTTP/1.1\r\nHost: {host}\r\nContent-Length: 100\r\n\r\nemail=".encode())
        deaf.settimeout(0.5)
        with suppress(TimeoutError):
            while True:  # until the service reads no further, since nobody takes what it has answered
                deaf.sendall(f"GET /releases/?q={'x' * 1_000} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode() * 100)
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(10) == 0
        assert halting.recv(100).startswith(b"HTTP/1.1 408")
    assert service.process.stderr
    said = service.process.stderr.read()
    assert not re.search("Traceback|Cancel|exceeded|Exception", said), said
