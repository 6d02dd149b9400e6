"""A run by hand at the desk, and what becomes of it."""

from __future__ import annotations

import re

import pytest

from pressroom.models.people import Frequency
from pressroom.publishing.digests import open_run_by_hand
from pressroom.publishing.gate import let_pass
from pressroom.tools import Tools
from tests.conftest import CommandLine, Press
from tests.web.desk.sending import (
    ADA,
    ADDRESS,
    a_service_leads,
    a_site_that_owes,
    get,
    note_what_is_not_out,
    post,
    send,
    sent,
    sql,
)
from tests.web.desk.working import Worker


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    return a_site_that_owes(fresh)


class TestSending:
    def test_a_run_is_opened_and_left_to_the_service(self, publisher: Worker, press: CommandLine) -> None:
        page = get(publisher, "/desk/digests/send?frequency=weekly")
        assert "2 readers are owed something" in page
        assert re.findall(r'value="(\w+)" checked', page) == ["weekly"]
        assert "No service sends at present" in page
        page = send(publisher, "weekly")
        assert "Run 1: weekly" in page
        assert "Waiting to go out." in page
        assert sent(press) == 0
        press("deliver")
        assert sent(press) == 2
        assert "Done: nothing waits any more." in get(publisher, "/desk/digests/1")
        entry = press.ask("audit")[0]
        assert (entry["who"], entry["act"], entry["about"]) == ("Pia", "digest send", "run 1")
        assert entry["after"] == {"frequencies": "weekly", "enlisted": 2}

    def test_nobody_gets_anything_twice_who_presses_twice(self, publisher: Worker, press: CommandLine) -> None:
        send(publisher, "weekly")
        assert "Nobody was owed anything: no mail was made." in send(publisher, "weekly")
        press("deliver")
        assert sent(press) == 2

    def test_without_a_digest_chosen_it_asks_for_one(self, publisher: Worker, press: CommandLine) -> None:
        for form in ({}, {"frequency": "hourly"}):
            assert "Choose at least one digest." in post(publisher, "/desk/digests/send", {**form}, 400)
        assert press.ask("digest", "list") == []

    def test_what_lint_finds_stops_it_and_warnings_can_be_overruled(
        self, publisher: Worker, press: CommandLine
    ) -> None:
        note_what_is_not_out(press)
        page = post(publisher, "/desk/digests/send", {"frequency": "weekly"}, 409)
        assert "Nothing was sent" in page
        assert press.ask("digest", "list") == []
        assert press.ask("audit")[0]["act"] != "digest send"
        warnings = re.findall(r'name="despite" value="([\w-]+)"', page)
        assert warnings
        assert "Waiting to go out." in send(publisher, "weekly", despite=warnings)
        assert press.ask("audit")[0]["after"]["despite"] == ", ".join(warnings)

    def test_a_copy_sends_nothing_and_says_why(self, publisher: Worker, press: CommandLine) -> None:
        sql(press, "UPDATE catalogue SET armed_key = 'another', armed_place = 'elsewhere'")
        assert "was restored or copied" in post(publisher, "/desk/digests/send", {"frequency": "weekly"}, 409)
        assert press.ask("digest", "list") == []


