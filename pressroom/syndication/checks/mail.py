"""A finished mail as it lies in a file: what every mailbox asks of one that goes to many.

What only the sender can know, private addresses for instance, is looked at by `pressroom/digest/lint/` before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import Message
from urllib.parse import urlsplit

from pressroom.models.text import shown
from pressroom.settings.values import LOOPBACK
from pressroom.syndication.checks.findings import Finding

LONGEST_LINE = 998
LONGEST_QUOTED = 76
REQUIRED = ("From", "To", "Subject", "Date", "Message-ID")

_ONE_CLICK = "List-Unsubscribe=One-Click"
_WAY_OUT = re.compile(r"<((?:https?|mailto):[^<>\s]+)>", re.IGNORECASE)
_PERSONAL = re.compile(r"http://([^\s/\"'<>]+)/(?:unsubscribe|preferences|confirm|my)/", re.IGNORECASE)


def check_mail(content: bytes) -> Iterator[Finding]:
    """Yield what is wrong with the mail in these bytes."""
    yield from _long_lines(content)
    try:
        # The parser of plain policies reads any bytes, and leaves headers as they stand.
        mail = message_from_bytes(content, policy=policy.compat32)
        yield from _headers(mail)
        yield from _ways_out(mail)
        yield from _parts(mail)
    except (MessageError, ValueError, LookupError, RecursionError) as error:
        yield Finding("not-well-formed", f"the mail cannot be read: {shown(str(error))}; mend that.", 1)


def _long_lines(content: bytes) -> Iterator[Finding]:
    for number, line in enumerate(content.splitlines(), start=1):
        if len(line) > LONGEST_LINE:
            words = (
                f"the line is {len(line):,} bytes long, and servers take {LONGEST_LINE} (RFC 5322 §2.1.1); encode it."
            )
            yield Finding("long-line", words, number)
            return


def _headers(mail: Message) -> Iterator[Finding]:
    for name in REQUIRED:
        values = mail.get_all(name, [])
        if len(values) != 1 or not str(values[0]).strip():
            words = f"there must be exactly one header “{name}”; there are {len(values)}."
            yield Finding("required-header", words, 1)


def _ways_out(mail: Message) -> Iterator[Finding]:
    ways = _WAY_OUT.findall(" ".join(str(value) for value in mail.get_all("List-Unsubscribe", [])))
    by_web = [way for way in ways if way.lower().startswith("http")]
    if not by_web:
        words = "“List-Unsubscribe” names no web address, so that nobody leaves by one click (RFC 8058); give one."
        yield Finding("list-unsubscribe", words, 1)
    elif not any(way.lower().startswith("mailto:") for way in ways):
        words = "“List-Unsubscribe” names no mail address, for mailboxes that unsubscribe by mail alone."
        yield Finding("list-unsubscribe-mail", words, 1, is_note=True)
    if mail.get_all("List-Unsubscribe-Post", []) != [_ONE_CLICK]:
        yield Finding("list-unsubscribe", f"“List-Unsubscribe-Post” must be exactly “{_ONE_CLICK}” (RFC 8058).", 1)
    for way in by_web:
        if way.lower().startswith("http:") and _host(way) not in LOOPBACK:
            yield Finding("insecure-link", f"the way out {shown(way)} is not https; anybody between may read it.", 1)


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _parts(mail: Message) -> Iterator[Finding]:
    texts = [part for part in mail.walk() if part.get_content_maintype() == "text"]
    kinds = {part.get_content_subtype() for part in texts}
    for kind in ("plain", "html"):
        if kind not in kinds:
            yield Finding("missing-part", f"there is no part text/{kind}; send both, as some show only that one.", 1)
    for part in texts:
        yield from _lines_of(part)
        body = part.get_payload(decode=True)
        text = body.decode(errors="replace") if isinstance(body, bytes) else ""
        for host in dict.fromkeys(_PERSONAL.findall(text)):
            if _host(f"http://{host}") not in LOOPBACK:
                yield Finding("insecure-link", f"a personal link to {shown(host)} is not https; give that address.", 1)


def _lines_of(part: Message) -> Iterator[Finding]:
    if str(part.get("Content-Transfer-Encoding", "")).strip().lower() != "quoted-printable":
        return
    longest = max((len(line) for line in str(part.get_payload()).splitlines()), default=0)
    if longest > LONGEST_QUOTED:
        words = (
            f"a quoted-printable line has {longest} characters; at most {LONGEST_QUOTED} are allowed (RFC 2045 §6.7)."
        )
        yield Finding("long-quoted-line", words, 1)
