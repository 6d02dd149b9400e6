"""What is kept of a person by commands: every word of consent, the pause, what is owed meanwhile (R4, R7)."""

from __future__ import annotations

import pytest

from tests.conftest import CommandLine, Press
from tests.journeys.shelves import a_site_with_topics, release, until_weekly

ADA, BO = "ada@example.org", "bo@example.org"


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    return a_site_with_topics(fresh)


def consents(run: CommandLine) -> list[str]:
    return [one["what"] for one in run.ask("subscriber", "show", ADA)["consents"]]


def opt_out(run: CommandLine) -> None:
    """Import ADA as an opt-out of the old system."""
    (run.site / "out.csv").write_text(f"address\n{ADA}\n")
    run("subscriber", "import", str(run.site / "out.csv"), "--suppressed")


def test_confirming_a_filter_a_pause_and_its_end_are_each_on_record(press: CommandLine) -> None:
    press("subscriber", "add", ADA)
    press("subscriber", "confirm", ADA)
    press("subscriber", "set", ADA, "--only-kind", "report")
    press("subscriber", "pause", ADA)
    press("subscriber", "resume", ADA)
    press("subscriber", "pause", ADA, "--until", "2026-02-02")
    assert consents(press)[1:] == [
        "confirmed",
        "filter: kinds report",
        "paused until resumed",
        "resumed",
        "paused until 2026-02-02",
    ]


def test_an_imported_opt_out_ends_every_choice_and_is_on_record(press: CommandLine) -> None:
    press("subscriber", "add", ADA, "--confirmed")
    opt_out(press)
    assert press.ask("subscriber", "show", ADA)["choices"] == []
    assert consents(press)[-1] == "unsubscribed from everything"


@pytest.mark.R7
def test_forgetting_somebody_cancels_the_mail_that_waits_for_them(press: CommandLine) -> None:
    press("subscriber", "add", ADA, "--frequency", "daily", "--confirmed")
    release(press, "Floods")
    (press.site / "data" / "outbox").write_text("in the way")
    press.wait(days=1)
    assert press("publish", ok=False).code == 3
    press("subscriber", "forget", ADA, "--yes")
    counts = press.ask("digest", "list")[0]["counts"]
    assert counts | {"enlisted": 1, "waiting": 0, "sent": 0} == counts


@pytest.mark.R4
def test_unsubscribing_ends_the_pause_so_that_coming_back_is_mailed(press: CommandLine) -> None:
    press("subscriber", "add", ADA, "--confirmed")
    press("subscriber", "pause", ADA)
    press("subscriber", "unsubscribe", ADA)
    press("subscriber", "add", ADA, "--confirmed")
    release(press, "After")
    until_weekly(press)
    assert press.titles(ADA) == [["After"]]


@pytest.mark.R4
def test_a_merge_of_topics_during_a_pause_keeps_what_the_pause_holds_back(press: CommandLine) -> None:
    for address in (ADA, BO):
        press("subscriber", "add", address, "--topic", "rivers", "--confirmed")
    press("subscriber", "pause", ADA)
    release(press, "Floods", "rivers")
    until_weekly(press)
    press("topic", "merge", "rivers", "data", "--yes")
    press("subscriber", "resume", ADA)
    until_weekly(press)
    assert press.titles(ADA) == press.titles(BO) == [["Floods"]]


@pytest.mark.R4
def test_a_second_pause_changes_its_end_and_loses_nothing_of_the_first(press: CommandLine) -> None:
    for address in (ADA, BO):
        press("subscriber", "add", address, "--confirmed")
    press("subscriber", "pause", ADA)
    release(press, "Floods")
    until_weekly(press)
    press("subscriber", "pause", ADA, "--until", "2026-02-03")
    until_weekly(press)
    assert press.titles(ADA) == [["Floods"]]


def test_a_pause_ends_on_a_day_to_come(press: CommandLine) -> None:
    press("subscriber", "add", ADA, "--confirmed")
    answer = press("subscriber", "pause", ADA, "--until", "2026-01-26", ok=False)
    assert answer.code == 1
    assert "2026-01-26 is not to come" in answer.err


@pytest.mark.R4
def test_a_resume_without_a_pause_repeats_nothing(press: CommandLine) -> None:
    press("subscriber", "add", ADA, "--confirmed")
    release(press, "Floods")
    until_weekly(press)
    assert press("subscriber", "resume", ADA, ok=False).code == 1
    until_weekly(press)
    assert press.titles(ADA) == [["Floods"]]


@pytest.mark.R7
@pytest.mark.parametrize("gone", ["unsubscribed", "opted out"])
def test_nothing_but_a_new_subscription_revives_who_has_left(press: CommandLine, gone: str) -> None:
    press("subscriber", "add", ADA, "--confirmed")
    if gone == "unsubscribed":
        press("subscriber", "unsubscribe", ADA)
    else:
        opt_out(press)
    before = press.ask("subscriber", "show", ADA)
    for verb, *words in (["confirm"], ["pause"], ["resume"], ["set", "--topic", "rivers"]):
        assert press("subscriber", verb, ADA, *words, ok=False).code == 1
    assert press.ask("subscriber", "show", ADA) == before


def test_where_both_merged_topics_are_held_the_frequency_of_the_one_that_stays_holds(press: CommandLine) -> None:
    press("subscriber", "add", ADA, "--topic", "data=monthly", "--topic", "rivers=daily", "--confirmed")
    press("topic", "merge", "rivers", "data", "--yes")
    assert press.ask("subscriber", "show", ADA)["choices"] == ["data=monthly"]


def test_a_merge_of_topics_is_on_the_record_of_who_followed_the_one_that_ended(press: CommandLine) -> None:
    press("topic", "add", "Lakes")
    press("subscriber", "add", "a@example.org", "--topic", "lakes=daily", "--confirmed")
    press("subscriber", "add", "b@example.org", "--topic", "rivers=weekly", "--confirmed")
    press("topic", "merge", "lakes", "rivers", "--yes")
    last = press.ask("subscriber", "show", "a@example.org")["consents"][-1]
    assert (last["what"], last["how"]) == ("changed: rivers=daily", "a topic has become rivers: lakes")
    assert len(press.ask("subscriber", "show", "b@example.org")["consents"]) == 1


def test_coming_back_under_another_name_keeps_the_new_one(press: CommandLine) -> None:
    press("subscriber", "add", ADA, "--name", "A", "--confirmed")
    press("subscriber", "unsubscribe", ADA)
    press("subscriber", "add", ADA, "--name", "Ada")
    assert press.ask("subscriber", "show", ADA)["name"] == "Ada"
