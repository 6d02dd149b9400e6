"""The lists of releases: searched, filtered, turned page by page; nothing early and nothing private in them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html
from starlette.testclient import TestClient

from pressroom.storage import Store, search
from tests.conftest import CommandLine

ROWS: list[dict[str, Any]] = [
    {"title": "Cyber security in small councils", "kind": "guide", "topics": ["Rivers"], "published": "2026-01-02",
     "authors": ["Zoë Müller"]},
    {"title": "Ports", "kind": "podcast", "summary": "About cyber things.", "topics": ["Roads"], "published": "2024-05",
     "extra": {"series": "Voices"}},
    {"title": "Havens", "language": "nl", "summary": "Over de haven.", "access": "members", "published": "2024",
     "body": "Only members read of walruses.", "publisher": "LOLA"},
    {"title": "Piers", "access": "mixed", "published": "2023"},
    {"title": "Quiet cyber", "extra": {"status": "draft"}, "topics": ["Secret matters"]},
    {"title": "Later cyber", "extra": {"embargo": "2027-01-01T00:00"}},
]  # fmt: skip


@pytest.fixture
def stocked(press: CommandLine) -> CommandLine:
    """The site of pages, with more on its shelves."""
    file = press.site / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    press("import", str(file), "--announce", "none")
    press("publish")
    return press


def titles(visitor: TestClient, address: str) -> list[str]:
    answer = visitor.get(address)
    assert answer.status_code == 200, answer.text
    return [one.text_content() for one in lxml_html.fromstring(answer.text).xpath("//article//h2")]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("q=cyber", ["Cyber security in small councils", "Ports"]),
        ("q=CYB", ["Cyber security in small councils", "Ports"]),
        ("q=cyber+things", ["Ports"]),
        ("q=muller", ["Cyber security in small councils"]),
        ("q=lola", ["Havens"]),
        ("q=voices", ["Ports"]),
        ("q=nothing+of+the+sort", []),
        ("q=%22%22", []),
        ("kind=podcast", ["Ports"]),
        ("access=mixed", ["Piers"]),
        ("access=public&q=piers", []),
        ("topic=roads", ["Bridges", "Ports"]),
        ("series=voices", ["Ports"]),
        ("year=2024", ["Ports", "Havens"]),
        ("language=nl", ["Havens"]),
        ("access=members", ["Havens"]),
        ("year=2024&kind=podcast&q=cyber", ["Ports"]),
        ("kind=nonsense", []),
    ],
)
def test_what_is_asked_for_is_found(stocked: CommandLine, visitor: TestClient, asked: str, found: list[str]) -> None:
    assert titles(visitor, f"/releases/?{asked}") == found


def test_a_collection_that_is_called_like_the_series_is_told_once(press: CommandLine, visitor: TestClient) -> None:
    facts = {"series": "State of rivers", "edition": "2026", "collection": "State of Rivers 2026"}
    rows = [{"title": "Part one", "extra": facts}, {"title": "Other", "extra": facts | {"collection": "All waters"}}]
    file = press.site / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    press("import", str(file), "--announce", "none")
    press("publish")
    page = lxml_html.fromstring(visitor.get("/releases/").text)
    told = {one.xpath("string(h2)"): one.xpath("string(p[@class='quiet'])") for one in page.iter("article")}
    assert "State of rivers 2026" in told["Part one"]
    assert "Part of" not in told["Part one"]
    assert "Part of All waters" in told["Other"]


@pytest.mark.parametrize("most", [0, 15_000])
@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("q=bri", ["Bridges"]),
        ("q=br", []),
        ("q=of+th", []),
        ("q=zoe", ["Cyber security in small councils"]),
        ("q=over+de", ["Havens"]),
        ("q=cyber&language=en&access=public", ["Cyber security in small councils", "Ports"]),
        ("q=cyber&kind=podcast", ["Ports"]),
        ("q=cyber&language=nl", []),
    ],
)
def test_what_is_found_is_the_same_whether_it_is_ranked_or_not(
    stocked: CommandLine, visitor: TestClient, monkeypatch: pytest.MonkeyPatch, most: int, asked: str, found: list[str]
) -> None:
    """One or two plain letters are a word, and not the beginning of one; what matches too much comes newest first."""
    monkeypatch.setattr(search, "MOST_RANKED", most)
    assert sorted(titles(visitor, f"/releases/?{asked}")) == sorted(found)


def test_the_best_come_first_unless_nearly_everything_matches(
    press: CommandLine, visitor: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [{"title": "Weirs", "published": "2001"}, {"title": "Locks", "summary": "On weirs.", "published": "2020"}]
    file = press.site / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    press("import", str(file), "--announce", "none")
    press("publish")
    assert titles(visitor, "/releases/?q=weirs") == ["Weirs", "Locks"]
    monkeypatch.setattr(search, "MOST_RANKED", 0)
    assert titles(visitor, "/releases/?q=weirs&x=1") == ["Locks", "Weirs"]


def test_without_a_question_everything_is_there_newest_first(stocked: CommandLine, visitor: TestClient) -> None:
    assert titles(visitor, "/releases/")[:2] == ["Bridges", "Floods"]
    assert len(titles(visitor, "/releases/")) == 6


@pytest.mark.R9
def test_nothing_that_is_not_out_and_nothing_for_members_is_found(stocked: CommandLine, visitor: TestClient) -> None:
    assert titles(visitor, "/releases/?q=walruses") == []
    assert titles(visitor, "/releases/?q=quiet") == titles(visitor, "/releases/?q=later") == []
    for address in ("/", "/releases/", "/releases/?q=secret"):
        said = visitor.get(address).text
        assert not [
            word for word in ("Quiet", "Later", "Spies", "Secret") if word in said.replace('value="secret"', "")
        ]
    assert visitor.get("/topics/secret-matters").status_code == 404


def test_what_came_in_together_stands_in_the_order_of_its_own_dates(press: CommandLine, visitor: TestClient) -> None:
    rows = [{"title": f"Of {day}", "published": day} for day in ("2026-01-20", "2026-01-25", "2026-01", "2026-01-22")]
    file = press.site / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in [*rows, {"title": "Undated"}]), encoding="utf-8")
    press("import", str(file), "--announce", "all")
    press("publish")
    expected = ["Undated", "Of 2026-01-25", "Of 2026-01-22", "Of 2026-01-20", "Of 2026-01"]
    assert titles(visitor, "/")[:5] == expected
    assert [one["title"] for one in press.feed("all")["items"]][:5] == expected


def facts(visitor: TestClient, title: str) -> str:
    page = lxml_html.fromstring(visitor.get("/releases/").text)
    return str(page.xpath("string(//article[contains(h2, $title)]/p)", title=title))


def test_each_says_why_it_stands_where_it_does(stocked: CommandLine, visitor: TestClient) -> None:
    stocked("release", "add", "--title", "Long ago", "--published", "2019-05-01")
    stocked("release", "add", "--title", "Just now", "--published", "2026-01-25")
    stocked("publish")
    stocked.wait(days=3)
    stocked("release", "revise", "ports", "--note", "Better.")
    stocked("release", "withdraw", "floods", "--reason", "Wrong.")
    stocked("publish")
    assert facts(visitor, "Long ago").endswith("1 May 2019 · added on 26 January 2026")
    assert facts(visitor, "Just now").endswith("25 January 2026")
    assert facts(visitor, "Ports").endswith("May 2024 · updated on 29 January 2026")
    assert facts(visitor, "Floods").endswith("withdrawn on 29 January 2026")
    assert facts(visitor, "Cyber security").endswith("2 January 2026")


@pytest.mark.R12
@pytest.mark.parametrize("date", ["9999-12-31", "9999", "0001-01-01"])
def test_a_date_at_the_end_of_all_dates_breaks_no_list(
    stocked: CommandLine, visitor: TestClient, store: Store, date: str
) -> None:
    store.write("INSERT INTO releases (title, own_date) VALUES ('Far', ?)", (date,))
    stocked("publish")
    for path in ("/", "/releases/", "/releases/far", "/feeds/"):
        assert visitor.get(path).status_code == 200


@pytest.mark.R12
def test_a_release_of_the_first_day_of_all_breaks_no_list(
    stocked: CommandLine, visitor: TestClient, store: Store
) -> None:
    first = {"own": "0001-01-01", "published": "0001-01-01T00:00:00Z"}  # as an import once took it
    store.write("UPDATE releases SET own_date = :own, published = :published, sorted_at = :own WHERE pk = 1", first)
    stocked("publish")
    for path in ("/", "/releases/", "/topics/rivers", "/releases/cyber-security-in-small-councils", "/feeds/"):
        assert visitor.get(path).status_code == 200


def test_the_title_of_a_further_page_of_a_search_says_which_it_shows(press: CommandLine, visitor: TestClient) -> None:
    file = press.site / "rows.jsonl"
    file.write_text("".join(json.dumps({"title": f"Weir {number}"}) + "\n" for number in range(60)), encoding="utf-8")
    press("import", str(file), "--announce", "none")
    press("publish")
    page = lxml_html.fromstring(visitor.get("/releases/?q=weir&page=2").text)
    assert page.xpath("string(//title)").startswith("51 to 60 of 60 releases for “weir” – Releases, page 2")


def test_a_search_says_what_it_found_and_within_what_in_title_and_text(
    stocked: CommandLine, visitor: TestClient
) -> None:
    for asked, title, told in (
        ("q=cyber", "2 releases for “cyber”", "2 releases for “cyber”"),
        ("q=cyber&kind=podcast", "1 release for “cyber”, Podcast", "1 release for “cyber”"),
        ("kind=podcast&topic=roads", "Roads, Podcast", "1 release"),
        ("q=walrus", "No release matches “walrus”", "No release matches “walrus”."),
    ):
        page = lxml_html.fromstring(visitor.get(f"/releases/?{asked}").text)
        assert page.xpath("string(//title)") == f"{title} – Releases – Example Association"
        results = page.get_element_by_id("results")
        assert (results.text or "").strip() == told
        assert results.xpath("a/@href") == ["/releases/"]
        assert page.xpath("//form/@action") == ["/releases/#results"]


def test_what_can_be_chosen_stands_in_the_order_in_which_it_is_read(stocked: CommandLine, visitor: TestClient) -> None:
    for number, language in enumerate(("ar", "de", "sv")):
        stocked("release", "add", "--title", f"In {language}", "--language", language, "--series", "aZ"[number % 2])
    stocked("publish")
    for language in ("en", "nl"):
        page = lxml_html.fromstring(visitor.get("/releases/", headers={"accept-language": language}).text)
        for name in ("topic", "kind", "series", "language"):
            choices = [one.text for one in page.xpath(f"//select[@name='{name}']/option")[1:]]
            assert len(choices) > 1
            assert choices == sorted(choices, key=str.casefold)


@pytest.mark.R9
def test_what_is_closed_or_withdrawn_later_is_found_by_no_word_of_its_text(
    stocked: CommandLine, visitor: TestClient
) -> None:
    stocked("release", "add", "--title", "Otters", "--body", "They swim.", "--kind", "blog")
    stocked("publish")
    assert titles(visitor, "/releases/?q=swim") == ["Otters"]
    stocked("release", "edit", "otters", "--access", "members")
    stocked("publish")
    assert titles(visitor, "/releases/?q=swim") == []
    stocked("release", "withdraw", "otters", "--reason", "Wrong animal.")
    stocked("publish")
    assert titles(visitor, "/releases/?q=otters") == ["Withdrawn: Otters"]
    assert "Wrong animal." in visitor.get("/releases/?q=otters").text


def test_many_are_turned_page_by_page(stocked: CommandLine, visitor: TestClient) -> None:
    rows = "".join(json.dumps({"title": f"Weir {n}", "topics": ["Rivers"]}) + "\n" for n in range(120))
    (stocked.site / "rows.jsonl").write_text(rows)
    stocked("import", str(stocked.site / "rows.jsonl"), "--announce", "none")
    stocked("publish")
    for first in ("/releases/?q=weir", "/topics/rivers"):
        address, seen = first, []
        while address:
            page = lxml_html.fromstring(visitor.get(address).text)
            seen += titles(visitor, address)
            address = next(iter(page.xpath("//a[@rel='next']/@href")), "")
        assert len(set(seen)) == len(seen) >= 120
        assert visitor.get(f"{first}{'&' if '?' in first else '?'}page=9").status_code == 404
    assert "51 to 100 of 120" in visitor.get("/releases/?q=weir&page=2").text


def test_a_topic_has_its_feeds_and_one_that_was_merged_leads_on(stocked: CommandLine, visitor: TestClient) -> None:
    page = lxml_html.fromstring(visitor.get("/topics/rivers").text)
    assert len(page.xpath("//link[@rel='alternate']")) == 3
    stocked("topic", "merge", "roads", "rivers", "--yes")
    answer = visitor.get("/topics/roads", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (301, "/topics/rivers")
    assert visitor.get("/topics/nothing").status_code == 404


def test_a_topic_that_has_become_another_is_searched_as_that_one(press: CommandLine, visitor: TestClient) -> None:
    press("topic", "merge", "rivers", "roads", "--yes")
    answer = visitor.get("/releases/?q=floods&topic=rivers", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (301, "/releases/?q=floods&topic=roads")
    assert "Floods" in visitor.get("/releases/?q=floods&topic=rivers").text


def test_home_shows_the_newest_and_the_ways_to_get_them(stocked: CommandLine, visitor: TestClient) -> None:
    page = lxml_html.fromstring(visitor.get("/").text)
    assert titles(visitor, "/")[:2] == ["Bridges", "Floods"]
    links = set(page.xpath("//main//a/@href"))
    assert {"http://localhost:8000/feeds/all.atom", "/releases/", "/topics/rivers"} <= links
    assert page.xpath("//link[@rel='alternate']/@type") == [
        "application/atom+xml", "application/rss+xml", "application/feed+json",
    ]  # fmt: skip


@pytest.mark.parametrize("path", ["/", "/releases/", "/releases/floods", "/topics/rivers", "/issues/"])
def test_a_page_that_is_known_is_not_sent_again(stocked: CommandLine, visitor: TestClient, path: str) -> None:
    first = visitor.get(path)
    etag = first.headers["etag"]
    for known in (etag, f'"other", W/{etag}'):
        again = visitor.get(path, headers={"if-none-match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    assert visitor.get(path, headers={"if-none-match": '"other"'}).status_code == 200
    stocked("release", "edit", "floods", "--title", "High water")
    stocked("release", "add", "--title", "Weirs", "--topic", "rivers")
    stocked("publish")
    if path != "/issues/":
        assert visitor.get(path, headers={"if-none-match": etag}).status_code == 200


def test_a_site_with_nothing_out_says_so(run: CommandLine, visitor: TestClient) -> None:
    run("release", "withdraw", "floods", "--reason", "x")
    assert visitor.get("/").status_code == 200
    assert "No release matches." in visitor.get("/releases/?kind=survey").text


FIELDS = st.sampled_from(["q", "topic", "kind", "series", "year", "language", "access", "page"])
HOSTILE = st.sampled_from(['"', "a OR b", "NEAR(", "-x", "*", "title:x", "0", "9" * 40, "\x00", "' --"])


@pytest.mark.R12
@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(asked=st.dictionaries(FIELDS, st.text(max_size=30) | HOSTILE))
def test_whatever_is_asked_is_answered(visitor: TestClient, asked: dict[str, str]) -> None:
    answer = visitor.get("/releases/", params=asked)
    assert answer.status_code in (200, 404)
    assert "<script" not in answer.text
