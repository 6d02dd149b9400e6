"""What a running service tells those who watch over it: ready, alive, numbers, and its log."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from pressroom.locks import is_locked
from pressroom.operations.pulse import STANDS_STILL
from pressroom.schedule import AFTER_TROUBLE, Schedule
from pressroom.tools import Tools
from pressroom.web.app import make_app
from tests.conftest import CommandLine
from tests.delivery.scripted import SILENCE, scripted
from tests.running import PATIENCE, ROOT, Service, add_by_another_program, eventually, titles


def numbers_of(service: Service) -> dict[str, float]:
    """Return the numbers of a service, those with labels by “name value”."""
    answer = httpx2.get(f"{service.url}/metrics", timeout=PATIENCE)
    assert answer.status_code == 200
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def status_of(service: Service, path: str) -> int:
    return httpx2.get(f"{service.url}{path}", timeout=PATIENCE).status_code


def log_of(service: Service) -> list[dict[str, Any]]:
    """End a service that logs JSON, and return what it has said after it began."""
    assert service.stop() == 0
    assert service.process.stderr
    return [json.loads(line) for line in service.process.stderr.read().splitlines()]


def test_a_fresh_service_gets_ready_by_itself_and_stays_alive_without_its_catalogue(
    site: Path, serve: Callable[..., Service]
) -> None:
    service = serve()
    eventually(lambda: status_of(service, "/healthz") == 200)
    away = (site / "data" / "catalogue.db").rename(site / "away.db")
    eventually(lambda: status_of(service, "/healthz") == 503)
    assert status_of(service, "/healthz/alive") == 200
    away.rename(site / "data" / "catalogue.db")
    eventually(lambda: status_of(service, "/healthz") == 200)


def test_of_two_services_one_says_that_it_leads_until_it_is_gone(site: Path, serve: Callable[..., Service]) -> None:
    first = serve()
    eventually(lambda: numbers_of(first)["pressroom_leader"] == 1)
    second = serve()
    eventually(lambda: status_of(second, "/healthz") == 200)
    assert (numbers_of(first)["pressroom_leader"], numbers_of(second)["pressroom_leader"]) == (1, 0)
    eventually(lambda: numbers_of(second).get("pressroom_watch_lag_seconds", PATIENCE) < PATIENCE)
    first.process.kill()
    eventually(lambda: numbers_of(second)["pressroom_leader"] == 1)
    assert second.stop() == 0
    assert second.process.stderr
    said = re.findall(r"(Another service leads|This service leads)", second.process.stderr.read())
    assert said == ["Another service leads", "This service leads"]


def test_where_the_lock_is_deleted_one_of_two_services_leads_all_the_same(
    site: Path, serve: Callable[..., Service]
) -> None:
    services = [serve(), serve()]
    lock = site / "data" / "schedule.lock"

    def leaders() -> int:
        return sum(int(numbers_of(service)["pressroom_leader"]) for service in services)

    eventually(lambda: leaders() == 1)
    for title in ("Floods", "Bridges", "Dams"):
        lock.rename(site / f"away-{title}")  # so that no new file gets its number
        eventually(lambda: lock.exists() and is_locked(lock) and leaders() == 1)
        add_by_another_program(site, title)
        eventually(lambda: titles(site)[:1] == [title])  # noqa: B023 (it is over before the next title)
        assert [status_of(service, "/healthz") for service in services] == [200, 200]
    for service in services:
        assert service.stop() == 0
        assert service.process.stderr
        assert "Traceback" not in service.process.stderr.read()


def test_one_that_waits_for_the_lead_takes_it_at_once_though_the_folder_was_away(
    site: Path, serve: Callable[..., Service]
) -> None:
    first = serve()
    eventually(lambda: numbers_of(first)["pressroom_leader"] == 1)
    second = serve()
    eventually(lambda: status_of(second, "/healthz") == 200)
    (site / "data").rename(site / "away")
    time.sleep(1.2)
    (site / "away").rename(site / "data")
    first.process.kill()
    begun = time.monotonic()
    eventually(lambda: numbers_of(second)["pressroom_leader"] == 1)
    assert time.monotonic() - begun < AFTER_TROUBLE.total_seconds() / 2
    assert second.stop() == 0


def test_the_numbers_of_a_service_follow_what_it_does(
    run: CommandLine, site: Path, serve: Callable[..., Service]
) -> None:
    service = serve()
    eventually(lambda: numbers_of(service)["pressroom_looks_total"] > 0)
    add_by_another_program(site, "By hand")
    eventually(lambda: numbers_of(service)["pressroom_releases live"] == 1)
    eventually(lambda: numbers_of(service)["pressroom_releases_not_in_feeds"] == 0)
    eventually(lambda: "pressroom_change_lag_seconds" in numbers_of(service))
    assert titles(site) == ["By hand"]


def test_a_mail_server_that_never_answers_takes_neither_pages_nor_numbers_along(
    run: CommandLine, site: Path, serve: Callable[..., Service]
) -> None:
    run("subscriber", "add", "ada@example.org")
    with scripted({"MAIL": SILENCE}) as silent:
        (site / "publisher.toml").write_text(f'[smtp]\nhost = "127.0.0.1"\nport = {silent.port}\nsecurity = "none"\n')
        service = serve("--clock", run.now.isoformat())
        eventually(lambda: numbers_of(service)["pressroom_look_running_seconds"] > 0.5)
        assert status_of(service, "/healthz") == status_of(service, "/healthz/alive") == 200
        service.process.kill()


@pytest.mark.R9
def test_the_log_as_json_tells_each_event_with_its_numbers(
    run: CommandLine, site: Path, serve: Callable[..., Service]
) -> None:
    (site / "publisher.toml").write_text('[log]\nformat = "json"\n')
    run("subscriber", "add", "ada@example.org", "--frequency", "daily", "--confirmed")
    run("release", "add", "--title", "Floods")
    run("publish", "--feeds-only")
    run("release", "add", "--title", "Bridges")
    run.wait(days=1)
    service = serve("--clock", run.now.isoformat())
    eventually(lambda: bool(run.mails("ada@example.org")))
    eventually(lambda: numbers_of(service)["pressroom_runs closed"] == 1)
    said = log_of(service)
    assert all({"time", "level", "logger", "event"} <= set(one) for one in said)
    events = [one["event"] for one in said]
    assert events[0] == "This service leads."
    assert events[-1] == "The service has stopped."
    by_words = {one["event"].partition(":")[0]: one for one in said}
    assert by_words["1 release(s) live"]["live"] == 1
    assert by_words["digest run 1 has begun"]["enlisted"] == 1
    assert by_words["mail"]["sent"] == 1
    assert (by_words["digest run 1 has ended"]["state"], by_words["digest run 1 has ended"]["sent"]) == ("closed", 1)
    assert not [one for one in said if one["level"] != "info"]
    assert "@" not in json.dumps(said)


def test_a_start_that_fails_is_said_in_the_log_as_json_too(site: Path) -> None:
    (site / "publisher.toml").write_text('[log]\nformat = "json"\n')
    with socket.create_server(("127.0.0.1", 0)) as taken:
        words = ["-C", str(site), "serve", "--port", str(taken.getsockname()[1])]
        ended = subprocess.run([sys.executable, str(ROOT / "publisher.py"), *words], capture_output=True, check=False)
    (said,) = ended.stderr.splitlines()
    assert ended.returncode == 1
    assert "address already in use" in json.loads(said)["event"]


@pytest.mark.parametrize(("level", "words"), [("error", ()), ("info", ("--quiet",))])
def test_what_is_less_grave_than_the_level_is_not_logged(site: Path, level: str, words: tuple[str, ...]) -> None:
    (site / "publisher.toml").write_text(f'[log]\nlevel = "{level}"\n')
    command = [sys.executable, str(ROOT / "publisher.py"), "-C", str(site), *words, "serve", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        eventually((site / "feeds" / "all.json").exists)
        process.terminate()
        assert process.communicate(timeout=PATIENCE)[1] == ""
        assert process.returncode == 0


@pytest.fixture
def schedule(tools: Tools) -> Iterator[Schedule]:
    """The schedule of a service, in this process."""
    schedule = Schedule(tools, lambda: datetime.now(UTC).replace(microsecond=0))
    yield schedule
    schedule.stop()


@pytest.fixture
def probe(schedule: Schedule, tools: Tools) -> Iterator[Callable[[], list[str]]]:
    """Return what asks whether the service of that schedule is alive, and returns its reasons."""
    app = make_app(tools, lambda: datetime.now(UTC), pulse=schedule.pulse)
    with TestClient(app, client=("127.0.0.1", 1)) as client:

        def ask() -> list[str]:
            answer = client.get("/healthz/alive")
            found: list[str] = answer.json()["problems"]
            assert answer.status_code == (503 if found else 200)
            return found

        yield ask


def test_a_look_that_hangs_is_told_and_one_that_sends_for_hours_is_not(
    schedule: Schedule, probe: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = [0.0]
    schedule.pulse.clock = lambda: seconds[0]
    begun, hangs, is_hanging, goes_on = [threading.Event() for _ in range(4)]

    def publish(*_: object, **__: object) -> object:
        begun.set()
        while not hangs.wait(0.01):
            schedule.should_stop()  # as who sends asks between two messages
        is_hanging.set()
        goes_on.wait(PATIENCE)
        raise RuntimeError("it had hung")

    monkeypatch.setattr("pressroom.schedule.publish_due", publish)
    schedule.start()
    assert begun.wait(PATIENCE)
    for _ in range(3):
        seconds[0] += STANDS_STILL + 1
        eventually(lambda: probe() == [])
    assert schedule.pulse.looking == 3 * (STANDS_STILL + 1)
    hangs.set()
    assert is_hanging.wait(PATIENCE)
    seconds[0] += STANDS_STILL + 1
    eventually(lambda: probe() == ["What is due has stood still for 3,601 seconds; start the service anew."])
    goes_on.set()
    eventually(lambda: probe() == [])
    assert schedule.pulse.looks_with_trouble >= 1


def test_a_watch_that_has_died_is_told(
    schedule: Schedule, probe: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pressroom.operations.pulse.WATCH_LATE", 0.2)

    def die(*_: object) -> None:
        raise SystemExit

    monkeypatch.setattr(threading, "excepthook", lambda _: None)  # pytest would call it a fault of the test
    monkeypatch.setattr("pressroom.schedule.CatalogueWatch.state", die)
    schedule.start()
    eventually(lambda: any("The watch of the catalogue has not looked" in sentence for sentence in probe()))


def test_a_scheduler_that_has_died_is_told(
    schedule: Schedule, probe: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pressroom.operations.pulse.LOOK_LATE", 0.2)
    monkeypatch.setattr(schedule._scheduler, "_process_jobs", lambda: PATIENCE)
    schedule.start()
    eventually(lambda: any("should have begun" in sentence for sentence in probe()))


def test_a_look_that_meets_trouble_is_counted_and_no_fault_of_the_service(
    site: Path, schedule: Schedule, probe: Callable[[], list[str]]
) -> None:
    (site / "templates" / "feeds").mkdir(parents=True)
    (site / "templates" / "feeds" / "entry.html").write_text("{{ nothing.of.the.kind }}")
    add_by_another_program(site, "Floods")
    schedule.start()
    eventually(lambda: schedule.pulse.looks_with_trouble > 0)
    assert probe() == []
