"""The headers that digests and letters share, and what mailbox providers ask of mail that many get."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from functools import lru_cache

from pressroom.delivery.mime import ascii_address
from pressroom.links import Links
from pressroom.models.people import Subscriber
from pressroom.models.text import clean_line
from pressroom.settings import Bounces, Settings

Headers = tuple[tuple[str, str], ...]

AUTOMATIC = ("Auto-Submitted", "auto-generated")  # RFC 3834 §5
BULK = ("Precedence", "bulk")
NO_ANSWERS = ("X-Auto-Response-Suppress", "OOF, AutoReply, DR, RN, NRN")


def message_id(key: str, subscriber_pk: int, domain: str) -> str:
    """Return the Message-ID of a run's or a letter's message: one per key and subscriber, at every attempt (R6)."""
    digest = hashlib.sha256(f"{key}\n{subscriber_pk}".encode()).hexdigest()
    return f"<{digest[:40]}@{domain}>"


def addressed(recipient: Subscriber, sender: str, settings: Settings) -> Headers:
    """Return who writes to whom, and to whom one answers."""
    mail = settings.mail
    reply_to = [("Reply-To", mail.reply_to)] if mail.reply_to else []
    return (
        ("From", _mailbox(mail.from_name or settings.site.name, sender)),
        to_reader(recipient),
        *reply_to,
    )


def of_the_list(recipient: Subscriber, domain: str, links: Links, settings: Settings) -> Headers:
    """Return what makes a mail one of the list: its id, and one click to leave it (RFC 2369, 2919, 8058)."""
    return (
        ("List-Id", f"{settings.site.name} <digest.{domain}>".lstrip()),
        ways_out(recipient, links, settings),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),  # RFC 8058 §3.1: this and nothing else
        ("List-Post", "NO"),
        ("List-Help", f"<{links.page('/subscribe')}>"),
    )


def to_reader(recipient: Subscriber) -> tuple[str, str]:
    return ("To", _mailbox(clean_line(recipient.name), recipient.address))


def ways_out(recipient: Subscriber, links: Links, settings: Settings) -> tuple[str, str]:
    ways = _ways_out(recipient.unsubscribe_token, links, settings.bounces)
    return ("List-Unsubscribe", ", ".join(ways))


def _ways_out(token: str, links: Links, bounces: Bounces) -> Iterator[str]:
    """Yield where one leaves, the better way first (RFC 2369 §2): one https address (RFC 8058 §3.1), one by mail."""
    yield f"<{links.unsubscribe(token)}>"
    if bounces.address:
        yield f"<mailto:{ascii_address(bounces.stops(token))}?subject=unsubscribe>"


def feedback_id(domain: str, *parts: str) -> tuple[str, str]:
    """Return what complaints at Gmail are counted by: up to three `parts`, none of one recipient, and the sender."""
    return ("Feedback-ID", ":".join((*parts, _sender_id(domain))))


@lru_cache(16)
def _sender_id(domain: str) -> str:
    return base64.b32encode(hashlib.sha256(domain.encode()).digest()).decode().lower()[:10]


def _mailbox(name: str, address: str) -> str:
    """Return a mailbox as it is read, the name unquoted: encoding it is left to `delivery.mime`."""
    return f"{name} <{address}>" if name else address
