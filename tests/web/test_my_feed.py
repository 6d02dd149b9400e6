"""`/my/TOKEN.atom|rss|json`: what a reader's mails have told, and nobody else's business (R8, R9)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lxml import etree
from starlette.testclient import TestClient

from pressroom.models.feeds import FeedDocument, Format
from pressroom.tools import Tools
from pressroom.web.app import make_app
from tests.conftest import CommandLine
from tests.syndication.reading import read
from tests.web.conftest import ADA, SITE, Reader

FORMATS = list(Format)


def feeds_of(press: CommandLine, *options: str) -> dict[str, str]:
    """Return the paths of ADA's own feed by format."""
    document = press.ask("subscriber", "feed", ADA, *options)
    return {form: url.removeprefix(SITE) for form, url in document["feeds"].items()}


def get(reader: Reader, form: str = "json", **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return reader.browser.get(feeds_of(reader.press)[form], headers=named)


def items(reader: Reader) -> list[Any]:
    answer = get(reader)
    assert answer.status_code == 200
    return list(json.loads(answer.content)["items"])


def titles(reader: Reader) -> list[str]:
    return [item["title"] for item in items(reader)]


def tell(press: CommandLine, title: str, *words: str, topic: str = "rivers") -> str:
    """Let a release come out and wait until the daily digest has told it."""
    slug = str(press.ask("release", "add", "--title", title, "--topic", topic, *words)["slug"])
    press("publish")
    press.wait(days=1)
    press("publish")
    return slug


def consents(press: CommandLine) -> list[str]:
    return [one["what"] for one in press.ask("subscriber", "show", ADA)["consents"] if "feed" in one["what"]]


def test_it_begins_empty_and_holds_what_mails_have_told_the_last_told_first(active: Reader) -> None:
    press = active.press
    assert titles(active) == []
    press("release", "add", "--title", "Dams", "--topic", "rivers")
    press("publish")
    assert titles(active) == []
    press.wait(days=1)
    press("publish")
    assert titles(active) == ["Dams"]
    tell(press, "Weirs")
    tell(press, "Kerbs", topic="roads")
    assert titles(active) == ["Weirs", "Dams"]
    press.wait(days=7)
    press("publish")
    assert titles(active) == ["Kerbs", "Weirs", "Dams"]


@pytest.mark.R1
def test_an_entry_has_the_id_that_it_has_in_the_public_feeds(active: Reader) -> None:
    tell(active.press, "Dams")
    public = {item["title"]: item["id"] for item in active.press.feed("all")["items"]}
    assert [item["id"] for item in items(active)] == [public["Dams"]]


@pytest.mark.parametrize("form", FORMATS)
def test_it_is_valid_in_every_format_and_names_itself(active: Reader, form: Format) -> None:
    tell(active.press, "Dams & “weirs”")
    answer = get(active, form)
    assert answer.headers["content-type"] == f"{form.media_type}; charset=utf-8"
    [entry] = read(FeedDocument(f"my.{form}", answer.content, form.media_type, ""))
    assert entry.title == "Dams & “weirs”"
    address = feeds_of(active.press)[form]
    if form is Format.JSON:
        assert json.loads(answer.content)["feed_url"] == SITE + address
    else:
        assert f"{SITE}{address}" in etree.fromstring(answer.content).xpath("//*[@rel='self']/@href")


def test_a_revision_shows_at_once_and_comes_to_the_top_when_it_is_told(active: Reader) -> None:
    press = active.press
    slug = tell(press, "Dams")
    tell(press, "Weirs")
    press("release", "revise", slug, "--note", "New figures.", "--title", "Dams again")
    press("publish")
    assert titles(active) == ["Weirs", "Dams again"]
    assert "New figures." in items(active)[1]["content_html"]
    press.wait(days=1)
    press("publish")
    assert titles(active) == ["Dams again", "Weirs"]


def test_what_is_yet_to_be_told_moves_nothing_within_a_digest_either(active: Reader) -> None:
    press = active.press
    slug = str(press.ask("release", "add", "--title", "Dams", "--topic", "rivers")["slug"])
    press("publish")
    tell(press, "Weirs")
    assert titles(active) == ["Weirs", "Dams"]
    press("subscriber", "pause", ADA)
    press("release", "revise", slug, "--note", "New figures.")
    press.wait(days=1)
    press("publish")
    assert titles(active) == ["Weirs", "Dams"]


@pytest.mark.R4
def test_it_stays_as_it_is_when_the_records_of_the_mails_are_deleted(active: Reader) -> None:
    press = active.press
    for title in ("Dams", "Weirs", "Locks"):
        tell(press, title)
    before = get(active)
    press.wait(days=100)
    press("publish")
    with Tools.of(press.site).open_store() as store:
        assert store.value("SELECT count(*) FROM deliveries") == 0
    assert get(active).content == before.content


def test_what_is_withdrawn_stays_and_says_so(active: Reader) -> None:
    slug = tell(active.press, "Dams")
    active.press("release", "withdraw", slug, "--reason", "It was wrong.")
    active.press("publish")
    assert titles(active) == ["[Withdrawn] Dams"]


@pytest.mark.R4
def test_what_a_filter_held_back_or_a_cancelled_run_would_have_told_is_not_in_it(active: Reader) -> None:
    press = active.press
    press("subscriber", "set", ADA, "--only-kind", "report")
    tell(press, "A post", "--kind", "blog")
    tell(press, "Dams")
    (press.site / "data" / "outbox").rename(press.site / "data" / "away")
    (press.site / "data" / "outbox").write_text("in the way")
    press("release", "add", "--title", "Weirs", "--topic", "rivers")
    press.wait(days=1)
    press("publish", ok=False)
    assert titles(active) == ["Weirs", "Dams"]
    run = press.ask("digest", "list")[-1]["run"]
    press("digest", "cancel", str(run), "--yes")
    assert titles(active) == ["Dams"]


def test_it_stands_still_during_a_pause_and_goes_on_with_the_mail(active: Reader) -> None:
    press = active.press
    tell(press, "Dams")
    press("subscriber", "pause", ADA)
    tell(press, "Weirs")
    assert titles(active) == ["Dams"]
    press("subscriber", "resume", ADA)
    assert titles(active) == ["Dams"]
    press.wait(days=1)
    press("publish")
    assert titles(active) == ["Weirs", "Dams"]


def test_it_holds_the_newest_that_a_feed_holds(active: Reader) -> None:
    (active.press.site / "publisher.toml").write_text("[feeds]\nnewest = 2\n")
    for title in ("Dams", "Weirs", "Locks"):
        tell(active.press, title)
    with TestClient(make_app(Tools.of(active.press.site), lambda: active.press.now)) as browser:
        assert titles(Reader(active.press, browser)) == ["Locks", "Weirs"]


@pytest.mark.R9
def test_no_address_of_a_members_only_file_and_no_other_token_is_in_it(active: Reader) -> None:
    row = {"title": "Dams", "topics": ["Rivers"], "url": "https://example.org/dams", "extra": {"access": "members"},
           "files": [{"url": "https://example.org/secret.pdf", "format": "pdf", "access": "members"}]}  # fmt: skip
    file = active.press.site / "rows.jsonl"
    file.write_text(json.dumps(row) + "\n")
    active.press("import", str(file), "--announce", "all")
    active.press("publish")
    active.press.wait(days=1)
    active.press("publish")
    for form in FORMATS:
        answer = get(active, form)
        assert "Dams" in answer.text
        assert "secret.pdf" not in answer.text
        assert active.token not in answer.text
        assert ADA not in answer.text


def test_it_speaks_the_readers_language(active: Reader) -> None:
    active.press("subscriber", "set", ADA, "--language", "nl")
    slug = tell(active.press, "Dams")
    active.press("release", "withdraw", slug, "--reason", "Wrong.")
    document = json.loads(get(active).content)
    assert document["language"] == "nl"
    assert document["title"].endswith(": uw publicaties")
    assert document["items"][0]["title"] == "[Ingetrokken] Dams"


def test_it_is_neither_indexed_nor_kept_by_shared_caches(active: Reader) -> None:
    headers = get(active).headers
    assert headers["x-robots-tag"] == "noindex"
    assert headers["cache-control"] == "private, max-age=900"
    assert "access-control-allow-origin" not in headers
    assert "set-cookie" not in headers


@pytest.mark.parametrize("form", FORMATS)
def test_who_has_it_already_is_not_sent_it_again(active: Reader, form: Format) -> None:
    tell(active.press, "Dams")
    first = get(active, form)
    again = get(active, form, if_none_match=f'"other", W/{first.headers["etag"]}')
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["cache-control"] == first.headers["cache-control"]
    tell(active.press, "Weirs")
    assert get(active, form, if_none_match=first.headers["etag"]).status_code == 200


@pytest.mark.R8
def test_reading_it_changes_nothing(active: Reader) -> None:
    tell(active.press, "Dams")
    paths = feeds_of(active.press).values()

    def rows() -> list[str]:
        with Tools.of(active.press.site).open_store() as store:
            return list(store.connection.iterdump())

    before = rows()
    for path in paths:
        for method in ("GET", "HEAD"):
            answer = active.browser.request(method, path)
            assert answer.status_code == 200
        assert active.browser.post(path).status_code == 405
    assert rows() == before


@pytest.mark.parametrize("path", ["/my/abc.json", f"/my/{'a' * 26}.json", "/my/", "/my/x", f"/my/{'a' * 26}"])
def test_an_address_that_is_nobodys_is_not_found(active: Reader, path: str) -> None:
    assert active.browser.get(path).status_code == 404


def test_another_ending_is_not_found_and_the_case_makes_no_difference(active: Reader) -> None:
    path = feeds_of(active.press)["json"]
    assert active.browser.get(path.replace(".json", ".html")).status_code == 404
    assert active.browser.get(path.upper().replace("/MY/", "/my/")).status_code == 200


def test_the_same_address_is_told_each_time_until_it_is_renewed(active: Reader) -> None:
    old = feeds_of(active.press)["atom"]
    assert feeds_of(active.press)["atom"] == old
    new = feeds_of(active.press, "--renew")["atom"]
    assert active.browser.get(old).status_code == 404
    assert active.browser.get(new).status_code == 200
    assert consents(active.press) == ["private feed: made", "private feed: new address"]


def test_it_can_be_ended(active: Reader) -> None:
    path = feeds_of(active.press)["atom"]
    assert "has ended" in active.press("subscriber", "feed", ADA, "--end").out
    active.press("subscriber", "feed", ADA, "--end")
    assert active.browser.get(path).status_code == 404
    assert consents(active.press) == ["private feed: made", "private feed: ended"]
    assert active.press("subscriber", "feed", ADA, "--end", "--renew", ok=False).code == 2


@pytest.mark.R7
def test_it_is_gone_for_who_has_left_and_there_again_for_who_comes_back(active: Reader) -> None:
    tell(active.press, "Dams")
    path = feeds_of(active.press)["json"]
    active.press("subscriber", "unsubscribe", ADA)
    assert active.browser.get(path).status_code == 410
    assert active.press("subscriber", "feed", ADA, ok=False).code == 1
    active.press("subscriber", "add", ADA, "--topic", "rivers=daily")
    assert active.browser.get(path).status_code == 410
    active.press("subscriber", "confirm", ADA)
    assert titles(active) == ["Dams"]
    active.press("subscriber", "forget", ADA, "--yes")
    assert active.browser.get(path).status_code == 404


@pytest.mark.R9
def test_no_hub_hears_of_a_feed_of_one_s_own(press: CommandLine) -> None:
    (press.site / "publisher.toml").write_text('[feeds]\nhubs = ["http://127.0.0.1:1/hub"]\n')
    press("subscriber", "add", ADA, "--topic", "rivers=daily", "--confirmed")
    tell(press, "Weirs")
    with TestClient(make_app(Tools.of(press.site), lambda: press.now)) as browser:
        for form, path in feeds_of(press).items():
            assert b"Weirs" in (own := browser.get(path).content)
            assert b"127.0.0.1:1/hub" not in own
            assert b"127.0.0.1:1/hub" in (press.site / "feeds" / f"all.{form}").read_bytes()
