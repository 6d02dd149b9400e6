"""Sending at the desk: what comes next, a rehearsal, a test, a run by hand, and what becomes of it."""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from queue import Queue
from typing import Any

import pytest
from starlette.testclient import TestClient

from pressroom.locks import locked
from pressroom.models.people import Frequency
from pressroom.models.rehearsal import Rehearsal
from pressroom.publishing.digests import open_run_by_hand
from pressroom.publishing.gate import let_pass
from pressroom.publishing.rehearsing import rehearse
from pressroom.tools import Tools
from pressroom.web.app import make_app
from pressroom.web.desk import rehearsal
from tests.conftest import CommandLine, Press
from tests.running import PATIENCE
from tests.web.desk.working import Worker, found

ADA = "ada@readers.example"
ADDRESS = re.compile(r"[\w.]+@readers\.example")


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    """A site on which three readers are owed a release, and a fourth has not confirmed."""
    fresh("topic", "add", "Rivers")
    fresh("subscriber", "add", ADA, "--name", "Ada Byron", "--topic", "rivers=weekly", "--confirmed")
    fresh("subscriber", "add", "bo@readers.example", "--frequency", "weekly", "--confirmed")
    fresh("subscriber", "add", "cy@readers.example", "--frequency", "daily", "--language", "nl", "--confirmed")
    fresh("subscriber", "add", "di@readers.example", "--frequency", "daily")
    fresh("release", "add", "--title", "Floods", "--topic", "rivers")
    fresh("publish", "--feeds-only")
    return fresh


@pytest.fixture
def publisher(hire: Callable[..., Worker]) -> Worker:
    """Somebody who may send."""
    return hire("Pia", "publisher")


@pytest.fixture
def editor(hire: Callable[..., Worker], publisher: Worker) -> Worker:
    return hire("Ed", "editor")


@contextmanager
def a_service_leads(press: CommandLine) -> Iterator[None]:
    with locked(press.site / "data" / "schedule.lock"):
        yield


def get(worker: Worker, path: str, status: int = 200) -> str:
    answer = worker.browser.get(path)
    assert answer.status_code == status, answer.text
    return answer.text


def post(worker: Worker, path: str, form: dict[str, object] | None = None, status: int = 200) -> str:
    answer = worker.browser.post(path, data=form or {})
    assert answer.status_code == status, answer.text
    return answer.text


def send(worker: Worker, *frequencies: str, **more: object) -> str:
    return post(worker, "/desk/digests/send", {"frequency": list(frequencies), **more})


def sent(press: CommandLine) -> int:
    """Return how many digests have left."""
    return sum(str(mail["Subject"]) == "Floods" for mail in press.mails())


def note_what_is_not_out(press: CommandLine) -> None:
    """Have the weekly digest say something that lint warns of."""
    press("release", "add", "--title", "The secret plan for all rivers", "--draft")
    press("digest", "note", "Soon: the secret plan for all rivers.")


def sql(press: CommandLine, statement: str) -> None:
    catalogue = sqlite3.connect(press.site / "data" / "catalogue.db")
    with catalogue:
        catalogue.execute(statement)
    catalogue.close()


class TestWhatComes:
    def test_what_is_owed_is_told_with_its_time_and_number(self, publisher: Worker) -> None:
        page = get(publisher, "/desk/digests")
        assert "2 weekly on Monday 08:00" in page
        assert "1 daily on Tuesday 08:00" in page
        assert "Monday 2 February 08:00" in page
        assert "There has been no digest yet." in page

    def test_where_nobody_is_owed_anything_it_is_said_what_to_do(self, publisher: Worker, press: CommandLine) -> None:
        press("digest", "send", "--yes")
        assert "Nobody is owed anything" in get(publisher, "/desk/digests")

    def test_why_no_mail_leaves_is_told(self, publisher: Worker, press: CommandLine) -> None:
        assert "No service sends at present" in get(publisher, "/desk/digests")
        with a_service_leads(press):
            assert "No service sends" not in get(publisher, "/desk/digests")
        sql(press, "UPDATE catalogue SET mail_closed_until = '2026-01-26T09:59:00Z', mail_closed_why = 'It is away.'")
        assert "The mail server takes nothing at present: It is away. Next try 09:59." in get(
            publisher, "/desk/digests"
        )
        (press.site / "data" / "armed.key").unlink(missing_ok=True)
        sql(press, "UPDATE catalogue SET armed_key = 'another', armed_place = 'elsewhere'")
        assert "was restored or copied" in get(publisher, "/desk/digests")

    def test_a_digest_that_is_late_is_told(self, publisher: Worker, press: CommandLine) -> None:
        press.wait(days=7)
        publisher.sign_in()
        assert "The weekly digest was due Monday 2 February 08:00 and has not begun" in get(publisher, "/desk/digests")

    def test_a_service_that_sends_nothing_is_told(self, publisher: Worker) -> None:
        pulse = publisher.browser.app.app.state.pulse  # type: ignore[attr-defined]
        pulse.leads = True
        assert "sends" not in get(publisher, "/desk/digests").partition("<section>")[0]
        pulse.is_passive = True
        assert "writes feeds and sends nothing" in get(publisher, "/desk/digests")

    def test_a_domain_that_gets_a_rest_is_told(self, publisher: Worker, press: CommandLine) -> None:
        sql(
            press,
            "INSERT INTO halted_domains VALUES ('slow.example', '2026-01-26T09:09:00Z', '2026-01-26T10:00:00Z')",
        )
        assert "Nothing goes to slow.example until 09:09" in get(publisher, "/desk/digests")

    def test_runs_are_listed_newest_first_and_paged(self, publisher: Worker, press: CommandLine) -> None:
        for number in range(22):
            press("release", "add", "--title", f"Release {number}")
            press("publish", "--feeds-only")
            press("digest", "send", "--frequency", "daily", "--yes")
        first = get(publisher, "/desk/digests")
        assert re.findall(r'<li value="(\d+)">', first) == [str(number) for number in range(22, 2, -1)]
        older = get(publisher, found(first, r'href="(/desk/digests\?before=\d+)"'))
        assert re.findall(r'<li value="(\d+)">', older) == ["2", "1"]
        assert get(publisher, "/desk/digests?before=x")


