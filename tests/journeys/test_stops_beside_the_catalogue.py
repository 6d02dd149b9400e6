"""What was asked to stop while the catalogue could not be used is done before any mail leaves (R7)."""

from __future__ import annotations

import pytest

from pressroom.delivery.maildir import MaildirTransport
from pressroom.delivery.queue import Answer
from pressroom.models.people import Frequency
from pressroom.models.runs import Message
from pressroom.stops import Stop
from pressroom.storage import Store
from pressroom.tools import Tools
from tests.conftest import CommandLine

ADA, BEN = "ada@example.org", "ben@example.org"

pytestmark = pytest.mark.R7


@pytest.fixture
def press(run: CommandLine, tools: Tools) -> CommandLine:
    """A site with two daily readers and one release that is owed to them, on Monday 26 January 2026, 09:00."""
    for address in (ADA, BEN):
        run("subscriber", "add", address, "--frequency", "daily", "--confirmed")
    run("release", "add", "--title", "Floods")
    run("publish")
    run.wait(hours=1)
    tools.stops.prepare()
    return run


def keep(store: Store, tools: Tools, press: CommandLine, address: str, frequency: Frequency | None = None) -> None:
    tools.stops.keep(Stop(store.subscribers.get(address).unsubscribe_token, press.now, frequency))


def digests(press: CommandLine, address: str) -> int:
    return sum("Floods" in str(mail) for mail in press.mails(address))


@pytest.mark.parametrize("command", [["publish"], ["digest", "send", "--frequency", "daily", "--yes"]])
def test_a_run_is_not_frozen_for_who_has_stopped(
    press: CommandLine, store: Store, tools: Tools, command: list[str]
) -> None:
    keep(store, tools, press, ADA)
    press.wait(days=1)
    press(*command)
    (last,) = press.ask("digest", "list")
    assert last["counts"]["enlisted"] == 1
    assert (digests(press, ADA), digests(press, BEN)) == (0, 1)


def test_one_that_comes_while_a_run_goes_out_keeps_back_the_very_next_message(
    press: CommandLine, store: Store, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = MaildirTransport.send

    def send(transport: MaildirTransport, message: Message) -> Answer:
        if message.recipient == ADA:
            keep(store, tools, press, BEN)
        return really(transport, message)

    monkeypatch.setattr(MaildirTransport, "send", send)
    press("digest", "send", "--frequency", "daily", "--yes")
    (last,) = press.ask("digest", "list")
    assert (last["counts"]["sent"], last["counts"]["suppressed"]) == (1, 1)
    assert (digests(press, ADA), digests(press, BEN)) == (1, 0)


def test_it_ends_as_of_when_it_was_asked(press: CommandLine, store: Store, tools: Tools) -> None:
    keep(store, tools, press, ADA)
    asked_at = press.now
    press.wait(hours=5)
    press("deliver")
    *_, last = store.consents.of(store.subscribers.get(ADA).pk)
    assert (last["what"], last["how"]) == ("unsubscribed from everything", "unsubscribe link")
    assert last["at"] == asked_at.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_who_has_signed_up_anew_since_goes_on(press: CommandLine, store: Store, tools: Tools) -> None:
    keep(store, tools, press, ADA)
    press.wait(minutes=1)
    press("subscriber", "unsubscribe", ADA)
    press("subscriber", "add", ADA, "--frequency", "daily", "--confirmed")
    press("publish")
    assert press.ask("subscriber", "show", ADA)["state"] == "active"
    assert not tools.stops.waiting()


def test_a_part_can_be_stopped_and_the_rest_goes_on(press: CommandLine, store: Store, tools: Tools) -> None:
    press("topic", "add", "Rivers")
    press("subscriber", "set", ADA, "--topic", "rivers=weekly")
    keep(store, tools, press, ADA, Frequency.DAILY)
    press("publish", "--feeds-only")
    assert press.ask("subscriber", "show", ADA)["choices"] == ["rivers=weekly"]


@pytest.mark.R12
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("notes.txt", "buy milk\n"),
        ("a" * 26, ""),
        ("a" * 26, "yesterday button\n"),
        (f"{'a' * 26}.yearly", "2026-01-26T09:00:00Z button\n"),
        ("a" * 26, "2026-01-26T09:00:00Z b\u00fctton\n"),
    ],
)
def test_a_file_that_asks_for_nothing_is_named_and_holds_up_no_other(
    press: CommandLine, store: Store, tools: Tools, name: str, content: str
) -> None:
    path = tools.data / "stops" / name
    path.write_text(content)
    keep(store, tools, press, ADA)
    press.wait(days=1)
    answer = press("publish", ok=False)
    assert answer.code == 3
    assert answer.err == f"The unsubscribe {path} cannot be read; delete that file.\n"
    assert (digests(press, ADA), digests(press, BEN)) == (0, 1)
    path.unlink()
    press("publish")


def test_a_token_of_nobody_is_done_with(press: CommandLine, tools: Tools) -> None:
    tools.stops.keep(Stop("a" * 26, press.now))
    press("publish")
    assert not tools.stops.waiting()


def test_what_is_asked_twice_waits_once_and_is_readable_by_its_owner_only(press: CommandLine, tools: Tools) -> None:
    for by_program in (True, False):
        tools.stops.keep(Stop("a" * 26, press.now, is_by_program=by_program))
    (path,) = tools.stops.waiting()
    assert tools.stops.read(path) == Stop("a" * 26, press.now)
    assert path.stat().st_mode & 0o777 == 0o600
