"""A name server on loopback that answers over UDP with the records that a test gives it."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from socket import socket

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
from dns.resolver import Resolver

SERVFAIL, SILENCE = "SERVFAIL", "SILENCE"
_LONGEST_STRING = 255

Records = Mapping[str, Sequence[str] | str]


class Zone(socketserver.ThreadingUDPServer):
    """`records` by "name TYPE", as a zone file has them; instead of records SERVFAIL or SILENCE may stand.

    A name of which no record is known does not exist. `asked` are the questions, in their order.
    """

    daemon_threads = True

    def __init__(self, records: Records) -> None:
        super().__init__(("127.0.0.1", 0), _Question)
        self.records = records
        self.asked: list[str] = []

    @property
    def resolver(self) -> Resolver:
        resolver = Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], int(self.server_address[1])
        return resolver


class _Question(socketserver.BaseRequestHandler):
    server: Zone
    request: tuple[bytes, socket]

    def handle(self) -> None:
        content, line = self.request
        asked = dns.message.from_wire(content)
        (question,) = asked.question
        name = question.name.to_text(omit_final_dot=True).lower()
        kind = question.rdtype.name
        self.server.asked.append(f"{name} {kind}")
        found = self.server.records.get(f"{name} {kind}", ())
        if found == SILENCE:
            return
        answer = dns.message.make_response(asked)
        if found == SERVFAIL:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif found:
            answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *found))
        elif not any(known.partition(" ")[0] == name for known in self.server.records):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        line.sendto(answer.to_wire(), self.client_address)


@contextmanager
def answering(records: Records) -> Iterator[Zone]:
    with Zone(records) as zone:
        thread = threading.Thread(target=zone.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield zone
        finally:
            zone.shutdown()
            thread.join()


def txt(text: str, *, at: int = _LONGEST_STRING) -> str:
    """Return a TXT record of strings of so many letters."""
    return " ".join(f'"{text[place : place + at]}"' for place in range(0, len(text), at))
