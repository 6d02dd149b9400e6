"""Text as it comes in: cleaned once at the edge, so that nothing behind it meets a code point that XML forbids."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TypeVar
from urllib.parse import urlsplit

from pressroom.errors import InvalidFieldError

# XML 1.0 §2.2 allows tab, newline, carriage return and no other C0 control; C1 controls, noncharacters, lone surrogates
# and the sign for a lost letter are dropped with them, since validators warn of them or UTF-8 cannot hold them.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffd\ufffe\uffff"
    + "".join(chr(plane << 16 | low) for plane in range(1, 17) for low in (0xFFFE, 0xFFFF))
    + "]"
)
# The paragraph and line separators, the vertical tab, form feed and NEL end a line in many writers' tools.
_LINE_ENDS = re.compile("\r\n?|[\u2028\u2029\x0b\x0c\x85]")
_DIRECTIONS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "Æ": "ae", "ø": "o", "Ø": "o", "œ": "oe", "Œ": "oe", "đ": "d",
                          "ð": "d", "þ": "th", "ł": "l", "Ł": "l", "ı": "i"})  # fmt: skip

# RFC 3987 §2.2 has no place for these, §4.1 none for signs that turn the direction of reading; the catalogue's own
# check asks for a scheme and something behind it.
_URL = re.compile(r'https?://[^\s<>"\\^`{|}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+', re.IGNORECASE)
_HOST = re.compile(r"(?=.*[^\W_])[^.]{1,63}(\.[^.]{1,63})*\.?")  # RFC 1035 §2.3.4: no label is longer
_SECOND_URL = re.compile(r"[\s,;]https?://", re.IGNORECASE)

MAX_TITLE, MAX_SUMMARY, MAX_BODY, MAX_URL, MAX_NAME = 1_000, 20_000, 500_000, 2_000, 300
_SHOWN = 60

Value = TypeVar("Value")


def clean_text(text: str) -> str:
    """Return `text` in NFC with `\\n` line ends, without forbidden code points and outer blanks."""
    if text.isascii() and text.isprintable():
        return text.strip()
    return unicodedata.normalize("NFC", _FORBIDDEN.sub("", _LINE_ENDS.sub("\n", text))).strip()


def clean_line(text: str) -> str:
    """Return `text` cleaned and on one line, runs of blanks folded."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    return re.sub(r"\s+", " ", clean_text(text))


def safe_line(text: str) -> str:
    """Return a stranger's words as a clean line without signs that turn the direction of reading."""
    return clean_line(_DIRECTIONS.sub("", text))


def without_forbidden(text: str) -> str:
    """Return `text` without the code points that XML forbids."""
    # Of what is printable, only the sign for a lost letter is forbidden; most texts are known by that.
    return text if text.isprintable() and "\ufffd" not in text else _FORBIDDEN.sub("", text)


def clean_address(text: str) -> str:
    """Return an address or an id without forbidden code points and outer blanks; its letters stay as they were coded,
    since whoever gave it out compares them one by one."""
    return without_forbidden(text).strip()


def without_mail_addresses(line: str) -> str:
    """Return a line without the mail addresses in it, and without what holds them: “Ann <ann@example.org>” is “Ann”."""
    return clean_line(_MAIL_ADDRESS.sub(" ", clean_line(line))).strip(" ,;")


_NAME = r"[^\s@<>()\[\],;:]"
# It begins where a word does, and takes one blank at most: else a long text is looked at from each of its letters.
_MAIL_ADDRESS = re.compile(rf"[<(\[]? ?(?:mailto:)?(?<!{_NAME}){_NAME}+@{_NAME}+\.{_NAME}+ ?[>)\]]?")


def folded(name: str) -> str:
    """Return the name of a field as names are compared: on one line and in small letters."""
    return clean_line(name).lower()


