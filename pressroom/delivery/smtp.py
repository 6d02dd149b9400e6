"""Mail by SMTP over a few connections at once, kept open between messages and opened anew when they are lost."""

from __future__ import annotations

import selectors
import smtplib
import socket
import ssl
import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic

from pressroom.delivery.conversation import Conversation
from pressroom.delivery.queue import Answer, Verdict
from pressroom.delivery.replies import Reply
from pressroom.errors import PublisherError
from pressroom.models.runs import Message
from pressroom.settings import Smtp

# A session is closed after so many messages: providers limit them (shared practice of Yahoo and Gmail).
MESSAGES_A_CONNECTION = 100
ASKS_FOR_MORE_AFTER = 60.0
"""Seconds after which a server that allowed fewer connections is asked for all of them again."""
MAY_HAVE_ENDED_AFTER = 1.0
"""Seconds after which it is looked whether the server has closed an idle connection, before it is used."""


@dataclass(slots=True)
class _Handing:
    """A message that is being handed over."""

    ticket: int
    is_first: bool
    """Whether its connection was asked to take none before it."""


class SmtpTransport:
    """Hands messages to the server of `[smtp]`. TLS is verified and never given up silently (RFC 8314 §3)."""

    def __init__(self, settings: Smtp, tls: ssl.SSLContext | None = None) -> None:
        self._settings = settings
        self._most, self._asks_for_more_at = settings.connections, 0.0
        self._selector = selectors.DefaultSelector()
        self._opener = _Opener(settings, tls)
        self._selector.register(self._opener.woken, selectors.EVENT_READ, None)
        self._idle: list[Conversation] = []
        self._busy: dict[Conversation, _Handing] = {}
        self._why_not = ""
        self._answers: list[tuple[int, Answer]] = []

    def room_for(self, wanted: int) -> int:
        if self._idle and monotonic() - self._idle[-1].heard_at > MAY_HAVE_ENDED_AFTER:
            self._hear(0)
        if self._why_not:
            return 1  # whose fate is known
        if self._most < self._settings.connections and monotonic() > self._asks_for_more_at:
            self._most = self._settings.connections
        lacking = min(wanted, self._most - len(self._busy)) - len(self._idle) - self._opener.opening
        for _ in range(lacking):
            self._opener.open_one()
        return len(self._idle)

    def begin(self, ticket: int, message: Message, content: bytes) -> None:
        if self._idle:
            self._begin(self._idle.pop(), ticket, message, content)
        elif self._why_not:
            self._answers.append((ticket, Answer(Verdict.CLOSED, self._why_not)))
            self._why_not = ""
        else:
            self._answers.append((ticket, Answer(Verdict.UNSENT, "")))

    def answers(self, patience: float) -> list[tuple[int, Answer]]:
        until, left, were_idle = monotonic() + patience, patience, len(self._idle)
        while (self._busy or self._opener.opening) and left >= 0:
            self._wait(left)
            if self._answers or len(self._idle) > were_idle or self._why_not:
                break
            left = until - monotonic() if patience else -1
        found, self._answers = self._answers, []
        return found

    def give_up(self) -> list[tuple[int, Answer]]:
        for conversation in list(self._busy):
            answer = conversation.give_up("it did not answer in time")
            self._answers.append((self._busy.pop(conversation).ticket, answer))
            self._end(conversation)
        return self.answers(0)

    def holds(self, message: Message) -> bool | None:
        return None

    def close(self) -> None:
        self.give_up()
        self._drop_idle()
        self._selector.unregister(self._opener.woken)
        self._opener.close()
        self._selector.close()

    def _begin(self, conversation: Conversation, ticket: int, message: Message, content: bytes) -> None:
        self._busy[conversation] = _Handing(ticket, is_first=conversation.begun == 0)
        try:
            answer = conversation.begin(message, content)
        except PublisherError as error:
            answer = Answer(Verdict.NEVER, f"not sent: {error}")
        if answer:
            self._settle(conversation, answer)

    def _wait(self, patience: float) -> None:
        """Wait until a server says something, and go on where it did; give up on those that are silent too long."""
        if patience:
            first = min((conversation.deadline for conversation in self._busy), default=float("inf"))
            patience = max(min(patience, first - monotonic()), 0)
        self._hear(patience)
        now = monotonic()
        for conversation in [one for one in self._busy if one.deadline <= now]:
            silent = f"no answer within {self._settings.timeout_seconds:g} seconds"
            self._settle(conversation, conversation.give_up(silent))

    def _hear(self, patience: float) -> None:
        """Take what servers say, within so many seconds."""
        for key, _ in self._selector.select(patience):
            if key.data is None:
                self._take_opened()
                continue
            conversation: Conversation = key.data
            answer = conversation.go_on()
            if conversation in self._busy:
                if answer:
                    self._settle(conversation, answer)
            elif conversation.is_lost and conversation in self._idle:
                self._idle.remove(conversation)
                self._end(conversation)

    def _take_opened(self) -> None:
        # Where some were opened, a server has only allowed no more of them.
        for opened in sorted(self._opener.opened(), key=lambda one: isinstance(one, str)):
            if isinstance(opened, str):
                self._could_not_open(opened)
            else:
                conversation = Conversation(opened, self._settings.timeout_seconds)
                self._selector.register(conversation.socket, selectors.EVENT_READ, conversation)
                self._idle.append(conversation)

    def _could_not_open(self, why: str) -> None:
        """Do with the connections that there are, since a server may allow only so many; else say why there is none."""
        there_are = len(self._busy) + len(self._idle) + self._opener.opening
        if there_are:
            self._most, self._asks_for_more_at = there_are, monotonic() + ASKS_FOR_MORE_AFTER
        else:
            self._why_not = why

    def _settle(self, conversation: Conversation, answer: Answer) -> None:
        """Take what became of a message, and have its connection carry the next one."""
        handing = self._busy.pop(conversation)
        is_over = conversation.is_lost or answer.verdict is Verdict.CLOSED
        if is_over or conversation.begun >= MESSAGES_A_CONNECTION:
            self._end(conversation)
        else:
            self._idle.append(conversation)
        # The server may have ended a connection that had carried others, and those beside it: a new one may do.
        if is_over and not handing.is_first and answer.verdict in (Verdict.LATER, Verdict.CLOSED):
            self._drop_idle()
            answer = Answer(Verdict.UNSENT, "")
        self._answers.append((handing.ticket, answer))

    def _drop_idle(self) -> None:
        while self._idle:
            self._end(self._idle.pop())

    def _end(self, conversation: Conversation) -> None:
        self._selector.unregister(conversation.socket)
        conversation.close()


