"""The door through which mail comes back: what it takes, what it turns away, and when it asks to try again."""

from __future__ import annotations

import smtplib
import socket
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pressroom import returns
from pressroom.returns import ReturnsDoor
from tests.conftest import CommandLine
from tests.delivery.returned import BOUNCES, STOP, a_mail, a_postfix_report, an_abuse_report
from tests.membership.returns import ADA, Site

Open = Callable[..., smtplib.SMTP]
NOBODY = ""


@pytest.fixture
def ours(run: CommandLine, site: Path) -> Iterator[Site]:
    made = Site(run, site, ADA)
    made.send()
    yield made
    made.store.close()


def opened_door(ours: Site) -> tuple[ReturnsDoor, int]:
    """Open the door on a free port of this machine, and return it with the port."""
    listening = socket.create_server(("127.0.0.1", 0))
    door = ReturnsDoor(ours.tools, lambda: ours.press.now, listening)
    door.start()
    return door, listening.getsockname()[1]


@pytest.fixture
def connect(ours: Site) -> Iterator[Open]:
    """Open the door and connect to it, by LMTP if nothing else is said."""
    door, port = opened_door(ours)
    opened: list[smtplib.SMTP] = []

    def open_one(client: type[smtplib.SMTP] = smtplib.LMTP) -> smtplib.SMTP:
        opened.append(client("127.0.0.1", port))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()
    door.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


def refusal(client: smtplib.SMTP, content: bytes, to: str, sender: str = NOBODY) -> tuple[int, bytes]:
    """Return how a mail is refused, by its one recipient or as a whole."""
    with pytest.raises(smtplib.SMTPException) as caught:
        client.sendmail(sender, to, content)
    error = caught.value
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return error.recipients[to]
    assert isinstance(error, smtplib.SMTPResponseException)
    said = error.smtp_error
    return error.smtp_code, said if isinstance(said, bytes) else said.encode()


def to_the_newest(ours: Site) -> tuple[str, bytes]:
    message = ours.message()
    return message.sender, wire(a_postfix_report(message.envelope_id, ADA))


def wire(content: bytes) -> bytes:
    return content.replace(b"\n", b"\r\n")


def test_a_report_comes_by_lmtp_and_is_noted(ours: Site, connect: Open) -> None:
    to, content = to_the_newest(ours)
    assert to.endswith(BOUNCES.replace("bounces", ""))
    connect().sendmail(NOBODY, to, content)
    ((address, bounce),) = ours.store.bounces.all()
    assert (address, bounce.bounce_class, bounce.at) == (ADA, "dead", ours.press.now)


def test_the_recipient_alone_says_whose_a_report_is(ours: Site, connect: Open) -> None:
    to, _ = to_the_newest(ours)
    connect().sendmail(NOBODY, to.upper(), wire(a_postfix_report("hidden", ADA, envid=False)))
    assert [address for address, _ in ours.store.bounces.all()] == [ADA]


def test_a_report_that_is_from_somebody_is_taken_and_changes_nothing(ours: Site, connect: Open) -> None:
    to, content = to_the_newest(ours)
    before = ours.rows()
    connect().sendmail("mallory@example.net", to, content)
    assert ours.rows() == before


def test_mail_to_unsubscribe_and_reports_of_abuse_come_the_same_way(ours: Site, connect: Open) -> None:
    client = connect()
    link = ours.store.subscribers.get(ADA).unsubscribe_token
    client.sendmail("someone@example.net", f"unsubscribe+{link.upper()}@news.example.org", wire(a_mail(STOP)))
    assert ours.state() == "ended"
    abuse = wire(an_abuse_report(token=ours.message().envelope_id))
    client.sendmail("feedback@example.com", "fbl@news.example.org", abuse)
    assert ours.state() == "suppressed"


