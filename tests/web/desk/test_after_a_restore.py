"""After a restore nobody works at the desk who may not by now, and the log of what was done goes on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from pressroom.tools import Tools
from pressroom.web.app import make_app
from tests.web.desk.working import Worker

pytestmark = pytest.mark.R11


def test_who_may_work_there_is_as_it_was_before_the_restore(hire: Callable[..., Worker]) -> None:
    ada, bo = hire("Ada", "admin"), hire("Bo", "publisher")
    backup = ada.press.site.parent / "backup.db"
    ada.press("db", "backup", str(backup))
    ada.browser.post("/desk/people/role", data={"name": "Bo", "role": "editor"})
    cy = hire("Cy", "editor")
    ada.press("user", "disable", "Cy")
    ada.press("db", "restore", str(backup), "--yes")
    with TestClient(make_app(Tools.of(ada.press.site), lambda: ada.press.now)) as browser:
        browser.cookies.set("desk", bo.browser.cookies["desk"])
        assert browser.get("/desk/", follow_redirects=False).status_code == 303
        ada.browser = bo.browser = cy.browser = browser
        assert [ada.sign_in(), bo.sign_in(), bo.sign_in(code=bo.codes[0]), cy.sign_in()] == [303, 303, 303, 401]
    assert {one["name"]: (one["role"], one["state"]) for one in ada.press.ask("user", "list")} == {
        "Ada": ("admin", "active"),
        "Bo": ("editor", "active"),
        "Cy": ("editor", "disabled"),
    }
    assert ("command line", "user disable", "Cy") in [
        (one["who"], one["act"], one["about"]) for one in ada.press.ask("audit")
    ]
    assert "are as they were written" in ada.press("audit", "--verify").out