class _Opener:
    """Opens connections in threads of its own, so that a server that greets slowly keeps nothing else waiting.

    The socket `woken` can be read when some are opened, or could not be.
    """

    def __init__(self, settings: Smtp, tls: ssl.SSLContext | None) -> None:
        self._settings = settings
        # Reading what this machine trusts takes as long as a hundred messages.
        self._tls = tls or (None if settings.security == "none" else ssl.create_default_context())
        self.woken, self._waking = socket.socketpair()
        self.woken.setblocking(False)
        self.opening = 0
        self._done: deque[smtplib.SMTP | str] = deque()
        self._is_closed = threading.Event()

    def open_one(self) -> None:
        self.opening += 1
        threading.Thread(target=self._open_and_tell, name="smtp-opener", daemon=True).start()

    def opened(self) -> list[smtplib.SMTP | str]:
        """Return the connections that were opened since, and of those that could not be, why."""
        with suppress(BlockingIOError):
            self.woken.recv(4096)
        found = []
        while self._done:
            found.append(self._done.popleft())
        self.opening -= len(found)
        return found

    def close(self) -> None:
        self._is_closed.set()
        for opened in self.opened():
            if not isinstance(opened, str):
                opened.close()
        self.woken.close()
        self._waking.close()

    def _open_and_tell(self) -> None:
        opened = self._opened_or_why()
        self._done.append(opened)
        with suppress(OSError):
            self._waking.send(b"!")
        if self._is_closed.is_set() and not isinstance(opened, str):  # nobody waits for it any more
            opened.close()

    def _opened_or_why(self) -> smtplib.SMTP | str:
        try:
            return open_session(self._settings, self._tls)
        except smtplib.SMTPResponseException as error:
            return said_by(error)
        # UnicodeError and binascii.Error are what smtplib raises for a host, a password or a challenge it cannot use.
        except (OSError, ValueError, smtplib.SMTPException) as error:
            return f"{self._place}: {said_by(error)}"
        except Exception as error:  # noqa: BLE001 (whatever it was: who waits for the connection must hear of it)
            return f"{self._place}: {type(error).__name__}: {error}"

    @property
    def _place(self) -> str:
        return f"{self._settings.host}:{self._settings.effective_port}"


def open_session(wanted: Smtp, tls: ssl.SSLContext | None = None) -> smtplib.SMTP:
    """Return a session that is encrypted and logged in as the settings say.

    Without `tls` what this machine trusts is read. Raises OSError, ValueError and SMTPException.
    """
    where = (wanted.host, wanted.effective_port)
    trusted = tls or (None if wanted.security == "none" else ssl.create_default_context())
    if wanted.security == "tls":
        connection: smtplib.SMTP = smtplib.SMTP_SSL(*where, timeout=wanted.timeout_seconds, context=trusted)
    else:
        connection = smtplib.SMTP(*where, timeout=wanted.timeout_seconds)
    try:
        connection.ehlo_or_helo_if_needed()
        if wanted.security == "starttls":
            connection.starttls(context=trusted)
            connection.ehlo()
        if wanted.user:
            connection.login(wanted.user, wanted.password.get_secret_value())
    except BaseException:
        connection.close()
        raise
    return connection


def said_by(error: Exception) -> str:
    """Return what a server said with a refusal, on one line, or else the error's own words, without its number."""
    if not isinstance(error, smtplib.SMTPResponseException):
        return str(getattr(error, "strerror", None) or error)
    said = error.smtp_error
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return Reply(error.smtp_code, " ".join(text.split())).in_full
