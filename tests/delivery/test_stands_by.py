"""What is made and stands by, and what happens to its reader, its server or the catalogue until it goes (R6, R7)."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace

import pytest

from pressroom.delivery import worker as worker_module
from pressroom.delivery.queue import Answer, Verdict
from pressroom.delivery.smtp import SmtpTransport
from pressroom.delivery.worker import Worker
from pressroom.errors import CatalogueTroubleError, InvalidFieldError
from pressroom.models.letters import LetterKind
from pressroom.models.runs import MOVED, Delivery, Message
from pressroom.settings import Smtp
from pressroom.storage import Store
from tests.delivery.scripted import ScriptedServer, scripted
from tests.delivery.test_several_at_once import Wires
from tests.delivery.test_worker import NAMES, NOW, TAKEN, Letters, states

NEVER = Answer(Verdict.NEVER, "550 5.1.1 no such user")


class AsTheyAre(Letters):
    """A builder of messages to the addresses that readers have when they are made."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def build(self, delivery: Delivery) -> Message | None:
        message, reader = super().build(delivery), self._store.subscribers.by_pk(delivery.subscriber or 0)
        return replace(message, recipient=reader.address) if message and reader else None


class Meanwhile(Wires):
    """A transport with one connection; when the first message goes, the third reader moves."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self._store = store

    def room_for(self, wanted: int) -> int:
        return 1 - len(self._on_way)

    def begin(self, ticket: int, message: Message, content: bytes) -> None:
        if not self.begun:
            self._store.subscribers.set_address(3, "cy@example.net")
        super().begin(ticket, message, content)


@pytest.mark.R7
def test_who_moves_while_the_message_stands_by_gets_it_at_the_new_address(waiting: Store) -> None:
    wires = Meanwhile(waiting)
    assert Worker(waiting.deliveries, AsTheyAre(waiting), wires, lambda: NOW).deliver().sent == 3
    assert wires.begun == ["ada@example.org", "bo@example.org", "cy@example.net"]


def test_a_message_that_is_always_to_another_address_keeps_nobody_busy(waiting: Store) -> None:
    waiting.subscribers.set_address(2, "bo@example.net")
    tally = Worker(waiting.deliveries, Letters(), Wires(), lambda: NOW).deliver()
    assert (tally.sent, tally.put_off) == (2, 1)
    assert [one.reply for one in waiting.deliveries.of_run(1)] == ["250 ok", MOVED, "250 ok"]


@pytest.mark.R7
def test_who_leaves_while_a_server_greets_slowly_is_not_mailed(waiting: Store) -> None:
    def leave_when_called(server: ScriptedServer) -> None:
        while len(server.sessions) < 3:  # the messages are made, and connections asked for
            time.sleep(0.01)
        with Store.open(waiting.path) as other, other.atomic():
            other.write("UPDATE subscribers SET state = 'ended' WHERE address = 'bo@example.org'")
        server.greets_late.set()

    with scripted({"LATE": "yes"}) as server, closing(smtp(server.port)) as transport:
        watching = threading.Thread(target=leave_when_called, args=(server,))
        watching.start()
        Worker(waiting.deliveries, Letters(), transport, lambda: NOW).deliver()
        watching.join()
        said = [command for session in server.sessions for command in session.commands if command.startswith("RCPT")]
    assert sorted(said) == ["RCPT TO:<ada@example.org>", "RCPT TO:<cy@example.org>"]
    assert states(waiting) == ["sent", "suppressed", "sent"]


def test_where_a_server_refuses_some_connections_before_it_allows_one_that_one_carries_all(waiting: Store) -> None:
    allowed, refused = {"LATE": "yes"}, {"CONNECT": "421 too many connections"}
    with scripted(allowed, refused) as server, closing(smtp(server.port)) as transport:
        assert transport.room_for(3) == 0
        time.sleep(0.2)
        server.greets_late.set()
        time.sleep(0.2)  # all has been said, and is heard at once
        tally = Worker(waiting.deliveries, Letters(), transport, lambda: NOW).deliver()
    assert (tally.sent, tally.closed) == (3, "")


@pytest.mark.R6
def test_what_is_said_of_a_letter_that_could_not_be_marked_is_not_noted_for_a_digest(
    waiting: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "KEEPS_ANSWERS", -1)
    for number in (1, 2, 3):
        waiting.letters.add(number, LetterKind.WELCOME, f"{number:026}", NOW)
    wires, together = Wires(NEVER, NEVER, NEVER, at_once=1), waiting.letters.together

    @contextmanager
    def away() -> Iterator[None]:
        if wires.begun:
            raise CatalogueTroubleError(waiting.path, "another program keeps it locked", "close that")
        with together():
            yield

    monkeypatch.setattr(waiting.letters, "together", away)
    Worker(waiting.letters, ToReaders(), wires, lambda: NOW).deliver()
    assert wires.begun == [f"{name}@example.org" for name in NAMES]
    assert Worker(waiting.deliveries, Letters(), wires, lambda: NOW).deliver().sent == 3
    assert [one.reply for one in waiting.deliveries.of_run(1)] == ["250 ok"] * 3


class ToReaders:
    """A builder of bare letters."""

    def build(self, letter: object) -> Message | None:
        return Letters().build(letter)  # type: ignore[arg-type]  # it reads what both have


@pytest.mark.R6
def test_where_nothing_can_be_done_with_a_refusal_what_became_of_all_is_kept(waiting: Store) -> None:
    def fails(queued: Delivery, answer: Answer) -> None:
        waiting.write("UPDATE subscribers SET name = 'half done' WHERE pk = ?", (queued.subscriber,))
        raise InvalidFieldError("bounce", "cannot be noted", "look at it")

    tally = Worker(waiting.deliveries, Letters(), Wires(TAKEN, NEVER, TAKEN), lambda: NOW, refused=fails).deliver()
    assert states(waiting) == ["sent", "failed", "sent"]
    assert [str(fault) for fault in tally.trouble] == ["bounce: cannot be noted; look at it."]
    assert waiting.value("SELECT count(*) FROM subscribers WHERE name = 'half done'") == 0


def smtp(port: int) -> SmtpTransport:
    return SmtpTransport(Smtp(host="127.0.0.1", port=port, security="none"))
