"""Fetching from a real server: what comes, and each thing that can keep it from us, in a sentence."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import pytest

from pressroom.errors import UnreadableFileError
from pressroom.operations import fetching
from pressroom.operations.fetching import fetch
from tests.operations.serving import ETAG, Page, Server, packed, serving


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


def refused(url: str) -> str:
    with pytest.raises(UnreadableFileError) as caught:
        fetch(url, "Test/1")
    assert str(caught.value).startswith(f"{url}: ")
    assert str(caught.value).endswith(".")
    return str(caught.value)


def test_a_document_comes_with_its_type_and_is_not_sent_again(server: Server) -> None:
    server.pages["/a"] = Page(b"<feed/>", "Application/Atom+XML; charset=utf-8")
    got = fetch(f"{server.url}/a", "Test/1")
    assert (got.content, got.media_type, got.has_validator, got.is_revalidated) == (
        b"<feed/>",
        "application/atom+xml",
        True,
        True,
    )
    assert server.asked == [("/a", "Test/1")] * 2


def test_who_sends_all_of_it_again_or_nothing_to_ask_by_is_known(server: Server) -> None:
    server.pages["/again"] = Page(b"x", fresh=False)
    server.pages["/never"] = Page(b"x", media_type="", headers=())
    again, never = (fetch(f"{server.url}/{name}", "Test/1") for name in ("again", "never"))
    assert (again.has_validator, again.is_revalidated) == (True, False)
    assert (never.media_type, never.has_validator, never.is_revalidated) == ("", False, False)


def test_what_is_packed_is_unpacked(server: Server) -> None:
    server.pages["/a"] = packed(b"<feed/>" * 99)
    assert fetch(f"{server.url}/a", "Test/1").content == b"<feed/>" * 99


def test_redirects_are_followed_to_where_they_lead(server: Server) -> None:
    server.pages["/old"] = Page(status=301, headers=(("Location", "/new"),))
    server.pages["/new"] = Page(b"x")
    assert fetch(f"{server.url}/old", "Test/1").url == f"{server.url}/new"


def test_an_address_may_hold_any_letter(server: Server) -> None:
    server.pages["/fl%C3%BCsse%20a.atom"] = Page(b"x")
    assert fetch(f"{server.url}/flüsse%20a.atom", "Test/1").content == b"x"


@pytest.mark.R12
@pytest.mark.parametrize(
    ("page", "sentence"),
    [
        (Page(status=404), "is answered with 404"),
        (Page(status=500), "is answered with 500"),
        (Page(status=302, headers=(("Location", "file:///etc/passwd"),)), "is answered with 302"),
        (Page(status=302, headers=(("Location", "ftp://example.org/a"),)), "leads on to “ftp://example.org/a”"),
        (Page(status=302, headers=(("Location", "/a"),)), "is answered with 302"),
        (Page(b"x", headers=(("Content-Encoding", "zstd"),)), "is packed as “zstd”"),
        (Page(b"<feed/>", headers=(("Content-Encoding", "gzip"),)), "says that it is gzip"),
        (Page(gzip.compress(b"x" * 99, mtime=0)[:-9], headers=(("Content-Encoding", "gzip"),)), "ends before its end"),
        (Page(b"x", headers=(("Content-Length", "2"),)), "ends before its end"),
    ],
)
def test_what_keeps_a_document_from_us_is_said(server: Server, page: Page, sentence: str) -> None:
    server.pages["/a"] = page
    assert sentence in refused(f"{server.url}/a")


@pytest.mark.R12
def test_what_is_too_large_is_not_read_to_its_end(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "MOST_BYTES", 1_000)
    server.pages["/plain"] = Page(b"x" * 1_001)
    server.pages["/packed"] = packed(b"x" * 1_001)
    server.pages["/enough"] = packed(b"x" * 1_000)
    for name in ("plain", "packed"):
        assert "is larger than 1,000 bytes" in refused(f"{server.url}/{name}")
    assert len(fetch(f"{server.url}/enough", "Test/1").content) == 1_000


@pytest.mark.R12
def test_a_server_that_is_not_there_is_said() -> None:
    with serving() as gone:
        url = gone.url
    assert "cannot be fetched" in refused(f"{url}/a")


@pytest.mark.R12
@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://example.org/a", "http://", "http://[", "http://127.0.0.1:99999/", "http://a b/"],
)
def test_what_is_no_web_address_is_not_fetched(url: str) -> None:
    refused(url)


def test_a_condition_is_asked_with_what_the_server_gave(server: Server) -> None:
    server.pages["/a"] = Page(b"x", headers=(("Last-Modified", "Wed, 28 Jan 2026 10:00:00 GMT"), ("ETag", ETAG)))
    assert fetch(f"{server.url}/a", "Test/1").is_revalidated
