"""What comes back by mail, read: reports of delivery (RFC 3464), of abuse (RFC 5965), and what is neither.

Whoever can send us mail can write such a report. So a report only carries what it may be recognised by, tokens of our
own in the first place; whether one is sealed by us is found out behind this file.
"""

from __future__ import annotations

import email
import quopri
import re
from binascii import Error as BrokenBase64
from binascii import a2b_base64
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.message import Message
from enum import StrEnum

from pressroom.delivery.odd_reports import read_odd_report
from pressroom.delivery.statuses import classify, status_in
from pressroom.models.bounces import LONGEST_TEXT, STOPS, TOKEN_LETTERS, BounceClass
from pressroom.models.text import clean_line

MOST_READ = 131_072
"""Bytes of a mail that are read; what a report says stands at its beginning."""
MOST_TOKENS, MOST_BOUNDARIES, LONGEST_FIELD = 20, 50, 8_192

_TOKEN = re.compile(rf"(?<![a-z0-9])[dl][a-z2-7]{{{TOKEN_LETTERS - 1}}}(?![a-z0-9])", re.IGNORECASE)
_STOP = re.compile(rf"(?<![a-z0-9]){STOPS}\+([a-z2-7]{{26}})@", re.IGNORECASE)
_LINK = re.compile(rf"(?<![a-z0-9]){STOPS}[+/]([a-z2-7]{{26}})(?![a-z0-9])", re.IGNORECASE)
_BOUNDARY = re.compile(rb"boundary", re.IGNORECASE)
_PART_FIELD = re.compile(rb"(?:^|[\r\n])content-[a-z-]+[ \t]*:[^\r\n]*(?:(?:\r\n?|\n)[ \t][^\r\n]*)*", re.IGNORECASE)
_DELIVERED_TO = ("Delivered-To", "X-Original-To", "X-Delivered-To", "Envelope-To", "To")
_NOT_FAILED = frozenset({"delayed", "delivered", "relayed", "expanded"})  # RFC 3464 §2.3.3


class ReportKind(StrEnum):
    """What a mail that came in is. `automatic`: a vacation note, a challenge; `reply`: somebody wrote it, or nobody."""

    BOUNCE = "bounce"
    ABUSE = "abuse"
    NOT_SPAM = "not-spam"
    AUTOMATIC = "automatic"
    REPLY = "reply"


@dataclass(frozen=True, slots=True)
class ReportedRecipient:
    """What a report says of one recipient; `address` is the one we wrote to, as far as the report knows it."""

    address: str
    action: str
    status: str
    text: str

    @property
    def bounce_class(self) -> BounceClass:
        if self.action in _NOT_FAILED:
            return BounceClass.INFORMATION
        return classify(self.status, self.text)


@dataclass(frozen=True, slots=True)
class Report:
    """One mail that came in.

    `is_from_nobody`: its reverse-path is null, as that of every report of delivery is (RFC 3464 §2). `tokens` may name
    the message that it is about, likeliest first; `links` are tokens of unsubscribe links in what it holds, `stops`
    those in the address that it came to.
    """

    kind: ReportKind
    is_from_nobody: bool
    recipients: tuple[ReportedRecipient, ...] = ()
    tokens: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()


def parse_report(content: bytes, *, sender: str | None = None, recipients: Sequence[str] = ()) -> Report:
    """Return what a mail is and says; no bytes whatever make it raise.

    `sender` and `recipients` are those of the envelope; where they are not known, the lines that a mail server adds
    at the top tell (RFC 5321 §4.4: Return-Path), and without those it is from somebody.
    """
    content = content[:MOST_READ]
    if _costs_too_much(content):
        return Report(ReportKind.REPLY, is_from_nobody=False)
    try:
        message = email.message_from_bytes(content)
        returned = sender if sender is not None else str(message.get("Return-Path", "unknown"))
        to = list(recipients) or [str(line) for name in _DELIVERED_TO for line in message.get_all(name, [])]
        return _read(message, content, returned.strip() in ("", "<>"), to)
    except RecursionError:  # nested deeper than anybody writes
        return Report(ReportKind.REPLY, is_from_nobody=False)


def _costs_too_much(content: bytes) -> bool:
    """Whether a mail keeps its reader busy: `email` takes the square of a long field, and of parts in parts."""
    boundaries = sum(1 for _ in _BOUNDARY.finditer(content))
    return boundaries > MOST_BOUNDARIES or any(len(one[0]) > LONGEST_FIELD for one in _PART_FIELD.finditer(content))


def _read(message: Message, content: bytes, is_from_nobody: bool, to: Sequence[str]) -> Report:
    texts = [*to, *(_decoded(part) for part in message.walk() if not part.is_multipart()), content.decode("latin-1")]
    kind, recipients = _kind_of(message, content, is_from_nobody)
    return Report(
        kind=kind,
        is_from_nobody=is_from_nobody,
        recipients=recipients,
        tokens=_each_once(_TOKEN, texts),
        links=_each_once(_LINK, texts),
        stops=_each_once(_STOP, to),
    )


