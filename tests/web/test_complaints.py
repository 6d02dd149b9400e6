"""The complaint form, its log, and the reminders."""

from __future__ import annotations

from datetime import timedelta

import pytest
from lxml import html as lxml_html
from starlette.testclient import TestClient

from pressroom.errors import TooManyRequestsError
from pressroom.membership.complaints import complain, remind
from pressroom.storage import Store
from pressroom.tools import Tools
from pressroom.web.app import make_app
from tests.conftest import CommandLine, text_of

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
    for days in (10, 10, 3, 4, 6):
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


@pytest.mark.parametrize(
    ("mail", "told"),
    [
        ("", "digest@example.org"),
        ('from_address = "news@press.example.org"', "news@press.example.org"),
        ('from_address = "news@press.example.org"\nreply_to = "hello@example.org"', "hello@example.org"),
    ],
)
def test_somebody_is_told_whatever_the_settings_say(
    press: CommandLine, visitor: TestClient, mail: str, told: str
) -> None:
    (press.site / "publisher.toml").write_text(f"[mail]\n{mail}\n")
    visitor.post("/complaint", data=TOLD)
    press("publish")
    assert [str(letter["To"]) for letter in press.mails()] == [told]


def test_publish_says_how_many_wait_and_until_when(press: CommandLine, visitor: TestClient) -> None:
    assert "complaint" not in press("publish").out
    assert press.ask("publish")["complaints"] == 0
    visitor.post("/complaint", data=TOLD)
    assert "1 complaint waits for an acknowledgement, due by 2026-02-25: see “publisher complaint list”." in (
        press("publish").out
    )
    press.wait(days=1)
    visitor.post("/complaint", data=TOLD)
    assert "2 complaints wait for an acknowledgement, due by 2026-02-25" in press("publish", "--feeds-only").out
    assert press.ask("publish")["complaints"] == 2
    for number in ("1", "2"):
        press("complaint", "acknowledge", number)
    assert "complaint" not in press("publish").out


def test_one_letter_a_day_tells_how_many_wait_and_which_is_due_first(press: CommandLine, visitor: TestClient) -> None:
    visitor.post("/complaint", data=TOLD)
    press("publish")
    for _ in range(3):
        press.wait(hours=5)
        visitor.post("/complaint", data=TOLD)
        press("publish")
    assert len(subjects(press)) == 1
    press.wait(hours=9)
    press("publish")
    press.wait(days=2)
    press("publish")
    assert subjects(press)[1:] == ["4 complaints wait for an answer"]
    assert "Number 1 must be acknowledged by 25 February 2026" in text_of(press.mails(DESK)[1])


def test_one_that_nobody_acknowledges_is_told_every_week_in_the_end(press: CommandLine, visitor: TestClient) -> None:
    visitor.post("/complaint", data=TOLD)
    for days in (0, 20, 7, 6, 1, 7, 7):
        press.wait(days=days)
        press("publish")
    assert len(subjects(press)) == 6


def test_a_complaint_that_comes_in_the_second_of_a_letter_is_told_a_day_later(
    press: CommandLine, visitor: TestClient
) -> None:
    visitor.post("/complaint", data=TOLD)
    press("publish")
    visitor.post("/complaint", data=TOLD)
    press.wait(days=1)
    press("publish")
    assert subjects(press) == ["A complaint waits for an answer", "2 complaints wait for an answer"]


def test_a_letter_that_is_refused_is_followed_by_another_a_day_later(
    press: CommandLine, visitor: TestClient, store: Store, tools: Tools
) -> None:
    visitor.post("/complaint", data=TOLD)
    remind(store, tools, press.now)
    (letter,) = store.letters.claim("a worker", press.now, 1)
    store.letters.mark_handed_over([letter], press.now)
    store.letters.mark_failed(letter, "550 no such mailbox", press.now)
    assert not remind(store, tools, press.wait(hours=23))
    press.wait(hours=1)
    press("publish")
    assert subjects(press) == ["A complaint waits for an answer"]
    assert not remind(store, tools, press.wait(days=2))


