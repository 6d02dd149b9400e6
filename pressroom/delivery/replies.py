"""What a mail server says: its replies (RFC 5321 §4.2), read as they come in, and what they mean for a message."""

from __future__ import annotations

import re
from typing import NamedTuple

from pressroom.delivery.queue import Answer, Verdict

LONGEST = 16_384
"""Bytes of a reply, all its lines together. RFC 5321 §4.5.3.1.5 allows 512 a line; nobody has so many to say."""
LONGEST_KEPT = 500

# A server may wait for the recipient before it says that it minds us: to be logged in first (RFC 4954 §6), the sender
# (RFC 3463 §3.2: 5.1.7 and 5.1.8), or passing mail on at all.
_LOGIN = re.compile(r"53[0-9] ")
_MINDS_SENDER = re.compile(r"\d{3} 5\.1\.[78]\b")
_BEGIN = re.compile(rb"([0-9]{3})([ -]|(?=\r*$))")
_MINDS_US = re.compile(r"53[058] |\d{3} 5\.1\.[78]\b|\d{3} .*\brelay", re.IGNORECASE)


class Reply(NamedTuple):
    """A reply: its code, and its lines as one text without it."""

    code: int
    text: str

    @property
    def is_good(self) -> bool:
        return 200 <= self.code < 300

    @property
    def in_full(self) -> str:
        return f"{self.code} {self.text}"[:LONGEST_KEPT]


class GarbledReplyError(OSError):
    """What came is no reply of a mail server."""


class Replies:
    """The replies in a stream of bytes."""

    def __init__(self) -> None:
        self._unread = b""
        self._lines: list[bytes] = []

    def feed(self, data: bytes) -> None:
        self._unread += data

    def next(self) -> Reply | None:
        """Return the next reply that is there in full. Raises GarbledReplyError."""
        while (end := self._unread.find(b"\n")) >= 0:
            line, self._unread = self._unread[:end], self._unread[end + 1 :]
            if not (begin := _BEGIN.match(line)):
                raise GarbledReplyError(f"the server said “{_readable(line)[:80].rstrip()}”, which is no reply")
            self._lines.append(line[4:])
            if begin[2] != b"-":
                said, self._lines = b" ".join(self._lines), []
                return Reply(int(begin[1]), " ".join(_readable(said).split()))
            if sum(map(len, self._lines)) + len(self._lines) > LONGEST:
                raise GarbledReplyError("the server's reply has no end")
        if len(self._unread) > LONGEST:
            raise GarbledReplyError("the server's reply has no end")
        return None


def judge(reply: Reply) -> Answer:
    """Return what a reply to RCPT, DATA or the end of a message means for that message."""
    if reply.is_good:
        return Answer(Verdict.TAKEN, reply.in_full)
    if reply.code >= 500 and _MINDS_US.match(reply.in_full):
        minds_sender = bool(_MINDS_SENDER.match(reply.in_full))
        return Answer(Verdict.CLOSED, reply.in_full, minds_sender=minds_sender, is_of_one=True)
    return Answer(Verdict.NEVER if 500 <= reply.code < 600 else Verdict.LATER, reply.in_full)


def judge_of_sender(reply: Reply) -> Answer:
    """Return what a refusal of MAIL means: every message of that sender would meet it, unless this one is too large."""
    if reply.code == 552:
        return judge(reply)
    is_about_sender = reply.code >= 500 and not _LOGIN.match(reply.in_full)
    return Answer(Verdict.CLOSED, reply.in_full, minds_sender=is_about_sender)


def _readable(line: bytes) -> str:
    return line.decode("utf-8", "replace")
