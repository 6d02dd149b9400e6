"""Who gets what, told by commands and received mails: the failures of other systems, each a named test (R4, R5)."""

from __future__ import annotations

import pytest

from pressroom.storage import Store
from tests.conftest import CommandLine, Press, text_of
from tests.journeys.shelves import a_site_with_topics, release, until_weekly

ADA = "ada@example.org"
pytestmark = pytest.mark.R4


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    return a_site_with_topics(fresh)


def test_nothing_is_lost_when_weekly_becomes_daily(press: CommandLine) -> None:
    press("subscriber", "add", ADA, "--topic", "rivers", "--frequency", "weekly", "--confirmed")
    press.wait(hours=1)
    release(press, "Floods", "rivers")
    press("subscriber", "set", ADA, "--frequency", "daily")
    press.wait(days=1)
    press("publish")
    assert press.titles(ADA) == [["Floods"]]


def test_nothing_is_repeated_when_immediate_becomes_daily(press: CommandLine) -> None:
    press("subscriber", "add", ADA, "--topic", "rivers", "--frequency", "immediate", "--confirmed")
    release(press, "Floods", "rivers")
    press.wait(minutes=11)
    press("publish")
    press("subscriber", "set", ADA, "--frequency", "daily")
    press.wait(days=2)
    press("publish")
    assert press.titles(ADA) == [["Floods"]]


def test_what_is_older_than_the_subscription_is_not_sent(press: CommandLine) -> None:
    release(press, "Before", "rivers")
    press.wait(minutes=1)
    press("subscriber", "add", ADA, "--topic", "rivers", "--confirmed")
    press.wait(minutes=1)
    release(press, "After", "rivers")
    until_weekly(press)
    assert press.titles(ADA) == [["After"]]


def test_what_was_announced_before_confirming_is_not_sent(press: CommandLine) -> None:
    press("subscriber", "add", ADA, "--topic", "rivers")
    release(press, "Before", "rivers")
    press("subscriber", "confirm", ADA)
    release(press, "After", "rivers")
    until_weekly(press)
    assert [told for told in press.titles(ADA) if told] == [["After"]]


@pytest.mark.R5
def test_all_topics_and_frequencies_due_together_make_one_mail_with_each_item_once(press: CommandLine) -> None:
    press("subscriber", "add", ADA, "--topic", "rivers=weekly", "--topic", "roads=daily", "--topic", "data=weekly",
          "--confirmed")  # fmt: skip
    press.wait(days=6, hours=22, minutes=30)  # Monday 07:30
    for title, topics in (("Floods", ["rivers", "data"]), ("Bridges", ["roads", "rivers"]), ("Numbers", ["data"])):
        press("release", "add", "--title", title, *[word for topic in topics for word in ("--topic", topic)])
    press("publish", "--feeds-only")
    press.wait(minutes=30)
    press("publish")
    assert press.titles(ADA) == [["Bridges", "Floods", "Numbers"]]
    (mail,) = press.mails(ADA)
    assert text_of(mail).count("/releases/bridges") == 1


def test_an_empty_digest_is_not_sent(press: CommandLine) -> None:
    press("subscriber", "add", ADA, "--topic", "rivers", "--confirmed")
    release(press, "Bridges", "roads")
    until_weekly(press)
    assert press.mails() == []
    assert press.ask("digest", "list") == []


def test_a_release_matched_late_is_still_sent(press: CommandLine) -> None:
    press("subscriber", "add", ADA, "--topic", "rivers", "--confirmed")
    slug = release(press, "Floods", "roads")
    until_weekly(press)
    press("release", "edit", slug, "--topic", "roads", "--topic", "rivers")
    until_weekly(press)
    assert press.titles(ADA) == [["Floods"]]


def test_filing_tells_nobody_who_was_told_already(press: CommandLine) -> None:
    press("subscriber", "add", ADA, "--topic", "roads", "--topic", "rivers", "--confirmed")
    slug = release(press, "Floods", "roads")
    press("release", "edit", slug, "--topic", "roads", "--topic", "rivers")
    until_weekly(press)
    until_weekly(press)
    assert press.titles(ADA) == [["Floods"]]


def test_a_back_dated_release_reaches_its_readers(press: CommandLine) -> None:
    press("subscriber", "add", ADA, "--topic", "rivers", "--confirmed")
    release(press, "Found in the archive", "rivers", published="2009-03-05")
    until_weekly(press)
    assert press.titles(ADA) == [["Found in the archive"]]


