"""A finished feed document as its parts, byte for byte: what is new in it can be sent alone (RFC 3229)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from pressroom.models.feeds import Format

DIGEST_BYTES = 8

# In an XML document “<” stands for itself in these places only; what looks like a tag within the first three is none.
_MARKS = {
    form: re.compile(
        rb"<!\[CDATA\[.*?\]\]>|<!--.*?-->|<\?.*?\?>|<(?P<start>%b)(?=[\s/>])|</%b\s*>" % (name, name), re.DOTALL
    )
    for form, name in ((Format.ATOM, b"entry"), (Format.RSS, b"item"))
}


@dataclass(frozen=True, slots=True)
class Parts:
    """A document is `head`, the entries with `gap` between them, and `tail`."""

    head: bytes
    entries: tuple[bytes, ...]
    gap: bytes
    tail: bytes

    @property
    def whole(self) -> bytes:
        return self.head + self.gap.join(self.entries) + self.tail

    def digests(self) -> bytes:
        """Return what `without` knows these entries by: eight bytes for each."""
        return b"".join(map(_digest, self.entries))

    def without(self, digests: bytes) -> Parts:
        """Return the document without the entries that these are the digests of."""
        known = {digests[start : start + DIGEST_BYTES] for start in range(0, len(digests), DIGEST_BYTES)}
        new = tuple(entry for entry in self.entries if _digest(entry) not in known)
        return Parts(self.head, new, self.gap, self.tail)


def parse_parts(content: bytes, form: Format) -> Parts | None:
    """Return the parts of a feed document as we write it, None for any other, or one without entries."""
    spans = _json_spans(content) if form is Format.JSON else list(_xml_spans(content, form))
    if not spans:
        return None
    (first, end), last = spans[0], spans[-1][1]
    gap = content[end : spans[1][0]] if spans[1:] else b""
    parts = Parts(content[:first], tuple(content[start:end] for start, end in spans), gap, content[last:])
    return parts if parts.whole == content else None


def _json_spans(content: bytes) -> list[tuple[int, int]]:
    """Return where the items stand: each is a line, between one with the head and one with the end."""
    spans, start = [], content.find(b"\n") + 1
    while content.startswith(b"{", start) and start and (end := content.find(b"\n", start)) >= 0:
        spans.append((start, end - content.endswith(b",", start, end)))
        start = end + 1
    return spans


def _xml_spans(content: bytes, form: Format) -> Iterable[tuple[int, int]]:
    start = None
    for mark in _MARKS[form].finditer(content):
        if mark["start"]:
            start = mark.start()
        elif start is not None and mark[0].startswith(b"</"):
            yield start, mark.end()
            start = None


def _digest(entry: bytes) -> bytes:
    return hashlib.sha256(entry).digest()[:DIGEST_BYTES]
