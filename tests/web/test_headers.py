"""What every page tells the browser: not to be indexed, guessed at or framed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from pressroom.tools import Tools
from pressroom.web.app import make_app
from tests.conftest import CommandLine

PAGES = ["/", f"/unsubscribe/{'a' * 26}", "/unsubscribe/cut", "/nothing"]


@pytest.fixture
def browser(run: CommandLine, tools: Tools) -> Iterator[TestClient]:
    with TestClient(make_app(tools, lambda: run.now)) as client:
        yield client


@pytest.mark.parametrize("path", PAGES[1:3])
def test_a_page_behind_a_personal_link_is_not_indexed(browser: TestClient, path: str) -> None:
    assert browser.get(path).headers["x-robots-tag"] == "noindex"


@pytest.mark.parametrize("path", PAGES)
def test_the_type_of_a_page_is_not_guessed(browser: TestClient, path: str) -> None:
    assert browser.get(path).headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", PAGES)
def test_a_page_may_not_be_framed(browser: TestClient, path: str) -> None:
    assert "frame-ancestors 'none'" in browser.get(path).headers["content-security-policy"]
