"""Who holds a delivery, and when: claims that are lost, people who leave meanwhile, connections that end (R6, R7)."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from aiosmtpd.controller import Controller

from pressroom.delivery import smtp as smtp_module
from pressroom.delivery.queue import Answer, Verdict
from pressroom.delivery.smtp import SmtpTransport
from pressroom.delivery.tally import Tally
from pressroom.delivery.worker import Worker
from pressroom.models.people import SubscriberState
from pressroom.models.runs import Delivery, Message
from pressroom.publishing.outlook import next_look
from pressroom.settings import Smtp
from pressroom.storage import Store
from pressroom.tools import Tools
from tests.conftest import CommandLine
from tests.delivery.handing import send, send_once
from tests.delivery.test_smtp import MESSAGE, Mailbox
from tests.delivery.test_worker import NOW, Letters, Wire, states, worker


class Meanwhile(Letters):
    """A builder during whose work on the delivery of `subscriber` something else happens."""

    def __init__(self, subscriber: int, happens: Callable[[], object]) -> None:
        self._subscriber, self._happens = subscriber, happens

    def build(self, delivery: Delivery) -> Message | None:
        if delivery.subscriber == self._subscriber:
            self._happens()
        return super().build(delivery)


@pytest.mark.R7
def test_who_leaves_while_their_message_is_built_is_not_mailed(waiting: Store) -> None:
    wire = Wire()
    builder = Meanwhile(2, lambda: waiting.subscribers.set_state(2, SubscriberState.ENDED))
    Worker(waiting.deliveries, builder, wire, lambda: NOW).deliver()
    assert wire.sent == ["ada@example.org", "cy@example.org"]


@pytest.mark.R7
def test_who_is_imported_as_an_opt_out_is_not_mailed_although_enlisted(waiting: Store, run: CommandLine) -> None:
    (run.site / "out.csv").write_text("address\nbo@example.org\n")
    run("subscriber", "import", str(run.site / "out.csv"), "--suppressed")
    wire = Wire()
    worker(waiting, wire).deliver()
    assert wire.sent == ["ada@example.org", "cy@example.org"]


@pytest.mark.R6
def test_claims_lost_while_a_message_is_built_are_not_sent(waiting: Store) -> None:
    def taken_over() -> None:
        waiting.deliveries.give_back(waiting.deliveries.of_run(1))
        waiting.deliveries.claim("other:1:1", NOW, 9)

    wire = Wire()
    Worker(waiting.deliveries, Meanwhile(1, taken_over), wire, lambda: NOW, lambda: False).deliver()
    assert wire.sent == []
    assert states(waiting) == ["claimed"] * 3


@pytest.mark.R6
@pytest.mark.parametrize("tally", [Tally(failed=1), Tally(waiting=1), Tally(unknown=1)])
def test_whatever_has_not_surely_arrived_is_trouble(tally: Tally) -> None:
    assert tally.has_trouble


@pytest.mark.parametrize("tally", [Tally(), Tally(sent=1, suppressed=1)])
def test_what_was_sent_or_rightly_held_back_is_no_trouble(tally: Tally) -> None:
    assert not tally.has_trouble


@pytest.mark.R6
def test_a_fate_unknown_ends_the_command_with_3(press: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    press("subscriber", "add", "ada@example.org", "--frequency", "daily", "--confirmed")
    press("release", "add", "--title", "Floods")
    press("publish")
    press.wait(days=1)
    wire = Wire(Answer(Verdict.SILENCE, "lost"))
    monkeypatch.setattr("pressroom.publishing.delivering.make_transport", lambda tools: wire)
    assert press("publish", ok=False).code == 3
    assert press.ask("digest", "list")[0]["counts"]["unknown"] == 1


def test_the_next_look_is_when_the_first_retry_is_due(waiting: Store, tools: Tools) -> None:
    worker(waiting, Wire(Answer(Verdict.LATER, "450 wait"))).deliver()
    assert next_look(waiting, tools, NOW) == NOW + timedelta(minutes=5)


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def transport(mailbox: Mailbox) -> Iterator[SmtpTransport]:
    """A transport to a server on this machine that puts what it takes into `mailbox`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    opened = SmtpTransport(Smtp(host="127.0.0.1", port=port, security="none"))
    yield opened
    opened.close()
    controller.stop()


def test_a_connection_is_renewed_after_so_many_messages(
    transport: SmtpTransport, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp_module, "MESSAGES_A_CONNECTION", 2)
    for _ in range(3):
        assert send(transport, MESSAGE).verdict is Verdict.TAKEN
    first, second, third = (session.peer for session in mailbox.sessions)
    assert first == second != third


def test_an_address_beyond_ascii_arrives_where_the_server_carries_it(
    transport: SmtpTransport, mailbox: Mailbox
) -> None:
    assert send(transport, replace(MESSAGE, recipient="josé@example.org")).verdict is Verdict.TAKEN
    assert mailbox.envelopes[0].rcpt_tos == ["josé@example.org"]


def test_a_server_that_says_nothing_keeps_nobody_longer_than_the_timeout() -> None:
    answers: list[Answer] = []
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        patient = SmtpTransport(Smtp(host="127.0.0.1", port=port, security="none", timeout_seconds=1))
        sending = threading.Thread(target=lambda: answers.append(send_once(patient, MESSAGE)), daemon=True)
        sending.start()
        sending.join(5)
    assert [answer.verdict for answer in answers] == [Verdict.CLOSED]
