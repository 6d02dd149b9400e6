"""The lines for nginx in docs/web-server.md that pass all on: a real nginx runs them, with TLS."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.delivery.test_smtp import make_certificate
from tests.needs import need_program
from tests.nginx import free_port, has_ipv6, listening, running_nginx
from tests.test_docs import blocks, read

SITE = "https://press.example.org"
# What pages, forms and feeds go by; docs/web-server.md says that they must pass.
HEADERS = {
    "Origin": SITE,
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-Dest": "document",
    "A-IM": "feed",
    "If-None-Match": '"1", W/"2"',
    "If-Modified-Since": "Mon, 02 Feb 2026 02:40:00 GMT",
    "Accept-Encoding": "br, gzip",
    "Accept-Language": "nl, en;q=0.5",
    "Content-Type": "application/x-www-form-urlencoded",
}


class Behind(BaseHTTPRequestHandler):
    """Stands where `serve` does, and answers any request with what it got."""

    def do_GET(self) -> None:
        self.do_POST()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        seen = json.dumps({"path": self.path, "headers": dict(self.headers), "body": body}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(seen)))
        self.end_headers()
        self.wfile.write(seen)

    def log_message(self, *_: object) -> None:
        pass


class Front:
    """The nginx, as a browser asks it."""

    def __init__(self, plain: int, encrypted: int, certificate: Path) -> None:
        self.plain, self.encrypted = plain, encrypted
        self._trust = ssl.create_default_context(cafile=str(certificate))

    def ask(
        self,
        path: str,
        headers: dict[str, str] | None = None,
        body: str = "",
        *,
        tls: bool = True,
        address: str = "127.0.0.1",
    ) -> tuple[http.client.HTTPResponse, bytes]:
        line = http.client.HTTPConnection("localhost")
        line.sock = socket.create_connection((address, self.encrypted if tls else self.plain), timeout=20)
        if tls:
            line.sock = self._trust.wrap_socket(line.sock, server_hostname="localhost")
        line.request("POST" if body else "GET", path, body or None, headers or {})
        answer = line.getresponse()
        content = answer.read()
        line.close()
        return answer, content


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    program, folder = need_program("nginx"), tmp_path_factory.mktemp("nginx")
    certificate, plain, encrypted = make_certificate(folder / "localhost.pem"), free_port(), free_port()
    behind = ThreadingHTTPServer(("127.0.0.1", 0), Behind)
    thread = Thread(target=behind.serve_forever)
    thread.start()
    lines = filled_in(
        {
            "listen 80;\n    listen [::]:80;": listening(plain),
            "listen 443 ssl;\n    listen [::]:443 ssl;": listening(encrypted, " ssl"),
            "/etc/ssl/press.example.org.pem": str(certificate),
            "/etc/ssl/press.example.org.key": str(certificate),
            "http://127.0.0.1:8000": f"http://127.0.0.1:{behind.server_port}",
        }
    )
    with running_nginx(folder, encrypted, lines, program):
        yield Front(plain, encrypted, certificate)
    behind.shutdown()
    behind.server_close()
    thread.join()


def filled_in(places: dict[str, str]) -> str:
    text = next(block for block in blocks(read("docs/web-server.md"), "nginx") if "gzip_static" not in block)
    for here, there in places.items():
        assert here in text
        text = text.replace(here, there)
    return text


def test_what_pages_and_feeds_go_by_reaches_the_service_unchanged(front: Front) -> None:
    answer, content = front.ask("/subscribe?a=b%20c", HEADERS, "address=reader%40example.org")
    seen = json.loads(content)
    assert answer.status == 200
    assert (seen["path"], seen["body"]) == ("/subscribe?a=b%20c", "address=reader%40example.org")
    assert HEADERS.items() <= seen["headers"].items()


def test_who_asks_is_told_by_the_web_server_and_by_nobody_else(front: Front) -> None:
    seen = json.loads(front.ask("/", {"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "ftp"})[1])["headers"]
    assert (seen["X-Forwarded-For"], seen["X-Forwarded-Proto"]) == ("127.0.0.1", "https")


@pytest.mark.parametrize("path", ["/healthz", "/healthz/", "/healthz/alive", "/metrics", "/metrics/", "/%6detrics"])
def test_what_watches_over_the_service_is_not_public(front: Front, path: str) -> None:
    answer, content = front.ask(path)
    assert answer.status == 404
    assert b"headers" not in content


def test_pages_whose_names_only_begin_so_are(front: Front) -> None:
    assert json.loads(front.ask("/metricsystem")[1])["path"] == "/metricsystem"


def test_who_comes_without_tls_is_sent_to_the_same_page_with_it(front: Front) -> None:
    answer, _ = front.ask("/releases/?q=rivers", tls=False)
    assert (answer.status, answer.getheader("Location")) == (301, f"{SITE}/releases/?q=rivers")


def test_who_comes_by_ipv6_is_answered_alike(front: Front) -> None:
    if not has_ipv6():
        pytest.skip("this machine has no IPv6")
    assert front.ask("/releases/", tls=False, address="::1")[0].status == 301
    answer, content = front.ask("/releases/", address="::1")
    assert (answer.status, json.loads(content)["headers"]["X-Forwarded-For"]) == (200, "::1")
