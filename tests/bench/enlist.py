"""Freezing a run and enlisting its deliveries for 1,000,000 subscribers with three subscriptions each, next to a bare
INSERT … SELECT of as many deliveries."""

from __future__ import annotations

import os
import random
import resource
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from pressroom import commands
from pressroom.publishing.digests import open_due_run
from pressroom.storage import Store
from pressroom.tools import Tools

SUBSCRIBERS = int(os.environ.get("PRESSROOM_SUBSCRIBERS", "1000000"))
TOPICS, RELEASES, ROUNDS, ASKED = 20, 25, 3, 1_000
BEGUN, DUE = "2026-01-26T09:00:00Z", datetime(2026, 2, 2, 9, tzinfo=UTC)
WEIGHTS = [1 / place for place in range(1, TOPICS + 1)]
PACES = {"weekly": 70, "daily": 20, "immediate": 5, "monthly": 5}


def run() -> None:
    with tempfile.TemporaryDirectory() as folder:
        site, kept = Path(folder) / "site", Path(folder) / "kept.db"
        _make(site, kept)
        ours, bare = [], []
        for _ in range(ROUNDS):
            bare.append(_bare(kept, Path(folder) / "bare.db"))
            seconds, memory = _ours(kept, site)
            ours.append(seconds)
    took, base = statistics.median(ours), statistics.median(bare)
    print(f"  freeze and enlist   {took:6.1f} s   peak {memory:.0f} MB")
    print(f"  INSERT … SELECT     {base:6.1f} s   ratio {took / base:.1f}")


def _make(site: Path, kept: Path) -> None:
    """Make a site with its subscribers and releases just gone live, and keep its catalogue aside."""
    assert commands.run(["-q", "-C", str(site), "--clock", BEGUN, "init"]) == 0
    chance = random.Random(7)
    with sqlite3.connect(site / "data" / "catalogue.db") as catalogue:
        catalogue.execute("PRAGMA synchronous = OFF")
        catalogue.executemany("INSERT INTO topics (pk, slug, name) VALUES (?, ?, ?)",
                              [(pk, f"topic-{pk}", f"Topic {pk}") for pk in range(1, TOPICS + 1)])  # fmt: skip
        catalogue.execute(
            """WITH RECURSIVE numbers (pk) AS (SELECT 1 UNION ALL SELECT pk + 1 FROM numbers WHERE pk < :count)
            INSERT INTO subscribers (pk, address, address_key, state, unsubscribe_token, created_at)
            SELECT pk, 'p' || pk || '@example.org', 'p' || pk || '@example.org', 'active', printf('%026d', pk), :begun
            FROM numbers""",
            {"count": SUBSCRIBERS, "begun": BEGUN},
        )
        catalogue.executemany("INSERT INTO subscriptions (subscriber, topic, frequency, begun_at, begun_no) "
                              "VALUES (?, ?, ?, ?, 0)", _choices(chance))  # fmt: skip
        for pk in range(1, RELEASES + 1):
            catalogue.execute("INSERT INTO releases (pk, title) VALUES (?, ?)", (pk, f"Release {pk}"))
            topics = set(chance.choices(range(1, TOPICS + 1), WEIGHTS, k=chance.randint(1, 3)))
            catalogue.executemany("INSERT INTO release_topics (release, topic) VALUES (?, ?)",
                                  [(pk, topic) for topic in topics])  # fmt: skip
    catalogue.close()
    assert commands.run(["-q", "-C", str(site), "--clock", BEGUN, "publish", "--feeds-only"]) == 0
    shutil.copy(site / "data" / "catalogue.db", kept)


def _choices(chance: random.Random) -> Iterator[tuple[int, int, str, str]]:
    paces, weights = list(PACES), list(PACES.values())
    for subscriber in range(1, SUBSCRIBERS + 1):
        topics: set[int] = set()
        while len(topics) < 3:
            topics.update(chance.choices(range(1, TOPICS + 1), WEIGHTS, k=3 - len(topics)))
        for topic in sorted(topics):
            yield subscriber, topic, chance.choices(paces, weights)[0], BEGUN


def _bare(kept: Path, path: Path) -> float:
    shutil.copy(kept, path)
    catalogue = sqlite3.connect(path, isolation_level=None)
    catalogue.execute("PRAGMA synchronous = FULL")
    run = f"INSERT INTO runs (pk, key, opened_at, up_to_no, state) VALUES (1, ?, '{BEGUN}', 0, 'open')"
    catalogue.execute(run, ("k" * 26,))
    catalogue.execute("INSERT INTO bundles (pk, run) VALUES (1, 1)")
    begun = time.perf_counter()
    catalogue.execute("INSERT INTO deliveries (run, subscriber, bundle) SELECT 1, pk, 1 FROM subscribers")
    seconds = time.perf_counter() - begun
    catalogue.close()
    path.unlink()
    return seconds


def _ours(kept: Path, site: Path) -> tuple[float, float]:
    """Open the due run in a child process and return its seconds and its peak memory in MB."""
    path = site / "data" / "catalogue.db"
    for leftover in path.parent.glob("catalogue.db*"):
        leftover.unlink()
    shutil.copy(kept, path)
    tools = Tools.of(site, fixed_clock=True)
    begun = time.perf_counter()
    child = os.fork()
    if child == 0:
        with Store.open(path) as store:
            opened = open_due_run(store, tools, DUE)
        os._exit(0 if opened else 1)
    _, status = os.waitpid(child, 0)
    seconds = time.perf_counter() - begun
    assert os.waitstatus_to_exitcode(status) == 0
    _check(path)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return seconds, peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


def _check(path: Path) -> None:
    """The oracle: everyone who follows a topic of some release is enlisted once, with just those releases."""
    with sqlite3.connect(path) as catalogue:
        (expected,) = catalogue.execute(
            """SELECT count(DISTINCT subscriber) FROM subscriptions
            WHERE topic IN (SELECT topic FROM announcement_topics)"""
        ).fetchone()
        assert catalogue.execute("SELECT count(*) FROM deliveries").fetchone() == (expected,)
        for subscriber in random.Random(1).sample(range(1, SUBSCRIBERS + 1), min(ASKED, SUBSCRIBERS)):
            followed = catalogue.execute(
                """SELECT DISTINCT release FROM announcements JOIN announcement_topics ON announcement = no
                JOIN subscriptions USING (topic) WHERE subscriber = ? ORDER BY release""",
                (subscriber,),
            ).fetchall()
            paid = catalogue.execute(
                """SELECT release FROM deliveries JOIN bundle_items USING (bundle) JOIN run_items ON run_items.pk = item
                WHERE subscriber = ? ORDER BY release""",
                (subscriber,),
            ).fetchall()
            assert paid == followed, subscriber
    catalogue.close()
