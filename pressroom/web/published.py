"""`/feeds/…`: the published files, answered from memory for as long as the file on the disk is the same."""

from __future__ import annotations

import errno
import logging
import mimetypes
import os
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pressroom.codings import TWINS
from pressroom.files import opened
from pressroom.links import Links
from pressroom.models.feeds import ARCHIVE, Format, etag_of
from pressroom.web.answers import Answer, AnswerResponse, Answers, Headers, merged
from pressroom.web.deltas import is_wanted
from pressroom.web.moved import not_found
from pressroom.web.pages import try_again

log = logging.getLogger("pressroom.web")

PREFIX = "/feeds/"
TYPES = {f".{form.value}": f"{form.media_type}; charset=utf-8" for form in Format} | {".opml": "text/x-opml"}
# What is new is published at once, but readers who ask four times an hour hear of it soon enough. An archive changes
# only when something in it is revised.
CACHE_CONTROL, OF_ARCHIVES = b"public, max-age=900", b"public, max-age=86400"
MOST_BYTES = 64_000_000
OPENED = b"application/xml; charset=utf-8"
"""What a feed is to a browser whose person opens it: of its own type, it would be text or a file to save."""
OPENABLE = (Format.ATOM, Format.RSS)
FOR_ALL = (b"access-control-allow-origin", b"*")
_NO_FILE = (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP)

_Stamp = tuple[int, int, int]


class PublishedFeeds:
    """The files below `folder`, each with `headers` beside its own; feeds name themselves and their `hubs`.

    A range is not looked at: everybody gets the whole file (RFC 9110 §14.2 leaves that open, and feeds are small).
    """

    def __init__(self, folder: Path, headers: Headers, links: Links, hubs: tuple[str, ...]) -> None:
        self._folder, self._headers, self._links, self._hubs = str(folder), headers, links, hubs
        self._answers = Answers(MOST_BYTES)

    def kept(self, path: str, asked: Mapping[bytes, bytes]) -> Answer | None:
        """Return the file at `path` below the folder, if it is in memory and still the same on the disk."""
        key = path, is_opened(path, asked)
        if key not in self._answers:
            return None
        try:
            return self._answers.find(key, _stamp(os.stat(f"{self._folder}/{path}")))  # noqa: PTH116 (a Path is slow)
        except OSError:
            return None

    async def find(self, path: str, asked: Mapping[bytes, bytes]) -> Answer | None:
        """Return the file at `path` below the folder, None where nothing is published; raises OSError."""
        return self.kept(path, asked) or await run_in_threadpool(self._read, path, is_opened(path, asked))

    def _read(self, path: str, is_opened: bool) -> Answer | None:
        place, folder = Path(self._folder, path), Path(self._folder).resolve()
        try:
            if not _is_public(path) or not place.is_file() or not place.resolve().is_relative_to(folder):
                return None
            with opened(place) as file:
                status = os.fstat(file.fileno())
                content = file.read()
        except OSError as error:
            if error.errno in _NO_FILE:
                return None
            raise
        headers, tag = (*self._headers_of(path), *self._headers), etag_of(content)
        if is_opened:
            headers = as_opened(headers)
            tag += "-xml"
        answer = Answer(content, headers, int(status.st_mtime), tag=tag)
        return self._answers.keep((path, is_opened), _stamp(status), answer)

    def _headers_of(self, path: str) -> Headers:
        if form := Format.of(path):
            hubs = () if path.startswith(ARCHIVE) else self._hubs
            headers = feed_headers(self._links.page(f"{PREFIX}{quote(path)}"), form, hubs, _cache_control(path))
            return (*headers, (b"vary", b"a-im, sec-fetch-dest" if form in OPENABLE else b"a-im"))
        media_type = TYPES.get(Path(path).suffix) or mimetypes.guess_type(path)[0] or "application/octet-stream"
        if media_type in ("text/css", "text/html", "text/plain"):
            media_type += "; charset=utf-8"
        return (b"content-type", media_type.encode()), (b"cache-control", _cache_control(path)), FOR_ALL


async def show_feed(request: Request) -> Response:
    """Show a published file; of a feed, what is new alone to who asks for that."""
    path, state = request.path_params["path"], request.app.state
    asked = merged(request.scope["headers"])
    try:
        answer: Answer | None = await state.files.find(path, asked)
    except OSError as error:
        log.error("A feed was asked for in vain: %s: %s.", error.filename, (error.strerror or str(error)).lower())
        return await run_in_threadpool(try_again, request)
    if answer is None:
        return await run_in_threadpool(not_found, request)
    if is_wanted(path, asked):
        return AnswerResponse(await run_in_threadpool(state.deltas.find, path, answer, asked))
    return AnswerResponse(answer)


def is_opened(path: str, asked: Mapping[bytes, bytes]) -> bool:
    """Whether a person opens a feed of XML in a browser, which shows it by its style sheet then (Fetch Metadata §2)."""
    return asked.get(b"sec-fetch-dest") == b"document" and Format.of(path) in OPENABLE


def as_opened(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Return the headers of a feed that a person opens."""
    return tuple((name, OPENED if name == b"content-type" else value) for name, value in headers)


def feed_headers(
    address: str, form: Format, hubs: tuple[str, ...] = (), cache_control: bytes = CACHE_CONTROL
) -> Headers:
    """Return the headers of a feed at `address`; its Link headers are what hubs ask for (W3C WebSub §4)."""
    links = ((address, "self"), *((hub, "hub") for hub in hubs))
    return (
        (b"content-type", TYPES[f".{form}"].encode()),
        (b"cache-control", cache_control),
        FOR_ALL,
        *((b"link", f'<{url}>; rel="{rel}"'.encode()) for url, rel in links),
    )


def _is_public(path: str) -> bool:
    """Whether `path` is written as files are published: what begins with a dot is hidden, or leads elsewhere."""
    is_hidden = any(part.startswith(".") for part in path.split("/")) or path.endswith(TWINS)
    return "\0" not in path and str(PurePosixPath(path)) == path and not is_hidden


def _stamp(status: os.stat_result) -> _Stamp:
    return status.st_mtime_ns, status.st_size, status.st_ino


def _cache_control(path: str) -> bytes:
    return OF_ARCHIVES if path.startswith(ARCHIVE) else CACHE_CONTROL


ROUTES = [Route("/feeds/{path:path}", show_feed)]
