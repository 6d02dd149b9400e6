"""Pings to hubs (WebSub, https://www.w3.org/TR/websub/): one POST that says which feed has changed.

How a publisher tells a hub is left open there (§6). All hubs take `hub.mode=publish`, some with `hub.url` and some with
`hub.topic`, so that both are sent.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import timedelta
from email.message import Message
from email.utils import parsedate_to_datetime
from enum import StrEnum
from functools import partial
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from io import BufferedReader, RawIOBase
from socket import socket
from time import monotonic
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import pressroom
from pressroom.settings.values import is_hub_address

TIMEOUT = 10.0
"""Seconds that a hub has for its whole answer."""
LONGEST_BODY = 1_024
HEADERS = {
    "Content-Type": "application/x-www-form-urlencoded",
    "User-Agent": f"Pressroom/{pressroom.__version__}",
}
# RFC 9110 §15.4.8 and §15.4.9: with these two a POST stays a POST.
REDIRECTS = (HTTPStatus.TEMPORARY_REDIRECT, HTTPStatus.PERMANENT_REDIRECT)
BUSY = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)


class Verdict(StrEnum):
    """What an answer means: the hub knows; it is away; it is gone for good; it does not want this topic."""

    TOLD = "told"
    AWAY = "away"
    GONE = "gone"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a hub did, in words that follow on its name (“said 503 Service Unavailable”); `wait` is its Retry-After."""

    verdict: Verdict
    words: str
    wait: timedelta = timedelta()


class Hub:
    """A hub, and the connection to it that is kept from one ping to the next."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._connection: HTTPConnection | None = None

    def ping(self, topic: str, seconds: float = TIMEOUT) -> Answer:
        """Tell the hub that `topic` has changed; return what it answered within `seconds`. It never raises."""
        body = urlencode({"hub.mode": "publish", "hub.url": topic, "hub.topic": topic})
        until = monotonic() + min(seconds, TIMEOUT)
        try:
            status, headers = self._posted(body, until)
            if status in REDIRECTS:
                status, headers = _followed(urljoin(self._address, headers["Location"] or ""), status, body, until)
            return judge(status, headers)
        except (OSError, HTTPException, ValueError) as error:
            self.close()
            return Answer(Verdict.AWAY, _in_words(error))

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _posted(self, body: str, until: float) -> tuple[int, Message]:
        """Post on the connection that is kept; where the hub has ended it meanwhile, on a new one."""
        if self._connection is not None:
            try:
                return _post(self._connection, self._address, body, until)
            except ConnectionError:
                self.close()
        self._connection = _connection_to(self._address)
        return _post(self._connection, self._address, body, until)


def judge(status: int, headers: Message) -> Answer:
    """Return what an answer means."""
    words = f"said {status} {_PHRASES.get(status, '')}".rstrip()
    if 200 <= status < 300:
        return Answer(Verdict.TOLD, words)
    if status == HTTPStatus.GONE:
        return Answer(Verdict.GONE, words)
    is_away = status >= 500 or status in BUSY
    return Answer(Verdict.AWAY if is_away else Verdict.REFUSED, words, _asked_wait(headers))


_PHRASES = {status.value: status.phrase for status in HTTPStatus}


def _asked_wait(headers: Message) -> timedelta:
    """Return what Retry-After asks for (RFC 9110 §10.2.3): seconds, or a date, which is read by the hub's own clock."""
    asked = str(headers["Retry-After"] or "").strip()
    if asked.isascii() and asked.isdigit():
        return timedelta(seconds=int(asked[:9]))
    try:
        return max(parsedate_to_datetime(asked) - parsedate_to_datetime(str(headers["Date"])), timedelta())
    except (ValueError, TypeError, OverflowError):
        return timedelta()


def _followed(address: str, status: int, body: str, until: float) -> tuple[int, Message]:
    """Post to where a hub has sent us, once. Where pings must not go, the answer is the redirect itself."""
    if not is_hub_address(address):
        return status, Message()
    connection = _connection_to(address)
    try:
        return _post(connection, address, body, until)
    finally:
        connection.close()


def _connection_to(address: str) -> HTTPConnection:
    parts = urlsplit(address)
    if parts.scheme == "https":
        return HTTPSConnection(parts.hostname or "", parts.port, context=ssl.create_default_context())
    return HTTPConnection(parts.hostname or "", parts.port)


def _post(connection: HTTPConnection, address: str, body: str, until: float) -> tuple[int, Message]:
    """Return status and headers of the answer; `until`, by `time.monotonic`, all of it must be here."""
    parts = urlsplit(address)
    connection.timeout = _left(until)
    if connection.sock is not None:
        connection.sock.settimeout(connection.timeout)
    connection.response_class = partial(_response, until)  # type: ignore[assignment]  # whatever makes one will do
    connection.request("POST", f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}", body, HEADERS)
    response = connection.getresponse()
    try:
        response.read(LONGEST_BODY + 1)
    except (OSError, HTTPException, ValueError):
        connection.close()  # what the hub thinks stands in the status
    if not response.isclosed():
        connection.close()
    return response.status, response.headers


def _response(until: float, line: socket, *arguments: Any, **named: Any) -> HTTPResponse:
    response = HTTPResponse(line, *arguments, **named)
    response.fp = BufferedReader(_Reader(line, until))
    return response


class _Reader(RawIOBase):
    """Reads a socket until a moment: a timeout of its own begins anew with each byte that comes."""

    def __init__(self, line: socket, until: float) -> None:
        self._line, self._until = line, until
        self._raw = line.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._line.settimeout(_left(self._until))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


def _left(until: float) -> float:
    left = until - monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _in_words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "gave no answer in time"
    if isinstance(error, ConnectionResetError | BrokenPipeError):
        return "hung up"
    if isinstance(error, OSError):
        return f"cannot be reached: {(error.strerror or str(error)).lower()}"
    return "said what is no HTTP"
