"""The pages that are looked at, as a browser gets them, of a site with long titles and a reader in each situation.

A new page needs a line in PAGES and nothing else: every test of pages goes through all of them, and a template that
no line leads to is an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from pressroom.tools import Tools
from pressroom.web.app import make_app
from tests.conftest import Press
from tests.web.conftest import ADA, Reader

Fields = dict[str, str | list[str]]
PAGES: dict[str, str | tuple[str, Fields]] = {
    "home": "/",
    "releases": "/releases/",
    "search": "/releases/?q=don&kind=collection",
    "nothing found": "/releases/?q=nothing+of+the+sort&kind=report",
    "release": "/releases/{long}",
    "withdrawn": "/releases/roadworks",
    "topic": "/topics/long",
    "feeds": "/feeds/",
    "issues": "/issues/",
    "issues of a topic": "/issues/?topic=rivers",
    "issue": "/issues/1",
    "not found": "/nothing/of/the/sort",
    "subscribe": "/subscribe?topic=rivers",
    "subscribe with faults": ("/subscribe", {"address": "ada", "kind": "report"}),
    "home (nl)": "/",
    "search (nl)": "/releases/?q=don",
    "release (nl)": "/releases/{long}",
    "withdrawn (nl)": "/releases/roadworks",
    "topic (nl)": "/topics/long",
    "feeds (nl)": "/feeds/",
    "issues (nl)": "/issues/",
    "subscribe with faults (nl)": ("/subscribe", {"address": "ada", "kind": "report"}),
    "subscribe sent": ("/subscribe", {"website": "a program"}),
    "small form": "/subscribe/embed",
    "complaint": "/complaint",
    "complaint with a fault": ("/complaint", {"name": "Ada"}),
    "complaint received": ("/complaint", {"text": "It came twice."}),
    "confirm": "{confirm}",
    "confirmed": ("{confirm}", {}),
    "link sent": ("/preferences/{his_token}", {}),
    "form": "{form}",
    "link": "/preferences/{token}",
    "pause": "/preferences/{token}/pause",
    "stop": "/unsubscribe/{token}",
    "form with a fault": ("{form}", {"kind": "report"}),
    "pause with a fault": ("{form}/pause", {"until": "tomorrow"}),
    "address with a fault": ("{form}/address", {"address": "ada"}),
    "address asked": ("{form}/address", {"address": "new@example.org"}),
    "own feed": ("{form}/feed", {"act": "make"}),
    "data": "{form}/data",
    "forget": "{form}/forget",
    "paused": ("{form}/pause", {"until": ""}),
    "form of who has paused": "{form}",
    "saved": (
        "{form}",
        {"follow": ["rivers", "all"], "often rivers": "weekly", "often all": "daily", "language": "en"},
    ),
    "paused by link": ("/preferences/{his_token}/pause", {}),
    "stopped": ("/unsubscribe/{token}/weekly", {}),
    "unsubscribed": ("/unsubscribe/{token}", {}),
    "why with a fault": ("/unsubscribe/{undo}/why", {}),
    "undo": "/unsubscribe/{undo}/undo",
    "undone": ("/unsubscribe/{undo}/undo", {}),
    "forgotten": ("{form}/forget", {}),
    "gone": "{form}",
    "incomplete": "/unsubscribe/cut",
}
"""The path of each page; with fields, what a POST to it answers. They are asked for in this order, and what stands in
braces is filled in: a link out of a mail, the reader's token, or the slug of a release. One ending in “(nl)” is asked
for in Dutch."""
PARTS = {"base.html", "choices.html", "faults.html", "feeds-list.html", "issue-content.html", "releases-list.html"}
"""Templates that stand within others."""
BESIDE_FEEDS = {"feeds-index.html"}
"""Templates of pages that lie in the folder of feeds; what they show is in "feeds" as well."""

WORD = "Donaudampfschiff" * 9
TEMPLATES = Path(__file__).parent.parent.parent / "templates" / "web"
CSS = '<link rel="stylesheet" href="/static/site.css">'
ICON = '<link rel="icon" type="image/svg+xml" href="/static/icon.svg">'


def make_pages(site: Path) -> dict[str, str]:
    """Return each page with its style sheet in it, as the browser of the tests fetches nothing."""
    press = Press(site, datetime(2026, 1, 26, 9, tzinfo=UTC))
    fill(press)
    tools = Tools.of(site)
    with what_is_filled(tools) as filled, TestClient(make_app(tools, lambda: press.now)) as browser:
        facts = facts_of(press, browser)
        css = browser.get("/static/site.css").text
        pages = {name: shown(browser, name, facts) for name in PAGES}
    assert {one.name for one in TEMPLATES.glob("*.html")} - PARTS - BESIDE_FEEDS - filled == set()
    return {name: html.replace(CSS, f"<style>{css}</style>").replace(ICON, "") for name, html in pages.items()}


@contextmanager
def what_is_filled(tools: Tools) -> Iterator[set[str]]:
    """Give a set that will hold the names of the templates of pages that are filled in the meantime."""
    filled: set[str] = set()
    render = tools.templates.render

    def noted(name: str, *facts: Any, **more: Any) -> str:
        filled.add(name.removeprefix("web/"))
        return render(name, *facts, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tools.templates, "render", noted)
        yield filled


def shown(browser: TestClient, name: str, facts: dict[str, str]) -> str:
    page = PAGES[name]
    path, fields = (page, None) if isinstance(page, str) else page
    path = path.format(**facts)
    language = {"accept-language": "nl" if name.endswith("(nl)") else "en"}
    answer = (
        browser.get(path, headers=language) if fields is None else browser.post(path, data=fields, headers=language)
    )
    assert CSS in answer.text, path
    if undo := re.search(r'action="/unsubscribe/(\w+)/undo"', answer.text):
        facts["undo"] = undo[1]
    return answer.text


def fill(press: Press) -> None:
    """Make a site with releases of every look, a digest, and a reader."""
    press("init")
    press("topic", "add", "Rivers")
    press("topic", "add", "A topic with a name that is so long that it takes several lines", "--slug", "long")
    press("subscriber", "add", ADA, "--topic", "rivers=daily", "--topic", "long=weekly", "--confirmed")
    press("release", "add", "--title", "Floods", "--topic", "rivers", "--summary", "What we saw. " * 20)
    press("release", "add", "--title", "Roadworks", "--topic", "long", "--kind", "guide", "--series", "Ways")
    facts = ("--kind", "collection", "--language", "de", "--summary", "Sagt viel.", "--doi", f"10.1000/{WORD}")
    press("release", "add", "--title", WORD, "--topic", "long", "--url", "https://example.org/", *facts)
    press("release", "add", "--title", "Ein Teil", "--collection", WORD)
    press.wait(days=8)
    press("publish")
    press("release", "withdraw", "roadworks", "--reason", "Two figures are wrong.", "--replacement", "floods")
    press("publish", "--feeds-only")


def facts_of(press: Press, browser: TestClient) -> dict[str, str]:
    """Return what stands in the braces of PAGES."""
    slug = next(one["slug"] for one in press.ask("release", "list") if one["title"] == WORD)
    press("release", "revise", slug, "--note", "Better.")
    press("subscriber", "letter", ADA, "preferences")
    press("subscriber", "add", "bo@example.org", "--language", "nl")
    ada, bo = Reader(press, browser), Reader(press, browser, "bo@example.org")
    return {
        "long": slug,
        "form": ada.link("/preferences/.{58}"),
        "confirm": bo.link("/confirm/"),
        "token": ada.token,
        "his_token": bo.token,
    }
