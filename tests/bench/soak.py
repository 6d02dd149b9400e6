"""About an hour of a busy site: releases, sign-ups, digests, bounces, and a hundred who poll and read throughout.

`PRESSROOM_MINUTES` makes it shorter, with as much less of all.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from pressroom import commands
from pressroom.models.people import Frequency
from pressroom.publishing.digests import readers_owed
from pressroom.tools import Tools
from tests.bench.crowd import TOPICS, Crowd, MailServer
from tests.running import ROOT

WHOLE = 66.0
"""Minutes: a run comes a minute after the first release that it tells of, and there are to be sixty."""
MINUTES = float(os.environ.get("PRESSROOM_MINUTES", WHOLE))
RELEASES, SIGN_UPS, RUNS, BOUNCES = (int(number * MINUTES / WHOLE) for number in (500, 20_000, 60, 2_000))
AT_THE_END = 180.0
"""Seconds in which the last digest goes out when nothing comes in any more."""
SETTLED, LASTS, TOLERANCE = 5 / 60, 1 / 60, 0.10
"""Parts of the time: when memory is looked at first, over how long; and how much it may differ at the end."""


def run() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Soak(Path(folder) / "site").run()


class Soak:
    def __init__(self, site: Path) -> None:
        self.site, self.mail = site, MailServer()
        assert commands.run(["-q", "-C", str(site), "init"]) == 0
        (site / "publisher.toml").write_text(f"""
[digest]
quiet_minutes = 1
longest_wait_minutes = 1

[web]
sign_ups_an_hour = 1000000
sign_ups_from_an_address = 1000000

[bounces]
address = "bounces@example.org"
listen = "127.0.0.1:0"

