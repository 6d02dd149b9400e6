"""Previews: what the frames show is what comes, nothing is changed by looking, and nothing in a frame can act."""

from __future__ import annotations

import html
import re
import sqlite3
from collections.abc import Callable

import pytest

from pressroom.web.desk.framed import SANDBOXED, for_a_frame
from tests.conftest import CommandLine, Press
from tests.web.desk.working import Worker, found

ADA = "ada@example.org"
HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(2)">'
FRAMES = ["feed", "feed&format=atom", "feed&format=rss", "feed&format=json", "page", "mail", "mail&part=text"]


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    """A site with “Floods”, which is not out, and “Dams”, which is, and is full of HTML; Ada follows both."""
    fresh("topic", "add", "Rivers")
    fresh("topic", "add", "Sea")
    fresh("subscriber", "add", ADA, "--confirmed", "--topic", "rivers")
    fresh("release", "add", "--title", "Floods", "--topic", "rivers", "--url", "https://example.org/floods", "--draft")
    fresh("release", "add", "--title", "Dams", "--topic", "rivers", "--summary", HOSTILE)
    fresh("publish")
    fresh.wait(days=1)
    return fresh


@pytest.fixture
def editor(hire: Callable[..., Worker]) -> Worker:
    return hire("Di", "publisher")


def path(name: str, slug: str = "floods", more: str = "") -> str:
    """Return the address of a frame: `mail&part=text` of a release."""
    frame, _, query = name.partition("&")
    return f"/desk/preview/{frame}?release={slug}&{query}{more}"


def test_the_page_is_the_one_that_comes(editor: Worker, press: CommandLine) -> None:
    shown = {one: editor.browser.get(path("page", more=f"&scheme={one}")).text for one in ("light", "dark")}
    css = editor.browser.get("/static/site.css").text
    press("release", "publish", "floods")
    press("publish")
    page = editor.browser.get("/releases/floods").text
    assert shown == {one: for_a_frame(page, css, one) for one in ("light", "dark")}
    assert "History" in page


def test_the_mail_is_the_one_that_comes(editor: Worker, press: CommandLine) -> None:
    shown = editor.browser.get(path("mail", more=f"&reader={ADA}")).text
    text = found(editor.browser.get(path("mail", more=f"&reader={ADA}&part=text")).text, r"(?s)<pre>(.*)</pre>")
    press("release", "publish", "floods")
    press("publish")
    press.wait(days=5, hours=23)  # Monday, 08:00, and half a minute since somebody signed in
    press("publish")
    (mail,) = press.mails(ADA)
    parts = {part.get_content_subtype(): str(part.get_content()) for part in mail.walk() if not part.is_multipart()}
    token = re.search(r"/preferences/(\w+)", parts["plain"])
    assert token
    came = {kind: part.replace("\r\n", "\n").replace(token[1], "a" * 26).strip() for kind, part in parts.items()}
    assert shown.strip() == for_a_frame(came["html"], "", "light")
    assert html.unescape(text).strip() == came["plain"]


def test_a_dark_mail_takes_its_dark_colours_whatever_the_browser_is_set_to(editor: Worker) -> None:
    light, dark = (editor.browser.get(path("mail", more=f"&scheme={one}")).text for one in ("light", "dark"))
    assert "prefers-color-scheme" not in light + dark
    assert found(dark, r"@media \(min-width: 0\) \{\s*(body)")
    assert found(light, r"@media \(max-width: 0\) \{\s*(body)")
    assert 'name="color-scheme" content="dark"' in dark


def test_a_profile_may_be_chosen_and_its_language(editor: Worker) -> None:
    text = editor.browser.get(path("mail", more="&topic=rivers&frequency=daily&language=nl&part=text")).text
    assert "Dagelijks overzicht" in text
    panel = editor.browser.get("/desk/preview?release=floods&view=mail&topic=sea").text
    assert "Whoever chose that would not get it: they follow none of its topics." in panel
    assert "What follows is the mail of whoever follows everything." in panel


