"""`/feeds/…`: the published files, answered from memory for as long as the file on the disk is the same."""

from __future__ import annotations

import errno
import mimetypes
import os
from pathlib import Path, PurePosixPath

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pressroom.models.feeds import Format
from pressroom.web.answers import Answer, AnswerResponse, Answers, Headers
from pressroom.web.moved import not_found

PREFIX = "/feeds/"
TYPES = {f".{form.value}": f"{form.media_type}; charset=utf-8" for form in Format} | {".opml": "text/x-opml"}
# What is new is published at once, but readers who ask four times an hour hear of it soon enough.
CACHE_CONTROL = b"public, max-age=900"
MOST_BYTES = 64_000_000
_NO_FILE = (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP)

_Stamp = tuple[int, int, int]


class PublishedFeeds:
    """The files below `folder`, each with `headers` beside its own.

    A range is not looked at: everybody gets the whole file (RFC 9110 §14.2 leaves that open, and feeds are small).
    """

    def __init__(self, folder: Path, headers: Headers) -> None:
        self._folder, self._headers = str(folder), headers
        self._answers = Answers(MOST_BYTES)

    def kept(self, path: str) -> Answer | None:
        """Return the file at `path` below the folder, if it is in memory and still the same on the disk."""
        if path not in self._answers:
            return None
        try:
            return self._answers.find(path, _stamp(os.stat(f"{self._folder}/{path}")))  # noqa: PTH116 (a Path is slow)
        except OSError:
            return None

    async def find(self, path: str) -> Answer | None:
        """Return the file at `path` below the folder, None where nothing is published; raises OSError."""
        return self.kept(path) or await run_in_threadpool(self._read, path)

    def _read(self, path: str) -> Answer | None:
        place, folder = Path(self._folder, path), Path(self._folder).resolve()
        try:
            if not _is_public(path) or not place.is_file() or not place.resolve().is_relative_to(folder):
                return None
            with place.open("rb") as file:
                status = os.fstat(file.fileno())
                content = file.read()
        except OSError as error:
            if error.errno in _NO_FILE:
                return None
            raise
        answer = Answer(content, (*_headers(place), *self._headers), int(status.st_mtime))
        return self._answers.keep(path, _stamp(status), answer)


async def show_feed(request: Request) -> Response:
    """Show a published file."""
    answer = await request.app.state.files.find(request.path_params["path"])
    return AnswerResponse(answer) if answer else await run_in_threadpool(not_found, request)


def _is_public(path: str) -> bool:
    """Whether `path` is written as files are published: what begins with a dot is hidden, or leads elsewhere."""
    parts = path.split("/")
    return "\0" not in path and str(PurePosixPath(path)) == path and not any(part.startswith(".") for part in parts)


def _stamp(status: os.stat_result) -> _Stamp:
    return status.st_mtime_ns, status.st_size, status.st_ino


def _headers(place: Path) -> Headers:
    media_type = TYPES.get(place.suffix) or mimetypes.guess_type(place.name)[0] or "application/octet-stream"
    if media_type in ("text/html", "text/plain"):
        media_type += "; charset=utf-8"
    return (
        (b"content-type", media_type.encode()),
        (b"cache-control", CACHE_CONTROL),
        (b"access-control-allow-origin", b"*"),
    )


ROUTES = [Route("/feeds/{path:path}", show_feed)]
