"""Where readers are many, the numbers of those who are owed something come after the page, by themselves."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from pressroom import commands
from pressroom.web.desk.owed import FEW
from tests.browser.at_the_desk import Desk
from tests.browser.mail_program import MailProgram
from tests.running import PATIENCE, Service
from tests.web.desk.going_out import cookie_of_somebody

pytestmark = pytest.mark.browser


@pytest.fixture
def session(site: Path) -> str:
    """The cookie of a publisher of a site with many subscribers, one of whom is owed something."""
    for words in (
        ["init"],
        ["subscriber", "add", "ada@example.org", "--frequency", "monthly", "--confirmed"],
        ["release", "add", "--title", "Floods"],
        ["publish", "--feeds-only"],
    ):
        assert commands.run(["-q", "-C", str(site), *words]) == 0
    with closing(sqlite3.connect(site / "data" / "catalogue.db")) as catalogue, catalogue:
        catalogue.execute(
            """WITH RECURSIVE numbers (pk) AS (SELECT 2 UNION ALL SELECT pk + 1 FROM numbers WHERE pk <= ?)
            INSERT INTO subscribers (pk, address, address_key, state, unsubscribe_token, created_at)
            SELECT pk, pk || '@example.org', pk || '@example.org', 'active', printf('%026d', pk), '2026-01-02T00:00:00Z'
            FROM numbers""",
            (FEW,),
        )
    return cookie_of_somebody(site)


def touch(site: Path) -> None:
    """Change something in the catalogue."""
    with closing(sqlite3.connect(site / "data" / "catalogue.db")) as catalogue, catalogue:
        catalogue.execute("INSERT INTO topics (slug, name) SELECT 't' || count(*), 'T' || count(*) FROM topics")


class Impatient(Desk):
    """Somebody at the desk of a site in which something has just changed, and to whom the numbers come late."""

    def open(self, path: str) -> None:
        touch(self.service.site)
        self.held = list[Route]()
        self.page.route("**/*count=yes*", lambda route: self.held.append(route))
        with self.page.expect_request("**/*count=yes*"):
            super().open(path)
        expect(self.page.get_by_role("link", name="Count who is owed something")).to_have_count(1)

    def reads(self, words: str) -> None:
        self.held[0].continue_()
        expect(self.page.get_by_text(words)).to_be_visible(timeout=PATIENCE * 1_000)
        expect(self.page.get_by_role("link", name="Count who is owed something")).to_have_count(0)


def test_the_numbers_come_by_themselves_and_what_was_ticked_stays(
    mail_program: MailProgram, session: str, serve: Callable[..., Service]
) -> None:
    def look(page: Page) -> list[str]:
        desk = Impatient(page, serve(), session)
        desk.open("/desk/")
        desk.reads("1 monthly digest")
        desk.open("/desk/digests")
        desk.reads("1 monthly on ")
        desk.open("/desk/digests/send")
        page.get_by_label("Daily").check()
        desk.reads("one reader is owed something")
        assert page.get_by_label("Daily").is_checked()
        return desk.faults

    assert mail_program.visit(look, runs_scripts=True) == []