@pytest.mark.parametrize("local", ["bounces", "fbl", "unsubscribe", "Bounces+nonsense", "unsubscribe+x"])
def test_what_names_nobody_is_taken_and_dropped(ours: Site, connect: Open, local: str) -> None:
    before = ours.rows()
    connect().sendmail(NOBODY, f"{local}@news.example.org", b"Subject: x\r\n\r\nx\r\n")
    assert ours.rows() == before


@pytest.mark.parametrize(
    "to", ["digest@news.example.org", "bounces@example.net", "bounces", "bouncesx@news.example.org"]
)
def test_no_other_address_is_taken(connect: Open, to: str) -> None:
    assert refusal(connect(), b"", to) == (550, b"5.1.1 No such mailbox here")


def test_one_recipient_is_taken_at_a_time(ours: Site, connect: Open) -> None:
    client = connect()
    client.ehlo_or_helo_if_needed()
    client.mail(NOBODY)
    assert client.rcpt("fbl@news.example.org")[0] == 250
    assert client.rcpt(BOUNCES) == (452, b"4.5.3 One recipient at a time")


def test_a_line_that_is_longer_than_the_rule_allows_is_taken(ours: Site, connect: Open) -> None:
    to, content = to_the_newest(ours)
    connect().sendmail(NOBODY, to, content + b"x" * 20_000 + b"\r\n")
    assert len(ours.store.bounces.all()) == 1


@pytest.mark.parametrize("line", [b"\r\n", b"x" * 998 + b"\r\n"])
def test_a_mail_that_is_too_large_is_refused(connect: Open, line: bytes) -> None:
    code, _ = refusal(connect(), line * (600_000 // len(line)), BOUNCES)
    assert code == 552


@pytest.mark.filterwarnings("ignore:unclosed")
def test_while_the_catalogue_is_locked_it_asks_to_try_again(
    ours: Site, connect: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(returns, "BUSY_SECONDS", 0)
    to, content = to_the_newest(ours)
    client = connect()
    with sqlite3.connect(ours.tools.catalogue) as other:
        other.execute("BEGIN IMMEDIATE")
        assert refusal(client, content, to) == (451, b"4.3.0 Try again later")
    other.close()
    client.sendmail(NOBODY, to, content)
    assert len(ours.store.bounces.all()) == 1


def test_while_the_catalogue_is_away_it_asks_to_try_again(ours: Site, connect: Open) -> None:
    to, content = to_the_newest(ours)
    ours.tools.catalogue.rename(ours.tools.data / "away")
    assert refusal(connect(), content, to)[0] == 451


def test_what_nobody_thought_of_is_one_line_in_the_log(
    ours: Site, connect: Open, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError(f"cannot mail {ADA}")

    monkeypatch.setattr(returns, "record", fail)
    to, content = to_the_newest(ours)
    assert refusal(connect(), content, to) == (451, b"4.3.0 Try again later")
    assert [one.getMessage() for one in caplog.records if one.name == "pressroom.returns"] == [
        "That was unexpected: RuntimeError: cannot mail …"
    ]


def test_who_comes_when_enough_are_there_is_turned_away(connect: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(returns, "MOST_CONNECTIONS", 2)
    first, _ = connect(), connect()
    with pytest.raises(smtplib.SMTPConnectError) as caught:
        connect()
    assert caught.value.smtp_code == 421
    first.quit()
    assert connect().noop()[0] == 250


def test_a_connection_that_never_ends_is_ended(connect: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(returns, "COMMANDS_OF_A_KIND", 3)
    client = connect()
    assert [client.rset()[0] for _ in range(3)] == [250] * 3
    assert [client.noop()[0] for _ in range(4)] == [250, 250, 250, 421]


def test_it_speaks_smtp_where_that_is_wanted(run: CommandLine, site: Path) -> None:
    ours = Site(run, site, ADA, settings='protocol = "smtp"\n')
    ours.send()
    door, port = opened_door(ours)
    to, content = to_the_newest(ours)
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.sendmail(NOBODY, to, content)
    door.stop()
    assert len(ours.store.bounces.all()) == 1
    ours.store.close()
