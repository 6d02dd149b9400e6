"""Public pages from memory: as they are now, and nothing that is for one reader."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from pressroom.rendering import Templates
from pressroom.storage.watch import CatalogueWatch
from pressroom.tools import Tools
from pressroom.web.answers import Answer, Answers
from tests.conftest import CommandLine
from tests.web.conftest import Reader

PATHS = ["/", "/releases/", "/releases/?q=floods", "/releases/floods", "/releases/floods.bib", "/topics/rivers",
         "/issues/", "/static/site.css"]  # fmt: skip


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A list that fills with the names of the templates that are rendered."""
    names: list[str] = []
    render = Templates.render

    def noting(self: Templates, name: str, *words: object, **facts: object) -> str:
        names.append(name)
        return render(self, name, *words, **facts)  # type: ignore[arg-type]

    monkeypatch.setattr(Templates, "render", noting)
    monkeypatch.setattr("pressroom.web.kept.LONGEST_SECONDS", 1_000_000_000)
    return names


@pytest.mark.parametrize("path", PATHS)
def test_what_a_page_depends_on_stands_in_one_header(visitor: TestClient, path: str) -> None:
    answer = visitor.get(path)
    [vary] = [value for name, value in answer.headers.multi_items() if name == "vary"]
    assert vary == ("accept-encoding" if path.startswith("/static/") else "accept-encoding, accept-language")


@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_made_once_and_anew_when_the_catalogue_has_changed(
    visitor: TestClient, press: CommandLine, made: list[str], path: str
) -> None:
    first = visitor.get(path)
    count = len(made)
    again = visitor.get(path)
    assert (again.content, again.headers) == (first.content, first.headers)
    assert visitor.head(path).headers == first.headers
    assert len(made) == count
    with sqlite3.connect(press.site / "data" / "catalogue.db") as catalogue:
        catalogue.execute("UPDATE releases SET title = 'High water' WHERE slug = 'floods'")
    catalogue.close()
    new = visitor.get(path)
    assert len(made) >= count + (0 if path.endswith(".bib") else 1)
    assert ("High water" in new.text) == (path not in ("/issues/", "/static/site.css"))


def test_what_is_not_in_the_catalogue_is_looked_at_after_a_while(
    visitor: TestClient, press: CommandLine, made: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = [0.0]
    monkeypatch.setattr("pressroom.web.kept.LONGEST_SECONDS", 5)
    monkeypatch.setattr("pressroom.web.kept.time.monotonic", lambda: moment[0])
    etag = visitor.get("/").headers["etag"]
    moment[0] = 4.9
    visitor.get("/")
    assert made.count("web/home.html") == 1
    moment[0] = 5.1
    assert visitor.get("/").headers["etag"] == etag
    assert made.count("web/home.html") == 2


def test_a_page_of_one_reader_is_never_kept(active: Reader, made: list[str]) -> None:
    for path in (f"/unsubscribe/{active.token}", f"/preferences/{active.token}", f"/preferences/{active.token}/pause"):
        for n in (1, 2):
            made.clear()
            answer = active.browser.get(path)
            assert (answer.status_code, answer.headers["cache-control"], len(made)) == (200, "no-store", 1), n
            assert "etag" not in answer.headers
            assert "content-encoding" not in answer.headers  # it would tell by its length what is in it


@pytest.mark.parametrize("path", ["/releases/nothing", "/topics/nothing", "/releases/?page=99", "/issues/7"])
def test_what_is_not_there_is_looked_for_each_time(visitor: TestClient, made: list[str], path: str) -> None:
    for _ in range(2):
        made.clear()
        assert visitor.get(path).status_code == 404
        assert made == ["web/message.html"]


def test_a_catalogue_that_is_away_is_noticed_and_so_is_another_in_its_place(
    visitor: TestClient, press: CommandLine
) -> None:
    catalogue = press.site / "data" / "catalogue.db"
    first = visitor.get("/")
    away = catalogue.rename(press.site / "data" / "away.db")
    assert visitor.get("/").status_code == 503
    away.rename(catalogue)
    assert visitor.get("/").content == first.content


def test_addresses_that_are_spelt_alike_are_not_taken_for_each_other(visitor: TestClient) -> None:
    assert "Floods" in visitor.get("/releases/?q=floods").text
    assert "Floods" not in visitor.get("/releases/?q=bridges").text
    assert visitor.get("/releases/%3Fq=floods").status_code == 404


class TestTheWatch:
    @pytest.fixture
    def change(self, press: CommandLine) -> Callable[[], None]:
        def write() -> None:
            with sqlite3.connect(press.site / "data" / "catalogue.db") as catalogue:
                catalogue.execute("UPDATE releases SET summary = summary || 'x'")
            catalogue.close()

        return write

    def test_tells_changes_and_nothing_else(self, press: CommandLine, change: Callable[[], None]) -> None:
        watch = CatalogueWatch(press.site / "data" / "catalogue.db")
        seen = watch.state()
        assert watch.state() == seen is not None
        with Tools.of(press.site).open_store() as store:
            assert store.releases.counts()
        assert watch.state() == seen
        change()
        assert watch.state() != seen
        watch.close()
        assert watch.state() != seen  # from another opening nothing can be told
        watch.close()

    def test_makes_no_file_where_there_is_none(self, press: CommandLine) -> None:
        place = press.site / "data" / "nothing.db"
        assert CatalogueWatch(place).state() is None
        assert not place.exists()
        place.mkdir()
        assert CatalogueWatch(place).state() is None

    def test_does_not_wait(self, press: CommandLine) -> None:
        watch = CatalogueWatch(press.site / "data" / "catalogue.db")
        other = sqlite3.connect(press.site / "data" / "catalogue.db", isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        watch.state()
        other.execute("ROLLBACK")
        other.close()
        watch.close()


def test_memory_is_bounded_and_what_was_asked_for_last_stays() -> None:
    answers = Answers(most_bytes=10_000)
    for name in "abc":
        answers.keep(name, 1, Answer(b"x", ()))
        answers.find("a", 1)
    assert [name in answers for name in "abc"] == [True, False, True]
    assert answers.find("a", 2) is None
    same = answers.find("a", 1)
    assert answers.keep("a", 2, Answer(b"x", ())) is same
    answers.keep("large", 1, Answer(b"x" * 20_000, ()))
    assert "large" not in answers