class TestRehearsing:
    def test_the_page_comes_at_once_and_leads_to_the_rehearsal(self, publisher: Worker) -> None:
        page = get(publisher, "/desk/digests/rehearsal?frequency=weekly&frequency=never")
        assert found(page, r'hx-get="([^"]+)"') == found(page, r'<a href="(/desk/digests/rehearsal/[^"]+)"')
        assert "2 mails" not in page
        assert "2 mails, now" in get(publisher, found(page, r'hx-get="([^"]+)"'))

    def test_it_tells_who_gets_what_and_who_does_not(self, publisher: Worker) -> None:
        page = get(publisher, "/desk/digests/rehearsal/result")
        assert "1 mail, Tuesday 27 January 08:00" in page
        assert re.search(r'<th scope="row">everything</th><td class="number">1</td>', page)
        assert re.search(r"Not confirmed yet</th><td class=.number.>1<", page)
        assert "Largest" in page

    def test_a_script_gets_the_part_alone(self, publisher: Worker) -> None:
        answer = publisher.browser.get("/desk/digests/rehearsal/result", headers={"hx-request": "true"})
        assert answer.text.lstrip().startswith("<section")

    @pytest.mark.R8
    def test_nothing_is_changed(self, publisher: Worker, press: CommandLine) -> None:
        get(publisher, "/desk/digests/rehearsal/result?frequency=weekly")
        assert press.ask("digest", "list") == []
        assert press.mails() == []

    @pytest.mark.R9
    def test_the_mail_shown_is_nobodys_and_can_do_nothing(self, publisher: Worker, press: CommandLine) -> None:
        answer = publisher.browser.get("/desk/digests/rehearsal/mail?frequency=weekly")
        assert "Floods" in answer.text
        assert ADDRESS.findall(answer.text) == []
        assert "Ada Byron" not in answer.text
        catalogue = sqlite3.connect(press.site / "data" / "catalogue.db")
        tokens = [row[0] for row in catalogue.execute("SELECT unsubscribe_token FROM subscribers")]
        catalogue.close()
        assert not any(token in answer.text for token in tokens)
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("sandbox; default-src 'none'")
        assert "frame-ancestors 'self'" in policy

    @pytest.mark.R9
    def test_editors_see_no_address_in_what_lint_finds(
        self, publisher: Worker, editor: Worker, press: CommandLine
    ) -> None:
        note_what_is_not_out(press)
        path = "/desk/digests/rehearsal/result?frequency=weekly&frequency=daily"
        pages = [get(one, path) for one in (publisher, editor)]
        assert ["finding</h2>" in page for page in pages] == [True, True]
        assert [bool(ADDRESS.search(page)) for page in pages] == [True, False]

    def test_one_at_a_time_and_nobody_else_waits_for_it(
        self, publisher: Worker, press: CommandLine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        begun, may_end, path = Queue[int](), threading.Event(), "/desk/digests/rehearsal/result"

        def held(*parts: Any, **more: Any) -> Rehearsal:
            begun.put(1)
            assert may_end.wait(PATIENCE)
            return rehearse(*parts, **more)

        monkeypatch.setattr(rehearsal, "rehearse", held)
        app = make_app(Tools.of(press.site), lambda: press.now)
        with TestClient(app, cookies=dict(publisher.browser.cookies)) as browser, ThreadPoolExecutor(2) as others:
            asked = [others.submit(browser.get, path) for _ in range(2)]
            begun.get(timeout=PATIENCE)
            assert browser.get("/desk/digests").status_code == browser.get("/releases/").status_code == 200
            assert begun.empty()
            may_end.set()
            assert [one.result().status_code for one in asked] == [200, 200]

    def test_where_nobody_is_owed_anything_it_says_so(self, publisher: Worker, press: CommandLine) -> None:
        press("digest", "send", "--yes")
        assert "No mail would leave" in get(publisher, "/desk/digests/rehearsal/result")
        assert "No mail would leave" in get(publisher, "/desk/digests/rehearsal/mail")


class TestTests:
    def test_one_mail_goes_to_one_address_which_the_form_keeps(self, publisher: Worker, press: CommandLine) -> None:
        page = post(publisher, "/desk/digests/test", {"to": "pia@desk.example", "frequency": "daily"})
        assert "“[Test] Floods” is on its way to pia@desk.example." in page
        assert 'value="pia@desk.example"' in page
        assert [mail["To"] for mail in press.mails()] == ["pia@desk.example"]
        assert "pia@desk.example" not in get(publisher, "/desk/digests/test")
        entry = press.ask("audit")[0]
        assert (entry["who"], entry["act"], entry["after"]["answer"]) == ("Pia", "digest test", "taken")
        assert "pia@desk.example" not in get(publisher, "/desk/audit")

    @pytest.mark.parametrize(
        ("to", "status", "said"),
        [("pia", 400, "The address"), ("", 400, "The address"), (ADA, 409, "must not be mailed")],
    )
    def test_what_cannot_be_sent_is_said(
        self, publisher: Worker, press: CommandLine, to: str, status: int, said: str
    ) -> None:
        press("subscriber", "unsubscribe", ADA)
        assert said in post(publisher, "/desk/digests/test", {"to": to}, status)
        assert press.mails(to) == []


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
