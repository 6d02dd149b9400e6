"""Signing up over HTTP: in the same time for who is known and who is not, and while a digest goes out."""

from __future__ import annotations

import http.client
import re
import statistics
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

from pressroom import commands
from pressroom.membership import subscribe, unsubscribe
from pressroom.models.people import Subscriber
from pressroom.tools import Tools
from tests.bench.serving import Server, serving

PAIRS, MOST_APART = 1_000, 0.002
KINDS = ("reader", "unknown", "pending", "ended", "suppressed")
"""What somebody is to the catalogue who is typed into the form; the first letter begins their addresses."""
A_SECOND, SECONDS, LINES, READERS = 200, 10, 16, 10_000
WISH = {"follow": "all", "often all": "daily", "partners": "yes", "language": "en"}


def run() -> None:
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder) / "site"
        _make(site)
        with serving(site, "--passive") as server:
            tell_known_from_unknown(server)
        with serving(site) as server:
            sign_up_while_a_digest_goes_out(server, site)


def tell_known_from_unknown(server: Server) -> None:
    """Send the form for each of KINDS in turn; compare the answers, and the medians of the times."""
    line, formed = http.client.HTTPConnection("127.0.0.1", server.port), _formed(server)
    took: dict[str, list[float]] = {kind: [] for kind in KINDS}
    answers = set()
    for number in range(PAIRS):
        # In another order each time. All are spelt alike: nothing but what the catalogue holds tells them apart.
        for kind in [*KINDS[number % len(KINDS) :], *KINDS[: number % len(KINDS)]]:
            address = f"{kind[0]}{number:05}@example.org"
            begun = time.perf_counter()
            answer, headers = _sent(line, formed, address)
            took[kind].append(time.perf_counter() - begun)
            assert address.encode() in answer
            answers.add((answer.replace(address.encode(), b"ADDRESS"), headers))
    assert len(answers) == 1, "known and unknown addresses get other answers"
    medians = {kind: statistics.median(took[kind]) for kind in KINDS}
    apart = max(medians.values()) - min(medians.values())
    told = ", ".join(f"{kind} {median * 1000:.2f}" for kind, median in medians.items())
    print(f"  {PAIRS:,} forms of each   {told} ms")
    assert apart <= MOST_APART, f"they are {apart * 1000:.2f} ms apart"


def sign_up_while_a_digest_goes_out(server: Server, site: Path) -> None:
    """Send so many forms a second, on time whether the answers come or not, while the same service sends a digest."""
    formed = _formed(server)
    command = ["-q", "-C", str(site), "release", "add", "--title", "Now", "--urgent"]
    assert commands.run(command) == 0
    while not (waiting := _waiting(site)):
        time.sleep(0.05)
    begun = time.perf_counter()
    late: list[float] = []
    threads = [threading.Thread(target=_send_in_turn, args=(server, formed, start, late)) for start in range(LINES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begun
    left = _waiting(site)
    assert len(late) == A_SECOND * SECONDS, f"{A_SECOND * SECONDS - len(late)} forms got no answer"
    slowest = sorted(late)[int(len(late) * 0.95)]
    print(f"  {len(late):,} forms in {seconds:.1f} s while a digest "
          f"{'went' if left else 'WENT ONLY FOR A WHILE'} out ({waiting - left:,} mails left)   95 of 100 answered "
          f"within {slowest * 1000:.0f} ms of their time, no error")  # fmt: skip


def _send_in_turn(server: Server, formed: str, start: int, late: list[float]) -> None:
    line, begun = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60), time.perf_counter()
    for number in range(start, A_SECOND * SECONDS, LINES):
        due = begun + number / A_SECOND
        time.sleep(max(due - time.perf_counter(), 0))
        _sent(line, formed, f"n{number}@example.org")
        late.append(time.perf_counter() - due)


def _make(site: Path) -> None:
    """Make a site with something out, and subscribers who are owed it daily."""
    assert commands.run(["-q", "-C", str(site), "init"]) == 0
    limits = "sign_ups_an_hour = 1000000\nsign_ups_from_an_address = 1000000\n"
    (site / "publisher.toml").write_text(f"[web]\n{limits}")
    people = site / "people.csv"
    rows = (f"r{number:05}@example.org,all,daily\n" for number in range(READERS))
    people.write_text("address,topics,frequency\n" + "".join(rows))
    never = site / "never.csv"
    never.write_text("address\n" + "".join(f"s{number:05}@example.org\n" for number in range(PAIRS)))
    for words in (
        ["subscriber", "import", str(people), "--basis", "bench"],
        ["subscriber", "import", str(never), "--suppressed"],
        ["release", "add", "--title", "Floods", "--summary", "What was found, and what it means."],
        ["publish", "--feeds-only"],
    ):
        assert commands.run(["-q", "-C", str(site), *words]) == 0, words
    tools = Tools.of(site)
    with tools.open_store() as store, store.atomic():
        now = datetime.now(UTC)
        for number in range(PAIRS):
            for kind in ("pending", "ended"):
                person = Subscriber(f"{kind[0]}{number:05}@example.org")
                subscribe(store, tools, person, [], now, confirmed=kind == "ended", how="bench")
                if kind == "ended":
                    unsubscribe(store, tools, person.address, now, "bench")


def _waiting(site: Path) -> int:
    with Tools.of(site).open_store() as store:
        return store.deliveries.count_waiting()


def _formed(server: Server) -> str:
    """Open the form, and return its seal when it may be sent: nobody types faster than two seconds."""
    _, _, content = server.get("/subscribe", {})
    found = re.search(rb'name="formed" value="([^"]+)"', content)
    assert found
    time.sleep(2.5)
    return found[1].decode()


def _sent(line: http.client.HTTPConnection, formed: str, address: str) -> tuple[bytes, tuple[tuple[str, str], ...]]:
    """Send the form and return the page that says so, and its headers but for the time."""
    body = urlencode(WISH | {"address": address, "formed": formed})
    line.request("POST", "/subscribe", body, {"content-type": "application/x-www-form-urlencoded"})
    answer = line.getresponse()
    content = answer.read()
    assert answer.status == 200, (answer.status, content)
    return content, tuple(header for header in answer.getheaders() if header[0].lower() != "date")
