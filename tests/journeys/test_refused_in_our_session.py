"""What a server refuses while we hand over counts as a report of it would: no report will come."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.conftest import CommandLine, Press
from tests.delivery.scripted import Answers, scripted

READERS = 12
DEAD = "550 5.1.1 <x@example.org>: Recipient address rejected: User unknown"
OURS = "550 5.7.26 This mail is unauthenticated: SPF and DKIM did not pass"


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    for number in range(READERS):
        fresh("subscriber", "add", f"r{number}@example{number}.org", "--frequency", "daily", "--confirmed")
    return fresh


@pytest.fixture
def send(press: CommandLine) -> Callable[[Answers], str]:
    """Send a digest to a server that answers so; return what was said of it."""

    def through(answers: Answers) -> str:
        with scripted(answers, offers=("PIPELINING",)) as server:
            smtp = f'[smtp]\nhost = "127.0.0.1"\nport = {server.port}\nsecurity = "none"\nconnections = 1\n'
            (press.site / "publisher.toml").write_text(smtp)
            press("release", "add", "--title", f"Floods {press.now:%d}")
            press("publish", "--feeds-only")
            press.wait(days=1)
            answer = press("publish", ok=False)
        return answer.out + answer.err

    return through


def counts(press: CommandLine) -> dict[str, int]:
    found: dict[str, int] = press.ask("digest", "list")[-1]["counts"]
    return {name: number for name, number in found.items() if number}


def states(press: CommandLine) -> set[str]:
    return {one["state"] for one in press.ask("subscriber", "list")}


def test_who_does_not_exist_on_two_days_is_mailed_no_more(press: CommandLine, send: Callable[[Answers], str]) -> None:
    send({"RCPT": DEAD})
    assert (counts(press), states(press)) == ({"enlisted": READERS, "failed": READERS}, {"active"})
    send({"RCPT": DEAD})
    assert states(press) == {"suppressed"}
    (first, *_) = press.ask("bounce", "list")
    assert (first["class"], first["status"], "User unknown" in first["text"]) == ("dead", "5.1.1", True)
    assert "came back" in press("subscriber", "show", "r0@example0.org").out


@pytest.mark.R7
def test_what_is_ours_is_held_against_nobody_and_halts_the_run(
    press: CommandLine, send: Callable[[Answers], str]
) -> None:
    said = send({"RCPT": OURS})
    assert counts(press) == {"enlisted": READERS, "failed": 5, "waiting": READERS - 5}
    assert "Digest run 1 is halted: 5 of 5 message(s) were refused because of us" in said
    assert "5.7.26" in said
    assert "publisher digest resume 1" in said
    assert press.ask("digest", "list")[-1]["state"] == "paused"
    assert "Digest run 1 is halted" in press("health", ok=False).out
    assert states(press) == {"active"}


def test_a_run_that_was_halted_goes_on_when_that_is_mended(press: CommandLine, send: Callable[[Answers], str]) -> None:
    send({"RCPT": OURS})
    press.wait(minutes=1)
    press("digest", "resume", "1")
    press.wait(minutes=1)
    with scripted({}) as server:
        (press.site / "publisher.toml").write_text(
            f'[smtp]\nhost = "127.0.0.1"\nport = {server.port}\nsecurity = "none"\n'
        )
        press("deliver")
    assert counts(press) == {"enlisted": READERS, "failed": 5, "sent": READERS - 5}
    assert press("health").out == "All is well.\n"


def test_one_that_minds_us_among_many_halts_nothing(press: CommandLine, send: Callable[[Answers], str]) -> None:
    class OneOnly(dict[str, str | None]):
        def get(self, verb: str, default: str | None = None) -> str | None:  # type: ignore[override]
            if verb == "RCPT" and not self:
                self["."] = "250 taken"
                return OURS
            return default

    send(OneOnly())
    assert counts(press) == {"enlisted": READERS, "failed": 1, "sent": READERS - 1}


def test_a_full_mailbox_that_is_given_up_after_three_days_is_soft(
    press: CommandLine, send: Callable[[Answers], str]
) -> None:
    send({"RCPT": "452 4.2.2 mailbox full"})
    for _ in range(30):
        press.wait(hours=6, minutes=1)
        with scripted({"RCPT": "452 4.2.2 mailbox full"}) as server:
            (press.site / "publisher.toml").write_text(
                f'[smtp]\nhost = "127.0.0.1"\nport = {server.port}\nsecurity = "none"\n'
            )
            press("deliver", ok=False)
        if "waiting" not in counts(press):
            break
    assert counts(press) == {"enlisted": READERS, "failed": READERS}
    assert {one["class"] for one in press.ask("bounce", "list")} == {"soft"}
    assert states(press) == {"active"}
