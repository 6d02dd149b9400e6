"""`subscriber explain`: why something came or did not, in words that a support desk can read out (R4)."""

from __future__ import annotations

import pytest

from pressroom.storage import Store
from tests.conftest import CommandLine, Press

ADA = "ada@example.org"
pytestmark = pytest.mark.R4


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    """A site with two topics and a weekly reader of one, on Monday 26 January 2026, 09:00."""
    for topic in ("Rivers", "Roads"):
        fresh("topic", "add", topic)
    fresh("subscriber", "add", ADA, "--topic", "rivers", "--confirmed")
    fresh.wait(hours=1)
    return fresh


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
    assert "On Monday 26 January 2026 10:00 “Floods” was new under Rivers (no. 1). It was owed for Rivers" in said
    assert "It is still owed and comes with the weekly digest on Monday 2 February 2026 08:00." in said
    press.wait(days=7)
    assert "It is still owed and comes with the weekly digest, which is due now." in why(press, slug)
    press("subscriber", "set", ADA, "--frequency", "immediate", "--topic", "roads=daily")
    assert "It is still owed and comes with the immediate digest, shortly." in why(press, slug)


def test_what_is_urgent_comes_at_once(press: CommandLine) -> None:
    press("release", "add", "--title", "Dam", "--topic", "rivers", "--urgent")
    press("publish", "--feeds-only")
    said = why(press, "dam")
    assert "“Dam” was urgent and new under Rivers (no. 1)." in said
    assert "comes with the next publish, since it is urgent." in said


def test_what_was_sent_says_when_and_with_which_answer(press: CommandLine) -> None:
    slug = release(press)
    until_weekly(press)
    assert "It was sent in digest run 1 on Monday 2 February 2026 10:00; the answer was: kept as new/" in why(
        press, slug
    )
    assert outcomes(press, slug) == ["offered"]


def test_what_waits_says_so(press: CommandLine) -> None:
    slug = release(press)
    (press.site / "data" / "outbox").write_text("in the way")
    press.wait(days=7)
    assert press("publish", ok=False).code == 3
    assert "It waits in digest run 1, next try Monday 2 February 2026 10:00; the answer was: " in why(press, slug)
    press("digest", "pause", "1")
    assert "It waits in digest run 1, which is paused, next try" in why(press, slug)


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
    press("release", "withdraw", slug, "--reason", "A mistake.")
    press("publish")
    assert outcomes(press, slug) == ["held back by a filter", "not owed"], "what happens later rewrites no reason"


def test_what_a_filter_will_hold_back_is_not_promised(press: CommandLine) -> None:
    press("subscriber", "set", ADA, "--only-kind", "report")
    slug = release(press, "Floods", "--kind", "blog")
    said = why(press, slug)
    assert "A filter will hold it back, unless it is changed before: it lets through kinds report." in said


@pytest.mark.parametrize(
    "ending", [("unsubscribe", ADA), ("set", ADA, "--topic", "roads", "--drop", "rivers"), ("forget", "bo@example.org")]
)
def test_what_was_struck_is_blamed_on_no_filter_also_after_a_run(press: CommandLine, ending: tuple[str, ...]) -> None:
    press("subscriber", "add", "bo@example.org", "--topic", "rivers", "--confirmed")
    slug = release(press)
    press("subscriber", *ending, *(["--yes"] if ending[0] == "forget" else []))
    until_weekly(press)
    expected = "offered" if ending[0] == "forget" else "struck by a change of choices"
    assert outcomes(press, slug) == [expected]
    press("release", "withdraw", slug, "--reason", "A mistake.")
    press("publish")
    assert outcomes(press, slug)[0] == expected


def test_what_is_struck_when_its_run_is_cancelled_says_so(press: CommandLine) -> None:
    slug = release(press)
    (press.site / "data" / "outbox").write_text("in the way")
    press.wait(days=7)
    press("publish", ok=False)
    press("subscriber", "set", ADA, "--topic", "roads", "--drop", "rivers")
    press("digest", "cancel", "1", "--yes")
    said = why(press, slug)
    assert "It was cancelled in digest run 1" in said
    assert "The choices it was owed for were ended before a digest had told of it." in said


def test_what_was_struck_or_withdrawn_before_it_came_says_so(press: CommandLine) -> None:
    struck, withdrawn = release(press, "Struck"), release(press, "Gone")
    press("release", "withdraw", withdrawn, "--reason", "A mistake.")
    press("publish")
    assert outcomes(press, withdrawn) == ["withdrawn before it was offered", "not owed"], "and nothing is promised"
    until_weekly(press)
    assert outcomes(press, withdrawn) == ["withdrawn before it was offered", "not owed"]
    said = why(press, withdrawn)
    assert "It was withdrawn before a digest had told of it." in said
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
    assert f"{ADA} is active, paused until resumed, and follows Rivers (weekly)." in said
    assert "It waits until the pause ends." in said
    path = press.site / "old.jsonl"
    path.write_text('{"title": "Old", "published": "2001", "topics": ["Rivers"]}\n')
    press("import", str(path), "--announce", "none")
    assert "It came in silently: nobody is told." in why(press, "old")
    store.write("DELETE FROM deliveries")
    assert "the record of that mail has been deleted since" in why(press, slug)


