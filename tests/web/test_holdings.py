"""What is held about a person, as they may read it and take it along (UK GDPR art. 15 and 20)."""

from __future__ import annotations

import json

from lxml import html as lxml_html

from pressroom.membership.complaints import complain
from pressroom.membership.signing_up import ask
from pressroom.models.sign_ups import SignUp
from pressroom.storage import Store
from pressroom.tools import Tools
from tests.web.conftest import ADA, Reader
from tests.web.test_preferences import fresh

NEW = "ada.lovelace@example.net"


class TestWhatIsHeld:
    def test_is_the_same_by_page_and_by_command(self, active: Reader) -> None:
        active.press("release", "add", "--title", "More floods", "--topic", "rivers")
        active.press.wait(days=1)
        active.press("publish")
        link = fresh(active)
        answer = active.browser.get(f"{link}/data.json")
        assert answer.headers["content-disposition"].startswith("attachment")
        held = json.loads(answer.text)
        assert held == json.loads(active.press("subscriber", "export", ADA).out)
        assert held["person"]["address"] == ADA
        assert [one["titles"] for one in held["digests"]] == [["More floods"]]
        assert [one["what"] for one in held["choices"]] == ["Rivers", "Roads"]
        assert held["consents"][0]["basis"] == "consent"
        assert [one["kind"] for one in held["letters"]] == ["preferences"]

    def test_is_readable_as_a_page(self, active: Reader) -> None:
        page = active.browser.get(f"{fresh(active)}/data")
        assert page.text == active.press("subscriber", "export", ADA, "--format", "html").out.rstrip("\n")
        text = lxml_html.fromstring(page.text).text_content()
        for said in (ADA, "What you chose", "Rivers", "What you agreed to", "Lawful basis"):
            assert said in text
        assert page.headers["cache-control"] == "no-store"

    def test_is_all_that_there_is(self, active: Reader, store: Store) -> None:
        """What was told before the records were deleted, what waits, what limits kept away, and what forms brought."""
        press, tools = active.press, Tools.of(active.press.site)
        press("release", "add", "--title", "Told long ago", "--topic", "rivers")
        press.wait(days=1)
        press("publish")
        press.wait(days=91)
        press("publish")
        press("subscriber", "set", ADA, "--only-kind", "guide", "--only-language", "nl")
        press("release", "add", "--title", "Held back", "--kind", "report", "--topic", "rivers")
        press.wait(days=1)
        press("publish")
        press("subscriber", "set", ADA, "--only-kind", "all", "--only-language", "en")
        press("release", "add", "--title", "Struck", "--topic", "roads")
        press("publish")
        press("subscriber", "set", ADA, "--drop", "roads")
        press("release", "add", "--title", "Still to come", "--topic", "rivers")
        press("publish")
        contact = f"Ada <{ADA.upper()}>; 020 7946 0000"
        complain(store, tools, name="Ada", contact=contact, text="Too many", place="192.0.2.1", now=press.now)
        complain(store, tools, name="Bo", contact=f"bo.{ADA}", text="Me too", place="192.0.2.1", now=press.now)
        ask(store, tools, SignUp(ADA, "nl", [("roads", "weekly")]), "192.0.2.1", press.now)
        held = json.loads(press("subscriber", "export", ADA).out)
        for name, title in {
            "earlier": "Told long ago", "held_back": "Held back", "struck": "Struck", "waiting": "Still to come"
        }.items():  # fmt: skip
            assert (name, held[name]) == (name, [{"title": title}])
        assert [one["chosen"] for one in held["sign_ups"]] == [["roads=weekly"]]
        assert [one["text"] for one in held["complaints"]] == ["Too many"]
        assert held["person"]["only_languages"] == ["en"]

    def test_tells_of_nobody_else_whether_we_know_them(self, active: Reader, store: Store) -> None:
        active.press("subscriber", "add", "bo@example.org", "--confirmed")
        link = fresh(active)
        for address in ("bo@example.org", NEW):
            active.browser.post(f"{link}/address", data={"address": address})
        active.press("deliver")
        letters = json.loads(active.press("subscriber", "export", ADA).out)["letters"]
        told = [{name: one[name] for name in one if name not in ("at", "to")} for one in letters if one["to"]]
        assert told == [{"kind": "address"}] * 2
        assert [one["to"] for one in letters] == ["", "bo@example.org", NEW]

    def test_is_told_in_words_of_the_readers_language(self, active: Reader) -> None:
        active.press("subscriber", "set", ADA, "--language", "nl", "--only-kind", "case-study", "--no-partners")
        active.press("subscriber", "feed", ADA)
        link = fresh(active)
        active.press("deliver")
        page = lxml_html.fromstring(active.browser.get(f"{link}/data").text)
        told = [" ".join(one.text_content().split()) for one in page.iter("dd")]
        for said in (
            "krijgt overzichten", "dagelijks", "verstuurd", "brengt een link naar de voorkeuren", "Praktijkvoorbeeld",
            "Nederlands", "een eigen feed: gemaakt", "ja", "Taal: Nederlands",
            "aangemeld: Rivers: dagelijks, Roads: wekelijks",
        ):  # fmt: skip
            assert said in told

    def test_can_be_read_whatever_topics_are_called(self, active: Reader) -> None:
        for name in ("paused until further notice", "confirmed"):
            active.press("topic", "add", name)
            active.press("subscriber", "set", ADA, "--topic", name.replace(" ", "-"))
        active.press("subscriber", "set", ADA, "--language", "nl")
        page = lxml_html.fromstring(active.browser.get(f"{fresh(active)}/data").text)
        told = [one.text for one in page.iter("h3")]
        assert "paused until further notice" in told
        assert "confirmed" in told

    def test_stands_under_headings_that_tell_records_apart_what_runs_before_what_has_ended(
        self, active: Reader
    ) -> None:
        active.press("subscriber", "set", ADA, "--topic", "rivers=monthly")
        active.press("publish")
        page = lxml_html.fromstring(active.browser.get(f"{fresh(active)}/data").text)
        sections = {one.xpath("string(h2)"): one for one in page.xpath("//section")}
        chosen = sections["What you chose"]
        assert chosen.xpath("h3/text()")[:2] == ["Roads", "Rivers"]
        assert "Ended" not in chosen.xpath("string(dl[1])") + chosen.xpath("string(dl[2])")
        assert "Ended" in chosen.xpath("string(dl[last()])")
        assert all(":" in title for title in sections["What you agreed to"].xpath("h3/text()"))
        assert all(one.xpath("ul/li") or one.xpath("dl") for one in sections.values())

    def test_is_one_document_where_a_program_asks_for_the_page(self, active: Reader) -> None:
        document = active.press.ask("subscriber", "export", ADA, "--format", "html")
        assert document["address"] == ADA
        assert document["page"].startswith("<!doctype html>")

    def test_holds_no_key_to_act_with(self, active: Reader, store: Store) -> None:
        link = fresh(active)
        keys = [row["key"] for row in store.rows("SELECT key FROM letters")]
        for path in ("/data", "/data.json"):
            text = active.browser.get(link + path).text
            assert active.token not in text
            assert not [key for key in keys if key in text]
