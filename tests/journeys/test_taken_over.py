"""What a restore takes over of what was sent, and owed, after the backup: nobody is told twice, and nothing is lost."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest

from tests.conftest import CommandLine, Press, text_of
from tests.journeys.restores import (
    READERS,
    a_site_with_daily_readers,
    add,
    back_up,
    publish_in_vain,
    replaced,
    restore,
    sent_by_next_publish,
    sent_by_publish,
)

ADA, BEN, CEM, DOT, EVA, FAY = READERS


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    return a_site_with_daily_readers(fresh)


def entry_of(press: CommandLine, title: str) -> Any:
    (entry,) = (item for item in press.feed("all")["items"] if item["title"] == title)
    return entry


def to_everybody(*titles: str) -> dict[str, list[str]]:
    return {address: list(titles) for address in READERS}


def next_day(press: CommandLine) -> dict[str, list[str]]:
    """Return what each reader gets on the next day."""
    press.wait(days=1)
    return sent_by_publish(press)


def cancel(press: CommandLine, run: int = 2) -> None:
    press("digest", "cancel", str(run), "--yes")


def states(press: CommandLine) -> list[tuple[str, dict[str, int]]]:
    """Return the state of each run, with how many messages of it are in which state."""
    runs = press.ask("digest", "list")
    return [(run["state"], {state: n for state, n in run["counts"].items() if n}) for run in runs]


@pytest.mark.R4
@pytest.mark.R11
def test_what_a_later_run_has_told_is_not_told_again_and_what_is_new_is(press: CommandLine) -> None:
    file = back_up(press)
    press("publish")
    entry = entry_of(press, "Bridges")
    press.wait(days=1)
    add(press, "Lost")
    press("publish")
    said = restore(press, file)
    assert "2 later digest run(s)" in said
    add(press, "Maps")
    press.wait(days=1)
    assert sent_by_next_publish(press) == {address: ["Maps"] for address in READERS}
    assert entry_of(press, "Bridges") == entry  # it was scheduled in the backup, and went out since
    assert [run["counts"]["unknown"] for run in press.ask("digest", "list")] == [0, len(READERS), len(READERS), 0]
    press("db", "check")


@pytest.mark.R4
def test_what_a_later_run_had_not_sent_yet_is_sent_once(press: CommandLine) -> None:
    file = back_up(press)
    publish_in_vain(press)
    restore(press, file)
    add(press, "Maps")
    press.wait(days=1)
    assert sent_by_next_publish(press) == {address: ["Bridges", "Maps"] for address in READERS}
    press.wait(days=1)
    assert press.ask("publish")["digests"] == []


def test_a_letter_that_was_sent_after_the_backup_is_not_sent_again(press: CommandLine) -> None:
    press("subscriber", "add", "new@example.org")
    file = back_up(press)
    press("publish")
    assert len(press.mails("new@example.org")) == 1
    restore(press, file)
    press("db", "arm", "--overdue", "send", "--yes")
    press("publish")
    assert len(press.mails("new@example.org")) == 1


@pytest.mark.R4
@pytest.mark.R6
def test_what_was_cancelled_after_the_backup_is_told_once_by_the_next_run(press: CommandLine) -> None:
    publish_in_vain(press)
    file = back_up(press)
    cancel(press)
    assert "6 message(s) that have ended" in restore(press, file)
    assert sent_by_next_publish(press) == {}
    assert next_day(press) == to_everybody("Bridges")
    assert next_day(press) == {}
    cancelled = ("closed", {"enlisted": 6, "cancelled": 6})
    assert states(press)[1:] == [cancelled, ("closed", {"enlisted": 6, "sent": 6})]
    press("db", "check")


@pytest.mark.R4
def test_what_was_cancelled_and_told_after_the_backup_is_told_only_to_who_is_still_owed_it(press: CommandLine) -> None:
    publish_in_vain(press)
    file = back_up(press)
    cancel(press)
    press("subscriber", "pause", ADA)
    press("subscriber", "unsubscribe", BEN)
    press("subscriber", "pause", CEM)
    press("subscriber", "set", CEM, "--drop", "rivers")
    assert next_day(press) == {address: ["Bridges"] for address in (DOT, EVA, FAY)}
    restore(press, file)
    assert sent_by_next_publish(press) == {}
    press("subscriber", "resume", ADA)
    press("subscriber", "resume", CEM)
    assert next_day(press) == {ADA: ["Bridges"]}
    assert next_day(press) == {}
    press("db", "check")


@pytest.mark.R4
@pytest.mark.parametrize("is_backed_up_first", [True, False])
def test_what_was_cancelled_before_or_after_the_backup_and_told_since_is_not_told_again(
    press: CommandLine, is_backed_up_first: bool
) -> None:
    file = back_up(press, "first.db")
    publish_in_vain(press)
    cancel(press)
    if not is_backed_up_first:
        file = back_up(press, "then.db")
    assert next_day(press) == to_everybody("Bridges")
    restore(press, file)
    assert sent_by_next_publish(press) == {}
    assert next_day(press) == {}
    press("db", "check")


@pytest.mark.R4
def test_a_run_that_is_cancelled_by_a_restore_has_no_public_page(press: CommandLine) -> None:
    publish_in_vain(press)
    file = back_up(press)
    cancel(press)
    restore(press, file)
    with sqlite3.connect(press.site / "data" / "catalogue.db") as catalogue:
        assert [run for (run,) in catalogue.execute("SELECT run FROM issues")] == [1]
    catalogue.close()


@pytest.mark.R4
@pytest.mark.parametrize("titles", [["Bridges"], ["Bridges", "Maps"]])
def test_a_restore_that_is_undone_has_cost_nobody_what_waited(press: CommandLine, titles: list[str]) -> None:
    earlier = back_up(press)
    for title in titles[1:]:  # of which the backup knows nothing
        add(press, title)
    publish_in_vain(press)
    restore(press, earlier)
    restore(press, replaced(press))
    assert sent_by_next_publish(press) == {}
    assert next_day(press) == to_everybody(*titles)
    assert next_day(press) == {}
    press("db", "check")


@pytest.mark.R4
def test_a_restore_that_is_undone_tells_nobody_what_the_restored_one_has_told(press: CommandLine) -> None:
    earlier = back_up(press)
    add(press, "Maps")
    publish_in_vain(press)
    restore(press, earlier)
    sent_by_next_publish(press)
    assert next_day(press) == to_everybody("Bridges")
    assert "another history" in restore(press, replaced(press))
    assert sent_by_next_publish(press) | next_day(press) == to_everybody("Maps")
    press("db", "check")


@pytest.mark.R4
@pytest.mark.parametrize("is_paused", [False, True])
def test_a_run_goes_on_after_an_undone_restore_unless_it_was_paused(press: CommandLine, is_paused: bool) -> None:
    publish_in_vain(press)
    if is_paused:
        press("digest", "pause", "2")
    file = back_up(press)
    restore(press, file)
    restore(press, replaced(press))
    press.wait(minutes=1)
    assert sent_by_next_publish(press) == ({} if is_paused else to_everybody("Bridges"))
    assert next_day(press) == {}
    press("db", "check")


@pytest.mark.R4
def test_who_was_paused_while_a_later_run_told_it_is_told_and_who_was_not_is_not(press: CommandLine) -> None:
    press("subscriber", "pause", ADA)
    press("subscriber", "pause", BEN)
    press("subscriber", "pause", CEM, "--until", "2026-01-29")
    add(press, "Maps")
    press("release", "schedule", "maps", "--at", "2026-01-29T12:00:00Z")
    file = back_up(press)
    press("subscriber", "resume", ADA)
    press("subscriber", "pause", DOT)
    assert sent_by_publish(press) == {address: ["Bridges"] for address in (ADA, EVA, FAY)}
    assert next_day(press) == {CEM: ["Bridges"]}
    assert next_day(press) == {address: ["Maps"] for address in (ADA, CEM, EVA, FAY)}
    press("subscriber", "resume", DOT)
    restore(press, file)
    press("subscriber", "resume", BEN)
    assert sent_by_next_publish(press) == {}
    assert next_day(press) == {address: ["Bridges", "Maps"] for address in (BEN, DOT)}
    press("db", "check")


@pytest.mark.parametrize("has_left", [True, False])
def test_a_note_that_a_later_run_took_along_is_said_once(press: CommandLine, has_left: bool) -> None:
    press("digest", "note", "Mind the gap", "--frequency", "daily")
    file = back_up(press)
    if has_left:
        press("publish")
    else:
        publish_in_vain(press)
    restore(press, file)
    press("db", "arm", "--overdue", "send", "--yes")
    add(press, "Maps")
    press.wait(days=1)
    press("publish")
    said = [mail for mail in press.mails() if "Mind the gap" in text_of(mail)]
    assert len(said) == len({mail["To"] for mail in said}) == len(READERS)
