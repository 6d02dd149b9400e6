"""Searching 20,000 releases with long bodies: words of titles, and what matches nearly everything."""

from __future__ import annotations

import gzip
import http.client
import json
import random
import re
import sqlite3
import statistics
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlencode

from pressroom import commands
from tests.bench.enter import rows
from tests.bench.serving import Server, serving

QUERIES = 300
SLOWEST = 0.05
GZIP = {"accept-encoding": "gzip"}
EVERYWHERE = ("digital", "data", "services")
"""Words that stand in every body."""
Asked = dict[str, str]


def run(folder: Path) -> None:
    """Ask each thing once, so that no answer is in memory."""
    site = folder / "search"
    file = with_bodies(rows(folder), folder / "long.jsonl.gz")
    for words in (["init"], ["import", str(file), "--announce", "none"], ["publish", "--feeds-only"]):
        assert commands.run(["-q", "-C", str(site), *words]) == 0
    with serving(site, "--passive") as server:
        titles = _titles(site)
        _find(server, titles)
        _measure("words of titles", server, [{"q": words} for words in _words_of(titles)])
        _measure("the commonest words", server, list(_hard(titles)))


def with_bodies(source: Path, target: Path) -> Path:
    """Give every row a body of 200 words: those of other titles, and three that are everywhere."""
    chance = random.Random(5)
    with gzip.open(source, "rt", encoding="utf-8") as file:
        found = [json.loads(line) for line in file]
    words = [word for row in found for word in str(row["title"]).split()]
    with gzip.open(target, "wt", encoding="utf-8") as file:
        for row in found:
            file.write(json.dumps(row | {"body": " ".join((*chance.choices(words, k=200), *EVERYWHERE))}) + "\n")
    return target


def _titles(site: Path) -> list[str]:
    with sqlite3.connect(site / "data" / "catalogue.db") as catalogue:
        found = catalogue.execute("SELECT title FROM releases WHERE state = 'live' ORDER BY pk").fetchall()
    catalogue.close()
    return [title for (title,) in found]


def _words_of(titles: Sequence[str]) -> list[str]:
    """Return one to three words each of some titles, no words twice."""
    chance, wanted = random.Random(3), set[str]()
    while len(wanted) < QUERIES:
        if known := re.findall(r"\w{3,}", chance.choice(titles)):
            wanted.add(" ".join(chance.sample(known, min(len(known), chance.randint(1, 3)))))
    return sorted(wanted)


def _hard(titles: Sequence[str]) -> Iterator[Asked]:
    """Yield what finds much: words that are everywhere, on any page and with limits, and beginnings of words."""
    chance = random.Random(7)
    for number in range(QUERIES // 3):
        words = " ".join(chance.sample(EVERYWHERE, chance.randint(1, 3)))
        yield {"q": words, "page": str(1 + number)}
        limit = chance.choice([{"kind": "report"}, {"language": "en"}, {"access": "public"}])
        yield {"q": words, "page": str(1 + number), **limit}
        word = chance.choice(re.findall(r"\w{4,}", chance.choice(titles)) or ["report"])
        yield {"q": f"{word[: chance.randint(1, 3)]}", "x": str(number)}


def _find(server: Server, titles: Sequence[str]) -> None:
    """The oracle: what has these words in its title is found, and a word that is everywhere finds everything."""
    for asked, said in (({"q": titles[0]}, b"<article"), ({"q": "digital services"}, f" of {len(titles)}".encode())):
        status, _, content = server.get(f"/releases/?{urlencode(asked)}", {"accept-encoding": "identity"})
        assert (status, said in content.replace(b",", b"")) == (200, True), asked


def _measure(name: str, server: Server, asked: Sequence[Asked]) -> None:
    line = http.client.HTTPConnection("127.0.0.1", server.port)
    took = []
    for one in asked:
        begun = time.perf_counter()
        line.request("GET", f"/releases/?{urlencode(one)}", headers=GZIP)
        answer = line.getresponse()
        answer.read()
        took.append(time.perf_counter() - begun)
        assert answer.status == 200, one
    line.close()
    middle, slowest = statistics.median(took), sorted(took)[int(len(took) * 0.95)]
    verdict = "" if slowest <= SLOWEST else f"   MORE THAN {SLOWEST * 1000:.0f} ms"
    times = f"median {middle * 1000:.0f} ms, 95 of 100 within {slowest * 1000:.0f} ms"
    print(f"  /releases/?q=…  {len(took)} × {name:<20} {times}{verdict}")
