"""A finished feed document in slices, byte for byte: what is new in it can be sent alone (RFC 3229)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from pressroom.models.feeds import Format
from pressroom.syndication.cutting import cut

DIGEST_BYTES = 8
GAPS = {Format.ATOM: b"", Format.RSS: b"", Format.JSON: b",\n"}
"""What stands between two entries."""


@dataclass(frozen=True, slots=True)
class Slices:
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

    def without(self, digests: bytes) -> Slices:
        """Return the document without the entries that these are the digests of."""
        known = {digests[start : start + DIGEST_BYTES] for start in range(0, len(digests), DIGEST_BYTES)}
        return replace(self, entries=tuple(entry for entry in self.entries if _digest(entry) not in known))


def parse_slices(content: bytes, form: Format) -> Slices | None:
    """Return the slices of a feed document as we write it, None for any other, or one without entries."""
    try:
        entries = tuple(cut(content, form).values())
    except ValueError:
        return None
    if not entries:
        return None
    length = len(GAPS[form].join(entries))
    start = content.index(entries[0])
    slices = Slices(content[:start], entries, GAPS[form], content[start + length :])
    return slices if slices.whole == content else None


def _digest(entry: bytes) -> bytes:
    return hashlib.sha256(entry).digest()[:DIGEST_BYTES]
