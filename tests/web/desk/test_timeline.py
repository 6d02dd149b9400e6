"""The timeline of a release: what was done, in its order, what comes next and for how many, and what became of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener, urlopen

import pytest

from pressroom import commands
from tests.conftest import CommandLine, Press
from tests.running import Service
from tests.web.desk.forms import GOOD, a_site_with_topics, send
from tests.web.desk.going_out import cookie_of_somebody
from tests.web.desk.working import Worker

PAGE = "/desk/releases/rivers-in-spring"


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    return a_site_with_topics(fresh)


@pytest.fixture
def readers(press: CommandLine) -> None:
    """Three who follow rivers: two weekly, one daily."""
    for name, frequency in (("ada", "weekly"), ("bo", "weekly"), ("cy", "daily")):
        press("subscriber", "add", f"{name}@example.org", "--topic", f"rivers={frequency}", "--confirmed")


def happened(worker: Worker, path: str = PAGE) -> list[str]:
    """Return what the timeline says was done, without moments and people."""
    section = worker.browser.get(path).text.partition('id="timeline"')[2].partition("</ol>")[0]
    lines = re.findall(r"<li><time>[^<]*</time> ([^<]*)", section)
    return [line.strip() for line in lines]


def tell_all(press: CommandLine, worker: Worker) -> None:
    """Let a week go by, in which everybody has had a digest."""
    press.wait(days=8)
    press("publish")
    worker.sign_in()


def coming(worker: Worker, path: str = PAGE) -> str:
    page = worker.browser.get(path).text
    return page.partition('id="timeline"')[2].partition("</ol>")[2].partition("</p>")[0].partition("<p>")[2]


def test_the_timeline_says_what_comes_and_what_became_of_it(publisher: Worker, press: CommandLine) -> None:
    press("subscriber", "add", "ada@example.org", "--topic", "rivers=immediate", "--confirmed")
    press("subscriber", "add", "bo@example.org", "--frequency", "weekly", "--confirmed")
    press("subscriber", "add", "cy@example.org", "--topic", "roads=daily", "--confirmed")
    press("release", "add", "--title", "A road", "--topic", "roads")
    status, page = send(publisher.browser, "/desk/new/publish")
    assert "Next: feeds now · 1 immediate at 09:1" in page
    assert " · 1 weekly on " in page
    assert "daily" not in page.partition("Next:")[2].partition("</p>")[0]
    press("publish")
    press.wait(days=7)
    press("publish")
    publisher.sign_in()
    page = publisher.browser.get("/desk/releases/rivers-in-spring").text
    (address,) = re.findall(r'<a href="(/desk/digests/1/sent[^"]*)">2 sent</a>', page)
    told = publisher.browser.get(address).text
    assert "<h1>2 sent</h1>" in told
    assert [one for one in ("ada@", "bo@", "cy@") if one in told] == ["ada@", "bo@"]
    assert "cy@" in publisher.browser.get("/desk/digests/1/sent").text
    assert "Nothing more is to come" in page
    assert status == 200


def test_what_was_done_in_one_second_stands_in_its_order(publisher: Worker, press: CommandLine) -> None:
    send(publisher.browser, "/desk/new/schedule", when="at", at="2026-03-02T10:00")
    assert happened(publisher) == ["entered", "scheduled, to go out on Monday 2 March 10:00"]
    send(publisher.browser, f"{PAGE}/publish")
    press("publish")
    assert happened(publisher)[2:] == ["let go out", "went live"]


@pytest.mark.usefixtures("readers")
def test_what_is_revised_before_the_first_mail_is_to_come_still(publisher: Worker, press: CommandLine) -> None:
    send(publisher.browser, "/desk/new/publish")
    press("publish", "--feeds-only")
    send(publisher.browser, f"{PAGE}/revise", note="Two figures corrected.")
    assert coming(publisher) == "Next: 1 daily on Tuesday 08:00 · 2 weekly on Monday 08:00"
    press.wait(days=1)
    publisher.sign_in()
    press("publish")
    assert "2 weekly on Monday" in coming(publisher)


@pytest.mark.usefixtures("readers")
def test_what_a_cancelled_run_had_for_somebody_is_to_come_still(publisher: Worker, press: CommandLine) -> None:
    send(publisher.browser, "/desk/new/publish")
    press("publish", "--feeds-only")
    publisher.browser.post("/desk/digests/send", data={"frequency": ["daily", "weekly", "immediate", "monthly"]})
    publisher.browser.post("/desk/digests/1/cancel")
    assert coming(publisher) == "Next: 3 to whom it is owed from before, with their next digest"


@pytest.mark.usefixtures("readers")
def test_what_is_urgent_reaches_all_at_once(publisher: Worker, press: CommandLine) -> None:
    status, page = send(publisher.browser, "/desk/new/schedule", urgent="yes", when="at", at="2026-03-02T10:00")
    assert (status, "Published now, it reaches 3 at once, at most." in page) == (200, True)
    assert coming(publisher) == "Next: feeds on Monday 2 March 10:00 · 3 at once"
    send(publisher.browser, f"{PAGE}/publish", urgent="yes")
    press("publish")
    assert "Nothing more is to come" in publisher.browser.get(PAGE).text


@pytest.mark.usefixtures("readers")
def test_what_all_have_been_told_of_a_revision_is_to_come_no_more(publisher: Worker, press: CommandLine) -> None:
    send(publisher.browser, "/desk/new/publish")
    press("publish")
    tell_all(press, publisher)
    assert coming(publisher) == "Nothing more is to come."
    send(publisher.browser, f"{PAGE}/revise", note="Two figures corrected.")
    assert coming(publisher) == "Next: those whom a mail has told of it, with their next digest"
    tell_all(press, publisher)
    assert coming(publisher) == "Nothing more is to come."


@pytest.mark.usefixtures("readers")
def test_what_was_withdrawn_before_it_was_told_is_to_come_for_nobody(publisher: Worker, press: CommandLine) -> None:
    send(publisher.browser, "/desk/new/publish")
    press("publish", "--feeds-only")
    assert "2 weekly digests" in publisher.browser.get("/desk/").text
    answer = publisher.browser.post(f"{PAGE}/withdraw", data={"reason": "Wrong."})
    assert "no mail had told of it, and none will" in answer.text
    assert "Nothing more is to come" in answer.text
    for path in ("/desk/", "/desk/digests", "/desk/digests/send"):
        page = publisher.browser.get(path).text
        assert ("owed anything" in page, "weekly digest" in page, "readers are owed" in page) == (True, False, False)


def test_what_is_published_is_out_on_the_next_page(site: Path, serve: Callable[..., Service]) -> None:
    for words in (["init"], ["topic", "add", "Rivers"]):
        assert commands.run(["-q", "-C", str(site), *words]) == 0
    cookie, service = cookie_of_somebody(site), serve()
    headers = {"cookie": f"desk={cookie}"}
    with urlopen(Request(f"{service.url}/desk/new", headers=headers)) as form:
        key = re.search(r'name="key" value="(\w+)"', form.read().decode())
    assert key
    typed = urlencode(GOOD | {"key": key[1], "version": "0"}, doseq=True).encode()
    with build_opener(HTTPCookieProcessor()).open(Request(f"{service.url}/desk/new/publish", typed, headers)) as answer:
        page = answer.read().decode()
    assert "Published: it is out" in page
    assert '<span class="state live">' in page
    assert "Undo: take it back" in page
