"""Digests go out through a real server, and what becomes of them comes back by LMTP."""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from pressroom.returns import ReturnsDoor
from pressroom.tools import Tools
from tests.conftest import CommandLine
from tests.delivery.returned import REPLY, VACATION, a_mail, a_postfix_report

ADA, BO = "ada@example.org", "bo@example.org"
SETTINGS = """[bounces]
address = "bounces@news.example.org"

[smtp]
host = "127.0.0.1"
port = {port}
security = "none"
"""


class Relay:
    """The server that digests go through; it keeps what it took, by recipient."""

    def __init__(self) -> None:
        self.taken: dict[str, list[Envelope]] = {}

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 – its name
        self.taken.setdefault(envelope.rcpt_tos[0], []).append(envelope)
        return "250 Taken"

    def token(self, address: str) -> str:
        """Return the token in the sender of the newest mail to an address."""
        return str(self.taken[address][-1].mail_from).partition("@")[0].removeprefix("bounces+")


@pytest.fixture
def relay(site: Path) -> Iterator[Relay]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(relay := Relay(), hostname="127.0.0.1", port=port)
    controller.start()
    (site / "publisher.toml").write_text(SETTINGS.format(port=port))
    yield relay
    controller.stop()


@pytest.fixture
def mailbox(run: CommandLine, site: Path, relay: Relay) -> Iterator[smtplib.LMTP]:
    """What the relay hands over to, of what comes to our domain."""
    listening = socket.create_server(("127.0.0.1", 0))
    door = ReturnsDoor(Tools.of(site), lambda: run.now, listening)
    door.start()
    client = smtplib.LMTP("127.0.0.1", listening.getsockname()[1])
    yield client
    client.close()
    door.stop()


def a_day_passes(run: CommandLine) -> None:
    run.wait(days=1)
    run("release", "add", "--title", f"Floods {run.now:%d %B}")
    run("publish")


def comes_back(mailbox: smtplib.LMTP, content: bytes, to: str, sender: str = "") -> None:
    mailbox.sendmail(sender, f"bounces+{to}@news.example.org", content.replace(b"\n", b"\r\n"))


@pytest.mark.R7
def test_who_is_gone_gets_no_more_mail_after_two_reports_on_two_days(
    run: CommandLine, relay: Relay, mailbox: smtplib.LMTP
) -> None:
    for address in (ADA, BO):
        run("subscriber", "add", address, "--frequency", "daily", "--confirmed")
    run("publish")
    for _ in range(2):
        a_day_passes(run)
        token = relay.token(ADA)
        for _ in range(2):  # each report comes twice
            comes_back(mailbox, a_postfix_report(token, ADA), token)
    for _ in range(2):
        a_day_passes(run)
    assert {address: len(mails) for address, mails in relay.taken.items()} == {ADA: 2, BO: 4}
    assert [one["class"] for one in run.ask("bounce", "list")] == ["dead", "dead"]
    states = {one["address"]: one["state"] for one in run.ask("subscriber", "list")}
    assert states == {ADA: "suppressed", BO: "active"}


def test_forged_reports_replays_and_vacation_notes_change_nothing(
    run: CommandLine, relay: Relay, mailbox: smtplib.LMTP
) -> None:
    run("subscriber", "add", ADA, "--frequency", "daily", "--confirmed")
    run("publish")
    for _ in range(6):
        a_day_passes(run)
        token = relay.token(ADA)
        forged = "d" + token[1:9] + "a" * 20
        comes_back(mailbox, a_postfix_report(forged, ADA), forged)
        comes_back(mailbox, a_postfix_report(token, ADA), token, "mallory@example.net")
        comes_back(mailbox, a_mail(VACATION, token=token), token)
        comes_back(mailbox, a_mail(REPLY, token=token), token, ADA)
    assert len(relay.taken[ADA]) == 6
    assert run.ask("bounce", "list") == []


def test_an_operator_sees_why_and_brings_the_reader_back(run: CommandLine, relay: Relay, mailbox: smtplib.LMTP) -> None:
    run("subscriber", "add", ADA, "--frequency", "daily", "--confirmed")
    run("publish")
    for _ in range(2):
        a_day_passes(run)
        token = relay.token(ADA)
        comes_back(mailbox, a_postfix_report(token, ADA, said="550 5.1.1 no such user"), token)
    assert "550 5.1.1 no such user" in run("bounce", "list", ADA).out
    run("bounce", "clear", ADA, "--reason", "they rang: the address lives")
    a_day_passes(run)
    assert len(relay.taken[ADA]) == 3
