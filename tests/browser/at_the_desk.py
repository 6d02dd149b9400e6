"""Somebody at the desk of a running service, in Chromium."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.running import PATIENCE, Service


class Desk:
    """Somebody at the desk, with a page of their own; `faults` holds what the browser minds."""

    def __init__(self, page: Page, service: Service, session: str) -> None:
        self.page, self.service, self.faults = page, service, list[str]()
        page.set_default_timeout(PATIENCE * 1_000)
        page.context.add_cookies([{"name": "desk", "value": session, "url": service.url}])
        page.on("console", lambda said: self.faults.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.faults.append(str(error)))

    def open(self, path: str) -> None:
        self.page.goto(self.service.url + path)

    def press(self, name: str) -> None:
        """Press a button, and wait for the page that it leads to."""
        with self.page.expect_event("load"):  # htmx writes to the history, which counts as a navigation
            self.page.get_by_role("button", name=name, exact=True).click()

    def says(self, words: str) -> None:
        expect(self.page.get_by_role("status").filter(has_text=words).first).to_be_visible(timeout=PATIENCE * 1_000)
