"""The Starlette application: its routes, and the headers that every answer carries."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pressroom.models.feeds import Format
from pressroom.tools import Tools
from pressroom.web.pages import not_found, site_css
from pressroom.web.unsubscribe import show_unsubscribe, unsubscribe

HEADERS = (
    (b"content-security-policy", b"default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
     b"frame-ancestors 'none'"),
    (b"referrer-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
)  # fmt: skip
FEED_TYPES = {f".{form.value}": form.media_type for form in Format}


class PublishedFeeds(StaticFiles):
    """The files of `feeds/`, with the media types of their formats; StaticFiles answers conditional requests."""

    def file_response(self, *arguments: object, **named: object) -> Response:
        response = super().file_response(*arguments, **named)  # type: ignore[arg-type]  # handed on as it came
        path = str(arguments[0])
        for ending, media_type in FEED_TYPES.items():
            if path.endswith(ending) and "content-type" in response.headers:
                response.headers["content-type"] = f"{media_type}; charset=utf-8"
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
            Route("/unsubscribe/{token}", show_unsubscribe, methods=["GET"]),
            Route("/unsubscribe/{token}", unsubscribe, methods=["POST"]),
            Route("/static/site.css", site_css),
            Mount("/feeds", PublishedFeeds(directory=tools.site / "feeds", check_dir=False)),
        ],
        middleware=[Middleware(SecurityHeaders)],
        exception_handlers={404: _not_found},
        lifespan=lifespan,
    )
    app.state.tools, app.state.clock = tools, clock
    return app


def _not_found(request: Request, _: Exception) -> Response:
    return not_found(request)
