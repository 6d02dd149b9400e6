"""Digests at the desk: what comes next, a rehearsal, and a test."""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from queue import Queue
from typing import Any

import pytest
from starlette.testclient import TestClient

from pressroom.models.rehearsal import Rehearsal
from pressroom.publishing.rehearsing import rehearse
from pressroom.tools import Tools
from pressroom.web.app import make_app
from pressroom.web.desk import rehearsal
from tests.conftest import CommandLine, Press
from tests.running import PATIENCE
from tests.web.desk.sending import (
    ADA,
    ADDRESS,
    a_service_leads,
    a_site_that_owes,
    get,
    note_what_is_not_out,
    post,
    sql,
)
from tests.web.desk.working import Worker, found


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    return a_site_that_owes(fresh)


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

    @pytest.mark.R9
    def test_no_address_that_a_server_has_named_is_told(
        self, publisher: Worker, hire: Callable[..., Worker], press: CommandLine
    ) -> None:
        why = "554 5.7.1 <ada@example.org>: Relay access denied"
        sql(press, f"UPDATE catalogue SET mail_closed_until = '2026-01-26T09:59:00Z', mail_closed_why = '{why}'")
        for worker in (publisher, hire("Edi", "editor")):
            for path in ("/desk/", "/desk/digests"):
                page = get(worker, path)
                assert "Relay access denied" in page
                assert "ada@" not in page

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
