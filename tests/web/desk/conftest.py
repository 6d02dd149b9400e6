"""What tests of the desk share: browsers, and people who are let in."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from starlette.testclient import TestClient

from pressroom.staff import passwords
from pressroom.tools import Tools
from pressroom.web.app import make_app
from tests.conftest import CommandLine
from tests.web.desk.working import Worker


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have hashes made at the lowest costs: that those of use are high is another test's matter."""
    monkeypatch.setattr(passwords, "_HASHER", type(passwords._HASHER)(time_cost=1, memory_cost=8, parallelism=1))
    passwords._of_nobody.cache_clear()


@pytest.fixture
def browsers(press: CommandLine) -> Iterator[Callable[[], TestClient]]:
    """Give browsers, each with cookies of its own."""
    app = make_app(Tools.of(press.site), lambda: press.now)
    opened: list[TestClient] = []

    def open_one() -> TestClient:
        opened.append(TestClient(app, follow_redirects=True))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


@pytest.fixture
def hire(press: CommandLine, browsers: Callable[[], TestClient]) -> Callable[..., Worker]:
    """Add somebody in a role, who sets up their sign-in and signs in."""

    def hired(name: str, role: str, *, signs_in: bool = True) -> Worker:
        link = press.ask("user", "add", name, "--role", role)["link"]
        worker = Worker(press, browsers(), name)
        worker.begin(link)
        assert not signs_in or worker.sign_in() == 303
        return worker

    return hired


@pytest.fixture
def admin(hire: Callable[..., Worker]) -> Worker:
    return hire("Ada", "admin")


@pytest.fixture
def publisher(hire: Callable[..., Worker]) -> Worker:
    """Somebody who publishes."""
    return hire("Pia", "publisher")


@pytest.fixture
def editor(publisher: Worker, hire: Callable[..., Worker]) -> Worker:
    """Somebody who edits, beside a publisher."""
    return hire("Edi", "editor")