def test_a_silent_back_catalogue_reaches_nobody(press: CommandLine) -> None:
    press("subscriber", "add", ADA, "--confirmed")
    file = press.site / "old.jsonl"
    file.write_text('{"title": "Old", "published": "2009-03-05"}\n{"title": "Undated"}\n')
    press("import", str(file))
    until_weekly(press)
    assert press.mails() == []
    assert len(press.feed("all")["items"]) == 2


def test_a_pause_loses_nothing(press: CommandLine) -> None:
    press("subscriber", "add", ADA, "--topic", "rivers", "--confirmed")
    release(press, "Before the pause", "rivers")
    press("subscriber", "pause", ADA)
    release(press, "During the pause", "rivers")
    until_weekly(press)
    assert press.mails() == []
    press("subscriber", "resume", ADA)
    until_weekly(press)
    assert press.titles(ADA) == [["Before the pause", "During the pause"]]


def test_changing_choices_during_a_pause_loses_nothing(press: CommandLine) -> None:
    press("subscriber", "add", ADA, "--topic", "rivers", "--confirmed")
    press("subscriber", "add", "bo@example.org", "--topic", "rivers", "--confirmed")
    press("subscriber", "pause", ADA)
    release(press, "Floods", "rivers")
    until_weekly(press)
    press("subscriber", "set", ADA, "--topic", "roads")
    press("subscriber", "resume", ADA)
    until_weekly(press)
    assert press.titles(ADA) == [["Floods"]]


def test_a_pause_ends_by_itself_on_its_day(press: CommandLine) -> None:
    press("subscriber", "add", ADA, "--topic", "rivers", "--confirmed")
    press("subscriber", "pause", ADA, "--until", "2026-02-09")
    release(press, "Floods", "rivers")
    until_weekly(press)
    assert press.mails() == []
    until_weekly(press)
    assert press.titles(ADA) == [["Floods"]]


def test_dropping_a_topic_strikes_what_was_owed_and_taking_it_up_again_starts_afresh(press: CommandLine) -> None:
    press("subscriber", "add", ADA, "--topic", "rivers", "--topic", "roads", "--confirmed")
    release(press, "Floods", "rivers")
    press("subscriber", "set", ADA, "--drop", "rivers")
    press("subscriber", "set", ADA, "--topic", "rivers")
    release(press, "Dams", "rivers")
    until_weekly(press)
    assert press.titles(ADA) == [["Dams"]]


def test_exchanging_topics_in_one_go_keeps_what_the_new_one_matches(press: CommandLine) -> None:
    press("subscriber", "add", ADA, "--topic", "rivers", "--confirmed")
    release(press, "Floods on roads", "rivers", "roads")
    release(press, "Dams", "rivers")
    press("subscriber", "set", ADA, "--topic", "roads", "--drop", "rivers")
    until_weekly(press)
    assert press.titles(ADA) == [["Floods on roads"]]


def test_a_further_choice_pays_at_its_own_frequency_what_another_one_owes(press: CommandLine) -> None:
    press("subscriber", "add", ADA, "--topic", "rivers=monthly", "--confirmed")
    release(press, "Floods on roads", "rivers", "roads")
    press("subscriber", "set", ADA, "--topic", "roads=daily")
    press.wait(days=1)
    press("publish")
    assert press.titles(ADA) == [["Floods on roads"]]
    press.wait(days=40)
    press("publish")
    assert press.titles(ADA) == [["Floods on roads"]]


def test_a_series_can_be_followed(press: CommandLine) -> None:
    release(press, "Before", "rivers", series="Water & us")
    press("subscriber", "add", ADA, "--topic", "series:water-us", "--confirmed")
    release(press, "Floods", "roads", series="Water & us")
    release(press, "Bridges", "roads")
    until_weekly(press)
    assert press.titles(ADA) == [["Floods"]]


def test_what_is_filed_later_reaches_followers_of_that_topic_and_not_of_everything(press: CommandLine) -> None:
    slug = release(press, "Floods", "roads")
    press("subscriber", "add", ADA, "--topic", "rivers", "--confirmed")
    press("subscriber", "add", "bo@example.org", "--confirmed")
    press("release", "edit", slug, "--topic", "roads", "--topic", "rivers")
    until_weekly(press)
    assert press.titles(ADA) == [["Floods"]]
    assert press.mails("bo@example.org") == []


