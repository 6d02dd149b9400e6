"""Pages of the desk at 20,000 releases and 100,000 subscribers: told all by a digest, and owed another by now.

Something is changed before each is asked for, so that none comes out of what was worked out for the last.
"""

from __future__ import annotations

import http.client
import os
import random
import re
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

from starlette.testclient import TestClient

from pressroom import commands
from pressroom.models.people import Frequency
from pressroom.publishing.digests import open_run_by_hand
from pressroom.tools import Tools
from pressroom.web.app import make_app
from tests.bench.enter import rows
from tests.bench.searching import with_bodies
from tests.bench.serving import Server, serving
from tests.conftest import Press
from tests.web.desk.working import Worker

SUBSCRIBERS = int(os.environ.get("PRESSROOM_SUBSCRIBERS", "100000"))
ENTRIES, ASKED, WANTED = 20_000, 15, 0.100
"""Entries of the audit log; how often each page is asked for; seconds in which half of the answers are to be there."""
FORM = {
    "title": "Public Sector Digital Trends 2027", "kind": "report", "summary": "What leaders expect, and why.",
    "topics": "for-all", "when": "now", "url": "https://example.org/trends", "version": "0",
}  # fmt: skip
AGREED = "2026-01-02T00:00:00Z"


def run() -> None:
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder) / "site"
        told = _make(Path(folder), site)
        key, cookie = _sign_in(site)
        with (
            serving(site, "--passive") as server,
            closing(sqlite3.connect(site / "data" / "catalogue.db")) as catalogue,
        ):
            for name, path, form in _pages(told, key):
                _measure(name, server, path, form, cookie, catalogue)


def _make(folder: Path, site: Path) -> str:
    """Make the site; return the slug of a release of which a digest has told everybody."""
    file = with_bodies(rows(folder), folder / "long.jsonl.gz")
    for words in (["init"], ["import", str(file), "--announce", "none"], ["publish", "--feeds-only"]):
        assert commands.run(["-q", "-C", str(site), *words]) == 0
    with closing(sqlite3.connect(site / "data" / "catalogue.db")) as catalogue:
        _add_people(catalogue)
        catalogue.commit()
    publish = ["publish", "--feeds-only"]
    for words in (_for_all("Told to all"), publish, ["release", "add", "--title", "A draft", "--draft"]):
        assert commands.run(["-q", "-C", str(site), *words]) == 0
    _tell_all(Tools.of(site))
    for words in (_for_all("Just out"), publish, [*_for_all("Scheduled"), "--at", "2099-01-01"]):
        assert commands.run(["-q", "-C", str(site), *words]) == 0
    return "told-to-all"


def _for_all(title: str) -> list[str]:
    return ["release", "add", "--title", title, "--topic", "for-all", "--summary", "It is out."]


def _tell_all(tools: Tools) -> None:
    with tools.open_store() as store:
        run = open_run_by_hand(store, tools, datetime.now(UTC).replace(microsecond=0), list(Frequency))
        assert run.counts.enlisted == SUBSCRIBERS
        with store.atomic():
            store.write("UPDATE deliveries SET state = 'sent', finished_at = ?", (AGREED,))
            store.runs.close_finished(datetime.now(UTC))


def _add_people(catalogue: sqlite3.Connection) -> None:
    """Write a topic that all follow, the subscribers, and what was done at the desk, as if by years of use."""
    chance = random.Random(9)
    catalogue.execute("INSERT INTO topics (pk, slug, name) SELECT max(pk) + 1, 'for-all', 'For all' FROM topics")
    topics = [pk for (pk,) in catalogue.execute("SELECT pk FROM topics ORDER BY pk")]
    catalogue.execute(
        """WITH RECURSIVE numbers (pk) AS (SELECT 1 UNION ALL SELECT pk + 1 FROM numbers WHERE pk < :count)
        INSERT INTO subscribers (pk, address, address_key, state, unsubscribe_token, created_at)
        SELECT pk, 'p' || pk || '@example.org', 'p' || pk || '@example.org', 'active', printf('%026d', pk), :at
        FROM numbers""",
        {"count": SUBSCRIBERS, "at": AGREED},
    )
    paces = ("daily", "weekly", "weekly", "monthly")
    held = (
        (person, topic, chance.choice(paces), AGREED)
        for person in range(1, SUBSCRIBERS + 1)
        for topic in {topics[-1], chance.choice(topics), chance.choice(topics)}
    )
    catalogue.executemany(
        "INSERT INTO subscriptions (subscriber, topic, frequency, begun_at, begun_no) VALUES (?, ?, ?, ?, 0)", held
    )
    catalogue.executemany(
        "INSERT INTO audit_log (pk, at, actor, action, object, details) VALUES (?, ?, 'Ada', 'release edit', ?, '{}')",
        ((pk, AGREED, f"release-{pk % 4_000}") for pk in range(1, ENTRIES + 1)),
    )


