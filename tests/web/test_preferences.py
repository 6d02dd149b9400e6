"""Preferences: a fresh link by mail, one form for everything, a pause (R8)."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import html as lxml_html

from tests.conftest import CommandLine
from tests.web.conftest import ADA, Reader

FORM = {"follow": ["rivers"], "often rivers": "weekly", "partners": "yes", "language": "en"}


def fresh(reader: Reader) -> str:
    """Ask for a fresh link, and return it."""
    reader.browser.post(f"/preferences/{reader.token}")
    return reader.link("/preferences/.{58}")


class TestTheLinkInADigest:
    @pytest.mark.R8
    def test_shows_a_button_that_sends_a_fresh_link(self, active: Reader) -> None:
        link = f"/preferences/{active.token}"
        assert "<button>Send me the link</button>" in active.browser.get(link).text
        active.press("deliver")
        assert active.press.mails(ADA) == []
        assert "is on its way" in active.browser.post(link).text
        assert "Save these preferences" in active.browser.get(active.link("/preferences/.{58}")).text

    def test_answers_the_same_whoever_asks_and_however_often(self, active: Reader) -> None:
        answers = [active.browser.post(f"/preferences/{active.token}") for _ in range(3)]
        answers.append(active.browser.post(f"/preferences/{'a' * 26}"))
        active.press("subscriber", "unsubscribe", ADA)
        answers.append(active.browser.post(f"/preferences/{active.token}"))
        assert {(answer.status_code, answer.text) for answer in answers} == {(200, answers[0].text)}

    def test_sends_one_letter_however_often_it_is_pressed_and_none_to_who_left_since(self, active: Reader) -> None:
        for _ in range(3):
            active.browser.post(f"/preferences/{active.token}")
        active.press("deliver")
        assert len(active.press.mails(ADA)) == 1
        active.press.wait(hours=2)
        active.browser.post(f"/preferences/{active.token}")
        active.press("subscriber", "unsubscribe", ADA)
        active.press("subscriber", "add", ADA, "--confirmed")
        active.press("deliver")
        assert len(active.press.mails(ADA)) == 1

    def test_shows_the_same_for_a_token_of_nobody(self, active: Reader) -> None:
        pages = [active.browser.get(f"/preferences/{token}") for token in (active.token, "a" * 26)]
        assert pages[0].text.replace(active.token, "a" * 26) == pages[1].text

    def test_says_when_it_was_cut(self, active: Reader) -> None:
        answer = active.browser.get(f"/preferences/{active.token[:-4]}")
        assert (answer.status_code, "This link is incomplete" in answer.text) == (404, True)


class TestTheForm:
    def test_shows_what_is_chosen(self, active: Reader) -> None:
        page = lxml_html.fromstring(active.browser.get(fresh(active)).text)
        assert page.xpath("//input[@name='follow' and @checked]/@value") == ["rivers", "roads"]
        often = {
            one.get("name"): one.xpath("option[@selected]/@value")
            for one in page.xpath("//select[contains(@name, 'often')]")
        }
        assert (often["often rivers"], often["often roads"]) == (["daily"], ["weekly"])
        assert page.xpath("//input[@name='partners']/@checked")
        assert page.xpath("//select[@name='language']/option[@selected]/@value") == ["en"]
        assert page.xpath("//select[@name='language']/option/text()") == ["English", "Nederlands"]

    @pytest.mark.R9
    def test_names_no_topic_that_nothing_is_out_under(self, active: Reader) -> None:
        assert "Secret matters" not in active.browser.get(fresh(active)).text

    def test_changes_everything_in_one_go_with_one_consent(self, active: Reader) -> None:
        before = active.shown()["consents"]
        link = fresh(active)
        answer = active.browser.post(link, data={
            "follow": ["all", "roads"], "often all": "monthly", "often roads": "immediate", "often rivers": "daily",
            "kind": ["report", "guide"], "language": "nl",
        })  # fmt: skip
        assert answer.status_code == 200
        assert "U volgt: Roads (meteen); alles wat wij uitbrengen (maandelijks)." in answer.text
        assert "Daarvan ontvangt u: Rapport en Handreiking." in answer.text
        shown = active.shown()
        assert shown["choices"] == ["roads=immediate", "all=monthly"]
        assert shown["filter"] == {"kinds": ["guide", "report"], "languages": [], "partners": False}
        assert shown["language"] == "nl"
        consents = shown["consents"]
        assert isinstance(consents, list)
        assert isinstance(before, list)
        (one,) = consents[len(before) :]
        assert one["how"] == "preferences page"
        assert one["what"] == (
            "changed: all=monthly, roads=immediate; filter kinds guide, report; no partners; language nl"
        )

    def test_sent_unchanged_changes_nothing(self, active: Reader) -> None:
        link = fresh(active)
        page = lxml_html.fromstring(active.browser.get(link).text)
        before = active.shown()
        active.browser.post(link, data=sent_by(page))
        assert active.shown() == before

    def test_all_kinds_or_none_are_no_limit(self, active: Reader) -> None:
        link = fresh(active)
        active.browser.post(link, data=FORM | {"kind": ["report"]})
        assert "Of that you get: Report." in active.browser.post(link, data=FORM | {"kind": ["report"]}).text
        active.browser.post(link, data=FORM)
        shown = active.shown()["filter"]
        assert isinstance(shown, dict)
        assert shown["kinds"] == []

    def test_a_language_that_we_have_no_words_in_stays_known(self, press: CommandLine, active: Reader) -> None:
        press("subscriber", "add", "gwen@example.org", "--language", "cy", "--confirmed")
        gwen = Reader(press, active.browser, "gwen@example.org")
        gwen.browser.post(fresh(gwen), data=FORM)
        assert gwen.shown()["language"] == "cy"

    @pytest.mark.R4
    def test_what_still_matches_stays_owed(self, active: Reader) -> None:
        active.press("release", "add", "--title", "More floods", "--topic", "rivers")
        active.press("release", "add", "--title", "More bridges", "--topic", "roads")
        active.press("publish", "--feeds-only")
        active.browser.post(fresh(active), data=FORM | {"often rivers": "daily"})
        active.press.wait(days=1)
        active.press("publish")
        told = [titles for titles in active.press.titles(ADA) if titles]
        assert told == [["More floods"]]

    @pytest.mark.R12
    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"follow": []}, "Choose at least one topic, or unsubscribe below."),
            ({"follow": ["lakes"], "often lakes": "daily"}, "One of the choices could not be used."),
            (
                {"follow": ["secret-matters"], "often secret-matters": "daily"},
                "One of the choices could not be used.",
            ),
            ({"often rivers": "hourly"}, "One of the choices could not be used."),
            ({"kind": ["rumour"]}, "One of the choices could not be used."),
            ({"language": "xx"}, "One of the choices could not be used."),
            ({"language": ""}, "One of the choices could not be used."),
        ],
    )
    def test_that_cannot_be_used_changes_nothing_and_says_so(
        self, active: Reader, change: dict[str, Any], said: str
    ) -> None:
        link, before = fresh(active), active.shown()
        answer = active.browser.post(link, data=FORM | change)
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text
        assert said in answer.text
        assert "<title>Error: " in answer.text
        assert active.shown() == before

    @pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"&" * 5_000, b"a=b&" * 5_000])
    @pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "a/b"])
    def test_of_another_make_changes_nothing(self, active: Reader, body: bytes, kind: str) -> None:
        link, before = fresh(active), active.shown()
        assert active.browser.post(link, content=body, headers={"content-type": kind}).status_code == 422
        assert active.shown() == before

    def test_works_for_24_hours_as_often_as_wanted(self, active: Reader) -> None:
        link = fresh(active)
        active.press.wait(hours=23, minutes=59)
        assert active.browser.post(link, data=FORM).status_code == 200
        assert active.browser.post(link, data=FORM).status_code == 200
        active.press.wait(minutes=1)
        assert active.browser.get(link).status_code == active.browser.post(link, data=FORM).status_code == 410

    @pytest.mark.R7
    def test_brings_nobody_back(self, active: Reader) -> None:
        link = fresh(active)
        active.press("subscriber", "unsubscribe", ADA)
        assert active.browser.post(link, data=FORM).status_code == 410
        assert active.shown()["state"] == "ended"

    def test_names_nobody_but_its_bearer(self, press: CommandLine, active: Reader) -> None:
        press("subscriber", "add", "bo@example.org", "--confirmed")
        active.browser.post(fresh(active), data=FORM | {"address": "bo@example.org", "token": "x"})
        assert press.ask("subscriber", "show", "bo@example.org")["choices"] == ["all=weekly"]


class TestALimitToLanguages:
    def test_that_our_editors_have_set_is_shown_and_can_be_lifted(self, active: Reader) -> None:
        active.press("subscriber", "set", ADA, "--only-language", "nl", "--only-language", "de")
        link = fresh(active)
        page = lxml_html.fromstring(active.browser.get(link).text)
        assert page.xpath("//details[@open]//input[@name='only-in'][@checked]/@value") == ["de", "nl"]
        saved = active.browser.post(link, data=FORM | {"only-in": ["nl", "fr"]}).text
        assert "You get only what is in Dutch." in saved
        assert active.shown()["filter"]["languages"] == ["nl"]  # type: ignore[index]
        active.browser.post(link, data=FORM)
        assert active.shown()["filter"]["languages"] == []  # type: ignore[index]
        assert "only-in" not in active.browser.get(link).text


class TestThePause:
    @pytest.mark.R8
    def test_is_four_weeks_from_now_by_a_button(self, active: Reader) -> None:
        link = f"/preferences/{active.token}/pause"
        assert "until 23 February 2026" in active.browser.get(link).text
        assert active.shown()["paused"] is False
        assert "Your digests are paused until 23 February 2026." in active.browser.post(link).text
        assert active.shown()["paused_until"] == "2026-02-23"

    def test_tells_nobody_who_has_the_mail_how_things_stand(self, active: Reader) -> None:
        """Paused, paused for long, not paused, gone, or never there: the pages are the same."""
        link, nobody = f"/preferences/{active.token}/pause", f"/preferences/{'a' * 26}/pause"
        seen = []
        for words in ((), ("pause", ADA, "--until", "2026-12-24"), ("pause", ADA), ("unsubscribe", ADA)):
            if words:
                active.press("subscriber", *words)
            seen += [active.browser.get(link).text, active.browser.post(link).text]
        others = [active.browser.get(nobody), active.browser.post(nobody)]
        assert {answer.status_code for answer in others} == {200}
        assert {text.replace(active.token, "a" * 26) for text in seen} == {answer.text for answer in others}

    @pytest.mark.parametrize(("until", "then"), [("2026-12-24", "2026-12-24"), ("2026-02-01", "2026-02-23")])
    def test_is_made_longer_by_who_has_the_mail_and_never_shorter(self, active: Reader, until: str, then: str) -> None:
        active.press("subscriber", "pause", ADA, "--until", until)
        active.browser.post(f"/preferences/{active.token}/pause")
        assert active.shown()["paused_until"] == then

    def test_ends_only_by_a_fresh_link(self, active: Reader) -> None:
        active.press("subscriber", "pause", ADA)
        active.browser.post(f"/preferences/{active.token}/pause")
        assert active.shown()["paused_until"] is None
        assert active.browser.post(f"/preferences/{active.token}/resume").status_code == 410
        assert active.shown()["paused"] is True
        link = fresh(active)
        assert "You get digests again." in active.browser.post(f"{link}/resume").text
        assert active.browser.post(f"{link}/resume").status_code == 200
        assert active.shown()["paused"] is False

    def test_keeps_what_comes_out_for_afterwards(self, active: Reader) -> None:
        active.browser.post(f"/preferences/{active.token}/pause")
        active.press("release", "add", "--title", "Meanwhile", "--topic", "rivers")
        active.press.wait(days=27)
        active.press("publish")
        assert active.press.mails(ADA) == []
        active.press.wait(days=1)
        active.press("publish")
        assert ["Meanwhile"] in active.press.titles(ADA)


def sent_by(page: Any) -> dict[str, Any]:
    """Return what a browser sends when nothing in the form is touched."""
    data: dict[str, Any] = {}
    for field in page.xpath("//input[@checked]"):
        data.setdefault(field.get("name"), []).append(field.get("value"))
    for field in page.xpath("//select"):
        data[field.get("name")] = field.xpath("option[@selected]/@value")
    return data
