"""What a fresh link to the preferences opens besides the choices: pause, another address, what is held, erasure."""

from __future__ import annotations

import pytest
from lxml import html as lxml_html

from pressroom.membership.signing_up import ask
from pressroom.models.sign_ups import SignUp
from pressroom.storage import Store
from pressroom.tools import Tools
from tests.web.conftest import ADA, SITE, Reader
from tests.web.test_preferences import FORM, fresh

NEW = "ada.lovelace@example.net"


class TestAFreshLink:
    def test_is_the_only_one_that_opens(self, active: Reader) -> None:
        first = fresh(active)
        active.press.wait(hours=2)
        second = fresh(active)
        assert first != second
        assert active.browser.get(first).status_code == 410
        for path in ("/data", "/data.json", "/forget", "/pause"):
            assert active.browser.get(first + path).status_code == 410
        assert active.browser.post(f"{first}/forget").status_code == 410
        assert active.browser.get(second).status_code == 200

    @pytest.mark.parametrize("path", ["/data", "/data.json", "/forget"])
    def test_is_needed_for_what_others_must_not_see(self, active: Reader, path: str) -> None:
        assert active.browser.get(f"/preferences/{active.token}{path}").status_code == 410

    def test_does_not_overwrite_what_was_changed_elsewhere(self, active: Reader) -> None:
        link = fresh(active)
        seen = lxml_html.fromstring(active.browser.get(link).text).xpath("string(//input[@name='seen']/@value)")
        active.press("subscriber", "set", ADA, "--topic", "all=monthly")
        answer = active.browser.post(link, data=FORM | {"seen": seen})
        assert (answer.status_code, "were changed somewhere else" in answer.text) == (422, True)
        assert active.shown()["choices"] == ["rivers=daily", "roads=weekly", "all=monthly"]
        page = lxml_html.fromstring(answer.text)
        assert page.xpath("//input[@name='follow' and @checked]/@value") == ["all", "rivers", "roads"]
        again = page.xpath("string(//input[@name='seen']/@value)")
        assert active.browser.post(link, data=FORM | {"seen": again}).status_code == 200


class TestAPause:
    def test_lasts_until_a_day(self, active: Reader) -> None:
        link = fresh(active)
        assert (
            "paused until 14 February 2026" in active.browser.post(f"{link}/pause", data={"until": "2026-02-14"}).text
        )
        assert active.shown()["paused_until"] == "2026-02-14"
        assert "paused until 14 February 2026" in active.browser.get(link).text
        assert "You get digests again." in active.browser.post(f"{link}/resume").text
        assert active.shown()["paused"] is False

    def test_without_a_day_lasts_until_it_is_ended(self, active: Reader) -> None:
        active.browser.post(f"{fresh(active)}/pause", data={"until": ""})
        shown = active.shown()
        assert (shown["paused"], shown["paused_until"]) == (True, None)

    @pytest.mark.R12
    @pytest.mark.parametrize("until", ["2026-01-26", "2025-12-01", "tomorrow", "0000-00-00", "2026-02-30", "x" * 500])
    def test_until_a_day_that_cannot_be_changes_nothing_and_says_so(self, active: Reader, until: str) -> None:
        answer = active.browser.post(f"{fresh(active)}/pause", data={"until": until})
        page = lxml_html.fromstring(answer.text)
        assert answer.status_code == 422
        assert page.xpath("//*[@role='alert']//a/@href") == ["#until"]
        assert page.xpath("string(//*[@id='until-error'])") == (
            "Enter a date after today, like 23 February 2026 (2026-02-23)."
        )
        assert active.shown()["paused"] is False


