"""What is typed at the desk: kept, shown before it goes, written over nobody unseen, and never lost."""

from __future__ import annotations

import re
import sqlite3

import pytest
from lxml import html

from tests.conftest import CommandLine, Press
from tests.web.desk.forms import GOOD, a_site_with_topics, fields_of, hidden, keep, opened, send
from tests.web.desk.working import Worker


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    return a_site_with_topics(fresh)


@pytest.fixture
def broken(press: CommandLine) -> None:
    """A site with a template of its own that is broken."""
    folder = press.site / "templates" / "email"
    folder.mkdir(parents=True)
    (folder / "digest.mjml").write_text("<mjml>{% broken")


def test_a_likely_double_is_shown_and_goes_out_only_if_it_is_said_to_be_another(publisher: Worker) -> None:
    send(publisher.browser, "/desk/new", title="Rivers – in Spring!", url="https://example.org/r")
    status, page = send(publisher.browser, "/desk/new/publish", title="Rivers in spring")
    assert (status, "looks like one that is there already" in page) == (409, True)
    assert 'href="/desk/releases/rivers-in-spring"' in page
    status, page = send(publisher.browser, "/desk/new/publish", title="Rivers in spring", is_other="yes")
    assert (status, "rivers-in-spring-2" in page) == (200, True)


def test_two_people_on_one_release_are_told_and_neither_writes_over_the_other(
    publisher: Worker, editor: Worker, press: CommandLine
) -> None:
    press("release", "add", "--title", "Shared", "--draft", "--topic", "rivers", "--summary", "First.")
    path = "/desk/releases/shared"
    mine, theirs = opened(publisher.browser, path), opened(editor.browser, path)
    kept = keep(editor.browser, theirs, summary="Edi's.")
    assert "at work on this release" not in kept.text
    assert "Edi is at work on this release" in publisher.browser.get(path).text
    editor.browser.post(path, data=theirs | GOOD | {"title": "Shared", "summary": "Edi's."})
    answer = publisher.browser.post(path, data=mine | GOOD | {"title": "Shared", "summary": "Pia's."})
    assert answer.status_code == 409
    assert "Edi has changed it while you had it open" in answer.text
    assert re.search(r"<td>Edi&#39;s.</td><td>Pia&#39;s.</td>", answer.text)
    assert press.ask("release", "show", "shared")["summary"] == "Edi's."
    again = mine | {"version": hidden(answer.text, "version")}
    publisher.browser.post(path, data=again | GOOD | {"title": "Shared", "summary": "Pia's."})
    assert press.ask("release", "show", "shared")["summary"] == "Pia's."


def test_what_is_typed_is_kept_until_it_is_saved_or_thrown_away(
    publisher: Worker, editor: Worker, press: CommandLine
) -> None:
    form = opened(publisher.browser, "/desk/new")
    kept = keep(publisher.browser, form, part="nonsense")
    assert (kept.status_code, kept.headers["hx-trigger"]) == (200, "kept")
    assert "Kept at" in kept.text
    assert press.ask("release", "list") == []
    page = publisher.browser.get("/desk/releases").text
    (again,) = re.findall(r'href="(/desk/new\?key=\w+)"', page)
    assert 'value="Rivers in spring"' in publisher.browser.get(again).text
    assert 'value="nonsense"' in publisher.browser.get(again).text
    assert "You have not saved" not in editor.browser.get("/desk/releases").text
    assert "Rivers in spring" not in editor.browser.get(again).text
    taken = keep(editor.browser, form, title="Mine")
    assert taken.status_code == 409
    publisher.browser.post(f"/desk/autosaves/{form['key']}/discard")
    assert keep(publisher.browser, form).status_code == 409  # on its way when it was thrown away
    assert "You have not saved" not in publisher.browser.get("/desk/releases").text


def test_without_a_script_a_preview_is_asked_for_and_shows_what_is_not_saved(
    publisher: Worker, press: CommandLine
) -> None:
    form = opened(publisher.browser, "/desk/new")
    page = publisher.browser.post(f"/desk/autosaves/{form['key']}", data=form | GOOD | {"title": "Typed only"})
    assert page.url.path == "/desk/new"
    frames = re.findall(r'<iframe sandbox src="([^"]+)"', page.text)
    assert len(frames) == 3
    assert all("Typed only" in publisher.browser.get(one.replace("&amp;", "&")).text for one in frames)
    assert press.ask("release", "list") == []


