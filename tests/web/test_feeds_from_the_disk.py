"""The lines for nginx in docs/web-server.md, as they stand there: by them a real nginx serves a real site."""

from __future__ import annotations

import http.client
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pressroom.tools import Tools
from tests.conftest import Press, copied
from tests.needs import need_program
from tests.nginx import free_port, listening, running_nginx
from tests.test_docs import blocks, read
from tests.web.served import served

SITE, HUB = "https://press.example.org", "https://hub.example.org/"
AT = 1_770_000_000  # Mon, 02 Feb 2026 02:40:00 GMT
MOMENT = "Mon, 02 Feb 2026 02:40:00 GMT"
ARCHIVE = "archive/all/0001.atom"


class Server:
    """The nginx, as a reader asks it."""

    def __init__(self, port: int, feeds: Path) -> None:
        self.port, self.feeds = port, feeds

    def get(self, path: str, method: str = "GET", **asked: str) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body; `asked` are headers with “_” for “-”."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        line.request(method, path, headers={name.replace("_", "-"): value for name, value in asked.items()})
        answer = line.getresponse()
        content = answer.read()
        line.close()
        headers: dict[str, str] = {}
        for name, value in answer.getheaders():  # those that come several times are one list (RFC 9110 §5.3)
            headers[name.lower()] = ", ".join(filter(None, (headers.get(name.lower()), value)))
        return answer.status, headers, content


@pytest.fixture(scope="module")
def pattern(pattern: Press, tmp_path_factory: pytest.TempPathFactory) -> Press:
    """A published site with an archive, all of whose files are of one moment, and what is none of them."""
    press = copied(pattern, tmp_path_factory.mktemp("published"))
    settings = f'[site]\nurl = "{SITE}"\n[feeds]\nhubs = ["{HUB}"]\nnewest = 1\n'
    (press.site / "publisher.toml").write_text(settings)
    press("publish")
    feeds = press.site / "feeds"
    for name in (".all.atom.1.tmp", "x.txt"):
        (feeds / name).write_text("half")
    for path in feeds.rglob("*"):
        os.utime(path, (AT, AT))
    return press


@pytest.fixture(scope="module")
def server(pattern: Press, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    program, port = need_program("nginx"), free_port()
    with served(Tools.of(pattern.site), lambda: pattern.now) as behind:
        settings = filled_in(pattern.site, port, behind)
        with running_nginx(tmp_path_factory.mktemp("nginx"), port, settings, program):
            yield Server(port, pattern.site / "feeds")


def filled_in(site: Path, port: int, behind: int) -> str:
    """Return the lines with the places of this test in them, and without TLS."""
    text = next(block for block in blocks(read("docs/web-server.md"), "nginx") if "gzip_static" in block)
    text = "".join(line for line in text.splitlines(keepends=True) if "ssl_certificate" not in line)
    for here, there in (
        ("listen 443 ssl;\n    listen [::]:443 ssl;", listening(port)),
        ("/srv/press/", f"{site}/"),
        ("http://127.0.0.1:8000", f"http://127.0.0.1:{behind}"),
    ):
        assert here in text
        text = text.replace(here, there)
    return text


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("all.atom", "application/atom+xml; charset=utf-8"),
        ("topics/rivers.rss", "application/rss+xml; charset=utf-8"),
        ("kinds/report.json", "application/feed+json; charset=utf-8"),
    ],
)
def test_a_feed_comes_with_all_that_serve_says_of_it(server: Server, path: str, media_type: str) -> None:
    status, headers, content = server.get(f"/feeds/{path}")
    assert (status, content) == (200, (server.feeds / path).read_bytes())
    assert headers["content-type"] == media_type
    assert headers["link"] == f'<{SITE}/feeds/{path}>; rel="self", <{HUB}>; rel="hub"'
    assert headers["cache-control"] == "public, max-age=900"
    assert headers["access-control-allow-origin"] == "*"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["last-modified"] == MOMENT
    assert headers["vary"] == "Accept-Encoding, Sec-Fetch-Dest"
    assert headers["etag"].startswith('"')
    head = server.get(f"/feeds/{path}", "HEAD")
    assert (head[0], head[2]) == (200, b"")
    assert head[1]["etag"] == headers["etag"]


def test_a_browser_whose_person_opens_a_feed_gets_xml_that_it_shows(server: Server) -> None:
    for path, media_type in (
        ("all.atom", "application/xml"),
        ("all.rss", "application/xml"),
        ("all.json", "application/feed+json"),
    ):
        status, headers, content = server.get(f"/feeds/{path}", sec_fetch_dest="document")
        assert (status, content) == (200, (server.feeds / path).read_bytes())
        assert headers["content-type"] == f"{media_type}; charset=utf-8"
        assert "sec-fetch-dest" in headers["vary"].lower()


def test_an_archive_may_be_kept_for_a_day_and_no_hub_tells_of_it(server: Server) -> None:
    _, headers, _ = server.get(f"/feeds/{ARCHIVE}", accept_encoding="gzip")
    assert headers["cache-control"] == "public, max-age=86400"
    assert headers["link"] == f'<{SITE}/feeds/{ARCHIVE}>; rel="self"'
    assert headers["content-type"] == "application/atom+xml; charset=utf-8"


