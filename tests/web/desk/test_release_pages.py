"""What the pages about a release say, beside its fields: whom it reaches, what is wrong, what it was replaced by."""

from __future__ import annotations

import re

import pytest
from lxml import html

from tests.conftest import CommandLine, Press
from tests.web.desk.forms import GOOD, a_site_with_topics, keep, opened, send
from tests.web.desk.sending import sql
from tests.web.desk.working import Worker

PAGE = "/desk/releases/rivers-in-spring"


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    return a_site_with_topics(fresh)


def test_whom_it_would_reach_stands_there_before_it_is_published(publisher: Worker, press: CommandLine) -> None:
    press("subscriber", "add", "ada@example.org", "--topic", "rivers=immediate", "--confirmed")
    press("subscriber", "add", "bo@example.org", "--topic", "rivers=daily", "--confirmed")
    form = opened(publisher.browser, "/desk/new")
    keep(publisher.browser, form)
    page = publisher.browser.get("/desk/new", params={"key": form["key"]}).text
    assert re.search(r"Published now, it reaches 1 immediate at 09:\d\d · 1 daily on Tuesday 08:00, at most\.", page)
    keep(publisher.browser, form, topics=["roads"])
    page = publisher.browser.get("/desk/new", params={"key": form["key"]}).text
    assert "Published now, it reaches nobody by mail" in page
    assert "if published now" in page


def test_several_authors_may_stand_in_one_field_and_one_with_a_semicolon_stays(
    publisher: Worker, press: CommandLine
) -> None:
    send(publisher.browser, "/desk/new", authors=["Diana Rebaza; David Ogden;", "Yasmine Hajji"], partners=["A; B"])
    shown = press.ask("release", "show", "rivers-in-spring")
    assert shown["authors"] == ["Diana Rebaza", "David Ogden", "Yasmine Hajji"]
    assert shown["partners"] == ["A", "B"]
    sql(press, "UPDATE release_authors SET name = 'Smith; Sons' WHERE position = 0")
    send(publisher.browser, PAGE, authors=["Smith; Sons", "David Ogden"])
    assert press.ask("release", "show", "rivers-in-spring")["authors"] == ["Smith; Sons", "David Ogden"]


def test_a_note_that_is_typed_is_in_the_preview(publisher: Worker, press: CommandLine) -> None:
    send(publisher.browser, "/desk/new/publish")
    press("publish")
    form = opened(publisher.browser, PAGE)
    keep(publisher.browser, form, note="Two figures corrected.")
    asked = {"release": "rivers-in-spring", "key": form["key"], "beside": "yes", "view": "mail"}
    assert "Without a note" not in publisher.browser.get("/desk/preview", params=asked).text
    assert "Two figures corrected." in publisher.browser.get("/desk/preview/page", params=asked).text


def test_a_form_that_is_refused_is_kept_previewed_and_open_where_something_is_wrong(publisher: Worker) -> None:
    status, page = send(publisher.browser, "/desk/new/publish", file_pages="many", event_date="soon")
    assert status == 400
    tree = html.fromstring(page)
    opened_parts = {part.find("summary").text.strip() for part in tree.xpath("//details[@open]")}
    assert {"Files and access", "Numbers and dates"} <= opened_parts
    assert "Text and language" not in opened_parts
    assert tree.xpath("//a[@href='#event_date' and starts-with(., 'Day of the event:')]")
    assert tree.xpath("//iframe[contains(@src, '/desk/preview/mail')]")
    assert "Rivers in spring" in publisher.browser.get("/desk/releases").text


def test_an_editor_reads_what_is_out_and_types_nothing_into_it(publisher: Worker, editor: Worker) -> None:
    send(publisher.browser, "/desk/new/publish")
    publisher.press("publish")
    tree = html.fromstring(editor.browser.get(PAGE).text)
    assert tree.xpath("//form[@id='release']/fieldset[@disabled]")
    assert not tree.xpath("//form[@id='release']/@hx-post")
    assert "takes the role “publisher”" in tree.text_content()
    assert not html.fromstring(publisher.browser.get(PAGE).text).xpath("//fieldset[@disabled]")


