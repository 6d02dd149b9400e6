"""`/healthz`, `/healthz/alive` and `/metrics`: who sees what, and when they say no."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_open_metrics
from starlette.testclient import TestClient

from pressroom.operations.pulse import WATCH_LATE, Pulse
from pressroom.tools import Tools
from pressroom.web import operators
from pressroom.web.app import make_app
from tests.conftest import CommandLine

HERE, ELSEWHERE = "127.0.0.1", "203.0.113.7"
TOKEN = "a-token-of-a-test"
Ask = Callable[[str], TestClient]


@pytest.fixture
def ask_from(press: CommandLine) -> Iterator[Ask]:
    """Return what makes a browser at a network address, of a site with the settings of the moment."""
    with ExitStack() as opened:

        def make(place: str, pulse: Pulse | None = None) -> TestClient:
            app = make_app(Tools.of(press.site), lambda: press.now, pulse=pulse)
            return opened.enter_context(TestClient(app, client=(place, 1)))

        yield make


def late() -> Pulse:
    """Return the pulse of a service whose watch has died."""
    seconds = [0.0]
    pulse = Pulse(clock=lambda: seconds[0])
    pulse.watch()
    seconds[0] = WATCH_LATE + 1
    return pulse


def test_a_service_that_is_well_is_ready_and_alive_and_nobody_keeps_the_answer(ask_from: Ask) -> None:
    here = ask_from(HERE)
    for path, status in (("/healthz", "ready"), ("/healthz/alive", "alive")):
        answer = here.get(path)
        assert (answer.status_code, answer.json()) == (200, {"status": status, "problems": []})
        assert answer.headers["cache-control"] == "no-store"
        assert here.head(path).status_code == 200
        assert here.post(path).status_code == 405


def test_what_no_restart_mends_leaves_it_alive_and_takes_it_out_of_turn(press: CommandLine, ask_from: Ask) -> None:
    here, catalogue = ask_from(HERE), press.site / "data" / "catalogue.db"
    away = catalogue.rename(press.site / "away.db")
    answer = here.get("/healthz")
    assert (answer.status_code, answer.json()["status"]) == (503, "not ready")
    assert answer.json()["problems"][0].startswith(f"There is no catalogue at {catalogue}")
    assert here.get("/healthz/alive").status_code == 200
    away.rename(catalogue)


def test_what_a_restart_mends_is_said_by_both(press: CommandLine) -> None:
    with TestClient(make_app(Tools.of(press.site), lambda: press.now, pulse=late()), client=(HERE, 1)) as here:
        for path, status in (("/healthz", "not ready"), ("/healthz/alive", "not alive")):
            answer = here.get(path)
            assert (answer.status_code, answer.json()["status"]) == (503, status)
            assert answer.json()["problems"] == late().faults()


@pytest.mark.R9
def test_readers_are_told_no_reasons(press: CommandLine, ask_from: Ask) -> None:
    there = ask_from(ELSEWHERE)
    assert there.get("/healthz").json() == {"status": "ready"}
    (press.site / "feeds" / "all.atom").unlink()
    answer = ask_from(ELSEWHERE).get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {"status": "not ready"})


def test_many_who_ask_at_once_cause_one_look(ask_from: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    looks, seconds = list[int](), [100.0]

    def look(*_: object) -> list[str]:
        looks.append(1)
        return []

    monkeypatch.setattr(operators, "hindrances", look)
    monkeypatch.setattr("pressroom.web.operators.time.monotonic", lambda: seconds[0])
    here = ask_from(HERE)
    for _ in range(5):
        assert here.get("/healthz").status_code == 200
    assert len(looks) == 1
    seconds[0] += 1
    here.get("/healthz")
    assert len(looks) == 2


def test_a_disk_that_hangs_is_told_and_holds_up_nothing_else(ask_from: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    going_on, looks = threading.Event(), list[int]()

    def hang(*_: object) -> list[str]:
        looks.append(1)
        going_on.wait(20)
        return []

    monkeypatch.setattr(operators, "hindrances", hang)
    monkeypatch.setattr(operators, "LONGEST_SECONDS", 0.05)
    monkeypatch.setattr(operators, "KEPT_SECONDS", 0)
    here = ask_from(HERE)
    for _ in range(3):
        answer = here.get("/healthz")
        assert (answer.status_code, answer.json()["problems"]) == (503, [operators.SILENT])
        assert here.get("/healthz/alive").status_code == 200
        assert here.get("/").status_code == 200
    assert len(looks) == 1
    going_on.set()


@pytest.mark.parametrize(
    ("settings", "place", "headers", "status"),
    [
        ("", HERE, {}, 200),
        ("", "::1", {}, 200),
        ("", ELSEWHERE, {}, 403),
        ("", "nowhere", {}, 403),
        ("", HERE, {"x-forwarded-for": ELSEWHERE}, 403),
        ("", HERE, {"x-forwarded-for": HERE}, 403),
        ("", ELSEWHERE, {"x-forwarded-for": HERE}, 403),
        ("", HERE, {"forwarded": "for=127.0.0.1"}, 403),
        ("", HERE, {"x-real-ip": HERE}, 403),
        ("", HERE, {"via": "1.1 cache"}, 403),
        ("", HERE, {"authorization": "Bearer "}, 200),
        ("metrics_from = []", HERE, {}, 403),
        ("metrics_from = ['203.0.113.0/24']", ELSEWHERE, {}, 200),
        ("metrics_from = ['203.0.113.0/24']", HERE, {}, 403),
        (f"metrics_token = '{TOKEN}'", HERE, {}, 401),
        (f"metrics_token = '{TOKEN}'", HERE, {"authorization": "Bearer other"}, 401),
        (f"metrics_token = '{TOKEN}'", HERE, {"authorization": f"Basic {TOKEN}"}, 401),
        (f"metrics_token = '{TOKEN}'", HERE, {"authorization": f"bearer {TOKEN}"}, 200),
        (f"metrics_token = '{TOKEN}'", ELSEWHERE, {"authorization": f"Bearer {TOKEN}", "via": "1.1 cache"}, 200),
    ],
)
def test_numbers_are_for_those_who_are_named(
    press: CommandLine, ask_from: Ask, settings: str, place: str, headers: dict[str, str], status: int
) -> None:
    (press.site / "publisher.toml").write_text(f"[web]\n{settings}\n")
    asking = ask_from(place)
    answer = asking.get("/metrics", headers=headers)
    assert answer.status_code == status
    assert ("pressroom" in answer.text) is (status == 200)
    assert answer.headers["cache-control"] == "no-store"
    assert ("www-authenticate" in answer.headers) is (status == 401)
    assert ("problems" in asking.get("/healthz", headers=headers).json()) is (status == 200)


def test_numbers_come_as_open_metrics_to_who_asks_for_that(ask_from: Ask) -> None:
    answer = ask_from(HERE).get("/metrics", headers={"accept": "application/openmetrics-text; version=1.0.0"})
    assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    names = {family.name for family in parse_open_metrics(answer.text)}  # type: ignore[no-untyped-call]
    assert {"pressroom_releases", "pressroom_looks", "process_resident_memory_bytes"} <= names
