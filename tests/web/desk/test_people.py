"""Admins add people, change what they may do, and let them in no more; all of it stands in the audit log."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from tests.conftest import CommandLine
from tests.web.desk.working import Worker, found


def test_an_admin_adds_somebody_who_gets_in(admin: Worker, browsers: Callable[[], TestClient]) -> None:
    page = admin.browser.post("/desk/people", data={"name": "Bo Berg", "role": "publisher"}).text
    worker = Worker(admin.press, browsers(), "Bo Berg")
    worker.begin(found(page, r"<code>(http\S+)</code>"))
    assert worker.sign_in(name="bo berg") == 303
    assert "Bo Berg" in worker.browser.get("/desk/").text


@pytest.mark.parametrize(
    ("form", "status", "said"),
    [
        ({"name": "Ada", "role": "editor"}, 400, "called “Ada” already"),
        ({"name": "<b>", "role": "editor"}, 400, "&lt;b&gt;"),
        ({"name": "", "role": "editor"}, 400, "give 1 to 64"),
        ({"name": "Bo", "role": "king"}, 400, "Choose a role"),
    ],
)
def test_what_cannot_be_added_is_said(admin: Worker, form: dict[str, str], status: int, said: str) -> None:
    answer = admin.browser.post("/desk/people", data=form)
    assert (answer.status_code, said in answer.text) == (status, True)


def test_the_last_admin_stays_one(admin: Worker, press: CommandLine) -> None:
    for act, form in (("role", {"role": "editor"}), ("disable", {}), ("reset", {})):
        answer = admin.browser.post(f"/desk/people/{act}", data={"name": "Ada", **form})
        assert (answer.status_code, "only admin who can sign in" in answer.text) == (409, True)
    assert press("user", "disable", "Ada", ok=False).code == 4
    assert press("user", "role", "Ada", "editor", ok=False).code == 4


def test_who_is_reset_signs_in_as_before_no_more_and_sets_it_up_anew(
    admin: Worker, hire: Callable[..., Worker], press: CommandLine
) -> None:
    worker = hire("Bo", "editor")
    page = admin.browser.post("/desk/people/reset", data={"name": "Bo"}).text
    assert worker.browser.get("/desk/", follow_redirects=False).status_code == 303
    assert [worker.sign_in(), worker.sign_in(code=worker.codes[0])] == [401, 401]
    worker.begin(found(page, r"<code>(http\S+)</code>"))
    assert worker.sign_in() == 303


def test_every_command_of_users_does_what_the_desk_does(press: CommandLine, hire: Callable[..., Worker]) -> None:
    hire("Ada", "admin")
    worker = hire("Bo", "editor")
    press("user", "role", "bo", "publisher")
    assert {one["name"]: one["role"] for one in press.ask("user", "list")} == {"Ada": "admin", "Bo": "publisher"}
    press("user", "disable", "Bo")
    assert worker.browser.get("/desk/", follow_redirects=False).status_code == 303
    assert press("user", "role", "Nobody", "editor", ok=False).err.startswith("There is no user")
    assert press("user", "add", "Bo", "--role", "editor", ok=False).code == 1
    assert "once, for 15 minutes" in press("user", "reset", "Bo").out


def test_everything_that_is_done_stands_in_the_audit_log(admin: Worker, press: CommandLine) -> None:
    admin.browser.post("/desk/people", data={"name": "Bo", "role": "editor"})
    admin.browser.post("/desk/people/role", data={"name": "Bo", "role": "publisher"})
    admin.browser.post("/desk/people/disable", data={"name": "Bo"})
    entries = [(one["who"], one["act"], one["about"]) for one in press.ask("audit") if one["act"] != "release add"]
    assert entries == [
        ("Ada", "user disable", "Bo"),
        ("Ada", "user role", "Bo"),
        ("Ada", "user add", "Bo"),
        ("Ada", "sign in", "Ada"),
        ("Ada", "set up sign-in", "Ada"),
        ("command line", "user add", "Ada"),
    ]
    role = press.ask("audit")[1]
    assert (role["before"], role["after"]) == ({"role": "editor"}, {"role": "publisher"})
    page = admin.browser.get("/desk/audit").text
    assert "role: editor" in page
    assert "role: publisher" in page
    assert "All 9 entries are as they were written." in press("audit", "--verify").out


def test_the_log_is_shown_page_by_page(admin: Worker) -> None:
    for _ in range(30):
        admin.browser.post("/desk/people/role", data={"name": "Ada", "role": "admin"})
    for _ in range(30):
        admin.browser.post("/desk/me/sessions")
    first = admin.browser.get("/desk/audit").text
    older = found(first, r'href="(/desk/audit\?before=\d+)"')
    second = admin.browser.get(older).text
    numbers = [int(one) for page in (first, second) for one in re.findall(r'<span class="number">(\d+)</span>', page)]
    assert numbers == list(range(66, 0, -1))
    assert admin.browser.get("/desk/audit?before=x").status_code == 200


@pytest.mark.parametrize(
    ("act", "said"),
    [
        ("UPDATE audit_log SET actor = 'Eve' WHERE pk = 2", "Entry 2 was changed"),
        ("UPDATE audit_log SET details = '{}' WHERE pk = 1", "Entry 1 was changed"),
        ("UPDATE audit_log SET details = '[]' WHERE pk = 1", "Entry 1 was changed"),
        ('UPDATE audit_log SET details = \'{"after": 5, "before": "x"}\' WHERE pk = 1', "Entry 1 was changed"),
        ("UPDATE audit_log SET at = 'zzz' WHERE pk = 1", "Entry 1 was changed"),
        ("DELETE FROM audit_log WHERE pk = 2", "Entries 2 to 2 are missing"),
        ("DELETE FROM audit_log WHERE pk = 1", "Entries 1 to 1 are missing"),
    ],
)
def test_what_was_changed_in_the_log_is_found(press: CommandLine, admin: Worker, act: str, said: str) -> None:
    catalogue = sqlite3.connect(press.site / "data" / "catalogue.db")
    with pytest.raises(sqlite3.IntegrityError, match="only added to"):
        catalogue.execute(act)
    for trigger in ("audit_log_is_not_rewritten", "audit_log_stays"):
        catalogue.execute(f"DROP TRIGGER {trigger}")
    with catalogue:
        catalogue.execute(act)
    catalogue.close()
    answer = press("audit", "--verify", ok=False)
    assert (answer.code, said in answer.err) == (1, True)
    assert admin.browser.get("/desk/audit").status_code == 200


def test_no_entry_is_put_in_by_hand_that_would_be_the_last(press: CommandLine, admin: Worker) -> None:
    values = "9223372036854775807, '2026-01-26T09:00:00Z', 'Eve', 'x', 'x', '{}', '', ''"
    columns = "pk, at, actor, action, object, details, previous_hash, hash"
    catalogue = sqlite3.connect(press.site / "data" / "catalogue.db")
    with pytest.raises(sqlite3.IntegrityError, match="numbered one after the other"):
        catalogue.execute(f"INSERT INTO audit_log ({columns}) VALUES ({values})")
    catalogue.close()
    assert admin.browser.post("/desk/people", data={"name": "Bo", "role": "editor"}).status_code == 200
