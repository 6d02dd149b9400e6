"""A hub that fails is told again later, and keeps nothing back but itself; the clock is that of the test."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pressroom.models.pings import GIVEN_UP_AFTER, LONGEST_WAIT, WAITS
from pressroom.publishing.pinging import ping_hubs
from pressroom.storage import Store
from pressroom.tools import Tools
from tests.conftest import CommandLine
from tests.websub.conftest import Listen
from tests.websub.listening import HANGS_UP, NO_CONTENT, saying
from tests.websub.sites import NOBODY, SITE, add, changed, live, pings, published, set_up, with_one_topic_waiting


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (saying(503), "said 503 Service Unavailable"),
        (saying(500), "said 500 Internal Server Error"),
        (HANGS_UP, "hung up"),
        (b"\x00\xff garbage\r\n\r\n", "said what is no HTTP"),
    ],
)
def test_a_hub_that_fails_is_told_again_later_and_then_of_all(
    press: CommandLine, listen: Listen, answer: bytes, words: str
) -> None:
    answers = [answer]
    heard = listen(lambda request: answers.pop() if answers else NO_CONTENT)
    set_up(press, heard.address)
    said = press("publish").out
    number = len(published(press))
    assert f"Hubs: {number} wait: 127.0.0.1 {words}." in said
    assert len(heard.requests) == 1
    assert pings(press) == {"told": 0, "waiting": number}
    assert len(heard.requests) == 1, "it is left alone until the minute is over"
    press.wait(minutes=1)
    assert pings(press) == {"told": number, "waiting": 0}
    assert set(heard.topics) == published(press)


def test_a_hub_that_is_down_costs_the_others_nothing(press: CommandLine, listen: Listen) -> None:
    heard = listen(lambda request: NO_CONTENT)
    set_up(press, NOBODY, heard.address)
    number = len(published(press))
    said = press("publish").out
    assert f"Hubs: told {number} topic(s) to 1 hub(s); {number} wait: 127.0.0.1 cannot be reached: conn" in said
    assert sorted(heard.topics) == sorted(published(press))


def test_a_hub_that_fails_midway_keeps_what_it_was_told(press: CommandLine, listen: Listen) -> None:
    heard = listen(lambda request: saying(503) if len(heard.requests) == 4 else NO_CONTENT)
    set_up(press, heard.address)
    number = len(published(press))
    assert f"Hubs: told 3 topic(s) to 1 hub(s); {number - 3} wait: 127.0.0.1 said 503" in press("publish").out
    press.wait(minutes=1)
    press("publish")
    assert len(heard.topics) == number + 1
    assert set(heard.topics) == published(press)


def test_it_is_waited_longer_each_time_and_given_up_after_three_days(press: CommandLine, store: Store) -> None:
    with_one_topic_waiting(press, NOBODY)
    tools, begun, waits = Tools.of(press.site), press.now, []
    while (report := ping_hubs(store, tools, press.now)).next_try:
        assert (report.told, report.waiting, len(report.failed)) == (0, 1, 1)
        early = ping_hubs(store, tools, report.next_try - timedelta(seconds=1))
        assert not early.failed
        waits.append(report.next_try - press.now)
        press.now = report.next_try
    assert tuple(waits[: len(WAITS)]) == WAITS
    assert set(waits[len(WAITS) :]) == {WAITS[-1]}
    assert GIVEN_UP_AFTER <= press.now - begun < GIVEN_UP_AFTER + WAITS[-1]
    (sentence,) = report.given_up
    assert sentence.startswith(
        "127.0.0.1 cannot be reached: connection refused for 3 days: what waited for it is given"
    )
    assert report.waiting == 0


def test_what_changes_after_a_hub_was_given_up_is_told_afresh(press: CommandLine, store: Store, listen: Listen) -> None:
    answers = [saying(410)]
    heard = listen(lambda request: answers.pop() if answers else NO_CONTENT)
    with_one_topic_waiting(press, heard.address)
    gone = ping_hubs(store, Tools.of(press.site), press.now)
    assert gone.given_up == [
        "127.0.0.1 said 410 Gone: what waited for it is given up; look there, or take it out of [feeds] hubs."
    ]
    assert gone.next_try is None
    store.pings.put([heard.address], f"{SITE}/feeds/all.rss")
    assert ping_hubs(store, Tools.of(press.site), press.now).told == 1
    assert heard.topics == [f"{SITE}/feeds/all.atom", f"{SITE}/feeds/all.rss"]


@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        ("Retry-After: 7200", timedelta(hours=2)),
        ("Retry-After: 5", WAITS[0]),
        ("Date: Mon, 26 Jan 2026 09:00:00 GMT\r\nRetry-After: Mon, 26 Jan 2026 09:10:00 GMT", timedelta(minutes=10)),
        ("Retry-After: 99999999", LONGEST_WAIT),
    ],
)
def test_a_hub_is_left_alone_for_as_long_as_it_asks_and_a_day_at_most(
    press: CommandLine, store: Store, listen: Listen, asked: str, wait: timedelta
) -> None:
    heard = listen(lambda request: saying(503, asked))
    with_one_topic_waiting(press, heard.address)
    tools = Tools.of(press.site)
    assert ping_hubs(store, tools, press.now).next_try == press.now + wait
    store.pings.put([heard.address], f"{SITE}/feeds/all.rss")  # what changes meanwhile waits as long
    ping_hubs(store, tools, press.now + wait - timedelta(seconds=1))
    assert len(heard.requests) == 1
    ping_hubs(store, tools, press.now + wait)
    assert len(heard.requests) == 2


def test_a_topic_that_a_hub_does_not_want_keeps_no_other_back(press: CommandLine, listen: Listen) -> None:
    unwanted = f"{SITE}/feeds/all.json"
    heard = listen(lambda request: saying(422) if request.topic == unwanted else NO_CONTENT)
    set_up(press, heard.address)
    number = len(published(press))
    said = press("publish").out
    assert f"told {number - 1} topic(s) to 1 hub(s); 1 wait: 127.0.0.1 said 422" in said
    before = live(press)
    add(press)
    told = press.ask("publish")["pings"]
    assert told == {"told": len(changed(press, before)) - 1, "waiting": 1}
    assert heard.topics.count(unwanted) == 2, "changed again, it is tried again"


def test_a_topic_that_is_refused_for_three_days_is_told_no_more(
    press: CommandLine, store: Store, listen: Listen
) -> None:
    heard = listen(lambda request: saying(404))
    with_one_topic_waiting(press, heard.address)
    tools = Tools.of(press.site)
    while (report := ping_hubs(store, tools, press.now)).next_try:
        press.now = report.next_try
    assert report.given_up == [f"127.0.0.1 said 404 Not Found to {SITE}/feeds/all.atom: it is told that no more."]
    assert len(heard.requests) > len(WAITS)


def test_a_hub_that_refuses_one_after_the_other_is_left_alone(press: CommandLine, listen: Listen) -> None:
    heard = listen(lambda request: saying(404))
    set_up(press, heard.address)
    press("publish")
    assert len(heard.requests) == 2
    press.wait(minutes=1)
    press("publish")
    assert 2 < len(heard.requests) <= 4


def test_a_clock_that_was_ahead_holds_nothing_up(press: CommandLine, store: Store) -> None:
    with_one_topic_waiting(press, NOBODY)
    tools = Tools.of(press.site)
    ping_hubs(store, tools, press.now + timedelta(days=400))
    assert ping_hubs(store, tools, press.now).failed == {NOBODY}
