"""What keeps the sign-up form from being abused: limits, a trap, a signed time, links that strangers cannot break."""

from __future__ import annotations

from datetime import timedelta

import pytest
from lxml import html as lxml_html
from starlette.testclient import TestClient

from pressroom.storage import Store
from pressroom.tools import Tools
from pressroom.web.app import make_app
from tests.conftest import CommandLine
from tests.web.conftest import ADA, Reader
from tests.web.test_subscribe import WISH, Form, form, reader

__all__ = ["form", "reader"]  # the fixtures of the form


class TestAbuse:
    def test_of_an_address_fills_no_mailbox(self, form: Form) -> None:
        for _ in range(9):
            form.asked()
            form.press.wait(hours=23)
        assert len(form.press.mails(ADA)) == 3 + 1  # three for the first request, and then that of the next

    def test_every_day_makes_no_request_last_longer(self, form: Form) -> None:
        written = []
        for _ in range(15):
            form.asked()
            form.press.wait(hours=24, minutes=5)
            form.press("publish")
            written.append(len(form.press.mails(ADA)))
        assert written == [1, 2, 3, 3, 3, 3, 3, 4, 5, 6, 6, 6, 6, 6, 7]

    def test_of_a_pending_request_breaks_no_link(self, form: Form, reader: Reader) -> None:
        form.asked()
        link = reader.link("/confirm/")
        form.asked(follow=["all"], **{"often all": "monthly"})
        page = form.browser.get(link)
        assert (page.status_code, "everything we release (monthly)" in page.text) == (200, True)

    def test_of_a_request_that_ends_soon_begins_another_so_that_every_link_lasts(
        self, form: Form, reader: Reader
    ) -> None:
        form.asked()
        form.press.wait(days=6, hours=12)
        form.asked()
        link = reader.link("/confirm/")
        form.press.wait(hours=71)
        form.press("publish")
        assert "Your address is confirmed." in form.browser.post(link).text

    def test_made_while_a_clock_was_ahead_has_links_that_work_when_it_has_gone_back(
        self, form: Form, reader: Reader
    ) -> None:
        now = form.press.now
        form.press.wait(days=30)
        form.asked()
        form.press.now = now
        form.asked()
        assert "Your address is confirmed." in form.browser.post(reader.link("/confirm/")).text

    def test_within_a_day_of_a_letter_keeps_the_link_in_it(self, form: Form, reader: Reader) -> None:
        form.asked()
        form.press.wait(days=3, hours=12)
        form.asked()
        link = reader.link("/confirm/")
        form.press.wait(hours=14)
        form.asked()
        assert "Your address is confirmed." in form.browser.post(link).text

    def test_again_ends_no_link_that_still_works(self, form: Form, reader: Reader) -> None:
        for hours in (0, 72, 24):
            form.press.wait(hours=hours, minutes=30)
            form.asked()
        assert len(form.press.mails(ADA)) == 3
        assert [form.browser.get(link).status_code for link in reader.links("/confirm/")] == [410, 200, 200]

    @pytest.mark.parametrize("days", [3, 5])
    def test_lasts_as_long_as_its_link_whatever_the_settings(self, form: Form, reader: Reader, days: int) -> None:
        (form.press.site / "publisher.toml").write_text(f"[retention]\npending_days = {days}\n")
        form.asked()
        form.press.wait(days=days - 1, hours=20)
        form.asked()
        link = reader.link("/confirm/")
        form.press.wait(hours=71)
        form.press("publish")
        assert "Your address is confirmed." in form.browser.post(link).text

    def test_after_the_page_was_opened_confirms_nothing_that_it_did_not_show(self, form: Form, reader: Reader) -> None:
        form.asked()
        link = reader.link("/confirm/")
        seen = lxml_html.fromstring(form.browser.get(link).text).xpath("string(//input[@name='seen']/@value)")
        form.asked(follow=["all"], **{"often all": "immediate"})
        again = form.browser.post(link, data={"seen": seen})
        assert "everything we release (at once)" in again.text
        assert reader.shown()["state"] == "pending"
        seen = lxml_html.fromstring(again.text).xpath("string(//input[@name='seen']/@value)")
        assert "Your address is confirmed." in form.browser.post(link, data={"seen": seen}).text

    def test_that_cannot_be_read_keeps_nothing_else_back(self, form: Form, store: Store) -> None:
        form.sent()
        store.write("UPDATE sign_ups SET request = '{}'")
        form.sent(address="bo@example.org")
        form.press("publish")
        assert len(form.press.mails("bo@example.org")) == 1
        assert store.sign_ups.count_waiting() == 0

    def test_from_one_place_is_told_to_wait(self, form: Form, store: Store) -> None:
        answers = [form.sent(address=f"{number}@example.org") for number in range(11)]
        assert [answer.status_code for answer in answers] == [200] * 10 + [429]
        assert answers[-1].headers["retry-after"] == "3600"
        page = lxml_html.fromstring(answers[-1].text)
        assert "Please try again in an hour. All that you chose is still here." in page.xpath(
            "string(//*[@role='alert'])"
        )
        assert page.xpath("string(//input[@name='address']/@value)") == "10@example.org"
        assert page.xpath("//input[@name='follow' and @checked]/@value") == ["rivers"]
        assert store.sign_ups.count_waiting() == 10
        form.press.wait(hours=1, minutes=1)
        assert form.sent().status_code == 200

    def test_from_one_network_is_told_to_wait_and_others_are_not(self, press: CommandLine) -> None:
        tools = Tools.of(press.site)

        def status(place: str) -> int:
            with TestClient(make_app(tools, lambda: press.now), client=(place, 1)) as client:
                return int(Form(press, client).sent(typing=timedelta(seconds=3)).status_code)

        assert [status(f"192.0.2.{number // 9}") for number in range(41)] == [200] * 40 + [429]
        assert status("198.51.100.1") == 200
        assert status("2001:db8::1") == 200

    def test_by_a_program_that_fills_in_every_field_is_thanked_and_dropped(self, form: Form, store: Store) -> None:
        assert form.sent(website="https://spam.example").text == form.sent().text
        assert store.sign_ups.count_waiting() == 1

    @pytest.mark.parametrize("typing", [timedelta(), timedelta(seconds=1), timedelta(hours=24)])
    def test_by_a_program_that_is_too_quick_or_keeps_a_form_is_asked_again(
        self, form: Form, store: Store, typing: timedelta
    ) -> None:
        answer = form.sent(typing=typing)
        assert (answer.status_code, "press the button once more" in answer.text) == (422, True)
        page = lxml_html.fromstring(answer.text)
        assert page.xpath("string(//title)").startswith("Error: ")
        assert page.xpath("string(//input[@name='address']/@value)") == ADA
        assert store.sign_ups.count_waiting() == 0

    def test_with_a_form_that_is_not_ours_is_asked_again(self, form: Form, store: Store) -> None:
        for formed in ("", "x", "a" * 58):
            assert form.browser.post("/subscribe", data=WISH | {"formed": formed}).status_code == 422
        assert store.sign_ups.count_waiting() == 0

    def test_leaves_no_address_and_no_network_behind_after_a_day(self, form: Form, store: Store) -> None:
        form.press("subscriber", "add", ADA, "--confirmed")
        form.asked(address="nobody@example.org")
        dump = "\n".join(store.connection.iterdump())
        assert "testclient" not in dump
        form.press("subscriber", "forget", "nobody@example.org", "--yes")
        form.press.wait(days=1, minutes=1)
        form.press("publish")
        assert store.value("SELECT count(*) FROM sign_ups") == 0
