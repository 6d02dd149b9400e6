"""The digest mail: its facts put into `email/digest.mjml` and `email/digest.txt`, and the headers around them."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from datetime import UTC, date
from email.utils import format_datetime

from pressroom.delivery.mime import ascii_domain
from pressroom.digest.facts import digest_facts
from pressroom.links import Links
from pressroom.models.people import Subscriber
from pressroom.models.runs import DigestRun, Message, OfferedItem
from pressroom.models.text import clean_line
from pressroom.rendering import Templates
from pressroom.settings import Settings


def compose(
    recipient: Subscriber,
    offered: Sequence[OfferedItem],
    run: DigestRun,
    *,
    links: Links,
    settings: Settings,
    templates: Templates,
    since: date | None,
) -> Message:
    """Return the digest that pays `offered`, one item at least, to `recipient`.

    `since` is the first day it covers, where known. Pure: the same arguments give the same message.
    """
    facts = digest_facts(recipient, offered, run, links=links, settings=settings, since=since)
    headers = _headers(recipient, facts.subject, run, links, settings)
    return Message(
        message_id=dict(headers)["Message-ID"],
        sender=settings.mail.from_address,
        recipient=recipient.address,
        headers=headers,
        html=templates.render_mjml("email/digest.mjml", digest=facts, brand=settings.brand),
        text=templates.render("email/digest.txt", digest=facts),
    )


def message_id(run_key: str, subscriber_pk: int, domain: str) -> str:
    """Return the Message-ID of a digest: one per run and subscriber, the same at every attempt (R6)."""
    digest = hashlib.sha256(f"{run_key}\n{subscriber_pk}".encode()).digest()
    return f"<{base64.b32encode(digest[:20]).decode().lower()}@{domain}>"


def _headers(
    recipient: Subscriber, subject: str, run: DigestRun, links: Links, settings: Settings
) -> tuple[tuple[str, str], ...]:
    mail, site = settings.mail, settings.site
    domain = ascii_domain(mail.from_address.rpartition("@")[2])
    reply_to = [("Reply-To", mail.reply_to)] if mail.reply_to else []
    return (
        ("From", _mailbox(mail.from_name or site.name, mail.from_address)),
        ("To", _mailbox(clean_line(recipient.name), recipient.address)),
        *reply_to,
        ("Subject", subject),
        ("Date", format_datetime(run.opened_at.astimezone(UTC))),
        ("Message-ID", message_id(run.key, recipient.pk, domain)),
        ("List-Id", f"{site.name} <digest.{domain}>".lstrip()),
        ("List-Unsubscribe", f"<{links.unsubscribe(recipient.unsubscribe_token)}>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),  # RFC 8058 §3.1: this and nothing else
        ("List-Post", "NO"),
        ("Auto-Submitted", "auto-generated"),
        ("Precedence", "bulk"),
        ("X-Auto-Response-Suppress", "OOF, AutoReply, DR, RN, NRN"),
    )


def _mailbox(name: str, address: str) -> str:
    """Return a mailbox as it is read, the name unquoted: encoding it is left to `delivery.mime`."""
    return f"{name} <{address}>" if name else address
