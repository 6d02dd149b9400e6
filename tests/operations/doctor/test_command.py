"""`publisher doctor` as it is run: what it looks at, what it answers, and that it leaves everything as it was."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from pressroom.operations.doctor import checks
from pressroom.operations.doctor.dns import Dns
from pressroom.tools import Tools
from tests.conftest import CommandLine
from tests.delivery.scripted import ScriptedServer, scripted
from tests.operations.doctor.zone import SILENCE, Zone, answering, txt
from tests.operations.serving import Page, Server, serving

LOCAL = ["settings", "folders", "rights", "disk", "catalogue", "ids", "files", "templates", "mail"]
OF_MAIL = ["keys", "smtp", "spf", "dkim", "dmarc", "mx", "mx", "ptr"]
OF_THE_WEB = ["address", "clock", "private", "feeds"]
FROM, BACK = "example.net", "bounce.example.net"


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as started:
        started.pages["/"] = Page(b'<link href="/feeds/all.atom">', "text/html")
        yield started


@pytest.fixture
def mail_server() -> Iterator[ScriptedServer]:
    with scripted({}) as started:
        yield started


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Zone]:
    """The DNS of a site that is in order, but for its key."""
    records = {
        f"{BACK} TXT": [txt("v=spf1 a:mail.example.net -all")],
        f"_dmarc.{FROM} TXT": [txt("v=DMARC1; p=reject; rua=mailto:dmarc@example.net")],
        f"{FROM} MX": ["10 mail.example.net."],
        f"{BACK} MX": ["10 mail.example.net."],
        "mail.example.net A": ["192.0.2.7"],
        "7.2.0.192.in-addr.arpa PTR": ["mail.example.net."],
    }
    with answering(records) as started:
        monkeypatch.setattr(checks, "system_dns", lambda: started.resolver)
        monkeypatch.setattr("socket.getfqdn", lambda: "mail.example.net")
        yield started


@pytest.fixture
def whole(press: CommandLine, server: Server, mail_server: ScriptedServer, zone: Zone) -> CommandLine:
    """A site with everything that the doctor can look at, all of it in order."""
    (press.site / "publisher.toml").write_text(
        f"""[site]
url = "{server.url}"
[mail]
from_address = "digest@{FROM}"
[smtp]
host = "127.0.0.1"
port = {mail_server.port}
security = "none"
[bounces]
address = "bounces@{BACK}"
[dkim]
selectors = ["k1"]
"""
    )
    tools = Tools.of(press.site)
    zone.records = {**zone.records, f"k1._domainkey.{FROM} TXT": [txt(tools.dkim_keys.generate("k1", "rsa").record)]}
    press("release", "add", "--title", "Rivers and floods")
    press("publish")
    server.pages["/feeds/all.atom"] = Page((press.site / "feeds" / "all.atom").read_bytes())
    return press


def checked(press: CommandLine, *words: str) -> dict[str, list[str]]:
    """Return the verdicts by check."""
    answer = press("--json", "doctor", *words, ok=False)
    found: dict[str, list[str]] = {}
    for one in answer.document:
        assert set(one) == {"check", "verdict", "words", "remedy"}
        assert bool(one["remedy"]) is (one["verdict"] != "ok")
        found.setdefault(one["check"], []).append(one["verdict"])
    assert answer.code == (3 if any("problem" in verdicts for verdicts in found.values()) else 0)
    return found


def state_of(folder: Path) -> dict[str, tuple[str, int]]:
    """Return every file below a folder with its bytes and its rights; SQLite's two beside a catalogue are its own."""
    return {
        str(path): (hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "", path.stat().st_mode)
        for path in sorted(folder.rglob("*"))
        if not path.name.endswith(("-wal", "-shm"))
    }


def test_a_site_in_order_is_told_so_check_by_check(whole: CommandLine) -> None:
    found = checked(whole)
    assert list(found) == list(dict.fromkeys(LOCAL + OF_MAIL + OF_THE_WEB))
    assert {check: verdicts for check, verdicts in found.items() if set(verdicts) != {"ok"}} == {
        "ids": ["warning"],  # the site is 127.0.0.1
        "mail": ["warning"],
        "clock": ["warning"],  # the command has a clock of its own
    }
    assert len(found["mx"]) == 2


