"""Runs paused, resumed and cancelled by hand, with the accounting of R6 in words."""

from __future__ import annotations

import pytest

from tests.conftest import CommandLine

ADA = "ada@example.org"


@pytest.fixture
def press(run: CommandLine) -> CommandLine:
    """A site with one daily reader and a run that could not leave, on Tuesday 27 January 2026, 09:00."""
    run("init")
    run("subscriber", "add", ADA, "--frequency", "daily", "--confirmed")
    run("release", "add", "--title", "Floods")
    (run.site / "data" / "outbox").write_text("in the way")
    run.wait(days=1)
    assert run("publish", ok=False).code == 3
    (run.site / "data" / "outbox").unlink()
    run.wait(hours=1)
    return run


@pytest.mark.R6
def test_a_paused_run_waits_and_a_resumed_one_goes_on(press: CommandLine) -> None:
    assert "Nothing more of run 1 leaves" in press("digest", "pause", "1").out
    press("deliver")
    press("publish")
    assert press.mails() == []
    assert (
        "Run 1 (daily, due Tuesday 27 January 08:00) is paused: 1 enlisted = 1 waiting."
        in press("digest", "status").out
    )
    assert press("digest", "pause", "1", ok=False).code == 1
    press("digest", "resume", "1")
    press("deliver")
    assert press.titles(ADA) == [["Floods"]]
    assert "is closed: 1 enlisted = 1 sent." in press("digest", "status", "1").out
    assert press("digest", "resume", "1", ok=False).code == 1


@pytest.mark.R4
@pytest.mark.R6
def test_what_is_cancelled_is_owed_again_and_comes_once(press: CommandLine) -> None:
    assert press("digest", "cancel", "1", ok=False).code == 4
    counts = press.ask("digest", "cancel", "1", "--yes")["counts"]
    assert counts | {"enlisted": 1, "cancelled": 1, "waiting": 0} == counts
    press("deliver")
    assert press.mails() == []
    assert "It was cancelled in digest run 1" in press("subscriber", "explain", ADA, "floods").out
    assert press("digest", "cancel", "1", "--yes", ok=False).code == 1
    press("release", "add", "--title", "Bridges")
    press.wait(days=1)
    press("publish")
    press.wait(days=1)
    press("publish")
    assert press.titles(ADA) == [["Bridges", "Floods"]]


def test_a_run_that_is_not_there_and_a_site_without_runs(press: CommandLine, run: CommandLine) -> None:
    assert press("digest", "status", "9", ok=False).code == 1
    assert press("digest", "cancel", "9", "--yes", ok=False).code == 1
