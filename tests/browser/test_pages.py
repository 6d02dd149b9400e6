"""The pages in a browser: axe-core has nothing to say, and nothing runs sideways."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.mail_program import MailProgram
from tests.browser.test_axe import findings
from tests.web.conftest import ADA, Reader, active, press, visitor

__all__ = ["active", "press", "visitor"]  # the fixtures of pages

pytestmark = pytest.mark.browser


def seen_as(reader: Reader, path: str) -> str:
    """Return a page with its style sheet in it, as the browser here fetches nothing."""
    css = reader.browser.get("/static/site.css").text
    link = '<link rel="stylesheet" href="/static/site.css">'
    html = reader.browser.get(path).text
    assert link in html
    return html.replace(link, f"<style>{css}</style>")


@pytest.fixture
def pages(active: Reader) -> dict[str, str]:
    """The pages, by the path that leads to each."""
    long = "A topic with a name that is so long that it takes several lines on a small phone"
    active.press("topic", "add", long, "--slug", "long")
    active.press("release", "add", "--title", "Long", "--topic", "long")
    word = "Donaudampfschiff" * 9
    facts = ("--kind", "collection", "--language", "de", "--summary", "Sagt viel.", "--doi", f"10.1000/{word}")
    active.press("release", "add", "--title", word, "--topic", "long", "--url", "https://example.org/", *facts)
    active.press("release", "add", "--title", "Ein Teil", "--collection", word)
    active.press("publish", "--feeds-only")
    slug = next(one["slug"] for one in active.press.ask("release", "list") if one["title"] == word)
    active.press("release", "revise", slug, "--note", "Better.")
    active.press("subscriber", "letter", ADA, "preferences")
    active.press("subscriber", "add", "bo@example.org", "--language", "nl")
    bo = Reader(active.press, active.browser, "bo@example.org")
    paths = {
        "form": active.link("/preferences/.{58}"),
        "link": f"/preferences/{active.token}",
        "pause": f"/preferences/{active.token}/pause",
        "stop": f"/unsubscribe/{active.token}",
        "confirm": bo.link("/confirm/"),
        "release": f"/releases/{slug}",
        "home": "/",
        "search": "/releases/?q=do&kind=collection",
        "topic": "/topics/long",
        "issues": "/issues/",
    }
    return {name: seen_as(active, path) for name, path in paths.items()}


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing(mail_program: MailProgram, pages: dict[str, str], width: int, dark: bool) -> None:
    for name, html in pages.items():
        assert mail_program.show(html, findings, width=width, dark=dark) == [], name


@pytest.mark.parametrize("width", [320, 1000])
def test_nothing_runs_sideways_and_nothing_is_fetched(
    mail_program: MailProgram, pages: dict[str, str], width: int
) -> None:
    for name, html in pages.items():
        seen = mail_program.show(html, lambda page: page.evaluate("document.documentElement.scrollWidth"), width=width)
        assert seen <= width, name
        assert mail_program.requested == []


def test_how_often_is_asked_of_what_is_ticked_and_what_has_the_focus_is_outlined(
    mail_program: MailProgram, pages: dict[str, str]
) -> None:
    def look(page: Page) -> tuple[int, str]:
        shown = page.evaluate("[...document.querySelectorAll('.choice select')].filter(one => one.offsetHeight).length")
        page.keyboard.press("Tab")
        return shown, page.evaluate("getComputedStyle(document.activeElement).outlineStyle")

    assert mail_program.show(pages["form"], look) == (2, "solid")
