"""The form of a release, as a browser opens and sends it."""

from __future__ import annotations

import re
from typing import Any

from lxml import html
from starlette.testclient import TestClient

from tests.conftest import Press

GOOD = {
    "title": "Rivers in spring",
    "kind": "briefing",
    "summary": "What rivers do in spring, and why.",
    "topics": ["rivers"],
    "when": "now",
}


def a_site_with_topics(fresh: Press) -> Press:
    """A site with two topics, one of them with another name."""
    for name in ("Rivers", "Roads", "Streams"):
        fresh("topic", "add", name)
    fresh("topic", "merge", "streams", "rivers", "--yes")
    return fresh


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, page
    return found[1]


def opened(browser: TestClient, path: str) -> dict[str, str]:
    """Open a form; return the fields that nobody types."""
    page = browser.get(path)
    assert page.status_code == 200
    return {name: hidden(page.text, name) for name in ("key", "version", "release")}


def send(browser: TestClient, path: str, **typed: object) -> tuple[int, str]:
    """Open the form of a page and send it to `path`; return the status and the page that one sees then."""
    form = opened(browser, re.sub(r"/(schedule|unschedule|publish|edit|revise)$", "", path)) | GOOD | typed
    answer = browser.post(path, data=form)
    return answer.status_code, answer.text


def keep(browser: TestClient, form: dict[str, str], **typed: object) -> Any:
    """Keep what is typed, as a page does where scripts run."""
    data = form | GOOD | typed
    return browser.post(f"/desk/autosaves/{form['key']}", data=data, headers={"hx-request": "true"})


def fields_of(page: str) -> dict[str, list[str]]:
    """Return what a browser would send of the form of a release."""
    (form,) = html.fromstring(page).xpath("//form[@id='release']")
    found: dict[str, list[str]] = {}
    for name, value in form.form_values():
        found.setdefault(name, []).append(value)
    return found
