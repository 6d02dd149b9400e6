"""One ping: what is sent, and what each answer of a hub means, however odd it is."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from email.message import Message
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pressroom
from pressroom.websub import LONGEST_BODY, Answer, Hub, Verdict, judge
from tests.delivery.test_smtp import make_certificate, server_context
from tests.websub.conftest import Listen
from tests.websub.listening import HANGS_UP, NO_CONTENT, PATIENCE, Request, listening, saying

TOPIC = "https://press.example.org/feeds/topics/rivers.atom"
OTHER = "https://press.example.org/feeds/all.json"
MINUTE = timedelta(minutes=1)


def told(address: str, seconds: float = PATIENCE) -> Answer:
    hub = Hub(address)
    try:
        return hub.ping(TOPIC, seconds)
    finally:
        hub.close()


def test_a_ping_is_a_form_that_names_the_topic_twice(listen: Listen) -> None:
    heard = listen(lambda request: NO_CONTENT)
    assert told(f"{heard.address}?a=1") == Answer(Verdict.TOLD, "said 204 No Content")
    (request,) = heard.requests
    assert (request.method, request.target) == ("POST", "/hub?a=1")
    assert request.form == [("hub.mode", "publish"), ("hub.url", TOPIC), ("hub.topic", TOPIC)]
    assert request.headers.get_content_type() == "application/x-www-form-urlencoded"
    assert request.headers["User-Agent"] == f"Pressroom/{pressroom.__version__}"


def test_pings_to_a_hub_share_a_connection(listen: Listen) -> None:
    heard = listen(lambda request: saying(202, body=b"Accepted"))
    hub = Hub(heard.address)
    assert {hub.ping(topic).verdict for topic in (TOPIC, OTHER, TOPIC)} == {Verdict.TOLD}
    hub.close()
    assert heard.topics == [TOPIC, OTHER, TOPIC]
    assert heard.connections == 1


def test_a_connection_that_the_hub_has_ended_meanwhile_is_made_anew(listen: Listen) -> None:
    answers = [NO_CONTENT, HANGS_UP, NO_CONTENT]
    heard = listen(lambda request: answers.pop(0))
    hub = Hub(heard.address)
    assert [hub.ping(topic).verdict for topic in (TOPIC, OTHER)] == [Verdict.TOLD, Verdict.TOLD]
    hub.close()
    assert [request.connection for request in heard.requests] == [1, 1, 2]


@pytest.mark.parametrize(
    ("status", "verdict", "words"),
    [
        (200, Verdict.TOLD, "said 200 OK"),
        (202, Verdict.TOLD, "said 202 Accepted"),
        (299, Verdict.TOLD, "said 299"),
        (301, Verdict.REFUSED, "said 301 Moved Permanently"),
        (400, Verdict.REFUSED, "said 400 Bad Request"),
        (404, Verdict.REFUSED, "said 404 Not Found"),
        (408, Verdict.AWAY, "said 408 Request Timeout"),
        (410, Verdict.GONE, "said 410 Gone"),
        (429, Verdict.AWAY, "said 429 Too Many Requests"),
        (500, Verdict.AWAY, "said 500 Internal Server Error"),
        (503, Verdict.AWAY, "said 503 Service Unavailable"),
        (999, Verdict.AWAY, "said 999"),
    ],
)
def test_a_status_says_whether_the_hub_knows_is_away_or_does_not_want_it(
    listen: Listen, status: int, verdict: Verdict, words: str
) -> None:
    assert told(listen(lambda request: saying(status)).address) == Answer(verdict, words)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        (["Retry-After: 120"], 2 * MINUTE),
        (["Retry-After: 0"], timedelta()),
        (["Retry-After: Mon, 26 Jan 2026 09:05:00 GMT", "Date: Mon, 26 Jan 2026 09:00:00 GMT"], 5 * MINUTE),
        (["Retry-After: Mon, 26 Jan 2026 08:00:00 GMT", "Date: Mon, 26 Jan 2026 09:00:00 GMT"], timedelta()),
        (["Retry-After: Mon, 26 Jan 2026 09:05:00 GMT"], timedelta()),
        (["Retry-After: soon"], timedelta()),
        (["Retry-After: -5"], timedelta()),
        ([f"Retry-After: {'9' * 5_000}"], timedelta(seconds=999_999_999)),
    ],
)
@pytest.mark.parametrize("status", [429, 503, 400])
def test_what_a_hub_asks_to_be_left_alone_for_is_heard_in_both_forms(
    listen: Listen, status: int, headers: list[str], wait: timedelta
) -> None:
    assert told(listen(lambda request: saying(status, *headers)).address).wait == wait


@given(st.integers(), st.text(), st.text())
def test_any_headers_mean_something(status: int, retry_after: str, date: str) -> None:
    headers = Message()
    for name, value in (("Retry-After", retry_after), ("Date", date)):
        headers.add_header(name, value)
    answer = judge(status, headers)
    assert answer.wait >= timedelta()
    assert (answer.verdict is Verdict.TOLD) == (200 <= status < 300)


@pytest.mark.parametrize("status", [307, 308])
def test_a_redirect_that_keeps_the_post_is_followed_once(listen: Listen, status: int) -> None:
    there = listen(lambda request: NO_CONTENT)
    here = listen(lambda request: saying(status, f"Location: {there.address}?moved"))
    assert told(here.address).verdict is Verdict.TOLD
    ((first,), (second,)) = here.requests, there.requests
    assert (second.method, second.target, second.body) == ("POST", "/hub?moved", first.body)


def test_a_redirect_to_a_place_on_the_same_hub_is_followed(listen: Listen) -> None:
    heard = listen(lambda request: NO_CONTENT if request.target == "/new" else saying(307, "Location: /new"))
    assert told(heard.address).verdict is Verdict.TOLD


@pytest.mark.parametrize(
    "location", ["http://hub.example.org/", "ftp://127.0.0.1/", "https://me@hub.example.org/", "//", "x" * 3_000]
)
def test_a_redirect_to_where_no_ping_must_go_is_a_refusal(listen: Listen, location: str) -> None:
    answer = told(listen(lambda request: saying(307, f"Location: {location}")).address)
    assert answer == Answer(Verdict.REFUSED, "said 307 Temporary Redirect")


def test_redirects_that_never_end_are_a_refusal(listen: Listen) -> None:
    heard = listen(lambda request: saying(308, "Location: /hub"))
    assert told(heard.address) == Answer(Verdict.REFUSED, "said 308 Permanent Redirect")
    assert len(heard.requests) == 2


def test_a_redirect_that_makes_a_get_of_it_is_not_followed(listen: Listen) -> None:
    there = listen(lambda request: NO_CONTENT)
    here = listen(lambda request: saying(303, f"Location: {there.address}"))
    assert told(here.address).verdict is Verdict.REFUSED
    assert not there.requests


def test_a_hub_that_is_down_hangs_up_or_says_nothing_is_away(listen: Listen) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        assert told(address, 0.1) == Answer(Verdict.AWAY, "gave no answer in time")
    assert told(address) == Answer(Verdict.AWAY, "cannot be reached: connection refused")
    assert told(listen(lambda request: HANGS_UP).address) == Answer(Verdict.AWAY, "hung up")


def test_a_hub_that_says_a_byte_now_and_then_for_ever_is_away() -> None:
    """A timeout for each byte would never end it: it is the whole answer that has a limit."""
    with dripping() as address:
        assert told(address, 0.3) == Answer(Verdict.AWAY, "gave no answer in time")


@contextmanager
def dripping() -> Iterator[str]:
    """Run a hub that goes on with its answer, a byte at a time, for as long as somebody listens."""

    def drip() -> None:
        line, _ = server.accept()
        with line, suppress(OSError):
            line.sendall(b"HTTP/1.1 200 OK\r\nX: ")
            while True:
                line.sendall(b"x")
                time.sleep(0.02)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=drip)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        thread.join(PATIENCE)
        assert not thread.is_alive(), "the ping went on for ever"


def test_of_what_a_hub_says_beside_its_status_little_is_read(listen: Listen) -> None:
    def long_body(request: Request) -> bytes:
        return saying(200, body=b"x" * (LONGEST_BODY if request.topic == OTHER else 10_000_000))

    heard = listen(long_body)
    hub = Hub(heard.address)
    assert {hub.ping(topic).verdict for topic in (OTHER, TOPIC, OTHER)} == {Verdict.TOLD}
    hub.close()
    assert [request.connection for request in heard.requests] == [1, 1, 2]


@pytest.mark.parametrize(
    "said",
    [
        b"hello\r\n\r\n",
        b"220 mail.example.org ESMTP\r\n",
        b"HTTP/1.1 twohundred OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X-Y: z\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 " + b"O" * 100_000 + b"\r\n\r\n",
    ],
)
def test_what_is_no_http_is_said_to_be_none(said: bytes) -> None:
    assert ended_with(said) == Answer(Verdict.AWAY, "said what is no HTTP")


@pytest.mark.parametrize("coding", [b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", b"Content-Length: 99\r\n\r\nx"])
def test_a_status_counts_though_the_body_is_cut_or_garbled(coding: bytes) -> None:
    assert ended_with(b"HTTP/1.1 202 Accepted\r\n" + coding).verdict is Verdict.TOLD


@given(st.one_of(st.binary(max_size=200), st.binary(max_size=60).map(lambda said: b"HTTP/1.1 " + said)))
def test_no_answer_whatever_is_more_than_a_failure(said: bytes) -> None:
    answer = ended_with(said)
    assert answer.words.isprintable()
    assert answer.verdict is not Verdict.TOLD or said.startswith(b"HTTP/1.")


def ended_with(said: bytes) -> Answer:
    """Return what comes of a ping that is answered with these bytes and the end of the connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_say_and_end, args=(server, said))
        thread.start()
        answer = told(f"http://127.0.0.1:{server.getsockname()[1]}/")
        thread.join(PATIENCE)
        return answer


def _say_and_end(server: socket.socket, said: bytes) -> None:
    line, _ = server.accept()
    with line, line.makefile("rb") as heard:
        while heard.readline().strip():
            pass
        with suppress(OSError):  # it may hear no more
            line.sendall(said)
            line.shutdown(socket.SHUT_WR)
            heard.read()


def test_a_hub_is_believed_by_its_certificate_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = make_certificate(tmp_path / "localhost.pem")
    with listening(lambda request: NO_CONTENT, context=server_context(certificate)) as heard:
        stranger = told(heard.address)
        assert stranger.verdict is Verdict.AWAY
        assert "certificate verify failed" in stranger.words
        assert not heard.requests
        trusting = ssl.create_default_context(cafile=str(certificate))
        monkeypatch.setattr("pressroom.websub.ssl.create_default_context", lambda: trusting)
        assert told(heard.address).verdict is Verdict.TOLD
