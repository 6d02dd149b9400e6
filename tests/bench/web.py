"""Feeds and pages beside nginx with the same files; searching 20,000 releases; signing up."""

from __future__ import annotations

import http.client
import random
import re
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote_plus

from pressroom import commands
from tests.bench import signing_up
from tests.bench.enter import rows
from tests.bench.serving import Server, missing, nginx, serving

ROUNDS, QUERIES = 7, 300
WANTED = {200: 0.4, 304: 0.12}
SLOWEST_SEARCH = 0.05
GZIP = {"accept-encoding": "gzip"}


def run() -> None:
    with tempfile.TemporaryDirectory() as folder:
        if absent := missing():
            print(f"  {' and '.join(absent)} missing: nothing to compare the speed of answers with")
        else:
            compare_with_nginx(Path(folder))
        search(Path(folder))
    signing_up.run()


def compare_with_nginx(folder: Path) -> None:
    """Compare requests a second for the feed of everything and the home page of the demo, round by round."""
    site = folder / "demo"
    assert commands.run(["-q", "demo", str(site)]) == 0
    with serving(site, "--passive") as ours:
        places = {"/feeds/all.atom": "/feeds/all.atom", "/": "/home.html"}
        files = {}
        for path, place in places.items():
            for coding, ending in (("identity", ""), ("gzip", ".gz")):
                files[f"{place[1:]}{ending}"] = ours.get(path, {"accept-encoding": coding})[2]
        assert files["feeds/all.atom"] == (site / "feeds" / "all.atom").read_bytes()
        with nginx(folder / "nginx", files) as theirs:
            for path, place in places.items():
                _compare(path, ours, theirs, place)


def _compare(path: str, ours: Server, theirs: Server, place: str) -> None:
    known = {}
    for server, where in ((ours, path), (theirs, place)):
        known[server] = _check(server, where, ours.get(path, GZIP)[2])
    for status, wanted in WANTED.items():
        rates: list[tuple[float, float, float]] = []
        for _ in range(ROUNDS):
            mine, cost = ours.rate(path, GZIP | (known[ours] if status == 304 else {}))
            other, least = theirs.rate(place, GZIP | (known[theirs] if status == 304 else {}))
            rates.append((mine, other, least / cost))
        mine, other, by_cost = (statistics.median(column) for column in zip(*rates, strict=True))
        ratio = statistics.median(one / another for one, another, _ in rates)
        verdict = "" if ratio >= wanted else f"   LESS THAN {wanted}"
        rates_said = f"{mine:>9,.0f}/s  nginx{other:>8,.0f}/s"
        print(f"  {path:<16}{status}{rates_said}   ratio {ratio:.2f}, by processor time {by_cost:.2f}{verdict}")


def _check(server: Server, path: str, expected: bytes) -> dict[str, str]:
    """The oracle: the same compressed bytes from both, and nothing for who has them; return the header that says so."""
    status, headers, content = server.get(path, GZIP)
    assert (status, headers["content-encoding"], content) == (200, "gzip", expected)
    asked = {"if-none-match": headers["etag"]}
    assert server.get(path, GZIP | asked)[::2] == (304, b"")
    return asked


def search(folder: Path) -> None:
    """Ask for words from titles, each pair once, so that no answer is in memory."""
    site = folder / "search"
    for words in (["init"], ["import", str(rows(folder)), "--announce", "none"], ["publish", "--feeds-only"]):
        assert commands.run(["-q", "-C", str(site), *words]) == 0
    with serving(site, "--passive") as server:
        took = sorted(_search_times(server, site))
    middle, slowest = statistics.median(took), took[int(len(took) * 0.95)]
    verdict = "" if slowest <= SLOWEST_SEARCH else f"   MORE THAN {SLOWEST_SEARCH * 1000:.0f} ms"
    times = f"median {middle * 1000:.0f} ms, 95 of 100 within {slowest * 1000:.0f} ms"
    print(f"  /releases/?q=…  {QUERIES} searches   {times}{verdict}")


def _search_times(server: Server, site: Path) -> Iterator[float]:
    line = http.client.HTTPConnection("127.0.0.1", server.port)
    for title, words in _wanted(site):
        begun = time.perf_counter()
        line.request("GET", f"/releases/?q={quote_plus(words)}", headers=GZIP)
        answer = line.getresponse()
        content = answer.read()
        yield time.perf_counter() - begun
        assert answer.status == 200
        # The oracle: what has these words in its title is found, so that the list is never empty.
        assert len(content) > 500, (title, words)
    _, _, content = server.get("/releases/?q=" + quote_plus(title), {"accept-encoding": "identity"})
    assert b"<article" in content, title
    line.close()


def _wanted(site: Path) -> list[tuple[str, str]]:
    """Return titles, each with one to three of its words, no words twice."""
    chance = random.Random(3)
    with sqlite3.connect(site / "data" / "catalogue.db") as catalogue:
        titles = [
            title for (title,) in catalogue.execute("SELECT title FROM releases WHERE state = 'live' ORDER BY pk")
        ]
    catalogue.close()
    wanted: dict[str, str] = {}
    while len(wanted) < QUERIES:
        title = chance.choice(titles)
        known = re.findall(r"\w{3,}", title)
        if known:
            wanted[" ".join(chance.sample(known, min(len(known), chance.randint(1, 3))))] = title
    return [(title, words) for words, title in wanted.items()]
