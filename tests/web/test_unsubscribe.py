"""The unsubscribe link over HTTP: GET shows, POST acts, one click needs nothing (R7, R8, RFC 8058)."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from pressroom.storage import Store
from pressroom.tools import Tools
from pressroom.web.app import make_app
from pressroom.web.pages import BRIEFLY
from tests.conftest import CommandLine

ADA = "ada@example.org"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def browser(run: CommandLine, tools: Tools) -> Iterator[TestClient]:
    run("subscriber", "add", ADA, "--confirmed")
    with TestClient(make_app(tools, lambda: run.now)) as client:
        yield client


@pytest.fixture
def link(store: Store, browser: TestClient) -> str:
    return f"/unsubscribe/{store.subscribers.get(ADA).unsubscribe_token}"


def state(run: CommandLine) -> str:
    return str(run.ask("subscriber", "show", ADA)["state"])


@pytest.mark.R8
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_fetching_the_link_changes_nothing(run: CommandLine, browser: TestClient, link: str, method: str) -> None:
    browser.request(method, link)
    assert state(run) == "active"


@pytest.mark.R8
@pytest.mark.parametrize("as_form", [{"data": ONE_CLICK}, {"files": {"List-Unsubscribe": (None, "One-Click")}}, {}])
def test_one_click_acts_at_once_without_cookie_or_redirect(
    run: CommandLine, browser: TestClient, link: str, as_form: dict[str, object]
) -> None:
    answer = browser.post(link, follow_redirects=False, **as_form)  # type: ignore[arg-type]  # either form of body
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert state(run) == "ended"


def test_the_link_works_for_ever_and_tells_nothing(run: CommandLine, browser: TestClient, link: str) -> None:
    first = browser.post(link, data=ONE_CLICK)
    run.wait(minutes=2)
    again = browser.post(link, data=ONE_CLICK)
    run("subscriber", "forget", ADA, "--yes")
    forgotten = browser.post(link, data=ONE_CLICK)
    unknown = browser.post(f"/unsubscribe/{'a' * 26}", data=ONE_CLICK)
    assert {answer.status_code for answer in (first, again, forgotten, unknown)} == {200}
    assert len({answer.text for answer in (again, forgotten, unknown)}) == 1


@pytest.mark.R8
def test_a_link_that_was_cut_says_so_and_promises_nothing(browser: TestClient, link: str) -> None:
    assert "incomplete" in browser.get(link[:-5]).text
    answer = browser.post(link[:-5], data=ONE_CLICK)
    assert answer.status_code == 200
    assert "incomplete" in answer.text


@pytest.mark.R7
@pytest.mark.parametrize("change", [str.upper, lambda link: f"{link}/"])
def test_a_link_that_a_relay_has_bent_works_without_a_redirect(
    run: CommandLine, browser: TestClient, link: str, change: Callable[[str], str]
) -> None:
    folder, token = link.rsplit("/", 1)
    bent = f"{folder}/{change(token)}"
    assert "<button>Unsubscribe</button>" in browser.get(bent, follow_redirects=False).text
    assert browser.post(bent, data=ONE_CLICK, follow_redirects=False).status_code == 200
    assert state(run) == "ended"


def lock(catalogue: Path) -> Callable[[], object]:
    other = sqlite3.connect(catalogue)
    other.execute("BEGIN IMMEDIATE")
    return other.close


def lose(catalogue: Path) -> Callable[[], object]:
    away = catalogue.rename(catalogue.with_name("away"))
    return lambda: shutil.move(away, catalogue)


def damage(catalogue: Path) -> Callable[[], object]:
    restore = lose(catalogue)
    catalogue.write_bytes(b"no catalogue" * 1_000)
    return restore


@pytest.fixture(params=[lock, lose, damage])
def spoiled(
    request: pytest.FixtureRequest, link: str, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], object]:
    """A catalogue that cannot be used, and what mends it."""
    monkeypatch.setattr("pressroom.web.unsubscribe.WAIT_SECONDS", 0.1)
    return request.param(tools.catalogue)  # type: ignore[no-any-return]


@pytest.mark.R7
class TestWhileTheCatalogueCannotBeUsed:
    def test_a_stop_is_kept_and_answered_as_ever_and_no_token_is_logged(
        self,
        run: CommandLine,
        browser: TestClient,
        link: str,
        spoiled: Callable[[], object],
        tools: Tools,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        answer = browser.post(link, data=ONE_CLICK)
        spoiled()
        assert answer.status_code == 200
        assert "You are unsubscribed." in answer.text
        assert answer.headers["cache-control"] == "no-store"
        (logged,) = [record for record in caplog.records if record.name == "pressroom.web"]
        assert link.rsplit("/", 1)[1] not in caplog.text
        assert logged.exc_info is None
        run("publish")
        assert state(run) == "ended"
        assert not tools.stops.waiting()

    def test_a_button_is_answered_with_a_page_that_promises_no_undo(
        self, run: CommandLine, browser: TestClient, link: str, spoiled: Callable[[], object]
    ) -> None:
        answer = browser.post(f"{link}?button", follow_redirects=False)
        spoiled()
        assert answer.status_code == 200
        assert "You are unsubscribed." in answer.text
        assert "/undo" not in answer.text

    def test_one_frequency_is_stopped_alone(
        self, run: CommandLine, browser: TestClient, link: str, spoiled: Callable[[], object]
    ) -> None:
        answer = browser.post(f"{link}/weekly?button", follow_redirects=False)
        spoiled()
        assert answer.status_code == 200
        assert "The weekly digest has ended." in answer.text
        run("publish")
        assert state(run) == "ended"  # nothing else was followed

    def test_it_waits_no_longer_where_another_stop_waits_already(
        self,
        browser: TestClient,
        link: str,
        spoiled: Callable[[], object],
        monkeypatch: pytest.MonkeyPatch,
        tools: Tools,
    ) -> None:
        waited = []
        opened = Tools.open_store

        def noted(tools: Tools, busy_seconds: float | None = None) -> Store:
            waited.append(busy_seconds)
            return opened(tools, busy_seconds)

        monkeypatch.setattr(Tools, "open_store", noted)
        for _ in range(2):
            assert browser.post(link, data=ONE_CLICK).status_code == 200
        spoiled()
        assert waited == [0.1, BRIEFLY]
        assert len(tools.stops.waiting()) == 2

    def test_where_a_stop_cannot_be_kept_at_all_it_is_asked_for_again(
        self,
        run: CommandLine,
        browser: TestClient,
        link: str,
        tools: Tools,
        spoiled: Callable[[], object],
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        (tools.data / "stops").rmdir()
        answer = browser.post(link, data=ONE_CLICK)
        spoiled()
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
        assert "please press the button again in a minute" in answer.text
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert link.rsplit("/", 1)[1] not in caplog.text
        assert browser.post(link, data=ONE_CLICK).status_code == 200
        assert state(run) == "ended"


def test_only_a_link_of_somebody_is_logged_as_used(
    browser: TestClient, link: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    browser.post(f"/unsubscribe/{'a' * 26}", data=ONE_CLICK)
    assert "was used" not in caplog.text
    browser.post(link, data=ONE_CLICK)
    assert "an unsubscribe link was used" in caplog.text


def test_the_page_says_what_the_button_does_and_holds_no_script(browser: TestClient, link: str) -> None:
    answer = browser.get(link)
    assert "<button>Unsubscribe</button>" in answer.text
    assert "<script" not in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "same-origin"


def test_a_token_cannot_smuggle_markup_into_the_page(browser: TestClient) -> None:
    assert "<b>" not in browser.get("/unsubscribe/%22%3E%3Cb%3E").text


@pytest.mark.parametrize("path", ["/data/catalogue.db", "/feeds/../data/catalogue.db", "/feeds/%2e%2e/publisher.toml"])
def test_nothing_beside_the_feeds_is_served(browser: TestClient, path: str) -> None:
    answer = browser.get(path)
    assert answer.status_code == 404
    assert "There is no page at this address." in answer.text


def test_the_stylesheet_carries_the_brand(browser: TestClient) -> None:
    assert "#0b5394" in browser.get("/static/site.css").text
