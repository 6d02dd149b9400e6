"""Hubs are told of each feed that has changed and of no other, once it is in place."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from pressroom.locks import locked
from pressroom.publishing.journey import publish_due
from pressroom.publishing.pinging import ping_hubs
from pressroom.storage import Store
from pressroom.tools import Tools
from tests.conftest import CommandLine, copy_site
from tests.journeys.test_killed_anywhere import Steps, publish_and_be_killed
from tests.web.served import served
from tests.websub.conftest import Listen
from tests.websub.hub import RealHub, Subscriber, a_hub, a_subscriber
from tests.websub.listening import NO_CONTENT, Request
from tests.websub.sites import NOBODY, SITE, add, changed, live, pings, published, set_up, with_one_topic_waiting

ROOT = Path(__file__).parent.parent.parent


def test_a_publish_tells_of_what_has_changed_and_of_nothing_else(press: CommandLine, listen: Listen) -> None:
    heard = listen(lambda request: NO_CONTENT)
    set_up(press, heard.address)
    first = press.ask("publish")
    assert sorted(heard.topics) == sorted(published(press))
    assert first["pings"] == {"told": len(published(press)), "waiting": 0}
    heard.requests.clear()
    before = live(press)
    add(press)
    told = press.ask("publish", "--feeds-only")["pings"]["told"]
    assert sorted(heard.topics) == sorted(changed(press, before))
    assert 0 < told == len(heard.topics) < len(before)
    assert {f"{SITE}/feeds/{shelf}.atom" for shelf in ("all", "topics/rivers", "kinds/report")} < set(heard.topics)
    heard.requests.clear()
    assert pings(press) == {"told": 0, "waiting": 0}
    (press.site / "feeds" / "all.atom").unlink()
    assert press.ask("publish")["feeds"]["written"] == 1
    assert heard.requests == []


def test_a_site_without_hubs_notes_nothing(press: CommandLine, store: Store) -> None:
    add(press)
    assert press.ask("publish")["pings"] == {"told": 0, "waiting": 0}
    assert not (press.site / "data" / "pings.lock").exists()
    assert "Hubs" not in press("publish").out


def test_each_hub_is_told(press: CommandLine, listen: Listen) -> None:
    one, other = (listen(lambda request: NO_CONTENT) for _ in range(2))
    set_up(press, one.address, other.address)
    said = press("publish").out
    number = len(published(press))
    assert f"Hubs: told {2 * number} topic(s) to 2 hub(s)." in said
    assert one.topics == other.topics == sorted(published(press))


@pytest.mark.R11
def test_a_copied_site_tells_no_hub_until_it_is_armed(press: CommandLine, listen: Listen) -> None:
    heard = listen(lambda request: NO_CONTENT)
    set_up(press, heard.address)
    (press.site / "data" / "armed").unlink()
    add(press)
    assert press("--json", "publish", ok=False).document["pings"]["told"] == 0
    assert heard.requests == []
    press("db", "arm", "--yes")
    assert press.ask("publish")["pings"]["told"] == len(heard.requests) == len(published(press))


class Net:
    """A site on a real server, a real hub that fetches from it, and a subscriber of that hub."""

    def __init__(self, press: CommandLine, hub: RealHub, subscriber: Subscriber, url: str) -> None:
        self.press, self.hub, self.subscriber, self.url = press, hub, subscriber, url
        self.as_on_the_disk: list[bool] = []
        hub.looks_at = self._compare

    def _compare(self, topic: str, content: bytes) -> None:
        place = self.press.site / topic.removeprefix(f"{self.url}/")
        self.as_on_the_disk.append(place.read_bytes() == content)


@pytest.fixture
def net(press: CommandLine) -> Iterator[Net]:
    with ExitStack() as running:
        hub, subscriber = running.enter_context(a_hub()), running.enter_context(a_subscriber())
        port = socket.create_server(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{port.getsockname()[1]}"
        set_up(press, hub.heard.address, url=url)
        running.enter_context(served(Tools.of(press.site), lambda: press.now, listening=port))
        yield Net(press, hub, subscriber, url)


def test_a_hub_finds_each_feed_in_place_as_itself_and_brings_it_to_who_has_subscribed(net: Net) -> None:
    net.press("publish")
    topics = sorted(f"{net.url}/feeds/{path.removeprefix(f'{SITE}/feeds/')}" for path in published(net.press))
    assert sorted(net.hub.fetched) == topics
    rivers = f"{net.url}/feeds/topics/rivers.json"
    net.subscriber.subscribe(net.hub.heard.address, rivers)
    for title, topic in (("Floods", "rivers"), ("Bridges", "roads"), ("Weirs", "rivers")):
        add(net.press, title, topic)
        net.press("publish")
    assert net.hub.refused == []
    assert len(net.as_on_the_disk) > len(topics)
    assert all(net.as_on_the_disk)
    assert net.subscriber.got == net.hub.fetched[rivers][1:]
    assert [content.count(b'"title": ') - 1 for content in net.subscriber.got] == [1, 2]


def test_a_topic_that_changes_while_it_is_told_is_told_once_more(
    press: CommandLine, store: Store, listen: Listen
) -> None:
    def change(request: Request) -> bytes:
        if len(heard.requests) == 1:
            with Store.open(store.path) as other:
                other.pings.put([heard.address], request.topic)
        return NO_CONTENT

    heard = listen(change)
    with_one_topic_waiting(press, heard.address)
    tools = Tools.of(press.site)
    assert ping_hubs(store, tools, press.now).waiting == 1
    assert ping_hubs(store, tools, press.now).waiting == 0
    assert heard.topics == [f"{SITE}/feeds/all.atom"] * 2


def test_two_processes_do_not_tell_at_once(press: CommandLine, store: Store, listen: Listen) -> None:
    meanwhile: list[int] = []

    def look_elsewhere(request: Request) -> bytes:
        with Store.open(store.path) as other:
            meanwhile.append(ping_hubs(other, tools, press.now).told)
        return NO_CONTENT

    heard = listen(look_elsewhere)
    with_one_topic_waiting(press, heard.address)
    tools = Tools.of(press.site)
    with locked(press.site / "data" / "pings.lock"):
        assert ping_hubs(store, tools, press.now).waiting == 1
    assert ping_hubs(store, tools, press.now).told == 1
    assert meanwhile == [0]
    assert len(heard.requests) == 1


@pytest.mark.R12
def test_a_lock_that_cannot_be_opened_is_told_beside_what_was_published(press: CommandLine) -> None:
    set_up(press, NOBODY)
    lock = press.site / "data" / "pings.lock"
    lock.mkdir()
    add(press)
    answer = press("publish", ok=False)
    assert answer.code == 1
    assert answer.out.startswith("1 release(s) went live")
    assert f"The lock {lock} cannot be opened: is a directory" in answer.err


def test_a_stop_is_heeded_between_two_pings(press: CommandLine, store: Store, listen: Listen) -> None:
    heard = listen(lambda request: NO_CONTENT)
    set_up(press, heard.address)
    tools = Tools.of(press.site, should_stop=lambda: len(heard.requests) == 2)
    publish_due(store, tools, press.now)
    report = ping_hubs(store, tools, press.now)
    assert (report.told, report.waiting) == (2, len(published(press)) - 2)


def test_what_takes_too_long_for_one_round_is_for_the_next(
    press: CommandLine, store: Store, listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    elapsed = [0.0]

    def take_a_while(request: Request) -> bytes:
        elapsed[0] += 4
        return NO_CONTENT

    heard = listen(take_a_while)
    set_up(press, heard.address)
    tools = Tools.of(press.site)
    publish_due(store, tools, press.now)
    monkeypatch.setattr("pressroom.publishing.pinging.monotonic", lambda: elapsed[0])
    report = ping_hubs(store, tools, press.now, seconds=20)
    assert report.told == 3, "no ping begins that could end after the twentieth second"
    assert report.next_try == press.now


def test_pings_to_a_hub_that_is_set_no_more_are_forgotten(press: CommandLine, store: Store) -> None:
    set_up(press, NOBODY)
    press("publish")
    assert store.pings.count() == len(published(press))
    set_up(press)
    assert press.ask("publish")["pings"] == {"told": 0, "waiting": 0}
    assert store.pings.failing() == []


def test_a_site_that_has_moved_tells_of_its_new_addresses_only(press: CommandLine, listen: Listen) -> None:
    set_up(press, NOBODY)
    press("publish")
    heard = listen(lambda request: NO_CONTENT)
    set_up(press, heard.address, url="http://localhost:8001")
    press("publish")
    assert {topic.partition("/feeds/")[0] for topic in heard.topics} == {"http://localhost:8001"}


@pytest.mark.R10
@pytest.mark.crash
def test_a_publish_that_is_killed_loses_no_ping(press: CommandLine, tmp_path: Path) -> None:
    set_up(press, NOBODY)
    add(press)
    before = tmp_path / "before"
    shutil.copytree(press.site, before)
    steps = Steps()
    with pytest.MonkeyPatch.context() as patch:
        steps.watch(patch)
        with Store.open(press.site / "data" / "catalogue.db") as store:
            publish_due(store, Tools.of(press.site), press.now)
    tried = sorted({*steps.weighty, *range(1, steps.count, 23)})
    assert len(tried) > 20
    for fatal in tried:
        shutil.rmtree(press.site)
        copy_site(before, press.site)
        publish_and_be_killed(press, fatal)
        press("publish")
        with Store.open(press.site / "data" / "catalogue.db") as store:
            due = store.pings.due(NOBODY, press.now + timedelta(days=1))
        assert {ping.topic for ping in due} == published(press), f"killed at step {fatal} of {steps.count}"


@pytest.mark.R10
@pytest.mark.crash
def test_who_is_killed_after_an_answer_and_before_its_mark_tells_that_again(press: CommandLine, listen: Listen) -> None:
    def kill(request: Request) -> bytes:
        if len(heard.requests) == 3:
            process.kill()
            process.wait()
        return NO_CONTENT

    heard = listen(kill)
    set_up(press, heard.address)
    words = ["-C", str(press.site), "--clock", press.now.isoformat(), "publish"]
    process = subprocess.Popen([sys.executable, str(ROOT / "publisher.py"), *words], stdout=subprocess.DEVNULL)
    assert process.wait(60) == -signal.SIGKILL
    press("publish")
    assert sorted(heard.topics) == sorted([*published(press), heard.topics[2]])
    assert heard.topics[2] == heard.topics[3]