def _each_once(pattern: re.Pattern[str], texts: Sequence[str]) -> tuple[str, ...]:
    """Return what is found, in small letters, since relays change the case of addresses."""
    found = (match[match.re.groups].lower() for text in texts for match in pattern.finditer(text))
    return tuple(dict.fromkeys(found))[:MOST_TOKENS]


def _kind_of(
    message: Message, content: bytes, is_from_nobody: bool
) -> tuple[ReportKind, tuple[ReportedRecipient, ...]]:
    for part in message.walk():
        if part.get_content_type() == "message/delivery-status":
            return ReportKind.BOUNCE, tuple(_recipients(_fields_of(part)))
        if part.get_content_type() == "message/feedback-report":
            return _feedback(_fields_of(part)), ()
    is_broken = message.get_content_type() == "multipart/report"  # it was cut, or lost its boundaries
    if is_broken and (recipients := tuple(_recipients(content.decode("latin-1")))):
        return ReportKind.BOUNCE, recipients
    if is_from_nobody and (odd := read_odd_report(message)):
        return ReportKind.BOUNCE, tuple(ReportedRecipient(*one) for one in odd)
    return ReportKind.AUTOMATIC if is_from_nobody or _is_automatic(message) else ReportKind.REPLY, ()


def _feedback(text: str) -> ReportKind:
    """Return what is fed back; what is neither abuse nor its contrary (RFC 5965 §7.3, RFC 6430) is a note."""
    kinds = [group["feedback-type"].strip().lower() for group in _groups(text) if "feedback-type" in group]
    known = {"abuse": ReportKind.ABUSE, "not-spam": ReportKind.NOT_SPAM}
    return known.get(kinds[0], ReportKind.AUTOMATIC) if kinds else ReportKind.AUTOMATIC


def _is_automatic(message: Message) -> bool:
    """Whether a program has answered (RFC 3834 §5), or one that knows no better sign than these."""
    submitted = str(message.get("Auto-Submitted", "no")).partition(";")[0].strip().lower()
    precedence = str(message.get("Precedence", "")).strip().lower()
    odd_signs = ("X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress")
    return (
        submitted != "no" or precedence in ("auto_reply", "bulk", "junk") or any(sign in message for sign in odd_signs)
    )


def _recipients(text: str) -> Iterator[ReportedRecipient]:
    """Yield what a delivery-status says of each recipient, as far as it is there (RFC 3464 §2.3)."""
    for group in _groups(text):
        if "final-recipient" not in group or not {"action", "status"} & set(group):
            continue
        said = _behind_type(group.get("diagnostic-code", ""))[:LONGEST_TEXT]
        yield ReportedRecipient(
            address=_behind_type(group.get("original-recipient") or group["final-recipient"]).strip("<>"),
            action=group.get("action", "").partition(" ")[0].lower(),
            status=status_in(group.get("status", ""), said),
            text=said,
        )


def _behind_type(value: str) -> str:
    """Return `ada@example.org` of `rfc822; ada@example.org`."""
    kind, semicolon, rest = value.partition(";")
    return (rest if semicolon and re.fullmatch(r"[\w-]+", kind.strip()) else value).strip()


def _groups(text: str) -> Iterator[dict[str, str]]:
    """Yield the groups of fields, which empty lines part; of a field that comes twice the first counts."""
    for group in re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n").replace("\r", "\n")):
        fields: dict[str, str] = {}
        for line in re.sub(r"\n[ \t]+", " ", group).split("\n"):
            name, colon, value = line.partition(":")
            if colon:
                fields.setdefault(name.strip().lower(), clean_line(value))
        yield fields


def _fields_of(part: Message) -> str:
    """Return the fields of a part that `email` has taken for blocks of headers, also where they came encoded."""
    blocks = part.get_payload()
    text = "\n\n".join(_flat(block) for block in blocks) if isinstance(blocks, list) else str(blocks)
    coding = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    if coding == "base64":
        with suppress(BrokenBase64, ValueError):
            return _readable(a2b_base64(_raw(text)))
    return _readable(quopri.decodestring(_raw(text)) if coding == "quoted-printable" else _raw(text))


def _flat(block: object) -> str:
    if not isinstance(block, Message):
        return str(block)
    body = block.get_payload()
    head = [f"{name}: {value}" for name, value in block.raw_items()]
    return "\n".join([*head, *([body] if isinstance(body, str) else [])])


def _decoded(part: Message) -> str:
    content = part.get_payload(decode=True)
    return _readable(content) if isinstance(content, bytes) else ""


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _readable(content: bytes) -> str:
    return content.decode("utf-8", "replace")
