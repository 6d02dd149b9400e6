"""One question to a web server, answered as it stands: no redirect is followed, and little of a page is read."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import quote, urljoin, urlsplit

from pressroom.errors import UnreadableFileError
from pressroom.models.text import safe_line

MOST_BYTES = 200_000
"""Of a page; what we look for stands at its head."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came for an address. `expires` is when the certificate of the server does, None where there is none."""

    url: str
    status: int
    headers: Message
    content: bytes
    expires: datetime | None

    @property
    def leads_to(self) -> str:
        """The address that a redirect names; blank for another answer."""
        where = self.headers.get("Location", "") if 300 <= self.status < 400 else ""
        try:
            return urljoin(self.url, safe_line(str(where))) if where else ""
        except ValueError:
            return safe_line(str(where))

    @property
    def date(self) -> datetime | None:
        """The moment of the answer by the server's clock (RFC 9110 §6.6.1)."""
        try:
            said = parsedate_to_datetime(str(self.headers["Date"]))
        except (ValueError, TypeError, OverflowError):
            return None
        return said if said.tzinfo else said.replace(tzinfo=UTC)


def ask(url: str, agent: str, seconds: float) -> Reply:
    """Return the answer to a GET. Raises UnreadableFileError where there is none; each step may take `seconds`."""
    parts = urlsplit(url)
    connection: HTTPConnection
    if parts.scheme == "https":
        connection = HTTPSConnection(parts.hostname or "", parts.port, timeout=seconds)
    else:
        connection = HTTPConnection(parts.hostname or "", parts.port, timeout=seconds)
    try:
        connection.connect()
        expires = _expiry(connection.sock) if isinstance(connection.sock, ssl.SSLSocket) else None
        # Dots stay as they are: how a server takes them is what is asked.
        connection.request("GET", quote(parts.path or "/", safe="/%.~-_"), headers={"User-Agent": agent})
        answer = connection.getresponse()
        return Reply(url, answer.status, answer.headers, answer.read(MOST_BYTES), expires)
    except ssl.SSLCertVerificationError as error:
        said = (error.verify_message or str(error)).rstrip(".").lower()
        raise UnreadableFileError(url, f"its certificate cannot be trusted: {said}", "have it renewed") from error
    except (OSError, HTTPException, ValueError) as error:
        said = "it does not answer" if isinstance(error, TimeoutError) else _said(error)
        raise UnreadableFileError(url, said, "start “publisher serve”, and see that its name leads here") from error
    finally:
        connection.close()


def _expiry(line: ssl.SSLSocket) -> datetime | None:
    said = (line.getpeercert() or {}).get("notAfter")
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(said)), UTC) if said else None


def _said(error: Exception) -> str:
    return f"cannot be reached: {safe_line(str(getattr(error, 'strerror', None) or error)).rstrip('.').lower()}"
