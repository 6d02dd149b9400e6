"""Answers that are kept: each in the codings that readers take, with a validator for each (RFC 9110 §8.8.3)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from email.utils import formatdate, parsedate_to_datetime
from functools import cached_property, lru_cache
from threading import Lock

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from pressroom.codings import CODINGS
from pressroom.models.feeds import etag_of
from pressroom.web.codings import PLAIN, accepted

LEAST_TO_COMPRESS = 500

Headers = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True)
class Reply:
    """What one reader gets of an answer: the whole in some coding, or that it is known. Without the status line."""

    status: int
    headers: Headers
    body: bytes

    @cached_property
    def head(self) -> bytes:
        """The headers as HTTP/1.1 has them, with the empty line that ends them."""
        return b"".join(b"%s: %s\r\n" % header for header in self.headers) + b"\r\n"


class Answer:
    """A whole answer. `headers` are all but those that follow from its body.

    `modified` is when it was made, in seconds; `tag` the ETag, unquoted, of what it stands for, if that is not `body`.
    """

    def __init__(
        self, body: bytes, headers: Headers, modified: int | None = None, status: int = 200, tag: str = ""
    ) -> None:
        self.body, self.headers, self.modified, self.status = body, headers, modified, status
        self.tag = tag or etag_of(body)
        self._vary = b", ".join([b"accept-encoding", *(value for name, value in headers if name == b"vary")])
        self._fixed = tuple(header for header in headers if header[0] != b"vary")
        self._whole: dict[str, Reply] = {PLAIN: self._reply(PLAIN, body)}
        for_all = tuple(header for header in self._fixed if header[0] != b"content-type")
        self._known = {coding: Reply(304, (*for_all, *self._validators(coding)), b"") for coding in (PLAIN, *CODINGS)}

    @property
    def size(self) -> int:
        """About how many bytes it takes in memory, with its compressed forms."""
        return 2 * len(self.body) + 4_000

    def is_same_as(self, other: Answer) -> bool:
        return (self.body, self.headers, self.modified) == (other.body, other.headers, other.modified)

    def reply_at_once(self, asked: Mapping[bytes, bytes]) -> Reply | None:
        """Return what a GET with these headers gets (RFC 9110 §13.1), None if it must be compressed first."""
        wanted = self._wanted(asked)
        coding = self._coding_known(wanted, asked)
        return self._known[coding] if coding else self._whole.get(wanted[0])

    async def reply(self, asked: Mapping[bytes, bytes]) -> Reply:
        """Return what a GET with these headers gets, compressed off the event loop when it is first asked for."""
        if reply := self.reply_at_once(asked):
            return reply
        coding = self._wanted(asked)[0]
        body = await run_in_threadpool(CODINGS[coding], self.body)
        self._whole[coding] = self._reply(coding, body)
        return self._whole[coding]

    async def send(self, scope: Scope, send: Send) -> None:
        """Answer a GET or HEAD; of what it answers to HEAD, the server leaves the body away."""
        reply = await self.reply(merged(scope["headers"]))
        await send({"type": "http.response.start", "status": reply.status, "headers": list(reply.headers)})
        await send({"type": "http.response.body", "body": reply.body})

    def _wanted(self, asked: Mapping[bytes, bytes]) -> tuple[str, ...]:
        return accepted(asked.get(b"accept-encoding", b"")) if len(self.body) >= LEAST_TO_COMPRESS else (PLAIN,)

    def _coding_known(self, wanted: tuple[str, ...], asked: Mapping[bytes, bytes]) -> str:
        """Return the coding that the reader has already, "" for none; If-None-Match goes before If-Modified-Since."""
        if (tags := asked.get(b"if-none-match")) is not None:
            given = tags_in(tags)
            return next((one for one in wanted if self._etag(one) in given or "*" in given), "")
        since = seconds_of(asked[b"if-modified-since"]) if b"if-modified-since" in asked else None
        return wanted[0] if self.modified is not None and since is not None and self.modified <= since else ""

    def _reply(self, coding: str, body: bytes) -> Reply:
        headers = [*self._fixed, *self._validators(coding), (b"content-length", str(len(body)).encode())]
        if coding != PLAIN:
            headers.append((b"content-encoding", coding.encode()))
        if self.modified is not None:
            headers.append((b"last-modified", formatdate(self.modified, usegmt=True).encode()))
        return Reply(self.status, tuple(headers), body)

    def _validators(self, coding: str) -> Headers:
        return (b"etag", self._etag(coding).encode()), (b"vary", self._vary)

    def _etag(self, coding: str) -> str:
        return f'"{self.tag}"' if coding == PLAIN else f'"{self.tag}-{coding}"'


class AnswerResponse(Response):
    """An answer as Starlette's routes return it."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._answer.send(scope, send)


class Answers:
    """The answers last asked for, in up to `most_bytes` of memory. Any thread may use them."""

    def __init__(self, most_bytes: int) -> None:
        self._most, self._bytes = most_bytes, 0
        self._answers: OrderedDict[Hashable, tuple[object, Answer]] = OrderedDict()
        self._lock = Lock()

    def __contains__(self, key: Hashable) -> bool:
        return key in self._answers

    def find(self, key: Hashable, stamp: object) -> Answer | None:
        """Return the answer that was kept under this key and stamp."""
        with self._lock:
            found = self._answers.get(key)
            if found is None or found[0] != stamp:
                return None
            self._answers.move_to_end(key)
            return found[1]

    def keep(self, key: Hashable, stamp: object, answer: Answer) -> Answer:
        """Keep `answer`, and return it; if the same was there before, that one, with its compressed forms."""
        with self._lock:
            if before := self._answers.pop(key, None):
                self._bytes -= before[1].size
                answer = before[1] if before[1].is_same_as(answer) else answer
            self._answers[key] = stamp, answer
            self._bytes += answer.size
            while self._bytes > self._most:
                _, (_, oldest) = self._answers.popitem(last=False)
                self._bytes -= oldest.size
            return answer


def merged(headers: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Return the headers of a request by name; those that come several times are one list (RFC 9110 §5.3)."""
    asked: dict[bytes, bytes] = {}
    for name, value in headers:
        asked[name] = b"%s, %s" % (asked[name], value) if name in asked else value
    return asked


def tags_in(header: bytes) -> set[str]:
    """Return the ETags of an If-None-Match header with their quotes; weak ones count like strong (RFC 9110 §13.1.2)."""
    return {tag.strip().removeprefix("W/") for tag in header.decode("latin-1").split(",")}


@lru_cache(256)
def seconds_of(date: bytes) -> float | None:
    try:
        return parsedate_to_datetime(date.decode("latin-1")).timestamp() if date else None
    except ValueError:
        return None
