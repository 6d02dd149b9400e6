"""Feeds over HTTP: their types and validators, compressed or not, and nothing that is not published."""

from __future__ import annotations

import gzip
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import brotli
import pytest
from starlette.testclient import TestClient

from pressroom.tools import Tools
from pressroom.web.app import make_app
from pressroom.web.codings import accepted
from pressroom.web.published import PublishedFeeds
from tests.conftest import CommandLine

PLAIN = {"accept-encoding": "identity"}


@pytest.fixture
def feed(run: CommandLine, site: Path) -> Path:
    for title in ("Floods", "Bridges"):
        run("release", "add", "--title", title)
    run("publish")
    return site / "feeds" / "all.atom"


@pytest.fixture
def browser(run: CommandLine, feed: Path, tools: Tools) -> Iterator[TestClient]:
    with TestClient(make_app(tools, lambda: run.now)) as client:
        yield client


def fetched(browser: TestClient, coding: str) -> tuple[dict[str, str], bytes]:
    """Return headers and bytes of the feed as they come."""
    with browser.stream("GET", "/feeds/all.atom", headers={"accept-encoding": coding}) as answer:
        assert answer.status_code == 200
        return dict(answer.headers), b"".join(answer.iter_raw())


def test_a_feed_has_its_type_its_age_and_the_leave_of_every_page(browser: TestClient) -> None:
    answer = browser.get("/feeds/all.atom")
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] == "public, max-age=900"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in answer.headers
    assert browser.get("/feeds/all.json").headers["content-type"].startswith("application/feed+json")
    assert browser.get("/feeds/all.rss").headers["content-type"].startswith("application/rss+xml")


def test_a_feed_names_itself_and_its_hubs_in_its_headers(run: CommandLine, feed: Path) -> None:
    """W3C WebSub §4: subscribers look there first. An archive changes too seldom for anybody to be told of."""
    hubs = ("https://hub.example.org/", "https://other.example.org/hub")
    address = "https://press.example.org"
    (run.site / "publisher.toml").write_text(f'[site]\nurl = "{address}"\n[feeds]\nhubs = {list(hubs)}\n')
    (feed.parent / "archive").mkdir()
    for name in ("archive/0001.atom", "é x.rss", "feeds.opml"):
        (feed.parent / name).write_bytes(feed.read_bytes())
    with TestClient(make_app(Tools.of(run.site), lambda: run.now)) as browser:
        for path in ("all.atom", "all.rss", "all.json", "topics/none.atom", "%C3%A9%20x.rss"):
            answer = browser.get(f"/feeds/{path}")
            links = [value for name, value in answer.headers.multi_items() if name == "link"]
            wanted = [f'<{address}/feeds/{path}>; rel="self"', *(f'<{hub}>; rel="hub"' for hub in hubs)]
            assert links == (wanted if answer.status_code == 200 else []), path
        archive = browser.get("/feeds/archive/0001.atom")
        assert archive.headers["link"] == f'<{address}/feeds/archive/0001.atom>; rel="self"'
        assert archive.headers["cache-control"] == "public, max-age=86400"
        listed = browser.get("/feeds/feeds.opml")
        assert listed.headers["content-type"] == "text/x-opml"
        assert "link" not in listed.headers


def test_each_coding_has_the_same_content_and_a_validator_of_its_own(browser: TestClient, feed: Path) -> None:
    seen = set()
    for coding, unpacked in (("identity", bytes), ("gzip", gzip.decompress), ("br", brotli.decompress)):
        for _ in range(2):
            headers, content = fetched(browser, coding)
            assert unpacked(content) == feed.read_bytes()
            assert headers.get("content-encoding", "identity") == coding
            assert headers["vary"] == "accept-encoding, a-im, sec-fetch-dest"
            assert headers["content-length"] == str(len(content))
            assert not headers["etag"].startswith("W/")
        seen.add(headers["etag"])
        known = browser.get("/feeds/all.atom", headers={"accept-encoding": coding, "if-none-match": headers["etag"]})
        assert (known.status_code, known.content, known.headers["etag"]) == (304, b"", headers["etag"])
        assert known.headers["cache-control"] == headers["cache-control"]
        assert known.headers["vary"] == "accept-encoding, a-im, sec-fetch-dest"
        assert "content-type" not in known.headers
    assert len(seen) == 3


def test_a_reader_who_has_one_coding_and_takes_several_keeps_that_one(browser: TestClient) -> None:
    headers, _ = fetched(browser, "gzip")
    again = {"accept-encoding": "br, gzip", "if-none-match": f'"other", W/{headers["etag"]}'}
    known = browser.get("/feeds/all.atom", headers=again)
    assert (known.status_code, known.headers["etag"]) == (304, headers["etag"])
    cannot_use_it = {"accept-encoding": "identity", "if-none-match": headers["etag"]}
    assert browser.get("/feeds/all.atom", headers=cannot_use_it).status_code == 200