@pytest.mark.parametrize("asked", ["reader=nobody@example.org", "topic=unheard-of", "language=%3Cb%3E"])
def test_what_there_is_not_is_said_and_another_mail_is_shown(editor: Worker, asked: str) -> None:
    panel = editor.browser.get(f"/desk/preview?release=floods&{asked}")
    assert panel.status_code == 200
    assert 'class="note"' in panel.text
    assert "whoever follows everything" in panel.text
    assert "Floods" in editor.browser.get(path("mail", more=f"&{asked}")).text


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_may_do_nothing(editor: Worker, name: str) -> None:
    answer = editor.browser.get(path(name, "dams"))
    assert answer.status_code == 200
    assert {header: answer.headers[header] for header in SANDBOXED} == SANDBOXED
    assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'; ")
    assert "<script>alert" not in answer.text
    assert "<img src=x" not in answer.text


@pytest.mark.R8
def test_looking_changes_nothing(editor: Worker, press: CommandLine) -> None:
    def dump() -> list[str]:
        with sqlite3.connect(press.site / "data" / "catalogue.db") as catalogue:
            return [row for row in catalogue.iterdump() if "sessions" not in row]  # each click notes that it was one

    before = dump()
    for slug in ("floods", "dams"):
        for name in FRAMES:
            for more in (f"&reader={ADA}", "&topic=sea&frequency=immediate", "&note=Corrected.&withdraws=yes"):
                assert editor.browser.get(path(name, slug, more)).status_code == 200
        assert editor.browser.get(f"/desk/preview?release={slug}").status_code == 200
    assert dump() == before


def test_the_panel_leads_to_each_view_without_a_script(editor: Worker) -> None:
    panel = editor.browser.get("/desk/preview?release=floods").text
    for view, frames in (("Side by side", 3), ("Feed", 1), ("Page", 2), ("Mail", 2)):
        link = html.unescape(found(panel, rf'href="([^"]*)"[^>]*>{view}</a>'))
        shown = editor.browser.get(link)
        sources = re.findall(r'<iframe sandbox src="([^"]*)"', shown.text)
        assert (shown.status_code, len(sources)) == (200, frames)
        for source in sources:
            assert "Floods" in editor.browser.get(html.unescape(source)).text
        looks = re.findall(r'id="preview-look-\d" href="([^"]*)"', shown.text)
        assert all(editor.browser.get(html.unescape(look)).status_code == 200 for look in looks)


def test_htmx_gets_the_panel_alone(editor: Worker) -> None:
    panel = editor.browser.get("/desk/preview?release=floods&beside=yes", headers={"hx-request": "true"}).text
    assert panel.strip().startswith('<section id="preview"')
    assert 'target="preview"' in panel  # without a script, a form that holds what was typed stays open


def test_the_subject_the_moment_and_the_findings_stand_beside_it(editor: Worker) -> None:
    panel = " ".join(editor.browser.get(f"/desk/preview?release=floods&reader={ADA}").text.split())
    assert "<dd>Floods, and 1 more</dd>" in panel
    assert "Monday 2 February 2026, 08:00, if published now, with 1 more item<" in panel
    assert "2 findings" in panel
    assert "No summary: the mail says nothing beneath the title." in panel


def test_what_cannot_go_out_is_not_shown_and_says_what_to_mend(editor: Worker, press: CommandLine) -> None:
    with sqlite3.connect(press.site / "data" / "catalogue.db") as catalogue:
        catalogue.execute("PRAGMA ignore_check_constraints = ON")  # as a program may that leaves checks off
        catalogue.execute("UPDATE releases SET language = 'x y' WHERE slug = 'floods'")
    panel = editor.browser.get("/desk/preview?release=floods")
    frame = editor.browser.get(path("page"))
    assert (panel.status_code, frame.status_code) == (200, 422)
    assert "Keeps it from going:" in panel.text
    assert "<iframe" not in panel.text
    assert "language" in frame.text


def test_an_unknown_release_has_no_preview(editor: Worker) -> None:
    for address in ("/desk/preview?release=unheard-of", "/desk/preview", path("mail", "unheard-of")):
        answer = editor.browser.get(address)
        assert (answer.status_code, "There is no" in answer.text) == (404, True)


@pytest.mark.R9
def test_nobody_gets_at_a_personal_link_of_a_reader(editor: Worker, press: CommandLine) -> None:
    with sqlite3.connect(press.site / "data" / "catalogue.db") as catalogue:
        ((token,),) = catalogue.execute("SELECT unsubscribe_token FROM subscribers")
    for part in ("html", "text"):
        assert token not in editor.browser.get(path("mail", more=f"&reader={ADA}&part={part}")).text