def test_what_is_not_out_yet_and_what_is_unknown(press: CommandLine) -> None:
    slug = release(press, "Secret", "--embargo", "2027-01-01T00:00")
    said = why(press, slug)
    assert "“Secret” goes out on Friday 1 January 2027 00:00, when its embargo ends: readers have not been told" in said
    press("release", "add", "--title", "Rough", "--draft")
    assert "“Rough” is a draft: readers have not been told of it yet." in why(press, "rough")
    press("release", "add", "--title", "Soon")
    assert "“Soon” goes out with the next publish: readers have not been told of it yet." in why(press, "soon")
    assert press("subscriber", "explain", ADA, "nothing", ok=False).code == 1
    assert press("subscriber", "explain", "nobody@example.org", slug, ok=False).code == 1


def test_how_somebody_stands_is_said_in_words(press: CommandLine) -> None:
    slug = release(press)
    press("subscriber", "pause", ADA, "--until", "2026-03-20")
    assert f"{ADA} is active, paused until Friday 20 March 2026, and follows Rivers (weekly)." in why(press, slug)
    press("subscriber", "unsubscribe", ADA)
    assert f"{ADA} has unsubscribed on Monday 26 January 2026 10:00 and follows nothing." in why(press, slug)
    press("subscriber", "add", "bo@example.org", "--topic", "roads")
    said = why(press, slug, "bo@example.org")
    assert "bo@example.org has asked for Roads (weekly) and has not confirmed it yet." in said


def test_a_topic_is_named_that_a_release_has_lost_since(press: CommandLine) -> None:
    slug = release(press)
    press("release", "edit", slug, "--topic", "roads")
    assert "was new under Rivers (no. 1)" in why(press, slug)


def test_what_was_owed_on_leaving_is_struck_also_for_who_comes_back(press: CommandLine) -> None:
    slug = release(press)
    press("subscriber", "unsubscribe", ADA)
    assert outcomes(press, slug) == ["struck by a change of choices"]
    press("subscriber", "add", ADA, "--topic", "rivers", "--confirmed")
    until_weekly(press)
    assert outcomes(press, slug) == ["struck by a change of choices"]


def test_whoever_is_pending_is_owed_nothing_whatever_they_were_paid_before(press: CommandLine) -> None:
    slug = release(press)
    until_weekly(press)
    press("subscriber", "unsubscribe", ADA)
    press("subscriber", "add", ADA, "--topic", "rivers")
    press("release", "revise", slug, "--note", "A figure mended.")
    press("subscriber", "set", ADA, "--topic", "roads")
    press("subscriber", "confirm", ADA)
    assert outcomes(press, slug) == ["offered", "not owed"]
    assert "the subscription was not confirmed yet" in why(press, slug)


def test_without_a_filter_none_is_blamed_whatever_a_catalogue_of_old_has_forgotten(
    press: CommandLine, store: Store
) -> None:
    slug = release(press)
    press("subscriber", "set", ADA, "--topic", "roads", "--drop", "rivers")
    store.write("DELETE FROM struck")
    until_weekly(press)
    assert outcomes(press, slug) == ["struck by a change of choices"]


def test_what_should_be_out_already_goes_out_with_the_next_publish(press: CommandLine) -> None:
    press("release", "add", "--title", "Late", "--embargo", "2026-01-27T00:00")
    press.wait(days=2)
    assert "“Late” goes out with the next publish: readers have not been told" in why(press, "late")


def test_what_was_struck_or_held_back_stays_so_when_deliveries_are_deleted(press: CommandLine, store: Store) -> None:
    slug = release(press)
    press("subscriber", "set", ADA, "--topic", "roads", "--drop", "rivers")
    press("release", "edit", slug, "--topic", "rivers", "--topic", "roads")
    until_weekly(press)
    assert outcomes(press, slug) == ["struck by a change of choices", "offered"]
    store.write("DELETE FROM deliveries")
    assert outcomes(press, slug) == ["struck by a change of choices", "offered"]


def test_a_filing_after_a_filter_says_that_the_filter_had_held_it_back(press: CommandLine) -> None:
    press("subscriber", "set", ADA, "--topic", "roads", "--only-kind", "report")
    slug = release(press, "Floods", "--kind", "blog")
    until_weekly(press)
    press("subscriber", "set", ADA, "--only-kind", "all")
    press("release", "edit", slug, "--topic", "rivers", "--topic", "roads")
    assert "It was not owed: a filter had held the release back before." in why(press, slug)


def test_what_kept_a_message_from_leaving_is_no_answer_of_a_server(press: CommandLine) -> None:
    slug = release(press)
    (press.site / "data" / "outbox").write_text("in the way")
    press.wait(days=7)
    press("publish", ok=False)
    press("subscriber", "unsubscribe", ADA)
    assert "It was held back at the last moment in digest run 1 on Monday 2 February 2026 10:00: unsubscribed." in why(
        press, slug
    )