def test_what_a_reader_has_is_told_by_its_validator_and_else_by_its_date(browser: TestClient, feed: Path) -> None:
    os.utime(feed, (1_770_000_000, 1_770_000_000))  # 2 February 2026, 02:40:00
    first = browser.get("/feeds/all.atom", headers=PLAIN)
    assert first.headers["last-modified"] == "Mon, 02 Feb 2026 02:40:00 GMT"
    for asked, status in (
        ({"if-modified-since": "Mon, 02 Feb 2026 02:40:00 GMT"}, 304),
        ({"if-modified-since": "Mon, 02 Feb 2026 02:39:59 GMT"}, 200),
        ({"if-modified-since": "yesterday"}, 200),
        ({"if-modified-since": "Mon, 02 Feb 2026 02:40:00 GMT", "if-none-match": '"other"'}, 200),
        ({"if-modified-since": "Mon, 02 Feb 2026 02:39:59 GMT", "if-none-match": first.headers["etag"]}, 304),
        ({"if-none-match": "*"}, 304),
        ({"if-none-match": ""}, 200),
    ):
        assert browser.get("/feeds/all.atom", headers=PLAIN | asked).status_code == status, asked


def test_head_says_what_get_says(browser: TestClient) -> None:
    for coding in ("identity", "gzip", "br"):
        got, _ = fetched(browser, coding)
        head = browser.head("/feeds/all.atom", headers={"accept-encoding": coding})
        assert (head.status_code, dict(head.headers)) == (200, got)


@pytest.mark.parametrize("asked", ["bytes=0-9", "bytes=9999999-", "bytes=abc", "lines=1-2"])
def test_a_range_is_not_looked_at(browser: TestClient, feed: Path, asked: str) -> None:
    answer = browser.get("/feeds/all.atom", headers={"range": asked})
    assert (answer.status_code, answer.content) == (200, feed.read_bytes())


def test_a_feed_that_is_published_anew_is_answered_anew(run: CommandLine, browser: TestClient, feed: Path) -> None:
    first = browser.get("/feeds/all.atom")
    run("release", "add", "--title", "Weirs")
    run("publish")
    second = browser.get("/feeds/all.atom", headers={"if-none-match": first.headers["etag"]})
    assert (second.status_code, second.content) == (200, feed.read_bytes())
    feed.unlink()
    assert browser.get("/feeds/all.atom").status_code == 404


@pytest.mark.R9
@pytest.mark.parametrize(
    "path",
    ["//all.atom", "topics", "topics/", "../publisher.toml", "%2e%2e/publisher.toml", "all.atom/",
     "..%2fdata%2fcatalogue.db", ".all.atom.1.tmp", "%00", "link", "all.atom%00", "x" * 300,
     "all.atom.gz", "all.atom.br"],
)  # fmt: skip
def test_what_is_no_published_file_is_not_there(browser: TestClient, feed: Path, path: str) -> None:
    for hidden in (".all.atom.1.tmp", "all.atom.gz", "all.atom.br"):
        feed.with_name(hidden).write_text("half")
    feed.with_name("link").symlink_to("../publisher.toml")
    answer = browser.get(f"/feeds/{path}")
    assert (answer.status_code, "There is no page at this address." in answer.text) == (404, True)


def test_nothing_can_be_sent_to_a_feed(browser: TestClient) -> None:
    answer = browser.post("/feeds/all.atom")
    assert (answer.status_code, set(answer.headers["allow"].split(", "))) == (405, {"GET", "HEAD"})
    assert "The page at this address is not made for that" in answer.text


def test_a_feed_that_cannot_be_read_is_our_fault(
    browser: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(13, "Permission denied", "feeds/all.atom")

    monkeypatch.setattr(PublishedFeeds, "_read", refused)
    answer = browser.get("/feeds/all.atom")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    (told,) = (record for record in caplog.records if record.levelno >= logging.ERROR)
    assert told.getMessage() == "A feed was asked for in vain: feeds/all.atom: permission denied."
    assert told.exc_info is None


@pytest.mark.parametrize(
    ("header", "codings"),
    [
        ("", ("identity",)),
        ("gzip", ("gzip", "identity")),
        ("gzip, deflate, br, zstd", ("br", "gzip", "identity")),
        ("x-gzip", ("gzip", "identity")),
        ("GZIP;Q=0.5 , br;q=0", ("gzip", "identity")),
        ("gzip;q=1.0, identity; q=0.5, *;q=0", ("gzip", "identity")),
        ("br;q=0.1, identity", ("identity", "br")),
        ("identity;q=0, gzip;q=0.1", ("gzip",)),
        ("*", ("br", "gzip", "identity")),
        ("*;q=0", ("identity",)),
        ("br;q=much", ("identity",)),
        ("deflate", ("identity",)),
        (";;,q=1,\xff", ("identity",)),
    ],
)
def test_a_reader_gets_what_it_asks_for(header: str, codings: tuple[str, ...]) -> None:
    assert accepted(header.encode("latin-1")) == codings


def test_who_opens_a_feed_in_a_browser_gets_xml_with_a_validator_of_its_own(browser: TestClient, feed: Path) -> None:
    program, opened = (
        browser.get("/feeds/all.atom", headers={"sec-fetch-dest": dest}) for dest in ("empty", "document")
    )
    assert (program.headers["content-type"], opened.headers["content-type"]) == (
        "application/atom+xml; charset=utf-8",
        "application/xml; charset=utf-8",
    )
    assert program.content == opened.content == feed.read_bytes()
    assert program.headers["vary"] == opened.headers["vary"] == "accept-encoding, a-im, sec-fetch-dest"
    assert program.headers["etag"] != opened.headers["etag"]
    again = {"sec-fetch-dest": "document", "if-none-match": opened.headers["etag"]}
    assert browser.get("/feeds/all.atom", headers=again).status_code == 304
