"""Signing in at the desk: a link once, a password and a code, and who tries too often."""

from __future__ import annotations

import re
from collections.abc import Callable

import pyotp
import pytest
from starlette.testclient import TestClient

from pressroom.staff import passwords
from pressroom.staff.signing_in import TIMES, TIMES_OF_AN_ACCOUNT
from pressroom.staff.users import hash_of_token
from pressroom.tools import Tools
from tests.conftest import CommandLine
from tests.web.desk.working import PASSWORD, Worker


def path_of(link: str) -> str:
    return re.sub(r"^https?://[^/]+", "", link.strip())


def test_the_first_admin_gets_in_by_a_link_that_a_command_prints(press: CommandLine, admin: Worker) -> None:
    page = admin.browser.get("/desk/")
    assert page.status_code == 200
    assert "Overview" in page.text
    assert len(admin.codes) == 10
    assert press.ask("user", "list") == [
        {"name": "Ada", "role": "admin", "state": "active", "signed_in_at": press.now.isoformat()}
    ]


def test_a_link_works_once_and_for_fifteen_minutes(press: CommandLine, browsers: Callable[[], TestClient]) -> None:
    used, late, replaced = (press.ask("user", "add", name, "--role", "editor")["link"] for name in ("Bo", "Cy", "Di"))
    Worker(press, browsers(), "Bo").begin(used)
    press("user", "reset", "Di")
    assert [browsers().get(path_of(link)).status_code for link in (used, replaced, late)] == [410, 410, 200]
    press.wait(minutes=15)
    assert browsers().get(path_of(late)).status_code == 410
    assert browsers().post(path_of(late), data={"factor": "a" * 26}).status_code == 410


def test_nobody_gets_in_without_password_and_code(admin: Worker, browsers: Callable[[], TestClient]) -> None:
    admin.browser = browsers()
    assert admin.sign_in(password="another one") == 401
    assert admin.sign_in(code="000000") == 401
    assert admin.sign_in(code="") == 401
    assert admin.sign_in(name="Nobody") == 401
    assert admin.sign_in() == 303


def test_what_was_wrong_is_not_told(admin: Worker, browsers: Callable[[], TestClient]) -> None:
    said = set()
    for form in (
        {"name": "Nobody", "password": PASSWORD},
        {"name": "Ada", "password": "x"},
        {"name": "Ada", "password": PASSWORD},
    ):
        page = browsers().post("/desk/sign-in", data=form | {"code": "123456"}).text
        said.add(re.sub(r'value="[^"]*"', "", page))
    assert len(said) == 1


def test_a_code_works_once(admin: Worker, browsers: Callable[[], TestClient]) -> None:
    code = admin.code()
    admin.browser = browsers()
    assert [admin.sign_in(code=code), admin.sign_in(code=code)] == [303, 401]


def test_a_recovery_code_stands_in_for_the_phone_once_however_it_is_typed(
    admin: Worker, browsers: Callable[[], TestClient]
) -> None:
    admin.browser = browsers()
    typed = admin.codes[0].upper().replace("-", " ")
    assert [admin.sign_in(code=typed), admin.sign_in(code=admin.codes[0])] == [303, 401]
    assert "9 of them" in admin.browser.get("/desk/me").text


def test_new_recovery_codes_replace_the_old_ones(admin: Worker) -> None:
    assert admin.browser.post("/desk/me/codes", data={"code": "000000"}).status_code == 400
    page = admin.browser.post("/desk/me/codes", data={"code": admin.code()}).text
    new = re.findall(r"<code>([a-z2-7-]{19})</code>", page)
    assert (len(new), set(new) & set(admin.codes)) == (10, set())
    admin.browser.post("/desk/sign-out")
    assert [admin.sign_in(code=admin.codes[1]), admin.sign_in(code=new[1])] == [401, 303]


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "too short"),
        ("a" * 30, "hardly any different"),
        ("bo bo bo bo bo", "holds your name"),
        ("ab" * 150, "too long"),
    ],
)
def test_a_poor_password_is_refused_in_words_and_the_link_stays_good(
    press: CommandLine, browsers: Callable[[], TestClient], password: str, why: str
) -> None:
    link = press.ask("user", "add", "bo", "--role", "editor")["link"]
    page = browsers().post(path_of(link), data={"factor": "a" * 26, "password": password, "code": "123456"})
    assert page.status_code == 400
    assert why in page.text
    Worker(press, browsers(), "bo").begin(link)


def test_who_fails_too_often_from_one_place_waits_longer_each_time_and_never_for_ever(
    press: CommandLine, admin: Worker, browsers: Callable[[], TestClient]
) -> None:
    admin.browser = browsers()
    assert [admin.sign_in(password="wrong", code="1") for _ in range(TIMES)] == [401] * TIMES
    refused = admin.browser.post("/desk/sign-in", data={"name": "Ada", "password": PASSWORD, "code": "1"})
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 31
    press.wait(minutes=16)
    assert admin.sign_in() == 303


