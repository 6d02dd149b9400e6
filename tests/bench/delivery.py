"""Digests handed over to smtp-sink, the ledger on, next to smtp-source (Debian's postfix) and nodemailer (npm)."""

from __future__ import annotations

import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from functools import partial
from pathlib import Path

from pressroom.delivery.dkim import DkimKeys
from pressroom.delivery.mime import encode
from pressroom.publishing.composing import DigestBuilder, compose_digest
from pressroom.tools import Tools
from tests.bench.building import decoded
from tests.bench.digest_site import READERS, freeze, make_site
from tests.delivery.scripted import scripted

ROOT = Path(__file__).parent.parent.parent
ROUNDS, CONNECTIONS, SIGNED, MANY = 5, 8, 500, 100_000
SMALLEST, LARGEST = 35_000, 40_000
"""Bytes of a message on average."""
RSA, PLAIN = '[dkim]\nselectors = ["bench"]\n', ""
WANTED = {"no DKIM, one process": 0.9, "RSA-2048, one process": 0.26, "RSA-2048, two processes": 0.4}


@dataclass
class Taken:
    """What it took to hand over all messages, in each round: seconds, of a processor too, and megabytes."""

    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    peak: list[float] = field(default_factory=list)


def run() -> None:
    if not (shutil.which("smtp-sink", path=_PATH) and shutil.which("smtp-source", path=_PATH)):
        print("  skipped: smtp-sink and smtp-source are not here (Debian: apt-get install postfix)")
        return
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        bench.prepare()
        bench.check()
        with bench.sink():
            found: dict[str, Taken] = {}
            for _ in range(ROUNDS):
                for name, send in bench.senders().items():
                    send(found.setdefault(name, Taken()))
        tell(found, bench.bare_signature())
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), MANY)
        bench.prepare()
        with bench.sink():
            bench.watch_memory()


_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin"


