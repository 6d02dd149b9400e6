"""Bodies in quoted-printable (RFC 2045 §6.7): what many messages share is encoded once, and joined with their own.

Parts are encoded each by itself and joined by soft line breaks, so that none can fall within an encoded octet or where
another would make a line too long.
"""

from __future__ import annotations

import binascii
import re

from pressroom.caches import for_a_round
from pressroom.models.bodies import Body, Form

FORMS, PIECES = 512, 4_096
"""How many are kept as they are encoded. A form refers to its pieces, of which others have most."""
GOOD_LINE = 76
"""RFC 2045 §6.7 (5): no line is longer."""
_SOFT_BREAK = b"=\r\n"
_TOO_LONG = re.compile(rb"^(.{74,})(=20|=09)$", re.MULTILINE)
# SMTP doubles the dot (RFC 5321 §4.5.2), and mailboxes in one file put a sign before the word (RFC 4155).
_TAMPERED_LINE = re.compile(rb"^(\.|F(?=rom ))(.*)$", re.MULTILINE)
_AS_IT_IS = re.compile(r"(?!\.)[!-<>-~]{1,75}")  # most links


def quoted_printable(text: str) -> bytes:
    """Return `text` in UTF-8 and quoted-printable, lines of at most 76 characters, none begun by what others change."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").encode()
    lines = binascii.b2a_qp(plain, istext=True)
    if b"=20" in lines or b"=09" in lines:  # a blank at a line's end, for which it forgets to break the line
        lines = _TOO_LONG.sub(rb"\1=\n\2", lines)
    if lines[:5] == b"From " or lines[:1] == b"." or b"\n." in lines or b"\nFrom " in lines:
        lines = _TAMPERED_LINE.sub(_begun_otherwise, lines)
    return lines.replace(b"\n", b"\r\n")


def _begun_otherwise(line: re.Match[bytes]) -> bytes:
    """Return a line with its first letter encoded; what is too long by that goes on in a line of its own."""
    first, rest = line.groups()
    if len(rest) > GOOD_LINE - 3:
        rest = b"=\n" + _TAMPERED_LINE.sub(_begun_otherwise, rest)
    return b"=%02X%b" % (ord(first), rest)


def encoded(body: Body) -> list[bytes]:
    """Return a body encoded, in chunks to be joined: what is decoded is its text, byte for byte."""
    runs = _runs(body.form) if body.gaps else None
    if runs is None or "\r" in "".join(body.gaps):
        return [quoted_printable(str(body))]
    chunks = [*runs[0]]
    for gap, run in zip(body.gaps, runs[1:], strict=True):
        if gap:
            chunks.append(_open(gap))
        chunks += run
    return chunks


def encoded_size(form: Form) -> int:
    """Return how many bytes a form has at most when it is encoded, without its gaps.

    Were its lines broken elsewhere, each might begin with dots, which are encoded there and make it two or three lines.
    """
    return sum([_largest_size(piece) for run in form.runs for piece in run if piece])


@for_a_round(FORMS)
def _runs(form: Form) -> tuple[tuple[bytes, ...], ...] | None:
    """Return the runs of a form encoded; None where a line end may be cut in two, or a gap may come last."""
    *runs, last = ([piece for piece in run if piece] for run in form.runs)
    if not last or any(piece.endswith("\r") for run in form.runs for piece in run):
        return None
    opened = [tuple(map(_open_piece, run)) for run in runs]
    return (*opened, (*map(_open_piece, last[:-1]), *map(quoted_printable, last[-1:])))


def _open(text: str) -> bytes:
    """Return a text, not empty, so that more may follow: at the begin of a line, or after a soft line break."""
    if _AS_IT_IS.fullmatch(text):
        return text.encode() + _SOFT_BREAK
    closed = quoted_printable(f"{text}x")[:-1]  # the "x" keeps the last place of the line free, and a blank unencoded
    return closed if closed.endswith(b"\r\n") else closed + _SOFT_BREAK


_open_piece = for_a_round(PIECES)(_open)


@for_a_round(PIECES)
def _largest_size(piece: str) -> int:
    opened = _open_piece(piece)
    return len(opened) + 12 * opened.count(b"\n")
