"""Signing up over HTTP: in the same time for who is known and who is not, and while a digest goes out."""

from __future__ import annotations

import http.client
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import urlencode

from pressroom import commands
from tests.bench.serving import ROOT, Server, serving

PAIRS, MOST_APART = 1_000, 0.002
A_SECOND, SECONDS, LINES, READERS = 200, 10, 16, 10_000
WISH = {"follow": "all", "often all": "daily", "partners": "yes", "language": "en"}


def run() -> None:
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder) / "site"
        _make(site)
        with serving(site, "--passive") as server:
            tell_known_from_unknown(server)
        with serving(site, "--passive") as server:
            sign_up_while_a_digest_goes_out(server, site)


def tell_known_from_unknown(server: Server) -> None:
    """Send the form for a subscriber and for a stranger in turn; compare the answers, and the medians of the times."""
    line, formed = http.client.HTTPConnection("127.0.0.1", server.port), _formed(server)
    took: dict[bool, list[float]] = {True: [], False: []}
    answers = set()
    for number in range(PAIRS):
        for is_known in (True, False) if number % 2 else (False, True):
            # Both are spelt alike, so that nothing but what the catalogue holds tells them apart.
            address = f"{'r' if is_known else 's'}{number:05}@example.org"
            begun = time.perf_counter()
            answer = _sent(line, formed, address)
            took[is_known].append(time.perf_counter() - begun)
            assert address.encode() in answer
            answers.add(answer.replace(address.encode(), b"ADDRESS"))
    assert len(answers) == 1, "known and unknown addresses get other answers"
    known, unknown = (statistics.median(took[one]) for one in (True, False))
    verdict = "" if abs(known - unknown) <= MOST_APART else f"   MORE THAN {MOST_APART * 1000:.0f} ms APART"
    print(f"  {PAIRS:,} pairs   known {known * 1000:.2f} ms, unknown {unknown * 1000:.2f} ms{verdict}")


def sign_up_while_a_digest_goes_out(server: Server, site: Path) -> None:
    """Send so many forms a second, on time whether the answers come or not, while another process sends a digest."""
    formed = _formed(server)
    command = [sys.executable, str(ROOT / "publisher.py"), "-q", "-C", str(site), "digest", "send", "--yes"]
    begun = time.perf_counter()
    digest = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    late: list[float] = []
    threads = [threading.Thread(target=_send_in_turn, args=(server, formed, start, late)) for start in range(LINES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begun
    was_going_out = digest.poll() is None
    assert digest.wait(600) in (0, 3)
    assert len(late) == A_SECOND * SECONDS, f"{A_SECOND * SECONDS - len(late)} forms got no answer"
    slowest = sorted(late)[int(len(late) * 0.95)]
    print(f"  {len(late):,} forms in {seconds:.1f} s while a digest for {READERS:,} "
          f"{'went' if was_going_out else 'WENT ONLY FOR A WHILE'} out   95 of 100 answered within "
          f"{slowest * 1000:.0f} ms of their time, no error")  # fmt: skip


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
    for words in (
        ["subscriber", "import", str(people), "--basis", "bench"],
        ["release", "add", "--title", "Floods", "--summary", "What was found, and what it means."],
        ["publish", "--feeds-only"],
    ):
        assert commands.run(["-q", "-C", str(site), *words]) == 0, words


def _formed(server: Server) -> str:
    """Open the form, and return its seal when it may be sent: nobody types faster than two seconds."""
    _, _, content = server.get("/subscribe", {})
    found = re.search(rb'name="formed" value="([^"]+)"', content)
    assert found
    time.sleep(2.5)
    return found[1].decode()


def _sent(line: http.client.HTTPConnection, formed: str, address: str) -> bytes:
    """Send the form and return the page that says so."""
    body = urlencode(WISH | {"address": address, "formed": formed})
    line.request("POST", "/subscribe", body, {"content-type": "application/x-www-form-urlencoded"})
    answer = line.getresponse()
    content = answer.read()
    assert answer.status == 200, (answer.status, content)
    return content
