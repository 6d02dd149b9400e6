"""A sender that is killed while it sends, again and again, and a mail server that keeps what it was given.

What is lost, comes twice, or is not accounted for would show: `./run bench kill`, and a short form among the tests.
"""

from __future__ import annotations

import random
import signal
import socketserver
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pressroom import commands
from pressroom.models.people import Frequency
from pressroom.models.runs import Counts
from pressroom.publishing.digests import open_run_by_hand
from pressroom.settings import Smtp
from pressroom.tools import Tools

ROOT = Path(__file__).parent.parent.parent
IN_FLIGHT = Smtp().connections
"""How many messages are on their way at once: one on each connection (R6)."""


class Dump(socketserver.ThreadingTCPServer):
    """An SMTP server on loopback that takes every message, and counts by recipient what it was given whole."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, thinks_for: float = 0, port: int = 0) -> None:
        """It is silent for `thinks_for` seconds before each answer: so more kills meet a message on its way."""
        super().__init__(("127.0.0.1", port), _Session)
        self.thinks_for = thinks_for
        self.sends_away_after: tuple[int, str | None] | None = None
        """After so many messages, what it says to the next command of anybody before it hangs up."""
        self.taken: Counter[str] = Counter()
        self.message_ids: dict[str, set[str]] = {}
        self._lock = threading.Lock()
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def number(self) -> int:
        return sum(self.taken.values())

    def take(self, recipient: str, message: bytes) -> None:
        lines = message.split(b"\r\n")
        (message_id,) = (line for line in lines if line.lower().startswith(b"message-id:"))
        with self._lock:
            self.taken[recipient] += 1
            self.message_ids.setdefault(recipient, set()).add(message_id.decode())

    def handle_error(self, *_: object) -> None:
        """Say nothing of a sender that was killed: that is what it is for."""


class _Session(socketserver.StreamRequestHandler):
    server: Dump
    disable_nagle_algorithm = True  # or each answer waits 40 ms for the one before to be acknowledged

    def handle(self) -> None:
        recipient = ""
        self.wfile.write(b"220 dump\r\n")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            time.sleep(self.server.thinks_for)
            if (away := self.server.sends_away_after) and self.server.number >= away[0]:
                self.wfile.write(f"{away[1]}\r\n".encode() if away[1] else b"")
                return
            if verb == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                self.server.take(recipient, b"".join(iter(self._next_line, b"")))
                time.sleep(self.server.thinks_for)
                self.wfile.write(b"250 taken\r\n")
            elif verb == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                if verb == b"RCPT":
                    recipient = line.decode().partition("<")[2].partition(">")[0]
                self.wfile.write(b"250 ok\r\n")

    def _next_line(self) -> bytes:
        """Return a line of the message, "" at the lone dot; what breaks off before that ends the session."""
        line = self.rfile.readline()
        if not line:
            raise ConnectionResetError
        return b"" if line == b".\r\n" else line

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()


@dataclass
class Killing:
    """A site with `readers` who are owed a digest, and its sender; `kills` counts how often that has died."""

    site: Path
    dump: Dump
    readers: int
    kills: int = 0
    chance: random.Random = field(default_factory=random.Random)

    def kill_once(self, most_at_once: int) -> bool:
        """Let the sender send some messages, kill it at a random moment, and look at the accounts.

        False once it has come to its end by itself.
        """
        sender = subprocess.Popen(
            [sys.executable, str(ROOT / "publisher.py"), "-q", "-C", str(self.site), "deliver"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = self.dump.number + self.chance.randint(1, most_at_once)
        while self.dump.number < until and sender.poll() is None:
            time.sleep(0.001)
        time.sleep(self.chance.uniform(0, 0.004 + 4 * self.dump.thinks_for))  # about as long as a message takes
        has_ended = sender.poll() is not None
        sender.send_signal(signal.SIGKILL)
        sender.wait()
        self.kills += not has_ended
        self.check()
        return not has_ended

    def check(self) -> None:
        """Raise where the accounts are wrong at this moment: nobody twice, none unknown but what was in flight."""
        now = counts(self.site)
        said = now.as_dict()
        assert sum(said.values()) - said["enlisted"] == now.enlisted == self.readers
        assert max(self.dump.taken.values(), default=0) <= 1, "a message came twice"
        assert all(len(ids) == 1 for ids in self.dump.message_ids.values())
        assert now.unknown <= self.kills * IN_FLIGHT, "more are unknown than were in flight"
        assert now.failed == now.suppressed == now.cancelled == 0
        assert now.sent <= self.dump.number <= now.sent + now.unknown + now.waiting

    def check_the_end(self) -> Counts:
        """Raise where anything is lost: who got nothing is one whose fate is unknown, and shown as such."""
        now = counts(self.site)
        assert now.waiting == 0
        assert now.sent + now.unknown == self.readers
        with Tools.of(self.site).open_store() as store:
            states = {
                store.subscribers.by_pk(one.subscriber or 0).address: str(one.state)  # type: ignore[union-attr]
                for one in store.deliveries.of_run(store.runs.all()[-1].pk)
            }
        missing = {address for address in states if not self.dump.taken[address]}
        assert {states[address] for address in missing} <= {"unknown"}, "a message was lost"
        return now


def counts(site: Path) -> Counts:
    """Return the accounts of the newest run."""
    with Tools.of(site).open_store() as store:
        return store.runs.all()[-1].counts


def make_site(site: Path, readers: int, port: int) -> None:
    """Make a site that has frozen a digest for so many readers, and sends to a server at `port`."""
    assert commands.run(["-q", "-C", str(site), "init"]) == 0
    people = site / "people.csv"
    rows = (f"r{number:05}@example.org,all,daily\n" for number in range(readers))
    people.write_text("address,topics,frequency\n" + "".join(rows))
    for words in (
        ["subscriber", "import", str(people), "--basis", "members"],
        ["release", "add", "--title", "Floods", "--summary", "What was found, and what it means."],
        ["publish", "--feeds-only"],
    ):
        assert commands.run(["-q", "-C", str(site), *words]) == 0, words
    smtp = f'[smtp]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\n'
    (site / "publisher.toml").write_text(smtp)
    tools = Tools.of(site)
    with tools.open_store() as store:
        open_run_by_hand(store, tools, datetime.now(UTC).replace(microsecond=0), [Frequency.DAILY])
