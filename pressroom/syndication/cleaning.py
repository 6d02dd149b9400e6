"""The last cleaning of texts before they become bytes.

Text is clean when it comes in by a door, but any SQLite program may write a release; one forbidden code point must not
cost readers the whole feed.
"""

from __future__ import annotations

import re
from unicodedata import is_normalized
from urllib.parse import quote

from pressroom.delivery.mime import ascii_domain
from pressroom.errors import InvalidFieldError
from pressroom.models.text import clean_address, clean_line, clean_text, without_mail_addresses

# What RFC 3986 §2 lets stand behind the host as it is, and % for what is encoded already; there, brackets are no signs.
_SIGNS = "/?:@!$&'()*+,;=~%#"
_PLAIN_ADDRESS = re.compile(r"https?://[A-Za-z0-9.:-]+(?:[/?#][A-Za-z0-9/?:@!$&'()*+,;=~%#._-]*)?")


def as_address(url: str) -> str:
    """Return `url` as a URI, which every format takes: an IRI is mapped to one (RFC 3987 §3.1), its host in punycode.

    It leads where it led.
    """
    url = clean_address(url)
    if _PLAIN_ADDRESS.fullmatch(url):
        return url
    scheme, mark, rest = url.partition("://")
    host = re.match(r"[^/?#]*", rest)
    if not mark or not host:
        return quote(url, safe=_SIGNS)
    return f"{scheme}://{_ascii_host(host[0])}{quote(rest[host.end() :], safe=_SIGNS)}"


def _ascii_host(host: str) -> str:
    name, colon, port = host.partition(":") if not host.startswith("[") else (host, "", "")
    try:
        return f"{ascii_domain(name)}{colon}{port}"
    except InvalidFieldError:  # another program has written what is no name; it leads nowhere in any form
        return quote(host, safe=":@")


def as_name(text: str) -> str:
    """Return somebody's name as a line, without the mail address that may stand in it."""
    line = as_line(text)
    return without_mail_addresses(line) if "@" in line else line


def as_language(code: str) -> str:
    """Return a language as the W3C validator and older readers know it, who go by the codes of ISO 639-1 and -2.

    Of a language that has none its macrolanguage is told, as RFC 5646 §4.1.1 allows, and of a code that was replaced
    the one of today (§3.1.4).
    """
    first, *rest = as_line(code).split("-")
    return "-".join([_KNOWN_AS.get(first, first), *rest])


_KNOWN_AS = {
    "iw": "he", "in": "id", "ji": "yi", "jw": "jv", "mo": "ro",
    "cmn": "zh", "yue": "zh", "nan": "zh", "wuu": "zh", "hak": "zh",
    "arb": "ar", "ary": "ar", "arz": "ar", "ckb": "ku", "kmr": "ku", "pes": "fa", "prs": "fa", "hbs": "sh",
    "ekk": "et", "lvs": "lv", "swh": "sw", "zsm": "ms", "uzn": "uz", "azj": "az", "npi": "ne", "ory": "or", "plt": "mg",
}  # fmt: skip


def as_line(text: str) -> str:
    return text.strip() if _is_clean(text) and "  " not in text else clean_line(text)


def as_text(text: str) -> str:
    return text.strip() if _is_clean(text.replace("\n", "")) else clean_text(text)


def _is_clean(text: str) -> bool:
    """Whether nothing is to be cleaned, which takes a tenth of the time that cleaning does."""
    return text.isprintable() and "\ufffd" not in text and is_normalized("NFC", text)
