"""The service tells hubs in a thread of its own: a hub that is dead holds up no feed, no mail and no stop."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest

from pressroom.schedule import Schedule
from pressroom.tools import Tools
from tests.conftest import CommandLine
from tests.running import Service, add_by_another_program, eventually, titles
from tests.websub.conftest import Listen
from tests.websub.listening import NO_CONTENT, Request, saying
from tests.websub.sites import NOBODY, changed, live, published, set_up


class Scheduled:
    """The schedule of a service in this process, with a clock that goes on from a moment of the test."""

    def __init__(self, press: CommandLine, *, passive: bool = False) -> None:
        begun, given = datetime.now(UTC), press.now
        self.tools = Tools.of(press.site)
        self.schedule = Schedule(
            self.tools, lambda: (given + (datetime.now(UTC) - begun)).replace(microsecond=0), passive=passive
        )

    def __enter__(self) -> Schedule:
        self.schedule.start()
        return self.schedule

    def __exit__(self, *_: object) -> None:
        if not self.schedule.is_stopping:
            self.schedule.stop()


def test_a_hub_that_never_answers_holds_up_no_feed_no_digest_and_no_stop(
    press: CommandLine, listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("pressroom.publishing.pinging.TIMEOUT", "pressroom.publishing.pinging.SECONDS",
                 "pressroom.websub.TIMEOUT"):  # fmt: skip
        monkeypatch.setattr(name, 1e6)  # no patience ends: whatever goes on does so beside the ping
    monkeypatch.setattr("pressroom.publishing.pinging.ping_hubs.__defaults__", (1e6,))

    def never(request: Request) -> bytes:
        released.wait()
        return NO_CONTENT

    released = threading.Event()
    heard = listen(never)
    press("subscriber", "add", "ada@example.org", "--frequency", "daily", "--confirmed")
    set_up(press, heard.address)
    press.wait(hours=22, minutes=59, seconds=57)  # Tuesday 07:59:57
    with Scheduled(press) as schedule, ExitStack() as at_last:
        at_last.callback(released.set)
        eventually(lambda: len(heard.requests) == 1)
        add_by_another_program(press.site, "Floods")
        eventually(lambda: len(press.mails("ada@example.org")) == 1)
        assert titles(press.site) == ["Floods"]
        schedule.stop()
        assert len(heard.requests) == 1
        assert not released.is_set()


def test_the_service_tells_of_what_changes_while_it_runs(press: CommandLine, listen: Listen) -> None:
    heard = listen(lambda request: NO_CONTENT)
    set_up(press, heard.address)
    with Scheduled(press):
        eventually(lambda: set(heard.topics) == published(press))
        heard.requests.clear()
        before = live(press)
        add_by_another_program(press.site, "Floods")
        eventually(lambda: 0 < len(heard.requests) == len(changed(press, before)))
    assert set(heard.topics) == changed(press, before)


def test_a_hub_that_failed_is_told_when_its_time_has_come(
    press: CommandLine, listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pressroom.models.pings.WAITS", (timedelta(seconds=1),))
    answers = [saying(503)]
    heard = listen(lambda request: answers.pop() if answers else NO_CONTENT)
    set_up(press, heard.address)
    with Scheduled(press):
        eventually(lambda: set(heard.topics) == published(press))
    assert len(heard.requests) == len(published(press)) + 1


def test_what_waited_when_the_service_ended_is_told_by_the_next_one(press: CommandLine, listen: Listen) -> None:
    heard = listen(lambda request: saying(503, "Retry-After: 60") if len(heard.requests) == 1 else NO_CONTENT)
    set_up(press, heard.address)
    press("publish")
    assert len(heard.requests) == 1
    service = Service(press.site, "--clock", press.wait(minutes=2).isoformat())
    try:
        eventually(lambda: set(heard.topics) == published(press))
        assert service.stop() == 0
    finally:
        service.process.kill()
        _, said = service.process.communicate()
    assert f"{len(published(press))} topic(s) told to 1 hub(s)" in said


def test_a_passive_service_and_one_that_does_not_lead_tell_nothing(press: CommandLine, listen: Listen) -> None:
    heard = listen(lambda request: NO_CONTENT)
    set_up(press, heard.address)
    with Scheduled(press, passive=True), Tools.of(press.site).open_store() as store:
        add_by_another_program(press.site, "Floods")
        eventually(lambda: titles(press.site) == ["Floods"] and store.pings.count() > 0)
        with Scheduled(press):  # it waits for the lead
            add_by_another_program(press.site, "Weirs")
            eventually(lambda: titles(press.site) == ["Weirs", "Floods"])
            add_by_another_program(press.site, "Dams")
            eventually(lambda: titles(press.site) == ["Dams", "Weirs", "Floods"])
    assert heard.requests == []
    with Scheduled(press):
        eventually(lambda: set(heard.topics) == published(press))


def test_a_hub_that_is_set_no_more_is_forgotten_by_the_service(press: CommandLine) -> None:
    set_up(press, NOBODY)
    press("publish")
    set_up(press)
    with Scheduled(press) as schedule:
        with Tools.of(press.site).open_store() as store:
            eventually(lambda: store.pings.count() == 0)
        assert not schedule.is_stopping
