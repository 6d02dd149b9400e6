"""RFC 3229 with “feed”: who has an earlier state of a feed gets what is new alone, and never less than that."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from httpx2 import Response
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from pressroom.models.feeds import FeedDocument, Format
from pressroom.storage.feed_files import STATES_KEPT
from pressroom.syndication.slices import parse_slices
from pressroom.tools import Tools
from pressroom.web.app import make_app
from pressroom.web.deltas import is_wanted
from tests.conftest import CommandLine, Press
from tests.syndication.reading import ReadEntry, read

WANTS = {"a-im": "feed", "accept-encoding": "identity"}


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    for title in ("Floods", "Bridges"):
        fresh("release", "add", "--title", title, "--summary", "Rivers and roads " * 40)
    fresh("publish")
    return fresh


@pytest.fixture
def browser(press: CommandLine) -> Iterator[TestClient]:
    with TestClient(make_app(Tools.of(press.site), lambda: press.now)) as client:
        yield client


def add(press: CommandLine, title: str) -> None:
    press("release", "add", "--title", title, "--summary", "Dams " * 200)
    press("publish")


def entries(answer: Response, form: Format) -> list[ReadEntry]:
    return read(FeedDocument(f"all.{form}", answer.content, form.media_type, ""))


@pytest.mark.parametrize("coding", ["identity", "gzip", "br"])
@pytest.mark.parametrize("form", list(Format))
def test_who_has_an_earlier_state_gets_what_is_new_or_changed_since(
    browser: TestClient, press: CommandLine, form: Format, coding: str
) -> None:
    path, asked = f"/feeds/all.{form}", {"a-im": "feed", "accept-encoding": coding}
    first = browser.get(path, headers=asked)
    assert (first.status_code, len(entries(first, form))) == (200, 2)
    add(press, "Weirs")
    press("release", "edit", "floods", "--title", "High water")
    press("publish")
    new = browser.get(path, headers=asked | {"if-none-match": first.headers["etag"]})
    whole = browser.get(path, headers={"accept-encoding": coding})
    assert (new.status_code, new.headers["im"]) == (226, "feed")
    assert [entry.title for entry in entries(new, form)] == ["Weirs", "High water"]
    assert new.headers.get("content-encoding", "identity") == coding
    assert new.headers["cache-control"] == "no-store, im"
    for same in ("etag", "content-type", "last-modified", "link", "access-control-allow-origin"):
        assert new.headers[same] == whole.headers[same]
    slices, of_new = (parse_slices(answer.content, form) for answer in (whole, new))
    assert slices
    assert of_new
    assert (of_new.head, of_new.tail) == (slices.head, slices.tail)
    assert set(of_new.entries) < set(slices.entries)
    again = browser.get(path, headers=asked | {"if-none-match": new.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_head_says_what_get_says(browser: TestClient, press: CommandLine) -> None:
    asked = WANTS | {"if-none-match": browser.get("/feeds/all.atom", headers=WANTS).headers["etag"]}
    add(press, "Weirs")
    got, head = browser.get("/feeds/all.atom", headers=asked), browser.head("/feeds/all.atom", headers=asked)
    assert (head.status_code, head.headers) == (226, got.headers)


def test_what_an_answer_depends_on_stands_in_one_header(browser: TestClient, press: CommandLine) -> None:
    """A cache may answer everybody who does not ask for deltas with one whole feed, and nobody else with it."""
    known = browser.get("/feeds/all.atom").headers["etag"]
    add(press, "Weirs")
    whole, of_deltas = (f"accept-encoding, a-im, sec-fetch-dest{more}" for more in ("", ", if-none-match"))
    for asked, status, vary in (
        ({}, 200, whole),
        ({"if-none-match": known}, 200, whole),
        ({"a-im": "vcdiff", "if-none-match": known}, 200, whole),
        ({"a-im": "feed"}, 200, of_deltas),
        ({"a-im": "feed", "if-none-match": known}, 226, of_deltas),
        ({"a-im": "feed", "if-none-match": "*"}, 304, of_deltas),
    ):
        answer = browser.get("/feeds/all.atom", headers=asked)
        assert answer.status_code == status, asked
        assert [value for name, value in answer.headers.multi_items() if name == "vary"] == [vary], asked


@pytest.mark.parametrize(
    "tags", ['"unknown"', "", '""', '"-gzip"', "W/", '"' + "x" * 5000 + '"', "é", '"unknown", "other-br"']
)
def test_who_has_what_nobody_knows_gets_the_whole(browser: TestClient, press: CommandLine, tags: str) -> None:
    add(press, "Weirs")
    asked = [(name.encode(), value.encode("latin-1")) for name, value in (WANTS | {"if-none-match": tags}).items()]
    answer = browser.get("/feeds/all.atom", headers=asked)
    assert (answer.status_code, answer.content) == (200, (press.site / "feeds" / "all.atom").read_bytes())


def test_of_several_states_the_newest_counts(browser: TestClient, press: CommandLine) -> None:
    tags = []
    for title in ("Weirs", "Dams", "Locks"):
        tags.append(browser.get("/feeds/all.json", headers=WANTS).headers["etag"])
        add(press, title)
    for some, titles in ((tags[:1], ["Locks", "Dams", "Weirs"]), (tags[:2], ["Locks", "Dams"]), (tags[2:], ["Locks"])):
        answer = browser.get("/feeds/all.json", headers=WANTS | {"if-none-match": ", ".join(("W/" + some[0], *some))})
        assert [item["title"] for item in answer.json()["items"]] == titles


def test_a_state_is_known_by_its_feed_and_for_as_long_as_it_is_among_the_last(
    browser: TestClient, press: CommandLine
) -> None:
    tag = browser.get("/feeds/all.atom", headers=WANTS).headers["etag"]
    with Tools.of(press.site).open_store() as store:
        for number in range(STATES_KEPT - 1):
            store.feed_files.add_state(FeedDocument("all.atom", b"", "", f"{number}"), b"")
        assert len(store.feed_files.states("all.atom", [tag.strip('"')])) == 1
    add(press, "Weirs")
    for path in ("/feeds/all.atom", "/feeds/all.rss", "/feeds/kinds/report.atom"):
        assert browser.get(path, headers=WANTS | {"if-none-match": tag}).status_code == 200


def test_what_is_as_it_was_before_is_the_newest_state_again(press: CommandLine) -> None:
    with Tools.of(press.site).open_store() as store:
        for etag, digests in (("1", b"first"), ("2", b"second"), ("1", b"first")):
            store.feed_files.add_state(FeedDocument("x.atom", b"", "", etag), digests)
        assert store.feed_files.states("x.atom", "12") == [b"first", b"second"]
        assert store.feed_files.states("y.atom", "12") == []


def test_an_archive_has_no_states_and_is_sent_whole(press: CommandLine) -> None:
    (press.site / "publisher.toml").write_text("[feeds]\nnewest = 1\n")
    press("publish")
    with TestClient(make_app(Tools.of(press.site), lambda: press.now)) as browser:
        path = "/feeds/archive/all/0001.atom"
        tag = browser.get(path, headers=WANTS).headers["etag"]
        press("release", "edit", "floods", "--title", "High water")
        press("publish")
        answer = browser.get(path, headers=WANTS | {"if-none-match": tag})
        assert (answer.status_code, len(entries(answer, Format.ATOM))) == (200, 2)
        assert answer.headers["etag"] != tag


def test_what_only_left_the_feed_or_its_title_is_no_entry(browser: TestClient, press: CommandLine) -> None:
    """Readers keep what has left, and take the title from the head."""
    tag = browser.get("/feeds/all.json", headers=WANTS).headers["etag"]
    (press.site / "publisher.toml").write_text('[site]\nname = "x"\n')
    press("publish")
    answer = browser.get("/feeds/all.json", headers=WANTS | {"if-none-match": tag})
    assert (answer.status_code, answer.json()["title"], answer.json()["items"][2:]) == (226, "x", [])


def test_what_is_new_is_worked_out_once(browser: TestClient, press: CommandLine) -> None:
    asked = WANTS | {"if-none-match": browser.get("/feeds/all.atom", headers=WANTS).headers["etag"]}
    add(press, "Weirs")
    first = browser.get("/feeds/all.atom", headers=asked)
    with patch("pressroom.web.deltas.only_new", side_effect=AssertionError):
        assert browser.get("/feeds/all.atom", headers=asked).content == first.content
    add(press, "Dams")
    assert len(entries(browser.get("/feeds/all.atom", headers=asked), Format.ATOM)) == 2


def test_without_a_catalogue_everybody_gets_the_whole(browser: TestClient, press: CommandLine) -> None:
    asked = WANTS | {"if-none-match": browser.get("/feeds/all.atom", headers=WANTS).headers["etag"]}
    add(press, "Weirs")
    catalogue = press.site / "data" / "catalogue.db"
    away = catalogue.rename(catalogue.with_name("away.db"))
    assert browser.get("/feeds/all.atom", headers=asked).status_code == 200
    away.rename(catalogue)
    assert browser.get("/feeds/all.atom", headers=asked).status_code == 226


def test_a_file_that_another_program_wrote_is_sent_whole(browser: TestClient, press: CommandLine) -> None:
    feed: Path = press.site / "feeds" / "all.atom"
    asked = WANTS | {"if-none-match": browser.get("/feeds/all.atom", headers=WANTS).headers["etag"]}
    feed.write_bytes(b"<feed/>")
    answer = browser.get("/feeds/all.atom", headers=asked)
    assert (answer.status_code, answer.content) == (200, b"<feed/>")


def test_what_is_no_feed_has_no_states(browser: TestClient, press: CommandLine) -> None:
    (press.site / "feeds" / "feeds.opml").write_text("<opml/>")
    answer = browser.get("/feeds/feeds.opml", headers=WANTS | {"if-none-match": '"x"'})
    assert (answer.status_code, answer.headers["vary"]) == (200, "accept-encoding")


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("feed", True),
        ("FEED", True),
        ("vcdiff, feed;q=0.5, gzip", True),
        ("feed, identity", True),
        ("feed;q=0.1, identity;q=0.5", False),
        ("feed;q=0", False),
        ("feed;q=0, identity;q=0", False),
        ("feeds, identity", False),
        ("", False),
    ],
)
def test_a_reader_says_whether_it_takes_deltas(header: str, wanted: bool) -> None:
    assert is_wanted("all.atom", {b"a-im": header.encode()}) == wanted


STEPS = st.lists(st.sampled_from(["add", "edit", "revise", "withdraw", "ask"]), min_size=1, max_size=8)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
@pytest.mark.parametrize("form", list(Format))
def test_a_reader_who_puts_together_what_is_new_has_the_whole(
    browser: TestClient, press: CommandLine, form: Format, steps: list[str]
) -> None:
    """Whatever happens, and however seldom it asks: each entry of the whole is there, as it is now."""
    path, tag, has = f"/feeds/all.{form}", "", dict[str, ReadEntry]()
    for step in [*steps, "ask"]:
        if step == "ask":
            answer = browser.get(path, headers=WANTS | {"if-none-match": tag})
            tag = answer.headers["etag"]
            has |= {entry.id: entry for entry in entries(answer, form)} if answer.content else {}
            continue
        _change(press, step)
    whole = entries(browser.get(path), form)
    assert {entry.id: entry for entry in whole}.items() <= has.items()


def _change(press: CommandLine, step: str) -> None:
    press.wait(minutes=1)
    newest = press.feed("all")["items"][0]["id"]
    command = {
        "add": ("add", "--title", "Weirs"),
        "edit": ("edit", newest, "--summary", f"At {press.now}"),
        "revise": ("revise", newest, "--note", "Figures mended"),
        "withdraw": ("withdraw", newest, "--reason", "Wrong"),
    }
    press("release", *command[step], ok=False)  # what is withdrawn is revised no more
    press("publish")


HEADER = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=80)
PARTS = st.lists(
    st.sampled_from(["feed", "identity", ";q=", "0", "1", ",", '"', "W/", "-gzip", "-br", "*", " ", "TAG"])
)


@pytest.mark.R12
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(manipulations=HEADER | PARTS.map("".join), tags=HEADER | PARTS.map("".join))
def test_whatever_the_headers_say_each_answer_is_the_whole_or_a_part_of_it(
    browser: TestClient, press: CommandLine, manipulations: str, tags: str
) -> None:
    whole = parse_slices((press.site / "feeds" / "all.atom").read_bytes(), Format.ATOM)
    assert whole
    with sqlite3.connect(press.site / "data" / "catalogue.db") as catalogue:
        [tag] = catalogue.execute("SELECT etag FROM feed_states WHERE path = 'all.atom' LIMIT 1").fetchone()
    catalogue.close()
    asked = {"a-im": manipulations, "if-none-match": tags.replace("TAG", tag), "accept-encoding": "identity"}
    answer = browser.get(
        "/feeds/all.atom", headers=[(name.encode(), said.encode("latin-1")) for name, said in asked.items()]
    )
    assert answer.status_code in (200, 226, 304)
    if answer.status_code == 200:
        assert answer.content == whole.whole
    elif answer.status_code == 226:
        assert answer.content == whole.without(whole.digests()).whole


def test_an_earlier_state_is_known_after_a_restart(press: CommandLine) -> None:
    with TestClient(make_app(Tools.of(press.site), lambda: press.now)) as before:
        tag = before.get("/feeds/all.json").headers["etag"]
    add(press, "Weirs")
    with TestClient(make_app(Tools.of(press.site), lambda: press.now)) as after:
        answer = after.get("/feeds/all.json", headers=WANTS | {"if-none-match": tag})
        assert [item["title"] for item in answer.json()["items"]] == ["Weirs"]


def test_a_kept_state_takes_little_room(press: CommandLine) -> None:
    with sqlite3.connect(press.site / "data" / "catalogue.db") as catalogue:
        rows = catalogue.execute("SELECT length(digests) FROM feed_states WHERE path LIKE 'all.%'").fetchall()
    catalogue.close()
    assert rows == [(16,)] * 3
