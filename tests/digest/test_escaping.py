"""Markup in a fact is text wherever it is shown: in mails, in feeds and on pages (R12)."""

from __future__ import annotations

import json
import sqlite3

import pytest
from starlette.testclient import TestClient

from pressroom.tools import Tools
from pressroom.web.app import make_app
from tests.builders import an_offered_item
from tests.conftest import CommandLine, Press
from tests.digest.samples import composed

HOSTILE = "Rivers <b>&amp; roads"
SHOWN = "Rivers &lt;b&gt;&amp;amp; roads"
pytestmark = pytest.mark.R12


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    fresh("topic", "add", "Rivers")
    return fresh


def content_of(run: CommandLine, slug: str) -> str:
    (item,) = [item for item in run.feed("all")["items"] if item["url"].endswith(f"/{slug}")]
    return str(item["content_html"])


def test_the_headline_of_a_digest_is_text() -> None:
    html = composed(*(an_offered_item(title=f"{HOSTILE} {number}") for number in range(6))).html
    assert SHOWN in html
    assert "<b>" not in html


def test_the_contents_of_a_digest_are_text() -> None:
    items = [an_offered_item("A <b>B", title=f"Rivers {number}") for number in range(6)]
    html = composed(*items, an_offered_item("Other", title="Roads")).html
    assert "A &lt;b&gt;B" in html
    assert "<b>" not in html


def test_why_and_by_what_a_release_was_withdrawn_is_text_in_feeds(press: CommandLine) -> None:
    old = press.ask("release", "add", "--title", "Old")["slug"]
    new = press.ask("release", "add", "--title", HOSTILE)["slug"]
    press("publish")
    press("release", "withdraw", old, "--reason", "Was <b>wrong", "--replacement", new)
    press("publish")
    html = content_of(press, old)
    assert "Was &lt;b&gt;wrong" in html
    assert SHOWN in html
    assert "<b>" not in html


def test_what_changed_is_text_in_feeds(press: CommandLine) -> None:
    slug = press.ask("release", "add", "--title", "Rivers")["slug"]
    press("publish")
    press("release", "revise", slug, "--note", "Was <b>wrong")
    press("publish")
    html = content_of(press, slug)
    assert "Was &lt;b&gt;wrong" in html
    assert "<b>" not in html


def test_the_format_of_a_file_is_text_in_feeds(press: CommandLine) -> None:
    record = {
        "title": "Floods",
        "published": "2026-01-20",
        "download_url": "https://example.org/floods",
        "extra": {"format": "<b>"},
    }
    lines = press.site / "records.jsonl"
    lines.write_text(json.dumps(record))
    press("import", str(lines))
    press("publish")
    html = content_of(press, "floods").lower()
    assert "&lt;b&gt;" in html
    assert "<b>" not in html


def test_the_name_of_a_topic_is_text_in_a_mail(press: CommandLine, tools: Tools) -> None:
    press("subscriber", "add", "ada@example.org", "--frequency", "daily", "--confirmed")
    with sqlite3.connect(tools.catalogue) as connection:
        connection.execute("UPDATE topics SET name = 'A <b>B'")
    connection.close()
    for number in range(6):
        press("release", "add", "--title", f"Rivers {number}", "--topic", "rivers")
    press.wait(days=1)
    press("publish")
    (mail,) = press.mails("ada@example.org")
    part = mail.get_body(("html",))
    assert part is not None
    assert "<b>" not in part.get_content()


def test_the_name_of_the_site_is_text_on_its_pages(run: CommandLine, tools: Tools) -> None:
    (tools.site / "publisher.toml").write_text('[site]\nname = "A <b>B</b>"\n')
    with TestClient(make_app(Tools.of(tools.site), lambda: run.now)) as browser:
        for path in ("/nothing", f"/unsubscribe/{'a' * 26}"):
            text = browser.get(path).text
            assert "A &lt;b&gt;B" in text
            assert "<b>" not in text
