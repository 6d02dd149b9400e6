"""What is in the frames of previews runs nothing, fetches nothing and leads nowhere, whatever is written there."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Dialog, Page
from starlette.testclient import TestClient

from pressroom.tools import Tools
from pressroom.web.app import make_app
from tests.browser.mail_program import MailProgram
from tests.conftest import Press
from tests.web.desk.working import Worker

pytestmark = pytest.mark.browser

SITE, ELSEWHERE = "http://localhost:8000", "http://evil.invalid"
HOSTILE = f"""<script>new Image().src = "{ELSEWHERE}/script"; alert(1)</script>
<img src="{ELSEWHERE}/image" onerror="new Image().src = '{ELSEWHERE}/handler'">
<svg onload="alert(2)"></svg><iframe src="{ELSEWHERE}/frame"></iframe>
<link rel="stylesheet" href="{ELSEWHERE}/style"><a id="way" href="{ELSEWHERE}/link">Away</a>
<form action="{ELSEWHERE}/form"><button id="send">Send</button></form>
<p id="mark">Floods here</p>"""
TEMPLATES = ("feeds/entry.html", "web/release.html", "email/digest-foot.html")


@pytest.fixture(params=[False, True], ids=["our templates", "templates that let all through"])
def editor(request: pytest.FixtureRequest, tmp_path: Path) -> Worker:
    """Somebody at the desk of a site with a hostile release; its own templates may let HTML through."""
    press = Press(tmp_path / "site", datetime(2026, 1, 26, 9, tzinfo=UTC))
    press("init")
    if request.param:
        for name in TEMPLATES:
            own = press.site / "templates" / name
            own.parent.mkdir(parents=True, exist_ok=True)
            built_in = (Path(__file__).parents[2] / "templates" / name).read_text("utf-8")
            marked = built_in.replace("</article>", f"{HOSTILE}</article>")
            own.write_text(marked if marked != built_in else built_in + HOSTILE, encoding="utf-8")
    press("release", "add", "--title", "Floods", "--summary", HOSTILE)
    press("release", "list")
    browser = TestClient(make_app(Tools.of(press.site), lambda: press.now), base_url=SITE)
    worker = Worker(press, browser, "Ada")
    worker.begin(press.ask("user", "add", "Ada", "--role", "admin")["link"])
    assert worker.sign_in() == 303
    return worker


class Net:
    """Answers a browser from the desk; what it wants elsewhere is noted, and gets a script."""

    def __init__(self, worker: Worker) -> None:
        self._browser, self.elsewhere = worker.browser, list[str]()

    def __call__(self, url: str) -> tuple[int, dict[str, str], bytes]:
        if not url.startswith(SITE):
            self.elsewhere.append(url)
            return 200, {"content-type": "text/html"}, b"<p id='elsewhere'>Elsewhere</p>"
        parts = urlsplit(url)
        answer = self._browser.get(f"{parts.path}?{parts.query}")
        return answer.status_code, dict(answer.headers), answer.content


@pytest.mark.parametrize("view", ["all", "feed", "page", "mail"])
def test_nothing_in_a_frame_runs_or_leads_away(mail_program: MailProgram, editor: Worker, view: str) -> None:
    net, dialogs = Net(editor), list[str]()

    def dismissed(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    def look(page: Page) -> list[str]:
        page.on("dialog", dismissed)
        page.goto(f"{SITE}/desk/preview?release=floods&view={view}", wait_until="networkidle")
        said = []
        for frame in page.frames[1:]:
            if "/desk/preview/" in frame.url:
                said.append(frame.locator("body").inner_text())
                for link in frame.locator("#way, #send").all():
                    link.press("Enter", no_wait_after=True)
        page.wait_for_timeout(200)
        assert [urlsplit(frame.url).netloc for frame in page.frames if frame.url.startswith("http")] == [
            "localhost:8000"
        ] * (len(said) + 1)
        assert len(page.context.pages) == 1
        return said

    said = mail_program.browse(net, look)
    assert len(said) == {"all": 3, "feed": 1, "page": 2, "mail": 2}[view]
    assert all("Floods" in text for text in said)
    assert (net.elsewhere, dialogs) == ([], [])


def test_a_click_puts_another_view_in_the_place_of_the_panel(mail_program: MailProgram, editor: Worker) -> None:
    """The panel is exchanged without a new page, keeps the focus, and the address follows."""

    def look(page: Page) -> tuple[str, str, str]:
        page.goto(f"{SITE}/desk/preview?release=floods", wait_until="networkidle")
        page.evaluate("document.body.dataset.same = 'yes'")
        page.get_by_role("link", name="Mail", exact=True).click()
        page.locator("iframe[title='Mail on a desk']").wait_for()
        same = page.locator("body").get_attribute("data-same") or ""
        return same, page.url, str(page.evaluate("document.activeElement.id"))

    same, url, focused = mail_program.browse(Net(editor), look)
    assert (same, "view=mail" in url, focused) == ("yes", True, "preview-view-4")
