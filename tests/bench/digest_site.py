"""A site whose weekly digest is frozen and waits to be sent, for benchmarks of all that comes after."""

from __future__ import annotations

import json
import os
import random
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pressroom import commands
from pressroom.models.runs import DigestRun
from pressroom.models.text import slugify
from pressroom.publishing.digests import open_due_run
from pressroom.storage import Store
from pressroom.tools import Tools

SAMPLE = Path(__file__).parent.parent.parent / "data" / "sample" / "releases.jsonl"
READERS = int(os.environ.get("PRESSROOM_SUBSCRIBERS", "2000"))
OWN = "Socitm"
"""Whose catalogue the sample is: others' releases are partners', in a section of their own."""
RELEASES = 95
FEWEST, MOST = 5, 20
BEGUN, DUE = datetime(2026, 1, 26, 9, tzinfo=UTC), datetime(2026, 2, 2, 9, tzinfo=UTC)
_NAMES = ("Ann Lee", "Zoë Ångström", "Bo Berg", "Łukasz Żak", "O’Brien, Pat", "", "Di Fox", "Ed Gray", "Flo Hill")


def make_site(site: Path, settings: str = "", readers: int = READERS) -> Tools:
    """Make a site with real releases, of which `readers` subscribers get five to twenty each; return its tools.

    They follow one to three topics, the first ones far more often than the last, and agreed on 120 different days; one
    in ten reads Dutch. `settings` are added to its `publisher.toml`.
    """
    begun = BEGUN.isoformat()
    assert commands.run(["-q", "-C", str(site), "--clock", begun, "init"]) == 0
    toml = (site / "publisher.toml").read_text("utf-8")
    own = toml.replace("[site]\n", f'[site]\npublisher = "{OWN}"\n')
    assert own != toml
    (site / "publisher.toml").write_text(f"{own}{settings}", "utf-8")
    rows = [json.loads(line) for line in SAMPLE.read_text("utf-8").splitlines()]
    rows = [row for row in rows if row["topics"] and "status" not in row.get("extra", {})][:RELEASES]
    topics = sorted({topic for row in rows for topic in row["topics"]})
    with sqlite3.connect(site / "data" / "catalogue.db") as catalogue:
        catalogue.execute("PRAGMA synchronous = OFF")
        catalogue.executemany(
            "INSERT INTO topics (pk, slug, name) VALUES (?, ?, ?)",
            [(pk, slugify(name), name) for pk, name in enumerate(topics, 1)],
        )
        _add_readers(catalogue, _wishes(rows, topics, readers))
    catalogue.close()
    releases = site / "releases.jsonl"
    releases.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    for words in (["import", str(releases), "--announce", "all"], ["publish", "--feeds-only"]):
        assert commands.run(["-q", "-C", str(site), "--clock", begun, *words]) == 0
    return Tools.of(site, fixed_clock=True)


def freeze(store: Store, tools: Tools) -> DigestRun:
    """Open the run that is due, and check that everybody is in it."""
    run = open_due_run(store, tools, DUE)
    assert run
    assert run.counts.enlisted == store.subscribers.counts()["active"]
    return run


def _wishes(rows: Sequence[dict[str, list[str]]], topics: Sequence[str], readers: int) -> list[list[int]]:
    """Return the topics of each reader, as numbers."""
    chance = random.Random(7)
    weights = [1 / place for place in range(1, len(topics) + 1)]
    held = {name: {place for place, row in enumerate(rows) if name in row["topics"]} for name in topics}
    wishes: list[list[int]] = []
    while len(wishes) < readers:
        wanted = sorted(set(chance.choices(range(len(topics)), weights, k=chance.randint(2, 3))))
        if FEWEST <= len(set().union(*(held[topics[place]] for place in wanted))) <= MOST:
            wishes.append([place + 1 for place in wanted])
    return wishes


def _add_readers(catalogue: sqlite3.Connection, wishes: Sequence[Sequence[int]]) -> None:
    """Write the readers as `subscribe` would; by that, 100,000 take minutes."""
    for pk, topics in enumerate(wishes, 1):
        address, language = f"reader{pk}@example.org", "nl" if pk % 10 == 0 else "en"
        agreed = (BEGUN - timedelta(days=pk % 120)).strftime("%Y-%m-%dT%H:%M:%SZ")
        catalogue.execute(
            """INSERT INTO subscribers (pk, address, address_key, name, language, state, unsubscribe_token, created_at)
            VALUES (?, ?, ?, ?, ?, 'active', ?, ?)""",
            (pk, address, address, _NAMES[pk % len(_NAMES)], language, _token(pk), agreed),
        )
        catalogue.execute(
            "INSERT INTO consents (subscriber, what, at, how) VALUES (?, 'confirmed', ?, 'command')", (pk, agreed)
        )
        catalogue.executemany(
            """INSERT INTO subscriptions (subscriber, topic, frequency, begun_at, begun_no)
            VALUES (?, ?, 'weekly', ?, 0)""",
            [(pk, topic, agreed) for topic in topics],
        )


def _token(pk: int) -> str:
    return "".join(random.Random(pk).choices("abcdefghijklmnopqrstuvwxyz234567", k=26))
