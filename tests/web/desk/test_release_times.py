"""When releases go out by what is done at the desk: nothing earlier than it says, and by nobody who must not (R9)."""

from __future__ import annotations

import re

import pytest

from tests.conftest import CommandLine, Press
from tests.web.desk.forms import GOOD, a_site_with_topics, fields_of, send
from tests.web.desk.working import Worker


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    return a_site_with_topics(fresh)


def test_an_editor_schedules_and_does_not_publish(editor: Worker, press: CommandLine) -> None:
    status, page = send(editor.browser, "/desk/new/schedule", when="at", at="2026-02-02T08:00")
    assert (status, "Next: feeds on Monday 08:00" in page) == (200, True)
    assert press.ask("release", "show", "rivers-in-spring")["publish_at"] == "2026-02-02T08:00:00Z"
    form = GOOD | {"version": "0"}
    for path in (
        "/desk/new/publish",
        "/desk/releases/rivers-in-spring/publish",
        "/desk/releases/rivers-in-spring/edit",
    ):
        assert editor.browser.post(path, data=form).status_code == 403
    assert 'value="now" checked disabled' not in editor.browser.get("/desk/releases/rivers-in-spring").text


@pytest.mark.R9
def test_under_embargo_nothing_leaves_before_its_time_whoever_presses_publish(
    publisher: Worker, press: CommandLine
) -> None:
    send(publisher.browser, "/desk/new/schedule", when="embargo", embargo="2026-01-27T12:00")
    path = "/desk/releases/rivers-in-spring"
    status, page = send(publisher.browser, f"{path}/publish")
    assert (status, "embargo" in page) == (409, True)
    press("publish")
    assert press.feed("all")["items"] == []
    press.wait(days=1, hours=4)
    press("publish")
    assert len(press.feed("all")["items"]) == 1


def test_publishing_at_once_what_has_a_time_is_asked_about(publisher: Worker, press: CommandLine) -> None:
    status, page = send(publisher.browser, "/desk/new/publish", when="at", at="2026-02-02T08:00")
    assert (status, "A time is chosen here" in page) == (400, True)
    assert press.ask("release", "list") == []


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"when": "at", "at": ""}, "It is missing; give a day and a time."),
        ({"when": "at", "at": "soon"}, "“soon” is no"),
        ({"when": "at", "at": "2026-01-26T09:00"}, "That time is past"),
        ({"when": "embargo", "embargo": "2020-01-01T00:00"}, "That time is past"),
        ({"when": "now"}, "Choose a time, or an embargo"),
    ],
)
def test_a_schedule_without_a_moment_to_come_is_refused_and_nothing_is_written(
    publisher: Worker, press: CommandLine, typed: dict[str, str], said: str
) -> None:
    status, page = send(publisher.browser, "/desk/new/schedule", **typed)
    assert (status, said in page) == (400, True)
    assert press.ask("release", "list") == []


def test_what_is_scheduled_becomes_a_draft_again(editor: Worker, press: CommandLine) -> None:
    send(editor.browser, "/desk/new/schedule", when="at", at="2026-02-02T08:00")
    send(editor.browser, "/desk/releases/rivers-in-spring/unschedule", summary="Typed meanwhile.")
    shown = press.ask("release", "show", "rivers-in-spring")
    assert (shown["state"], shown["summary"]) == ("draft", "Typed meanwhile.")


def test_saving_keeps_the_times_that_are_chosen_and_lets_nothing_go(publisher: Worker, press: CommandLine) -> None:
    send(publisher.browser, "/desk/new", when="embargo", embargo="2026-03-01T12:00")
    path = "/desk/releases/rivers-in-spring"
    shown = press.ask("release", "show", "rivers-in-spring")
    assert (shown["state"], shown["embargo"]) == ("draft", "2026-03-01T12:00:00Z")
    send(publisher.browser, f"{path}/schedule", when="at", at="2026-03-02T08:00")
    send(publisher.browser, path, when="at", at="2026-03-09T08:00")
    shown = press.ask("release", "show", "rivers-in-spring")
    assert (shown["state"], shown["publish_at"]) == ("scheduled", "2026-03-09T08:00:00Z")
    assert shown["embargo"] == "2026-03-01T12:00:00Z"


