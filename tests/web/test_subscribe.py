"""Signing up with the form: what it takes, what it keeps of what was typed, and what it never tells."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from lxml import html as lxml_html
from starlette.testclient import TestClient

from pressroom import accounts
from pressroom.delivery.maildir import MaildirTransport
from pressroom.delivery.queue import Answer
from pressroom.digest import consent
from pressroom.models.people import LEFT_LONG_AGO
from pressroom.models.runs import Message
from pressroom.storage import Store
from pressroom.tools import Tools
from pressroom.web.memory import FromMemory
from tests.conftest import CommandLine, text_of
from tests.web.conftest import ADA, Reader

WISH = {"address": ADA, "follow": ["rivers"], "often rivers": "daily", "partners": "yes", "language": "en"}


class Form:
    """The form in a browser: opened, filled in after a while, and sent."""

    def __init__(self, press: CommandLine, browser: TestClient) -> None:
        self.press, self.browser = press, browser

    def opened(self, path: str = "/subscribe") -> lxml_html.HtmlElement:
        return lxml_html.fromstring(self.browser.get(path).text)

    def sent(self, typing: Any = timedelta(seconds=30), **fields: Any) -> Any:
        formed = self.opened().xpath("string(//input[@name='formed']/@value)")
        self.press.now += typing
        return self.browser.post("/subscribe", data=WISH | {"formed": formed} | fields)

    def asked(self, **fields: Any) -> Any:
        """Send the form, and let the service take it up."""
        answer = self.sent(**fields)
        self.press("publish")
        return answer


@pytest.fixture
def form(press: CommandLine, visitor: TestClient) -> Form:
    return Form(press, visitor)


@pytest.fixture
def reader(press: CommandLine, visitor: TestClient) -> Reader:
    return Reader(press, visitor)


class TestSigningUp:
    def test_leads_to_one_mail_that_asks_and_nothing_begins_before_the_button(self, form: Form, reader: Reader) -> None:
        assert "Check your email." in form.asked(kind=["report", "guide"]).text
        shown = reader.shown()
        assert (shown["state"], shown["choices"]) == ("pending", ["rivers=daily"])
        assert shown["filter"] == {"kinds": ["guide", "report"], "languages": [], "partners": True}
        form.press("release", "add", "--title", "While pending", "--topic", "rivers")
        form.press.wait(days=2)
        form.press("publish")
        (mail,) = form.press.mails(ADA)
        assert str(mail["From"]).endswith("<confirm@example.org>")
        assert not [name for name in mail if name.startswith("List-")]
        page = form.browser.get(reader.link("/confirm/")).text
        assert "You asked for: Rivers (daily)." in page
        assert "Of that you get: Report and Guide." in page
        assert reader.shown()["state"] == "pending"

    def test_without_what_partners_release_is_asked_for_so_and_the_letter_says_it(
        self, form: Form, reader: Reader
    ) -> None:
        form.asked(partners=[], kind=["report"])
        assert reader.shown()["filter"] == {"kinds": ["report"], "languages": [], "partners": False}
        (mail,) = form.press.mails(ADA)
        assert "Of that you get: Report." in text_of(mail)
        assert "What our partners release is left out." in text_of(mail)

    def test_is_whole_when_the_button_is_pressed_once_and_within_72_hours(self, form: Form, reader: Reader) -> None:
        form.asked()
        link = reader.link("/confirm/")
        form.press.wait(hours=71, minutes=59)
        assert "Your address is confirmed." in form.browser.post(link).text
        assert "Your address is confirmed." in form.browser.post(link).text
        assert reader.shown()["state"] == "active"
        form.press("subscriber", "unsubscribe", ADA)
        assert form.browser.post(link).status_code == 410
        assert reader.shown()["state"] == "ended"

    def test_that_is_confirmed_too_late_is_not(self, form: Form, reader: Reader) -> None:
        form.asked()
        link = reader.link("/confirm/")
        form.press.wait(hours=72)
        assert form.browser.post(link).status_code == 410
        form.press.wait(days=4)
        form.press("publish")
        assert form.press("subscriber", "show", ADA, ok=False).code == 1

    def test_is_recorded_with_what_was_read(self, form: Form, reader: Reader, store: Store) -> None:
        form.asked()
        form.browser.post(reader.link("/confirm/"))
        asked, confirmed = store.consents.of(store.subscribers.get(ADA).pk)
        name = Tools.of(form.press.site).settings.site.name
        words = Tools.of(form.press.site).words("en")
        text = consent.sign_up(name, words)
        assert asked["what"] == "requested: rivers=daily; language en"
        assert (asked["how"], asked["basis"]) == ("sign-up page", "consent")
        assert (asked["wording"], asked["wording_hash"]) == ("sign-up 2, en", text.hash)
        assert text.text in form.browser.get("/subscribe").text
        (letter,) = form.press.mails(ADA)
        assert confirmed["how"] == f"link in letter {letter['Message-ID']}"
        assert (confirmed["what"], confirmed["basis"], confirmed["wording"]) == (
            "confirmed",
            "consent",
            "confirm 2, en",
        )
        assert text in store.consents.wordings(1)

    def test_while_a_digest_goes_out_is_answered_before_all_of_it_has_left(
        self, form: Form, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for number in range(120):
            form.press("subscriber", "add", f"{number}@example.net", "--topic", "rivers=daily", "--confirmed")
        form.press("release", "add", "--title", "More floods", "--topic", "rivers")
        form.press("publish", "--feeds-only")
        form.press.wait(days=1)
        order: list[str] = []
        send = MaildirTransport.keep

        def sending(self: MaildirTransport, message: Message, content: bytes) -> Answer:
            order.append(message.recipient)
            if len(order) == 10:
                form.sent()
            return send(self, message, content)

        monkeypatch.setattr(MaildirTransport, "keep", sending)
        form.press("publish")
        assert order.index(ADA) < 60

    @pytest.mark.parametrize("words", [("deliver",), ("publish",)])
    def test_is_taken_up_by_whatever_sends_mail(self, form: Form, words: tuple[str, ...]) -> None:
        form.sent()
        form.press(*words)
        assert len(form.press.mails(ADA)) == 1

    def test_goes_on_when_a_clock_that_was_ahead_has_gone_back(self, form: Form, store: Store) -> None:
        (form.press.site / "publisher.toml").write_text("[web]\nsign_ups_an_hour = 1\n")
        before = form.press.now
        form.press.wait(days=300)
        form.asked(address="bo@example.org")
        form.press.now = before
        form.asked()
        assert len(form.press.mails(ADA)) == 1

    def test_of_a_topic_that_becomes_another_meanwhile_is_of_that_one(self, form: Form, reader: Reader) -> None:
        form.sent()
        form.press("topic", "merge", "rivers", "roads", "--yes")
        form.press("publish")
        assert reader.shown()["choices"] == ["roads=daily"]

    def test_in_a_form_that_was_open_while_a_topic_became_another_is_of_that_one(
        self, form: Form, reader: Reader
    ) -> None:
        form.opened()
        form.press("topic", "merge", "rivers", "roads", "--yes")
        form.asked(follow=["rivers", "roads"], **{"often roads": "weekly"})
        assert reader.shown()["choices"] == ["roads=daily"]

    def test_offers_no_topic_that_nothing_is_out_under_and_takes_none(self, form: Form) -> None:
        assert "Secret matters" not in form.browser.get("/subscribe").text
        assert "Secret matters" not in form.browser.get("/subscribe?topic=secret-matters").text
        answer = form.sent(follow=["secret-matters"], **{"often secret-matters": "daily"})
        assert answer.status_code == 422

    def test_of_a_topic_begins_with_that_one_ticked(self, form: Form) -> None:
        page = form.opened("/subscribe?topic=roads")
        assert page.xpath("//input[@name='follow' and @checked]/@value") == ["roads"]

    def test_can_begin_on_another_site(self, form: Form, store: Store) -> None:
        page = form.opened("/subscribe/embed")
        assert "learn" not in page.text_content()  # the page that holds the field can read it
        (source,) = page.xpath("//pre//code")
        (foreign,) = lxml_html.fromstring(f"<div>{source.text_content()}</div>").xpath("//form")
        assert foreign.get("action") == "http://localhost:8000/subscribe/begin"
        there = {"sec-fetch-site": "cross-site", "origin": "https://elsewhere.example.net"}
        begun = form.browser.post("/subscribe/begin", data={"address": 'a"b@example.org'}, headers=there)
        assert lxml_html.fromstring(begun.text).xpath("string(//input[@name='address']/@value)") == 'a"b@example.org'
        assert store.sign_ups.count_waiting() == 0

    def test_answers_while_the_mail_is_held_by_the_breaker_and_goes_on_later(
        self, form: Form, store: Store, caplog: pytest.LogCaptureFixture
    ) -> None:
        (form.press.site / "publisher.toml").write_text("[web]\nsign_ups_an_hour = 2\n")
        assert isinstance(form.browser.app, FromMemory)
        form.browser.app.app.state.tools = Tools.of(form.press.site)
        for number in range(3):
            form.asked(address=f"{number}@example.org")
        assert len(form.press.mails()) == 2
        assert store.sign_ups.count_waiting() == 1
        assert "1 sign-ups wait" in caplog.text
        assert "@example.org" not in caplog.text
        form.press.wait(hours=1)
        form.press("publish")
        assert len(form.press.mails()) == 3


class TestWhoLeftLongAgo:
    """Their address is suppressed since their record was deleted, but for themselves."""

    @pytest.fixture
    def gone(self, form: Form, store: Store) -> Form:
        form.press("subscriber", "add", ADA, "--confirmed")
        form.press("subscriber", "unsubscribe", ADA)
        with store.atomic():
            accounts.erase(store, Tools.of(form.press.site), store.subscribers.get(ADA), LEFT_LONG_AGO, form.press.now)
        return form

    def test_may_sign_up_again_and_is_suppressed_until_they_confirm(self, gone: Form, reader: Reader) -> None:
        gone.asked()
        assert reader.shown()["state"] == "pending"
        link = reader.link("/confirm/")
        assert "Your address is confirmed." in gone.browser.post(link).text
        assert reader.shown()["state"] == "active"
        gone.press("subscriber", "unsubscribe", ADA)
        gone.press("subscriber", "add", ADA)

    def test_stays_suppressed_where_nobody_confirms(self, gone: Form, store: Store) -> None:
        gone.asked()
        gone.press.wait(days=8)
        gone.press("publish")
        assert store.subscribers.find(ADA) is None
        answer = gone.press("subscriber", "add", ADA, ok=False)
        assert (answer.code, LEFT_LONG_AGO in answer.err) == (4, True)

    def test_is_added_by_nobody_else(self, gone: Form, store: Store) -> None:
        assert gone.press("subscriber", "add", ADA, "--confirmed", ok=False).code == 4
        people = gone.press.site / "people.csv"
        people.write_text(f"address\n{ADA}\n")
        gone.press("subscriber", "import", str(people), "--basis", "members", ok=False)
        assert store.subscribers.find(ADA) is None

    def test_and_asks_to_be_forgotten_is_never_written_to(self, gone: Form, store: Store) -> None:
        gone.asked()
        gone.press("subscriber", "forget", ADA, "--yes")
        gone.asked()
        assert store.subscribers.find(ADA) is None


class TestTheAnswer:
    """It is the same whoever has that address, and so is what the form does; only the mail differs."""

    @pytest.fixture
    def known(self, form: Form) -> Form:
        form.press("subscriber", "add", "active@example.org", "--confirmed")
        form.press("subscriber", "add", "ended@example.org", "--confirmed")
        form.press("subscriber", "unsubscribe", "ended@example.org")
        form.press("subscriber", "add", "pending@example.org")
        form.press("subscriber", "add", "forgotten@example.org", "--confirmed")
        form.press("subscriber", "forget", "forgotten@example.org", "--yes")
        form.press("publish")
        return form

    def test_is_the_same_for_every_address(self, known: Form) -> None:
        names = ("active", "ended", "pending", "forgotten", "new", "New.Other+tag")
        answers = {address: known.sent(address=address) for address in (f"{name}@example.org" for name in names)}
        pages = {answer.text.replace(address, "ADDRESS") for address, answer in answers.items()}
        assert {answer.status_code for answer in answers.values()} == {200}
        assert len(pages) == 1
        assert "on its way to ADDRESS" in pages.pop()
        assert len({tuple(sorted(answer.headers)) for answer in answers.values()}) == 1

    def test_leads_to_the_mail_that_each_should_have(self, known: Form) -> None:
        for name in ("active", "ended", "pending", "forgotten", "new"):
            known.sent(address=f"{name}@example.org")
        known.press.wait(days=1, minutes=1)
        known.press("publish")
        got = {name: [str(mail["Subject"]) for mail in known.press.mails(f"{name}@example.org")] for name in
               ("active", "ended", "pending", "forgotten", "new")}  # fmt: skip
        assert [one.partition(" ")[0] for one in got["active"]] == ["You"]
        assert [one.partition(" ")[0] for one in got["ended"]] == ["Please"]
        assert [one.partition(" ")[0] for one in got["pending"]] == ["Please", "Please"]
        assert got["forgotten"] == []
        assert [one.partition(" ")[0] for one in got["new"]] == ["Please"]

    def test_to_a_subscriber_is_a_link_to_change_what_they_get_once_a_day(self, known: Form, reader: Reader) -> None:
        active = Reader(known.press, known.browser, "active@example.org")
        for _ in range(3):
            known.asked(address="active@example.org")
        assert len(known.press.mails("active@example.org")) == 1
        assert "Save these preferences" in known.browser.get(active.link("/preferences/.{58}")).text
        assert active.shown()["choices"] == ["all=weekly"]


@pytest.mark.R12
class TestAMistake:
    @pytest.mark.parametrize(
        ("fields", "fields_named"),
        [
            ({"address": "no address"}, ["address"]),
            ({"address": ""}, ["address"]),
            ({"follow": []}, ["follow"]),
            ({"address": "a@b", "follow": []}, ["address", "follow"]),
            ({"often rivers": "hourly"}, ["follow"]),
        ],
    )
    def test_is_named_with_a_link_to_its_field_and_the_rest_is_kept(
        self, form: Form, store: Store, fields: dict[str, Any], fields_named: list[str]
    ) -> None:
        answer = form.sent(**{"kind": ["guide"], "language": "nl"} | fields)
        page = lxml_html.fromstring(answer.text)
        assert answer.status_code == 422
        assert page.xpath("string(//title)").startswith("Error: ")
        named = [str(href).removeprefix("#") for href in page.xpath("//*[@role='alert']//a/@href")]
        assert named == fields_named
        for mark in named:
            assert page.xpath(f"//*[@id='{mark}' and @aria-invalid='true']/@aria-describedby") == [f"{mark}-error"]
            assert page.xpath(f"//*[@id='{mark}-error']")
        assert page.xpath("string(//input[@name='address']/@value)") == fields.get("address", ADA)
        assert page.xpath("//input[@name='kind' and @checked]/@value") == ["guide"]
        assert page.xpath("//select[@name='language']/option[@selected]/@value") == ["nl"]
        assert store.sign_ups.count_waiting() == 0

    def test_in_what_was_typed_is_shown_as_it_was_and_runs_nowhere(self, form: Form) -> None:
        answer = form.sent(address="<script>alert(1)</script>@example.org")
        assert "<script>alert" not in answer.text
        assert re.search(r'value="&lt;script&gt;', answer.text)
