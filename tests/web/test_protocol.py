"""Connections as they come from the net, to a real server on loopback: each has an end, whoever is behind it."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest
from starlette.types import Receive, Scope, Send

from pressroom.tools import Tools
from pressroom.web.limits import Limits
from tests.conftest import Press
from tests.web.served import PATIENCE, answering, served

TOKEN = "a" * 26
SHORT = Limits(arrival_seconds=0.3, reading_seconds=0.3)
HOST = b"Host: localhost\r\n"


@pytest.fixture
def limits() -> Limits:
    return SHORT


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    for title in ("Bridges", "Floods"):
        fresh("release", "add", "--title", title)
        fresh("publish")
    (fresh.site / "feeds" / "large.atom").write_bytes(b"<feed/>" + bytes(range(256)) * 40_000)
    return fresh


@pytest.fixture(scope="module")
def ports(pattern: Press) -> Iterator[Callable[[Limits], int]]:
    """What returns the port of a server with such limits; each is started once, for no request changes its site."""
    with ExitStack() as running:
        yield cache(lambda limits: running.enter_context(served(Tools.of(pattern.site), lambda: pattern.now, limits)))


@pytest.fixture
def port(ports: Callable[[Limits], int], limits: Limits) -> int:
    return ports(limits)


@pytest.fixture
def line(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connected:
        yield connected


def until_closed(line: socket.socket) -> bytes:
    """Return what comes until the server ends the connection."""
    said = b""
    try:
        while part := line.recv(65_536):
            said += part
    except ConnectionResetError:
        pass
    return said


def reply(line: socket.socket) -> bytes:
    """Return the next whole reply with a length, head and body."""
    said = b""
    while b"\r\n\r\n" not in said:
        part = line.recv(1)
        assert part, said
        said += part
    length = next((int(one[16:]) for one in said.split(b"\r\n") if one.startswith(b"content-length: ")), 0)
    while length:
        part = line.recv(length)
        assert part
        said, length = said + part, length - len(part)
    return said


def status_of(said: bytes) -> int:
    return int(said.split(b" ", 2)[1]) if said else 0


class TestAConnectionEnds:
    def test_on_which_nothing_is_sent(self, line: socket.socket) -> None:
        assert until_closed(line) == b""

    def test_whose_head_never_ends(self, line: socket.socket) -> None:
        line.sendall(b"GET / HTTP/1.1\r\n" + HOST)
        assert status_of(until_closed(line)) == 408

    @pytest.mark.parametrize("drop", [b"x-slow: ", b"a", b"\r\n"])
    def test_whose_head_comes_in_drops(self, line: socket.socket, drop: bytes) -> None:
        """Each drop comes long before the time is over; the time is that of the whole head."""
        if drop != b"\r\n":  # lines without anything may stand before a request (RFC 9112 §2.2)
            line.sendall(b"GET / HTTP/1.1\r\n")
        assert _drip(line, drop) in (b"", b"408")

    def test_whose_second_head_never_ends(self, line: socket.socket) -> None:
        for path in (b"/feeds/all.atom", b"/feeds/all.atom", b"/nothing"):
            line.sendall(b"GET " + path + b" HTTP/1.1\r\n" + HOST + b"\r\n")
            assert status_of(reply(line)) in (200, 404)
        line.sendall(b"GET / HT")
        assert status_of(until_closed(line)) == 408

    def test_whose_one_click_is_answered_before_its_body_has_come(self, line: socket.socket) -> None:
        """RFC 8058: it says nothing that the address does not, and so nobody waits for it, however large it is."""
        line.sendall(
            b"POST /unsubscribe/" + TOKEN.encode() + b" HTTP/1.1\r\n" + HOST + b"Content-Length: 900000\r\n\r\n"
        )
        assert status_of(until_closed(line)) == 200

    def test_whose_body_never_comes(self, line: socket.socket) -> None:
        line.sendall(b"POST /preferences/x HTTP/1.1\r\n" + HOST + b"Content-Length: 9\r\n\r\nhalf")
        said = until_closed(line)
        assert status_of(said) == 408
        assert b"did not arrive in time" in said
        assert b"connection: close" in said

    def test_whose_body_comes_in_drops(self, line: socket.socket) -> None:
        line.sendall(b"POST /preferences/x HTTP/1.1\r\n" + HOST + b"Content-Length: 90000\r\n\r\n")
        assert _drip(line, b"x") == b"408"

    def test_whose_body_nobody_waits_for(self, line: socket.socket) -> None:
        line.sendall(b"GET /nothing HTTP/1.1\r\n" + HOST + b"Content-Length: 90000\r\n\r\n")
        assert _drip(line, b"x") == b"404"

    @pytest.mark.parametrize("path", [b"/feeds/large.atom", b"/feeds/all.atom"])
    def test_whose_reader_takes_nothing(self, port: int, path: bytes) -> None:
        with socket.socket() as line:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            line.settimeout(PATIENCE)
            line.connect(("127.0.0.1", port))
            request = b"GET " + path + b" HTTP/1.1\r\n" + HOST + b"\r\n"
            with pytest.raises((ConnectionResetError, BrokenPipeError)):
                _send_for_ever(line, request * 100)

    def test_and_a_reader_who_goes_on_taking_gets_all(self, port: int) -> None:
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as line:
            line.sendall(b"GET /feeds/large.atom HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
            assert len(until_closed(line)) > 10_000_000


def _send_for_ever(line: socket.socket, requests: bytes) -> None:
    while True:
        line.sendall(requests)


def _drip(line: socket.socket, drop: bytes) -> bytes:
    """Send drops until the server has had enough, and return the status of what it says first."""
    said = b""
    line.settimeout(0.05)
    for _ in range(20 * PATIENCE):
        try:
            line.sendall(drop)
            part = line.recv(65_536)
        except TimeoutError:
            continue
        except (ConnectionResetError, BrokenPipeError):
            break
        if not part:
            break
        said = said or part
    else:
        raise AssertionError("it goes on for ever")
    return said[9:12]


class TestTooLarge:
    @pytest.fixture
    def limits(self) -> Limits:
        return Limits()

    @pytest.mark.parametrize(
        "head",
        [
            b"GET / HTTP/1.1\r\nHost: x\r\nx: " + b"y" * 20_000,
            b"GET /" + b"y" * 20_000,
            b"GET / HTTP/1.1\r\nHost: x\r\n" + b"x: y\r\n" * 4_000,
            b"GET / HTTP/1.1\r\nHost: x\r\n" + b"x: y\r\n" * 4_000 + b"\r\n",
        ],
        ids=["line", "address", "lines", "whole"],
    )
    def test_a_head_is_refused(self, line: socket.socket, head: bytes) -> None:
        line.sendall(head)
        assert status_of(until_closed(line)) == 431

    def test_a_body_is_refused_by_its_length(self, line: socket.socket) -> None:
        line.sendall(b"POST /preferences/x HTTP/1.1\r\n" + HOST + b"Content-Length: 100001\r\n\r\n")
        assert status_of(reply(line)) == 413

    def test_a_body_is_refused_by_what_comes(self, line: socket.socket) -> None:
        line.sendall(b"POST /preferences/x HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n")
        for _ in range(11):
            line.sendall(b"2710\r\n" + b"x" * 10_000 + b"\r\n")
        assert status_of(reply(line)) == 413

    def test_a_body_is_not_asked_for(self, line: socket.socket) -> None:
        expecting = b"Content-Length: 100001\r\nExpect: 100-continue\r\n\r\n"
        line.sendall(b"POST /preferences/x HTTP/1.1\r\n" + HOST + expecting)
        assert status_of(reply(line)) == 413


def test_what_is_no_request_is_refused(line: socket.socket) -> None:
    line.sendall(b"EHLO example.org\r\n\r\n")
    assert status_of(until_closed(line)) == 400


def test_several_requests_at_once_are_answered_in_their_order(line: socket.socket) -> None:
    paths = [b"/feeds/all.atom", b"/", b"/nothing", b"/feeds/all.atom", b"/feeds/all.json", b"/", b"/feeds/all.atom"]
    alone = []
    for path in paths:
        line.sendall(b"GET " + path + b" HTTP/1.1\r\n" + HOST + b"\r\n")
        alone.append(_without_date(reply(line)))
    line.sendall(b"".join(b"GET " + path + b" HTTP/1.1\r\n" + HOST + b"\r\n" for path in paths))
    assert [_without_date(reply(line)) for _ in paths] == alone


def test_what_comes_from_memory_is_what_the_application_says(line: socket.socket) -> None:
    for path in (b"/feeds/all.atom", b"/"):
        for more in (b"", b"Accept-Encoding: gzip\r\n", b"Accept-Encoding: br\r\n", b"If-None-Match: *\r\n"):
            for method in (b"GET", b"HEAD"):
                said = []
                # A header that is there twice is for the application to read.
                for turn in (b"", b"", b"X-A: 1\r\nX-A: 2\r\n", b""):
                    line.sendall(method + b" " + path + b" HTTP/1.1\r\n" + HOST + more + turn + b"\r\n")
                    said.append(_without_date(_reply_to(method, line)))
                assert said[0] == said[1] == said[2] == said[3]
                assert said[0].startswith(b"HTTP/1.1 304" if b"None" in more else b"HTTP/1.1 200")


def test_what_is_new_alone_comes_from_memory_too(line: socket.socket, pattern: Press) -> None:
    with Tools.of(pattern.site).open_store() as store:
        [first] = store.rows("SELECT etag FROM feed_states WHERE path = 'all.atom' ORDER BY pk LIMIT 1")
    for tag, status in ((first["etag"].encode(), b"226 IM Used"), (b"other", b"200 OK"), (b"", b"200 OK")):
        for coding in (b"identity", b"gzip", b"br"):
            asked = (
                b"A-IM: feed\r\nAccept-Encoding: " + coding + (b'\r\nIf-None-Match: "%s"\r\n' % tag if tag else b"\r\n")
            )
            said = []
            for turn in (b"", b"", b"X-A: 1\r\nX-A: 2\r\n", b""):
                line.sendall(b"GET /feeds/all.atom HTTP/1.1\r\n" + HOST + asked + turn + b"\r\n")
                said.append(_without_date(reply(line)))
            assert said[0] == said[1] == said[2] == said[3]
            assert b"HTTP/1.1 " + status in said[0]


def test_a_reader_who_asks_to_end_the_connection_gets_his_answer_and_the_end(port: int) -> None:
    for version, more in ((b"1.0", b""), (b"1.1", b"Connection: close\r\n")):
        for _ in range(2):
            with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as line:
                line.sendall(b"GET /feeds/all.atom HTTP/" + version + b"\r\n" + HOST + more + b"\r\n")
                assert b"Floods" in until_closed(line)


def _reply_to(method: bytes, line: socket.socket) -> bytes:
    if method == b"GET":
        return reply(line)
    said = b""
    while not said.endswith(b"\r\n\r\n"):
        said += line.recv(1)
    return said


def _without_date(said: bytes) -> bytes:
    head, end, body = said.partition(b"\r\n\r\n")
    return b"\r\n".join(sorted(one for one in head.split(b"\r\n") if not one.startswith(b"date:"))) + end + body


BODY = b"made"
STOPPING = Limits(stopping_seconds=0.2)


async def slow(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a GET after a while, and a POST when its body is there."""
    assert scope["type"] == "http" or await lifespan(receive, send)
    if scope["type"] != "http":
        return
    if scope["method"] == "GET":
        await asyncio.sleep(1)
    else:
        while (message := await receive())["type"] != "http.disconnect" and message.get("more_body"):
            pass
        if message["type"] == "http.disconnect":
            return
    head = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(BODY))]}
    await send(head)
    await send({"type": "http.response.body", "body": BODY})


async def lifespan(receive: Receive, send: Send) -> bool:
    for word in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{word}.complete"})
    return True


@pytest.mark.parametrize("behind", [b"", b"GET /x HT", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf"])
def test_a_page_that_is_being_made_when_it_stops_is_answered_whole_whatever_comes_behind_it(
    behind: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        with answering(slow, STOPPING, listening, grace=5):
            line = socket.create_connection(listening.getsockname(), timeout=PATIENCE)
            line.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" + behind)
            time.sleep(0.3)
        with line:
            assert reply(line).endswith(BODY)
            rest = until_closed(line)
    assert rest.startswith(b"HTTP/1.1 408") is behind.startswith(b"POST")
    assert rest.startswith(b"HTTP/1.1 408") or not rest
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
