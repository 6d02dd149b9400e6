"""Mail by SMTP over a few connections at once, kept open between messages and opened anew when they are lost."""

from __future__ import annotations

import selectors
import smtplib
import ssl
from collections import deque
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


@dataclass(slots=True)
class _Handing:
    """A message that is being handed over."""

    ticket: int
    message: Message
    content: bytes
    is_first: bool = True
    """Whether its connection carried none before it."""


class SmtpTransport:
    """Hands messages to the server of `[smtp]`. TLS is verified and never given up silently (RFC 8314 §3)."""

    def __init__(self, settings: Smtp, tls: ssl.SSLContext | None = None) -> None:
        self._settings = settings
        self._tls = tls or ssl.create_default_context()
        self._most = settings.connections
        self._selector = selectors.DefaultSelector()
        self._idle: list[Conversation] = []
        self._busy: dict[Conversation, _Handing] = {}
        self._put_off: deque[_Handing] = deque()
        self._answers: list[tuple[int, Answer]] = []

    @property
    def room(self) -> int:
        return max(self._most - len(self._busy) - len(self._put_off), 0)

    def begin(self, ticket: int, message: Message, content: bytes) -> None:
        self._begin(_Handing(ticket, message, content))

    def answers(self, patience: float) -> list[tuple[int, Answer]]:
        until = monotonic() + patience
        while not self._answers and self._busy and (left := until - monotonic()) > 0:
            self._wait(left)
        found, self._answers = self._answers, []
        return found

    def give_up(self) -> list[tuple[int, Answer]]:
        for conversation in list(self._busy):
            self._settle(conversation, conversation.give_up("it did not answer in time"), may_try_anew=False)
        return self.answers(0)

    def holds(self, message: Message) -> bool | None:
        return None

    def close(self) -> None:
        self.give_up()
        for conversation in self._idle:
            conversation.close()
        self._idle = []
        self._selector.close()

    def _begin(self, handing: _Handing, *, anew: bool = False) -> None:
        try:
            conversation = self._conversation(anew=anew)
        except smtplib.SMTPResponseException as error:
            reply = Reply(error.smtp_code, _in_a_line(error.smtp_error))
            self._could_not_open(handing, reply.in_full)
            return
        except (OSError, smtplib.SMTPException) as error:
            self._could_not_open(handing, f"{self._settings.host}: {error}")
            return
        handing.is_first = conversation.handed == 0
        try:
            answer = conversation.why_not(handing.message, handing.content)
            answer = answer or conversation.begin(handing.message, handing.content)
        except PublisherError as error:
            answer = Answer(Verdict.NEVER, f"not sent: {error}")
        self._busy[conversation] = handing
        if answer:
            self._settle(conversation, answer)

    def _could_not_open(self, handing: _Handing, why: str) -> None:
        """Do with the connections that there are, since a server may allow only so many; else say why there is none."""
        if self._busy:
            self._most = len(self._busy)
            self._put_off.append(handing)
        else:
            self._answers.append((handing.ticket, Answer(Verdict.CLOSED, why)))

    def _conversation(self, *, anew: bool) -> Conversation:
        """Return a connection that is free, or a new one. Raises what `smtplib` does."""
        if self._idle and not anew:
            return self._idle.pop()
        conversation = Conversation(self._open(), self._settings.timeout_seconds)
        self._selector.register(conversation.socket, selectors.EVENT_READ, conversation)
        return conversation

    def _open(self) -> smtplib.SMTP:
        wanted = self._settings
        where = (wanted.host, wanted.effective_port)
        if wanted.security == "tls":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(*where, timeout=wanted.timeout_seconds, context=self._tls)
        else:
            connection = smtplib.SMTP(*where, timeout=wanted.timeout_seconds)
        try:
            connection.ehlo_or_helo_if_needed()
            if wanted.security == "starttls":
                connection.starttls(context=self._tls)
                connection.ehlo()
            if wanted.user:
                connection.login(wanted.user, wanted.password.get_secret_value())
        except BaseException:
            connection.close()
            raise
        return connection

    def _wait(self, patience: float) -> None:
        """Wait until a server says something, and go on where it did; give up on those that are silent too long."""
        now = monotonic()
        first = min(conversation.deadline for conversation in self._busy)
        for key, _ in self._selector.select(max(min(patience, first - now), 0)):
            conversation: Conversation = key.data
            answer = conversation.go_on()
            if conversation in self._busy:
                if answer:
                    self._settle(conversation, answer)
            elif conversation.is_lost:  # an idle one that the server has closed
                self._selector.unregister(conversation.socket)
                self._idle.remove(conversation)
        now = monotonic()
        for conversation in [one for one in self._busy if one.deadline <= now]:
            silent = f"no answer within {self._settings.timeout_seconds:g} seconds"
            self._settle(conversation, conversation.give_up(silent))

    def _settle(self, conversation: Conversation, answer: Answer, *, may_try_anew: bool = True) -> None:
        """Take what became of a message, and have its connection carry the next one."""
        handing = self._busy.pop(conversation)
        is_over = conversation.is_lost or answer.verdict is Verdict.CLOSED
        if is_over or conversation.handed >= MESSAGES_A_CONNECTION:
            self._selector.unregister(conversation.socket)
            conversation.close()
        else:
            self._idle.append(conversation)
        # The server may have ended an idle connection, or one that carried enough: a new one may do.
        if is_over and may_try_anew and not handing.is_first and answer.verdict in (Verdict.LATER, Verdict.CLOSED):
            self._begin(handing, anew=True)
        else:
            self._answers.append((handing.ticket, answer))
        while self._put_off and len(self._busy) < max(self._most, 1):
            self._begin(self._put_off.popleft())


def _in_a_line(said: bytes | str) -> str:
    return " ".join((said.decode("utf-8", "replace") if isinstance(said, bytes) else said).split())
