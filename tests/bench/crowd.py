"""Who uses a site at the same time: they sign up, confirm, poll feeds, read pages, and have mail come back."""

from __future__ import annotations

import random
import re
import smtplib
import socketserver
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from queue import Empty, Queue
from urllib.parse import urlencode

from tests.delivery.returned import a_postfix_report

TOPICS = 60
POLLERS, READERS, SIGNING_UP, CONFIRMING = 80, 20, 24, 6
EVERY = 10.0
"""Seconds between two requests of one who polls or reads."""
TYPING = 2.5
"""Seconds that filling in the form takes; who is quicker is taken for a program."""
PATIENCE = 60.0
PAGES = ("/", "/releases/", "/feeds/", "/subscribe", "/releases/?q=report", "/issues/", "/topics/topic-1")
FULL = "4.2.2", "452 4.2.2 Mailbox full", "failed"


class MailServer(socketserver.ThreadingTCPServer):
    """Takes every mail, counts each by its Message-ID, and keeps the links to confirm and the senders of digests."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.digests, self.letters = Counter[bytes](), Counter[bytes]()
        self.links: Queue[str] = Queue()
        self.senders: Queue[tuple[str, str]] = Queue()
        self.lock = threading.Lock()
        threading.Thread(target=self.serve_forever, args=(0.1,), daemon=True).start()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def take(self, sender: str, recipient: str, content: bytes) -> None:
        found = re.search(rb"^Message-ID: (\S+)", content, re.MULTILINE)
        assert found
        with self.lock:
            if link := re.search(rb"/confirm/[a-z2-7]+", content.replace(b"=\r\n", b"")):
                self.letters[found[1]] += 1
                self.links.put(link[0].decode())
            else:
                self.digests[found[1]] += 1
                self.senders.put((sender, recipient))


class _Talk(socketserver.StreamRequestHandler):
    server: MailServer
    disable_nagle_algorithm = True

    def handle(self) -> None:
        sender = recipient = ""
        self._say("220 ready")
        with suppress(OSError):
            while line := self.rfile.readline():
                verb, inside = line[:4].upper(), line.decode().partition("<")[2].partition(">")[0]
                if verb == b"MAIL":
                    sender = inside
                elif verb == b"RCPT":
                    recipient = inside
                elif verb == b"DATA":
                    self._say("354 go on")
                    self.server.take(sender, recipient, b"".join(iter(self.rfile.readline, b".\r\n")))
                elif verb == b"QUIT":
                    break
                self._say("250 ok")

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


class Crowd:
    """People at the site that listens at `port`, who come and go until they are sent away.

    `sign_ups` is how many sign up in all, `bounces` how many digests come back, both evenly over `seconds`. `failures`
    are answers that nobody should get.
    """

    def __init__(self, port: int, returns: int, mail: MailServer, sign_ups: int, bounces: int, seconds: float) -> None:
        self._port, self._returns, self._mail = port, returns, mail
        self._sign_ups, self._bounces, self._seconds = sign_ups, bounces, seconds
        self.done: Counter[str] = Counter()
        self.failures: list[str] = []
        self._is_over, self._lock = threading.Event(), threading.Lock()
        self._begun = 0.0
        self._number = 0
        self._threads: list[threading.Thread] = []

    def begin(self) -> None:
        self._begun = time.monotonic()
        kinds: tuple[tuple[int, Callable[[random.Random], None]], ...] = (
            (POLLERS, self._poll), (READERS, self._read), (SIGNING_UP, self._sign_up), (CONFIRMING, self._confirm),
            (1, self._send_back),
        )  # fmt: skip
        for number, act in kinds:
            for place in range(number):
                thread = threading.Thread(target=act, args=(random.Random(place),), daemon=True)
                thread.start()
                self._threads.append(thread)

    def end(self) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join(PATIENCE)

    def _poll(self, chance: random.Random) -> None:
        """Ask for a few feeds again and again, as a reader's program does, with the ETag of the last time."""
        feeds = [f"/feeds/{name}.{form}" for name in ("all", f"topics/topic-{chance.randrange(TOPICS)}")
                 for form in ("atom", "rss", "json")]  # fmt: skip
        tags: dict[str, str] = {}
        line = _Line(self._port)
        while not self._is_over.wait(chance.uniform(0, 2 * EVERY)):
            feed = chance.choice(feeds)
            status, headers, _ = line.ask("GET", feed, headers={"If-None-Match": tags[feed]} if feed in tags else {})
            tags[feed] = headers.get("etag", "")
            self._note("polls", status, (200, 304), feed)

    def _read(self, chance: random.Random) -> None:
        line = _Line(self._port)
        while not self._is_over.wait(chance.uniform(0, 2 * EVERY)):
            page = chance.choice(PAGES)
            self._note("pages", line.ask("GET", page)[0], (200,), page)

    def _sign_up(self, chance: random.Random) -> None:
        line = _Line(self._port)
        while (number := self._next()) and not self._is_over.is_set():
            _, _, page = line.ask("GET", "/subscribe")
            formed = re.search(rb'name="formed" value="([^"]+)"', page)
            assert formed, page[:500]
            self._is_over.wait(TYPING)
            topic = f"topic-{chance.randrange(TOPICS)}"
            form = {
                "address": f"reader{number}@d{number % 97}.example.org", "follow": topic,
                f"often {topic}": "immediate", "partners": "yes", "language": "en", "formed": formed[1].decode(),
            }  # fmt: skip
            self._note("sign-ups", line.post("/subscribe", form), (200,), "/subscribe")

    def _next(self) -> int:
        """Return the number of who signs up next, when it is their time; 0 when all have."""
        with self._lock:
            self._number += 1
            number = self._number
        if number > self._sign_ups:
            return 0
        self._is_over.wait(max(self._begun + self._seconds * number / self._sign_ups - time.monotonic(), 0))
        return number

    def _confirm(self, chance: random.Random) -> None:
        line = _Line(self._port)
        while not self._is_over.is_set():
            with suppress(Empty):
                link = self._mail.links.get(timeout=1)
                _, _, page = line.ask("GET", link)
                seen = re.search(rb'name="seen" value="([^"]*)"', page)
                form = {"seen": seen[1].decode()} if seen else {}
                self._note("confirmed", line.post(link, form), (200,), "/confirm")

    def _send_back(self, chance: random.Random) -> None:
        """Have some digests come back as if the mailbox were full."""
        for number in range(self._bounces):
            self._is_over.wait(max(self._begun + self._seconds * number / self._bounces - time.monotonic(), 0))
            sender = recipient = ""
            while not (sender or self._is_over.is_set()):
                with suppress(Empty):
                    sender, recipient = self._mail.senders.get(timeout=1)
            if not sender:
                return
            status, said, action = FULL
            token = sender.partition("@")[0].partition("+")[2]
            report = a_postfix_report(token, recipient, status=status, said=said, action=action)
            with smtplib.LMTP("127.0.0.1", self._returns) as line:
                line.sendmail("", sender, report.replace(b"\n", b"\r\n"))
            self.done["bounces"] += 1

    def _note(self, what: str, status: int, wanted: tuple[int, ...], where: str) -> None:
        with self._lock:
            self.done[what] += 1
            if status not in wanted and not self._is_over.is_set():
                self.failures.append(f"{where}: {status}")


class _Line:
    """A connection that is kept, and opened again when the service has ended it."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)

    def ask(
        self, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        for attempt in (1, 2):
            try:
                self._connection.request(method, path, body, headers or {})
                answer = self._connection.getresponse()
                named = {name.lower(): value for name, value in answer.getheaders()}
                return answer.status, named, answer.read()
            except (OSError, HTTPException):
                self._connection.close()
                if attempt == 2:
                    return 0, {}, b""
        raise AssertionError

    def post(self, path: str, form: dict[str, str]) -> int:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", path, urlencode(form), headers)[0]