class TestAnotherAddress:
    def asked(self, active: Reader, address: str = NEW) -> str:
        """Ask for it, and return the link in the letter that went there."""
        active.browser.post(f"{fresh(active)}/address", data={"address": address})
        return Reader(active.press, active.browser, address).link("/confirm/")

    def test_is_used_when_it_is_confirmed_there(self, active: Reader) -> None:
        active.press.wait(hours=1)
        link = self.asked(active)
        (letter,) = active.press.mails(NEW)
        assert str(letter["From"]).endswith("<confirm@example.org>")
        assert ADA not in letter.as_string()
        page = active.browser.get(link).text
        assert NEW in page
        assert ADA not in page
        assert "Rivers" not in page
        assert active.shown()["state"] == "active"
        assert NEW in active.browser.post(link).text
        moved = Reader(active.press, active.browser, NEW)
        assert moved.shown()["choices"] == ["rivers=daily", "roads=weekly"]
        assert active.press("subscriber", "show", ADA, ok=False).code == 1
        active.press("deliver")
        told = [str(mail["Subject"]) for mail in active.press.mails(ADA)]
        assert [one for one in told if "go to another address now" in one]
        active.press("release", "add", "--title", "More floods", "--topic", "rivers")
        active.press.wait(days=1)
        active.press("publish")
        assert ["More floods"] in active.press.titles(NEW)

    def test_gets_a_fresh_link_at_once(self, active: Reader) -> None:
        active.browser.post(self.asked(active))
        moved = Reader(active.press, active.browser, NEW)
        assert "Save these preferences" in active.browser.get(fresh(moved)).text

    def test_closes_the_links_that_went_to_the_one_before(self, active: Reader) -> None:
        old = fresh(active)
        active.browser.post(f"{old}/address", data={"address": NEW})
        active.browser.post(Reader(active.press, active.browser, NEW).link("/confirm/"))
        assert active.browser.get(old).status_code == 410

    def test_keeps_the_way_out_of_old_mails(self, active: Reader) -> None:
        token = active.token
        active.browser.post(self.asked(active))
        active.browser.post(f"/unsubscribe/{token}")
        assert Reader(active.press, active.browser, NEW).shown()["state"] == "ended"

    def test_is_not_told_to_be_somebody_elses(self, active: Reader, store: Store) -> None:
        active.press("subscriber", "add", "bo@example.org", "--confirmed")
        active.press("subscriber", "add", "cy@example.org", "--confirmed")
        active.press("subscriber", "forget", "cy@example.org", "--yes")
        link = fresh(active)
        answers = [
            active.browser.post(f"{link}/address", data={"address": name})
            for name in ("bo@example.org", "cy@example.org", NEW)
        ]
        assert {(answer.status_code, answer.text) for answer in answers} == {(200, answers[0].text)}
        active.press("deliver")
        assert [len(active.press.mails(name)) for name in ("bo@example.org", "cy@example.org", NEW)] == [0, 0, 1]

    @pytest.mark.R7
    @pytest.mark.parametrize("when", ["before it leaves", "before it is confirmed"])
    def test_that_must_not_be_mailed_is_not(self, active: Reader, when: str) -> None:
        never = active.press.site / "never.csv"
        never.write_text(f"address\n{NEW}\n")
        active.browser.post(f"{fresh(active)}/address", data={"address": NEW})
        if when == "before it leaves":
            active.press("subscriber", "import", str(never), "--suppressed")
            active.press("deliver")
            assert active.press.mails(NEW) == []
            return
        link = Reader(active.press, active.browser, NEW).link("/confirm/")
        active.press("subscriber", "import", str(never), "--suppressed")
        assert active.browser.post(link).status_code == 410
        assert active.shown()["state"] == "active"

    @pytest.mark.parametrize("words", [("add", NEW), ("add", NEW, "--confirmed")])
    def test_of_who_never_confirmed_or_has_left_gives_way(self, active: Reader, words: tuple[str, ...]) -> None:
        active.press("subscriber", *words)
        if "--confirmed" in words:
            active.press("subscriber", "unsubscribe", NEW)
        active.press("deliver")
        active.press.wait(minutes=1)
        link = self.asked(active)
        assert NEW in active.browser.post(link).text
        assert Reader(active.press, active.browser, NEW).shown()["choices"] == ["rivers=daily", "roads=weekly"]

    @pytest.mark.R8
    def test_ends_by_the_links_of_who_had_it_before(self, active: Reader) -> None:
        active.press("subscriber", "add", NEW, "--confirmed")
        old = Reader(active.press, active.browser, NEW).token
        active.press("subscriber", "unsubscribe", NEW)
        active.press.wait(minutes=2)
        active.browser.post(self.asked(active))
        assert active.browser.post(f"/unsubscribe/{old}").status_code == 200
        assert Reader(active.press, active.browser, NEW).shown()["state"] == "ended"

    def test_is_told_to_the_one_before_whatever_its_new_holder_does(self, active: Reader) -> None:
        active.browser.post(self.asked(active))
        active.press("subscriber", "unsubscribe", NEW)
        active.press("deliver")
        told = [str(mail["Subject"]) for mail in active.press.mails(ADA)]
        assert [one for one in told if "go to another address now" in one]

    @pytest.mark.R7
    def test_is_brought_back_to_the_one_before_by_no_import_and_by_who_asks_there(self, active: Reader) -> None:
        active.browser.post(self.asked(active))
        people = active.press.site / "people.csv"
        people.write_text(f"address\n{ADA}\n")
        said = active.press("subscriber", "import", str(people), "--basis", "members", ok=False)
        assert "had their digests sent to another address" in said.out + said.err
        assert active.press("subscriber", "show", ADA, ok=False).code == 1
        with Tools.of(active.press.site).open_store() as store:
            ask(
                store,
                Tools.of(active.press.site),
                SignUp(ADA, "en", [("roads", "daily")]),
                "192.0.2.1",
                active.press.now,
            )
        active.browser.post(active.link("/confirm/"))
        assert (active.shown()["state"], active.shown()["choices"]) == ("active", ["roads=daily"])

    def test_that_somebody_took_meanwhile_stays_theirs(self, active: Reader) -> None:
        link = self.asked(active)
        active.press("subscriber", "add", NEW, "--confirmed")
        assert active.browser.post(link).status_code == 410
        assert active.shown()["state"] == "active"

    def test_is_written_to_three_times_a_day_at_most(self, active: Reader) -> None:
        link = fresh(active)
        answers = [active.browser.post(f"{link}/address", data={"address": f"{n}@example.net"}) for n in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]

    @pytest.mark.R12
    @pytest.mark.parametrize("address", ["", "no address", ADA, ADA.upper(), "a@b\nbcc: c@d"])
    def test_that_is_none_is_refused_and_shown_again(self, active: Reader, address: str) -> None:
        answer = active.browser.post(f"{fresh(active)}/address", data={"address": address})
        page = lxml_html.fromstring(answer.text)
        assert answer.status_code == 422
        assert page.xpath("//*[@role='alert']//a/@href") == ["#address"]
        assert page.xpath("//input[@name='follow' and @checked]/@value") == ["rivers", "roads"]