def _sign_in(site: Path) -> tuple[str, str]:
    """Let somebody in; return the key of a form that they have typed into, and the cookie of their session."""
    press = Press(site, datetime.now(UTC))
    with TestClient(make_app(Tools.of(site), lambda: press.now)) as browser:
        worker = Worker(press, browser, "Ada")
        worker.begin(press.ask("user", "add", "Ada", "--role", "admin")["link"])
        assert worker.sign_in() == 303
        found = re.search(r'name="key" value="(\w+)"', browser.get("/desk/new").text)
        assert found
        assert browser.post(f"/desk/autosaves/{found[1]}", data=FORM).status_code == 200
        return found[1], f"desk={browser.cookies['desk']}"


def _pages(told: str, key: str) -> Iterator[tuple[str, str, dict[str, str] | None]]:
    """Yield name, path and, of what is sent, the fields."""
    yield "overview", "/desk/", None
    yield "releases", "/desk/releases", None
    yield "releases, page 300", "/desk/releases?page=300", None
    yield "releases by words", "/desk/releases?q=digital+services", None
    yield "releases by state", "/desk/releases?state=live", None
    yield "releases by topic", "/desk/releases?topic=for-all", None
    yield "a new release", f"/desk/new?key={key}", None
    yield "a draft", "/desk/releases/a-draft", None
    yield "one that goes out", "/desk/releases/scheduled", None
    yield "one that is just out", "/desk/releases/just-out", None
    yield "one that all know of", f"/desk/releases/{told}", None
    yield "keeping what is typed", f"/desk/autosaves/{key}", FORM
    yield "preview: panel", f"/desk/preview?key={key}", None
    yield "preview: feed", f"/desk/preview/feed?key={key}", None
    yield "preview: page", f"/desk/preview/page?key={key}", None
    yield "preview: mail", f"/desk/preview/mail?key={key}", None
    yield "preview: a reader's", f"/desk/preview/mail?key={key}&reader=p7@example.org", None
    yield "digests", "/desk/digests", None
    yield "send by hand", "/desk/digests/send", None
    yield "  who is owed, counted", "/desk/digests/send?count=yes", None
    yield "a run", "/desk/digests/1", None
    yield "whom it was sent to", "/desk/digests/1/sent", None
    yield "audit", "/desk/audit", None


def _measure(
    name: str, server: Server, path: str, form: dict[str, str] | None, cookie: str, catalogue: sqlite3.Connection
) -> None:
    """Ask for a page, and print how long half of the answers, and all but the slowest, take."""
    seconds = []
    for _ in range(ASKED):
        with catalogue:
            catalogue.execute("UPDATE subscribers SET name = name || '.' WHERE pk = 1")
        begun = time.perf_counter()
        status, content = _ask(server, path, form, cookie)
        seconds.append(time.perf_counter() - begun)
        assert status == 200, (path, status)
        assert b"Sign in</h1>" not in content
    middle, slow = statistics.median(seconds), sorted(seconds)[-2]
    is_slow = middle > WANTED and "count=yes" not in path  # which no page waits for
    verdict = f"   MORE THAN {WANTED * 1000:.0f} ms" if is_slow else ""
    print(f"  {name:<24}{middle * 1000:>8.1f} ms{slow * 1000:>10.1f} ms   {len(content):>9,} bytes{verdict}")


def _ask(server: Server, path: str, form: dict[str, str] | None, cookie: str) -> tuple[int, bytes]:
    line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    headers = {"cookie": cookie}
    if form is None:
        line.request("GET", path, headers=headers)
    else:
        headers |= {"content-type": "application/x-www-form-urlencoded", "hx-request": "true"}
        line.request("POST", path, urlencode(form), headers)
    answer = line.getresponse()
    content = answer.read()
    line.close()
    return answer.status, content
