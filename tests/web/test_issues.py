"""The digests so far: all of them, or those with a topic; nothing early (R9), and merged topics lead on."""

from __future__ import annotations

import pytest
from lxml import html as lxml_html
from starlette.testclient import TestClient

from tests.conftest import CommandLine, Press, copied
from tests.web.conftest import ADA


@pytest.fixture(scope="module")
def pattern(pattern: Press, tmp_path_factory: pytest.TempPathFactory) -> Press:
    """The site of pages, with three digests: of Rivers and Roads, of no topic, and of Rivers while a secret waits."""
    press = copied(pattern, tmp_path_factory.mktemp("told"))
    press("subscriber", "add", ADA, "--topic", "all=daily", "--confirmed")
    for titles in (
        {"Weirs": "rivers", "Kerbs": "roads", "Dams": "rivers"},
        {"Notes": ""},
        {"Locks": "rivers", "Later": "secret-matters"},
    ):
        for title, topic in titles.items():
            filed = ("--topic", topic) if topic else ()
            embargo = ("--embargo", "2027-01-01") if title == "Later" else ()
            press("release", "add", "--title", title, *filed, *embargo)
        press.wait(days=1)
        press("publish")
    return press


def shown(visitor: TestClient, address: str) -> dict[str, list[str]]:
    """Return the digests on a page, newest first, each with the topics that it names."""
    answer = visitor.get(address)
    assert answer.status_code == 200, answer.text
    articles = lxml_html.fromstring(answer.text).xpath("//article")
    return {
        one.xpath("h2")[0].text_content().strip(): one.xpath("string(p)").split(" · ") if one.xpath("p") else []
        for one in articles
    }


def test_each_names_its_topics_those_with_the_most_releases_first(press: CommandLine, visitor: TestClient) -> None:
    found = shown(visitor, "/issues/")
    assert list(found.values()) == [["Rivers"], [], ["Rivers", "Roads"]]
    assert "Locks" in next(iter(found))
    page = lxml_html.fromstring(visitor.get("/issues/").text)
    links = {one.text: one.get("href") for one in page.xpath("//section//a")}
    assert links == {"Rivers": "/issues/?topic=rivers", "Roads": "/issues/?topic=roads"}


def test_those_with_a_topic_are_found_by_it_and_linked_from_its_page(press: CommandLine, visitor: TestClient) -> None:
    everything = list(shown(visitor, "/issues/"))
    assert list(shown(visitor, "/issues/?topic=rivers")) == [everything[0], everything[2]]
    assert list(shown(visitor, "/issues/?topic=roads")) == [everything[2]]
    assert list(shown(visitor, "/issues/?topic=")) == everything
    page = lxml_html.fromstring(visitor.get("/topics/roads").text)
    assert "/issues/?topic=roads" in page.xpath("//main//a/@href")
    [issue] = lxml_html.fromstring(visitor.get("/issues/?topic=roads").text).xpath("//article/h2/a/@href")
    page = lxml_html.fromstring(visitor.get(issue).text)
    assert page.xpath("//section[@class='screen']//a/@href") == ["/issues/?topic=rivers", "/issues/?topic=roads"]


def test_many_with_a_topic_are_turned_page_by_page(
    press: CommandLine, visitor: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pressroom.web.issues.PAGE_SIZE", 1)
    address, seen = "/issues/?topic=rivers", list[str]()
    while address:
        seen += shown(visitor, address)
        address = next(iter(lxml_html.fromstring(visitor.get(address).text).xpath("//a[@rel='next']/@href")), "")
        assert not address or "topic=rivers&before=" in address
    assert len(seen) == 2
    assert visitor.get("/issues/?topic=rivers&before=1").status_code == 404


def test_a_merged_topic_leads_to_what_it_became_and_brings_its_digests(press: CommandLine, visitor: TestClient) -> None:
    press("topic", "merge", "roads", "rivers", "--yes")
    answer = visitor.get("/issues/?topic=roads&before=9", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (301, "/issues/?topic=rivers&before=9")
    assert list(shown(visitor, "/issues/").values()) == [["Rivers"], [], ["Rivers"]]


@pytest.mark.R9
def test_a_topic_that_holds_only_what_waits_is_not_told_from_one_that_is_not_there(
    press: CommandLine, visitor: TestClient
) -> None:
    answers = [visitor.get(f"/issues/?topic={slug}") for slug in ("secret-matters", "nothing")]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].text == answers[1].text
    assert "Secret" not in visitor.get("/issues/").text


@pytest.mark.R9
def test_a_topic_is_named_once_something_that_is_out_stands_on_it_and_nothing_else_of_it_is(
    press: CommandLine, visitor: TestClient
) -> None:
    press("release", "edit", "notes", "--topic", "secret-matters")
    press("publish")
    assert ["Secret matters"] in shown(visitor, "/issues/").values()
    assert "Later" not in visitor.get("/issues/?topic=secret-matters").text


def test_a_withdrawn_release_keeps_its_digest_among_those_of_its_topic(press: CommandLine, visitor: TestClient) -> None:
    press("release", "withdraw", "kerbs", "--reason", "Wrong.")
    press("publish")
    assert len(shown(visitor, "/issues/?topic=roads")) == 1
