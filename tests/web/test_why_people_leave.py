"""Why people leave: asked of who has just unsubscribed, counted, and never traced back."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from lxml import html as lxml_html
from starlette.testclient import TestClient

from pressroom.storage import Store
from pressroom.tools import Tools
from pressroom.web.app import make_app
from tests.web.conftest import Reader
from tests.web.test_undo import undo_of


class TestWhy:
    def form_of(self, active: Reader) -> tuple[str, str]:
        """Return where the form of the page is sent to, and the key in it."""
        page = active.browser.post(f"/unsubscribe/{active.token}").text
        action, key = re.search(r'action="(\S+/why)"', page), re.search(r'name="key" value="(\w+)"', page)
        assert action
        assert key
        return action[1], key[1]

    def test_is_counted_once_for_a_page_whose_last_answer_counts(self, active: Reader) -> None:
        why, key = self.form_of(active)
        answer = active.browser.post(why, data={"why": "too-many", "key": key})
        assert "Thank you for telling us why." in answer.text
        assert "/undo" in answer.text
        active.browser.post(why, data={"why": "feed", "key": key})
        assert active.press.ask("subscriber", "reasons") == {"feed": 1}
        assert "I read the feed instead" in active.press("subscriber", "reasons").out

    def test_is_kept_without_who_and_without_the_moment(self, active: Reader, store: Store, tools: Tools) -> None:
        why, key = self.form_of(active)
        active.browser.post(why, data={"why": "feed", "key": key})
        assert [tuple(row) for row in store.rows("SELECT * FROM farewells")] == [(key, "2026-01", "feed")]
        told = why.split("/")[2]
        assert key != tools.signer.place_hash(told)[:26]
        assert key not in told

    def test_is_counted_in_the_month_of_the_site(self, active: Reader, store: Store) -> None:
        (active.press.site / "publisher.toml").write_text('[site]\ntimezone = "Pacific/Auckland"\n')
        active.press.wait(days=5, hours=5)  # 31 January 14:01 UTC
        with TestClient(make_app(Tools.of(active.press.site), lambda: active.press.now)) as browser:
            there = replace(active, browser=browser)
            why, key = self.form_of(there)
            browser.post(why, data={"why": "feed", "key": key})
        assert store.value("SELECT month FROM farewells") == "2026-02"

    @pytest.mark.R12
    @pytest.mark.parametrize("key", ["", "a", "x" * 500, "Ada was here, at ten o'clock.", "A" * 26])
    def test_is_not_counted_under_a_key_of_another_form(self, active: Reader, key: str) -> None:
        why, _ = self.form_of(active)
        assert "Why did you leave?" in active.browser.post(why, data={"why": "feed", "key": key}).text
        assert active.press.ask("subscriber", "reasons") == {}

    def test_is_asked_for_once_more_when_none_is_chosen(self, active: Reader) -> None:
        undo = undo_of(active)
        answer = active.browser.post(undo.replace("/undo", "/why"))
        page = lxml_html.fromstring(answer.text)
        assert answer.status_code == 422
        assert page.xpath("//*[@role='alert']//a/@href") == ["#why"]
        assert page.xpath("//input[@id='why']/@type") == ["radio"]
        assert active.browser.post(undo).status_code == 200

    @pytest.mark.parametrize("fields", [{}, {"why": ""}, {"why": "because I say so"}])
    def test_need_not_be_said(self, active: Reader, fields: dict[str, str]) -> None:
        why = undo_of(active).replace("/undo", "/why")
        assert "Why did you leave?" in active.browser.post(why, data=fields).text
        assert active.press.ask("subscriber", "reasons") == {}

    def test_cannot_be_said_by_others(self, active: Reader) -> None:
        assert active.browser.post(f"/unsubscribe/{active.token}/why", data={"why": "feed"}).status_code == 410
        assert active.press.ask("subscriber", "reasons") == {}
