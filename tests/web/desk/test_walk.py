"""Wherever links of the desk lead, and whatever is sent to its forms, there is a page that says so."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from html import unescape

import pytest

from pressroom.web.app import desk_pages
from tests.conftest import CommandLine, Press
from tests.web.desk.forms import GOOD, keep, opened, send
from tests.web.desk.working import Worker

OF_A_KIND = 2
"""So many pages of one kind are looked at."""
SENT: tuple[dict[str, object], ...] = (
    {},
    {"key": "a" * 26, "version": "0"},
    {
        **GOOD,
        "key": "a" * 26,
        "version": "0",
        "file_pages": "x",
        "when": "at",
        "at": "zz",
        "note": "N.",
        "reason": "R.",
    },
    {"name": "Zoe", "role": "editor", "code": "1", "to": "x", "frequency": "weekly", "row": "1"},
)


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    """A site with releases in every state, of which one was told, and a run by hand."""
    fresh("topic", "add", "Rivers")
    fresh("subscriber", "add", "ada@example.org", "--topic", "rivers=weekly", "--confirmed")
    for title, more in (("Told", ()), ("Gone", ()), ("Soon", ("--at", "2026-03-01")), ("Draft", ("--draft",))):
        fresh("release", "add", "--title", title, "--topic", "rivers", "--summary", "S.", *more)
    fresh("publish")
    fresh("release", "withdraw", "gone", "--reason", "Wrong.", "--replacement", "told")
    fresh("digest", "send", "--yes")
    return fresh


@pytest.fixture(params=["admin", "editor"])
def somebody(request: pytest.FixtureRequest, hire: Callable[..., Worker]) -> Worker:
    hire("Ann", "admin")
    return hire("Zed", request.param)


def kind_of(address: str) -> str:
    """Return an address without what tells one page of a kind from another."""
    path, _, query = address.partition("?")
    path = re.sub(r"/(releases|digests|autosaves)/(?!send|test|rehearsal)[^/]+", r"/\1/…", path)
    return f"{path}?{'&'.join(sorted(part.partition('=')[0] for part in query.split('&')))}"


def led_to(page: str) -> Iterator[str]:
    yield from map(unescape, re.findall(r'(?:href|src)="(/desk[^"#]*)', page))


def test_no_link_of_the_desk_leads_nowhere(somebody: Worker) -> None:
    form = opened(somebody.browser, "/desk/new")
    keep(somebody.browser, form)
    send(somebody.browser, "/desk/releases/draft", title="Draft", summary="Longer.")
    waiting = [
        "/desk/",
        f"/desk/new?key={form['key']}",
        "/desk/releases/told",
        "/desk/releases/gone",
        "/desk/releases/soon",
    ]
    kinds, seen = Counter[str](), set[str]()
    while waiting:
        address = waiting.pop()
        if address in seen or kinds[kind_of(address)] >= OF_A_KIND or address.endswith("/progress"):
            continue
        seen.add(address)
        kinds[kind_of(address)] += 1
        answer = somebody.browser.get(address)
        assert answer.status_code == 200, address
        waiting += led_to(answer.text)
    assert len(seen) > 30


def test_whatever_is_sent_is_answered_by_a_page(somebody: Worker, press: CommandLine) -> None:
    somebody.browser.follow_redirects = False
    paths = sorted({route.path for route in desk_pages() if route.methods and "POST" in route.methods})
    for path in paths:
        if path in ("/desk/sign-out", "/desk/people/disable", "/desk/people/reset", "/desk/people/role"):
            continue  # another test's matter, with which this one would end
        for named in ("told", "none", "1"):
            address = re.sub(r"\{\w+\}", named, path)
            for sent in SENT:
                status = somebody.browser.post(address, data=sent).status_code
                assert status < 500, (address, sent, status)
    assert "as they were written" in press("audit", "--verify").out
