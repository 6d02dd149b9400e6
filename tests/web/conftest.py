"""What tests of pages share: a site with people in each situation, the links in their mails, and a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from starlette.testclient import TestClient

from pressroom.tools import Tools
from pressroom.web.app import make_app
from tests.conftest import CommandLine, Press, copied

ADA = "ada@example.org"
SITE = "http://localhost:8000"


@dataclass(frozen=True)
class Reader:
    """A reader who looks into the mailbox and follows links."""

    press: CommandLine
    browser: TestClient
    address: str = ADA

    def link(self, about: str) -> str:
        """Return the path of the link in the newest mail that holds `about` ("/confirm/")."""
        return self.links(about)[-1]

    def links(self, about: str) -> list[str]:
        """Return the path of each such link in the mails so far, oldest first."""
        self.press("deliver")
        parts = [mail.get_body(("plain",)) for mail in self.press.mails(self.address)]
        found = [re.search(rf"^\[\d+\] {SITE}(\S*{about}\S*)\s*$", part.get_content(), re.MULTILINE)
                 for part in parts if part is not None]  # fmt: skip
        links = [one[1] for one in found if one]
        assert links, f"no mail links {about}"
        return links

    @property
    def token(self) -> str:
        with Tools.of(self.press.site).open_store() as store:
            return store.subscribers.get(self.address).unsubscribe_token

    def shown(self) -> dict[str, object]:
        document: dict[str, object] = self.press.ask("subscriber", "show", self.address)
        return document


@pytest.fixture(scope="session")
def pattern(bare: Press, tmp_path_factory: pytest.TempPathFactory) -> Press:
    """A site with two topics that something has come out under."""
    press = copied(bare, tmp_path_factory.mktemp("pattern"))
    for name in ("Rivers", "Roads", "Secret matters"):
        press("topic", "add", name)
    press("release", "add", "--title", "Floods", "--topic", "rivers")
    press("release", "add", "--title", "Bridges", "--topic", "roads")
    press("release", "add", "--title", "Spies", "--topic", "secret-matters", "--embargo", "2027-01-01")
    press("publish")
    return press


@pytest.fixture
def press(press: CommandLine) -> CommandLine:
    """A site with two topics that something has come out under, a minute ago."""
    press.wait(minutes=1)
    return press


@pytest.fixture
def visitor(press: CommandLine) -> Iterator[TestClient]:
    with TestClient(make_app(Tools.of(press.site), lambda: press.now)) as client:
        yield client


@pytest.fixture
def pending(press: CommandLine, visitor: TestClient) -> Reader:
    press("subscriber", "add", ADA, "--topic", "rivers=daily", "--topic", "all=monthly")
    return Reader(press, visitor)


@pytest.fixture
def active(press: CommandLine, visitor: TestClient) -> Reader:
    press("subscriber", "add", ADA, "--topic", "rivers=daily", "--topic", "roads=weekly", "--confirmed")
    return Reader(press, visitor)
