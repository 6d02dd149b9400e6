"""Public pages from memory, for as long as the catalogue has not changed."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pressroom.storage.watch import CatalogueWatch
from pressroom.web.answers import Answer, Answers, Headers, merged, seconds_of

PUBLIC = re.compile(r"/(?:(?:releases|topics|issues|static)/.*|feeds/|feeds/topics/.*\+.*|subscribe/embed)?")
MOST_BYTES = 32_000_000
MADE_ANEW = (b"content-length", b"last-modified")
"""Headers that an answer makes of what it holds."""
LONGEST_SECONDS = 5  # what is not in the catalogue may have changed as well: the day

T = TypeVar("T")
_Stamp = tuple[object, int]


class KeptPages:
    """The public pages last asked for, each with `headers` beside its own.

    `language_of` tells from an Accept-Language header in which of our languages a page is.
    """

    def __init__(self, catalogue: Path, headers: Headers, language_of: Callable[[bytes], str]) -> None:
        self._watch, self._headers, self._language_of = CatalogueWatch(catalogue), headers, language_of
        self._answers = Answers(MOST_BYTES)
        self._facts: dict[str, tuple[_Stamp | None, float, Any]] = {}

    def kept(self, path: str, query: bytes, languages: bytes) -> Answer | None:
        """Return the page at that address, if it is in memory and the catalogue still the same."""
        key = path, query, self._language_of(languages)
        if key not in self._answers:
            return None
        stamp = self.stamp()
        return self._answers.find(key, stamp) if stamp else None

    def keep(self, scope: Scope, stamp: _Stamp | None, parts: list[Message]) -> Answer | None:
        """Keep what was sent, under a stamp from before it was made; None for what is not for everybody."""
        if not parts or parts[0].get("status") != 200:
            return None
        names = {name.lower(): value for name, value in parts[0]["headers"]}
        headers = tuple((name.lower(), value) for name, value in parts[0]["headers"] if name.lower() not in MADE_ANEW)
        if b"no-store" in names.get(b"cache-control", b"no-store") or b"set-cookie" in names:
            return None
        body = b"".join(part.get("body", b"") for part in parts[1:])
        modified = seconds_of(names.get(b"last-modified", b""))
        answer = Answer(body, (*headers, *self._headers), None if modified is None else int(modified))
        language = self._language_of(merged(scope["headers"]).get(b"accept-language", b""))
        key = scope["path"], scope["query_string"], language
        return self._answers.keep(key, stamp, answer) if stamp else answer

    def fact(self, name: str, make: Callable[[], T], seconds: float = 0) -> T:
        """Return what many pages show alike, made anew when anything has changed, and `seconds` have gone by."""
        stamp, known, now = self.stamp(), self._facts.get(name), time.monotonic()
        if known is None or ((stamp is None or known[0] != stamp) and now - known[1] >= seconds):
            known = self._facts[name] = stamp, now, make()
        value: T = known[2]
        return value

    def known_fact(self, name: str) -> Any:
        """Return a fact that need not be made, since nothing has changed; None where it would have to be."""
        stamp, known = self.stamp(), self._facts.get(name)
        return known[2] if stamp is not None and known is not None and known[0] == stamp else None

    def stamp(self) -> _Stamp | None:
        """Return what is another when anything has changed, None where nobody can tell."""
        state = self._watch.state()
        return (state, int(time.monotonic() / LONGEST_SECONDS)) if state else None

    def close(self) -> None:
        self._watch.close()


class KeepPages:
    """Keeps in `pages` what `app` gives to everybody: status 200, at an address of `PUBLIC`, and not `no-store`.

    Pages behind personal links are neither.
    """

    def __init__(self, app: ASGIApp, pages: KeptPages) -> None:
        self._app, self._pages = app, pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD") or not PUBLIC.fullmatch(scope["path"]):
            await self._app(scope, receive, send)
            return
        stamp, parts = self._pages.stamp(), list[Message]()

        async def gather(message: Message) -> None:
            parts.append(message)

        await self._app(scope, receive, gather)
        if answer := self._pages.keep(scope, stamp, parts):
            await answer.send(scope, send)
            return
        for message in parts:
            await send(message)
