"""`subscriber explain`: why something came or did not, in words that a support desk can read out (R4)."""

from __future__ import annotations

import pytest

from pressroom.storage import Store
from tests.conftest import CommandLine

ADA = "ada@example.org"
pytestmark = pytest.mark.R4


@pytest.fixture
def press(run: CommandLine) -> CommandLine:
    """A site with two topics and a weekly reader of one, on Monday 26 January 2026, 09:00."""
    run("init")
    for topic in ("Rivers", "Roads"):
        run("topic", "add", topic)
    run("subscriber", "add", ADA, "--topic", "rivers", "--confirmed")
    run.wait(hours=1)
    return run


def release(run: CommandLine, title: str = "Floods", *words: str) -> str:
    slug = str(run.ask("release", "add", "--title", title, "--topic", "rivers", *words)["slug"])
    run("publish")
    return slug


def until_weekly(run: CommandLine) -> None:
    run.wait(days=7)
    run("publish")


def why(run: CommandLine, slug: str, address: str = ADA) -> str:
    return run("subscriber", "explain", address, slug).out


def outcomes(run: CommandLine, slug: str, address: str = ADA) -> list[str]:
    return [one["outcome"] for one in run.ask("subscriber", "explain", address, slug)["announcements"]]


def test_what_is_owed_says_with_which_digest_it_comes(press: CommandLine) -> None:
    slug = release(press)
    said = why(press, slug)
    assert said.splitlines()[0] == f"{ADA} is active and follows Rivers (weekly)."
    assert "No. 1: new under Rivers, Monday 26 January 2026 10:00." in said
    assert "It was owed for Rivers (weekly). It is still owed and comes with the next digest: weekly." in said


def test_what_was_sent_says_when_and_with_which_answer(press: CommandLine) -> None:
    slug = release(press)
    until_weekly(press)
    assert "It was sent in digest run 1 on Monday 2 February 2026 10:00; the answer was: new/" in why(press, slug)
    assert outcomes(press, slug) == ["offered"]


def test_what_waits_says_so(press: CommandLine) -> None:
    slug = release(press)
    (press.site / "data" / "outbox").write_text("in the way")
    press.wait(days=7)
    assert press("publish", ok=False).code == 3
    assert "It waits in digest run 1, next try Monday 2 February 2026 10:01; the answer was: " in why(press, slug)


@pytest.mark.parametrize(
    ("before", "reason"),
    [
        ((("subscriber", "set", ADA, "--topic", "roads", "--drop", "rivers"),), "Roads (weekly) did not match"),
        ((("subscriber", "unsubscribe", ADA),), "there was no subscription then"),
    ],
)
def test_what_was_never_owed_says_why(press: CommandLine, before: tuple[tuple[str, ...], ...], reason: str) -> None:
    for words in before:
        press(*words)
    slug = release(press)
    until_weekly(press)
    assert f"It was not owed: {reason}." in why(press, slug)


def test_before_confirming_nothing_is_owed(press: CommandLine) -> None:
    press("subscriber", "add", "bo@example.org", "--topic", "rivers")
    slug = release(press)
    assert "the subscription was not confirmed yet" in why(press, slug, "bo@example.org")
    press.wait(hours=1)
    press("subscriber", "confirm", "bo@example.org")
    assert "the subscription was not confirmed yet" in why(press, slug, "bo@example.org")


def test_what_a_filter_held_back_names_the_filter(press: CommandLine) -> None:
    press("subscriber", "set", ADA, "--only-kind", "report")
    slug = release(press, "Floods", "--kind", "blog")
    until_weekly(press)
    assert "A filter held it back when its digest was made; now it lets through: kinds report." in why(press, slug)


def test_what_was_struck_or_withdrawn_before_it_came_says_so(press: CommandLine) -> None:
    struck, withdrawn = release(press, "Struck"), release(press, "Gone")
    press("release", "withdraw", withdrawn, "--reason", "A mistake.")
    press("publish")
    until_weekly(press)
    assert outcomes(press, withdrawn) == ["withdrawn before it was offered", "not owed"]
    assert outcomes(press, struck) == ["offered"]
    later = release(press, "Later")
    press("subscriber", "set", ADA, "--topic", "roads", "--drop", "rivers")
    assert "The choices it was owed for were ended before a digest had told of it." in why(press, later)


def test_a_pause_a_revision_and_a_back_catalogue_are_told(press: CommandLine, store: Store) -> None:
    slug = release(press)
    until_weekly(press)
    press("release", "revise", slug, "--note", "Two figures corrected.")
    press("subscriber", "pause", ADA)
    said = why(press, slug)
    assert "is active, paused and follows" in said
    assert "It waits until the pause ends." in said
    path = press.site / "old.jsonl"
    path.write_text('{"title": "Old", "published": "2001", "topics": ["Rivers"]}\n')
    press("import", str(path), "--announce", "none")
    assert "It came in silently: nobody is told." in why(press, "old")
    store.write("DELETE FROM deliveries")
    assert "the record of that mail has been deleted since" in why(press, slug)


def test_what_is_not_out_yet_and_what_is_unknown(press: CommandLine) -> None:
    slug = release(press, "Secret", "--embargo", "2027-01-01T00:00")
    assert "readers have not been told of it yet" in why(press, slug)
    assert press("subscriber", "explain", ADA, "nothing", ok=False).code == 1
    assert press("subscriber", "explain", "nobody@example.org", slug, ok=False).code == 1
