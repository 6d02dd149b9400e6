"""Who may do what at the desk: every page with every role and with none, as docs/desk.md has it."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import takewhile

import pytest
from starlette.testclient import TestClient

from pressroom.models.staff import Act, Role
from pressroom.web.app import desk_pages
from pressroom.web.desk.access import DeskRoute
from tests.test_docs import COMMANDS, read
from tests.web.desk.working import Worker

PAGES = [(route, method) for route in desk_pages() for method in sorted((route.methods or set()) - {"HEAD"})]
CLOSED = [(route, method) for route, method in PAGES if route.least is not None]


def named(page: tuple[DeskRoute, str]) -> str:
    return f"{page[1]} {page[0].path}"


def status(browser: TestClient, route: DeskRoute, method: str) -> int:
    return int(browser.request(method, route.path, follow_redirects=False).status_code)


@pytest.mark.parametrize("page", CLOSED, ids=named)
def test_who_has_not_signed_in_is_led_to_where_one_does(
    page: tuple[DeskRoute, str], browsers: Callable[[], TestClient]
) -> None:
    answer = browsers().request(page[1], page[0].path, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/desk/sign-in")
    assert answer.headers["cache-control"] == "no-store"


def test_every_page_takes_its_role_and_those_above_it(hire: Callable[..., Worker]) -> None:
    for role in Role:
        worker = hire(role.value, str(role))
        for route, method in CLOSED:
            if route.path == "/desk/sign-out":
                continue
            refused = status(worker.browser, route, method) == 403
            assert refused is (role.rank < (route.least or role).rank), named((route, method))


def test_a_role_that_is_taken_away_is_gone_at_the_next_click(admin: Worker, hire: Callable[..., Worker]) -> None:
    other = hire("Bo", "admin")
    assert other.browser.get("/desk/people").status_code == 200
    admin.browser.post("/desk/people/role", data={"name": "Bo", "role": "editor"})
    assert other.browser.get("/desk/people").status_code == 403
    admin.browser.post("/desk/people/disable", data={"name": "Bo"})
    assert other.browser.get("/desk/", follow_redirects=False).status_code == 303
    assert other.sign_in() == 401


def test_a_form_of_another_site_changes_nothing(admin: Worker) -> None:
    for headers in (
        {"sec-fetch-site": "cross-site"},
        {"origin": "https://evil.example"},
        {"sec-fetch-site": "same-site"},
    ):
        form = {"name": "Eve", "role": "admin"}
        assert admin.browser.post("/desk/people", data=form, headers=headers).status_code == 403
    assert "Eve" not in admin.browser.get("/desk/people").text


ROWS = re.findall(r"^\| .* \| `(/desk\S*)` \| (.*) \| (?:`(.*)`|–) \|$", read("docs/desk.md"), re.MULTILINE)
"""Path, roles and command of each row of the table."""
OF_ONES_OWN = re.compile("/desk/(sign-in|sign-out|begin/.*|me/.*|autosaves/.*)")
"""What somebody does about their own sign-in, or the form that they have open."""


def test_the_documented_roles_are_those_of_the_pages() -> None:
    documented = {path: roles for path, roles, _ in ROWS}
    assert documented == {
        route.path: "anybody"
        if route.least is None
        else ", ".join(role for role in Role if role.rank >= route.least.rank)
        for route in desk_pages()
    }


def test_what_is_done_at_the_desk_is_done_by_a_command_too() -> None:
    commands = {path: " ".join(takewhile(lambda word: word[0] != "-", said.split())) for path, _, said in ROWS}
    acting = {route.path for route, method in PAGES if method == "POST" and not OF_ONES_OWN.fullmatch(route.path)}
    assert {commands[path] for path in acting} <= {name.removeprefix("publisher ") for name in COMMANDS}
    assert not [path for path in acting if not commands[path]]
    written_down = {str(act) for act in Act if act.split()[0] in ("release", "digest", "user")}
    assert {commands[path] for path in acting} == written_down