def test_revised_before_it_is_paid_is_new_and_after_it_is_revised_with_all_notes(press: CommandLine) -> None:
    press("subscriber", "add", ADA, "--topic", "rivers", "--confirmed")
    slug = release(press, "Floods", "rivers")
    press("release", "revise", slug, "--note", "First note.")
    until_weekly(press)
    (first,) = press.mails(ADA)
    assert "First note." not in text_of(first)
    press("release", "revise", slug, "--note", "Second note.")
    press("release", "revise", slug, "--note", "Third note.")
    until_weekly(press)
    text = text_of(press.mails(ADA)[-1])
    assert "Second note." in text
    assert "Third note." in text
    assert "First note." not in text


def test_withdrawn_before_it_is_paid_is_nothing_and_after_it_is_told(press: CommandLine) -> None:
    press("subscriber", "add", ADA, "--topic", "rivers", "--confirmed")
    never = release(press, "Never seen", "rivers")
    press("release", "withdraw", never, "--reason", "A mistake.")
    seen = release(press, "Floods", "rivers")
    until_weekly(press)
    assert press.titles(ADA) == [["Floods"]]
    press("release", "withdraw", seen, "--reason", "Wrong figures.")
    until_weekly(press)
    assert "Wrong figures." in text_of(press.mails(ADA)[-1])


def test_a_revision_reaches_who_was_paid_and_holds_any_choice_still(press: CommandLine) -> None:
    press("subscriber", "add", ADA, "--topic", "rivers", "--confirmed")
    press("subscriber", "add", "late@example.org", "--topic", "rivers", "--confirmed")
    press("subscriber", "pause", "late@example.org")
    slug = release(press, "Floods", "rivers")
    until_weekly(press)
    press("subscriber", "set", ADA, "--topic", "data", "--drop", "rivers")
    press("release", "revise", slug, "--note", "Two figures corrected.")
    until_weekly(press)
    assert "Two figures corrected." in text_of(press.mails(ADA)[-1])
    assert press.mails("late@example.org") == []


def test_what_was_paid_is_known_when_old_deliveries_are_gone(press: CommandLine, store: Store) -> None:
    press("subscriber", "add", ADA, "--topic", "rivers", "--topic", "roads", "--confirmed")
    slug = release(press, "Floods", "rivers")
    other = release(press, "Bridges", "rivers")
    until_weekly(press)
    store.write("DELETE FROM deliveries")
    press("release", "edit", slug, "--topic", "rivers", "--topic", "roads")
    press("release", "revise", other, "--note", "Two figures corrected.")
    until_weekly(press)
    (mail,) = [text_of(mail) for mail in press.mails(ADA)[1:]]
    assert "Two figures corrected." in mail
    assert "Floods" not in mail


@pytest.mark.parametrize("meanwhile", ["nothing", "a pause", "other choices", "paused when announced", "lifted first"])
def test_what_a_filter_held_back_is_never_offered_later_also_not_when_it_is_filed_under_a_further_topic(
    press: CommandLine, meanwhile: str
) -> None:
    press("subscriber", "add", ADA, "--topic", "rivers", "--topic", "roads", "--confirmed")
    press("subscriber", "set", ADA, "--only-kind", "report")
    if meanwhile == "paused when announced":
        press("subscriber", "pause", ADA)
    slug = release(press, "Floods", "rivers", kind="blog")
    if meanwhile == "paused when announced":
        press("subscriber", "resume", ADA)
    until_weekly(press)
    if meanwhile == "lifted first":
        press("subscriber", "set", ADA, "--only-kind", "all")
    if meanwhile == "a pause":
        press("subscriber", "pause", ADA)
        press("subscriber", "resume", ADA)
    if meanwhile in ("other choices", "lifted first"):
        press("subscriber", "set", ADA, "--topic", "data=daily")
    press("subscriber", "set", ADA, "--only-kind", "all")
    press("release", "edit", slug, "--topic", "rivers", "--topic", "roads")
    until_weekly(press)
    assert press.mails(ADA) == []
    answers = press.ask("subscriber", "explain", ADA, slug)["announcements"]
    assert [one["outcome"] for one in answers] == ["held back by a filter", "not owed"]