def test_nothing_is_changed_and_nothing_is_sent(whole: CommandLine, mail_server: ScriptedServer) -> None:
    mail_server.sessions.clear()
    before = state_of(whole.site)
    whole("doctor", ok=False)
    assert state_of(whole.site) == before
    assert [session.verbs for session in mail_server.sessions] == [["EHLO", "NOOP"]]
    assert mail_server.messages == []


def test_a_new_site_keeps_the_host_of_its_ids(press: CommandLine) -> None:
    """Other commands let ids adopt the host of `[site] url` as long as none has been given."""
    press("publish")
    settings = press.site / "publisher.toml"
    settings.write_text(settings.read_text().replace("http://localhost:8000", "https://press.example.net"))
    before = state_of(press.site)
    press("doctor", "--offline", ok=False)
    assert state_of(press.site) == before


def test_offline_no_server_is_asked(
    whole: CommandLine, zone: Zone, server: Server, mail_server: ScriptedServer
) -> None:
    for asked in (zone.asked, server.asked, mail_server.sessions):
        asked.clear()
    assert list(checked(whole, "--offline")) == [*LOCAL, "keys"]
    assert (zone.asked, server.asked, mail_server.sessions) == ([], [], [])


def test_each_line_says_what_it_is_and_what_to_do(press: CommandLine) -> None:
    (press.site / "feeds").rmdir()
    answer = press("doctor", "--offline", ok=False)
    assert answer.code == 3
    lines = answer.out.splitlines()
    assert lines[0] == "ok       settings   every setting is understood."
    remedy = "make it, or name the right site with -C."
    assert lines[1] == f"problem  folders    {press.site / 'feeds'} is not there; {remedy}"
    assert lines[-1] == "1 problem(s), 1 warning(s), 7 ok."  # ids would begin with localhost


def test_a_warning_is_no_problem(press: CommandLine) -> None:
    (press.site / "data").chmod(0o755)
    assert checked(press, "--offline")["rights"] == ["warning"]
    assert press("doctor", "--offline").code == 0


@pytest.mark.R12
def test_each_setting_that_is_wrong_is_a_line(press: CommandLine) -> None:
    settings = press.site / "publisher.toml"
    settings.write_text('[site]\ntimezone = "Mars/Olympus"\n[feeds]\nitmes = 3\n')
    answer = press("--json", "doctor", ok=False)
    assert answer.code == 3
    assert [(one["check"], one["verdict"]) for one in answer.document] == [("settings", "problem")] * 2
    zone, items = answer.document
    assert zone["words"].startswith(f"{settings}: [site] timezone")
    assert items["words"] == f"{settings}: [feeds] itmes is unknown"
    assert items["remedy"] == "[feeds] knows newest, hubs"


@pytest.mark.R12
@pytest.mark.parametrize("content", ["[site\n", "\x00", '[smtp]\nhost = "x.example.net"\nsecurity = "none"\n'])
def test_settings_that_cannot_be_read_are_a_line_and_no_traceback(press: CommandLine, content: str) -> None:
    (press.site / "publisher.toml").write_text(content)
    answer = press("doctor", ok=False)
    assert answer.code == 3
    assert answer.out.splitlines()[0].startswith("problem  settings  ")


def test_a_dns_that_is_silent_spoils_no_other_check(
    whole: CommandLine, zone: Zone, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = {f"_dmarc.{FROM} TXT", f"{BACK} TXT"}
    zone.records = {name: SILENCE if name in silent else found for name, found in zone.records.items()}
    monkeypatch.setattr(checks, "Dns", lambda resolver: Dns(resolver, 0.3))
    found = checked(whole)
    assert (found["spf"], found["dmarc"]) == (["problem"], ["problem"])
    assert (found["dkim"], found["mx"], found["smtp"], found["feeds"]) == (["ok"], ["ok", "ok"], ["ok"], ["ok"])


def test_a_provider_sees_to_the_name_of_its_servers(press: CommandLine, server: Server, zone: Zone) -> None:
    (press.site / "publisher.toml").write_text(
        f'[site]\nurl = "{server.url}"\n[smtp]\nhost = "smtp.invalid"\n[mail]\nfrom_address = "d@{FROM}"\n'
    )
    found = checked(press)
    assert found["ptr"] == ["ok"]
    assert found["smtp"] == ["problem"]
    assert not [asked for asked in zone.asked if asked.endswith("PTR")]
