"""Every word of every page is translated: in a language whose letters all bear accents, pages show only those."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import html as lxml_html
from starlette.testclient import TestClient

from pressroom.membership.letters import write_again
from pressroom.models.letters import LetterKind
from pressroom.models.people import Subscriber
from pressroom.models.words import Words
from pressroom.storage import Store
from pressroom.tools import Tools
from pressroom.web.app import make_app
from tests.conftest import CommandLine, copy_site
from tests.test_translations import leftovers, pseudo_words
from tests.web.test_every_page import mailed

__all__ = ["mailed"]  # the site of those tests

NAMES = {"BibTeX", "RIS", "Atom", "RSS", "JSON", "Microsoft", "Teams", "Slack", "Zotero"}
"""What goes by one name in every language."""
AS_THEY_ARE = ("code", "dd", "script", "td")
"""Elements that show values as they are kept, or source."""
TEMPLATES = {
    "address_asked.html", "complaint.html", "complaint_received.html", "confirm.html", "confirmed.html",
    "feeds.html", "forget.html", "forgotten.html", "holdings.html", "home.html", "issue.html", "issues.html",
    "message.html", "pause.html", "paused.html", "preferences.html", "preferences_link.html",
    "preferences_link_sent.html", "preferences_saved.html", "release.html", "releases.html",
    "stopped.html", "subscribe.html", "subscribe_embed.html", "subscribe_sent.html", "topic.html", "undo.html",
    "undone.html", "unsubscribe.html", "unsubscribed.html",
}  # fmt: skip
CHOICES = {"follow": ["all", "rivers"], "often all": "weekly", "often rivers": "immediate", "kind": "report",
           "language": "el"}  # fmt: skip


@dataclass
class Visit:
    """A visitor who has letters to two people of the site in hand."""

    browser: TestClient
    press: CommandLine
    tools: Tools
    bo: Subscriber
    form: str
    confirm: str

    def every_answer(self) -> Iterator[Any]:
        yield from self.nowhere()
        yield from self.in_public()
        yield from self.signing_up()
        yield from self.choosing()
        yield from self.leaving()
        yield from self.with_a_fresh_link()
        self.tools.catalogue.rename(self.tools.data / "away")
        yield self.browser.post(self.confirm)

    def nowhere(self) -> Iterator[Any]:
        for path in ("/nothing", "/unsubscribe/cut", "/confirm/x", f"/feeds/topics/{'+'.join('abcdefghijk')}.atom"):
            yield self.browser.get(path)

    def in_public(self) -> Iterator[Any]:
        paths = (
            "/releases/floods",
            "/",
            "/releases/",
            "/releases/?q=x",
            "/topics/rivers",
            "/issues/",
            "/issues/?topic=rivers",
            "/issues/1",
            "/feeds/",
            "/subscribe/embed",
        )
        for path in paths:
            yield self.browser.get(path)

    def signing_up(self) -> Iterator[Any]:
        yield (empty := self.browser.get("/subscribe"))
        formed = re.search('name="formed" value="([^"]+)"', empty.text)
        assert formed
        yield self.browser.post("/subscribe")
        wish = CHOICES | {"address": "ε@example.org", "formed": formed[1]}
        yield self.browser.post("/subscribe", data=wish)
        self.press.now += timedelta(seconds=5)
        for number in range(11):
            yield self.browser.post("/subscribe", data=wish | {"address": f"{number}@例.例"})
        yield self.browser.get(self.confirm)
        yield self.browser.post(self.confirm)
        yield self.browser.get("/complaint")
        for text in ("", "ε" * 5001, "ε"):
            yield self.browser.post("/complaint", data={"text": text})

    def choosing(self) -> Iterator[Any]:
        for path in (f"/preferences/{'a' * 26}", self.form):
            yield self.browser.get(path)
            yield self.browser.post(path)
        for sent in ({"follow": "nothing"}, CHOICES | {"seen": "ε"}, CHOICES):
            yield self.browser.post(self.form, data=sent)
        pause = f"/preferences/{self.bo.unsubscribe_token}"
        yield self.browser.get(f"{pause}/pause")
        yield self.browser.post(f"{pause}/pause")
        yield self.browser.get(self.form)
        yield self.browser.post(f"{self.form}/resume")

    def leaving(self) -> Iterator[Any]:
        stop = f"/unsubscribe/{self.bo.unsubscribe_token}"
        yield self.browser.get(stop)
        yield self.browser.post(f"{stop}/immediate")
        yield self.browser.get(stop)
        yield (gone := self.browser.post(stop))
        undo = re.search(r'action="(/unsubscribe/\w+/undo)"', gone.text)
        key = re.search(r'name="key" value="(\w+)"', gone.text)
        assert undo
        assert key
        yield self.browser.get(undo[1])
        yield self.browser.post(undo[1].replace("/undo", "/why"), data={"why": "feed", "key": key[1]})
        yield self.browser.post(undo[1])

    def with_a_fresh_link(self) -> Iterator[Any]:
        yield self.browser.post(f"{self.form}/pause", data={"until": "0"})
        for address in ("ε", "new@example.org"):
            yield self.browser.post(f"{self.form}/address", data={"address": address})
        yield self.browser.post(f"{self.form}/feed", data={"act": "make"})
        yield self.browser.get(f"{self.form}/data")
        yield self.browser.get(f"{self.form}/forget")
        yield self.browser.post(f"{self.form}/forget")


def renamed(store: Store) -> tuple[Subscriber, Subscriber]:
    """Give everything that is named by people a name in another script, and return two of the subscribers."""
    for change in (
        "UPDATE topics SET name = '川'",
        "UPDATE issues SET title = '川', content = '<h1>川</h1>'",
        """UPDATE releases SET summary = '川', title = '川', publisher = '日本', language = 'el',
            url = 'https://example.org/'""",
        "UPDATE subscribers SET address = pk || '@例.例', address_key = pk || '@例.例', paused = 0",
    ):
        store.write(change)
    return store.subscribers.get("1@例.例"), store.subscribers.get("2@例.例")


@pytest.fixture
def visit(mailed: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Visit]:
    copy_site(mailed.site, tmp_path / "site")
    press = CommandLine(tmp_path / "site", None, mailed.now)  # type: ignore[arg-type]  # it runs no command
    (press.site / "publisher.toml").write_text('[site]\nname = "日本"\ndescription = "日本"\n')
    tools = Tools.of(press.site)
    with tools.open_store() as store:
        bo, cy = renamed(store)
        press.now += timedelta(hours=2)
        write_again(store, bo, LetterKind.PREFERENCES, press.now)
        fresh = store.letters.of(bo.pk, LetterKind.PREFERENCES)[0]
        asked = store.letters.of(cy.pk, LetterKind.CONFIRMATION)[0]
    words = pseudo_words()
    monkeypatch.setattr(tools.translations, "words", lambda *_: words)
    monkeypatch.setattr(tools.translations, "languages", ["el"])
    monkeypatch.setattr(Words, "own_name", "ξ")
    form = f"/preferences/{tools.signer.signed_token('preferences', fresh.key, fresh.expires)}"
    confirm = f"/confirm/{tools.signer.signed_token('confirmation', asked.key, asked.expires)}"
    with TestClient(make_app(tools, lambda: press.now)) as browser:
        yield Visit(browser, press, tools, bo, form, confirm)


def test_no_page_leaves_a_word_in_english(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    rendered = seen_templates(monkeypatch, visit.tools)
    for answer in visit.every_answer():
        left = [word for word in leftovers(shown(answer.text)) if word not in NAMES]
        assert left == [], answer.url
    assert rendered == {f"web/{name}" for name in TEMPLATES}


def seen_templates(monkeypatch: pytest.MonkeyPatch, tools: Tools) -> set[str]:
    """Return a set that fills with the names of the templates that are rendered."""
    seen: set[str] = set()
    render = tools.templates.render

    def noting(name: str, *words: Words, **facts: object) -> str:
        seen.add(name)
        return render(name, *words, **facts)

    monkeypatch.setattr(tools.templates, "render", noting)
    return seen


def shown(html: str) -> list[str]:
    page = lxml_html.fromstring(html)
    texts = page.xpath(f"//text()[not({' or '.join(f'ancestor::{tag}' for tag in AS_THEY_ARE)})]")
    attributes = [one.get(name) for one in page.iter() for name in ("aria-label", "title", "alt", "placeholder")]
    return [text for text in (*texts, *attributes) if text and not text.startswith("http://")]