def test_what_is_found_stands_beside_its_field_and_follows_what_is_typed(publisher: Worker) -> None:
    form = opened(publisher.browser, "/desk/new")
    keep(publisher.browser, form, summary="Long words. " * 60)
    page = publisher.browser.get(f"/desk/new?key={form['key']}").text
    assert re.search(r'<span class="found" id="summary-found"><span>[^<]*mail', page), page
    keep(publisher.browser, form, summary="Short.")
    panel = publisher.browser.get(
        "/desk/preview", params={"key": form["key"], "beside": "yes"}, headers={"hx-request": "true"}
    ).text
    assert '<span class="found" id="summary-found" hx-swap-oob="true"></span>' in panel


def test_a_form_that_was_left_is_as_it_was_left_and_saving_ends_that(publisher: Worker, press: CommandLine) -> None:
    press("release", "add", "--title", "Left", "--draft")
    form = opened(publisher.browser, "/desk/releases/left")
    publisher.browser.post(f"/desk/autosaves/{form['key']}", data=form | {"title": "Left half-way"})
    page = publisher.browser.get("/desk/releases/left").text
    assert 'value="Left half-way"' in page
    assert "and did not save" in page
    publisher.browser.post("/desk/releases/left", data=fields_of(page))
    assert press.ask("release", "show", "left")["title"] == "Left half-way"
    assert "did not save" not in publisher.browser.get("/desk/releases/left").text


def test_who_saves_a_draft_that_is_out_by_now_sees_what_differs(publisher: Worker, press: CommandLine) -> None:
    press("release", "add", "--title", "Rivers in spring", "--draft", "--topic", "rivers", "--summary", "First.")
    path = "/desk/releases/rivers-in-spring"
    mine = opened(publisher.browser, path)
    press("release", "edit", "rivers-in-spring", "--summary", "Second.")
    press("release", "publish", "rivers-in-spring")
    press("publish")
    answer = publisher.browser.post(path, data=mine | GOOD | {"summary": "First."})
    assert answer.status_code == 409
    assert "<td>Second.</td><td>First.</td>" in answer.text


def test_of_long_texts_the_part_that_differs_is_shown(publisher: Worker, press: CommandLine) -> None:
    body = "The same words. " * 100
    send(publisher.browser, "/desk/new", body=f"{body}Mine.")
    form = opened(publisher.browser, "/desk/releases/rivers-in-spring")
    press("release", "edit", "rivers-in-spring", "--body", f"{body}Theirs.")
    page = publisher.browser.post("/desk/releases/rivers-in-spring", data=form | GOOD | {"body": f"{body}Mine."}).text
    assert re.search(r"<td>….*Theirs\.</td><td>….*Mine\.</td>", page)


def test_a_broken_template_of_a_mail_keeps_nobody_from_the_form(broken: None, publisher: Worker) -> None:
    send(publisher.browser, "/desk/new")
    page = publisher.browser.get("/desk/releases/rivers-in-spring")
    assert (page.status_code, "It cannot be shown: " in page.text) == (200, True)
    assert publisher.browser.get("/desk/preview?release=rivers-in-spring").status_code == 422


def test_the_note_of_a_revision_stays_when_something_else_is_refused(publisher: Worker, press: CommandLine) -> None:
    send(publisher.browser, "/desk/new/publish")
    press("publish")
    path = "/desk/releases/rivers-in-spring"
    _, page = send(publisher.browser, f"{path}/revise", note="Two figures corrected.", doi="x")
    assert 'value="Two figures corrected."' in page
    form = opened(publisher.browser, path)
    keep(publisher.browser, form, note="Two figures corrected.")
    assert 'value="Two figures corrected."' in publisher.browser.get(path).text


def test_what_arrives_of_a_form_after_it_was_saved_is_nothing_that_was_left(publisher: Worker) -> None:
    form = opened(publisher.browser, "/desk/new")
    publisher.browser.post("/desk/new", data=form | GOOD)
    assert keep(publisher.browser, form).status_code == 409
    assert "You have not saved" not in publisher.browser.get("/desk/releases").text
    assert "did not save" not in publisher.browser.get("/desk/releases/rivers-in-spring").text


def test_what_another_tab_has_typed_stays_when_one_is_saved(publisher: Worker, press: CommandLine) -> None:
    press("release", "add", "--title", "Rivers in spring", "--draft")
    path = "/desk/releases/rivers-in-spring"
    one, another = opened(publisher.browser, path), opened(publisher.browser, path)
    keep(publisher.browser, another, summary="In the other tab.")
    publisher.browser.post(path, data=one | GOOD)
    assert "In the other tab." in publisher.browser.get(path).text


