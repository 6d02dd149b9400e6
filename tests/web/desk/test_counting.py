"""Where readers are many, no page waits until those are counted who are owed something: it has them counted next."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pressroom.web.desk import owed
from tests.conftest import CommandLine, Press
from tests.web.desk.working import Worker

COUNTS = "Count who is owed something"
PAGES = {
    "/desk/": ("2 weekly digests", "1 daily digest<"),
    "/desk/digests": ("2 weekly on Monday 08:00", "1 daily on Tuesday 08:00"),
    "/desk/digests/send": ("2 readers are owed something", "one reader is owed something", "nobody is owed anything"),
}


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    """A site with three readers, who are owed something."""
    for name, frequency in (("ada", "weekly"), ("bo", "weekly"), ("cy", "daily")):
        fresh("subscriber", "add", f"{name}@example.org", "--frequency", frequency, "--confirmed")
    fresh("release", "add", "--title", "Floods")
    fresh("publish", "--feeds-only")
    return fresh


@pytest.fixture
def publisher(hire: Callable[..., Worker]) -> Worker:
    return hire("Pia", "publisher")


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take three readers for more than a few."""
    monkeypatch.setattr(owed, "FEW", 2)


@pytest.mark.parametrize("path", PAGES)
def test_few_are_counted_with_the_page(publisher: Worker, path: str) -> None:
    page = publisher.browser.get(path).text
    assert COUNTS not in page
    assert all(words in page for words in PAGES[path])


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("path", PAGES)
def test_many_are_counted_by_a_link(publisher: Worker, path: str) -> None:
    page = publisher.browser.get(path).text
    assert COUNTS in page
    assert "owed anything" not in page
    assert not any(words in page for words in PAGES[path])
    counted = publisher.browser.get(f"{path}?count=yes").text
    assert COUNTS not in counted
    assert all(words in counted for words in PAGES[path])


@pytest.mark.usefixtures("many")
def test_what_was_counted_stands_until_something_changes(publisher: Worker, press: CommandLine) -> None:
    publisher.browser.get("/desk/?count=yes")
    assert "1 daily digest<" in publisher.browser.get("/desk/").text
    assert "1 daily on Tuesday 08:00" in publisher.browser.get("/desk/digests").text
    press("subscriber", "add", "di@example.org", "--confirmed")
    assert COUNTS in publisher.browser.get("/desk/").text


@pytest.mark.usefixtures("many")
def test_what_was_ticked_stays_ticked_when_the_numbers_come(publisher: Worker) -> None:
    page = publisher.browser.get("/desk/digests/send?frequency=weekly").text
    assert "/desk/digests/send?count=yes&amp;frequency=weekly" in page
    counted = publisher.browser.get("/desk/digests/send?count=yes&frequency=weekly").text
    assert 'value="weekly" checked' in counted
    assert 'value="daily" checked' not in counted
