"""`publisher serve` as a process of its own, and what its tests wait for."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent
PATIENCE = 20


class Service:
    """A running `publisher serve`."""

    def __init__(self, site: Path, *words: str, **environment: str) -> None:
        self.site = site
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "publisher.py"), "-C", str(site), *words, "serve", "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONUNBUFFERED": "1"} | environment,
        )
        self.url = address_of(self.process)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(10)


def address_of(process: subprocess.Popen[str]) -> str:
    """Wait until a service says where it listens, and return the address that this begins with."""
    assert process.stderr
    ready, _, _ = select.select([process.stderr], [], [], PATIENCE)
    line = process.stderr.readline() if ready else ""
    found = re.search(r"http://127\.0\.0\.1:\d+", line)
    assert found, f"the service did not start: {line}"
    return found[0]


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until `holds`, with patience and not with a fixed time."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def add_by_another_program(site: Path, title: str) -> None:
    with sqlite3.connect(site / "data" / "catalogue.db") as catalogue:
        catalogue.execute("INSERT INTO releases (title) VALUES (?)", (title,))
    catalogue.close()


def titles(site: Path) -> list[str]:
    path = site / "feeds" / "all.json"
    return [item["title"] for item in json.loads(path.read_bytes())["items"]] if path.exists() else []
