"""The page of a release: all that is known of it, nothing early, nothing private, and citations."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from lxml import html as lxml_html
from starlette.testclient import TestClient

from pressroom.tools import Tools
from tests.conftest import CommandLine

FILE = "https://files.example.org/rivers.pdf"
ROW: dict[str, Any] = {
    "title": "Rivers <and> roads", "kind": "report", "url": "https://example.org/rivers", "summary": "Two sentences.",
    "published": "2026-01-28", "topics": ["Rivers"], "authors": ["Ada Byron", "Grace Hopper"], "download_url": FILE,
    "language": "en",
    "extra": {"subtitle": "What we found", "doi": "10.1000/182", "reference": "R-7", "licence": "CC BY 4.0",
              "collection": "All waters", "part": 2, "series": "Waters", "edition": "2026"},
}  # fmt: skip


def bring(press: CommandLine, *rows: dict[str, Any]) -> None:
    file = press.site / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    press("import", str(file), "--announce", "all")
    press("publish")


def page_of(visitor: TestClient, slug: str) -> Any:
    answer = visitor.get(f"/releases/{slug}")
    assert answer.status_code == 200, answer.text
    return lxml_html.fromstring(answer.text)


def said(page: Any) -> str:
    return " ".join(" ".join(page.xpath("//main")[0].itertext()).split())


def test_all_that_is_known_is_said(press: CommandLine, visitor: TestClient) -> None:
    bring(press, ROW, {"title": "All waters", "kind": "collection", "url": "https://example.org/waters"})
    page = page_of(visitor, "rivers-and-roads")
    assert [one.text_content() for one in page.iter("h1")] == ["Rivers <and> roads"]
    for words in (
        "What we found", "By Ada Byron and Grace Hopper", "Report · Waters 2026 Rivers", "28 January 2026",
        "Part 2 of All waters", "Two sentences.", "R-7", "10.1000/182", "CC BY 4.0", "Part of All waters",
        "26 January 2026 Released",
    ):  # fmt: skip
        assert words in said(page), words
    links = {" ".join(one.text_content().split()): one.get("href") for one in page.xpath("//main//a")}
    assert links["Read the report"] == "https://example.org/rivers"
    assert links["Download (PDF)"] == FILE
    assert links["All waters"] == "http://localhost:8000/releases/all-waters"
    assert "Parts Rivers <and> roads" in said(page_of(visitor, "all-waters"))


def test_programs_find_its_feeds_and_its_facts(press: CommandLine, visitor: TestClient) -> None:
    bring(press, ROW)
    page = page_of(visitor, "rivers-and-roads")
    feeds = {one.get("type"): one.get("href") for one in page.xpath("//link[@rel='alternate']")}
    assert feeds["application/atom+xml"] == "http://localhost:8000/feeds/topics/rivers.atom"
    assert set(feeds) == {"application/atom+xml", "application/rss+xml", "application/feed+json"}
    [script] = page.xpath("//script")
    assert script.get("type") == "application/ld+json"
    facts = json.loads(script.text)
    assert (facts["@type"], facts["name"], facts["datePublished"]) == ("Report", "Rivers <and> roads", "2026-01-28")
    assert [one["name"] for one in facts["author"]] == ["Ada Byron", "Grace Hopper"]
    assert facts["encoding"][0]["contentUrl"] == FILE
    assert "<" not in script.text


def test_it_can_be_cited(press: CommandLine, visitor: TestClient) -> None:
    bring(press, ROW)
    bib, ris = (visitor.get(f"/releases/rivers-and-roads.{ending}") for ending in ("bib", "ris"))
    assert bib.headers["content-type"].startswith("application/x-bibtex")
    assert ris.headers["content-type"].startswith("application/x-research-info-systems")
    links = page_of(visitor, "rivers-and-roads").xpath("//dt[.='Cite as']/following-sibling::dd/a/@href")
    assert links == [f"http://localhost:8000/releases/rivers-and-roads.{ending}" for ending in ("bib", "ris")]
    assert "@techreport{rivers-and-roads-2026," in bib.text
    assert "author = {Ada Byron and Grace Hopper}" in bib.text
    assert ris.text.startswith("TY  - RPRT\r\nTI  - Rivers <and> roads: What we found\r\nAU  - Ada Byron\r\n")
    assert ris.text.endswith("ER  - \r\n")


@pytest.mark.R9
@pytest.mark.parametrize(
    "extra", [{"status": "draft"}, {"status": "expected", "expected": "March"}, {"embargo": "2027-01-01T00:00"}]
)
def test_what_is_not_out_is_not_there(press: CommandLine, visitor: TestClient, extra: dict[str, Any]) -> None:
    bring(press, {"title": "Quiet waters", "extra": extra}, {**ROW, "relations": []})
    assert press.ask("release", "list")
    for ending in ("", ".bib", ".ris"):
        answer = visitor.get(f"/releases/quiet-waters{ending}")
        assert answer.status_code == 404
        assert answer.text == visitor.get("/releases/no-such-thing").text


@pytest.mark.R9
def test_what_belongs_to_it_and_is_not_out_is_not_named(press: CommandLine, visitor: TestClient) -> None:
    others: list[dict[str, Any]] = [
        {"title": "Quiet parts", "extra": {"status": "draft", "collection": "All waters"}},
        {"title": "Coming parts", "extra": {"status": "expected", "expected": "March", "collection": "All waters"}},
        {"title": "Later parts", "extra": {"embargo": "2027-01-01T00:00", "collection": "All waters"}},
    ]
    bring(press, ROW, {"title": "All waters", "kind": "collection"}, *others)
    press("release", "edit", "later-parts", "--relation", "replaces=rivers-and-roads")
    text = said(page_of(visitor, "all-waters")) + said(page_of(visitor, "rivers-and-roads"))
    assert "Rivers <and> roads" in text
    assert not [word for word in ("Quiet", "Coming", "Later") if word in text]


RELATIONS = {
    "version-of": ("Version of", "Another version"), "part-of": ("Part of", "Parts"),
    "replaces": ("Replaces", "Replaced by"), "translation-of": ("Translation of", "Translation"),
    "summary-of": ("Summary of", "Summary"), "launches": ("Launches", "Launched by"),
}  # fmt: skip


@pytest.mark.parametrize("kind", RELATIONS)
def test_each_relation_is_told_on_both_pages(press: CommandLine, visitor: TestClient, kind: str) -> None:
    there, back = RELATIONS[kind]
    press("release", "add", "--title", "Old", "--kind", "guide")
    press("release", "add", "--title", "New", "--kind", "blog", "--relation", f"{kind}=old")
    press("publish")
    for slug, label, other in (("new", there, "Old"), ("old", back, "New")):
        pairs = page_of(visitor, slug).xpath("//section[h2='Related']//div")
        assert [(one.xpath("string(dt)"), one.xpath("string(dd)")) for one in pairs] == [(label, other)]


def test_what_took_its_place_says_so_and_is_linked_by_its_page_here(press: CommandLine, visitor: TestClient) -> None:
    bring(press, ROW)
    press("release", "add", "--title", "Betere rivieren", "--language", "nl", "--url", "https://example.org/beter")
    press("publish")
    press("release", "withdraw", "rivers-and-roads", "--reason", "Wrong.", "--replacement", "betere-rivieren")
    [link] = page_of(visitor, "rivers-and-roads").xpath("//p[@class='note']/a")
    assert (link.get("href"), link.get("lang")) == ("http://localhost:8000/releases/betere-rivieren", "nl")
    assert "Replaces Rivers <and> roads" in said(page_of(visitor, "betere-rivieren"))


def test_further_facts_are_told(press: CommandLine, visitor: TestClient) -> None:
    extra = {
        "isbn": "978-0-306-40615-7",
        "event_date": "2026-02-03",
        "translations": ["nl", "de"],
        "doi": "10.1000/1<2>",
    }
    bring(press, {"title": "Facts", "extra": extra})
    page = page_of(visitor, "facts")
    told = {one.xpath("string(dt)"): one.xpath("string(dd)") for one in page.xpath("//section[h2='Details']//div")}
    assert told["ISBN"] == "978-0-306-40615-7"
    assert told["Event"] == "3 February 2026"
    assert told["Also in"] == "Dutch and German"
    assert page.xpath("//a[starts-with(@href, 'https://doi.org/')]/@href") == ["https://doi.org/10.1000/1%3C2%3E"]


def test_the_newest_of_its_history_comes_first(press: CommandLine, visitor: TestClient) -> None:
    bring(press, ROW)
    for note in ("First.", "Second."):
        press.wait(days=1)
        press("release", "revise", "rivers-and-roads", "--note", note)
    told = page_of(visitor, "rivers-and-roads").xpath("//section[h2='History']//dd")
    assert [" ".join(one.text_content().split()) for one in told] == ["Revised: Second.", "Revised: First.", "Released"]


@pytest.mark.R9
def test_nothing_of_a_members_only_file_is_shown(press: CommandLine, visitor: TestClient) -> None:
    bring(press, {**ROW, "access": "members", "body": "For members."})
    for ending in ("", ".bib", ".ris"):
        answer = visitor.get(f"/releases/rivers-and-roads{ending}")
        assert answer.status_code == 200
        assert FILE not in answer.text
        assert "For members." not in answer.text
    page = page_of(visitor, "rivers-and-roads")
    assert "Members only" in said(page)
    assert "Sign in to read" in said(page)


def test_a_revision_and_a_withdrawal_are_told_with_reason_and_replacement(
    press: CommandLine, visitor: TestClient
) -> None:
    bring(press, ROW)
    press("release", "revise", "rivers-and-roads", "--note", "Two figures mended.")
    press.wait(days=1)
    page = page_of(visitor, "rivers-and-roads")
    assert "26 January 2026 Revised: Two figures mended." in said(page)
    press("release", "add", "--title", "Better rivers", "--topic", "rivers")
    press("publish")
    press("release", "withdraw", "rivers-and-roads", "--reason", "It was wrong.", "--replacement", "better-rivers")
    page = page_of(visitor, "rivers-and-roads")
    assert "27 January 2026 Withdrawn: It was wrong." in said(page)
    assert "Use this instead: Better rivers" in said(page)
    assert "Read the report" not in said(page)
    assert FILE not in visitor.get("/releases/rivers-and-roads").text


def test_what_nobody_has_signed_is_cited_as_its_publishers(press: CommandLine, visitor: TestClient) -> None:
    bring(press, {"title": "Unsigned"})
    assert "AU  - Example Association\r\n" in visitor.get("/releases/unsigned.ris").text


def test_one_without_an_address_is_read_here_and_whole(press: CommandLine, visitor: TestClient) -> None:
    body = "\n\n".join(f"Paragraph {number} of many words. " + "Water. " * 200 for number in range(40))
    bring(press, {"title": "Long waters", "body": body, "topics": ["Rivers"]})
    page = page_of(visitor, "long-waters")
    assert "Paragraph 39 of many words." in said(page)
    assert "Read the rest" not in said(page)
    assert page.xpath("//a[@class='act']") == []


def test_what_is_in_another_language_says_so_to_programs(press: CommandLine, visitor: TestClient) -> None:
    bring(press, {**ROW, "title": "Rivieren", "language": "nl"})
    page = page_of(visitor, "rivieren")
    assert page.xpath("//h1/span/@lang") == ["nl"]
    assert "in Dutch" in said(page)


@pytest.mark.R12
@pytest.mark.parametrize("slug", ["a" * 3_000, "..%2f..", "%00", "x.bib", "<script>", "ü", "a%2Fb"])
def test_a_name_that_cannot_be_is_not_there(visitor: TestClient, slug: str) -> None:
    answer = visitor.get(f"/releases/{slug}")
    assert answer.status_code == 404
    assert not re.search("<script>", answer.text)


def test_where_a_release_was_once_leads_to_its_page(press: CommandLine, visitor: TestClient) -> None:
    old = "http://localhost:8000/reports/2019/rivers.aspx"
    bring(press, {**ROW, "extra": {"duplicate_url": old}}, {"title": "Secret", "extra": {
        "duplicate_url": "http://localhost:8000/old/secret", "status": "draft"}})  # fmt: skip
    answer = visitor.get("/reports/2019/rivers.aspx", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (301, "http://localhost:8000/releases/rivers-and-roads")
    for path in ("/old/secret", "/reports/2019/other.aspx"):
        assert visitor.get(path, follow_redirects=False).status_code == 404
    assert visitor.post("/reports/2019/rivers.aspx", follow_redirects=False).status_code == 404


@pytest.mark.parametrize(
    ("old", "asked"),
    [
        ("/releases/older-name", "/releases/older-name"),
        ("/topics/old-page", "/topics/old-page/"),
        ("/issues/77", "/issues/77"),
        ("/feeds/old.pdf", "/feeds/old.pdf"),
        ("/Old%20Path/x.html", "/Old%20Path/x.html"),
        ("/Old Path/x.html", "/Old%20Path/x.html"),
        ("/news/één", "/news/%C3%A9%C3%A9n"),
        ("/old/?p=123", "/old/?p=123"),
        ("/old", "/old?utm_source=x"),
    ],
)
def test_an_old_address_of_any_form_leads_on(press: CommandLine, visitor: TestClient, old: str, asked: str) -> None:
    with Tools.of(press.site).open_store() as store:
        store.write("INSERT INTO release_urls (release, url) VALUES (1, ?)", (f"http://localhost:8000{old}",))
    answer = visitor.get(asked, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (301, "http://localhost:8000/releases/floods")


def test_an_earlier_slug_leads_on_unless_another_release_has_it_now(press: CommandLine, visitor: TestClient) -> None:
    with Tools.of(press.site).open_store() as store:
        store.write("UPDATE releases SET slug = 'high-water' WHERE slug = 'floods'")
        store.write("UPDATE releases SET slug = 'agents' WHERE slug = 'spies'")
    answer = visitor.get("/releases/floods", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (301, "http://localhost:8000/releases/high-water")
    cited = visitor.get("/releases/floods.bib", follow_redirects=False)
    assert cited.headers["location"] == "http://localhost:8000/releases/high-water.bib"
    assert visitor.get("/releases/spies", follow_redirects=False).status_code == 404  # under embargo
    press("release", "add", "--title", "Floods!", "--kind", "guide")
    assert press.ask("release", "list")[-1]["slug"] != "floods"
    with Tools.of(press.site).open_store() as store:
        store.write("UPDATE releases SET slug = 'floods' WHERE slug = 'bridges'")
    assert "Bridges" in visitor.get("/releases/floods").text


def test_the_file_of_a_withdrawn_release_is_gone_and_says_why(press: CommandLine, visitor: TestClient) -> None:
    with Tools.of(press.site).open_store() as store:
        for place, name, access in ((0, "floods.pdf", "public"), (1, "secret.pdf", "members")):
            store.write(
                "INSERT INTO release_files (release, position, format, url, access) VALUES (1, ?, 'pdf', ?, ?)",
                (place, f"http://localhost:8000/files/{name}", access),
            )
    assert visitor.get("/files/floods.pdf").status_code == 404
    press("release", "withdraw", "floods", "--reason", "Two figures are wrong.", "--replacement", "bridges")
    gone = visitor.get("/files/floods.pdf")
    assert gone.status_code == 410
    assert "Two figures are wrong." in gone.text
    assert 'href="http://localhost:8000/releases/floods"' in gone.text
    assert visitor.get("/files/secret.pdf").status_code == 404
