"""Import of 20,000 releases, next to SQLite alone writing the same rows as they stand into one table."""

from __future__ import annotations

import gzip
import json
import os
import resource
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

from pressroom import commands
from pressroom.storage import Store

SCALE = Path(__file__).parent.parent.parent.parent / "shared" / "scale" / "nist.jsonl.gz"
ROWS = 20_000


def run() -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = rows(Path(folder))
        bare = _bare(Path(folder) / "bare.db", file)
        seconds, memory = _ours(Path(folder) / "site", file)
    print(f"  publisher import    {seconds:6.1f} s   peak {memory:.0f} MB")
    print(f"  SQLite alone        {bare:6.1f} s   ratio {seconds / bare:.0f}")


def rows(folder: Path) -> Path:
    """Return the large catalogue of shared/scale, or one made here where that is missing."""
    if SCALE.exists():
        return SCALE
    path = folder / "made.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as file:
        for number in range(ROWS):
            row = {
                "title": f"Report {number} on rivers, roads and what joins them",
                "url": f"https://example.org/reports/{number}",
                "published": str(1950 + number % 70),
                "authors": ["A. Writer", "B. Writer"],
                "topics": [f"Topic {number % 100}"],
                "summary": "What was found, and what it means for those who look after both.",
                "extra": {"reference": f"R {number}", "doi": f"10.1234/{number}"},
            }
            file.write(json.dumps(row) + "\n")
    return path


def _bare(path: Path, file: Path) -> float:
    begun = time.perf_counter()
    with sqlite3.connect(path) as connection, gzip.open(file, "rt", encoding="utf-8") as rows:
        connection.execute("CREATE TABLE rows (row TEXT)")
        connection.executemany("INSERT INTO rows VALUES (?)", ((json.dumps(json.loads(row)),) for row in rows))
    connection.close()
    return time.perf_counter() - begun


def _ours(site: Path, file: Path) -> tuple[float, float]:
    """Import in a child process and return its seconds and its peak memory in MB."""
    assert commands.run(["-q", "-C", str(site), "init"]) == 0
    begun = time.perf_counter()
    child = os.fork()
    if child == 0:
        code = commands.run(["-q", "-C", str(site), "import", str(file)])
        os._exit(code)
    _, status = os.waitpid(child, 0)
    seconds = time.perf_counter() - begun
    assert os.waitstatus_to_exitcode(status) == 0
    with Store.open(site / "data" / "catalogue.db") as store:
        assert store.faults() == []
        assert store.releases.counts()["live"] > ROWS - 100
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return seconds, peak / (1024 * 1024 if sys.platform == "darwin" else 1024)
