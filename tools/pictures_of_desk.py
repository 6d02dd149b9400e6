"""The desk for `tools/pictures`: a demo with made-up readers, and somebody who works there in a browser."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

WHO, PASSWORD = "Ada Byron", "seven quiet rivers"
READERS, A_MINUTE = 2400, 3000
HALFWAY = re.compile("[7-9][0-9]{2} of [0-9,]+ done")
FOLLOWED = ("digital-trends", "cyber-security", "artificial-intelligence", "leadership-and-skills", "harnessing-data")
OUT = "passwords-that-people-can-live-with"
ENTERED_AT = "2026-02-02T08:40"
SCHEDULED = "phishing-drills-that-teach-something"
RELEASES = (
    ("Passwords that people can live with", "guide", "cyber-security", "passwords",
     "What works, and what to stop doing: longer passwords, fewer changes, and a second factor for everybody."),
    ("Phishing drills that teach something", "briefing", "cyber-security", "drills",
     "Most drills count who clicked. Three councils tell how they came to count who reported instead, and what it did "
     "to the time in which an attack is noticed."),
    ("A shared register of suppliers", "case-study", "harnessing-data", "suppliers", "How five councils keep one."),
    ("What members asked us in January", "article", "leadership-and-skills", "january", ""),
)  # fmt: skip
WINDOWS = {"desk": (1200, 850), "phone": (390, 800)}

Publisher = Callable[..., str]


def fill(publisher: Publisher, place: Path) -> str:
    """Add readers, releases that are out, scheduled and drafts, and somebody; return the link to begin with."""
    with (place / "readers.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["address", "language", "frequency", "topics"])
        rows.writerows(map(_reader, range(READERS)))
    publisher("subscriber", "import", str(place / "readers.csv"), "--basis", "Made up for pictures")
    for title, kind, topic, page, summary in RELEASES:
        draft = () if page == "passwords" else ("--draft",)
        facts = ["--kind", kind, "--topic", topic, "--url", f"https://example.org/{page}", "--summary", summary]
        publisher("release", "add", "--title", title, *facts, "--author", "Ann Dee", *draft, at=ENTERED_AT)
    publisher("release", "schedule", SCHEDULED, "--at", "2026-02-05T07:30")
    publisher("publish", "--feeds-only")
    said = publisher("user", "add", WHO, "--role", "admin")
    return str(re.search(r"/desk/begin/\w+", said)[0])  # type: ignore[index]


def _reader(number: int) -> list[str]:
    frequency = "daily" if number % 40 == 3 else "monthly" if number % 9 == 5 else "weekly"
    topics = [] if number % 3 == 0 else [FOLLOWED[(number + one) % 5] for one in range(1 + number % 2)]
    return [f"reader{number}@readers.example", "nl" if number % 25 == 0 else "en", frequency, ";".join(topics)]


def sign_in(browser: Browser, address: str, link: str, now: datetime) -> BrowserContext:
    """Set up a sign-in by a link and sign in, as a person does; a recovery code does where the clock stands still."""
    import pyotp

    context = browser.new_context()
    page = context.new_page()
    page.goto(address + link)
    secret = page.locator(".key").inner_text().replace(" ", "")
    page.fill("#password", PASSWORD)
    page.fill("#code", pyotp.TOTP(secret).at(now.astimezone(UTC)))
    page.click("main button")
    code = page.locator(".codes code").first.inner_text()
    page.goto(f"{address}/desk/sign-in")
    for field, typed in (("name", WHO), ("password", PASSWORD), ("code", code)):
        page.fill(f"#{field}", typed)
    page.click("main button")
    page.wait_for_url(f"{address}/desk/")
    page.close()
    return context


def shots(context: BrowserContext, address: str) -> Iterator[tuple[str, bytes]]:
    """Work through a morning at the desk; return each picture with its name."""
    page = context.new_page()
    show(page, f"{address}/desk/releases", "desk")
    yield "desk-releases-desk-light", page.screenshot()
    page.goto(f"{address}/desk/releases/{SCHEDULED}")
    page.get_by_role("link", name="Mail", exact=True).click()
    page.locator(".facts dt", has_text="Subject").wait_for()
    settle(page)
    yield "desk-form-desk-light", page.screenshot()
    page.goto(f"{address}/desk/digests/rehearsal?frequency=weekly")
    page.locator(".mail").wait_for(timeout=60_000)
    settle(page)
    yield "desk-rehearsal-desk-light", page.screenshot()
    page.goto(f"{address}/desk/digests/send?frequency=weekly")
    page.click("main form button")
    page.get_by_text(HALFWAY).wait_for(timeout=60_000)
    page.click("main form button")  # Pause
    show(page, page.url, "desk", dark=True)
    yield "desk-run-desk-dark", page.screenshot()
    show(page, f"{address}/desk/", "desk")
    yield "desk-overview-desk-light", page.screenshot()
    show(page, f"{address}/desk/releases/{OUT}", "desk")
    yield "desk-timeline-desk-light", page.screenshot()
    assert context.browser
    phone = context.browser.new_context(storage_state=context.storage_state(), device_scale_factor=2).new_page()
    show(phone, f"{address}/desk/", "phone")
    yield "desk-overview-phone-light", phone.screenshot()


def show(page: Page, url: str, window: str, *, dark: bool = False) -> None:
    width, height = WINDOWS[window]
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme="dark" if dark else "light")
    page.goto(url)
    settle(page)


def settle(page: Page) -> None:
    """Wait until what stands in frames is there too."""
    page.wait_for_timeout(600)
