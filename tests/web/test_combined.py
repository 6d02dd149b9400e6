"""`/feeds/topics/a+b.atom`: several topics as one feed, at one address, and nothing of a topic that is not out (R9)."""

from __future__ import annotations

from collections.abc import Iterator
from email.utils import format_datetime
from itertools import permutations
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from pressroom.models.feeds import FeedDocument, Format
from pressroom.tools import Tools
from pressroom.web.app import make_app
from tests.conftest import CommandLine, Press, copied
from tests.syndication.reading import ReadEntry, read
from tests.web.conftest import SITE

HUBS = '[feeds]\nhubs = ["https://hub.example.org/"]\n'


@pytest.fixture(scope="module")
def pattern(pattern: Press, tmp_path_factory: pytest.TempPathFactory) -> Press:
    """Rivers and roads with a release each and one on both, canals, and a topic that waits."""
    press = copied(pattern, tmp_path_factory.mktemp("combined"))
    press("topic", "add", "Canals")
    press.now = press.wait(minutes=1)
    press("release", "add", "--title", "Fords", "--topic", "roads", "--topic", "rivers")
    press("release", "add", "--title", "Locks", "--topic", "canals")
    press("publish")
    return press


def titles(visitor: TestClient, path: str) -> list[str]:
    return [item["title"] for item in visitor.get(path).json()["items"]]


@pytest.mark.R1
@pytest.mark.parametrize("form", list(Format))
def test_it_holds_what_stands_on_any_of_the_topics_once_and_as_in_every_other_feed(
    press: CommandLine, visitor: TestClient, form: Format
) -> None:
    answer = visitor.get(f"/feeds/topics/rivers+roads.{form}")
    found = _read(answer.content, form)
    assert [entry.title for entry in found] == ["Fords", "Bridges", "Floods"]
    everywhere = _read((press.site / "feeds" / f"all.{form}").read_bytes(), form)
    assert found == [entry for entry in everywhere if entry.title != "Locks"]
    assert answer.headers["content-type"] == f"{form.media_type}; charset=utf-8"


def test_it_names_its_topics_and_its_address(press: CommandLine, visitor: TestClient) -> None:
    answer = visitor.get("/feeds/topics/rivers+roads.json")
    feed = answer.json()
    assert feed["title"].endswith(": Rivers, Roads")
    assert feed["feed_url"] == f"{SITE}/feeds/topics/rivers+roads.json"
    assert answer.headers["link"] == f'<{SITE}/feeds/topics/rivers+roads.json>; rel="self"'


def test_it_is_answered_as_feeds_are(visitor: TestClient) -> None:
    path = "/feeds/topics/rivers+roads.atom"
    first = visitor.get(path)
    assert first.headers["cache-control"] == "public, max-age=900"
    assert first.headers["access-control-allow-origin"] == "*"
    assert first.headers["vary"] == "accept-encoding, sec-fetch-dest"
    assert first.headers["x-content-type-options"] == "nosniff"
    tags = set()
    for coding in ("identity", "gzip", "br"):
        asked = {"accept-encoding": coding}
        whole = visitor.get(path, headers=asked)
        assert (whole.content, whole.headers.get("content-encoding", "identity")) == (first.content, coding)
        assert visitor.head(path, headers=asked).headers == whole.headers
        known = visitor.get(path, headers=asked | {"if-none-match": whole.headers["etag"]})
        assert (known.status_code, known.content) == (304, b"")
        tags.add(whole.headers["etag"])
    assert len(tags) == 3
    since = {"if-modified-since": first.headers["last-modified"]}
    assert visitor.get(path, headers=since).status_code == 304
    with_deltas = visitor.get(path, headers={"a-im": "feed", "if-none-match": '"x"'})
    assert (with_deltas.status_code, with_deltas.content) == (200, first.content)


def test_no_hub_is_named_since_none_is_told_of_it(press: CommandLine) -> None:
    (press.site / "publisher.toml").write_text(HUBS)
    with TestClient(make_app(Tools.of(press.site), lambda: press.now)) as browser:
        answer = browser.get("/feeds/topics/rivers+roads.atom")
        assert b"hub.example.org" not in answer.content
        assert "hub.example.org" not in answer.headers["link"]
        assert "hub.example.org" in browser.get("/feeds/topics/rivers.atom").headers["link"]


def test_it_is_made_once_and_anew_when_the_catalogue_has_changed(press: CommandLine, visitor: TestClient) -> None:
    path = "/feeds/topics/rivers+roads.json"
    before = visitor.get(path)
    with patch("pressroom.web.combined.combined_feed", side_effect=AssertionError):
        assert visitor.get(path).headers == before.headers
    press("release", "add", "--title", "Weirs", "--topic", "rivers")
    press("publish")
    assert titles(visitor, path) == ["Weirs", "Fords", "Bridges", "Floods"]


@pytest.mark.parametrize("plus", ["+", "%2B", "%2b"])
def test_a_plus_may_be_written_in_either_way(visitor: TestClient, plus: str) -> None:
    assert titles(visitor, f"/feeds/topics/canals{plus}roads.json") == ["Locks", "Fords", "Bridges"]