def named_once(pairs: Iterable[tuple[str, Value]]) -> dict[str, Value]:
    """Return values by name; a name that comes twice is refused, since nobody knows which value is meant."""
    pairs = list(pairs)
    values = dict(pairs)
    if len(values) < len(pairs):
        ((name, _),) = Counter(name for name, _ in pairs).most_common(1)
        raise InvalidFieldError(shown(name), "is there twice", "keep one of the two")
    return values


def paragraphs(text: str) -> tuple[str, ...]:
    """Return the paragraphs of a text, which empty lines part."""
    return tuple(part.strip() for part in re.split(r"\n\s*\n", text) if part.strip())


def limited(field: str, text: str, limit: int) -> str:
    """Return `text`, or say that it is longer than `limit` characters."""
    if len(text) > limit:
        raise InvalidFieldError(field, f"is {len(text):,} characters long", f"keep it under {limit:,}")
    return text


def shown(text: str) -> str:
    """Return what somebody wrote as a sentence quotes it: on one line, and not all of it if it is long."""
    line = safe_line(text[: 4 * _SHOWN])
    return f"“{line}”" if len(line) <= _SHOWN else f"“{line[: _SHOWN - 1]}…”"


def is_visible(text: str) -> bool:
    """Whether a reader sees anything of `text`: a letter, a digit or a sign."""
    return any(unicodedata.category(character)[0] in "LNPS" for character in text)


def clean_url(field: str, text: str) -> str | None:
    """Return an http(s) address, None for a blank one; anything else is refused."""
    url = clean_address(text)
    if not url:
        return None
    limited(field, url, MAX_URL)
    if _SECOND_URL.search(url):
        raise InvalidFieldError(field, f"{shown(url)} holds two addresses", "give one")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port  # asking for the port checks it
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https") or not _URL.fullmatch(url) or not _HOST.fullmatch(host):
        raise InvalidFieldError(
            field, f"{shown(url)} is no web address", "give one that begins with https:// or http://"
        )
    if "@" in parts.netloc:
        raise InvalidFieldError(field, f"{shown(url)} names a user before the host", "leave out what stands before @")
    return url


def clean_language(field: str, text: str) -> str:
    """Return a language code (RFC 5646), empty for a blank one; anything else is refused."""
    code = clean_line(text)
    if not code:
        return ""
    # RFC 5646 §4.4.1: 35 characters hold every code that is in use.
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", code) or len(code) > 35:
        raise InvalidFieldError(field, f"{shown(code)} is no language code", "write it like en, nl or pt-BR")
    first, *rest = code.split("-")
    return "-".join([first.lower(), *rest])


def is_in_language(code: str, wanted: str) -> bool:
    """Whether a text in language `code` is what `wanted` asks for: en asks for en-GB too (RFC 4647 §3.3.1)."""
    return f"{code}-".lower().startswith(f"{wanted}-".lower())


@lru_cache(maxsize=4_096)  # an import asks for the same topics over and over
def slugify(text: str, longest: int = 80) -> str:
    """Return the address form of a name: lower-case ASCII words joined by hyphens; empty if nothing is left."""
    ascii_text = unicodedata.normalize("NFKD", text.translate(_LETTERS)).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", re.sub(r"['’]", "", ascii_text.lower())).strip("-")
    if len(slug) > longest:
        slug = slug[:longest].rsplit("-", 1)[0].strip("-")
    return slug


def numbered(name: str, is_taken: Callable[[str], bool]) -> str:
    """Return `name`, or `name-2`, `name-3` … if that is taken."""

    def as_named(number: int) -> str:
        return f"{name}-{number + 1}" if number else name

    return as_named(first_free(lambda number: is_taken(as_named(number))))


def first_free(is_taken: Callable[[int], bool]) -> int:
    """Return the first free number from 0 on. Thousands may be taken, all in a row: the end is found by doubling."""
    taken, free = -1, 0
    while is_taken(free):
        taken, free = free, 2 * free + 1
    while free - taken > 1:
        middle = (taken + free) // 2
        taken, free = (middle, free) if is_taken(middle) else (taken, middle)
    return free
