"""The pages of the desk can be used by everyone: axe, small windows, large targets, the keyboard alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.desk import PAGES, make_desk_pages
from tests.browser.mail_program import MailProgram
from tests.browser.test_axe import FOR_PAGES, findings
from tests.browser.test_pages import FOCUSED, REACHABLE, TOO_SMALL, at_each, from_the_top

pytestmark = pytest.mark.browser

WIDTHS = [320, 768, 1280]
# Tables may be wider than a phone, in a box that is moved by itself (WCAG 2.2, 1.4.10).
SIDEWAYS = """() => document.documentElement.scrollWidth > document.documentElement.clientWidth
    ? [`the window: ${document.documentElement.scrollWidth} px`] : []"""
# What is in the frames of previews runs no script, not even that of axe; it is among the pages by itself.
BUT_FRAMES = {**FOR_PAGES, "rules": {"frame-tested": {"enabled": False}}}
each_page = pytest.mark.parametrize("name", PAGES)


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return make_desk_pages(tmp_path_factory.mktemp("desk") / "site")


@each_page
def test_axe_finds_nothing(mail_program: MailProgram, pages: dict[str, str], name: str) -> None:
    def look(page: Page) -> list[str]:
        return at_each(page, WIDTHS, lambda page: findings(page, BUT_FRAMES))

    for dark in (False, True):
        assert mail_program.show(pages[name], look, dark=dark) == []


@each_page
def test_nothing_runs_sideways_and_what_can_be_pressed_is_large_enough(
    mail_program: MailProgram, pages: dict[str, str], name: str
) -> None:
    def look(page: Page) -> list[str]:
        return at_each(page, WIDTHS, lambda page: page.evaluate(SIDEWAYS) + page.evaluate(TOO_SMALL))

    assert mail_program.show(pages[name], look) == []
    assert mail_program.requested == []


@each_page
def test_the_keyboard_alone_reaches_everything_in_order_and_shows_where_it_is(
    mail_program: MailProgram, pages: dict[str, str], name: str
) -> None:
    def walk(page: Page) -> tuple[int, list[int], list[int]]:
        number = page.evaluate(REACHABLE)
        stops: list[tuple[int, bool]] = []
        for _ in range(3 * number):
            page.keyboard.press("Tab")
            place, is_seen, _ = page.evaluate(FOCUSED)
            if place >= 0 and (not stops or place > stops[-1][0]):
                stops.append((place, is_seen))
        return number, [place for place, _ in stops], [place for place, is_seen in stops if not is_seen]

    number, reached, unseen = mail_program.show(from_the_top(pages[name]), walk, width=1280)
    assert reached == list(range(number))
    assert unseen == []
