"""Documents from the web, as the program of a reader fetches them."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPException, HTTPResponse
from time import monotonic
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

import pressroom
from pressroom.errors import UnreadableFileError
from pressroom.models.text import safe_line, shown
from pressroom.syndication.checks.values import is_address
from pressroom.syndication.cleaning import as_address

PATIENCE = 20.0
"""Seconds without a byte."""
LONGEST = 120.0
"""Seconds for a whole document: who sends byte by byte does not hold us for ever."""
MOST_BYTES = 20_000_000
_PIECE = 65_536
_NOT_MODIFIED = 304


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came for an address.

    `url` is where it came from in the end, `media_type` in small letters. `has_validator` says that it had an ETag or
    a Last-Modified, `is_revalidated` that who has it already is told so and not sent it again (RFC 9110 §13).
    """

    url: str
    content: bytes
    media_type: str
    has_validator: bool
    is_revalidated: bool


def agent_of(page: str) -> str:
    """Return what the program calls itself when it asks for something; `page` tells whose it is."""
    return f"Pressroom/{pressroom.__version__} (+{page})"


def fetch(url: str, agent: str) -> Fetched:
    """Return the document at a web address; whatever keeps it from us is an UnreadableFileError."""
    if not is_address(url):
        raise UnreadableFileError(url, "is no web address", "give one that begins with https:// or http://")
    opener = build_opener(_OnlyToTheWeb)
    headers = {"User-Agent": agent, "Accept": "*/*", "Accept-Encoding": "gzip"}
    try:
        with opener.open(Request(as_address(url), headers=headers), timeout=PATIENCE) as answer:
            content = _unpacked(url, answer.headers, _read(url, answer))
            known = _validators(answer.headers)
            media_type = answer.headers.get_content_type() if "Content-Type" in answer.headers else ""
            final = answer.geturl()
        return Fetched(final, content, media_type, bool(known), _is_known(opener, final, headers | known))
    except HTTPError as error:
        error.close()
        said = f"is answered with {error.code} {safe_line(str(error.reason))}".rstrip()
        raise UnreadableFileError(url, said, "check the address") from error
    except URLError as error:
        raise _unreachable(url, error.reason) from error
    except (OSError, HTTPException, ValueError) as error:
        raise _unreachable(url, error) from error


class _OnlyToTheWeb(HTTPRedirectHandler):
    """Follows redirects, but only to web addresses."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> Request | None:
        if not is_address(newurl):
            fp.close()
            raise UnreadableFileError(
                req.full_url, f"leads on to {shown(newurl)}, which is no web address", "mend that"
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]  # its stub wants HTTPMessage


def _read(url: str, answer: HTTPResponse) -> bytes:
    pieces, size, end = [], 0, monotonic() + LONGEST
    while piece := answer.read1(_PIECE):
        pieces.append(piece)
        size += len(piece)
        if size > MOST_BYTES:
            raise _too_large(url)
        if monotonic() > end:
            raise UnreadableFileError(url, f"takes more than {LONGEST:.0f} seconds", "try again later")
    if answer.length:
        raise UnreadableFileError(url, "ends before its end", "try again later")
    return b"".join(pieces)


def _unpacked(url: str, headers: Message, content: bytes) -> bytes:
    coding = str(headers.get("Content-Encoding", "identity")).strip().lower()
    if coding in ("", "identity"):
        return content
    if coding not in ("gzip", "x-gzip"):
        raise UnreadableFileError(url, f"is packed as {shown(coding)}, which nobody asked for", "mend the server")
    unpacking = zlib.decompressobj(wbits=31)  # gzip, RFC 1952
    try:
        unpacked = unpacking.decompress(content, MOST_BYTES + 1)
    except zlib.error as error:
        raise UnreadableFileError(url, "says that it is gzip and is not", "mend the server") from error
    if len(unpacked) > MOST_BYTES:
        raise _too_large(url)
    if not unpacking.eof:
        raise UnreadableFileError(url, "ends before its end", "try again later")
    return unpacked


def _too_large(url: str) -> UnreadableFileError:
    return UnreadableFileError(url, f"is larger than {MOST_BYTES:,} bytes", "no reader takes that; make it smaller")


def _validators(headers: Message) -> dict[str, str]:
    """Return the headers by which to ask whether a document is still the same."""
    asked = {"If-None-Match": headers.get("ETag"), "If-Modified-Since": headers.get("Last-Modified")}
    return {name: str(value) for name, value in asked.items() if value}


def _is_known(opener: OpenerDirector, url: str, headers: dict[str, str]) -> bool:
    if not {"If-None-Match", "If-Modified-Since"} & set(headers):
        return False
    try:
        with opener.open(Request(url, headers=headers), timeout=PATIENCE):
            return False
    except HTTPError as error:
        error.close()
        return error.code == _NOT_MODIFIED


def _unreachable(url: str, why: object) -> UnreadableFileError:
    said = safe_line(str(getattr(why, "strerror", None) or why or type(why).__name__)).lower().rstrip(".")
    return UnreadableFileError(url, f"cannot be fetched: {said}", "check the address, and whether the server runs")