def test_a_draft_that_is_a_likely_double_is_asked_about_before_it_goes_out(publisher: Worker) -> None:
    send(publisher.browser, "/desk/new/publish")
    send(publisher.browser, "/desk/new", url="https://example.org/2")
    path = "/desk/releases/rivers-in-spring-2"
    status, page = send(publisher.browser, f"{path}/publish", url="https://example.org/2")
    assert (status, "looks like one that is there already" in page) == (409, True)
    status, _ = send(publisher.browser, f"{path}/publish", url="https://example.org/2", is_other="yes")
    assert status == 200


def test_a_form_that_cannot_be_read_changes_nothing(publisher: Worker, press: CommandLine) -> None:
    send(publisher.browser, "/desk/new")
    form = opened(publisher.browser, "/desk/releases/rivers-in-spring")
    keep(publisher.browser, form, summary="Kept.")
    many = {**form, **{f"x{number}": "" for number in range(10_001)}}
    for path in (f"/desk/autosaves/{form['key']}", "/desk/releases/rivers-in-spring", "/desk/new"):
        assert publisher.browser.post(path, data=many, headers={"hx-request": "true"}).status_code == 400
    assert "Kept." in publisher.browser.get("/desk/releases/rivers-in-spring").text


def test_what_was_typed_of_a_release_that_is_gone_is_not_lost(publisher: Worker, press: CommandLine) -> None:
    press("release", "add", "--title", "Gone", "--draft")
    form = opened(publisher.browser, "/desk/releases/gone")
    with sqlite3.connect(press.site / "data" / "catalogue.db") as catalogue:
        catalogue.execute("DELETE FROM releases")
    catalogue.close()
    answer = publisher.browser.post("/desk/releases/gone", data=form | GOOD)
    assert (answer.status_code, "It is not there any more." in answer.text) == (409, True)
    assert 'value="Rivers in spring"' in answer.text


def test_what_was_sent_after_a_session_had_ended_is_given_back_and_sent_again(
    publisher: Worker, press: CommandLine
) -> None:
    form = opened(publisher.browser, "/desk/new")
    press.wait(hours=13)
    answer = publisher.browser.post("/desk/new", data=form | GOOD)
    assert (answer.status_code, "You were signed out meanwhile." in answer.text) == (401, True)
    publisher.sign_in()
    (again,) = html.fromstring(answer.text).xpath("//form[.//button[text()='Send it again']]")
    publisher.browser.post("/desk/new", data=dict(again.form_values()))
    assert press.ask("release", "show", "rivers-in-spring")["summary"] == GOOD["summary"]