def test_no_filter_is_blamed_for_what_a_run_left_unpaid_before_it_was_set(press: CommandLine) -> None:
    """Two runs were cancelled; the filter came and went later, and held nothing back."""
    outbox = press.site / "data" / "outbox"
    outbox.write_text("in the way")
    press("subscriber", "add", ADA, "--topic", "rivers", "--topic", "roads", "--topic", "data", "--confirmed")
    slug = str(press.ask("release", "add", "--title", "Floods", "--topic", "rivers", "--kind", "news")["slug"])
    press("publish", "--feeds-only")
    press("digest", "send", "--yes", ok=False)
    press("subscriber", "set", ADA, "--drop", "rivers")
    press("release", "edit", slug, "--topic", "rivers", "--topic", "roads")
    press("release", "revise", slug, "--note", "Better.")
    press("digest", "send", "--yes", ok=False)
    for number in ("1", "2"):
        press("digest", "cancel", number, "--yes", ok=False)
    press("subscriber", "set", ADA, "--only-kind", "report")
    press("subscriber", "set", ADA, "--only-kind", "all")
    outbox.unlink()
    press.wait(minutes=2)
    press("release", "edit", slug, "--topic", "rivers", "--topic", "roads", "--topic", "data")
    press("digest", "send", "--yes")
    assert press.titles(ADA) == [["Floods"]]


@pytest.mark.parametrize("merged", [("roads", "rivers"), ("rivers", "roads")])
def test_merging_topics_forgets_nothing_that_a_filter_held_back(press: CommandLine, merged: tuple[str, str]) -> None:
    press("subscriber", "add", ADA, "--topic", "rivers", "--topic", "roads", "--topic", "data", "--confirmed")
    press("subscriber", "set", ADA, "--only-kind", "report")
    slug = release(press, "Floods", "rivers", kind="news")
    until_weekly(press)
    press("topic", "merge", *merged, "--yes")
    press("subscriber", "set", ADA, "--only-kind", "all")
    press("release", "edit", slug, "--topic", merged[1], "--topic", "data")
    until_weekly(press)
    assert press.mails(ADA) == []


@pytest.mark.R9
def test_what_replaces_a_withdrawn_release_is_not_named_before_it_is_out(press: CommandLine) -> None:
    press("subscriber", "add", ADA, "--confirmed")
    slug = release(press, "Old guide")
    until_weekly(press)
    secret = release(press, "Secret merger", url="https://example.org/secret", embargo="2027-01-01T00:00")
    press("release", "withdraw", slug, "--reason", "Out of date.", "--replacement", secret)
    until_weekly(press)
    mail = press.mails(ADA)[-1]
    assert "Out of date." in text_of(mail)
    assert "ecret" not in mail.as_string()


@pytest.mark.R9
def test_nothing_of_an_embargoed_release_leaves_early(press: CommandLine) -> None:
    press("subscriber", "add", ADA, "--frequency", "immediate", "--confirmed")
    slug = release(press, "Secret until noon", "rivers", embargo="2026-01-28T12:00")
    press.wait(days=1)
    press("publish")
    assert press.feed("all")["items"] == []
    assert press("release", "publish", slug, ok=False).code == 4
    press.wait(days=1, hours=3)
    press("publish")
    press.wait(minutes=10)
    press("publish")
    assert press.titles(ADA) == [["Secret until noon"]]


@pytest.mark.R7
def test_unsubscribing_stops_a_digest_that_waits(press: CommandLine) -> None:
    press("subscriber", "add", ADA, "--frequency", "daily", "--confirmed")
    release(press, "Floods", "rivers")
    press.wait(days=1)
    (press.site / "data" / "outbox").write_text("no folder, so that delivery has to wait")
    assert press("publish", ok=False).code == 3
    press("subscriber", "unsubscribe", ADA)
    (press.site / "data" / "outbox").unlink()
    press.wait(hours=1)
    press("deliver")
    assert press.mails() == []
    (one,) = press.ask("digest", "list")
    assert one["counts"] | {"enlisted": 1, "suppressed": 1, "waiting": 0} == one["counts"]


def test_coming_back_starts_afresh(press: CommandLine) -> None:
    press("subscriber", "add", ADA, "--topic", "rivers", "--confirmed")
    release(press, "Before", "rivers")
    press("subscriber", "unsubscribe", ADA)
    release(press, "Between", "rivers")
    press("subscriber", "add", ADA, "--topic", "rivers", "--confirmed")
    release(press, "After", "rivers")
    until_weekly(press)
    assert press.titles(ADA) == [["After"]]


def test_merging_topics_moves_readers_without_owing_more_or_less(press: CommandLine) -> None:
    bo = "bo@example.org"
    press("subscriber", "add", ADA, "--topic", "rivers", "--confirmed")
    press("subscriber", "add", bo, "--topic", "data", "--confirmed")
    release(press, "Floods", "rivers")
    press("topic", "merge", "rivers", "data", "--yes")
    release(press, "Numbers", "data")
    until_weekly(press)
    assert press.titles(ADA) == [["Floods", "Numbers"]]
    assert press.titles(bo) == [["Numbers"]]
