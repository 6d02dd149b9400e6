"""What a restore takes over of what was sent, and owed, after the backup: nobody is told twice, and nothing is lost."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import CommandLine, Press
from tests.journeys.restores import (
    READERS,
    a_site_with_daily_readers,
    add,
    back_up,
    publish_in_vain,
    restore,
    sent_by_next_publish,
)

ADA, BEN, CEM, DOT, EVA, FAY = READERS


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    return a_site_with_daily_readers(fresh)


def entry_of(press: CommandLine, title: str) -> Any:
    (entry,) = (item for item in press.feed("all")["items"] if item["title"] == title)
    return entry


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
