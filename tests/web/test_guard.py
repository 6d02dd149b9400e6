"""What is refused before a page sees it, and what becomes of what goes wrong in one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from lxml import html as lxml_html
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.testclient import TestClient

from pressroom.errors import SubscriberExistsError
from pressroom.tools import Tools
from pressroom.web import confirm
from pressroom.web.app import make_app
from pressroom.web.guard import origin_of
from pressroom.web.messages import BY_STATUS, INCOMPLETE
from pressroom.web.pages import told, too_many
from tests.conftest import CommandLine
from tests.test_translations import leftovers, pseudo_words
from tests.web.conftest import Reader
from tests.web.test_broken_templates import break_the_pages

OURS, THEIRS = "https://press.example.org", "https://evil.example"
TOKEN = "a" * 26


@pytest.fixture
def site_url() -> str:
    return OURS


@pytest.fixture
def browser(run: CommandLine, tools: Tools, site_url: str) -> Iterator[TestClient]:
    (run.site / "publisher.toml").write_text(f'[site]\nurl = "{site_url}"\n')
    with TestClient(make_app(Tools.of(run.site), lambda: run.now), site_url) as client:
        yield client


class TestAForm:
    """Sec-Fetch-Site and Origin as browsers send them (W3C Fetch Metadata, RFC 6454)."""

    @pytest.mark.parametrize(
        "sent",
        [
            {"sec-fetch-site": "same-origin", "origin": OURS},
            {"sec-fetch-site": "none"},
            {"origin": OURS},
            {"origin": "HTTPS://Press.Example.org:443"},
            {"sec-fetch-site": "cross-site", "origin": OURS},
            {},
        ],
    )
    def test_of_ours_is_taken(self, browser: TestClient, sent: dict[str, str]) -> None:
        assert browser.post(f"/preferences/{TOKEN}", headers=sent).status_code == 200

    @pytest.mark.parametrize(
        "sent",
        [
            {"sec-fetch-site": "cross-site", "origin": THEIRS},
            {"sec-fetch-site": "same-site", "origin": "https://other.example.org"},
            {"sec-fetch-site": "cross-site"},
            {"sec-fetch-site": "SAME-ORIGIN"},
            {"origin": THEIRS},
            {"origin": THEIRS, "host": "evil.example"},
            {"origin": "http://press.example.org"},
            {"origin": f"{OURS}:444"},
            {"origin": f"{OURS}.evil.example"},
            {"origin": "null"},
            {"origin": ""},
            {"origin": f"{OURS}:many"},
        ],
    )
    def test_of_others_is_refused(self, browser: TestClient, sent: dict[str, str]) -> None:
        for path in (f"/preferences/{TOKEN}", f"/unsubscribe/{TOKEN}/weekly", "/confirm/x", "/nothing"):
            answer = browser.post(path, headers=sent)
            assert (answer.status_code, "a page of another site" in answer.text) == (403, True)
            assert answer.headers["cache-control"] == "no-store"

    def test_only_shows_something_is_not_asked_where_it_comes_from(self, browser: TestClient) -> None:
        sent = {"sec-fetch-site": "cross-site", "origin": THEIRS}
        assert browser.get(f"/preferences/{TOKEN}", headers=sent).status_code == 200

    @pytest.mark.R8
    @pytest.mark.parametrize("path", [f"/unsubscribe/{TOKEN}", f"/unsubscribe/{TOKEN}/", f"/unsubscribe/{'A' * 26}"])
    @pytest.mark.parametrize("sent", [{}, {"origin": "null"}, {"origin": THEIRS, "sec-fetch-site": "cross-site"}])
    def test_of_one_click_works_from_anywhere(self, browser: TestClient, path: str, sent: dict[str, str]) -> None:
        assert browser.post(path, data={"List-Unsubscribe": "One-Click"}, headers=sent).status_code == 200

    def test_that_other_sites_hold_may_begin_a_subscription(self, browser: TestClient) -> None:
        assert browser.post("/subscribe/begin", headers={"origin": THEIRS}).status_code != 403
        assert browser.post("/subscribe/begin/", headers={"origin": THEIRS}).status_code == 403


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Bücher.example/press", ("https", "xn--bcher-kva.example", 443)),
        ("http://[::1]:8000", ("http", "::1", 8000)),
        ("http://localhost", ("http", "localhost", 80)),
        ("null", None),
        ("https://", None),
        ("https://x:99999", None),
    ],
)
def test_an_origin_is_scheme_host_and_port(url: str, origin: object) -> None:
    assert origin_of(url) == origin


class TestHeaders:
    def test_stand_on_every_answer(self, browser: TestClient) -> None:
        for path in ("/", "/nothing", f"/unsubscribe/{TOKEN}", "/static/site.css"):
            for _ in range(2):  # made, and from memory
                headers = browser.get(path).headers
                assert headers["strict-transport-security"] == "max-age=31536000"
                assert headers["referrer-policy"] == "same-origin"
                assert "unsafe" not in headers["content-security-policy"]
                assert headers.get_list("x-content-type-options") == ["nosniff"]

    @pytest.mark.parametrize("site_url", ["http://localhost:8000"])
    def test_ask_for_tls_only_where_the_site_has_it(self, browser: TestClient) -> None:
        assert "strict-transport-security" not in browser.get("/").headers


class TestABody:
    def test_larger_than_any_form_is_refused(self, active: Reader) -> None:
        path = f"/preferences/{active.token}/pause"
        answer = active.browser.post(path, content=b"x" * 100_001)
        assert (answer.status_code, "larger than any form of ours" in answer.text) == (413, True)
        assert active.shown()["paused"] is False
        assert active.browser.post(path, content=b"x" * 100_000).status_code == 200

    def test_is_refused_as_soon_as_it_is_larger(self, active: Reader) -> None:
        given: list[int] = []

        def endless() -> Iterator[bytes]:
            while len(given) < 1_000:
                given.append(1)
                yield b"x" * 1_000

        assert active.browser.post(f"/preferences/{active.token}/pause", content=endless()).status_code == 413

    def test_that_is_no_form_is_told_by_the_page(self, active: Reader) -> None:
        active.press("subscriber", "letter", active.address, "preferences")
        link = active.link("/preferences/")
        for media_type in ("text/plain", "application/json", "application/x-www-form-urlencoded"):
            answer = active.browser.post(link, content=b"\xff=%", headers={"content-type": media_type})
            assert answer.status_code == 422


class TestWhatIsUnexpected:
    @pytest.fixture
    def secret(self, monkeypatch: pytest.MonkeyPatch) -> str:
        """A token that a page breaks at."""

        def broken(_store: object, _tools: object, token: str, *_: object) -> None:
            raise RuntimeError(f"no room for {token} of ada@example.org")

        monkeypatch.setattr(confirm, "asked_to_confirm", broken)
        monkeypatch.setattr(confirm, "confirm_by_token", broken)
        return "secret-token-of-ada"

    def test_ends_in_a_page_and_is_logged_once_without_who_asked(
        self, browser: TestClient, secret: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        for method in ("GET", "POST"):
            caplog.clear()
            answer = browser.request(method, f"/confirm/{secret}?mail=ada@example.org")
            assert (answer.status_code, "Something went wrong on our side." in answer.text) == (500, True)
            assert "Traceback" not in answer.text
            assert "RuntimeError" not in answer.text
            assert answer.headers["content-security-policy"]
            (record,) = [one for one in caplog.records if one.levelname == "ERROR"]
            assert f"{method} /confirm/{{token:path}}" in record.getMessage()
            assert "RuntimeError: no room for … of …" in record.getMessage()
            assert record.exc_info is None
            assert secret not in caplog.text
            assert "ada@" not in caplog.text

    def test_is_said_in_plain_words_where_pages_are_broken_too(
        self, run: CommandLine, browser: TestClient, secret: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        break_the_pages(run)
        answer = browser.get(f"/confirm/{secret}")
        assert (answer.status_code, answer.text) == (500, "Something went wrong on our side; please try again later.")
        monkeypatch.setattr("pressroom.web.guard.told", None)
        again = browser.get(f"/confirm/{secret}")
        assert (again.status_code, again.text, again.headers["cache-control"]) == (500, answer.text, "no-store")

    def test_and_foreseen_errors_are_logged_without_an_address(
        self, browser: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def refuse(*_: object) -> None:
            raise SubscriberExistsError("ada@example.org")

        monkeypatch.setattr(confirm, "asked_to_confirm", refuse)
        assert browser.get("/confirm/x").status_code == 503
        assert "SubscriberExistsError" in caplog.text
        assert "ada@" not in caplog.text


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/subscribe", "GET, HEAD, POST"),
        (f"/unsubscribe/{'a' * 26}", "GET, HEAD, POST"),
        ("/", "GET, HEAD"),
        ("/static/site.css", "GET, HEAD"),
    ],
)
def test_what_is_not_possible_says_what_is(browser: TestClient, path: str, allowed: str) -> None:
    answer = browser.put(path, headers={"sec-fetch-site": "same-origin"})
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


class TestMessages:
    @pytest.mark.parametrize("status", BY_STATUS)
    def test_are_one_fact_what_follows_and_one_link_in_every_language(self, tools: Tools, status: int) -> None:
        facts = {"message": BY_STATUS[status], "site": tools.settings.site, "language": "el", "direction": "ltr"}
        html = tools.templates.render("web/message.html", pseudo_words(), **facts)
        (main,) = lxml_html.fromstring(html).xpath("//main")
        assert (len(main.xpath(".//h1")), len(main.xpath(".//a"))) == (1, 1)
        assert leftovers([str(text) for text in main.itertext()]) == []

    def test_keep_the_status_that_a_page_wants(self, browser: TestClient) -> None:
        answer = browser.delete("/releases/")
        assert (answer.status_code, set(answer.headers["allow"].split(", "))) == (405, {"GET", "HEAD"})
        assert INCOMPLETE.status == 404

    def test_a_status_without_one_is_told_as_not_readable(self, tools: Tools) -> None:
        def refuse(_: Request) -> Response:
            raise HTTPException(400)

        app = make_app(tools, lambda: None)  # type: ignore[arg-type, return-value]
        app.app.add_route("/refused", refuse)
        with TestClient(app) as client:
            answer = client.get("/refused")
            assert (answer.status_code, "What was sent cannot be read" in answer.text) == (400, True)

    @pytest.mark.parametrize(
        ("seconds", "english", "dutch"),
        [
            (60, "in a minute", "over een minuut"),
            (90, "in an hour", "over een uur"),
            (3600, "in an hour", "over een uur"),
            (86_400, "tomorrow", "morgen"),
            (86_401, "later", "later"),
        ],
    )
    def test_ask_who_comes_too_often_to_wait_and_say_how_long(
        self, tools: Tools, seconds: int, english: str, dutch: str
    ) -> None:
        app = make_app(tools, lambda: None)  # type: ignore[arg-type, return-value]
        app.app.add_route("/often", lambda request: too_many(request, timedelta(seconds=seconds)))
        with TestClient(app) as client:
            answer = client.get("/often")
            assert (answer.status_code, answer.headers["retry-after"]) == (429, str(seconds))
            assert "too many requests of this kind" in answer.text
            assert "network" not in answer.text
            assert f"Please try again {english}." in answer.text
            assert dutch in client.get("/often", headers={"accept-language": "nl"}).text


def test_the_client_is_who_a_trusted_proxy_says(run: CommandLine, site_url: str, tools: Tools) -> None:
    seen = []

    def note(request: Request) -> Response:
        seen.append(request.client.host if request.client else "")
        return told(request, INCOMPLETE)

    for believed in ('["10.1.0.0/16"]', '["10.2.0.1"]'):
        (run.site / "publisher.toml").write_text(f"[web]\nproxies = {believed}\n")
        app = make_app(Tools.of(run.site), lambda: run.now)
        app.app.add_route("/who", note)
        with TestClient(app, client=("10.1.2.3", 5)) as client:
            client.get("/who", headers={"x-forwarded-for": "192.0.2.9"})
    assert seen == ["192.0.2.9", "10.1.2.3"]