class Bench:
    """A site with a frozen digest, kept aside to be sent again and again, and the server it is sent to."""

    def __init__(self, folder: Path, readers: int = READERS) -> None:
        self.folder, self.readers = folder, readers
        self.site, self.kept = folder / "site", folder / "kept.db"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.size = 0

    def prepare(self) -> None:
        tools = make_site(self.site, readers=self.readers)
        with tools.open_store() as store:
            freeze(store, tools)
        shutil.copy(self.site / "data" / "catalogue.db", self.kept)
        DkimKeys(self.site / "data" / "dkim").generate("bench", "rsa")
        self.general = (self.site / "publisher.toml").read_text()

    def check(self) -> None:
        """The oracle: what came over the wire is, decoded, what each message is when it is rendered by itself."""
        with scripted({}, offers=("PIPELINING",)) as server:
            self._deliver(1, RSA, server.port)
            self.size = round(statistics.mean(map(len, server.messages)))
            self._compare(server.messages)
        assert SMALLEST <= self.size <= LARGEST, f"messages have {self.size} bytes on average"
        print(
            f"  {self.readers:,} messages came as each is when it is made alone, {self.size / 1000:.1f} KB on average"
        )

    def _compare(self, messages: Sequence[bytes]) -> None:
        tools, arrived = Tools.of(self.site), dict[str, tuple[bytes, dict[str, str]]]()
        for content in messages:
            parsed = message_from_bytes(content, policy=default)
            arrived[parsed["To"].addresses[0].addr_spec] = (content, dict(parsed.items()))
        assert len(arrived) == len(messages) == self.readers
        with tools.open_store() as store:
            run = store.runs.get(1)
            for delivery in store.deliveries.of_run(run.pk):
                reader = store.subscribers.by_pk(delivery.subscriber or 0)
                assert reader
                alone = compose_digest(tools, reader, store.runs.bundle(delivery.bundle), run)
                content, head = arrived[reader.address]
                assert decoded(content) == [str(alone.text), str(alone.html)]
                for name in ("Subject", "List-Unsubscribe", "Message-ID"):
                    assert head[name] == dict(alone.headers)[name]
                assert "DKIM-Signature" in head

    def senders(self) -> dict[str, Callable[[Taken], None]]:
        ways: dict[str, Callable[[Taken], None]] = {
            "smtp-source": partial(self._smtp_source),
            "smtp-source, connections kept": partial(self._smtp_source, "-d"),
            "no DKIM, one process": partial(self._ours, 1, PLAIN),
            "RSA-2048, one process": partial(self._ours, 1, RSA),
            "RSA-2048, two processes": partial(self._ours, 2, RSA),
            "no DKIM, all made before": partial(self._ours, 1, PLAIN, "making"),
            "the same without a ledger": partial(self._ours, 1, PLAIN, "ledger"),
        }
        if (ROOT / "tests/npm/node_modules/nodemailer").is_dir():
            ways["nodemailer, no DKIM"] = self._nodemailer
            ways["nodemailer, DKIM"] = partial(self._nodemailer, str(self.site / "data/dkim/bench.pem"))
        return ways

    @contextmanager
    def sink(self) -> Iterator[None]:
        words = ["smtp-sink", "-u", "nobody"] if os.geteuid() == 0 else ["smtp-sink"]
        with subprocess.Popen([*words, f"127.0.0.1:{self.port}", "100"], env={"PATH": _PATH}, cwd="/") as server:
            until = time.monotonic() + 10
            while True:
                try:
                    socket.create_connection(("127.0.0.1", self.port)).close()
                    break
                except OSError:
                    assert time.monotonic() < until, "smtp-sink did not start"
            try:
                yield
            finally:
                server.terminate()

    def bare_signature(self) -> float:
        """Return the seconds that one RSA signature takes one processor."""
        key = DkimKeys(self.site / "data" / "dkim").get("bench")
        rounds = []
        for _ in range(ROUNDS):
            began = time.process_time()
            for number in range(SIGNED):
                key.sign(b"%d" % number)
            rounds.append((time.process_time() - began) / SIGNED)
        return statistics.median(rounds)

    def watch_memory(self) -> None:
        """Send to many, and look how much memory that takes on the way."""
        self._set(PLAIN, self.port)
        with _sender(self.site) as sender:
            sender.stdout.readline()  # type: ignore[union-attr]
            _begin(sender)
            sizes = []
            while sender.poll() is None:
                sizes.append(_resident(sender.pid))
                time.sleep(0.1)
            document = json.loads(sender.stdout.read())  # type: ignore[union-attr]
        assert document["sent"] == self.readers
        tenths = [max(sizes[len(sizes) * part // 10 : len(sizes) * (part + 1) // 10 + 1]) for part in (1, 4, 9)]
        print(
            f"  {self.readers:,} recipients: {document['peak']:.0f} MB at most; after a tenth, half and all of them "
            + ", ".join(f"{size:.0f}" for size in tenths)
            + f" MB ({self.readers / (document['ended'] - document['began']):,.0f} a second)"
        )

    def _smtp_source(self, *rest: str) -> None:
        *words, taken = rest
        assert isinstance(taken, Taken)
        amount = ["-s", str(CONNECTIONS), "-m", str(self.readers), "-l", str(self.size)]
        began = time.perf_counter()
        subprocess.run(["smtp-source", *words, *amount, f"127.0.0.1:{self.port}"], env={"PATH": _PATH}, check=True)
        taken.seconds.append(time.perf_counter() - began)

    def _ours(self, processes: int, settings: str, *rest: str | Taken) -> None:
        *left, taken = rest
        assert isinstance(taken, Taken)
        documents = self._deliver(processes, settings, self.port, *map(str, left))
        assert sum(one["sent"] for one in documents) == self.readers
        taken.seconds.append(max(one["ended"] for one in documents) - min(one["began"] for one in documents))
        taken.cpu.append(sum(one["cpu"] for one in documents))
        taken.peak.append(max(one["peak"] for one in documents))

    def _deliver(self, processes: int, settings: str, port: int, *left: str) -> list[dict[str, float]]:
        """Send in so many processes, which leave out some of it if asked to, and return what they say."""
        self._set(settings, port)
        words, environment = _words(self.site, *left), _as_installed()
        senders = [subprocess.Popen(words, stdin=-1, stdout=-1, text=True, cwd=ROOT, env=environment)
                   for _ in range(processes)]  # fmt: skip
        for sender in senders:
            assert sender.stdout
            assert sender.stdout.readline() == "ready\n"
        for sender in senders:
            _begin(sender)
        return [json.loads(sender.communicate()[0]) for sender in senders]

    def _set(self, settings: str, port: int) -> None:
        """Put the frozen digest back, and say how it is sent."""
        for rest in ("-wal", "-shm"):
            (self.site / "data" / f"catalogue.db{rest}").unlink(missing_ok=True)
        shutil.copy(self.kept, self.site / "data" / "catalogue.db")
        smtp = f'[smtp]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\nconnections = {CONNECTIONS}\n'
        (self.site / "publisher.toml").write_text(f"{self.general}\n{smtp}{settings}")
        tools = Tools.of(self.site)
        with tools.open_store() as store:
            tools.arm(store)  # what is put back is a copy, which would send nothing

    def _nodemailer(self, *rest: str | Taken) -> None:
        *key, taken = rest
        assert isinstance(taken, Taken)
        words = ["node", str(ROOT / "tests/bench/nodemailer.mjs"), str(self.port), str(self._as_json()), *map(str, key)]
        said = subprocess.run(words, check=True, capture_output=True, text=True).stdout
        taken.seconds.append(float(said))

    def _as_json(self) -> Path:
        """Write a message of average size as nodemailer's yardstick reads it, with the token of each reader."""
        path = self.folder / "nodemailer.json"
        if path.exists():
            return path
        self._set(PLAIN, self.port)
        tools = Tools.of(self.site)
        with tools.open_store() as store:
            builder, deliveries = DigestBuilder(store, tools), store.deliveries.of_run(1)
            built = [(one, message) for one in deliveries[:200] if (message := builder.build(one))]
            delivery, message = min(built, key=lambda pair: abs(len(encode(pair[1])) - self.size))
            slot = store.subscribers.by_pk(delivery.subscriber or 0).unsubscribe_token  # type: ignore[union-attr]
            people = [{"to": f"reader{one.subscriber}@example.org", "token": f"{one.pk:026}"} for one in deliveries]
        document = {"html": str(message.html), "text": str(message.text), "slot": slot, "people": people}
        path.write_text(json.dumps(document))
        return path


def tell(found: dict[str, Taken], bare: float, messages: int = READERS) -> None:
    """Print the medians, as ratios to smtp-source."""
    base = statistics.median(found["smtp-source"].seconds)
    print(f"  {'':<30}{'a second':>9}{'ratio':>7}{'wanted':>8}{'µs of a processor':>19}{'peak MB':>9}")
    for name, taken in found.items():
        seconds = statistics.median(taken.seconds)
        cpu = f"{statistics.median(taken.cpu) / messages * 1e6:19.0f}" if taken.cpu else f"{'':19}"
        peak = f"{statistics.median(taken.peak):9.0f}" if taken.peak else ""
        wanted = f"{WANTED[name]:8.2f}" if name in WANTED else f"{'':8}"
        print(f"  {name:<30}{messages / seconds:9,.0f}{base / seconds:7.2f}{wanted}{cpu}{peak}".rstrip())
    signed = messages / statistics.median(found["RSA-2048, one process"].seconds)
    share = signed * bare
    print(f"  a processor makes {1 / bare:,.0f} RSA signatures a second; ours sends {share:.0%} of that (wanted 70%)")


def _as_installed() -> dict[str, str]:
    """Return an environment in which Python keeps what it has compiled, as it does where it is installed."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _words(site: Path, *left: str) -> list[str]:
    return [sys.executable, "-m", "tests.bench.sender", str(site), *left]


def _begin(sender: subprocess.Popen[str]) -> None:
    assert sender.stdin
    sender.stdin.write("\n")
    sender.stdin.flush()


@contextmanager
def _sender(site: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(_words(site), stdin=-1, stdout=-1, text=True, cwd=ROOT) as sender:
        yield sender


def _resident(pid: int) -> float:
    """Return how many megabytes a process has in memory now."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    except (OSError, IndexError):
        return 0
