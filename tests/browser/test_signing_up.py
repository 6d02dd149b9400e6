"""From the front page to a changed mind, in a browser without script, at a service that runs: nothing but clicks."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.mail_program import MailProgram
from tests.conftest import CommandLine
from tests.journeys.test_service import Service, eventually, serve

__all__ = ["serve"]  # the fixture of services

pytestmark = pytest.mark.browser

ADA = "ada@example.org"


class Visitor:
    """Somebody at a service, who reads their mail."""

    def __init__(self, page: Page, service: Service, press: CommandLine) -> None:
        self.page, self.service, self.press = page, service, press
        self.complaints: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text) if "422" not in message.text else None)

    def press_until(self, button: str, heading: str) -> None:
        """Press a button until it is answered so: a form that was filled in at once is asked for again."""
        for _ in range(20):
            self.page.get_by_role("button", name=button).click()
            if self.page.get_by_role("heading", name=heading).count():
                return
            self.page.wait_for_timeout(500)
        raise AssertionError(self.page.content())

    def follow_newest(self, about: str) -> None:
        """Follow the link of that kind in the mail that comes next."""
        pattern = re.compile(rf"http://localhost:8000(/{about}/[a-z2-7]{{58}})")

        def found() -> list[str]:
            bodies = [mail.get_body(("plain",)) for mail in self.press.mails(ADA)]
            return [one for body in bodies if body for one in pattern.findall(str(body.get_content()))]

        eventually(lambda: bool(found()))
        self.page.goto(self.service.url + found()[-1])

    def sees(self, heading: str) -> None:
        assert self.page.get_by_role("heading", level=1).inner_text() == heading


@pytest.fixture
def press(run: CommandLine) -> CommandLine:
    run("init")
    for name in ("Rivers", "Roads"):
        run("topic", "add", name)
        run("release", "add", "--title", f"About {name}", "--topic", name.lower())
    run("publish")
    return run


def test_somebody_signs_up_confirms_chooses_leaves_and_comes_back(
    mail_program: MailProgram, press: CommandLine, serve: Callable[..., Service]
) -> None:
    service = serve()

    def story(page: Page) -> list[str]:
        ada = Visitor(page, service, press)
        page.goto(service.url)
        page.get_by_label("Email address").fill(ADA)
        page.get_by_role("button", name="Continue").click()
        ada.sees("Get new releases by email")
        assert page.get_by_label("Your email address").input_value() == ADA
        ada.press_until("Send me the confirmation", "There is a problem")
        page.get_by_role("link", name="Choose at least one topic, or everything.").click()
        page.get_by_label("Rivers", exact=True).check()
        page.get_by_label("How often: Rivers").select_option("daily")
        ada.press_until("Send me the confirmation", "Check your email.")
        ada.follow_newest("confirm")
        ada.sees("Get digests from Example Association?")
        page.get_by_role("button", name="Confirm this address").click()
        ada.sees("Your address is confirmed.")
        page.get_by_role("link", name="Change topics or how often").click()
        page.get_by_role("button", name="Send me the link").click()
        ada.sees("Check your email.")
        ada.follow_newest("preferences")
        page.get_by_label("Roads", exact=True).check()
        page.get_by_role("button", name="Save these preferences").click()
        ada.sees("Your preferences are saved.")
        page.go_back()
        page.get_by_role("link", name="Stop some or all").click()
        page.get_by_role("button", name="Unsubscribe").click()
        ada.sees("You are unsubscribed.")
        page.get_by_label("I read the feed instead").check()
        page.get_by_role("button", name="Tell us why").click()
        page.get_by_role("button", name="Undo: send me digests as before").click()
        ada.sees("You get your digests as before.")
        return ada.complaints

    assert mail_program.visit(story) == []
    shown = press.ask("subscriber", "show", ADA)
    assert (shown["state"], shown["choices"]) == ("active", ["rivers=daily", "roads=daily"])
    assert press.ask("subscriber", "reasons") == {"feed": 1}
