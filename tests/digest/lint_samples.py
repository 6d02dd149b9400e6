"""Mails with a fault, and what lint knows of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pressroom.digest.lint import Finding, Known, lint, texts_of
from pressroom.models.runs import Message, OfferedItem
from pressroom.settings import Settings
from tests.builders import a_reader, an_offered_item, rewritten
from tests.digest.samples import SETTINGS, composed

OWN_TOKEN = a_reader().unsubscribe_token
OTHER_TOKEN = "zz2zz3zz4zz5zz6zz7zz2zz3zz"
OTHER = a_reader(pk=8, name="Grace Hopper", address="grace@example.net", unsubscribe_token=OTHER_TOKEN)
MARKER = '<p style="margin:16px 0 0">'
"""Stands once in the HTML of a mail: before “You get this”, in the foot."""


def known(offered: Sequence[OfferedItem] = (), settings: Settings = SETTINGS, **facts: Any) -> Known:
    """Return what is known of a mail with these items, to a reader who is the usual one."""
    own = [settings.mail.from_address, settings.mail.reply_to]
    defaults: dict[str, Any] = {
        "recipient": a_reader(),
        "facts": texts_of(offered, settings.site, settings.mail),
        "own_addresses": frozenset(address for address in own if address),
        "private_urls": (),
        "unreleased": (),
        "others": (),
        "brand": settings.brand,
        "site_url": settings.site.url,
    }
    return Known(**(defaults | facts))


def a_mail(*offered: OfferedItem, **facts: Any) -> Message:
    return composed(*(offered or (an_offered_item(title="Rivers"),)), **facts)


def with_html(html: str, message: Message | None = None) -> Message:
    """Return a mail with this further HTML, in the foot."""
    message = message or a_mail()
    assert message.html.count(MARKER) == 1
    return rewritten(message, html=message.html.replace(MARKER, f"{html}{MARKER}"))


def for_light_screens(message: Message) -> Message:
    """Return a mail that leaves dark screens to the mail program."""
    assert "(prefers-color-scheme: dark)" in message.html
    return rewritten(message, html=message.html.replace("(prefers-color-scheme: dark)", "print"))


def with_text(text: str, message: Message | None = None) -> Message:
    message = message or a_mail()
    return rewritten(message, text=f"{message.text}\n{text}\n")


def with_header(name: str, value: str | None, message: Message | None = None) -> Message:
    """Return a mail whose header of this name says something else, or is missing."""
    message = message or a_mail()
    headers = [(key, content) for key, content in message.headers if key != name]
    return replace(message, headers=(*headers, *([(name, value)] if value is not None else [])))


def the_finding(message: Message, name: str, **facts: Any) -> Finding:
    """Return the one finding; nothing else is wrong with the mail."""
    (finding,) = lint(message, known(**facts))
    assert finding.name == name
    assert finding.words.endswith(".")
    assert finding.words[0].isupper()
    return finding


def words_of(message: Message, name: str, **facts: Any) -> str:
    return " ".join(finding.words for finding in lint(message, known(**facts)) if finding.name == name)