def test_what_others_try_elsewhere_does_not_shut_out_who_came_from_here_before(
    press: CommandLine, admin: Worker, browsers: Callable[[], TestClient]
) -> None:
    tools = Tools.of(press.site)
    account = tools.signer.place_hash("account ada")
    with tools.open_store() as store:
        for number in range(TIMES_OF_AN_ACCOUNT * 2):
            store.sessions.add_failure(account, f"network {number}", press.now)
    admin.browser = browsers()
    assert admin.sign_in() == 303


def test_a_browser_that_was_let_in_once_is_not_shut_out_by_others_beside_it(
    press: CommandLine, admin: Worker, browsers: Callable[[], TestClient]
) -> None:
    here, neighbour = admin.browser, browsers()
    here.post("/desk/sign-out")
    form = {"name": "Ada", "password": "wrong", "code": "1"}
    for _ in range(60):
        press.wait(seconds=40)
        answers = [neighbour.post("/desk/sign-in", data=form).status_code for _ in range(2)]
    assert answers[-1] == 429
    assert admin.sign_in() == 303
    here.post("/desk/sign-out")
    assert [admin.sign_in(password="wrong", code="1") for _ in range(TIMES + 1)] == [*[401] * TIMES, 429]
    press.wait(minutes=16)
    assert admin.sign_in() == 303


def test_a_browser_is_known_by_what_we_gave_it_and_no_more_after_a_reset(admin: Worker, press: CommandLine) -> None:
    admin.browser.post("/desk/sign-out")
    admin.browser.cookies.delete("desk-browser")
    admin.browser.cookies.set("desk-browser", "a" * 26)
    assert admin.sign_in() == 303
    with Tools.of(press.site).open_store() as store:
        hashes = [row[0] for row in store.rows("SELECT browser_hash FROM known_browsers")]
        assert (len(hashes), hash_of_token("a" * 26) in hashes) == (2, False)
        press("user", "reset", "Ada")
        assert store.value("SELECT count(*) FROM known_browsers") == 0


def test_a_browser_is_known_for_its_own_users_alone(admin: Worker, hire: Callable[..., Worker]) -> None:
    other = hire("Bo", "editor")
    other.browser.post("/desk/sign-out")
    other.name = "Ada"
    assert [other.sign_in(password="wrong", code="1") for _ in range(TIMES)] == [401] * TIMES
    assert other.sign_in(password="wrong", code="1") == 429
    admin.browser.cookies.delete("desk-browser")
    assert admin.sign_in(code="1") == 429


def test_what_others_try_elsewhere_makes_nobody_wait_longer_who_has_mistyped(
    press: CommandLine, admin: Worker, browsers: Callable[[], TestClient]
) -> None:
    admin.browser = browsers()
    for _ in range(TIMES):
        admin.sign_in(password="wrong", code="1")
    tools = Tools.of(press.site)
    with tools.open_store() as store:
        press.wait(seconds=31)
        store.sessions.add_failure(tools.signer.place_hash("account ada"), "elsewhere", press.now)
    assert admin.sign_in() == 303


def test_who_has_a_session_guesses_no_code_of_the_app(press: CommandLine, admin: Worker) -> None:
    answers = [admin.browser.post("/desk/me/codes", data={"code": str(100_000 + n)}).status_code for n in range(9)]
    assert answers == [*[400] * TIMES, *[429] * 4]
    press.wait(seconds=15)
    right = pyotp.TOTP(admin.secret).at(press.now)
    assert admin.browser.post("/desk/me/codes", data={"code": right}).status_code == 429
    press.wait(minutes=16)
    assert "recovery codes" in admin.browser.post("/desk/me/codes", data={"code": admin.code()}).text


def test_attempts_from_everywhere_slow_down_who_was_never_here(press: CommandLine, hire: Callable[..., Worker]) -> None:
    worker = hire("Bo", "editor", signs_in=False)
    tools = Tools.of(press.site)
    account = tools.signer.place_hash("account bo")
    with tools.open_store() as store:
        store.write("UPDATE known_networks SET network = 'another'")
        for number in range(TIMES_OF_AN_ACCOUNT):
            store.sessions.add_failure(account, f"network {number}", press.now)
    assert worker.sign_in(code="1") == 429
    press.wait(minutes=16)
    assert worker.sign_in() == 303


