"""Feeds and pages beside nginx with the same files; searching 20,000 releases; signing up."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from pressroom import commands
from tests.bench import searching, signing_up
from tests.bench.serving import Server, missing, nginx, serving

ROUNDS = 7
WANTED = {200: 0.4, 304: 0.12}
GZIP = {"accept-encoding": "gzip"}


def run() -> None:
    with tempfile.TemporaryDirectory() as folder:
        if absent := missing():
            print(f"  {' and '.join(absent)} missing: nothing to compare the speed of answers with")
        else:
            compare_with_nginx(Path(folder))
        searching.run(Path(folder))
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
