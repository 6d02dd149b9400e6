"""The door through which mail comes back, by LMTP (RFC 2033) or SMTP: a few addresses, small mails, and no answers.

It has a thread of its own. What it is given is taken before it says so: a mail that cannot be taken now, since the
catalogue is locked or away, is left to the server before it, which tries again.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections.abc import Callable
from datetime import datetime
from typing import cast

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from pressroom.delivery.reports import parse_report
from pressroom.errors import PublisherError
from pressroom.membership.bounces import record
from pressroom.membership.stopping import heed_stops
from pressroom.models.bounces import FEEDBACK, STOPS
from pressroom.models.logged import facts, without_secrets
from pressroom.models.people import address_key
from pressroom.settings import Bounces
from pressroom.tools import Tools

LARGEST = 500_000
"""Bytes of a mail: a report holds one of ours, or its headers alone.

aiosmtpd keeps a mail as a list of its lines, so that one of empty lines takes ninety times its size while it comes in.
"""
LONGEST_LINE = 65_536
"""RFC 5321 §4.5.3.1.6 allows 998, and not every server that reports keeps to it."""
MOST_CONNECTIONS, COMMANDS_OF_A_KIND = 5, 1_000
TIMEOUT_SECONDS = 60
BUSY_SECONDS = 5
"""How long the catalogue is waited for: the server before this one has all the time there is."""
LATER = "451 4.3.0 Try again later"

log = logging.getLogger("pressroom.returns")


class ReturnsDoor:
    """Takes mail by a socket that listens, from `start` to `stop`; `clock` gives the moment to take for now."""

    def __init__(self, tools: Tools, clock: Callable[[], datetime], listening: socket.socket) -> None:
        self._protocol, self._host = tools.settings.bounces.protocol, tools.host
        self._taker, self._socket = Taker(tools, clock), listening
        self._open = Connections()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="returns", daemon=True)
        self._is_ready = threading.Event()

    def use(self, tools: Tools) -> None:
        """Take by these tools what comes from now on; it still listens where it did. Any thread may say so."""
        self._taker.tools = tools

    def start(self) -> None:
        logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # aiosmtpd logs each line, addresses and all
        self._thread.start()
        self._is_ready.wait()

    def stop(self) -> None:
        """Close the door; what was just being taken is taken to its end, and its sender sends it again."""
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
        server = await self._loop.create_server(self._connection, sock=self._socket)
        self._is_ready.set()
        await self._stopped.wait()
        server.close()  # open connections end with their tasks: to wait for them could take a minute

    def _connection(self) -> SMTP:
        form = LimitedLmtp if self._protocol == "lmtp" else LimitedSmtp
        connection = form(
            self._taker,
            hostname=self._host,
            ident="Pressroom",
            data_size_limit=LARGEST,
            command_call_limit=COMMANDS_OF_A_KIND,
            timeout=TIMEOUT_SECONDS,
            enable_SMTPUTF8=True,
            loop=self._loop,
        )
        connection.connections = self._open
        return connection


class Connections:
    """How many are open."""

    number = 0


class LimitedSmtp(SMTP):
    """SMTP that turns away whoever comes when enough are there."""

    line_length_limit = LONGEST_LINE
    connections: Connections
    is_counted = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self.connections.number >= MOST_CONNECTIONS:
            stream = cast(asyncio.Transport, transport)
            stream.write(b"421 4.3.2 Too many connections, try again later\r\n")
            stream.close()
            return
        self.connections.number += 1
        self.is_counted = True
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if self.is_counted:
            self.connections.number -= 1
            super().connection_lost(error)

    def eof_received(self) -> bool | None:
        return super().eof_received() if self.is_counted else None


class LimitedLmtp(LimitedSmtp, LMTP):
    """LMTP with the same limits."""


class Taker:
    """What aiosmtpd asks: may mail come to that address, and what became of it."""

    def __init__(self, tools: Tools, clock: Callable[[], datetime]) -> None:
        self.tools, self._clock = tools, clock

    async def handle_RCPT(  # noqa: N802 – the name aiosmtpd looks for
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if not is_ours(address, self.tools.settings.bounces):
            return "550 5.1.1 No such mailbox here"
        if envelope.rcpt_tos:  # RFC 2033 §4.2 wants an answer for each of several, and aiosmtpd gives one
            return "452 4.5.3 One recipient at a time"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 – as above
        content = envelope.original_content or b""
        return await asyncio.to_thread(self._take, content, envelope.mail_from or "", envelope.rcpt_tos)

    async def handle_exception(self, error: Exception) -> str:
        log.error("That was unexpected: %s", without_secrets(f"{type(error).__name__}: {error}"))
        return LATER

    def _take(self, content: bytes, sender: str, recipients: list[str]) -> str:
        report, tools = parse_report(content, sender=sender, recipients=recipients), self.tools
        try:
            with tools.open_store(busy_seconds=BUSY_SECONDS) as store:
                heed_stops(store, tools)
                taken = record(store, tools, self._clock(), report)
        except PublisherError as error:
            log.error("Mail that came back must wait: %s", without_secrets(str(error)))
            return LATER
        said = f", {taken.bounce_class}" if taken.bounce_class else ""
        log.info(
            "Mail came back: %s%s", taken.outcome, said, extra=facts(outcome=taken.outcome, bounce=taken.bounce_class)
        )
        return "250 2.0.0 Taken"


def is_ours(address: str, bounces: Bounces) -> bool:
    """Whether mail may come to an address: that of the bounces, one to unsubscribe, the one for reports of abuse."""
    local, _, domain = address_key(address).rpartition("@")
    own, _, own_domain = address_key(bounces.address or "").rpartition("@")
    return domain == own_domain and local.partition("+")[0] in (own, STOPS, FEEDBACK)
