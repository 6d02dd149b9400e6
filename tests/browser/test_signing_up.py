"""From the front page to a changed mind, in a browser without script, at a service: by mouse, and by keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.mail_program import MailProgram
from tests.conftest import CommandLine
from tests.running import Service, eventually

pytestmark = pytest.mark.browser

ADA = "ada@example.org"


class Visitor:
    """Somebody at a service, who reads their mail."""

    def __init__(self, page: Page, service: Service, press: CommandLine, *, has_mouse: bool) -> None:
        self.page, self.service, self.press, self.has_mouse = page, service, press, has_mouse
        self.complaints: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text) if "422" not in message.text else None)

    def use(self, what: Locator, key: str = "Enter") -> None:
        """Press a link, a button or a box: with the mouse, or with a key once it has the focus."""
        if self.has_mouse:
            what.click()
            return
        what.focus()
        if key == "Space":
            self.page.keyboard.press(key)
            return
        with self.page.expect_navigation():
            self.page.keyboard.press(key)
        if "#" not in self.page.url and (first := self.page.locator("[autofocus]")).count():
            expect(first).to_be_focused()  # nobody presses the next key before the page has said where it begins

    def link(self, name: str) -> None:
        self.use(self.page.get_by_role("link", name=name))

    def button(self, name: str) -> None:
        self.use(self.page.get_by_role("button", name=name))

    def tick(self, name: str) -> None:
        self.use(self.page.get_by_label(name, exact=True), "Space")
        assert self.page.get_by_label(name, exact=True).is_checked()

    def choose(self, name: str, option: str) -> None:
        """Choose from a list, by the letters that the option begins with."""
        if self.has_mouse:
            self.page.get_by_label(name).select_option(option)
            return
        self.page.get_by_label(name).focus()
        self.page.keyboard.type(option)
        assert self.page.get_by_label(name).input_value() == option

    def press_until(self, button: str, heading: str) -> None:
        """Press a button until it is answered so: a form that was filled in at once is asked for again."""
        for _ in range(20):
            self.button(button)
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
        expect(self.page.get_by_role("heading", level=1)).to_have_text(heading)


@pytest.fixture
def press(run: CommandLine) -> CommandLine:
    run("init")
    for name in ("Rivers", "Roads"):
        run("topic", "add", name)
        run("release", "add", "--title", f"About {name}", "--topic", name.lower())
    run("publish")
    return run


@pytest.mark.parametrize("has_mouse", [True, False], ids=["mouse", "keyboard"])
def test_somebody_signs_up_confirms_chooses_leaves_and_comes_back(
    mail_program: MailProgram, press: CommandLine, serve: Callable[..., Service], has_mouse: bool
) -> None:
    service = serve()

    def story(page: Page) -> list[str]:
        ada = Visitor(page, service, press, has_mouse=has_mouse)
        page.goto(service.url)
        page.get_by_label("Email address").fill(ADA)
        ada.button("Continue")
        ada.sees("Get new releases by email")
        assert page.get_by_label("Your email address").input_value() == ADA
        ada.press_until("Send me the confirmation", "There is a problem")
        ada.link("Choose at least one topic, or everything.")
        ada.tick("Rivers")
        ada.choose("How often: Rivers", "daily")
        ada.press_until("Send me the confirmation", "Check your email.")
        ada.follow_newest("confirm")
        ada.sees("Get digests from Example Association?")
        ada.button("Confirm this address")
        ada.sees("Your address is confirmed.")
        ada.link("Change topics or how often")
        ada.button("Send me the link")
        ada.sees("Check your email.")
        ada.follow_newest("preferences")
        ada.tick("Roads")
        ada.button("Save these preferences")
        ada.sees("Your preferences are saved.")
        page.go_back()
        ada.link("Stop some or all")
        ada.button("Unsubscribe")
        ada.sees("You are unsubscribed.")
        ada.tick("I read the feed instead")
        ada.button("Tell us why")
        ada.button("Undo: send me digests as before")
        ada.sees("You get your digests as before.")
        return ada.complaints

    assert mail_program.visit(story) == []
    shown = press.ask("subscriber", "show", ADA)
    assert (shown["state"], shown["choices"]) == ("active", ["rivers=daily", "roads=daily"])
    assert press.ask("subscriber", "reasons") == {"feed": 1}