[smtp]
host = "127.0.0.1"
port = {self.mail.port}
security = "none"
""")
        with sqlite3.connect(site / "data" / "catalogue.db") as catalogue:
            catalogue.executemany(
                "INSERT INTO topics (pk, slug, name) VALUES (?, ?, ?)",
                [(pk, f"topic-{pk - 1}", f"Topic {pk - 1}") for pk in range(1, TOPICS + 1)],
            )
        catalogue.close()
        for number in range(TOPICS):  # a topic is offered once something on it is out
            self._add(number, "Background")
        assert commands.run(["-q", "-C", str(site), "publish", "--feeds-only"]) == 0
        self.said: list[str] = []
        self.memory: list[tuple[float, float]] = []

    def run(self) -> None:
        service = subprocess.Popen(
            [sys.executable, str(ROOT / "publisher.py"), "-C", str(self.site), "serve", "--port", "0"],
            stderr=subprocess.PIPE,
            text=True,
        )
        threading.Thread(target=self._listen, args=(service,), daemon=True).start()
        port, returns = self._port("Serving"), self._port("Taking mail")
        crowd = Crowd(port, returns, self.mail, SIGN_UPS, BOUNCES, MINUTES * 60 * 0.95)
        begun = time.monotonic()
        crowd.begin()
        for number in range(RELEASES):
            self._wait_until(begun + MINUTES * 60 * number / RELEASES, service.pid, begun)
            self._add(number)
        self._wait_until(begun + MINUTES * 60, service.pid, begun)
        crowd.end()
        self._wait_for_the_last(service.pid, begun)
        service.send_signal(signal.SIGTERM)
        assert service.wait(10) == 0
        self._tell(crowd)

    def _listen(self, service: subprocess.Popen[str]) -> None:
        assert service.stderr
        for line in service.stderr:
            self.said.append(line)

    def _port(self, begin: str) -> int:
        until = time.monotonic() + 30
        while time.monotonic() < until:
            for line in self.said:
                if begin in line:
                    place = line.partition("127.0.0.1:")[2]
                    return int("".join(letter for letter in place.partition("/")[0] if letter.isdigit()))
            time.sleep(0.1)
        raise AssertionError("".join(self.said))

    def _wait_until(self, moment: float, pid: int, begun: float) -> None:
        """Wait, and look at the memory of the service each second."""
        while (left := moment - time.monotonic()) > 0:
            time.sleep(min(left, 1))
            pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
            self.memory.append((time.monotonic() - begun, pages * os.sysconf("SC_PAGE_SIZE") / 1e6))

    def _add(self, number: int, title: str = "Report") -> None:
        with sqlite3.connect(self.site / "data" / "catalogue.db", timeout=30) as catalogue:
            cursor = catalogue.execute(
                "INSERT INTO releases (title, summary) VALUES (?, ?)",
                (f"{title} {number}", "What was found, and what it means for those who decide. " * 8),
            )
            catalogue.execute(
                "INSERT INTO release_topics (release, topic) VALUES (?, ?)", (cursor.lastrowid, number % TOPICS + 1)
            )
        catalogue.close()

    def _wait_for_the_last(self, pid: int, begun: float) -> None:
        until = time.monotonic() + AT_THE_END
        tools = Tools.of(self.site)
        while time.monotonic() < until:
            self._wait_until(time.monotonic() + 5, pid, begun)
            with tools.open_store() as store:
                # In this order: what is owed no more waits by then, or has gone.
                owed = readers_owed(store, tools, datetime.now(UTC)).readers[Frequency.IMMEDIATE]
                waiting = store.deliveries.count_waiting() + store.letters.count_waiting()
            if not (waiting or owed):
                return
        raise AssertionError(f"{waiting} message(s) wait still, and {owed} people are owed something")

    def _tell(self, crowd: Crowd) -> None:
        with Tools.of(self.site).open_store() as store:
            runs = [one.counts for one in store.runs.all()]
            readers = store.subscribers.counts().get("active", 0)
            assert not store.damage()
        sent, enlisted = sum(one.sent for one in runs), sum(one.enlisted for one in runs)
        twice = [one for one, number in (self.mail.digests + self.mail.letters).items() if number > 1]
        troubles = [line for line in self.said if " ERROR " in line or " WARNING " in line]
        done = ", ".join(f"{number:,} {what}" for what, number in sorted(crowd.done.items()))
        print(f"  {MINUTES:g} minutes: {RELEASES:,} releases, {len(runs):,} runs, {readers:,} readers; {done}")
        arrived, early, late = self.mail.digests.total(), self._memory(SETTLED), self._memory(1 - LASTS)
        print(f"  {enlisted:,} digests enlisted, {sent:,} sent, {arrived:,} arrived, {len(twice)} twice")
        if enlisted != sent:
            print(f"  of the others: {[one.as_dict() for one in runs if one.enlisted != one.sent]}")
        most = max(size for _, size in self.memory)
        print(
            f"  memory: {early:.0f} MB after a twelfth of the time, {late:.0f} MB at the end "
            f"({late / early - 1:+.1%}, wanted ±{TOLERANCE:.0%}), {most:.0f} MB at most"
        )
        print(f"  {len(troubles)} error(s) or warning(s) in the log, {len(crowd.failures)} answer(s) that nobody wants")
        for line in [*troubles, *crowd.failures][:10]:
            print(f"    {line.rstrip()}")
        assert len(runs) >= RUNS, f"{RUNS} runs were wanted"
        assert enlisted == sent == self.mail.digests.total() > 0, "a delivery was lost"
        assert not twice, "somebody got it twice"
        assert not troubles, "there is trouble in the log"
        assert not crowd.failures, "somebody got no answer, or a wrong one"

    def _memory(self, part: float) -> float:
        """Return the median of the memory in a stretch that begins after so much of the time."""
        begin, end = part * MINUTES * 60, (part + LASTS) * MINUTES * 60
        sizes = sorted(size for moment, size in self.memory if begin <= moment <= end)
        return sizes[len(sizes) // 2]
