"""A mail server that does as the test says: its answers, what it offers, when it is silent and when it hangs up."""

from __future__ import annotations

import socket
import socketserver
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

HANGS_UP = None
SILENCE = ""
PATIENCE = 20.0

Answers = Mapping[str, str | None]


@dataclass
class Session:
    """What one connection saw: the commands, which of them came together, and the messages with their dots undone."""

    commands: list[str] = field(default_factory=list)
    together: list[int] = field(default_factory=list)
    messages: list[bytes] = field(default_factory=list)

    @property
    def verbs(self) -> list[str]:
        """What was asked, but for the leave that is taken, which nobody waits for."""
        return [verb for command in self.commands if (verb := command[:4].rstrip().upper()) != "QUIT"]


class ScriptedServer(socketserver.ThreadingTCPServer):
    """Answers `answers[verb]` to a command, "250 ok" to any other; "." is the end of a message, "CONNECT" the start.

    "…" closes the connection after so many bytes of a message; with "LATE" it is greeted when `greets_late` is set.
    Each of `later` answers one more connection otherwise than the first; the last of them all that follow.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, answers: Answers, *later: Answers, offers: tuple[str, ...] = ()) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.scripts, self.offers = [answers, *later], offers
        self.sessions: list[Session] = []
        self.lock, self.greets_late = threading.Lock(), threading.Event()
        self.port = int(self.server_address[1])

    @property
    def messages(self) -> list[bytes]:
        return [message for session in self.sessions for message in session.messages]

    def handle_error(self, *_: object) -> None:
        """Be quiet: connections that end in the middle are what it is for."""


@contextmanager
def scripted(answers: Answers, *later: Answers, offers: tuple[str, ...] = ()) -> Iterator[ScriptedServer]:
    with ScriptedServer(answers, *later, offers=offers) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


class _Talk(socketserver.BaseRequestHandler):
    server: ScriptedServer
    request: socket.socket

    def handle(self) -> None:
        with self.server.lock:
            number = len(self.server.sessions)
            self.session = Session()
            self.server.sessions.append(self.session)
        self.answers = self.server.scripts[min(number, len(self.server.scripts) - 1)]
        self.unread = b""
        # Or each answer waits 40 ms for the one before to be acknowledged.
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if "LATE" in self.answers:
            self.server.greets_late.wait(PATIENCE)
        with suppress(OSError):
            if self._say(self.answers.get("CONNECT", "220 ready")):
                while self._next_command():
                    pass

    def _next_command(self) -> bool:
        if b"\r\n" not in self.unread:
            if not (data := self.request.recv(65536)):
                return False
            self.unread += data
            self.session.together.append(self.unread.count(b"\r\n"))
            return True
        line, self.unread = self.unread.split(b"\r\n", 1)
        command = line.decode()
        self.session.commands.append(command)
        verb = command[:4].rstrip().upper()
        if verb == "EHLO" and verb not in self.answers:
            return self._say("\r\n".join(f"250-{one}" for one in ("here", *self.server.offers)) + "\r\n250 HELP")
        if verb == "QUIT":
            self._say("221 bye")
            return False
        answer = self.answers.get(verb, "354 go" if verb == "DATA" else "250 ok")
        return self._say(answer) and (verb != "DATA" or not (answer or "").startswith("354") or self._message())

    def _message(self) -> bool:
        most = int(self.answers.get("…") or 10**9)
        while not (self.unread.startswith(b".\r\n") or b"\r\n.\r\n" in self.unread):
            data = self.request.recv(min(65536, most))
            self.unread += data
            if not data or len(self.unread) >= most:
                return False
        if self.unread.startswith(b".\r\n"):
            content, self.unread = b"", self.unread[3:]
        else:
            content, self.unread = self.unread.split(b"\r\n.\r\n", 1)
            content += b"\r\n"
        undotted = content.removeprefix(b".").replace(b"\r\n..", b"\r\n.")
        self.session.messages.append(undotted)
        return self._say(self.answers.get(".", "250 taken"))

    def _say(self, answer: str | None) -> bool:
        """Answer; return whether the connection goes on."""
        if answer is HANGS_UP:
            return False
        if answer == SILENCE:
            time.sleep(30)
            return False
        self.request.sendall(answer.encode() + b"\r\n")
        return not answer.startswith("421")
