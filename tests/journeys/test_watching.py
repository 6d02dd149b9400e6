"""`digest status --watch`: a run is seen to go on, at its pace, to its end."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pressroom.models.progress import Progress
from pressroom.models.runs import Counts, DigestRun, RunState
from tests.conftest import CommandLine
from tests.delivery.killing import ROOT, Dump, make_site

READERS = 25
NOW = datetime(2026, 1, 27, 9, tzinfo=UTC)


@pytest.fixture
def dump() -> Iterator[Dump]:
    server = Dump()
    yield server
    server.shutdown()
    server.server_close()


def publisher(site: Path, *words: str) -> list[str]:
    return [sys.executable, str(ROOT / "publisher.py"), "-C", str(site), *words]


@pytest.fixture
def paced(site: Path, dump: Dump) -> Path:
    """A site with a digest for READERS that has not left, ten of which may leave in a second."""
    make_site(site, READERS, dump.port)
    settings = site / "publisher.toml"
    settings.write_text(f"{settings.read_text()}\n[mail]\na_minute = 600\n")
    return site


def test_a_terminal_shows_one_line_that_goes_on_to_the_end(paced: Path) -> None:
    ours, theirs = pty.openpty()
    watching = subprocess.Popen(publisher(paced, "digest", "status", "--watch"), stdout=subprocess.PIPE, stderr=theirs)
    os.close(theirs)
    shown = os.read(ours, 4096)
    sending = subprocess.Popen(publisher(paced, "-q", "deliver"))
    while True:
        try:
            shown += os.read(ours, 4096)
        except OSError:  # the other end is closed
            break
    os.close(ours)
    out, _ = watching.communicate(timeout=20)
    assert (watching.returncode, sending.wait(20)) == (0, 0)
    lines = shown.decode().split("\r\x1b[2K")
    done = [int(found[1]) for line in lines if (found := re.match(rf"(\d+) of {READERS} done", line))]
    assert done == sorted(done)
    assert len(set(done)) > 2, "it did not go on before our eyes"
    assert done[-1] == READERS
    assert any("a minute (600 at most) · over at about" in line for line in lines)
    assert f"{READERS} enlisted = {READERS} sent" in out.decode()


def test_elsewhere_it_says_now_and_then_how_it_stands(paced: Path) -> None:
    sending = subprocess.Popen(publisher(paced, "-q", "deliver"))
    watched = subprocess.run(
        publisher(paced, "digest", "status", "--watch"), capture_output=True, timeout=30, text=True
    )
    assert sending.wait(20) == 0
    assert re.match(rf"\d+ of {READERS} done", watched.stdout)
    assert watched.stdout.splitlines()[-1].endswith(f"{READERS} enlisted = {READERS} sent.")
    assert "\r" not in watched.stdout


def test_a_run_that_waits_for_the_server_says_why_and_until_when(press: CommandLine) -> None:
    (press.site / "data" / "outbox").write_text("a file where the Maildir should be")
    press("subscriber", "add", "ada@example.org", "--frequency", "daily", "--confirmed")
    press("release", "add", "--title", "Floods")
    press.wait(days=1)
    press("publish", ok=False)
    said = press("digest", "status").out
    assert "0 of 1 done · 1 wait · 0 a minute · no mail can leave: " in said
    assert "Not a directory · next try " in said
    press("digest", "pause", "1")
    assert press("digest", "status", "--watch").code == 0, "a paused run would be watched for ever"


def progress(*, waiting: int, lately: int, seconds: int) -> Progress:
    counts = Counts(enlisted=1000, sent=1000 - waiting, waiting=waiting)
    state = RunState.OPEN if waiting else RunState.CLOSED
    run = DigestRun(1, "k" * 26, NOW, 1, state, (), counts=counts)
    return Progress(run, NOW, lately, NOW - timedelta(seconds=seconds) if lately else None)


@pytest.mark.parametrize(
    ("waiting", "lately", "seconds", "a_minute", "end"),
    [
        (400, 200, 60, 200, NOW + timedelta(minutes=2)),
        (300, 50, 10, 300, NOW + timedelta(minutes=1)),
        (300, 5, 0, 300, NOW + timedelta(minutes=1)),
        (300, 0, 0, 0, None),
        (0, 100, 60, 100, None),
    ],
)
def test_the_end_is_expected_as_the_last_minute_went(
    waiting: int, lately: int, seconds: int, a_minute: int, end: datetime | None
) -> None:
    now = progress(waiting=waiting, lately=lately, seconds=seconds)
    assert (now.done, now.a_minute, now.expected_end) == (1000 - waiting, a_minute, end)


def test_a_burst_does_not_promise_more_than_the_pace_allows() -> None:
    now = replace(progress(waiting=48, lately=10, seconds=10), at_most=12)
    assert now.expected_end == NOW + timedelta(minutes=4)
