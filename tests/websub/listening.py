"""A small HTTP server on loopback that hears each request and answers as the test says, byte for byte."""

from __future__ import annotations

import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from http.client import HTTPMessage
from typing import Any
from urllib.parse import parse_qsl, urlsplit

NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"
HANGS_UP = b""
PATIENCE = 20.0


@dataclass(frozen=True)
class Request:
    method: str
    target: str
    headers: Message
    body: bytes
    connection: int
    """Which of the connections it came on, from 1."""

    @property
    def form(self) -> list[tuple[str, str]]:
        return parse_qsl(self.body.decode(), keep_blank_values=True, strict_parsing=True)

    @property
    def topic(self) -> str:
        return dict(self.form)["hub.topic"]

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query))


Answers = Callable[[Request], bytes]


@dataclass
class Heard:
    """What a server heard, and the address at which it listens."""

    address: str
    requests: list[Request] = field(default_factory=list)
    connections: int = 0

    @property
    def topics(self) -> list[str]:
        return [request.topic for request in self.requests]


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, answer: Answers, path: str, context: ssl.SSLContext | None) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.answer, self.context = answer, context
        scheme, host = ("https", "localhost") if context else ("http", "127.0.0.1")
        self.heard = Heard(f"{scheme}://{host}:{self.server_address[1]}{path}")
        self.lock = threading.Lock()

    def get_request(self) -> tuple[Any, Any]:
        line, peer = super().get_request()
        line.settimeout(PATIENCE)
        return (self.context.wrap_socket(line, server_side=True) if self.context else line), peer

    def handle_error(self, *_: object) -> None:
        """Be quiet: connections that end in the middle are what it is for."""


class _Talk(socketserver.StreamRequestHandler):
    server: Server

    def handle(self) -> None:
        with self.server.lock:
            self.server.heard.connections += 1
            number = self.server.heard.connections
        with suppress(OSError):
            while request := self._read(number):
                self.server.heard.requests.append(request)
                answer = self.server.answer(request)
                self.wfile.write(answer)
                if answer == HANGS_UP or b"\r\nConnection: close" in answer:
                    return

    def _read(self, number: int) -> Request | None:
        first = self.rfile.readline().decode().split()
        if not first:
            return None
        head = b""
        while (line := self.rfile.readline()) not in (b"\r\n", b""):
            head += line
        headers = BytesParser(HTTPMessage).parsebytes(head)
        body = self.rfile.read(int(headers["Content-Length"] or 0))
        return Request(first[0], first[1], headers, body, number)


@contextmanager
def listening(answer: Answers, path: str = "/hub", context: ssl.SSLContext | None = None) -> Iterator[Heard]:
    """Run a server that gives these answers; b"" hangs up."""
    server = Server(answer, path, context)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server.heard
    finally:
        server.shutdown()
        server.server_close()


def saying(status: int | str, *headers: str, body: bytes = b"") -> bytes:
    """Return an answer: `saying(503, "Retry-After: 120")`."""
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body