class TestRuns:
    def test_a_run_is_paused_resumed_and_cancelled(self, publisher: Worker, press: CommandLine) -> None:
        send(publisher, "weekly")
        assert "Paused: nothing more leaves" in post(publisher, "/desk/digests/1/pause")
        press("deliver")
        assert sent(press) == 0
        with a_service_leads(press):
            assert "Going out." in post(publisher, "/desk/digests/1/resume")
        assert "Cancel the 2 mails that wait?" in get(publisher, "/desk/digests/1/cancel")
        assert "Cancelled." in post(publisher, "/desk/digests/1/cancel")
        press("deliver")
        assert sent(press) == 0
        assert [(one["act"], one["who"]) for one in press.ask("audit")[:4]] == [
            ("digest cancel", "Pia"),
            ("digest resume", "Pia"),
            ("digest pause", "Pia"),
            ("digest send", "Pia"),
        ]

    def test_a_cancelled_run_of_which_one_is_on_its_way_offers_nothing_more(
        self, publisher: Worker, press: CommandLine
    ) -> None:
        send(publisher, "weekly")
        sql(press, "UPDATE deliveries SET state = 'sent', finished_at = '2026-01-26T09:00:00Z' WHERE pk = 1")
        assert "Cancelled. 1 was done by then; 1 is owed again" in post(publisher, "/desk/digests/1/cancel")
        sql(press, "UPDATE runs SET state = 'paused', closed_at = NULL")
        on_its_way = "state = 'handed-over', claimed_by = 'x', claimed_at = finished_at, finished_at = NULL"
        sql(press, f"UPDATE deliveries SET {on_its_way} WHERE state = 'sent'")
        page = get(publisher, "/desk/digests/1")
        assert "Cancelled. 1 is being handed over at this moment, and may arrive." in page
        assert not any(words in page for words in ("Resume", "Pause", "Cancel what waits"))

    def test_what_does_not_fit_its_state_is_said_and_changes_nothing(
        self, publisher: Worker, press: CommandLine
    ) -> None:
        send(publisher, "weekly")
        assert "Nothing was changed: the run is open already." in post(publisher, "/desk/digests/1/resume", status=409)
        press("deliver")
        for act in ("pause", "cancel"):
            said = post(publisher, f"/desk/digests/1/{act}", status=409)
            assert "Nothing was changed: the run is closed already." in said
        assert "Done: nothing waits" in get(publisher, "/desk/digests/1/cancel")

    def test_a_run_that_there_is_not_is_said(self, publisher: Worker) -> None:
        for path in ("9", "x", "9/sent", "9/progress", "1" * 40, "9/cancel"):
            assert "There is no such run." in get(publisher, f"/desk/digests/{path}", 404)
        assert "There is no such run." in post(publisher, "/desk/digests/9/pause", status=404)

    def test_each_number_opens_its_list(self, publisher: Worker, press: CommandLine) -> None:
        send(publisher, "weekly")
        press("deliver")
        page = get(publisher, "/desk/digests/1")
        assert re.findall(r'href="/desk/digests/1/(\w+)">', page) == ["sent"]
        mails = get(publisher, "/desk/digests/1/sent")
        assert set(ADDRESS.findall(mails)) == {ADA, "bo@readers.example"}
        assert "Taken by the mail server" in mails
        assert "There is none." in get(publisher, "/desk/digests/1/failed")
        get(publisher, "/desk/digests/1/delivered", 404)

    def test_what_became_of_a_mail_is_said_in_words(self, publisher: Worker, press: CommandLine) -> None:
        send(publisher, "weekly", "daily")
        for pk, changes in (
            (1, "state = 'failed', reply = '550 5.1.1 no such user', finished_at = '2026-01-26T10:00:00Z'"),
            (2, "state = 'retry', reply = '451 later', attempts = 2, next_attempt_at = '2026-01-26T11:00:00Z'"),
            (3, "state = 'unknown', finished_at = '2026-01-26T10:00:00Z'"),
        ):
            sql(press, f"UPDATE deliveries SET {changes} WHERE pk = {pk}")
        assert "Refused: there is no such mailbox" in get(publisher, "/desk/digests/1/failed")
        waiting = get(publisher, "/desk/digests/1/waiting")
        assert "Next try 11:00" in waiting
        assert "(2 tries)" in waiting
        assert "No answer was seen" in get(publisher, "/desk/digests/1/unknown")

    def test_who_was_erased_has_no_address_any_more(self, publisher: Worker, press: CommandLine) -> None:
        send(publisher, "weekly")
        press("deliver")
        press("subscriber", "forget", ADA, "--yes")
        mails = get(publisher, "/desk/digests/1/sent")
        assert ADA not in mails
        assert "erased" in mails

    @pytest.mark.R9
    def test_an_editor_sees_numbers_and_neither_acts_nor_addresses(
        self, publisher: Worker, editor: Worker, press: CommandLine
    ) -> None:
        send(publisher, "weekly")
        press("digest", "pause", "1")
        for path in ("/desk/digests", "/desk/digests/1"):
            page = get(editor, path)
            assert not re.findall(r"/desk/digests/(?:\d+/\w+|send|test)", page.replace("/desk/digests/1/progress", ""))
            assert ADDRESS.findall(page) == []
        get(editor, "/desk/digests/1/waiting", 403)

    def test_lists_are_paged_by_key(self, publisher: Worker, press: CommandLine) -> None:
        people = press.site / "people.csv"
        people.write_text("address,frequency\n" + "".join(f"r{n:03}@readers.example,monthly\n" for n in range(120)))
        press("subscriber", "import", str(people), "--basis", "members")
        press("release", "add", "--title", "Bridges")
        press("publish", "--feeds-only")
        for frequency in (Frequency.DAILY, Frequency.MONTHLY):
            tools = Tools.of(press.site)
            with tools.open_store() as store:
                open_run_by_hand(store, tools, press.now, [frequency], check=let_pass)
        path, seen = "/desk/digests/2/waiting", list[str]()
        while path:
            page = get(publisher, path)
            seen += ADDRESS.findall(page)
            following = re.search(r'href="(/desk/digests/2/waiting\?after=\d+)"', page)
            path = following[1] if following else ""
        assert seen == [f"r{number:03}@readers.example" for number in range(120)]