def test_what_was_sent_after_signing_out_in_another_tab_is_given_back(publisher: Worker) -> None:
    form = opened(publisher.browser, "/desk/new")
    publisher.browser.post("/desk/sign-out")
    answer = publisher.browser.post("/desk/new", data=form | GOOD)
    assert (answer.status_code, str(GOOD["summary"]) in answer.text) == (401, True)
    answer = publisher.browser.post("/desk/people", data={"name": "Eve", "role": "admin"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/sign-in")


def test_who_may_not_publish_any_more_gets_back_to_what_was_typed(publisher: Worker, press: CommandLine) -> None:
    form = opened(publisher.browser, "/desk/new")
    press("user", "add", "Ann", "--role", "admin")
    press("user", "role", "Pia", "editor")
    answer = publisher.browser.post("/desk/new/publish", data=form | GOOD)
    assert answer.status_code == 403
    (again,) = html.fromstring(answer.text).xpath("//form[.//button[text()='Back to what you typed']]")
    page = publisher.browser.post(again.get("action"), data=dict(again.form_values())).text
    assert str(GOOD["summary"]) in page
    assert press.ask("release", "list") == []


def test_an_editor_names_no_reader_in_a_preview(editor: Worker, publisher: Worker, press: CommandLine) -> None:
    press("subscriber", "add", "ada@example.org", "--topic", "roads=daily", "--confirmed")
    send(editor.browser, "/desk/new")
    asked = "/desk/preview?release=rivers-in-spring&view=mail&reader=ada@example.org"
    assert "ada@example.org" in publisher.browser.get(asked).text
    assert "ada@example.org" not in editor.browser.get(asked).text


@pytest.mark.parametrize("act", ["/publish", "/schedule", ""])
def test_a_second_click_does_nothing_again_and_is_told_so(publisher: Worker, press: CommandLine, act: str) -> None:
    form = opened(publisher.browser, "/desk/new") | GOOD | {"when": "at", "at": "2026-03-01T10:00"}
    form = form | {"when": "now", "at": ""} if act == "/publish" else form
    for words in ("Saved." if not act else "ublished" if act == "/publish" else "Scheduled", "That was done already."):
        answer = publisher.browser.post(f"/desk/new{act}", data=form)
        assert (answer.status_code, words in answer.text) == (200, True), words
    assert len(press.ask("release", "list")) == 1


def test_what_was_done_and_undone_is_done_again(publisher: Worker, editor: Worker, press: CommandLine) -> None:
    form = opened(publisher.browser, "/desk/new") | GOOD | {"when": "at", "at": "2026-03-01T10:00"}
    publisher.browser.post("/desk/new/schedule", data=form)
    send(publisher.browser, "/desk/releases/rivers-in-spring/unschedule")
    again = publisher.browser.post("/desk/new/schedule", data=form)
    assert "That was done already" not in again.text
    path = "/desk/releases/rivers-in-spring"
    mine = opened(publisher.browser, path) | GOOD | {"summary": "AAA"}
    publisher.browser.post(path, data=mine)
    send(editor.browser, path, summary="BBB")
    answer = publisher.browser.post(path, data=mine)
    assert (answer.status_code, "Edi has changed it while you had it open" in answer.text) == (409, True)


@pytest.mark.R4
def test_a_second_click_tells_readers_of_a_revision_once(publisher: Worker, press: CommandLine) -> None:
    send(publisher.browser, "/desk/new/publish")
    press("publish")
    path = "/desk/releases/rivers-in-spring"
    form = opened(publisher.browser, path) | GOOD | {"summary": "Shorter.", "note": "It is shorter."}
    for words in ("Revised.", "That was done already."):
        assert words in publisher.browser.post(f"{path}/revise", data=form).text
    acts = [entry["act"] for entry in press.ask("audit")]
    assert acts.count("release revise") == 1
    other = publisher.browser.post(f"{path}/revise", data=form | {"note": "Another."})
    assert (other.status_code, "It has been changed while you had it open" in other.text) == (409, True)


def test_the_order_of_topics_is_kept_where_none_is_new(publisher: Worker, press: CommandLine) -> None:
    press("release", "add", "--title", "Both", "--summary", "S.", "--topic", "roads", "--topic", "rivers", "--draft")
    form = opened(publisher.browser, "/desk/releases/both")
    typed = form | {"title": "Both", "topics": ["rivers", "roads"]}
    assert publisher.browser.post("/desk/releases/both", data=typed).status_code == 200
    assert press.ask("release", "show", "both")["topics"] == ["roads", "rivers"]
    assert opened(publisher.browser, "/desk/releases/both")["version"] == form["version"]


def test_what_another_program_has_renamed_is_found_by_its_earlier_name(publisher: Worker, press: CommandLine) -> None:
    send(publisher.browser, "/desk/new")
    form = opened(publisher.browser, "/desk/releases/rivers-in-spring") | GOOD | {"summary": "Shorter."}
    with sqlite3.connect(press.site / "data" / "catalogue.db") as catalogue:
        catalogue.execute("UPDATE releases SET slug = 'spring'")
    catalogue.close()
    answer = publisher.browser.post("/desk/releases/rivers-in-spring", data=form)
    assert (answer.status_code, "It has been changed while you had it open" in answer.text) == (409, True)
    answer = publisher.browser.post("/desk/releases/spring", data=form | {"version": hidden(answer.text, "version")})
    assert press.ask("release", "show", "spring")["summary"] == "Shorter."
    assert len(press.ask("release", "list")) == 1


def test_letters_of_another_charset_are_not_lost_unseen(publisher: Worker, press: CommandLine) -> None:
    form = opened(publisher.browser, "/desk/new")
    body = f"key={form['key']}&version=0&title=%E9t%E9"
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = publisher.browser.post("/desk/new", content=body, headers=headers)
    assert (answer.status_code, "could not be read" in answer.text) == (400, True)
    assert press.ask("release", "list") == []


def test_what_does_not_fit_says_how_it_is_written(publisher: Worker) -> None:
    typed = {"expected": "spring 2026", "event_date": "18 March 2026"}
    typed |= {"translations": "Dutch", "duplicate_url": "e.org/x"}
    status, page = send(publisher.browser, "/desk/new", **typed)
    assert status == 400
    assert "too long" not in page
    for words in ("like 2026-05", "like 2026-03-18", "nl; fr", "like https://"):
        assert words in page


def test_a_draft_is_found_by_its_summary_and_its_people(publisher: Worker) -> None:
    send(publisher.browser, "/desk/new", authors=["Ada Lovelace"], partners=["Delta"])
    for words in ("Lovelace", "delta", "what rivers do"):
        assert "rivers-in-spring" in publisher.browser.get("/desk/releases", params={"q": words}).text
    assert "rivers-in-spring" not in publisher.browser.get("/desk/releases", params={"q": "Babbage"}).text


@pytest.mark.R9
@pytest.mark.parametrize("access", ["public", "mixed", "members"])
def test_each_file_is_for_whom_it_is_said_and_never_for_more_than_its_release(
    publisher: Worker, press: CommandLine, access: str
) -> None:
    typed = {"file_url": [f"https://example.org/{one}.pdf" for one in "abc"], "file_access": ["", "public", "members"]}
    send(publisher.browser, "/desk/new", access=access, **typed)
    there = {"public": ["public", "public", "members"], "mixed": ["members", "public", "members"]}
    files = press.ask("release", "show", "rivers-in-spring")["files"]
    assert [file["access"] for file in files] == there.get(access, ["members"] * 3)
    form = fields_of(publisher.browser.get("/desk/releases/rivers-in-spring").text)
    publisher.browser.post("/desk/releases/rivers-in-spring", data=form | {"access": "members"})
    files = press.ask("release", "show", "rivers-in-spring")["files"]
    assert [file["access"] for file in files] == ["members"] * 3
    form = fields_of(publisher.browser.get("/desk/releases/rivers-in-spring").text)
    publisher.browser.post("/desk/releases/rivers-in-spring", data=form | {"access": "public"})
    files = press.ask("release", "show", "rivers-in-spring")["files"]
    assert [file["access"] for file in files] == ["members"] * 3, "what was for members is opened by its own row alone"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"file_url": "ftp:x"}, "File 1: "),
        (
            {"file_pages": ["", "many"], "file_url": ["https://e.org/a.pdf", "https://e.org/b.pdf"]},
            "File 2: “many” is no",
        ),
        ({"file_size": "2 MB", "file_format": "pdf"}, "“2 MB” is no size in bytes; give a whole number"),
        ({"file_duration": "an hour", "file_format": "mp3"}, "write it like 1:09:48"),
        ({"file_format": "x" * 201}, "is too long"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_and_the_rest_is_kept(
    publisher: Worker, typed: dict[str, object], words: str
) -> None:
    status, page = send(publisher.browser, "/desk/new", **typed)
    assert (status, words in page) == (400, True)
    assert str(GOOD["title"]) in publisher.browser.get("/desk/releases").text


@pytest.mark.R4
def test_who_saves_silently_mails_nobody_of_a_further_topic_either(publisher: Worker, press: CommandLine) -> None:
    press("subscriber", "add", "ann@example.org", "--topic", "roads=daily", "--confirmed")
    send(publisher.browser, "/desk/new/publish")
    press("publish")
    send(publisher.browser, "/desk/releases/rivers-in-spring/edit", topics=["rivers", "roads"])
    press.wait(days=1)
    assert press.ask("publish")["digests"] == []


@pytest.mark.parametrize(("path", "field"), [("/revise", "note"), ("/withdraw", "reason")])
def test_what_readers_are_told_has_a_length(publisher: Worker, press: CommandLine, path: str, field: str) -> None:
    send(publisher.browser, "/desk/new/publish")
    press("publish")
    form = opened(publisher.browser, "/desk/releases/rivers-in-spring") | GOOD | {field: "Z" * 20_001}
    answer = publisher.browser.post(f"/desk/releases/rivers-in-spring{path}", data=form)
    assert (answer.status_code, "20,000" in answer.text) == (400, True)
    assert "trouble" not in press("publish").err


def test_what_is_taken_back_is_told_whole_in_the_log(publisher: Worker, press: CommandLine) -> None:
    send(publisher.browser, "/desk/new/publish")
    press("publish")
    publisher.browser.post("/desk/releases/rivers-in-spring/undo")
    entries = {(entry["act"], entry["about"]): entry for entry in press.ask("audit")}
    undone = entries["release undo", "rivers-in-spring"]
    assert (undone["before"]["state"], undone["after"]["state"]) == ("live", "withdrawn")
    assert undone["after"]["withdrawn_reason"] == "Published by mistake."
    assert entries["release add", undone["after"]["draft"]]["after"]["title"] == "Rivers in spring"
