"""The Starlette application: its routes, and the headers that every answer carries."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, MalformedRangeHeader, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import NotModifiedResponse, PathLike, StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pressroom.errors import PublisherError
from pressroom.models.feeds import Format
from pressroom.tools import Tools
from pressroom.web import (
    account,
    complaints,
    confirm,
    feeds,
    issues,
    lists,
    my,
    pause,
    preferences,
    releases,
    subscribe,
    unsubscribe,
)
from pressroom.web.pages import not_found, site_css

HEADERS = (
    (b"content-security-policy", b"default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
     b"frame-ancestors 'none'"),
    (b"referrer-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
)  # fmt: skip
FEED_TYPES = {f".{form.value}": f"{form.media_type}; charset=utf-8" for form in Format}


class PublishedFile(FileResponse):
    """A file that a malformed Range header gets whole, as if there were none (RFC 9110 §14.2)."""

    @classmethod
    def _parse_range_header(cls, http_range: str, file_size: int) -> list[tuple[int, int]]:
        try:
            return super()._parse_range_header(http_range, file_size)
        except MalformedRangeHeader:
            return []


class PublishedFeeds(StaticFiles):
    """The files of `feeds/`, with the media types of their formats; StaticFiles answers conditional requests."""

    def file_response(
        self, full_path: PathLike, stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        media_type = FEED_TYPES.get(Path(full_path).suffix)
        file = PublishedFile(full_path, status_code, media_type=media_type, stat_result=stat_result)
        is_known = self.is_not_modified(file.headers, Headers(scope=scope))
        response = NotModifiedResponse(file.headers) if is_known else file
        response.headers["access-control-allow-origin"] = "*"
        return response


class SecurityHeaders:
    """Adds to every answer what keeps a page from being framed, sniffed or scripted."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *HEADERS]
            await send(message)

        await self._app(scope, receive, send_with_headers)


def make_app(
    tools: Tools,
    clock: Callable[[], datetime],
    lifespan: Callable[[Starlette], AbstractAsyncContextManager[None]] | None = None,
) -> Starlette:
    """Return the application of the site that `tools` belong to."""
    app = Starlette(
        routes=[
            *account.ROUTES,
            *complaints.ROUTES,
            *confirm.ROUTES,
            *lists.ROUTES,
            *my.ROUTES,
            *pause.ROUTES,
            *preferences.ROUTES,
            *releases.ROUTES,
            *subscribe.ROUTES,
            *unsubscribe.ROUTES,
            *issues.ROUTES,
            *feeds.ROUTES,
            Route("/static/site.css", site_css),
            Mount("/feeds", PublishedFeeds(directory=tools.site / "feeds", check_dir=False)),
        ],
        middleware=[Middleware(SecurityHeaders)],
        exception_handlers={404: _not_found},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False  # it would lead to whatever host the request names
    app.state.tools, app.state.clock = tools, clock
    return app


def _not_found(request: Request, _: Exception) -> Response:
    """Lead on from where a release was once, on this site, to its page; else say that there is nothing."""
    tools: Tools = request.app.state.tools
    if request.method in ("GET", "HEAD"):
        try:
            with tools.open_store() as store:
                release = store.releases.find_by_old_url(f"{tools.settings.site.url}{request.url.path}")
        except PublisherError:
            release = None
        if release:
            return RedirectResponse(tools.links.release(release), 301)
    return not_found(request)
