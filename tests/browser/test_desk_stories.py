"""From an open form to a mailbox at the desk, in Chromium at a service: with scripts off, on, and by keys alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from pressroom.models.staff import Role
from tests.browser.at_the_desk import Desk
from tests.browser.mail_program import MailProgram
from tests.browser.practised import Practised
from tests.conftest import CommandLine
from tests.running import Service, eventually, titles
from tests.web.desk.going_out import cookie_of_somebody

pytestmark = pytest.mark.browser

ADA = "ada@example.org"
AT_MOST = 120.0
"""Seconds that an editor takes from an open form to a previewed, scheduled release."""
TITLE = "Public Sector Digital Trends 2026"
SUMMARY = (
    "What 120 leaders of digital services expect of the year: fewer projects, more care for what is there already."
)
URL = "https://example.org/digital-trends-2026"


@pytest.fixture
def site(run: CommandLine) -> Path:
    run.now = datetime.now(UTC).replace(microsecond=0)
    run("init")
    (run.site / "publisher.toml").write_text("[digest]\nquiet_minutes = 0\nlongest_wait_minutes = 0\n")
    for topic in ("Digital trends", "Cyber security", "Leadership"):
        run("topic", "add", topic)
    run("subscriber", "add", ADA, "--topic", "digital-trends=immediate", "--confirmed")
    run("subscriber", "add", "bo@example.org", "--topic", "digital-trends=weekly", "--confirmed")
    return run.site


def test_a_practised_editor_has_a_release_previewed_and_scheduled_in_two_minutes_without_scripts(
    mail_program: MailProgram, site: Path, run: CommandLine, serve: Callable[..., Service]
) -> None:
    session, service = cookie_of_somebody(site, Role.EDITOR), serve()

    def story(page: Page) -> float:
        desk = Desk(page, service, session)
        desk.open("/desk/new")
        editor = Practised(page)
        editor.type(page.get_by_label("Title", exact=True), TITLE)
        editor.choose(page.get_by_label("Kind"), "report")
        editor.paste(page.get_by_label("Summary"), SUMMARY)
        editor.click(page.get_by_label("Digital trends"))
        editor.click(page.get_by_label("Leadership"))
        editor.paste(page.get_by_label("Address where it is read"), URL)
        editor.click(page.get_by_role("button", name="Preview"))
        for title in ("Feed", "Page", "Mail"):
            expect(page.frame_locator(f'iframe[title="{title}"]').get_by_text(TITLE).first).to_be_visible()
        editor.look(20)
        editor.click(page.get_by_label("At", exact=True))
        editor.set_moment(page.get_by_label("Goes out at"), "2030-03-04T08:00")
        editor.click(page.get_by_role("button", name="Schedule"))
        desk.says("Scheduled: it goes out")
        expect(page.get_by_text("Next: feeds on Monday 4 March 2030 08:00 · 1 immediate on Monday")).to_be_visible()
        assert desk.faults == []
        return editor.seconds

    assert mail_program.visit(story) < AT_MOST
    release = run.ask("release", "show", "public-sector-digital-trends-2026")
    assert (release["state"], release["publish_at"], release["url"]) == ("scheduled", "2030-03-04T08:00:00Z", URL)
    assert release["topics"] == ["digital-trends", "leadership"]


def test_with_scripts_it_is_kept_shown_published_revised_and_withdrawn_and_reaches_feed_and_mailbox(
    mail_program: MailProgram, site: Path, run: CommandLine, serve: Callable[..., Service]
) -> None:
    session, service = cookie_of_somebody(site), serve()

    def story(page: Page) -> float:
        desk = Desk(page, service, session)
        desk.open("/desk/new")
        editor = Practised(page)
        editor.type(page.get_by_label("Title", exact=True), TITLE)
        editor.paste(page.get_by_label("Summary"), SUMMARY)
        editor.click(page.get_by_label("Digital trends"))
        desk.says("Kept at")
        mail = page.frame_locator('iframe[title="Mail"]')
        expect(mail.get_by_text(TITLE).first).to_be_visible()
        editor.paste(page.get_by_label("Summary"), "Shorter.")
        expect(mail.get_by_text("Shorter.").first).to_be_visible()  # it follows what is typed
        editor.look(20)
        editor.click(page.get_by_role("button", name="Publish now"))
        desk.says("Published: it is out")
        eventually(lambda: titles(site) == [TITLE])
        eventually(lambda: mailed(run) == [TITLE])
        page.reload()
        expect(page.get_by_role("link", name="1 sent")).to_be_visible()
        expect(page.get_by_role("button", name="Undo: take it back")).to_have_count(0)
        page.get_by_label("Summary").fill("Right figures.")
        page.get_by_label("What has changed").fill("Two figures corrected.")
        desk.press("Revise, and tell readers")
        desk.says("Revised.")
        eventually(lambda: len(mailed(run)) == 2)
        page.get_by_role("link", name="Withdraw it …").click()
        page.get_by_label("Reason").fill("Wrong after all.")
        desk.press("Withdraw it")
        desk.says("Withdrawn.")
        eventually(lambda: titles(site) == [f"[Withdrawn] {TITLE}"])
        eventually(lambda: len(mailed(run)) == 3)
        assert desk.faults == []
        return editor.seconds

    assert mail_program.visit(story, runs_scripts=True) < AT_MOST


def test_who_is_signed_out_while_typing_is_told_and_goes_on_after_signing_in_again(
    mail_program: MailProgram, site: Path, serve: Callable[..., Service]
) -> None:
    session, service = cookie_of_somebody(site), serve()

    def story(page: Page) -> None:
        desk = Desk(page, service, session)
        desk.open("/desk/new")
        page.get_by_label("Title", exact=True).press_sequentially("Half a title")
        desk.says("Kept at")
        page.context.clear_cookies()
        page.get_by_label("Title", exact=True).press_sequentially(", and more")
        expect(page.get_by_text("You are signed out, and what you do here is not kept.")).to_be_visible()
        expect(page.get_by_label("Title", exact=True)).to_have_value("Half a title, and more")
        page.context.add_cookies([{"name": "desk", "value": session, "url": service.url}])
        page.get_by_label("Title", exact=True).press_sequentially(", at last")
        desk.says("Kept at")
        expect(page.get_by_text("You are signed out")).to_have_count(0)
        page.goto(service.url + "/desk/releases")
        expect(page.get_by_role("link", name="Half a title, and more, at last")).to_be_visible()

    mail_program.visit(story, runs_scripts=True)


def test_what_is_typed_while_a_slow_server_keeps_the_last_is_kept_after_it(
    mail_program: MailProgram, site: Path, serve: Callable[..., Service]
) -> None:
    session, service = cookie_of_somebody(site), serve()

    def story(page: Page) -> None:
        desk, held = Desk(page, service, session), list[Route]()
        desk.open("/desk/new")
        page.route("**/desk/autosaves/*", lambda route: held.append(route), times=1)
        title = page.get_by_label("Title", exact=True)
        for words in ("Older", "Newer", "Newest"):
            title.fill(words)
            page.wait_for_timeout(900)  # longer than typing is waited for
        with page.expect_response(lambda answer: "Newest" in (answer.request.post_data or "")):
            held[0].continue_()

    mail_program.visit(story, runs_scripts=True)


def mailed(run: CommandLine) -> list[str]:
    """Return the subjects of what Ada has got, oldest first."""
    return [re.sub(r"\s+", " ", str(mail["Subject"])) for mail in run.mails(ADA)]


def test_by_keys_alone_a_release_is_entered_and_scheduled(
    mail_program: MailProgram, site: Path, run: CommandLine, serve: Callable[..., Service]
) -> None:
    session, service = cookie_of_somebody(site, Role.EDITOR), serve()

    def story(page: Page) -> list[str]:
        desk = Desk(page, service, session)
        desk.open("/desk/releases")
        keys = page.keyboard
        reach(page, "New release")
        keys.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("New release")
        reach(page, "Title")
        keys.type(TITLE)
        reach(page, "Summary")
        keys.type("By keys.")
        reach(page, "Cyber security")
        keys.press("Space")
        reach(page, "Goes out at")
        keys.type("05052030")  # in whatever order this browser has day and month
        keys.press("ArrowRight")
        keys.type("0800a")  # “a.m.”, where the day has twice twelve hours
        reach(page, "Schedule")
        keys.press("Enter")
        desk.says("Scheduled: it goes out")
        return desk.faults

    assert mail_program.visit(story) == []
    assert run.ask("release", "show", "public-sector-digital-trends-2026")["state"] == "scheduled"


NAME_OF_THE_FOCUSED = """() => { const one = document.activeElement;
    return one.getAttribute("aria-label") || (one.labels?.[0]?.innerText ?? one.innerText).trim(); }"""


def reach(page: Page, name: str) -> None:
    """Press the tabulator until that is what keys go to."""
    for _ in range(200):
        page.keyboard.press("Tab")
        if page.evaluate(NAME_OF_THE_FOCUSED) == name:
            return
    raise AssertionError(f"the keyboard does not reach “{name}”")