def test_the_twin_is_sent_to_who_takes_it_with_a_validator_of_its_own(server: Server) -> None:
    plain, packed = server.get("/feeds/all.atom"), server.get("/feeds/all.atom", accept_encoding="gzip")
    assert packed[1]["content-encoding"] == "gzip"
    assert packed[2] == (server.feeds / "all.atom.gz").read_bytes()
    assert packed[1]["etag"] != plain[1]["etag"]
    for same in ("content-type", "link", "vary", "cache-control", "last-modified"):
        assert packed[1][same] == plain[1][same]


@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_who_has_it_gets_304_by_either_validator(server: Server, coding: str) -> None:
    tag = server.get("/feeds/all.atom", accept_encoding=coding)[1]["etag"]
    for asked, status in (
        ({"if_none_match": tag}, 304),
        ({"if_none_match": '"other"'}, 200),
        ({"if_modified_since": MOMENT}, 304),
        ({"if_modified_since": "Tue, 03 Feb 2026 00:00:00 GMT"}, 304),
        ({"if_modified_since": "Mon, 02 Feb 2026 02:39:59 GMT"}, 200),
    ):
        found, headers, content = server.get("/feeds/all.atom", accept_encoding=coding, **asked)
        assert (found, content == b"") == (status, status == 304), asked
        assert headers["etag"] == tag
        assert headers["cache-control"] == "public, max-age=900"


@pytest.mark.R9
@pytest.mark.parametrize(
    "path",
    ["/feeds/.all.atom.1.tmp", "/feeds/topics/.x", "/feeds/all.atom.gz", "/feeds/all.atom.br",
     "/feeds/../data/secret.key", "/feeds/%2e%2e/data/secret.key", "/feeds/topics/%2e%2e/%2e%2e/publisher.toml",
     "/feeds../data/secret.key", "/data/secret.key", "/data/catalogue.db",
     "/publisher.toml", "/feeds/nothing.atom", "/feeds/topics", "/feeds/topics/"],
)  # fmt: skip
def test_what_is_no_published_file_is_not_there(server: Server, path: str) -> None:
    assert (server.feeds.parent / "data" / "secret.key").exists()
    assert server.get(path)[0] == 404


def test_other_files_have_their_types_and_no_links(server: Server) -> None:
    types = {
        "feeds.opml": "text/x-opml",
        "index.html": "text/html; charset=utf-8",
        "site.css": "text/css; charset=utf-8",
        "x.txt": "application/octet-stream",
    }
    for path, media_type in types.items():
        status, headers, _ = server.get(f"/feeds/{path}")
        assert status == 200
        assert headers["content-type"] == media_type
        assert "link" not in headers


def test_all_else_is_passed_on(server: Server) -> None:
    assert b"Floods" in server.get("/releases/")[2]
    assert b'id="steps"' in server.get("/feeds/")[2]
    status, headers, content = server.get("/feeds/topics/rivers+roads.atom")
    assert (status, headers["link"]) == (200, f'<{SITE}/feeds/topics/rivers+roads.atom>; rel="self"')
    assert b"Bridges" in content
    assert b"There is no page at this address." in server.get("/feeds/nothing.atom")[2]


def test_it_goes_without_serve_as_well(pattern: Press, tmp_path: Path) -> None:
    program, port = need_program("nginx"), free_port()
    text = re.sub(
        r"    location \S+( \S+)? \{\n        proxy_pass[^}]*\}\n", "", filled_in(pattern.site, port, behind=1)
    )
    text, found = re.subn(r"        error_page 418 [^}]*\}\n", "", text)
    assert found == 1
    assert "proxy_pass" not in text
    [instead] = re.findall(r"`(try_files[^`]+)`", read("docs/web-server.md"))
    text = text.replace("try_files $uri @press;", instead)
    with running_nginx(tmp_path, port, text, program):
        server = Server(port, pattern.site / "feeds")
        assert server.get("/feeds/all.atom", accept_encoding="gzip")[1]["content-encoding"] == "gzip"
        assert server.get("/feeds/")[::2] == (200, (server.feeds / "index.html").read_bytes())
        for path in (
            "/feeds/nothing.atom",
            "/feeds/topics/",
            "/feeds/.all.atom.1.tmp",
            "/data/secret.key",
            "/publisher.toml",
        ):
            assert server.get(path)[0] == 404, path


def test_a_feed_from_the_disk_says_the_same_as_one_from_serve(server: Server, pattern: Press) -> None:
    with served(Tools.of(pattern.site), lambda: pattern.now) as port:
        ours = Server(port, server.feeds)
        for path in ("/feeds/all.atom", f"/feeds/{ARCHIVE}", "/feeds/all.json", "/feeds/feeds.opml", "/feeds/site.css"):
            mine, theirs = ours.get(path)[1], server.get(path)[1]
            for name in ("content-type", "cache-control", "access-control-allow-origin", "last-modified", "link"):
                assert mine.get(name) == theirs.get(name), (path, name)
