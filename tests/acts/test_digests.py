"""What is done with digests by command stands in the audit log, with what it changed."""

from __future__ import annotations

from typing import Any

import pytest

from pressroom.acts import digests
from pressroom.errors import PublisherError
from pressroom.models.people import Frequency
from pressroom.staff.log import BY_COMMAND
from pressroom.tools import Tools
from tests.conftest import CommandLine

TEST_TO = "editor@example.org"


@pytest.fixture
def owing(press: CommandLine) -> CommandLine:
    """A site on which two readers are owed a release, one of them weekly."""
    press("subscriber", "add", "ada@example.org", "--frequency", "daily", "--confirmed")
    press("subscriber", "add", "bo@example.org", "--frequency", "weekly", "--confirmed")
    press("release", "add", "--title", "Floods")
    press("publish", "--feeds-only")
    return press


def told(press: CommandLine) -> list[tuple[str, str, str, Any, Any]]:
    """Return what the log says of digests."""
    entries = [one for one in press.ask("audit") if one["act"].startswith("digest")]
    return [(one["who"], one["act"], one["about"], one["before"], one["after"]) for one in entries]


def test_a_run_by_hand_is_written_down_with_what_it_enlisted(owing: CommandLine) -> None:
    owing("digest", "send", "--frequency", "daily", "--frequency", "weekly", "--yes")
    after = {"frequencies": "daily, weekly", "enlisted": 2}
    assert told(owing) == [(BY_COMMAND, "digest send", "run 1", {}, after)]


def test_a_pause_a_resumption_and_a_cancellation_are_written_down(owing: CommandLine) -> None:
    with Tools.of(owing.site).open_store() as store:
        digests.open_now(store, Tools.of(owing.site), owing.now, "Ada", [Frequency.DAILY])
    for act in ("pause", "resume", "cancel"):
        owing("digest", act, "1", *(["--yes"] if act == "cancel" else []))
    assert told(owing)[:3] == [
        (
            BY_COMMAND,
            "digest cancel",
            "run 1",
            {"state": "open", "waiting": 1},
            {"state": "closed", "cancelled": 1, "waiting": 0},
        ),
        (BY_COMMAND, "digest resume", "run 1", {"state": "paused", "waiting": 1}, {"state": "open"}),
        (BY_COMMAND, "digest pause", "run 1", {"state": "open", "waiting": 1}, {"state": "paused"}),
    ]


def test_a_test_is_written_down_without_the_address_it_went_to(owing: CommandLine) -> None:
    owing("digest", "test", "--to", TEST_TO, "--yes")
    after = {"to": "somebody at example.org", "answer": "taken"}
    assert told(owing) == [(BY_COMMAND, "digest test", "[Test] Floods", {}, after)]


def test_what_was_refused_is_not_written_down_and_what_is_not_written_down_is_not_done(
    owing: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    owing("digest", "pause", "7", ok=False)
    owing("digest", "test", "--to", "nobody", "--yes", ok=False)
    assert told(owing) == []

    def broken(*_: object, **__: object) -> None:
        raise PublisherError("The log is full.")

    monkeypatch.setattr(digests, "record", broken)
    assert owing("digest", "send", "--yes", ok=False).code == 1
    assert owing.ask("digest", "list") == []
    assert owing.mails() == []
