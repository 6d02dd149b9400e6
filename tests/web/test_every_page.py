"""What holds for every page behind a link: scanners change nothing (R8), anyone can use it, and every word is ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html
from starlette.testclient import TestClient

from pressroom import commands
from pressroom.tools import Tools
from pressroom.web.app import make_app
from tests.conftest import CommandLine
from tests.web.conftest import SITE

BO, CY, DEE = "bo@example.org", "cy@example.org", "dee@example.org"


@pytest.fixture(scope="module")
def mailed(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """A site that has sent a digest, and every kind of letter, in two languages."""

    class Quiet(CommandLine):
        def __init__(self, site: Path, now: datetime) -> None:
            self.site, self.now = site, now

        def __call__(self, *words: str, ok: bool = True):  # type: ignore[no-untyped-def]
            assert commands.run(["-q", "-C", str(self.site), "--clock", self.now.isoformat(), *words]) == 0

    press = Quiet(tmp_path_factory.mktemp("mailed") / "site", datetime(2026, 1, 26, 9, tzinfo=UTC))
    press("init")
    (press.site / "publisher.toml").write_text("[digest]\nwelcome = true\ngoodbye = true\n")
    press("topic", "add", "Rivers")
    press(
        "subscriber", "add", BO, "--language", "nl", "--topic", "all=daily", "--topic", "rivers=weekly", "--confirmed"
    )
    press("subscriber", "add", CY, "--topic", "rivers")
    press("subscriber", "add", DEE, "--confirmed")
    press("release", "add", "--title", "Floods", "--topic", "rivers")
    press.wait(days=1)
    press("publish")
    press("subscriber", "letter", BO, "preferences")
    press("subscriber", "unsubscribe", DEE)
    press("subscriber", "add", DEE)
    press("deliver")
    press("subscriber", "confirm", DEE)
    press("deliver")
    press("subscriber", "unsubscribe", DEE)
    press("deliver")
    press("subscriber", "pause", BO)
    return press


@pytest.fixture(scope="module")
def browser(mailed: CommandLine) -> Iterator[TestClient]:
    with TestClient(make_app(Tools.of(mailed.site), lambda: mailed.now)) as client:
        yield client


def links(press: CommandLine) -> list[str]:
    """Return every link of the site in every mail, and the same once more from the headers."""
    said = "\n".join(mail.as_string() for mail in press.mails())
    said += "\n".join(
        str(part.get_content()) for mail in press.mails() for part in mail.walk() if not part.is_multipart()
    )
    return sorted(set(re.findall(rf"{SITE}(/[\w/.-]*)", said.replace("=\n", ""))))


def dump(press: CommandLine) -> str:
    with Tools.of(press.site).open_store() as store:
        return "\n".join(store.connection.iterdump())


def test_the_mails_hold_links_of_every_kind(mailed: CommandLine) -> None:
    found = " ".join(links(mailed))
    for path in ("/confirm/", "/preferences/", "/pause", "/unsubscribe/", "/issues/", "/feeds/"):
        assert path in found


@pytest.mark.R8
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_scanner_that_follows_any_links_in_any_order_changes_no_row(
    mailed: CommandLine, browser: TestClient, data: st.DataObject
) -> None:
    before = dump(mailed)
    asked = st.tuples(st.sampled_from(["GET", "HEAD", "OPTIONS"]), st.sampled_from(links(mailed)))
    for method, link in data.draw(st.lists(asked, min_size=1, max_size=12)):
        browser.request(method, link)
    assert dump(mailed) == before


@pytest.mark.R8
def test_a_scanner_that_follows_every_link_and_what_it_finds_there_changes_no_row(
    mailed: CommandLine, browser: TestClient
) -> None:
    before, seen, left = dump(mailed), set(), links(mailed)
    while left:
        link = left.pop()
        if link not in seen:
            seen.add(link)
            answers = [browser.request(method, link, follow_redirects=False) for method in ("HEAD", "GET")]
            assert answers[0].status_code == answers[1].status_code
            if answers[1].headers.get("content-type", "").startswith("text/html"):
                page = lxml_html.fromstring(answers[1].text)
                left += [str(href) for href in page.xpath("//@href|//@action")]
    assert len(seen) > 12
    assert dump(mailed) == before


def pages(press: CommandLine) -> list[str]:
    return [link for link in links(press) if re.match(r"/(confirm|preferences|unsubscribe)/", link)]


def test_every_page_is_private_and_kept_by_nobody(mailed: CommandLine, browser: TestClient) -> None:
    for link in pages(mailed):
        headers = browser.get(link).headers
        assert headers["cache-control"] == "no-store"
        assert headers["x-robots-tag"] == "noindex"
        assert headers["referrer-policy"] == "same-origin"
        assert "set-cookie" not in headers


def test_every_page_can_be_used_by_everyone(mailed: CommandLine, browser: TestClient) -> None:
    languages = set()
    for link in pages(mailed):
        text = browser.get(link).text
        page = lxml_html.fromstring(text)
        languages.add(page.get("lang"))
        assert page.get("dir") == "ltr"
        assert len(page.xpath("//h1")) == len(page.xpath("//main")) == len(page.xpath("//title")) == 1
        for field in page.xpath("//input[@type!='hidden']|//select|//textarea"):
            is_labelled = (
                field.get("aria-label")
                or field.xpath("ancestor::label")
                or field.get("id") in page.xpath("//label/@for")
            )
            assert is_labelled, lxml_html.tostring(field)
        assert all(fieldset.xpath("legend") for fieldset in page.xpath("//fieldset"))
        assert not page.xpath("//script|//*[@style]|//*[@onclick]|//meta[@http-equiv]")
        assert all(form.get("method") == "post" for form in page.xpath("//form"))
        assert all(button.text_content().strip() for button in page.xpath("//form//button"))
    assert languages == {"en", "nl"}


def test_what_has_the_focus_is_seen(browser: TestClient) -> None:
    css = browser.get("/static/site.css").text
    assert re.search(r":focus-visible \{\s*outline: 3px solid", css)
    assert "outline: none" not in css
    assert "outline: 0" not in css
