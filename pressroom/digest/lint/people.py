"""Whether the mail says anything of other people: a name, an address, a personal link."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from pressroom.caches import for_a_round
from pressroom.digest.lint import tokens
from pressroom.digest.lint.mail import Cause, Mail
from pressroom.models.people import Subscriber, address_key
from pressroom.models.text import clean_line, shown

_LOCAL = r"[\w.!#$%&'*+/=?^`{|}~-]"  # RFC 5322 §3.2.3
_MAIL_ADDRESS = re.compile(rf"(?<!{_LOCAL}){_LOCAL}+@[\w-]+(?:\.[\w-]+)+")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


def other_person(mail: Mail) -> Iterator[Cause]:
    if address_key(mail.message.recipient) != address_key(mail.known.recipient.address):
        yield Cause(
            f"address {address_key(mail.message.recipient)}",
            f"The mail made for {shown(mail.known.recipient.address)} goes to {shown(mail.message.recipient)}; tell "
            "whoever runs the site and do not send it.",
        )
    yield from _others(mail)
    yield from _foreign_tokens(mail)
    yield from _unknown_addresses(mail)


def _others(mail: Mail) -> Iterator[Cause]:
    """Look for each of the others by what the mail holds: there may be thousands of them."""
    if not mail.known.others:
        return
    held = tokens.all_in(mail.glued) - {mail.known.recipient.unsubscribe_token}
    addresses = set(_mail_addresses(mail.everything)) - _allowed(mail)
    words = set(_WORD.findall(mail.words))
    for other in mail.known.others:
        if other.unsubscribe_token in held:
            yield tokens.of_another(other.unsubscribe_token)
        # An author or a contact of ours may well be a reader too.
        if _key(other.address) in addresses and not mail.facts.hold(other.address):
            yield Cause(
                f"address {_key(other.address)}",
                f"The mail holds the address {shown(other.address)} of another recipient; do not send it, and tell "
                "whoever looks after the templates.",
            )
        if _is_named(other, mail.words, words) and not mail.facts.hold(other.name):
            yield Cause(
                f"name {other.name}",
                f"The mail holds the name {shown(other.name)} of another recipient; do not send it, and tell whoever "
                "looks after the templates.",
            )


@for_a_round(32_768)
def _key(address: str) -> str:
    return address_key(address)


@for_a_round(32_768)
def _name_of(name: str) -> tuple[str, tuple[str, ...]]:
    line = clean_line(name)
    return line, tuple(_WORD.findall(line))


def _is_named(other: Subscriber, line: str, words: set[str]) -> bool:
    """Whether the whole name, of two words at least, stands in the line; capitals tell a name from a phrase."""
    name, parts = _name_of(other.name)
    if len(parts) < 2 or not words.issuperset(parts) or name not in line:
        return False
    return bool(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", line))


def _mail_addresses(text: str) -> Iterator[str]:
    """Yield the keys of all that look like mail addresses, also without what stands around them."""
    for line in text.split("\n"):
        if "@" in line:
            for found in _MAIL_ADDRESS.findall(line):
                yield address_key(found)
                yield address_key(_bare(found))


def _bare(found: str) -> str:
    """Return a mail address without quotes, and without the beginning of a web address that it stands in."""
    return re.split("[/?=&]", found)[-1].strip("'`*_.!")


def _allowed(mail: Mail) -> set[str]:
    return {address_key(address) for address in (*mail.known.own_addresses, mail.known.recipient.address)}


def _foreign_tokens(mail: Mail) -> Iterator[Cause]:
    """Look for personal links of the site that are not the recipient's; elsewhere on it a release may have its page."""
    own = mail.known.recipient.unsubscribe_token.lower()
    for token, is_personal in dict.fromkeys(tokens.personal_links(mail.glued, mail.known.site_url)):
        if token != own and (is_personal or not mail.facts.hold(token)):
            yield tokens.of_another(token)


def _unknown_addresses(mail: Mail) -> Iterator[Cause]:
    allowed = _allowed(mail)
    # What stands behind a web address elsewhere is that of a release; the site's own carry no mail address.
    foreign = re.compile(rf"(?!{re.escape(mail.known.site_url)})https?://\S+")
    for where, text in mail.pieces:
        if ("@" not in text and "%40" not in text) or where == "the header “Message-ID”":
            continue
        text = unquote(text) if text.startswith(("mailto:", mail.known.site_url)) else text
        for found in _MAIL_ADDRESS.findall(foreign.sub(" ", text)):
            spellings = (found, unquote(found), _bare(found), re.sub(r"\+[^@]*", "", _bare(found)))
            if {address_key(one) for one in spellings} & allowed or any(map(mail.facts.hold, spellings[:3])):
                continue
            yield Cause(
                f"address {address_key(_bare(found))}",
                f"The mail address {shown(_bare(found))} in {where} is neither the reader's nor one of ours nor "
                "part of a release; take it out of the template, or name it in the settings if it is ours.",
            )
