"""The site as others see it: its address, certificate, clock and feeds, and what must not be fetched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from pressroom.errors import UnreadableFileError
from pressroom.operations.doctor.diagnosis import Diagnosis, Verdict
from pressroom.operations.doctor.web import PRIVATE, Web
from pressroom.settings import Brand, Site
from pressroom.tools import Tools
from pressroom.web.app import make_app
from tests.conftest import CommandLine
from tests.delivery.scripted import SILENCE, scripted
from tests.delivery.test_smtp import certificate, server_context
from tests.operations.serving import Page, Server, serving

__all__ = ["certificate"]

HOME = Page(b'<link rel="alternate" href="/feeds/all.atom">', "text/html")


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as started:
        started.pages["/"] = HOME
        yield started


@pytest.fixture
def secure(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server with TLS for localhost, whose certificate of one day more this machine trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with serving() as started:
        started.socket = server_context(certificate).wrap_socket(started.socket, server_side=True)
        started.pages["/"] = HOME
        yield started


def seen(tools: Tools, url: str, now: datetime | None = None, **brand: str) -> Web:
    """Return the site as it is seen behind another address."""
    settings = tools.settings.model_copy(update={"site": Site(url=url), "brand": Brand(**brand)})
    return Web(replace(tools, settings=settings), now or datetime.now(UTC), 5)


def only(found: Iterator[Diagnosis]) -> Diagnosis:
    (one,) = found
    return one


def redirect(address: str, status: int = 301) -> Page:
    return Page(status=status, headers=(("Location", address),))


def test_our_own_page_is_in_order(tools: Tools, server: Server) -> None:
    found = only(seen(tools, server.url).look_at_address())
    assert (found.verdict, found.words) == (Verdict.OK, f"{server.url}/ is answered with our page")
    assert server.asked == [("/", f"Pressroom/0.1.0 (+{server.url}/)")]


def test_the_page_that_is_really_served_is_known_as_ours(press: CommandLine) -> None:
    page = TestClient(make_app(Tools.of(press.site), lambda: press.now)).get("/").content
    with serving() as server:
        server.pages["/"] = Page(page, "text/html")
        assert only(seen(Tools.of(press.site), server.url).look_at_address()).verdict is Verdict.OK


@pytest.mark.parametrize(
    ("page", "verdict", "said"),
    [
        (Page(b"<h1>Welcome to nginx!</h1>", "text/html"), Verdict.PROBLEM, "and not by this site"),
        (Page(status=502), Verdict.PROBLEM, "is answered with 502"),
        (redirect("https://press.example.net/"), Verdict.WARNING, "leads on to https://press.example.net/"),
        (redirect("/home", 302), Verdict.WARNING, "/home"),
        (redirect("http://["), Verdict.WARNING, "leads on to http://["),
    ],
)
def test_another_answer_is_told(tools: Tools, server: Server, page: Page, verdict: Verdict, said: str) -> None:
    server.pages["/"] = page
    found = only(seen(tools, server.url).look_at_address())
    assert found.verdict is verdict
    assert said in found.words


def test_an_address_at_which_nobody_is_is_said_once(tools: Tools) -> None:
    web = seen(tools, "http://127.0.0.1:9")
    with pytest.raises(UnreadableFileError, match="cannot be reached: connection refused"):
        list(web.look_at_address())
    for look in (web.look_at_clock, web.look_at_private, web.look_at_feeds):
        assert only(web.if_it_answers(look)).verdict is Verdict.WARNING


def test_a_server_that_is_silent_is_told(tools: Tools) -> None:
    with scripted({"CONNECT": SILENCE}) as server:
        web = replace(seen(tools, f"http://127.0.0.1:{server.port}"), seconds=0.2)
        with pytest.raises(UnreadableFileError, match="it does not answer"):
            list(web.look_at_address())


@pytest.mark.parametrize(("days_on", "verdict"), [(-20, Verdict.OK), (-14, Verdict.OK), (-12, Verdict.WARNING)])
def test_a_certificate_that_expires_within_two_weeks_is_a_warning(
    tools: Tools, secure: Server, days_on: int, verdict: Verdict
) -> None:
    """The certificate has a day left, seen from so many days on."""
    url = secure.url.replace("http://127.0.0.1", "https://localhost")
    page, lasts = seen(tools, url, datetime.now(UTC) + timedelta(days=days_on)).look_at_address()
    assert page.verdict is Verdict.OK
    assert lasts.verdict is verdict


def test_a_certificate_that_nobody_vouches_for_is_told(
    tools: Tools, secure: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(UnreadableFileError, match="its certificate cannot be trusted: self-signed"):
        list(seen(tools, secure.url.replace("http://127.0.0.1", "https://localhost")).look_at_address())


@pytest.mark.parametrize(
    ("page", "found_beside"),
    [
        (redirect("https://localhost/"), []),
        (HOME, ["does not lead to https"]),
        (redirect("http://localhost/home"), ["does not lead to https"]),
        (None, ["nothing is answered without TLS"]),
    ],
)
def test_who_types_no_https_is_led_there(
    tools: Tools,
    secure: Server,
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    page: Page | None,
    found_beside: list[str],
) -> None:
    port = secure.server_address[1]
    monkeypatch.setattr("http.client.HTTPSConnection.default_port", port)
    monkeypatch.setattr("pressroom.operations.doctor.web.PLAIN_PORT", server.server_address[1] if page else 9)
    if page:
        server.pages["/"] = page
    _, _, *beside = seen(tools, "https://localhost").look_at_address()
    assert len(beside) == len(found_beside)
    assert all(said in one.words for said, one in zip(found_beside, beside, strict=True))


@pytest.mark.parametrize(
    ("seconds", "verdict", "said"),
    [
        (0, Verdict.OK, "agrees"),
        (59, Verdict.OK, "agrees"),
        (90, Verdict.WARNING, "90 seconds behind the web server's"),
        (-4_000, Verdict.WARNING, "4,000 seconds ahead of the web server's"),
    ],
)
def test_a_clock_that_is_off_is_a_warning(tools: Tools, seconds: int, verdict: Verdict, said: str) -> None:
    now = datetime(2026, 11, 26, 9, tzinfo=UTC)
    date = format_datetime(now + timedelta(seconds=seconds), usegmt=True)
    with dated(date) as url:
        found = only(seen(tools, url, now).look_at_clock())
    assert found.verdict is verdict
    assert said in found.words


@pytest.mark.parametrize("date", ["", "yesterday", "Thu, 99 Nov 2026 09:00:00 GMT"])
def test_a_server_without_a_time_is_no_reason_to_stumble(tools: Tools, date: str) -> None:
    with dated(date) as url:
        assert only(seen(tools, url).look_at_clock()).words == "the web server does not say what time it is"


@contextmanager
def dated(date: str) -> Iterator[str]:
    """Serve a page with this Date, or with none, and give its address."""
    line = f"Date: {date}\r\n" if date else ""
    with scripted({"CONNECT": f"HTTP/1.1 200 OK\r\n{line}Content-Length: 2\r\n\r\nok"}) as server:
        yield f"http://127.0.0.1:{server.port}"


def test_what_is_private_is_asked_for_as_it_stands_and_not_there(tools: Tools, server: Server) -> None:
    found = only(seen(tools, server.url).look_at_private())
    assert found.verdict is Verdict.OK
    assert [path for path, _ in server.asked] == list(PRIVATE)
    assert "/data/catalogue.db" in PRIVATE


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_every_way_to_refuse_is_right(tools: Tools, server: Server, status: int) -> None:
    server.pages |= {path: Page(status=status) for path in PRIVATE}
    assert only(seen(tools, server.url).look_at_private()).verdict is Verdict.OK


@pytest.mark.parametrize("path", PRIVATE)
def test_what_anybody_can_fetch_is_a_problem(tools: Tools, server: Server, path: str) -> None:
    server.pages[path] = Page(tools.catalogue.read_bytes(), "application/octet-stream")
    found = only(seen(tools, server.url).look_at_private())
    assert found.verdict is Verdict.PROBLEM
    assert found.words == f"anybody can fetch {server.url}{path}, which is a catalogue with every address in it"


@pytest.mark.parametrize(
    ("page", "verdict"),
    [(HOME, Verdict.PROBLEM), (redirect("/login"), Verdict.WARNING), (Page(status=500), Verdict.WARNING)],
)
def test_another_answer_than_404_is_told(tools: Tools, server: Server, page: Page, verdict: Verdict) -> None:
    server.pages["/publisher.toml"] = page
    assert only(seen(tools, server.url).look_at_private()).verdict is verdict


def with_a_feed(press: CommandLine, server: Server) -> Tools:
    (press.site / "publisher.toml").write_text(f'[site]\nurl = "{server.url}"\n')
    press("release", "add", "--title", "Rivers and floods")
    press("publish")
    return Tools.of(press.site)


def test_a_feed_as_it_is_served_is_checked(press: CommandLine, server: Server) -> None:
    tools = with_a_feed(press, server)
    content = (press.site / "feeds" / "all.atom").read_bytes()
    server.pages["/feeds/all.atom"] = Page(content)
    look: Callable[[], Iterator[Diagnosis]] = Web(tools, press.now, 5).look_at_feeds
    assert only(look()).words == f"{server.url}/feeds/all.atom is valid, with 1 entries"
    server.pages["/feeds/all.atom"] = Page(content.replace(b"<id>", b"<id>x"))
    assert only(look()).verdict is Verdict.PROBLEM
    server.pages["/feeds/all.atom"] = Page(content, "text/html")
    assert "served as “text/html”" in only(look()).words
    del server.pages["/feeds/all.atom"]
    assert "is answered with 404" in only(look()).words


def test_a_logo_at_which_nobody_answers_is_told(tools: Tools) -> None:
    found = only(seen(tools, "http://localhost", logo="https://localhost:9/logo.png").look_at_logo())
    assert found.words == (
        "the logo cannot be fetched: https://localhost:9/logo.png: cannot be reached: connection refused"
    )


@pytest.mark.parametrize(
    ("page", "verdict"),
    [
        (Page(b"PNG", "image/png"), Verdict.OK),
        (Page(b"<p>", "text/html"), Verdict.PROBLEM),
        (Page(status=404), Verdict.PROBLEM),
        (redirect("/new.png"), Verdict.WARNING),
    ],
)
def test_the_logo_must_be_an_image_that_is_there(tools: Tools, secure: Server, page: Page, verdict: Verdict) -> None:
    url = secure.url.replace("http://127.0.0.1", "https://localhost")
    secure.pages["/logo.png"] = page
    assert only(seen(tools, url, logo=f"{url}/logo.png").look_at_logo()).verdict is verdict