@pytest.mark.parametrize(
    "wanted", ["rivers in summer", "http://x.example/desk/releases/rivers-in-summer", "https://e.org/s"]
)
def test_what_replaces_it_may_be_named_by_title_or_address(publisher: Worker, press: CommandLine, wanted: str) -> None:
    press("release", "add", "--title", "Rivers in summer", "--url", "https://e.org/s")
    send(publisher.browser, "/desk/new/publish")
    press("publish")
    answer = publisher.browser.post(f"{PAGE}/withdraw", data={"reason": "Wrong.", "replacement": wanted})
    assert "Withdrawn: “Wrong.” Replaced by" in re.sub(r"\s+", " ", html.fromstring(answer.text).text_content())
    assert '<a href="/desk/releases/rivers-in-summer">Rivers in summer</a>' in answer.text


@pytest.mark.parametrize(("wanted", "other"), [("https://ex.org/twenty-five", "twenty-five"), ("Report 2024/25", "25")])
def test_a_title_and_an_address_of_its_own_go_before_what_looks_like_an_address_here(
    publisher: Worker, press: CommandLine, wanted: str, other: str
) -> None:
    press("release", "add", "--title", other, "--url", "https://ex.org/first")
    press("release", "add", "--title", "Report 2024/25", "--url", "https://ex.org/twenty-five")
    send(publisher.browser, "/desk/new/publish")
    press("publish")
    answer = publisher.browser.post(f"{PAGE}/withdraw", data={"reason": "Wrong.", "replacement": wanted})
    assert ">Report 2024/25</a>" in answer.text


def test_of_two_with_one_title_neither_is_taken(publisher: Worker, press: CommandLine) -> None:
    for number in range(2):
        press("release", "add", "--title", "Twins", "--url", f"https://e.org/{number}")
    send(publisher.browser, "/desk/new/publish")
    press("publish")
    for wanted, words in (("Twins", "Several are called that"), ("None", "no other release of that title")):
        answer = publisher.browser.post(f"{PAGE}/withdraw", data={"reason": "Wrong.", "replacement": wanted})
        assert (answer.status_code, words in answer.text) == (400, True)


def test_a_likely_double_leads_to_where_one_says_that_it_is_another(publisher: Worker) -> None:
    send(publisher.browser, "/desk/new")
    status, page = send(publisher.browser, "/desk/new/publish")
    assert (status, '<a href="#is_other">' in page, 'id="is_other"' in page) == (409, True, True)


def test_the_audit_is_read_by_people_and_leads_to_what_it_is_about(publisher: Worker) -> None:
    send(publisher.browser, "/desk/new/schedule", when="at", at="2026-03-02T10:00", file_format="pdf", authors=["Ada"])
    send(publisher.browser, PAGE, authors=["Ada", "Bo"], **{k: v for k, v in GOOD.items() if k != "when"})
    page = publisher.browser.get("/desk/audit").text
    assert '<a href="/desk/releases/rivers-in-spring">' in page
    assert "authors: Ada; Bo" in page
    assert not re.search(r"None|\{&#39;|\[&#39;", page)


def test_a_preview_by_itself_leads_back_to_its_form(publisher: Worker) -> None:
    form = opened(publisher.browser, "/desk/new")
    keep(publisher.browser, form)
    for asked, back in (
        ({"key": form["key"]}, f"/desk/new?key={form['key']}"),
        ({"release": "rivers-in-spring"}, PAGE),
    ):
        if "release" in asked:
            send(publisher.browser, "/desk/new")
        answer = publisher.browser.get("/desk/preview", params=asked)
        assert (answer.status_code, f'<a href="{back}">Back to the form</a>' in answer.text) == (200, True)
