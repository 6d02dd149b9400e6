"""What people see who follow a feed that `serve` answers: nothing is new twice, and what has changed changes in place.

Two programs read it that many people use: the Python library “reader”, and newsboat.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from pressroom.tools import Tools
from pressroom.web.answers import Answer
from pressroom.web.deltas import Deltas
from tests.conftest import CommandLine, Press
from tests.journeys.feed_readers import FeedReader, Lemon, Newsboat, Shown
from tests.needs import need_program
from tests.web.served import served

FORMATS = {"reader": ("atom", "rss", "json"), "newsboat": ("atom", "rss")}


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    """Three releases that have come out one after the other."""
    fresh("topic", "add", "Rivers")
    for title in ("Floods", "Bridges", "Weirs"):
        fresh.now = fresh.wait(minutes=5)
        fresh("release", "add", "--title", title, "--url", f"https://example.org/{title.lower()}", "--topic", "rivers")
        fresh("publish")
    return fresh


@pytest.fixture
def statuses(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A list that fills with the status of each answer to who asks for what is new alone."""
    seen: list[int] = []

    def noting(find: Callable[..., Answer | None]) -> Callable[..., Answer | None]:
        def find_and_note(self: Deltas, path: str, whole: Answer, asked: Mapping[bytes, bytes]) -> Answer | None:
            if answer := find(self, path, whole, asked):
                reply = answer.reply_at_once(asked)
                seen.append(reply.status if reply else answer.status)
            return answer

        return find_and_note

    for name in ("kept", "find"):
        monkeypatch.setattr(Deltas, name, noting(getattr(Deltas, name)))
    return seen


@pytest.fixture(params=[(name, form) for name, forms in FORMATS.items() for form in forms], ids="-".join)
def follower(
    request: pytest.FixtureRequest, press: CommandLine, statuses: list[int], tmp_path: Path
) -> Iterator[FeedReader]:
    """A program that has fetched the feed, and whose reader has read all of it."""
    name, form = request.param
    program = need_program("newsboat") if name == "newsboat" else ""
    with served(Tools.of(press.site), lambda: press.now) as port:
        url = f"http://127.0.0.1:{port}/feeds/topics/rivers.{form}"
        follower = Newsboat(url, tmp_path, program) if program else Lemon(url, tmp_path)
        follower.fetch()
        assert sorted(one.title for one in follower.shown().values()) == ["Bridges", "Floods", "Weirs"]
        assert all(one.is_unread for one in follower.shown().values())
        follower.read_all()
        statuses.clear()
        yield follower


def edited(press: CommandLine) -> None:
    press("release", "edit", "bridges", "--summary", "Of stone and steel.")


def revised(press: CommandLine) -> None:
    press("release", "revise", "bridges", "--note", "Figures mended.")


def renamed(press: CommandLine) -> None:
    press("release", "edit", "bridges", "--title", "Crossings")
    with sqlite3.connect(press.site / "data" / "catalogue.db") as catalogue:
        catalogue.execute("UPDATE releases SET slug = 'crossings' WHERE slug = 'bridges'")
    catalogue.close()


def moved(press: CommandLine) -> None:
    press("release", "edit", "bridges", "--url", "https://elsewhere.example.org/bridges")


def withdrawn(press: CommandLine) -> None:
    press("release", "withdraw", "bridges", "--reason", "Figures were wrong.")


CHANGES: dict[Callable[[CommandLine], None], Callable[[Shown], bool]] = {
    edited: lambda one: "Of stone and steel." in one.text,
    revised: lambda one: "Figures mended." in one.text,
    renamed: lambda one: one.title == "Crossings",
    moved: lambda one: one.url == "https://elsewhere.example.org/bridges",
    withdrawn: lambda one: one.title == "[Withdrawn] Bridges" and "Figures were wrong." in one.text,
}


@pytest.mark.R1
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_what_has_changed_changes_in_place_and_nothing_is_new_again(
    follower: FeedReader, press: CommandLine, statuses: list[int], change: Callable[[CommandLine], None]
) -> None:
    before = follower.shown()
    press.wait(minutes=5)
    change(press)
    press("publish")
    follower.fetch()
    after = follower.shown()
    assert after.keys() == before.keys()
    assert not any(one.is_unread for one in after.values())
    with Tools.of(press.site).open_store() as store:
        [release] = [one for one in store.releases.all() if one.slug in ("bridges", "crossings")]
    assert CHANGES[change](after[release.id or ""])
    assert not CHANGES[change](before[release.id or ""])
    assert {key: one for key, one in after.items() if key != release.id} == {
        key: one for key, one in before.items() if key != release.id
    }
    assert statuses == [226]


def test_what_is_new_is_new_once(follower: FeedReader, press: CommandLine, statuses: list[int]) -> None:
    press("release", "add", "--title", "Dams", "--topic", "rivers")
    press("publish")
    follower.fetch()
    assert [one.title for one in follower.shown().values() if one.is_unread] == ["Dams"]
    follower.read_all()
    follower.fetch()
    assert len(follower.shown()) == 4
    assert not any(one.is_unread for one in follower.shown().values())
    assert statuses == [226, 304]


def test_what_leaves_the_feed_stays_with_who_has_it(follower: FeedReader, press: CommandLine) -> None:
    before = follower.shown()
    press("topic", "add", "Roads")
    press("release", "edit", "bridges", "--topic", "roads")
    press("publish")
    assert {item["title"] for item in press.feed("topics/rivers")["items"]} == {"Floods", "Weirs"}
    follower.fetch()
    assert follower.shown() == before
