"""What is answered from memory: published files and public pages, before anything else sees the request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from pressroom.web.answers import Answer, merged
from pressroom.web.deltas import Deltas, is_wanted
from pressroom.web.kept import KeptPages
from pressroom.web.published import PREFIX, PublishedFeeds, is_opened


class _Parts(NamedTuple):
    app: Starlette
    files: PublishedFeeds
    deltas: Deltas
    pages: KeptPages


class FromMemory:
    """Answers what `files`, `deltas` and `pages` have in memory, and lets `app` make the rest."""

    def __init__(self, app: Starlette, files: PublishedFeeds, deltas: Deltas, pages: KeptPages) -> None:
        self._parts = _Parts(app, files, deltas, pages)

    @property
    def app(self) -> Starlette:
        return self._parts.app

    def become(self, other: FromMemory) -> None:
        """Answer from now on as `other` does; what is being answered ends as it began. Any thread may say so."""
        before, self._parts = self._parts, other._parts
        before.pages.close()
        before.app.state.lookout.end()  # who watches asks again

    def end_streams(self) -> None:
        """End all answers that go on for as long as somebody watches. Any thread may say so, and a signal."""
        self._parts.app.state.lookout.end()

    def find(self, path: str, query: bytes, asked: Mapping[bytes, bytes]) -> Answer | None:
        """Return what a GET with these headers gets at that address, if it is in memory and nothing has changed."""
        _, files, deltas, pages = self._parts
        if path.startswith(PREFIX) and path != PREFIX and "+" not in path:
            place = path.removeprefix(PREFIX)
            whole = files.kept(place, asked)
            return deltas.kept(place, whole, asked) if whole and is_wanted(place, asked) else whole
        if path.startswith(PREFIX) and is_opened(path, asked):
            return None  # combinations are kept as programs get them
        return pages.kept(path, query, asked.get(b"accept-language", b""))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_asking = scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
        if is_asking:
            answer = self.find(scope["path"], scope["query_string"], merged(scope["headers"]))
            if answer:
                await answer.send(scope, send)
                return
        try:
            await self.app(scope, receive, send)
        finally:
            if scope["type"] == "lifespan":
                self._parts.pages.close()
