"""The digest mail: its facts put into `email/digest.mjml` and `email/digest.txt`, and the headers around them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from email.utils import format_datetime

from pressroom.caches import for_a_round
from pressroom.delivery.mime import ascii_domain
from pressroom.delivery.quoted import quoted_printable
from pressroom.digest.facts import digest_facts
from pressroom.digest.headers import (
    AUTOMATIC,
    BULK,
    NO_ANSWERS,
    Headers,
    addressed,
    feedback_id,
    message_id,
    of_the_list,
)
from pressroom.links import Links
from pressroom.models.bodies import Body
from pressroom.models.dates import in_utc
from pressroom.models.people import Subscriber
from pressroom.models.runs import DigestRun, Message, OfferedItem
from pressroom.models.words import Words
from pressroom.rendering import Templates
from pressroom.settings import Settings

LARGEST = 95_000
"""Bytes of an encoded message. Gmail cuts an HTML part at 102,400 bytes, and with it the foot."""
FOR_HEADERS = 4_000
"""Bytes kept for headers, signatures among them, and for what stands between the parts."""
ROOM = LARGEST - FOR_HEADERS


def compose(
    recipient: Subscriber,
    offered: Sequence[OfferedItem],
    run: DigestRun,
    *,
    links: Links,
    settings: Settings,
    templates: Templates,
    words: Words,
    since: date | None,
) -> Message:
    """Return the digest that pays `offered`, one item at least, to `recipient`, with `words` around the items.

    `since` is the first day it covers, where known. What would make it larger than LARGEST is left to the page of the
    issue, which it links to. Pure: the same arguments give the same message.
    """

    def with_items(most: int | None) -> Message:
        facts = digest_facts(
            recipient, offered, run, links=links, settings=settings, words=words, since=since, most=most
        )
        headers = digest_headers(recipient, facts.subject, run, links, settings)
        return Message(
            message_id=dict(headers)["Message-ID"],
            sender=settings.mail.from_address,
            recipient=recipient.address,
            headers=headers,
            html_body=Body.whole(templates.render_mjml("email/digest.mjml", words, digest=facts, brand=settings.brand)),
            text_body=Body.whole(templates.render("email/digest.txt", words, digest=facts)),
            items=sum(len(section.items) for section in facts.sections),
        )

    whole = with_items(None)
    return whole if _fits(whole) else _as_long_as_fits(with_items, len(offered))


def _as_long_as_fits(with_items: Callable[[int], Message], items: int) -> Message:
    """Return the message with as many items as fit, one at least; `items` are known to be too many."""
    fitting, message, too_many = 1, with_items(1), items
    while too_many - fitting > 1:
        middle = (fitting + too_many) // 2
        if _fits(longer := with_items(middle)):
            fitting, message = middle, longer
        else:
            too_many = middle
    return message


def _fits(message: Message) -> bool:
    """Whether the message is small enough when it is encoded, which makes it up to four times as large."""
    if 4 * (len(message.html.encode()) + len(message.text.encode())) < ROOM:
        return True
    return len(quoted_printable(message.html)) + len(quoted_printable(message.text)) <= ROOM


def digest_headers(recipient: Subscriber, subject: str, run: DigestRun, links: Links, settings: Settings) -> Headers:
    """Return the headers of a digest, each name once."""
    domain = ascii_domain(settings.mail.from_address.rpartition("@")[2])
    return (
        *addressed(recipient, settings.mail.from_address, settings),
        ("Subject", subject),
        ("Date", _in_a_header(run.opened_at)),
        ("Message-ID", message_id(run.key, recipient.pk, domain)),
        *of_the_list(recipient, domain, links, settings),
        feedback_id(domain, str(run.pk), "-".join(run.frequencies) or "urgent", "digest"),
        AUTOMATIC,
        BULK,
        NO_ANSWERS,
    )


@for_a_round(16)
def _in_a_header(moment: datetime) -> str:
    return format_datetime(in_utc(moment))
