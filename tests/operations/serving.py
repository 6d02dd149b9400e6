"""A web server on loopback that answers as it is told to."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import NamedTuple

ETAG = '"1"'


class Page(NamedTuple):
    """What is answered for a path; one that is `fresh` answers 304 to who has it already."""

    content: bytes = b""
    media_type: str = "application/atom+xml"
    status: int = 200
    headers: tuple[tuple[str, str], ...] = (("ETag", ETAG),)
    fresh: bool = True


class Server(ThreadingHTTPServer):
    """`pages` by path may be changed while it runs; `asked` are the requests: path and User-Agent."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.pages: dict[str, Page] = {}
        self.asked: list[tuple[str, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers["User-Agent"]))
        page = self.server.pages.get(self.path, Page(status=404))
        is_known = page.fresh and self.headers["If-None-Match"] == ETAG
        self.send_response(304 if is_known else page.status)
        for name, value in page.headers:
            self.send_header(name, value)
        if page.media_type:
            self.send_header("Content-Type", page.media_type)
        if "Content-Length" not in dict(page.headers):
            self.send_header("Content-Length", "0" if is_known else str(len(page.content)))
        self.end_headers()
        if not is_known:
            self.wfile.write(page.content)

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


@contextmanager
def serving() -> Iterator[Server]:
    with Server() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def packed(content: bytes) -> Page:
    return Page(gzip.compress(content), headers=(("ETag", ETAG), ("Content-Encoding", "gzip")))