def test_a_session_ends_when_it_is_idle_and_when_it_is_old(press: CommandLine, admin: Worker) -> None:
    def is_in() -> bool:
        return admin.browser.get("/desk/", follow_redirects=False).status_code == 200

    for _ in range(14):
        press.wait(minutes=50)
        assert is_in()
    press.wait(minutes=50)
    assert not is_in()
    assert admin.sign_in() == 303
    press.wait(minutes=61)
    assert not is_in()


def test_one_is_led_back_to_the_page_that_was_asked_for_and_nowhere_else(admin: Worker) -> None:
    admin.browser.post("/desk/sign-out")
    asked = admin.browser.get("/desk/audit", follow_redirects=False)
    assert (asked.status_code, asked.headers["location"]) == (303, "/desk/sign-in?next=/desk/audit")
    for wanted, leads_to in [
        ("/desk/audit", "/desk/audit"),
        ("https://evil.example/", "/desk/"),
        ("//evil.example/desk/", "/desk/"),
        ("/desk/\\evil.example", "/desk/"),
        ("/unsubscribe/x", "/desk/"),
    ]:
        form = {"name": "Ada", "password": PASSWORD, "code": admin.code(), "next": wanted}
        answer = admin.browser.post("/desk/sign-in", data=form, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, leads_to)


def test_signing_out_ends_the_session_on_the_server(admin: Worker, browsers: Callable[[], TestClient]) -> None:
    cookie = admin.browser.cookies["desk"]
    admin.browser.post("/desk/sign-out")
    thief = browsers()
    thief.cookies.set("desk", cookie)
    assert thief.get("/desk/", follow_redirects=False).status_code == 303


def test_one_ends_ones_other_sessions(admin: Worker, browsers: Callable[[], TestClient]) -> None:
    here, admin.browser = admin.browser, browsers()
    assert admin.sign_in() == 303
    there, admin.browser = admin.browser, here
    assert "Sign out everywhere else" in here.get("/desk/me").text
    assert "1 other place" in here.post("/desk/me/sessions").text
    assert here.get("/desk/", follow_redirects=False).status_code == 200
    assert there.get("/desk/", follow_redirects=False).status_code == 303


@pytest.mark.parametrize(
    ("url", "cookie"),
    [("https://press.example.org", "__Host-desk=; "), ("http://localhost:8000", "desk=; ")],
)
def test_the_cookie_is_for_this_host_alone_and_for_no_script(press: CommandLine, url: str, cookie: str) -> None:
    (press.site / "publisher.toml").write_text(f'[site]\nurl = "{url}"\n')
    from pressroom.web.app import make_app

    link = press.ask("user", "add", "Ada", "--role", "admin")["link"]
    with TestClient(make_app(Tools.of(press.site), lambda: press.now), base_url=url) as client:
        worker = Worker(press, client, "Ada")
        worker.begin(link)
        form = {"name": "Ada", "password": PASSWORD, "code": worker.code()}
        said = client.post("/desk/sign-in", data=form, follow_redirects=False).headers["set-cookie"]
    name, _, attributes = said.partition("; ")
    assert name.partition("=")[0] == cookie.partition("=")[0]
    assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(attributes.split("; "))
    assert ("Secure" in attributes) == url.startswith("https")
    assert "Domain" not in attributes


def test_nothing_that_opens_the_desk_stands_in_the_catalogue(press: CommandLine, admin: Worker) -> None:
    content = (press.site / "data" / "catalogue.db").read_bytes()
    log = press.site / "data" / "catalogue.db-wal"
    content += log.read_bytes() if log.exists() else b""
    for secret in (PASSWORD, admin.secret, admin.browser.cookies["desk"], *admin.codes):
        assert secret.encode() not in content


def test_passwords_are_kept_at_high_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    hashed = passwords.hash_of(PASSWORD)
    assert hashed.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert passwords.is_password(PASSWORD, hashed)
    assert not passwords.is_password("", hashed)
    assert not passwords.is_password(PASSWORD, "")


def test_a_hash_of_lower_costs_is_made_anew_at_the_next_sign_in(
    press: CommandLine, admin: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "_HASHER", type(passwords._HASHER)(time_cost=2, memory_cost=16, parallelism=1))
    assert admin.sign_in() == 303
    with Tools.of(press.site).open_store() as store:
        assert "t=2" in store.staff.get("ada").password
    assert admin.sign_in() == 303


def test_where_somebody_has_set_up_their_sign_in_nobody_elsewhere_shuts_them_out(
    press: CommandLine, hire: Callable[..., Worker]
) -> None:
    worker = hire("Bo", "editor", signs_in=False)
    tools = Tools.of(press.site)
    account = tools.signer.place_hash("account bo")
    with tools.open_store() as store:
        for number in range(TIMES_OF_AN_ACCOUNT * 2):
            store.sessions.add_failure(account, f"network {number}", press.now)
    assert worker.sign_in() == 303