@pytest.mark.R9
@pytest.mark.parametrize("embargo", ["2026-10-25T01:30:00Z", "2026-03-04T12:00:59Z"])
def test_a_form_that_is_scheduled_as_it_was_opened_makes_nothing_earlier(
    editor: Worker, press: CommandLine, embargo: str
) -> None:
    press("release", "add", "--title", "Spies", "--topic", "rivers", "--summary", "S.", "--embargo", embargo,
          "--at", "2026-12-01T08:00:00Z")  # fmt: skip
    before = press.ask("release", "show", "spies")
    page = editor.browser.get("/desk/releases/spies").text
    editor.browser.post("/desk/releases/spies/schedule", data=fields_of(page))
    after = press.ask("release", "show", "spies")
    assert [after[name] for name in ("embargo", "publish_at", "state")] == [
        before["embargo"], before["publish_at"], "scheduled",
    ]  # fmt: skip


@pytest.mark.R9
def test_times_that_another_has_changed_are_shown_before_they_are_written_over(
    editor: Worker, publisher: Worker, press: CommandLine
) -> None:
    send(editor.browser, "/desk/new", when="embargo", embargo="2026-02-10T12:00")
    path = "/desk/releases/rivers-in-spring"
    page = fields_of(publisher.browser.get(path).text)
    send(editor.browser, path, when="embargo", embargo="2026-06-01T12:00")
    answer = publisher.browser.post(path, data=page)
    assert answer.status_code == 409
    assert "<td>2026-06-01T12:00</td><td>2026-02-10T12:00</td>" in answer.text


@pytest.mark.R9
def test_an_editor_lets_nothing_go_out_at_once_whatever_stands_in_the_fields_for_times(
    editor: Worker, press: CommandLine
) -> None:
    path = "/desk/releases/rivers-in-spring"
    send(editor.browser, "/desk/new/schedule", when="at", at="2026-02-02T08:00")
    send(editor.browser, path, when="at", at="")
    assert press.ask("release", "show", "rivers-in-spring")["publish_at"] == "2026-02-02T08:00:00Z"
    send(editor.browser, f"{path}/schedule", when="embargo", embargo="2026-02-03T08:00")
    send(editor.browser, f"{path}/unschedule", when="embargo", embargo="2026-02-03T08:00")
    press.wait(days=10)
    editor.sign_in()
    page = fields_of(editor.browser.get(path).text)
    answer = editor.browser.post(f"{path}/schedule", data=page)
    assert (answer.status_code, "choose one to come" in answer.text) == (400, True)
    press("publish")
    assert press.ask("release", "show", "rivers-in-spring")["state"] == "draft"


def test_what_is_scheduled_stays_whole_and_no_double(editor: Worker, press: CommandLine) -> None:
    press("release", "add", "--title", "Roads", "--topic", "roads", "--summary", "S.", "--draft")
    send(editor.browser, "/desk/new/schedule", when="at", at="2026-02-02T08:00")
    path = "/desk/releases/rivers-in-spring"
    status, page = send(editor.browser, path, summary="", when="at", at="2026-02-02T08:00")
    assert (status, re.findall(r'<li><a href="#(\w+)">', page)) == (400, ["summary"])
    status, page = send(editor.browser, path, title="Roads", when="at", at="2026-02-02T08:00")
    assert (status, "looks like one that is there already" in page) == (409, True)


@pytest.mark.R9
def test_an_editor_brings_no_embargo_forward(editor: Worker, publisher: Worker, press: CommandLine) -> None:
    send(editor.browser, "/desk/new/schedule", when="embargo", embargo="2026-06-01T12:00")
    path = "/desk/releases/rivers-in-spring"
    for act in (path, f"{path}/schedule"):
        status, page = send(editor.browser, act, when="embargo", embargo="2026-02-01T12:00")
        assert (status, "a publisher may bring that forward" in page) == (400, True)
    assert press.ask("release", "show", "rivers-in-spring")["embargo"] == "2026-06-01T11:00:00Z"
    send(publisher.browser, path, when="embargo", embargo="2026-02-01T12:00")
    assert press.ask("release", "show", "rivers-in-spring")["embargo"] == "2026-02-01T12:00:00Z"


def test_it_is_a_draft_again_though_what_is_typed_besides_cannot_be_saved(editor: Worker, press: CommandLine) -> None:
    send(editor.browser, "/desk/new/schedule", when="at", at="2026-02-02T08:00")
    status, page = send(editor.browser, "/desk/releases/rivers-in-spring/unschedule", doi="nonsense", summary="Longer.")
    assert (status, "It is a draft again." in page) == (200, True)
    assert ("Longer." in page, "nonsense" in page) == (True, True)
    shown = press.ask("release", "show", "rivers-in-spring")
    assert (shown["state"], shown["summary"], shown["doi"]) == ("draft", GOOD["summary"], "")
