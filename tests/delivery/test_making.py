"""Messages that are made and signed ahead of those that are handed over: in their order, and none that must not go."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import pytest

from pressroom.delivery import making
from pressroom.delivery.dkim import DkimKeys, DkimSigner
from pressroom.delivery.making import SignsApart
from pressroom.delivery.mime import Encoded, encode
from pressroom.delivery.owner import an_owner
from pressroom.delivery.queue import Answer
from pressroom.delivery.signing import SigningProcess
from pressroom.delivery.worker import Worker
from pressroom.locks import present
from pressroom.models.runs import Delivery, Message
from pressroom.storage import Store
from tests.conftest import CommandLine
from tests.delivery.test_several_at_once import Wires
from tests.delivery.test_worker import NAMES, NOW, Letters, states


class SignedApartError(Exception):
    """A process was begun that signs."""


class Signer:
    """Signs after something has happened."""

    def __init__(self, before: Callable[[], object] = lambda: None) -> None:
        self._before = before

    def signed(self, content: Encoded) -> Encoded:
        self._before()
        return Encoded(b"DKIM-Signature: yes\r\n" + content)

    def apart(self) -> SignsApart:
        raise SignedApartError


class Keeping(Wires):
    """A transport that keeps what it was given."""

    def __init__(self) -> None:
        super().__init__(at_once=1)
        self.contents: list[bytes] = []
        self.messages: list[Message] = []

    def begin(self, ticket: int, message: Message, content: bytes) -> None:
        self.contents.append(content)
        self.messages.append(message)
        super().begin(ticket, message, content)


def worker(store: Store, wires: Wires, signer: Signer, stop: Callable[[], bool] = lambda: False) -> Worker[Delivery]:
    return Worker(store.deliveries, Letters(), wires, lambda: NOW, stop, dkim=signer)


def test_all_are_signed_and_leave_in_their_order(waiting: Store) -> None:
    wires, signer = Keeping(), Signer()
    assert worker(waiting, wires, signer).deliver().sent == 3
    assert wires.begun == [f"{name}@example.org" for name in NAMES]
    assert [content.startswith(b"DKIM-Signature: yes\r\n") for content in wires.contents] == [True] * 3


@pytest.fixture
def with_processors(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """What sets how many processors there are; three messages are many, and two are signed at once."""
    monkeypatch.setattr(making, "MANY", 3)
    monkeypatch.setattr(making, "AT_ONCE", 2)

    def set_to(number: int) -> None:
        monkeypatch.setattr(os, "sched_getaffinity", lambda _: range(number))

    return set_to


def test_many_are_signed_apart_in_their_order(
    waiting: Store, tmp_path: Path, with_processors: Callable[[int], None]
) -> None:
    with_processors(2)
    key = DkimKeys(tmp_path / "dkim").generate("one", "ed25519")
    begun: list[SigningProcess] = []

    class Ready(DkimSigner):
        def apart(self) -> SigningProcess:
            process = SigningProcess(self)
            while not process.is_ready:
                time.sleep(0.01)
            begun.append(process)
            return process

    wires = Keeping()
    assert (
        Worker(waiting.deliveries, Letters(), wires, lambda: NOW, dkim=Ready("example.org", [key])).deliver().sent == 3
    )
    assert wires.begun == [f"{name}@example.org" for name in NAMES]
    alone = DkimSigner("example.org", [key])
    assert wires.contents == [encode(message, alone) for message in wires.messages]
    (process,) = begun
    assert process.pid is None, "it ends with the round"


@pytest.mark.parametrize(("processors", "senders"), [(1, 1), (3, 2), (4, 3)])
def test_none_is_signed_apart_where_each_sender_needs_a_processor(
    waiting: Store, with_processors: Callable[[int], None], processors: int, senders: int
) -> None:
    with_processors(processors)
    with ExitStack() as others:
        for _ in range(senders - 1):
            others.enter_context(present(waiting.deliveries.senders))
        assert worker(waiting, wires := Keeping(), Signer()).deliver().sent == 3  # whose `apart` fails
    assert all(content.startswith(b"DKIM-Signature: yes\r\n") for content in wires.contents)


@pytest.mark.parametrize(
    ("processors", "beside"),
    [
        pytest.param(4, present, id="another process sends"),
        pytest.param(2, an_owner, id="this one sends digests, and letters in between"),
    ],
)
def test_many_are_signed_apart_while_there_are_processors_for_all(
    waiting: Store,
    with_processors: Callable[[int], None],
    processors: int,
    beside: Callable[[Path], AbstractContextManager[str]],
) -> None:
    with_processors(processors)
    with beside(waiting.deliveries.senders), pytest.raises(SignedApartError):
        worker(waiting, Keeping(), Signer()).deliver()


@pytest.mark.R7
def test_who_leaves_while_their_message_is_signed_is_not_mailed(waiting: Store, run: CommandLine) -> None:
    has_left = threading.Lock()

    def leave() -> None:
        with has_left:
            if waiting_state(run) == "active":
                run("subscriber", "unsubscribe", "bo@example.org")

    wires = Keeping()
    worker(waiting, wires, Signer(leave)).deliver()
    assert wires.begun == ["ada@example.org", "cy@example.org"]
    assert states(waiting) == ["sent", "suppressed", "sent"]


def waiting_state(run: CommandLine) -> str:
    return str(run.ask("subscriber", "show", "bo@example.org")["state"])


@pytest.mark.R6
def test_a_stop_leaves_what_was_made_ahead_for_the_next_round(waiting: Store) -> None:
    wires, signer = Keeping(), Signer()
    worker(waiting, wires, signer, stop=lambda: bool(wires.begun)).deliver()
    begun = len(wires.begun)
    assert sorted(states(waiting)) == sorted(["sent"] * begun + ["queued"] * (3 - begun))
    assert worker(waiting, Keeping(), Signer()).deliver().sent == 3 - begun


def test_who_is_looked_up_ahead_is_told_before_each_is_made(waiting: Store) -> None:
    seen: list[int] = []

    class Builder(Letters):
        def build(self, delivery: Delivery) -> Message | None:
            assert delivery.pk in seen
            return super().build(delivery)

    def expect(deliveries: Sequence[Delivery]) -> None:
        seen.extend(delivery.pk for delivery in deliveries)

    Worker(waiting.deliveries, Builder(), Wires(), lambda: NOW, expect=expect).deliver()
    assert seen == [1, 2, 3]


def test_a_signature_that_fails_ends_the_round_and_leaves_all_free(waiting: Store) -> None:
    def fail() -> Answer:
        raise RuntimeError("the key is gone")

    with pytest.raises(RuntimeError, match="the key is gone"):
        worker(waiting, Keeping(), Signer(fail)).deliver()
    assert states(waiting) == ["queued"] * 3