class TestAButtonPressedTwice:
    def test_saves_once_and_says_so_twice(self, active: Reader) -> None:
        link = fresh(active)
        seen = lxml_html.fromstring(active.browser.get(link).text).xpath("string(//input[@name='seen']/@value)")
        form = {"follow": ["rivers"], "often rivers": "monthly", "partners": "yes", "language": "en", "seen": seen}
        answers = [active.browser.post(link, data=form) for _ in range(2)]
        assert [(answer.status_code, "Your preferences are saved." in answer.text) for answer in answers] == [
            (200, True)
        ] * 2
        assert active.shown()["choices"] == ["rivers=monthly"]

    def test_writes_one_letter_to_a_new_address(self, active: Reader) -> None:
        link = fresh(active)
        answers = [active.browser.post(f"{link}/address", data={"address": NEW}) for _ in range(5)]
        assert {(answer.status_code, answer.text) for answer in answers} == {(200, answers[0].text)}
        active.press("deliver")
        assert len(active.press.mails(NEW)) == 1
        assert NEW in active.browser.post(Reader(active.press, active.browser, NEW).link("/confirm/")).text

    def test_pauses_with_one_record(self, active: Reader) -> None:
        link = fresh(active)
        for _ in range(3):
            assert active.browser.post(f"{link}/pause", data={"until": "2026-03-01"}).status_code == 200
        consents = active.shown()["consents"]
        assert isinstance(consents, list)
        assert len([one for one in consents if one["what"].startswith("paused")]) == 1

    def test_does_not_say_that_nothing_was_deleted(self, active: Reader) -> None:
        link = fresh(active)
        assert active.browser.post(f"{link}/forget").status_code == 200
        again = active.browser.post(f"{link}/forget")
        assert again.status_code == 410
        assert "nothing has changed" not in again.text
        assert "If you have pressed the button before, your data is deleted." in again.text


