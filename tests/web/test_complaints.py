"""The complaint form, its log, and the reminders."""

from __future__ import annotations

import pytest
from lxml import html as lxml_html
from starlette.testclient import TestClient

from pressroom.storage import Store
from tests.conftest import CommandLine

TOLD = {"text": "You sold my address.\n\nTo whom?", "name": "Ann", "contact": "ann@example.net"}
DESK = "office@example.org"


@pytest.fixture
def press(press: CommandLine) -> CommandLine:
    (press.site / "publisher.toml").write_text(f'[mail]\ncomplaints_to = "{DESK}"\n')
    return press


def subjects(press: CommandLine) -> list[str]:
    return [str(mail["Subject"]) for mail in press.mails(DESK)]


def test_a_complaint_is_logged_and_told_to_the_office(press: CommandLine, visitor: TestClient) -> None:
    page = visitor.post("/complaint", data=TOLD).text
    assert "Its number is 1." in page
    assert "by 25 February 2026" in page
    press("publish")
    assert subjects(press) == ["A complaint waits for an answer"]
    (letter,) = press.mails(DESK)
    assert "ann@example.net" not in letter.as_string()
    assert "sold my address" not in letter.as_string()
    (logged,) = press.ask("complaint", "list")
    assert (logged["state"], logged["text"], logged["contact"]) == ("waits", TOLD["text"], "ann@example.net")
    assert "ann@example.net" in press("complaint", "show", "1").out


def test_a_complaint_that_nobody_acknowledges_is_told_again(press: CommandLine, visitor: TestClient) -> None:
    visitor.post("/complaint", data=TOLD)
    press("publish")
    for days in (10, 10, 3, 4, 10):
        press.wait(days=days)
        press("publish")
    assert len(subjects(press)) == 3
    visitor.post("/complaint", data=TOLD)
    press("publish")
    assert subjects(press)[-1] == "2 complaints wait for an answer"


def test_a_complaint_that_is_acknowledged_is_not_told_again(press: CommandLine, visitor: TestClient) -> None:
    visitor.post("/complaint", data=TOLD)
    press("publish")
    assert press("complaint", "acknowledge", "1").out == "Complaint 1 is acknowledged.\n"
    assert press("complaint", "acknowledge", "1", ok=False).code == 1
    press.wait(days=28)
    press("publish")
    assert len(subjects(press)) == 1
    press("complaint", "close", "1", "It was not us.")
    assert press.ask("complaint", "list")[0]["state"] == "closed"
    assert press("complaint", "close", "1", "Again.", ok=False).code == 1


def test_an_office_without_an_address_finds_them_in_the_log(press: CommandLine, visitor: TestClient) -> None:
    (press.site / "publisher.toml").write_text("")
    visitor.post("/complaint", data=TOLD)
    press("publish")
    assert press.mails() == []
    assert "waits" in press("complaint", "list").out


@pytest.mark.R12
@pytest.mark.parametrize("text", ["", " \n ", "x" * 5001])
def test_a_complaint_that_says_nothing_or_too_much_is_shown_again(
    press: CommandLine, visitor: TestClient, text: str
) -> None:
    answer = visitor.post("/complaint", data=TOLD | {"text": text})
    page = lxml_html.fromstring(answer.text)
    assert answer.status_code == 422
    assert page.xpath("//*[@role='alert']//a/@href") == ["#text"]
    assert page.xpath("string(//input[@name='contact']/@value)") == "ann@example.net"
    assert press.ask("complaint", "list") == []


def test_the_form_takes_five_an_hour_from_one_place_and_none_from_programs(
    press: CommandLine, visitor: TestClient, store: Store
) -> None:
    assert visitor.post("/complaint", data=TOLD | {"website": "x"}).status_code == 200
    answers = [visitor.post("/complaint", data=TOLD) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert len(store.complaints.all()) == 5


def test_a_number_that_there_is_none_of_is_said(press: CommandLine) -> None:
    assert "complaint list" in press("complaint", "show", "9", ok=False).err
