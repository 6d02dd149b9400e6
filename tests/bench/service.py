"""How soon a running service publishes what appears, lifts an embargo, takes over and stops, and what it costs idle."""

from __future__ import annotations

import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

from sqlite_utils import Database

from pressroom.schedule import WATCH_SECONDS
from pressroom.storage.watch import CatalogueWatch
from pressroom.tools import Tools
from tests.bench.feeds import make_site
from tests.running import ROOT, Service
from tests.websub.listening import NO_CONTENT, Heard, Request, listening

SIZES, ROUNDS = (1_000, 20_000), 6
IDLE_SECONDS, LOOKS = 60, 20_000
PATIENCE = 30.0
A_SECOND, TAKEN_OVER, STOPPED, IDLE = 1.0, 2.0, 10.0, 0.1
"""Wanted: seconds to the feeds and to the hub, to be taken over, to be stopped; percent of a core."""

Door = Callable[[Path, str], object]


def _by_command(site: Path, title: str) -> None:
    words = [sys.executable, str(ROOT / "publisher.py"), "-q", "-C", str(site), "release", "add", "--title", title]
    subprocess.run(words, check=True)


def _by_import(site: Path, title: str) -> None:
    file = site / "one.csv"
    file.write_text(f"title,kind,published\n{title},report,2026-01-28\n")
    words = [
        sys.executable,
        str(ROOT / "publisher.py"),
        "-q",
        "-C",
        str(site),
        "import",
        str(file),
        "--announce",
        "all",
    ]
    subprocess.run(words, check=True)


def _by_sqlite3(site: Path, title: str) -> None:
    catalogue = sqlite3.connect(site / "data" / "catalogue.db", isolation_level=None)
    catalogue.execute("INSERT INTO releases (title) VALUES (?)", (title,))
    catalogue.close()


def _by_sqlite_utils(site: Path, title: str) -> None:
    database = Database(site / "data" / "catalogue.db")
    database.table("releases").insert({"title": title})
    database.close()


DOORS: dict[str, Door] = {
    "a command": _by_command,
    "an import": _by_import,
    "sqlite3": _by_sqlite3,
    "sqlite-utils": _by_sqlite_utils,
}


def run() -> None:
    print(f"  {'':<34}{'median s':>9}{'longest s':>10}{'wanted':>8}")
    with tempfile.TemporaryDirectory() as folder:
        for size in SIZES:
            with listening(lambda request: NO_CONTENT) as hub:
                Bench(make_site(Path(folder), size), size, hub).run()


class Bench:
    """A site of some size, and the hub that hears of its feeds."""

    def __init__(self, site: Path, size: int, hub: Heard) -> None:
        self.site, self.size, self.hub = site, size, hub
        self.file, self.number = site / "feeds" / "all.json", 0
        settings = site / "publisher.toml"
        settings.write_text(f'{settings.read_text()}\n[feeds]\nhubs = ["{hub.address}"]\n')
        subprocess.run([sys.executable, str(ROOT / "publisher.py"), "-q", "-C", str(site), "publish"], check=True)

    def run(self) -> None:
        service = Service(self.site)
        self._put(_by_sqlite3)  # what is made and read the first time is not measured
        for name, door in DOORS.items():
            times = [self._put(door) for _ in range(ROUNDS)]
            self._tell(f"{name}: in the feeds", [one for one, _ in times], A_SECOND)
            self._tell(f"{name}: pinged", [one for _, one in times], A_SECOND)
        self._tell("an embargo lifts", [self._lift() for _ in range(ROUNDS)], A_SECOND)
        if self.size == SIZES[0]:
            self._idle(service)
        second = Service(self.site)
        time.sleep(2)  # it waits for the lead by then
        service.process.kill()
        self._tell("taken over", [self._put(_by_sqlite3)[0]], TAKEN_OVER)
        began = time.monotonic()
        assert second.stop() == 0
        self._tell("stopped", [time.monotonic() - began], STOPPED)
        service.process.communicate()
        second.process.communicate()

    def _tell(self, what: str, seconds: list[float], wanted: float) -> None:
        name = f"{self.size:,}, {what}"
        print(f"  {name:<34}{statistics.median(seconds):9.2f}{max(seconds):10.2f}{wanted:8.1f}")

    def _put(self, door: Door) -> tuple[float, float]:
        """Add a release; return the seconds from its commit to the feed on the disk, and to the first ping of it."""
        title, known, before = self._title(), self._inode(), len(self.hub.requests)
        watch = sqlite3.connect(self.site / "data" / "catalogue.db", isolation_level=None)

        def version() -> int:
            return int(watch.execute("PRAGMA data_version").fetchone()[0])

        seen = version()
        adding = Thread(target=door, args=(self.site, title))
        adding.start()
        _wait(lambda: version() != seen)
        committed = time.monotonic()
        watch.close()
        _wait(lambda: self._inode() != known and title.encode() in self.file.read_bytes())
        in_feed = time.monotonic() - committed
        _wait(lambda: any(self._is_ping(one) for one in self.hub.requests[before:]))
        pinged = time.monotonic() - committed
        adding.join()
        self._settle()
        return in_feed, pinged

    def _lift(self) -> float:
        """Have an embargo lift; return how many seconds after its time the release is in the feed."""
        title, known = self._title(), self._inode()
        at = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=4)
        words = [sys.executable, str(ROOT / "publisher.py"), "-q", "-C", str(self.site), "release", "add"]
        subprocess.run([*words, "--title", title, "--embargo", at.isoformat()], check=True)
        _wait(lambda: self._inode() != known and title.encode() in self.file.read_bytes())
        late = time.time() - at.timestamp()
        assert late >= 0, "it was out before its time"
        self._settle()
        return late

    def _idle(self, service: Service) -> None:
        """Print what the service takes of a core when nothing happens, and its watch by itself."""
        tools = Tools.of(self.site)
        watch = CatalogueWatch(tools.catalogue)
        began = time.process_time()
        for _ in range(LOOKS):
            watch.state()
            _ = tools.stops.changed_at
        look = (time.process_time() - began) / LOOKS
        watch.close()
        used = _processor_seconds(service.process.pid)
        time.sleep(IDLE_SECONDS)
        whole = (_processor_seconds(service.process.pid) - used) / IDLE_SECONDS
        print(
            f"  idle: a look of the watch takes {look * 1e6:.0f} µs, {look / WATCH_SECONDS:.4%} of a core "
            f"(wanted {IDLE} %); the whole service {whole:.2%}"
        )

    def _title(self) -> str:
        self.number += 1
        return f"Put in as number {self.number}"

    def _inode(self) -> int:
        return self.file.stat().st_ino if self.file.exists() else 0

    def _is_ping(self, request: Request) -> bool:
        return "/feeds/all." in request.topic

    def _settle(self) -> None:
        """Wait until all is pinged, so that the next measurement begins with a service at rest."""
        number = -1
        while number != len(self.hub.requests):
            number = len(self.hub.requests)
            time.sleep(1)


def _wait(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.002)


def _processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
