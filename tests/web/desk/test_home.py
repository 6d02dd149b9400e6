"""The overview of the desk says at a glance what waits: forms, drafts, what goes out next, runs, why no mail leaves."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable

import pytest

from pressroom.models.people import Frequency
from pressroom.publishing.digests import open_run_by_hand
from pressroom.tools import Tools
from tests.conftest import CommandLine, Press
from tests.web.desk.working import Worker


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    """A site in which nothing is yet."""
    return fresh


@pytest.fixture
def editor(hire: Callable[..., Worker]) -> Worker:
    hire("Pia", "publisher")
    return hire("Edi", "editor")


def overview(worker: Worker) -> str:
    """Return the words of the overview, as one reads them."""
    answer = worker.browser.get("/desk/")
    assert answer.status_code == 200
    main = answer.text.partition("<main")[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", main))


def owe(press: CommandLine) -> None:
    """Let a release out that somebody is owed weekly."""
    press("subscriber", "add", "bo@readers.example", "--frequency", "weekly", "--confirmed")
    press("release", "add", "--title", "Floods")
    press("publish", "--feeds-only")


def test_a_fresh_site_says_what_to_do_first(editor: Worker) -> None:
    seen = overview(editor)
    assert "There is no topic yet" in seen
    assert "publisher topic add" in seen
    assert "Nothing is scheduled, and nobody is owed anything." in seen
    assert "There is none. Enter a release" in seen
    assert "In progress" not in seen
    assert "You have not saved" not in seen


def test_once_there_is_a_topic_nothing_is_said_of_it(editor: Worker, press: CommandLine) -> None:
    press("topic", "add", "Rivers")
    assert "no topic" not in overview(editor)


def test_what_goes_out_next_stands_in_the_order_of_its_time(editor: Worker, press: CommandLine) -> None:
    owe(press)
    press("subscriber", "add", "cy@readers.example", "--frequency", "weekly", "--confirmed")
    press("subscriber", "add", "di@readers.example", "--frequency", "daily", "--confirmed")
    press("release", "add", "--title", "Bridges")
    press("publish", "--feeds-only")
    for title, slug, at in (("Weirs", "weirs", "2026-01-30T10:00"), ("Dams", "dams", "2026-01-27T10:00")):
        press("release", "add", "--title", title, "--draft")
        press("release", "schedule", slug, "--at", at)
    seen = overview(editor)
    order = ["1 daily digest on Tuesday 08:00", "Dams on Tuesday 10:00", "Weirs on Friday 10:00", "2 weekly digests"]
    places = [seen.index(words) for words in order]
    assert places == sorted(places)


def test_more_than_a_few_are_a_number_that_leads_to_all_of_them(editor: Worker, press: CommandLine) -> None:
    for number in range(1, 8):
        press("release", "add", "--title", f"Draft {number}", "--draft")
        press("release", "add", "--title", f"Soon {number}", "--draft")
        press("release", "schedule", f"soon-{number}", "--at", f"2026-02-0{number}T10:00")
    page, seen = editor.browser.get("/desk/").text, overview(editor)
    assert "Draft 7" in seen
    assert "Draft 2" not in seen
    assert "Soon 5" in seen
    assert "Soon 6" not in seen
    assert '<a href="/desk/releases?state=draft">2 more</a>' in page
    assert '<a href="/desk/releases?state=scheduled">2 more scheduled</a>' in page
    assert '<a href="/desk/releases?state=draft">7 draft</a>' in page


def test_forms_that_are_not_saved_are_shown_to_who_has_typed_them(editor: Worker, hire: Callable[..., Worker]) -> None:
    found = re.search(r'name="key" value="(\w+)"', editor.browser.get("/desk/new").text)
    assert found
    editor.browser.post(f"/desk/autosaves/{found[1]}", data={"version": "0", "title": "Half a thought"})
    assert "You have not saved Half a thought" in overview(editor)
    assert f'href="/desk/new?key={found[1]}"' in editor.browser.get("/desk/").text
    assert "Half a thought" not in overview(hire("Bo", "editor"))


def test_a_run_is_in_progress_until_it_is_over_and_is_the_last_one_then(editor: Worker, press: CommandLine) -> None:
    owe(press)
    tools = Tools.of(press.site)
    with tools.open_store() as store:
        run = open_run_by_hand(store, tools, press.now, [Frequency.WEEKLY]).pk
    seen = overview(editor)
    assert f"In progress Run {run}: weekly 0 of 1 done" in seen
    assert "Before that" not in seen
    press("digest", "pause", str(run))
    assert "Paused: nothing more leaves until somebody resumes it." in overview(editor)
    press("digest", "resume", str(run))
    press("deliver")
    seen = overview(editor)
    assert "In progress" not in seen
    assert re.search(rf"Before that: run {run}, weekly ?, by hand: 1 sent\.", seen)


def test_why_no_mail_leaves_is_told(editor: Worker) -> None:
    assert "No service sends at present: start “publisher serve”" in overview(editor)


def test_r8_looking_at_it_changes_nothing(editor: Worker, press: CommandLine) -> None:
    press("release", "add", "--title", "Floods", "--draft")
    before = press.ask("release", "list"), press.ask("audit")
    overview(editor)
    assert (press.ask("release", "list"), press.ask("audit")) == before


@pytest.mark.R12
def test_a_row_that_another_program_has_spoiled_is_named(editor: Worker, press: CommandLine) -> None:
    press("release", "add", "--title", "Floods")
    press("publish")
    with sqlite3.connect(press.site / "data" / "catalogue.db") as catalogue:
        catalogue.execute("PRAGMA ignore_check_constraints = ON")
        catalogue.execute("INSERT INTO releases (title, language) VALUES ('NUL', 'en' || char(0) || 'x')")
        catalogue.execute("UPDATE releases SET updated = NULL WHERE title = 'Floods'")
    catalogue.close()
    press("publish", ok=False)
    seen = overview(editor)
    assert "Row 2 of the table releases cannot go out: language: “enx” cannot be read" in seen
    assert "Row 1 of the table releases is out without a part: updated: is missing; mend it there." in seen