def test_other_orders_doubles_and_names_lead_to_the_one_address(press: CommandLine, visitor: TestClient) -> None:
    for some in permutations(("rivers", "canals", "roads")):
        answer = visitor.get(f"/feeds/topics/{'+'.join(some)}.rss")
        assert str(answer.url).endswith("/feeds/topics/canals+rivers+roads.rss")
    for asked, led in (
        ("roads+roads+rivers", "rivers+roads"),
        ("rivers+rivers", "rivers"),
        ("Rivers+ROADS", "rivers+roads"),
    ):
        answer = visitor.get(f"/feeds/topics/{asked}.atom", follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (301, f"/feeds/topics/{led}.atom"), asked


def test_a_merged_topic_leads_to_what_it_became(press: CommandLine, visitor: TestClient) -> None:
    press("topic", "merge", "roads", "rivers", "--yes")
    for asked, led in (("canals+roads", "canals+rivers"), ("rivers+roads", "rivers")):
        answer = visitor.get(f"/feeds/topics/{asked}.json", follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (301, f"/feeds/topics/{led}.json")
    assert titles(visitor, "/feeds/topics/canals+roads.json") == ["Locks", "Fords", "Bridges", "Floods"]


@pytest.mark.R9
@pytest.mark.parametrize("ending", ["atom", "rss", "json"])
def test_a_topic_that_waits_is_as_unknown_as_one_that_is_none(visitor: TestClient, ending: str) -> None:
    answers = [
        visitor.get(f"/feeds/topics/{asked}.{ending}", follow_redirects=False)
        for asked in ("rivers+secret-matters", "secret-matters+rivers", "secret-matters+secret-matters",
                      "rivers+nothing-of-that", "nothing-of-that+rivers", "rivers+Secret Matters")
    ]  # fmt: skip
    assert {(answer.status_code, answer.content) for answer in answers} == {(404, answers[0].content)}


@pytest.mark.R9
def test_it_shows_no_release_that_waits(press: CommandLine, visitor: TestClient) -> None:
    press("release", "add", "--title", "Ferries", "--topic", "rivers", "--embargo", "2027-01-01")
    press("publish")
    assert "Ferries" not in titles(visitor, "/feeds/topics/rivers+roads.json")


def test_it_holds_the_newest_and_no_more_than_other_feeds(press: CommandLine) -> None:
    (press.site / "publisher.toml").write_text("[feeds]\nnewest = 2\n")
    with TestClient(make_app(Tools.of(press.site), lambda: press.now)) as browser:
        assert titles(browser, "/feeds/topics/canals+rivers+roads.json") == ["Locks", "Fords"]


@pytest.mark.R12
def test_more_than_ten_topics_are_refused_in_words_before_any_is_looked_for(visitor: TestClient) -> None:
    many = [f"x{number}" for number in range(11)]
    for asked, said in ((many, "A feed holds ten topics at most."), (many[1:], "There is no page at this address.")):
        answer = visitor.get(f"/feeds/topics/{'+'.join(asked)}.atom")
        assert (answer.status_code, said in answer.text) == (404, True)
    assert visitor.get(f"/feeds/topics/{'+'.join(['rivers'] * 50)}.json").json()["title"].endswith(": Rivers")


@pytest.mark.parametrize(
    "path", ["a+b", "rivers+roads.xml", "rivers+roads.ATOM", "rivers+.atom", "+.atom", "x/rivers+roads.atom"]
)
def test_what_is_no_such_address_is_not_there(visitor: TestClient, path: str) -> None:
    assert visitor.get(f"/feeds/topics/{path}").status_code == 404


@pytest.fixture(scope="module")
def browser(pattern: Press) -> Iterator[TestClient]:
    with TestClient(make_app(Tools.of(pattern.site), lambda: pattern.now)) as client:
        yield client


@pytest.mark.R9
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(names=st.lists(st.one_of(st.sampled_from(["rivers", "roads", "secret-matters", "%00"]),
                                st.text(max_size=12)), min_size=2, max_size=4))  # fmt: skip
def test_whatever_is_asked_for_is_answered_and_tells_nothing_early(browser: TestClient, names: list[str]) -> None:
    answer = browser.get(f"{SITE}/feeds/topics/{'+'.join(map(_quoted, names))}.json", follow_redirects=False)
    assert answer.status_code in (200, 301, 404)
    assert "Secret matters" not in answer.text
    if "secret-matters" in names:
        assert answer.status_code == 404


def _quoted(name: str) -> str:
    return "".join(f"%{byte:02X}" for byte in name.encode("utf-8", "replace"))


def _read(content: bytes, form: Format) -> list[ReadEntry]:
    return read(FeedDocument(f"x.{form}", content, form.media_type, ""))


def test_it_has_changed_when_one_of_its_topics_has(press: CommandLine, visitor: TestClient) -> None:
    path = "/feeds/topics/rivers+roads.atom"
    before = visitor.get(path).headers["last-modified"]
    press.wait(hours=1)
    press("release", "add", "--title", "Tunnels", "--topic", "roads")
    press("publish")
    since = {"if-modified-since": before}
    after = visitor.get(path, headers=since)
    assert after.status_code == 200
    assert after.headers["last-modified"] == format_datetime(press.now, usegmt=True) != before


def test_who_opens_it_in_a_browser_gets_xml(visitor: TestClient) -> None:
    path, opens = "/feeds/topics/rivers+roads.atom", {"sec-fetch-dest": "document"}
    for _ in range(2):
        assert visitor.get(path).headers["content-type"] == "application/atom+xml; charset=utf-8"
        assert visitor.get(path, headers=opens).headers["content-type"] == "application/xml; charset=utf-8"