class TestTheForm:
    def test_leads_to_everything_else(self, active: Reader) -> None:
        link = fresh(active)
        page = lxml_html.fromstring(active.browser.get(link).text)
        found = {
            " ".join((one.get("aria-label") or one.text_content()).split()): str(one.get("href"))
            for one in page.iter("a")
        }
        for words, heading in (
            ("All that we hold about you", "All that we hold about you"),
            ("Delete my data", "Delete all the data we hold about you?"),
            ("Stop some or all of my digests", "Stop all digests from Example Association?"),
            ("Complain about how we use it", "Complain about how we use your data"),
        ):
            there = lxml_html.fromstring(active.browser.get(found[words]).text)
            assert there.xpath("string(//h1)") == heading
        held = active.browser.get(found["All that we hold about you, as JSON"])
        assert held.headers["content-type"] == "application/json"
        for name in ("#pausing", "#moving", "#own-feed", "#your-data", "#leaving"):
            assert page.get_element_by_id(name.removeprefix("#")) is not None

    def test_says_at_once_that_digests_are_paused(self, active: Reader) -> None:
        active.press("subscriber", "pause", ADA, "--until", "2026-03-01")
        page = lxml_html.fromstring(active.browser.get(fresh(active)).text)
        assert page.xpath("string(//main/p/strong)") == "Your digests are paused until 1 March 2026."


class TestAFeedOfOnesOwn:
    def test_is_made_renewed_and_ended_by_a_button(self, active: Reader) -> None:
        link = fresh(active)

        def addresses(act: str) -> list[str]:
            page = lxml_html.fromstring(active.browser.post(f"{link}/feed", data={"act": act}).text)
            return [one.text_content().removeprefix(SITE) for one in page.xpath("//code")]

        first = addresses("make")
        assert [name.rpartition(".")[2] for name in first] == ["atom", "rss", "json"]
        assert addresses("make") == addresses("nonsense") == first
        assert [active.browser.get(path).status_code for path in first] == [200] * 3
        second = addresses("renew")
        assert active.browser.get(first[0]).status_code == 404
        assert active.browser.get(second[0]).status_code == 200
        assert addresses("end") == []
        assert active.browser.get(second[0]).status_code == 404


class TestErasure:
    def test_asks_first_and_then_leaves_nothing_but_the_promise(self, active: Reader, store: Store) -> None:
        link = fresh(active)
        assert "Delete all the data we hold about you?" in active.browser.get(f"{link}/forget").text
        assert active.shown()["state"] == "active"
        assert "Your data is deleted." in active.browser.post(f"{link}/forget").text
        assert active.press("subscriber", "show", ADA, ok=False).code == 1
        assert ADA not in "\n".join(store.connection.iterdump())
        people = active.press.site / "people.csv"
        people.write_text(f"address\n{ADA}\n")
        active.press("subscriber", "import", str(people), "--basis", "members", ok=False)
        assert active.press("subscriber", "show", ADA, ok=False).code == 1
        assert active.browser.get(link).status_code == 410


def test_every_change_is_a_consent_with_a_basis(active: Reader) -> None:
    link = fresh(active)
    active.browser.post(link, data=FORM)
    active.browser.post(f"{link}/pause", data={"until": "2026-03-01"})
    consents = active.shown()["consents"]
    assert isinstance(consents, list)
    assert [one["how"] for one in consents[1:]] == ["preferences page", "preferences page"]
    assert [one["wording"] for one in consents] == ["", "preferences 2, en", "pause 2, en"]
    assert all(one["basis"] == "consent" for one in consents)
