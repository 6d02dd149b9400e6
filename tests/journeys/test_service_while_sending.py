"""A service that is sending a digest, for hours as it may be: what is new does not wait for that."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from pressroom.delivery.tally import Tally
from pressroom.errors import OutputError
from pressroom.locks import locked
from pressroom.publishing import digests, journey
from pressroom.publishing.journey import publish_due
from pressroom.storage import Store
from pressroom.tools import Tools
from tests.conftest import CommandLine
from tests.delivery.killing import Dump, counts, make_site
from tests.running import Service, add_by_another_program, eventually, titles

READERS = 200


class Slow(Dump):
    """A mail server that keeps everybody waiting until it is let go; it knows which mails are urgent."""

    def __init__(self) -> None:
        super().__init__(thinks_for=0.02)
        self.is_free = threading.Event()
        self.begun = self.urgent = 0

    def take(self, recipient: str, message: bytes) -> None:
        self.begun += 1
        self.is_free.wait()
        super().take(recipient, message)
        self.urgent += b"Sirens" in message


@contextmanager
def a_slow_server(site: Path, *settings: str) -> Iterator[Slow]:
    """Give a server to which a digest is going to leave, with further lines of the settings."""
    server = Slow()
    try:
        make_site(site, READERS, server.port)
        with (site / "publisher.toml").open("a") as file:
            file.writelines(f"{line}\n" for line in settings)
        yield server
    finally:
        server.is_free.set()
        server.shutdown()
        server.server_close()


def test_feeds_have_what_is_new_while_a_mail_server_does_not_answer(site: Path, serve: Callable[..., Service]) -> None:
    with a_slow_server(site) as server:
        service = serve()
        eventually(lambda: server.begun > 0)
        add_by_another_program(site, "By hand")
        eventually(lambda: "By hand" in titles(site))
        assert server.number == 0
        server.is_free.set()
        eventually(lambda: counts(site).sent == READERS)
        service.stop()
    assert set(server.taken.values()) == {1}


@pytest.mark.R4
@pytest.mark.parametrize("settings", [(), ("[mail]", "a_minute = 60")], ids=["at full speed", "at a pace"])
def test_an_urgent_release_goes_before_what_is_left_of_a_digest(
    site: Path, run: CommandLine, serve: Callable[..., Service], settings: tuple[str, ...]
) -> None:
    with a_slow_server(site, *settings) as server:
        server.is_free.set()
        serve()
        eventually(lambda: server.number > 0)
        run("release", "add", "--title", "Sirens", "--urgent")
        eventually(lambda: server.urgent > 0)
        with Tools.of(site).open_store() as store:
            first = store.runs.get(1)
        assert first.counts.waiting > 0


def test_what_is_edited_while_a_digest_is_made_is_in_the_feeds_while_it_leaves(
    press_while_sending: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, tools = press_while_sending, Tools.of(press_while_sending.site, is_service=True)
    opened, edited = digests.open_due_run, list[bool]()

    def open_due_run(*parts: Any, **more: Any) -> Any:
        with sqlite3.connect(tools.catalogue) as other:
            other.execute("UPDATE releases SET title = 'Floods, mended' WHERE title = 'Floods'")
        other.close()
        return opened(*parts, **more)

    def deliver(store: Store, tools: Tools, now: datetime, meanwhile: Callable[[datetime], bool]) -> Tally:
        meanwhile(now)
        edited.append("Floods, mended" in titles(run.site))
        return Tally()

    monkeypatch.setattr(journey, "open_due_run", open_due_run)
    monkeypatch.setattr(journey, "deliver", deliver)
    with tools.open_store() as store:
        publish_due(store, tools, run.now)
    assert edited == [True]


@pytest.mark.R4
@pytest.mark.parametrize("trouble", ["feeds that cannot be written", "another process publishes"])
def test_trouble_with_feeds_keeps_no_urgent_news_back_and_another_publisher_nobody_waiting(
    press_while_sending: CommandLine, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    run, tools = press_while_sending, Tools.of(press_while_sending.site, is_service=True)
    called = list[bool]()

    def deliver(store: Store, tools: Tools, now: datetime, meanwhile: Callable[[datetime], bool]) -> Tally:
        run("release", "add", "--title", "Sirens", "--urgent")
        if trouble == "another process publishes":
            with locked(tools.data / "publish.lock"):
                called.append(meanwhile(now))
        else:
            monkeypatch.setattr(journey, "publish_feeds", refused)
        called.append(meanwhile(now))
        return Tally()

    monkeypatch.setattr(journey, "deliver", deliver)
    with tools.open_store() as store:
        publish_due(store, tools, run.now)
    assert called == ([False, True] if trouble == "another process publishes" else [True])


def refused(*_: object) -> None:
    raise OutputError(Path("feeds"), "permission denied")


@pytest.fixture
def press_while_sending(run: CommandLine) -> CommandLine:
    run("init")
    run("subscriber", "add", "ada@example.org", "--frequency", "daily", "--confirmed")
    run("release", "add", "--title", "Floods")
    run("publish")
    return run
