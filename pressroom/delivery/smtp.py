"""Mail by SMTP over one connection, kept open between messages and opened anew when it is lost."""

from __future__ import annotations

import re
import smtplib
import ssl

from pressroom.delivery.mime import MessageSigner, ascii_address, encode
from pressroom.delivery.queue import Answer, Verdict
from pressroom.errors import PublisherError
from pressroom.models.runs import Message
from pressroom.settings import Smtp

# A session is closed after so many messages: providers limit them (shared practice of Yahoo and Gmail).
MESSAGES_A_CONNECTION = 100


class SmtpTransport:
    """Hands messages to the server of `[smtp]`. TLS is verified and never given up silently (RFC 8314 §3)."""

    def __init__(self, settings: Smtp, tls: ssl.SSLContext | None = None, dkim: MessageSigner | None = None) -> None:
        self._settings, self._dkim = settings, dkim
        self._tls = tls or ssl.create_default_context()
        self._connection: smtplib.SMTP | None = None
        self._handed = 0

    def send(self, message: Message) -> Answer:
        was_open = self._connection is not None
        answer = self._attempt(message)
        if was_open and self._connection is None and answer.verdict in (Verdict.LATER, Verdict.CLOSED):
            return self._attempt(message)  # the server had closed an idle connection: a new one may do
        return answer

    def _attempt(self, message: Message) -> Answer:
        try:
            content = encode(message, self._dkim)
            connection = self._connected()
            if reason := _beyond_ascii(connection, message.sender):
                return Answer(Verdict.CLOSED, reason, minds_sender=True)  # all of theirs would meet the same
            if reason := _beyond_ascii(connection, message.recipient):
                return Answer(Verdict.NEVER, f"not sent: {reason}")
        except PublisherError as error:
            return Answer(Verdict.NEVER, f"not sent: {error}")
        except smtplib.SMTPResponseException as error:
            return self._lost(Verdict.CLOSED, _said(error.smtp_code, error.smtp_error))
        except (OSError, smtplib.SMTPException) as error:
            return self._lost(Verdict.CLOSED, f"{self._settings.host}: {error}")
        return self._transact(connection, message, content)

    def holds(self, message: Message) -> bool | None:
        return None

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.quit()
            except (OSError, smtplib.SMTPException):
                connection.close()

    def _connected(self) -> smtplib.SMTP:
        if self._connection is not None and self._handed >= MESSAGES_A_CONNECTION:
            self.close()
        if self._connection is None:
            self._connection = self._open()
            self._handed = 0
        return self._connection

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

    def _transact(self, connection: smtplib.SMTP, message: Message, content: bytes) -> Answer:
        """One mail transaction (RFC 5321 §3.3): up to the last dot a lost connection means "not sent"."""
        handing = False
        try:
            code, said = connection.mail(ascii_address(message.sender), _options(connection, message, content))
            if code not in (250, 552):
                # The server minds the sender, not this recipient: every message of theirs would meet the same.
                reply = _said(code, said)
                self._lost(Verdict.CLOSED, reply)
                return Answer(Verdict.CLOSED, reply, minds_sender=code >= 500 and not _LOGIN.match(reply))
            if code == 250:
                code, said = connection.rcpt(ascii_address(message.recipient))
            if code not in (250, 251):
                connection.rset()
                return _judge(code, said)
            connection.putcmd("data")
            code, said = connection.getreply()
            if code != 354:
                connection.rset()
                return _judge(code, said)
            handing = True
            connection.send(_dotted(content))
            code, said = connection.getreply()
        except (OSError, smtplib.SMTPException) as error:
            verdict = Verdict.SILENCE if handing else Verdict.LATER
            return self._lost(verdict, f"connection lost: {error}")
        self._handed += 1
        if code == 421:
            return self._lost(Verdict.LATER, _said(code, said))
        return _judge(code, said)

    def _lost(self, verdict: Verdict, reply: str) -> Answer:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
        return Answer(verdict, reply)


def _beyond_ascii(connection: smtplib.SMTP, address: str) -> str:
    """Return why an address cannot go over the wire; only SMTPUTF8 carries letters beyond ASCII (RFC 6531 §3.2)."""
    if ascii_address(address).isascii() or connection.has_extn("smtputf8"):
        return ""
    return f"{address} has letters beyond ASCII, and the server does not offer SMTPUTF8"


def _options(connection: smtplib.SMTP, message: Message, content: bytes) -> list[str]:
    options = []
    if connection.has_extn("size"):
        options.append(f"size={len(content)}")
    if not (ascii_address(message.sender) + ascii_address(message.recipient)).isascii():
        options.append("smtputf8")
    return options


def _dotted(content: bytes) -> bytes:
    """Return the content as it goes over the wire (RFC 5321 §4.5.2): dots doubled, ended by a lone one."""
    stuffed = content.replace(b"\r\n.", b"\r\n..")
    if stuffed.startswith(b"."):
        stuffed = b"." + stuffed
    return stuffed + (b"" if stuffed.endswith(b"\r\n") else b"\r\n") + b".\r\n"


# A server may wait for the recipient before it says that it minds us: to be logged in first (RFC 4954 §6), the sender
# (RFC 3463 §3.2: 5.1.7 and 5.1.8), or passing mail on at all.
_LOGIN = re.compile(r"53[0-9] ")
_MINDS_SENDER = re.compile(r"\d{3} 5\.1\.[78]\b")
_MINDS_US = re.compile(r"53[058] |\d{3} 5\.1\.[78]\b|\d{3} .*\brelay", re.IGNORECASE)


def _judge(code: int, said: bytes) -> Answer:
    if 200 <= code < 300:
        return Answer(Verdict.TAKEN, _said(code, said))
    if code >= 500 and _MINDS_US.match(_said(code, said)):
        return Answer(Verdict.CLOSED, _said(code, said), minds_sender=bool(_MINDS_SENDER.match(_said(code, said))))
    return Answer(Verdict.NEVER if 500 <= code < 600 else Verdict.LATER, _said(code, said))


def _said(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return f"{code} {' '.join(text.split())}"[:500]
