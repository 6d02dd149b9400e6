"""Deleting 300,000 deliveries of ten items each, in 1,000 runs, while another program writes all the time; and the own
feed of a reader who got every one of those digests, among 20,000 releases, before and afterwards."""

from __future__ import annotations

import multiprocessing
import random
import sqlite3
import tempfile
import time
from datetime import UTC, datetime, timedelta
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from pathlib import Path

from pressroom import commands
from pressroom.models.dates import stamp
from pressroom.models.feeds import Format
from pressroom.publishing.private_feed import private_feed
from pressroom.retention import delete_what_is_old
from pressroom.storage import Store
from pressroom.tools import Tools

RUNS, READERS, ENLISTED, NEW, ITEMS, BUNDLES = 1_000, 3_000, 300, 20, 10, 10
BEGUN = datetime(2023, 1, 2, 9, tzinfo=UTC)
NOW = BEGUN + timedelta(days=RUNS + 100)
TOKEN = "a" * 26
FACTS = '{"title": "Report", "url": "x", "kind": "report", "language": "en", "formats": [], "relations": []}'


def run() -> None:
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder) / "site"
        _make(site)
        tools = Tools.of(site)
        with tools.open_store() as store:
            before = [one.counts for one in store.runs.all()]
            print(f"  own feed            {_read_feed(store, tools) * 1000:6.0f} ms")
            took, waited = _sweep(store, tools)
            print(f"  sweep               {took:6.1f} s   another program waited for {waited:.2f} s at most")
            print(f"  own feed afterwards {_read_feed(store, tools) * 1000:6.0f} ms")
            assert [one.counts for one in store.runs.all()] == before
            assert store.value("SELECT count(*) FROM deliveries") == 0
            assert store.faults() == []
            begun = time.perf_counter()
            delete_what_is_old(store, tools, NOW + timedelta(days=1))
            print(f"  nothing to delete   {(time.perf_counter() - begun) * 1000:6.1f} ms")


def _read_feed(store: Store, tools: Tools) -> float:
    reader = store.private_feeds.reader(TOKEN)
    assert reader is not None
    begun = time.perf_counter()
    document = private_feed(store, tools, reader, tools.words(), Format.ATOM)
    took = time.perf_counter() - begun
    newest = (RUNS - 1) * NEW
    assert document.content.count(b"<entry") == tools.settings.feeds.newest
    assert {pk > newest for pk in store.private_feeds.told(reader.pk, ITEMS)} == {True}
    return took


def _sweep(store: Store, tools: Tools) -> tuple[float, float]:
    """Return how long the sweep took, and how long at most the other program waited, in seconds."""
    stop = multiprocessing.Event()
    waits: Queue[float] = multiprocessing.Queue()
    other = multiprocessing.Process(target=_write_all_the_time, args=(store.path, stop, waits))
    other.start()
    begun = time.perf_counter()
    delete_what_is_old(store, tools, NOW)
    took = time.perf_counter() - begun
    stop.set()
    longest = waits.get()
    other.join()
    return took, longest


def _write_all_the_time(path: Path, stop: Event, waits: Queue[float]) -> None:
    catalogue, longest = sqlite3.connect(path, isolation_level=None, timeout=30), 0.0
    while not stop.is_set():
        begun = time.perf_counter()
        catalogue.execute("UPDATE catalogue SET demo = demo")
        longest = max(longest, time.perf_counter() - begun)
        time.sleep(0.02)
    waits.put(longest)


def _make(site: Path) -> None:
    assert commands.run(["-q", "-C", str(site), "--clock", BEGUN.isoformat(), "init"]) == 0
    with sqlite3.connect(site / "data" / "catalogue.db") as catalogue:
        catalogue.execute("PRAGMA synchronous = OFF")
        for pk in range(1, RUNS * NEW + 1):
            at = stamp(BEGUN + timedelta(minutes=pk))
            catalogue.execute(
                """INSERT INTO releases (pk, id, slug, title, summary, state, published, updated, sorted_at)
                VALUES (:pk, 'tag:example.org,2023:' || :pk, 'r-' || :pk, 'Report ' || :pk || ' on rivers',
                    'What was found, and what it means.', 'live', :at, :at, :at)""",
                {"pk": pk, "at": at},
            )
            catalogue.execute(
                "INSERT INTO announcements (no, release, change, at, made_at) VALUES (?, ?, 'new', ?, ?)",
                (pk, pk, at, at),
            )
        catalogue.executemany(
            """INSERT INTO subscribers (pk, address, address_key, state, unsubscribe_token, created_at)
            VALUES (:pk, 'p' || :pk || '@example.org', 'p' || :pk || '@example.org', 'active', printf('%026d', :pk),
                :at)""",
            [{"pk": pk, "at": stamp(BEGUN)} for pk in range(1, READERS + 1)],
        )
        catalogue.execute("INSERT INTO private_feeds VALUES (1, ?, ?)", (TOKEN, stamp(BEGUN)))
        chance = random.Random(7)
        for number in range(1, RUNS + 1):
            _add_run(catalogue, number, chance)
    catalogue.close()


def _add_run(catalogue: sqlite3.Connection, number: int, chance: random.Random) -> None:
    """Add a closed run that told 300 readers, the first among them, of ten of its day's releases each."""
    at = stamp(BEGUN + timedelta(days=number))
    catalogue.execute(
        "INSERT INTO runs (pk, key, opened_at, up_to_no, state, closed_at) VALUES (?, ?, ?, ?, 'closed', ?)",
        (number, f"{number:026}", at, number * NEW, at),
    )
    items = range((number - 1) * NEW + 1, number * NEW + 1)
    catalogue.executemany(
        "INSERT INTO run_items (pk, run, release, change, nos, facts) VALUES (:pk, :run, :pk, 'new', '[]', :facts)",
        [{"pk": pk, "run": number, "facts": FACTS} for pk in items],
    )
    bundles = range((number - 1) * BUNDLES + 1, number * BUNDLES + 1)
    for bundle in bundles:
        catalogue.execute("INSERT INTO bundles (pk, run) VALUES (?, ?)", (bundle, number))
        catalogue.executemany(
            "INSERT INTO bundle_items (bundle, position, item, reasons) VALUES (?, ?, ?, '[\"\"]')",
            [(bundle, place, item) for place, item in enumerate(chance.sample(items, ITEMS))],
        )
    readers = [1, *sorted(chance.sample(range(2, READERS + 1), ENLISTED - 1))]
    catalogue.executemany(
        """INSERT INTO deliveries (run, subscriber, bundle, state, attempts, finished_at, reply)
        VALUES (?, ?, ?, 'sent', 1, ?, '250 2.0.0 Ok: queued as 4XyZ')""",
        [(number, reader, chance.choice(bundles), at) for reader in readers],
    )
