"""A mail program for tests: one Chromium that shows a mail alone, as large and as dark as asked, without a network."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from playwright.sync_api import Page, Playwright, Route, sync_playwright

from tests.needs import need_program

Seen = TypeVar("Seen")
Answer = Callable[[str], tuple[int, dict[str, str], bytes]]
"""Status, headers and body for an address."""

# Debian's Chromium as root, without a screen, asking nobody for anything of its own accord.
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
         "--disable-background-networking", "--disable-component-update"]  # fmt: skip
ADDRESS = "http://mail.invalid/"


class MailProgram:
    """Shows mails. `requested` holds what the mail shown last wanted from the network, and never got."""

    def __init__(self) -> None:
        # Playwright leaves an event loop running in its thread, where no other test could then start one.
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._playwright: Playwright | None = None
        self.requested: list[str] = []

    def show(self, html: str, look: Callable[[Page], Seen], *, width: int = 600, dark: bool = False) -> Seen:
        """Open a mail in a window as wide as that, in CSS pixels, and return what `look` sees there."""
        if not self._playwright:
            self._thread.submit(self._start, need_program("chromium")).result()
        return self._thread.submit(self._show, html, look, width, dark).result()

    def visit(self, look: Callable[[Page], Seen], *, runs_scripts: bool = False) -> Seen:
        """Return what `look` sees with a page of its own, which may go where it wants."""
        if not self._playwright:
            self._thread.submit(self._start, need_program("chromium")).result()
        return self._thread.submit(self._visit, look, runs_scripts).result()

    def browse(self, answer: Answer, look: Callable[[Page], Seen], *, width: int = 1280) -> Seen:
        """Return what `look` sees with a page of its own that runs scripts, and gets everything from `answer`."""
        if not self._playwright:
            self._thread.submit(self._start, need_program("chromium")).result()
        return self._thread.submit(self._browse, answer, look, width).result()

    def _browse(self, answer: Answer, look: Callable[[Page], Seen], width: int) -> Seen:
        context = self._browser.new_context(viewport={"width": width, "height": 1_600})

        def fulfil(route: Route) -> None:
            status, headers, body = answer(route.request.url)
            route.fulfill(status=status, headers=headers, body=body)

        try:
            context.route("**/*", fulfil)
            return look(context.new_page())
        finally:
            context.close()

    def _visit(self, look: Callable[[Page], Seen], runs_scripts: bool) -> Seen:
        context = self._browser.new_context(java_script_enabled=runs_scripts, locale="en-GB")
        try:
            return look(context.new_page())
        finally:
            context.close()

    def close(self) -> None:
        if self._playwright:
            self._thread.submit(self._stop).result()
        self._thread.shutdown()

    def _start(self, chromium: str) -> None:
        self._playwright = sync_playwright().start()
        self._browser = self._playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        self._page = self._browser.new_page()
        self._page.route("**/*", self._answer)

    def _stop(self) -> None:
        self._browser.close()
        assert self._playwright
        self._playwright.stop()

    def _show(self, html: str, look: Callable[[Page], Seen], width: int, dark: bool) -> Seen:
        self.requested, self._html = [], html
        self._page.set_viewport_size({"width": width, "height": 800})
        self._page.emulate_media(color_scheme="dark" if dark else "light")
        self._page.goto(ADDRESS)
        return look(self._page)

    def _answer(self, route: Route) -> None:
        if route.request.url == ADDRESS:
            route.fulfill(body=self._html, content_type="text/html; charset=utf-8")
        else:
            self.requested.append(route.request.url)
            route.abort()
