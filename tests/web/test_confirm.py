"""The link in the letter that asks: it shows a button, works once, and for 72 hours (R8)."""

from __future__ import annotations

import pytest

from tests.web.conftest import ADA, Reader


@pytest.mark.R8
def test_the_link_shows_what_was_asked_for_and_the_button_confirms(pending: Reader) -> None:
    link = pending.link("/confirm/")
    shown = pending.browser.get(link)
    assert shown.status_code == 200
    assert "You asked for: Rivers (daily); everything we release (monthly)." in shown.text
    assert pending.shown()["state"] == "pending"
    answer = pending.browser.post(link)
    assert (answer.status_code, "Your address is confirmed." in answer.text) == (200, True)
    assert pending.shown()["state"] == "active"


def test_the_consent_says_by_which_letter(pending: Reader) -> None:
    pending.browser.post(pending.link("/confirm/"))
    consents = pending.shown()["consents"]
    assert isinstance(consents, list)
    (letter,) = pending.press.mails(ADA)
    assert (consents[-1]["what"], consents[-1]["how"]) == ("confirmed", f"link in letter {letter['Message-ID']}")


def test_pressed_twice_it_confirms_once_and_says_so_again(pending: Reader) -> None:
    link = pending.link("/confirm/")
    assert pending.browser.post(link).text == pending.browser.post(link).text
    assert "Your address is confirmed." in pending.browser.get(link).text
    consents = pending.shown()["consents"]
    assert isinstance(consents, list)
    assert [one["what"] for one in consents].count("confirmed") == 1


@pytest.mark.R7
def test_a_used_link_brings_nobody_back(pending: Reader) -> None:
    link = pending.link("/confirm/")
    pending.browser.post(link)
    pending.press("subscriber", "unsubscribe", ADA)
    assert pending.browser.post(link).status_code == 410
    pending.press.wait(minutes=1)
    pending.press("subscriber", "add", ADA)
    assert pending.browser.get(link).status_code == pending.browser.post(link).status_code == 410
    assert pending.shown()["state"] == "pending"


def test_of_several_letters_for_one_request_each_works(pending: Reader) -> None:
    first = pending.link("/confirm/")
    pending.press.wait(hours=25)
    pending.press("subscriber", "letter", ADA, "confirmation")
    assert pending.link("/confirm/") != first
    assert pending.browser.post(first).status_code == 200
    assert pending.shown()["state"] == "active"


def test_after_72_hours_it_is_no_longer_valid(pending: Reader) -> None:
    link = pending.link("/confirm/")
    pending.press.wait(hours=71, minutes=59)
    assert pending.browser.get(link).status_code == 200
    pending.press.wait(minutes=1)
    assert pending.browser.post(link).status_code == 410
    assert pending.shown()["state"] == "pending"


def test_every_link_that_is_not_valid_gets_the_same_page(pending: Reader) -> None:
    link = pending.link("/confirm/")
    pending.press("subscriber", "confirm", ADA)
    pending.press("subscriber", "letter", ADA, "preferences")
    foreign = pending.link("/preferences/.{58}").replace("/preferences/", "/confirm/")
    changed = link[:-1] + ("a" if link[-1] != "a" else "b")
    pages = {
        pending.browser.get(one).text for one in (changed, foreign, "/confirm/" + "a" * 58, "/confirm/", link[:-3])
    }
    assert len(pages) == 1
    assert "This link is no longer valid, and nothing has changed." in pages.pop()
    assert {pending.browser.post(one).status_code for one in (changed, foreign)} == {410}


def test_a_link_whose_person_is_forgotten_is_no_longer_valid(pending: Reader) -> None:
    link = pending.link("/confirm/")
    pending.press("subscriber", "forget", ADA, "--yes")
    assert pending.browser.post(link).status_code == 410


def test_a_link_that_a_relay_has_bent_works(pending: Reader) -> None:
    folder, token = pending.link("/confirm/").rsplit("/", 1)
    assert pending.browser.post(f"{folder}/{token.upper()}/", follow_redirects=False).status_code == 200
    assert pending.shown()["state"] == "active"


def test_it_speaks_the_language_of_the_reader(press: object, visitor: object, pending: Reader) -> None:
    pending.press("subscriber", "add", "jan@example.org", "--language", "nl")
    jan = Reader(pending.press, pending.browser, "jan@example.org")
    shown = jan.browser.get(jan.link("/confirm/")).text
    assert '<html lang="nl" dir="ltr">' in shown
    assert ">Dit adres bevestigen</button>" in shown


def test_who_confirms_gets_a_welcome_where_the_site_sends_one(pending: Reader) -> None:
    link = pending.link("/confirm/")
    (pending.press.site / "publisher.toml").write_text("[digest]\nwelcome = true\n")
    from starlette.testclient import TestClient

    from pressroom.tools import Tools
    from pressroom.web.app import make_app

    with TestClient(make_app(Tools.of(pending.press.site), lambda: pending.press.now)) as browser:
        browser.post(link)
    pending.press.wait(minutes=1)
    assert pending.link("/preferences/") == f"/preferences/{pending.token}"