@pytest.mark.R7
def test_a_letter_is_held_when_nothing_waits_any_more_and_the_next_complaint_is_told(
    press: CommandLine, visitor: TestClient, store: Store
) -> None:
    visitor.post("/complaint", data=TOLD)
    with_server = (press.site / "publisher.toml").read_text()
    (press.site / "publisher.toml").write_text(
        f'{with_server}[smtp]\nhost = "127.0.0.1"\nport = 1\nsecurity = "none"\n'
    )
    press("publish", ok=False)
    (press.site / "publisher.toml").write_text(with_server)
    press("complaint", "acknowledge", "1")
    press.wait(minutes=10)
    press("publish")
    assert press.mails() == []
    held = store.rows("SELECT state, reply FROM letters WHERE kind = 'complaint'")
    assert [tuple(row) for row in held] == [("suppressed", "no complaint waits any more")]
    visitor.post("/complaint", data=TOLD)
    press("publish")
    assert subjects(press) == ["A complaint waits for an answer"]


def test_days_are_those_of_the_site_everywhere(press: CommandLine, visitor: TestClient) -> None:
    (press.site / "publisher.toml").write_text('[site]\ntimezone = "Pacific/Auckland"\n')
    press.wait(hours=5)  # 14:00 UTC, and past midnight there
    with TestClient(make_app(Tools.of(press.site), lambda: press.now)) as browser:
        assert "by 26 February 2026" in browser.post("/complaint", data=TOLD).text
    assert "2026-01-27" in press("complaint", "list").out
    assert "2026-02-26" in press("complaint", "list").out
    shown = press("complaint", "show", "1").out
    assert "Tuesday 27 January 03:01" in shown
    assert "2026-02-26" in shown
    assert press.ask("complaint", "show", "1")["at"] == "2026-01-26T14:01:00Z"


@pytest.mark.R12
@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("text", "", "Say what your complaint is about."),
        ("text", " \n ", "Say what your complaint is about."),
        ("text", "x" * 5001, "Say it in 5,000 characters at most."),
        ("name", "x" * 201, "Say it in 200 characters at most."),
        ("contact", "x" * 1001, "Say it in 1,000 characters at most."),
    ],
)
def test_a_complaint_that_says_nothing_or_too_much_is_shown_again_with_what_was_typed(
    press: CommandLine, visitor: TestClient, field: str, value: str, said: str
) -> None:
    typed = TOLD | {field: value}
    answer = visitor.post("/complaint", data=typed)
    page = lxml_html.fromstring(answer.text)
    assert answer.status_code == 422
    assert page.xpath("//*[@role='alert']//a/@href") == [f"#{field}"]
    assert page.xpath(f"string(//*[@id='{field}-error'])") == said
    assert f"{field}-error" in page.xpath(f"string(//*[@name='{field}']/@aria-describedby)").split()
    kept = {one.get("name"): one.value for one in page.xpath("//form//*[@name]")}
    assert {name: " ".join((kept[name] or "").split()) for name in typed} == {
        name: " ".join(text.split()) for name, text in typed.items()
    }
    assert press.ask("complaint", "list") == []


def test_all_that_is_wrong_is_said_at_once(visitor: TestClient) -> None:
    page = lxml_html.fromstring(visitor.post("/complaint", data={"name": "x" * 201, "contact": "x" * 1001}).text)
    assert page.xpath("//*[@role='alert']//a/@href") == ["#text", "#name", "#contact"]


def test_a_name_and_a_contact_of_the_longest_are_kept_whole(press: CommandLine, visitor: TestClient) -> None:
    visitor.post("/complaint", data=TOLD | {"name": "n" * 200, "contact": "c" * 1000})
    (logged,) = press.ask("complaint", "list")
    assert (logged["name"], logged["contact"]) == ("n" * 200, "c" * 1000)


def test_what_a_program_filled_in_is_logged_too(press: CommandLine, visitor: TestClient) -> None:
    assert "Its number is 1." in visitor.post("/complaint", data=TOLD | {"website": "x"}).text
    assert len(press.ask("complaint", "list")) == 1


