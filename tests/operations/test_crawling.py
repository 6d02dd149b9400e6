"""From a feed back through its archives, over real HTTP and through files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

import pressroom
from pressroom.models.feeds import Format
from pressroom.operations import crawling
from pressroom.operations.validating import Validation, validate, validate_against
from pressroom.tools import Tools
from tests.operations.archives import a_chain
from tests.operations.serving import Page, Server, serving

NOW = datetime(2026, 1, 26, 9, tzinfo=UTC)
FIRST = "/feeds/archive/rivers/0001.atom"


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        running.pages.update(a_chain(running.url, Format.ATOM))
        yield running


@pytest.fixture
def elsewhere(tmp_path: Path) -> Tools:
    """The tools of a folder that is no site."""
    return Tools.of(tmp_path)


def crawled(tools: Tools, server: Server, path: str = "/feeds/rivers.atom") -> Validation:
    return validate(tools, NOW, [f"{server.url}{path}"], crawls=True)


def rules(found: Validation) -> list[str]:
    return [finding.rule for finding in found.findings]


def change(server: Server, path: str, old: str, new: str) -> None:
    page = server.pages[path]
    assert old.encode() in page.content
    server.pages[path] = page._replace(content=page.content.replace(old.encode(), new.encode()))


@pytest.mark.parametrize("form", Format)
def test_a_whole_feed_is_walked_to_its_oldest_archive(elsewhere: Tools, server: Server, form: Format) -> None:
    server.pages |= a_chain(server.url, form, archives=4)
    found = crawled(elsewhere, server, f"/feeds/rivers.{form}")
    assert [str(finding) for finding in found.findings] == []
    assert (found.documents, found.entries, found.unread) == (5, 15, ())
    agent = f"Pressroom/{pressroom.__version__} (+{elsewhere.links.page()})"
    assert {asked for _, asked in server.asked} == {agent}


def test_without_a_crawl_one_document_is_looked_at(elsewhere: Tools, server: Server) -> None:
    found = validate(elsewhere, NOW, [f"{server.url}/feeds/rivers.atom"])
    assert (found.documents, found.entries, found.findings) == (1, 3, ())


def test_archives_that_go_round_end_the_crawl(elsewhere: Tools, server: Server) -> None:
    again = f'<link rel="prev-archive" href="{server.url}/feeds/archive/rivers/0002.atom"/>'
    change(server, FIRST, "<fh:archive/>", f"<fh:archive/>{again}")
    found = crawled(elsewhere, server)
    assert (rules(found), found.documents) == (["archive-loop"], 3)


def test_an_archive_on_another_host_is_not_asked_for(elsewhere: Tools, server: Server) -> None:
    with serving() as other:
        there = f'<link rel="prev-archive" href="{other.url}/0000.atom"/>'
        change(server, FIRST, "<fh:archive/>", f"<fh:archive/>{there}")
        assert rules(crawled(elsewhere, server)) == ["other-host"]
        assert other.asked == []


def test_a_crawl_has_an_end(elsewhere: Tools, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crawling, "MOST_DOCUMENTS", 2)
    found = crawled(elsewhere, server)
    assert (rules(found), found.documents) == (["too-many-archives", "archive-number"], 2)


def test_an_archive_that_is_gone_is_named_where_it_was_linked(elsewhere: Tools, server: Server) -> None:
    del server.pages[FIRST]
    found = crawled(elsewhere, server)
    assert rules(found) == ["lost-archive", "archive-number"]
    assert found.findings[0].place.endswith("0002.atom")
    assert f"{server.url}{FIRST}: is answered with 404" in found.findings[0].words
    assert found.unread == ()


def test_what_is_wrong_within_an_archive_is_found_there(elsewhere: Tools, server: Server) -> None:
    change(server, FIRST, "<title>1a</title>", "")
    change(server, FIRST, "<fh:archive/>", "")
    found = crawled(elsewhere, server)
    assert set(rules(found)) == {"required-element", "not-an-archive"}
    assert all(finding.place.endswith(FIRST) for finding in found.findings)


@pytest.mark.parametrize(
    ("rule", "page"),
    [
        ("media-type", {"media_type": "text/xml"}),
        ("media-type", {"media_type": "application/xml"}),
        ("media-type", {"media_type": ""}),
        ("no-validator", {"headers": ()}),
        ("not-revalidated", {"fresh": False}),
    ],
)
def test_how_a_feed_is_served_is_looked_at(
    elsewhere: Tools, server: Server, rule: str, page: dict[str, object]
) -> None:
    known = server.pages["/feeds/rivers.atom"]
    server.pages["/feeds/rivers.atom"] = Page(**{**known._asdict(), **page})
    assert rules(validate(elsewhere, NOW, [f"{server.url}/feeds/rivers.atom"])) == [rule]


@pytest.mark.parametrize("media_type", ["application/feed+json", "application/json"])
def test_both_types_of_a_json_feed_are_let_pass(elsewhere: Tools, server: Server, media_type: str) -> None:
    [page] = a_chain(server.url, Format.JSON, archives=0).values()
    server.pages["/feeds/rivers.json"] = page._replace(media_type=media_type)
    assert rules(validate(elsewhere, NOW, [f"{server.url}/feeds/rivers.json"])) == []


def test_a_feed_that_calls_itself_something_else_is_found_and_a_redirect_noted(
    elsewhere: Tools, server: Server
) -> None:
    server.pages["/copy"] = server.pages["/feeds/rivers.atom"]
    server.pages["/old"] = Page(status=301, headers=(("Location", "/feeds/rivers.atom"),))
    assert rules(validate(elsewhere, NOW, [f"{server.url}/copy"])) == ["wrong-self"]
    moved = validate(elsewhere, NOW, [f"{server.url}/old"])
    assert (rules(moved), [note.rule for note in moved.notes]) == ([], ["redirect"])


@pytest.mark.R1
def test_an_id_that_changed_since_is_found_and_one_that_moved_to_an_archive_is_not(
    elsewhere: Tools, server: Server, tmp_path: Path
) -> None:
    old, new = tmp_path / "old.atom", f"{server.url}/feeds/rivers.atom"
    whole = {path: page.content.decode() for path, page in server.pages.items()}
    newest = whole["/feeds/archive/rivers/0002.atom"].partition("<entry")[2].partition("</feed>")[0]
    old.write_text(whole["/feeds/rivers.atom"].replace("</feed>", f"<entry{newest}</feed>"), encoding="utf-8")
    assert rules(validate_against(elsewhere, NOW, str(old), new)) == []  # what is older may have dropped off
    assert rules(validate_against(elsewhere, NOW, str(old), new, crawls=True)) == []
    change(server, "/feeds/archive/rivers/0002.atom", "2026:2b", "2026:changed")
    change(server, "/feeds/archive/rivers/0002.atom", "<title>2a", "<title>other")
    change(server, "/feeds/archive/rivers/0002.atom", "2026:2a", "2026:other")
    found = validate_against(elsewhere, NOW, str(old), new, crawls=True)
    assert [(finding.rule, finding.entry.rpartition(":")[2]) for finding in found.findings] == [
        ("changed-id", "changed"),
        ("vanished-id", "2a"),
    ]


def test_files_of_a_site_lead_to_files_and_ask_no_server(tools: Tools) -> None:
    for path, page in a_chain(tools.links.site, Format.ATOM).items():
        file = tools.site / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(page.content)
    live = tools.site / "feeds" / "rivers.atom"
    found = validate(tools, NOW, [str(live)], crawls=True)
    assert (found.documents, found.entries) == (3, 9)
    assert set(rules(found)) == {"unknown-id"}  # none of them is in the catalogue


@pytest.mark.parametrize("path", ["../../secret.key", "%2e%2e/%2e%2e/data/secret.key", "a%00b"])
def test_an_address_that_leads_out_of_the_feeds_is_not_read(tools: Tools, path: str) -> None:
    [page] = a_chain(tools.links.site, Format.ATOM, archives=0).values()
    older = f'<link rel="prev-archive" href="{tools.links.site}/feeds/{path}"/>'.encode()
    live = tools.site / "feeds" / "rivers.atom"
    live.write_bytes(page.content.replace(b"<entry", older + b"<entry", 1))
    found = validate(tools, NOW, [str(live)], crawls=True)
    assert "leads out of the folder of feeds" in next(one.words for one in found.findings if one.rule == "lost-archive")
    assert found.documents == 1
