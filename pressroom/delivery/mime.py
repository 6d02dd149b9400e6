"""A Message as the bytes that travel: RFC 5322 headers and two alternative parts (RFC 2045, 2046).

Python's own `EmailMessage` is not used: it writes a long `List-Unsubscribe` as an encoded-word, so that no
mailbox shows its button (RFC 2047 §5 forbids it, cpython #85725), loses blanks in mixed subjects, and makes
encoded-words and body lines longer than RFC 2047 and RFC 2045 allow.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import Protocol

import idna

from pressroom.caches import for_a_round
from pressroom.delivery.quoted import encoded
from pressroom.errors import InvalidFieldError
from pressroom.models.runs import Message

LONGEST_LINE = 998
"""RFC 5322 §2.1.1: no line may be longer, without its CRLF."""
GOOD_LINE = 76
"""RFC 2047 §2: a header line that holds an encoded-word; RFC 5322 would like 78 for any other."""
ENCODED_WORD = 75
HEADERS = 1_024
"""How many are kept as they are encoded: those that all messages of a run have."""

# A display name before an address or a list's id; Subject is free text; all others are written as they are.
_MAILBOXES = frozenset({"from", "to", "reply-to", "sender", "list-id"})
_TEXTS = frozenset({"subject"})

_NAME = re.compile(r"(?!\.)[!-9;-~]+")  # RFC 5322 §2.2 allows a dot in front, which SMTP would double
_FORBIDDEN = re.compile("[\r\n\0\ud800-\udfff]")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
# What a Q-encoded word may hold anywhere, a display name included (RFC 2047 §5.3).
_UNQUOTED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
_Q_WORD, _B_WORD = "=?utf-8?q?{}?=", "=?utf-8?b?{}?="
_Q_ROOM = ENCODED_WORD - len(_Q_WORD.format(""))
_B_ROOM = ENCODED_WORD - len(_B_WORD.format(""))


class Encoded(bytes):
    """A message as it travels, with CRLF line ends, no line of which begins with a dot.

    SMTP doubles such dots (RFC 5321 §4.5.2); to know that there are none saves a search through every message.
    """

    __slots__ = ()


class MessageSigner(Protocol):
    """What signs an encoded message; see `delivery.dkim`."""

    def signed(self, content: Encoded) -> Encoded: ...


def encode(message: Message, dkim: MessageSigner | None = None) -> Encoded:
    """Return `message` as it travels, signed where there is a signer; equal messages give equal bytes.

    A header that holds a line break or NUL, or does not fit its line, is refused with an InvalidFieldError.
    """
    boundary = _boundary(message.message_id)
    head = "\r\n".join([_header(name, value) for name, value in message.headers])
    text, html = _HEADS
    chunks = [
        f"{head}\r\nMIME-Version: 1.0\r\n"
        f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"\r\n\r\n--{boundary}{text}'.encode(),
        *encoded(message.text_body),
        f"\r\n--{boundary}{html}".encode(),
        *encoded(message.html_body),
        f"\r\n--{boundary}--\r\n".encode(),
    ]
    content = Encoded(b"".join(chunks))
    return dkim.signed(content) if dkim else content


def ascii_domain(domain: str) -> str:
    """Return a domain as mail carries it: punycode where it is not ASCII."""
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain, uts46=True).decode()
    except idna.IDNAError as error:
        raise InvalidFieldError("address", f"“{domain}” is no domain ({error})", "mend the address") from error


def ascii_address(address: str) -> str:
    """Return an address with its domain in ASCII; only a local part that is not needs SMTPUTF8 (RFC 6531)."""
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{ascii_domain(domain)}"


def _boundary(message_id: str) -> str:
    """Return what no quoted-printable body can hold: there, "=" is never followed by "_" (RFC 2045 §6.7)."""
    return f"=_{hashlib.sha256(message_id.encode()).hexdigest()[:32]}"


_HEADS = [
    f"\r\nContent-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    for subtype in ("plain", "html")
]


@for_a_round(HEADERS)
def _header(name: str, value: str) -> str:
    """Return one header, folded; its line end is left out."""
    if not _NAME.fullmatch(name):
        raise InvalidFieldError(name, "is no name of a header", "use letters, digits and hyphens")
    if _FORBIDDEN.search(value):
        raise InvalidFieldError(name, "holds a line break, a NUL or half a character", "write it on one line")
    header = f"{name}:{_value(name, value)}"
    if len(header) > LONGEST_LINE and any(len(line.encode()) > LONGEST_LINE for line in header.split("\r\n")):
        raise InvalidFieldError(name, f"has a line of more than {LONGEST_LINE} bytes", "shorten it")
    return header


def _value(name: str, value: str) -> str:
    if name.lower() in _TEXTS:
        return _folded(_text_words(value, len(name) + 1), len(name) + 1)
    if name.lower() in _MAILBOXES:
        return _folded([*_mailbox_words(name, value)], len(name) + 1)
    if not value.isascii():
        raise InvalidFieldError(name, "holds more than ASCII", "write it in ASCII")
    return f" {value}"


def _mailbox_words(name: str, value: str) -> Iterator[str]:
    """Yield the words of `Display Name <address>`, in which the name stands as it is read, unquoted."""
    display, bracket, address = value.rpartition(" <")
    if not (bracket and address.endswith(">")):
        yield ascii_address(value)
        return
    if display:
        yield from _phrase_words(display, len(name) + 1)
    yield f"<{ascii_address(address.removesuffix('>'))}>"


def _text_words(text: str, indent: int) -> list[str]:
    return text.split(" ") if _is_plain(text) else _encoded_words(text, indent)


def _phrase_words(name: str, indent: int) -> list[str]:
    """Return a display name: as it is, as a quoted-string (RFC 5322 §3.2.4) or as encoded-words."""
    if not _is_plain(name):
        return _encoded_words(name, indent)
    if _ATOMS.fullmatch(name):
        return name.split(" ")
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}"'.split(" ")


def _is_plain(text: str) -> bool:
    """Whether `text` can stand as it is: printable ASCII with single blanks, nothing that looks encoded."""
    printable = text.isascii() and text.isprintable()
    single_blanks = text == " ".join(text.split())
    return printable and single_blanks and "=?" not in text and all(len(word) < 60 for word in text.split(" "))


def _folded(words: list[str], column: int) -> str:
    """Return the words, each after a blank, on lines as short as they allow."""
    folded = ""
    for word in words:
        if folded and column + 1 + len(word) > GOOD_LINE:
            folded, column = f"{folded}\r\n", 0
        folded, column = f"{folded} {word}", column + 1 + len(word)
    return folded


def _encoded_words(text: str, indent: int) -> list[str]:
    """Return `text` as encoded-words of whole characters, by the shorter of RFC 2047's two encodings.

    The first is short enough to stand behind the header's name; blanks between encoded-words are not read.
    """
    as_q = _cut(text, _q_weight, _Q_ROOM - indent, _Q_ROOM)
    as_b = _cut(text, _b_weight, (_B_ROOM - indent) // 4 * 3, _B_ROOM // 4 * 3)
    words = [_Q_WORD.format(_q(piece)) for piece in as_q], [_B_WORD.format(_b(piece)) for piece in as_b]
    return min(words, key=lambda encoded: len("".join(encoded)))


def _cut(text: str, weight: Callable[[str], int], first: int, others: int) -> list[str]:
    """Return pieces of whole letters, the first weighing at most `first`, the others `others`."""
    if weight(text) <= first:
        return [text]
    pieces, free = [""], first
    for character in text:
        free -= (taken := weight(character))
        if pieces[-1] and free < 0:
            pieces.append("")
            free = others - taken
        pieces[-1] += character
    return pieces


_Q = tuple(chr(octet) if octet in _UNQUOTED else "_" if octet == 0x20 else f"={octet:02X}" for octet in range(256))


def _q(text: str) -> str:
    return "".join([_Q[octet] for octet in text.encode()])


def _q_weight(text: str) -> int:
    return len(_q(text))


def _b(text: str) -> str:
    return b64encode(text.encode()).decode()


def _b_weight(text: str) -> int:
    return len(text.encode())
