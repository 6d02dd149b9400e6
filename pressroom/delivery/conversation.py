"""An open connection to a mail server, and one mail transaction after the other on it (RFC 5321 §3.3).

Where the server offers it, MAIL, RCPT and DATA go out together (RFC 2920): a message costs two round trips, not four.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from collections import deque
from contextlib import suppress
from time import monotonic

from pressroom.delivery.mime import Encoded, ascii_address
from pressroom.delivery.queue import Answer, Verdict
from pressroom.delivery.replies import GarbledReplyError, Replies, Reply, judge, judge_of_sender
from pressroom.errors import InvalidFieldError
from pressroom.models.runs import Message

CHUNK = 65_536
LONGER_AT_THE_END = 10
"""How many times as long we wait for the last answer, so that few stay unknown (RFC 5321 §4.5.3.2.6)."""
_NO_ADDRESS = re.compile(r"[\0-\x20<>\x7f]")
_RESET, _DATA, _END = b"RSET\r\n", b"DATA\r\n", b".\r\n"


class Conversation:
    """A session of `connection`, logged in, in which one message at a time is handed over.

    `begin` starts with a message, and `go_on` is called whenever the socket has something to read, until it returns
    what became of the message. Nothing here raises for what a server says or does not say.
    """

    def __init__(self, connection: smtplib.SMTP, timeout: float) -> None:
        assert connection.sock is not None
        self.socket: socket.socket = connection.sock
        self.begun = 0
        """How many messages it was asked to take."""
        self.heard_at = monotonic()
        """When the server last said something, by `time.monotonic`."""
        self.is_lost = False
        self.deadline = float("inf")
        """When the server has been silent for too long, by `time.monotonic`."""
        self._connection, self._timeout = connection, timeout
        self._is_tls = isinstance(self.socket, ssl.SSLSocket)
        self._offers = frozenset(connection.esmtp_features)
        self._largest = _largest(connection.esmtp_features.get("size", ""))
        self._replies = Replies()
        self._content = b""
        self._unsent: deque[bytes] = deque()
        self._unanswered: deque[bytes] = deque()
        self._refusal: Answer | None = None
        self._is_reset = True
        self._is_whole = False

    def begin(self, message: Message, content: bytes) -> Answer | None:
        """Ask to take a message; return what became of it if that is known already, or why it cannot be taken at all.

        Raises InvalidFieldError.
        """
        sender, recipient = _for_a_command(message.sender), _for_a_command(message.recipient)
        if not (sender.isascii() and recipient.isascii()) and "smtputf8" not in self._offers:
            return _beyond_ascii(message.recipient if sender.isascii() else message.sender, sender.isascii())
        if 0 < self._largest < len(content):
            return Answer(Verdict.NEVER, f"not sent: it has {len(content)} bytes, and the server takes {self._largest}")
        self.begun += 1
        self._content, self._refusal, self._is_whole = content, None, False
        self._unanswered.clear()
        commands = [self._mail(sender, recipient, message.envelope_id, content)]
        commands += [self._rcpt(recipient, message.envelope_id), _DATA]
        self._unsent = deque(commands if self._is_reset else [_RESET, *commands])
        self._is_reset = False
        try:
            self._say_next()
        except OSError as error:
            return self._lost(error)
        return None

    def go_on(self) -> Answer | None:
        """Read what has come and answer it; return what became of the message, None as long as that is open."""
        try:
            self._receive()
            while reply := self._replies.next():
                answer = self._take(reply)
                if answer or self.is_lost:
                    return answer
        except OSError as error:
            return self._lost(error)
        return None

    def give_up(self, why: str) -> Answer:
        """End the connection at once; return what is known of the message on it."""
        return self._lost(OSError(why))

    def close(self) -> None:
        """Take leave of the server, and close: what it says to that nobody waits for."""
        if not self.is_lost:
            self.is_lost = True
            with suppress(OSError):
                self.socket.settimeout(0)
                self.socket.send(b"QUIT\r\n")
        self._connection.close()

    def _say_next(self) -> None:
        """Send the next command, or all of them where they may be sent together."""
        if "pipelining" in self._offers:
            together, self._unanswered, self._unsent = b"".join(self._unsent), self._unsent, deque()
            self._send(together)
        else:
            self._unanswered.append(self._unsent.popleft())
            self._send(self._unanswered[-1])

    def _send(self, data: bytes, patience: int = 1) -> None:
        self.deadline = monotonic() + patience * self._timeout
        self.socket.sendall(data)

    def _receive(self) -> None:
        """Read what is there. Raises OSError, also at the end of the stream."""
        if self._is_tls:
            self.socket.settimeout(0)  # what has come may be no reply but a matter of TLS, and no reason to wait
        try:
            while True:
                if not (data := self.socket.recv(CHUNK)):
                    raise OSError("the server closed it")
                self.heard_at = monotonic()
                self._replies.feed(data)
                if not self._is_tls:
                    return
        except (ssl.SSLWantReadError, BlockingIOError):
            return
        finally:
            if self._is_tls:
                self.socket.settimeout(self._timeout)

    def _take(self, reply: Reply) -> Answer | None:
        """Take a reply to the oldest of what was sent and not answered; return what became of the message."""
        if not self._unanswered:  # unasked: it takes leave, for it has been idle or is shut down
            self._drop()
            return None
        command = self._unanswered.popleft()
        if command is _END:
            return self._ended(reply)
        if command is _RESET:
            if not reply.is_good:
                raise GarbledReplyError(reply.in_full)
        elif not (reply.is_good or (command is _DATA and reply.code == 354)):
            self._refuse(command, reply)
        if reply.code == 421:  # RFC 5321 §3.8: it closes the connection, whatever else was asked
            return self._dropped()
        if self._unanswered:
            return None
        if command is _DATA and reply.code == 354:
            self._hand_over()
            return None
        if self._refusal is None and self._unsent:
            self._say_next()
            return None
        return self._refusal or self._dropped()

    def _refuse(self, command: bytes, reply: Reply) -> None:
        """Note the first refusal: what was sent together with the refused command is refused too."""
        if self._refusal is None:
            self._refusal = judge_of_sender(reply) if command.startswith(b"MAIL") else judge(reply)
            self._unsent.clear()

    def _hand_over(self) -> None:
        """Send the message; where nobody would get it, though the server awaits it, an empty one (RFC 2920 §3.1)."""
        self._unanswered.append(_END)
        if self._refusal:
            self._send(_END)
            return
        whole = self._content + _END if isinstance(self._content, Encoded) else _dotted(self._content)
        self._send(whole, LONGER_AT_THE_END)
        # An error before now says that the last dot has not left: the message was not taken.
        self._is_whole = True

    def _ended(self, reply: Reply) -> Answer:
        """Return what became of a message that was sent to its end."""
        if reply.code == 421:
            self._drop()
        else:
            self._is_reset = self._refusal is None and reply.is_good
        if self._refusal:
            return self._refusal
        return Answer(Verdict.LATER, reply.in_full) if reply.code == 421 else judge(reply)

    def _dropped(self) -> Answer:
        self._drop()
        return self._refusal or Answer(Verdict.LATER, "connection lost: the server stopped in the middle")

    def _lost(self, error: OSError) -> Answer:
        """Return what became of a message whose connection is lost: up to the last dot, it was not sent."""
        self._drop()
        if self._refusal:
            return self._refusal
        return Answer(
            Verdict.SILENCE if self._is_whole else Verdict.LATER, f"connection lost: {error.strerror or error}"
        )

    def _drop(self) -> None:
        self.is_lost = True
        self._connection.close()

    def _mail(self, sender: str, recipient: str, envelope_id: str, content: bytes) -> bytes:
        options = f" SIZE={len(content)}" if "size" in self._offers else ""
        if not (sender.isascii() and recipient.isascii()):
            options += " SMTPUTF8"
        if "8bitmime" in self._offers and not content.isascii():
            options += " BODY=8BITMIME"
        if envelope_id and "dsn" in self._offers:  # RFC 3461 §4.3, §4.4
            options += f" RET=HDRS ENVID={_xtext(envelope_id)}"
        return f"MAIL FROM:<{sender}>{options}\r\n".encode()

    def _rcpt(self, recipient: str, envelope_id: str) -> bytes:
        options = ""
        if envelope_id and "dsn" in self._offers:  # RFC 3461 §4.1, §4.2
            options = " NOTIFY=FAILURE,DELAY"
            if recipient.isascii():
                options += f" ORCPT=rfc822;{_xtext(recipient)}"
        return f"RCPT TO:<{recipient}>{options}\r\n".encode()


def _for_a_command(address: str) -> str:
    """Return an address as a command holds it. Raises InvalidFieldError for what would end it, and begin another."""
    if _NO_ADDRESS.search(address):
        raise InvalidFieldError("address", f"“{address}” is no address", "mend the address")
    return ascii_address(address)


def _beyond_ascii(address: str, is_recipient: bool) -> Answer:
    """Return what becomes of a message of which the server cannot be told an address."""
    reason = f"{address} has letters beyond ASCII, and the server does not offer SMTPUTF8"
    if is_recipient:
        return Answer(Verdict.NEVER, f"not sent: {reason}")
    return Answer(Verdict.CLOSED, reason, minds_sender=True)  # all of theirs would meet the same


def _largest(said: str) -> int:
    """Return how many bytes of a message a server takes; 0 sets no limit (RFC 1870 §4: at most 20 digits)."""
    return int(said) if re.fullmatch("[0-9]{1,20}", said) else 0


def _dotted(content: bytes) -> bytes:
    """Return the content as it goes over the wire (RFC 5321 §4.5.2): dots doubled, ended by a lone one."""
    stuffed = content
    if content.rfind(b"\r\n.") >= 0:  # from behind, it looks through a message in a third of the time
        stuffed = content.replace(b"\r\n.", b"\r\n..")
    if stuffed.startswith(b"."):
        stuffed = b"." + stuffed
    return stuffed + (b"" if stuffed.endswith(b"\r\n") else b"\r\n") + _END


def _xtext(text: str) -> str:
    """Return printable ASCII as a parameter holds it (RFC 3461 §4)."""
    return "".join(one if "!" <= one <= "~" and one not in "+=" else f"+{ord(one):02X}" for one in text)