def test_who_gives_no_contact_is_promised_no_answer(visitor: TestClient) -> None:
    answer = visitor.post("/complaint", data={"text": "You sold my address."}).text
    assert "so we cannot answer you" in answer
    assert "We acknowledge it" not in answer


class TestLimits:
    def send(self, press: CommandLine, place: str, times: int = 1) -> list[int]:
        with TestClient(make_app(Tools.of(press.site), lambda: press.now), client=(place, 1)) as browser:
            return [browser.post("/complaint", data=TOLD).status_code for _ in range(times)]

    def test_take_five_an_hour_from_one_place(self, press: CommandLine) -> None:
        assert self.send(press, "192.0.2.1", 6) == [200] * 5 + [429]
        assert self.send(press, "192.0.2.2") == [200]
        press.wait(hours=1)
        assert self.send(press, "192.0.2.1") == [200]

    def test_lose_nothing_that_was_written(self, press: CommandLine, visitor: TestClient) -> None:
        for _ in range(5):
            visitor.post("/complaint", data=TOLD)
        answer = visitor.post("/complaint", data=TOLD)
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "3600")
        page = lxml_html.fromstring(answer.text)
        assert page.xpath("string(//textarea)") == TOLD["text"]
        assert page.xpath("string(//input[@name='contact']/@value)") == TOLD["contact"]
        assert "What you wrote is still here" in page.xpath("string(//*[@role='alert'])")
        assert not page.xpath("//*[@aria-invalid]")

    @pytest.mark.parametrize("network", ["192.0.2.{}", "2001:db8::{}"])
    def test_take_twenty_an_hour_from_one_network(self, press: CommandLine, network: str) -> None:
        for last in range(4):
            assert self.send(press, network.format(last + 1), 5) == [200] * 5
        assert self.send(press, network.format(9)) == [429]
        assert self.send(press, "198.51.100.1") == [200]

    def test_take_two_hundred_a_day_in_all_and_forget_where_they_came_from(
        self, press: CommandLine, store: Store, tools: Tools
    ) -> None:
        for number in range(200):
            complain(store, tools, name="", contact="", text="x", place=f"10.{number}.0.1", now=press.now)
        press.wait(hours=23)
        with pytest.raises(TooManyRequestsError) as refused:
            complain(store, tools, name="", contact="", text="x", place="198.51.100.1", now=press.now)
        assert refused.value.wait == timedelta(days=1)
        press.wait(hours=1, minutes=1)
        complain(store, tools, name="", contact="", text="x", place="198.51.100.1", now=press.now)
        press("publish")
        assert store.value("SELECT count(*) FROM complaints WHERE place <> '' OR network <> ''") == 1

    def test_look_nothing_up_by_reading_a_whole_table(self, press: CommandLine, store: Store, tools: Tools) -> None:
        asked: list[str] = []
        store.connection.set_trace_callback(asked.append)
        complain(store, tools, name="", contact="", text="x", place="192.0.2.1", now=press.now)
        remind(store, tools, press.now)
        store.connection.set_trace_callback(None)
        looked = [sql for sql in asked if sql.split()[0] in ("SELECT", "UPDATE")]
        steps = [row["detail"] for sql in looked for row in store.rows(f"EXPLAIN QUERY PLAN {sql}")]
        assert len(looked) > 5
        assert [
            step for step in steps if step.startswith("SCAN") and "INDEX" not in step and "CONSTANT" not in step
        ] == []


@pytest.mark.R12
@pytest.mark.parametrize("number", ["99999999999999999999999", "0", "-1", "one"])
@pytest.mark.parametrize("verb", [("show",), ("acknowledge",), ("close",)])
def test_what_is_no_number_is_a_slip_of_usage(press: CommandLine, verb: tuple[str], number: str) -> None:
    said = ["It was not us."] if verb == ("close",) else []
    assert press("complaint", *verb, "--", number, *said, ok=False).code == 2


def test_a_number_that_there_is_none_of_is_said(press: CommandLine) -> None:
    assert "complaint list" in press("complaint", "show", "9", ok=False).err
