"""A feed that somebody opens in a browser, and the page beside the feeds."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from pressroom.tools import Tools
from tests.browser.mail_program import MailProgram
from tests.conftest import CommandLine
from tests.web.served import served

pytestmark = pytest.mark.browser


@pytest.fixture
def site(press: CommandLine) -> CommandLine:
    press("release", "add", "--title", "Floods & dams", "--summary", "What held, and why.", "--body", "Much more.")
    press("publish")
    return press


@pytest.mark.parametrize("form", ["atom", "rss"])
def test_a_feed_that_is_opened_shows_what_a_person_looks_for(
    site: CommandLine, mail_program: MailProgram, form: str
) -> None:
    with served(Tools.of(site.site), lambda: site.now) as port:

        def look(page: Page) -> None:
            page.goto(f"http://127.0.0.1:{port}/feeds/all.{form}")
            for said in ("Example Association", "Floods & dams", "What held, and why."):
                expect(page.get_by_text(said, exact=True).first).to_be_visible()
            for tag in ("id", "guid", "link", "category", "content", "updated", "pubDate"):
                for element in page.locator(f":root {tag}").all():
                    expect(element).to_be_hidden()
            advice = page.evaluate("getComputedStyle(document.documentElement, '::before').content")
            assert "Copy its address into a feed reader" in advice
            width = page.evaluate("document.documentElement.scrollWidth")
            assert width <= page.evaluate("innerWidth")

        mail_program.visit(look)


def test_the_page_beside_the_feeds_leads_to_each_of_them(site: CommandLine, mail_program: MailProgram) -> None:
    with served(Tools.of(site.site), lambda: site.now) as port:
        (site.site / "publisher.toml").write_text(f'[site]\nurl = "http://127.0.0.1:{port}"\n')
        site("publish")

        def look(page: Page) -> None:
            page.set_viewport_size({"width": 320, "height": 800})
            answer = page.goto(f"http://127.0.0.1:{port}/feeds/index.html")
            assert answer is not None
            assert answer.ok
            assert page.evaluate("getComputedStyle(document.body).fontFamily") != ""
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            addresses = [str(link.get_attribute("href")) for link in page.get_by_role("link", name="Atom").all()]
            assert len(addresses) == 3
            for address in addresses:
                found = page.goto(address)
                assert found is not None
                assert found.ok

        mail_program.visit(look)
