"""Somebody who works at the desk, with a browser and an app for codes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import pyotp
from starlette.testclient import TestClient

from tests.conftest import CommandLine, Press

PASSWORD = "seven quiet rivers"


@dataclass
class Worker:
    """Somebody who works at the desk; `codes` are their recovery codes."""

    press: Press | CommandLine
    browser: TestClient
    name: str
    secret: str = ""
    codes: list[str] = field(default_factory=list)

    def begin(self, link: str) -> None:
        """Set up how to sign in, by a link that was printed."""
        path = re.sub(r"^https?://[^/]+", "", link.strip())
        page = self.browser.get(path).text
        factor, key = (
            found(page, pattern) for pattern in (r'name="factor" value="(\w+)"', r'class="key">([A-Z2-7 ]+)<')
        )
        self.secret = key.replace(" ", "")
        form = {"factor": factor, "password": PASSWORD, "code": self.code()}
        answer = self.browser.post(path, data=form)
        assert answer.status_code == 200, answer.text
        self.codes = re.findall(r"<code>([a-z2-7-]{19})</code>", answer.text)

    def code(self) -> str:
        """Return what the app shows: half a minute later than the last time, since a code works once."""
        self.press.wait(seconds=30)
        return pyotp.TOTP(self.secret).at(self.press.now)

    def sign_in(
        self, *, password: str = PASSWORD, code: str | None = None, name: str = "", follow: bool = False
    ) -> int:
        form = {"name": name or self.name, "password": password, "code": self.code() if code is None else code}
        return int(self.browser.post("/desk/sign-in", data=form, follow_redirects=follow).status_code)


def found(page: str, pattern: str) -> str:
    match = re.search(pattern, page)
    assert match, page
    return match[1]
