"""`publisher serve` as a process: it publishes by itself, answers, and stops cleanly."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.conftest import CommandLine

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 20


class Service:
    """A running `publisher serve`."""

    def __init__(self, site: Path, *words: str) -> None:
        self.site = site
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "publisher.py"), "-C", str(site), *words, "serve", "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )
        assert self.process.stdout
        ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
        line = self.process.stdout.readline() if ready else ""
        found = re.search(r"http://127\.0\.0\.1:(\d+)", line)
        assert found, f"the service did not start: {line}"
        self.url = f"http://127.0.0.1:{found[1]}"

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(10)


@pytest.fixture
def serve(site: Path) -> Iterator[Callable[..., Service]]:
    started: list[Service] = []

    def start(*words: str) -> Service:
        started.append(Service(site, *words))
        return started[-1]

    yield start
    for service in started:
        if service.process.poll() is None:
            service.process.kill()
        service.process.communicate()


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until `holds`, with patience and not with a fixed time."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def titles(site: Path) -> list[str]:
    path = site / "feeds" / "all.json"
    return [item["title"] for item in json.loads(path.read_bytes())["items"]] if path.exists() else []


def test_a_row_from_any_program_is_in_the_feeds_soon_and_over_http(site: Path, serve: Callable[..., Service]) -> None:
    service = serve()
    with sqlite3.connect(site / "data" / "catalogue.db") as catalogue:
        catalogue.execute("INSERT INTO releases (title) VALUES ('By hand')")
    catalogue.close()
    eventually(lambda: titles(site) == ["By hand"])
    with urlopen(f"{service.url}/feeds/all.json") as answer:
        assert json.load(answer)["items"][0]["title"] == "By hand"


def test_an_embargo_lifts_and_a_digest_goes_out_by_themselves(
    run: CommandLine, site: Path, serve: Callable[..., Service]
) -> None:
    run("subscriber", "add", "ada@example.org", "--frequency", "daily", "--confirmed")
    run.wait(hours=22, minutes=59, seconds=57)  # Tuesday 07:59:57
    run("release", "add", "--title", "Floods", "--embargo", "2026-01-27T07:59:58")
    serve("--clock", run.now.isoformat())
    eventually(lambda: len(run.mails("ada@example.org")) == 1)
    assert titles(site) == ["Floods"]


def test_sigterm_ends_it_with_exit_code_0(serve: Callable[..., Service]) -> None:
    assert serve().stop() == 0


def test_a_busy_port_is_said_in_a_sentence(site: Path, serve: Callable[..., Service]) -> None:
    port = serve().url.rpartition(":")[2]
    command = [sys.executable, str(ROOT / "publisher.py"), "-C", str(site), "serve", "--port", port]
    second = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert second.returncode == 1
    assert "choose another with --host and --port" in second.stderr
    assert "Traceback" not in second.stderr


def test_one_click_unsubscribe_reaches_the_running_service(run: CommandLine, serve: Callable[..., Service]) -> None:
    run("subscriber", "add", "ada@example.org", "--confirmed")
    service = serve()
    with sqlite3.connect(run.site / "data" / "catalogue.db") as catalogue:
        (token,) = catalogue.execute("SELECT unsubscribe_token FROM subscribers").fetchone()
    catalogue.close()
    with urlopen(Request(f"{service.url}/unsubscribe/{token}", data=b"List-Unsubscribe=One-Click")) as answer:
        assert answer.status == 200
    assert run.ask("subscriber", "show", "ada@example.org")["state"] == "ended"


def test_of_two_services_one_works_and_the_other_takes_over_when_it_dies(
    site: Path, serve: Callable[..., Service]
) -> None:
    leader = serve()
    eventually(lambda: (site / "feeds" / "all.json").exists())
    serve()
    leader.process.kill()
    leader.process.wait()
    with sqlite3.connect(site / "data" / "catalogue.db") as catalogue:
        catalogue.execute("INSERT INTO releases (title) VALUES ('After the leader')")
    catalogue.close()
    eventually(lambda: titles(site) == ["After the leader"])
