"""The pages of the desk as a browser gets them, of a site at which an admin works."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from starlette.testclient import TestClient

from pressroom.tools import Tools
from pressroom.web.app import make_app
from tests.browser.pages import CSS, ICON
from tests.conftest import Press
from tests.web.desk.working import Worker

STYLE = '<link rel="stylesheet" href="/static/desk.css">'
GOOD = {
    "title": "Public Sector Digital Trends 2026",
    "summary": "What leaders of digital services expect of the year, and what they are doing about it.",
    "topics": "rivers",
}
PAGES: dict[str, str | tuple[str, dict[str, str]]] = {
    "overview": "/desk/",
    "releases": "/desk/releases",
    "no release found": "/desk/releases?q=nothing&state=draft",
    "new release": "/desk/new",
    "new release with faults": ("/desk/new/publish", {"title": "", "doi": "x", "topics": "nothing"}),
    "new release, scheduled": ("/desk/new/schedule", {**GOOD, "when": "at", "at": "2026-02-02T08:00"}),
    "a likely double": ("/desk/new/publish", GOOD),
    "live release": "/desk/releases/floods",
    "withdrawing": "/desk/releases/floods/withdraw",
    "withdrawing with faults": ("/desk/releases/floods/withdraw", {"reason": "", "replacement": "x"}),
    "changed meanwhile": ("/desk/releases/floods/edit", {**GOOD, "version": "0"}),
    "no such release": "/desk/releases/nothing",
    "me": "/desk/me",
    "me with a fault": ("/desk/me/codes", {"code": "1"}),
    "people": "/desk/people",
    "people with a fault": ("/desk/people", {"name": "Ada", "role": "editor"}),
    "somebody added": ("/desk/people", {"name": "Bo with a name that is really very long", "role": "editor"}),
    "set up": "{link}",
    "set up with faults": ("{link}", {"factor": "a" * 26, "password": "short", "code": "1"}),
    "old link": "/desk/begin/aaaaaaaaaaaaaaaaaaaaaaaaaa",
    "digests": "/desk/digests",
    "rehearsal": "/desk/digests/rehearsal?frequency=weekly",
    "rehearsal, done": "/desk/digests/rehearsal/result?frequency=weekly&frequency=daily",
    "send": "/desk/digests/send?frequency=weekly",
    "send with a fault": ("/desk/digests/send", {}),
    "send with findings": ("/desk/digests/send", {"frequency": "weekly"}),
    "test": "/desk/digests/test",
    "test with a fault": ("/desk/digests/test", {"to": "ada"}),
    "test sent": ("/desk/digests/test", {"to": "a.rather.long.address@of.the.desk.example.org"}),
    "run": ("/desk/digests/send", {"frequency": "weekly", "despite": "unreleased-title"}),
    "run paused": ("/desk/digests/2/pause", {}),
    "run with a fault": ("/desk/digests/2/pause", {}),
    "cancel": "/desk/digests/2/cancel",
    "run over": "/desk/digests/1",
    "mails": "/desk/digests/1/sent",
    "mails that wait": "/desk/digests/2/waiting",
    "no mails": "/desk/digests/1/failed",
    "no run": "/desk/digests/99",
    "digests, with runs": "/desk/digests",
    "audit": "/desk/audit",
    "preview": "/desk/preview?release=floods",
    "preview of a mail": "/desk/preview?release=floods&view=mail&reader=nobody@example.org",
    "preview of a page": "/desk/preview?release=floods&view=page&scheme=dark",
    "preview of nothing": "/desk/preview?release=unheard-of",
    "entry in a frame": "/desk/preview/feed?release=floods",
    "codes": ("/desk/me/codes", {"code": "{code}"}),
    "refused": "{refused}",
    "sign in": "{out}",
    "sign in with a fault": ("/desk/sign-in", {"name": "Ada", "password": "x", "code": "1"}),
}
"""The path of each page; with fields, what a POST to it answers. They are asked for in this order."""


def make_desk_pages(site: Path) -> dict[str, str]:
    """Return each page with its style sheets in it, as the browser of the tests fetches nothing."""
    press = Press(site, datetime(2026, 1, 26, 9, tzinfo=UTC))
    press("init")
    fill(press)
    app = make_app(Tools.of(site), lambda: press.now)
    with TestClient(app) as browser:
        admin = Worker(press, browser, "Ada")
        admin.begin(press.ask("user", "add", "Ada", "--role", "admin")["link"])
        assert admin.sign_in() == 303
        css = f"<style>{browser.get('/static/site.css').text}{browser.get('/static/desk.css').text}</style>"
        pages = {name: _shown(admin, page) for name, page in PAGES.items()}
    return {name: alone(html).replace(STYLE, css) for name, html in pages.items()}


def alone(html: str) -> str:
    """Return a page without what it would fetch: style sheets, scripts, an icon, and what stands in frames."""
    return re.sub(r"<script .*?</script>|(?<=sandbox) src=\S+", "", html.replace(CSS, "").replace(ICON, ""))


def fill(press: Press) -> None:
    """Make releases in several states, a digest that is sent, and one that lint warns of."""
    press(
        "subscriber",
        "add",
        "somebody.with.a.long.name@a.long.domain.example.org",
        "--topic",
        "all=weekly",
        "--confirmed",
    )
    press("subscriber", "add", "bo@example.org", "--frequency", "daily", "--confirmed")
    for topic in ("Rivers", "Leadership and skills", "Cyber security and what it has to do with water"):
        press("topic", "add", topic)
    press("release", "add", "--title", "Floods", "--topic", "rivers", "--author", "Ann Dee",
          "--url", f"https://example.org/{'long/' * 30}")  # fmt: skip
    press("publish", "--feeds-only")
    press("digest", "send", "--yes")
    press("release", "revise", "floods", "--note", "A map more.")
    press("release", "add", "--title", "Weirs and what they are for", "--draft")
    press("release", "add", "--title", "Donaudampfschiff" * 8)
    press("release", "add", "--title", "The secret plan for all rivers", "--draft")
    press("digest", "note", "Soon: the secret plan for all rivers.")
    press("publish", "--feeds-only")


def _shown(admin: Worker, page: str | tuple[str, dict[str, str]]) -> str:
    path, fields = (page, None) if isinstance(page, str) else page
    if path == "{refused}":
        admin.press.ask("user", "add", "Cy", "--role", "admin")
        admin.press("user", "role", "Cy", "editor")
        return _as_editor(admin)
    if path == "{out}":
        admin.browser.post("/desk/sign-out")
        path = "/desk/sign-in"
    if path == "{link}":
        link = admin.press.ask("user", "reset", "Bo with a name that is really very long")["link"]
        path = re.sub(r"^https?://[^/]+", "", link)
    if fields is None:
        return admin.browser.get(path).text
    return admin.browser.post(path, data={name: value.format(code=admin.code()) for name, value in fields.items()}).text


def _as_editor(admin: Worker) -> str:
    """Return what an editor gets who asks for what an admin may."""
    second = Worker(admin.press, TestClient(admin.browser.app), "Di")
    second.begin(admin.press.ask("user", "add", "Di", "--role", "editor")["link"])
    assert second.sign_in() == 303
    return second.browser.get("/desk/people").text
