"""Sending at the desk in a browser: a run that moves by itself where scripts run, and by a link where none does."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.at_the_desk import Desk
from tests.browser.mail_program import MailProgram
from tests.conftest import CommandLine
from tests.delivery.killing import Dump, make_site
from tests.running import PATIENCE, Service
from tests.web.desk.going_out import cookie_of_somebody, set_state

pytestmark = pytest.mark.browser

READERS = 150
DONE = re.compile(r"(\d+) of 150 done")
MARK, IS_MARKED = "() => { window.isMarked = true; }", "() => window.isMarked === true"


@pytest.fixture
def session(site: Path) -> Iterator[str]:
    """The cookie of a publisher of a site with a paused run, whose mail server takes its time."""
    dump = Dump(thinks_for=0.03)
    make_site(site, READERS, dump.port)
    set_state(site, "paused")
    yield cookie_of_somebody(site)
    dump.shutdown()
    dump.server_close()


class Watcher(Desk):
    """Somebody who watches a run."""

    @property
    def done(self) -> int:
        found = DONE.search(self.page.locator("main").inner_text())
        assert found
        return int(found[1])

    def wait_for_more_than(self, number: int) -> None:
        more = re.compile(rf"^(?!(?:{'|'.join(map(str, range(number + 1)))}) of)\d+ of 150 done")
        expect(self.page.locator(".bar")).to_have_text(more, timeout=PATIENCE * 1_000)


def test_with_scripts_the_numbers_move_and_nothing_is_loaded_anew(
    mail_program: MailProgram, session: str, serve: Callable[..., Service]
) -> None:
    def look(page: Page) -> list[str]:
        desk = Watcher(page, serve(), session)
        desk.open("/desk/digests/1")
        desk.says("Paused")
        desk.press("Resume")
        page.evaluate(MARK)
        desk.wait_for_more_than(0)
        desk.wait_for_more_than(desk.done)
        assert page.evaluate(IS_MARKED)
        desk.press("Pause")
        desk.says("Paused")
        page.evaluate(MARK)
        set_state(desk.service.site, "open")  # by command, or by somebody else
        desk.says("Going out.")
        expect(page.get_by_role("button", name="Pause")).to_be_visible()
        desk.says("Done: nothing waits any more.")
        assert (desk.done, page.evaluate(IS_MARKED)) == (READERS, True)
        expect(page.get_by_role("button", name="Pause")).to_have_count(0)
        return desk.faults

    assert mail_program.visit(look, runs_scripts=True) == []


def test_the_numbers_move_though_the_script_that_moves_them_comes_late(
    mail_program: MailProgram, session: str, serve: Callable[..., Service]
) -> None:
    def late(route: Route) -> None:
        time.sleep(0.3)
        route.continue_()

    def look(page: Page) -> list[str]:
        desk = Watcher(page, serve(), session)
        page.route("**/static/hx-sse.js", late)
        desk.open("/desk/digests/1")
        expect(page.locator("#standing")).to_contain_text("moves by itself", timeout=PATIENCE * 1_000)
        return desk.faults

    assert mail_program.visit(look, runs_scripts=True) == []


def test_without_scripts_a_link_shows_how_it_stands(
    mail_program: MailProgram, session: str, serve: Callable[..., Service]
) -> None:
    def look(page: Page) -> list[str]:
        desk = Watcher(page, serve(), session)
        desk.open("/desk/digests/1")
        desk.press("Resume")
        while "Going out." in page.get_by_role("status").inner_text():
            page.get_by_role("link", name="Refresh").click()
        desk.says("Done: nothing waits any more.")
        assert desk.done == READERS
        page.get_by_role("link", name="150 sent").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("150 sent")
        return desk.faults

    assert mail_program.visit(look) == []


@pytest.mark.parametrize("runs_scripts", [True, False])
def test_a_rehearsal_comes_by_itself_or_by_a_link_with_its_mail_in_a_frame(
    mail_program: MailProgram, session: str, serve: Callable[..., Service], run: CommandLine, runs_scripts: bool
) -> None:
    run("release", "add", "--title", "Bridges")
    run("publish", "--feeds-only")

    def look(page: Page) -> list[str]:
        desk = Watcher(page, serve(), session)
        desk.open("/desk/digests/rehearsal")
        page.get_by_role("checkbox", name="Daily").check()
        with page.expect_response(re.compile("rehearsal/mail")) as mail:
            desk.press("Rehearse")
            if not runs_scripts:
                page.get_by_role("link", name="Show it").click()
        expect(page.get_by_role("heading", name="150 mails, now")).to_be_visible()
        assert "Bridges" in mail.value.text()
        return desk.faults

    assert mail_program.visit(look, runs_scripts=runs_scripts) == []
