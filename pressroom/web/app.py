"""The Starlette application: its routes, and what stands before them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import replace
from datetime import datetime
from functools import lru_cache, partial

from anyio import CapacityLimiter
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from pressroom.operations.pulse import Pulse
from pressroom.tools import Tools
from pressroom.web import (
    account,
    combined,
    complaints,
    confirm,
    feeds,
    issues,
    lists,
    messages,
    my,
    operators,
    pause,
    preferences,
    published,
    releases,
    subscribe,
    unsubscribe,
)
from pressroom.web.deltas import Deltas
from pressroom.web.desk import (
    audit,
    autosaving,
    digests,
    home,
    people,
    previews,
    progress,
    rehearsal,
    release_acts,
    release_page,
    scripts,
    sending,
    sign_in,
    withdrawing,
)
from pressroom.web.desk import releases as desk_releases
from pressroom.web.desk.access import DeskRoute
from pressroom.web.guard import Guard, headers_of
from pressroom.web.kept import KeepPages, KeptPages
from pressroom.web.languages import language_asked
from pressroom.web.limits import Limits
from pressroom.web.memory import FromMemory
from pressroom.web.moved import not_found
from pressroom.web.operators import Readiness
from pressroom.web.pages import branded, told
from pressroom.web.published import PublishedFeeds

AT_ONCE = 20
"""So many requests that change something are worked on at once, and so many that stop mail."""


def make_app(
    tools: Tools,
    clock: Callable[[], datetime],
    lifespan: Callable[[Starlette], AbstractAsyncContextManager[None]] | None = None,
    limits: Limits | None = None,
    pulse: Pulse | None = None,
) -> FromMemory:
    """Return the application of the site that `tools` belong to; `pulse` tells of the schedule in the same process."""
    with suppress(OSError):  # where it cannot be made, a stop that cannot be kept is asked for again
        tools.stops.prepare()
    site = tools.settings.site.url
    files = PublishedFeeds(tools.site / "feeds", headers_of(site), tools.links, tools.settings.feeds.hubs)
    deltas = Deltas(tools)
    pages = KeptPages(tools.catalogue, headers_of(site), lru_cache(256)(partial(language_asked, tools)))
    app = Starlette(
        routes=_routes(),
        middleware=[  # from the outside to the inside
            Middleware(Guard, site, limits or Limits()),
            Middleware(KeepPages, pages),
            Middleware(ProxyHeadersMiddleware, list(tools.settings.web.proxies)),
        ],
        exception_handlers={404: _not_found, HTTPException: _as_message},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False  # it would lead to whatever host the request names
    app.state.writers, app.state.stoppers = CapacityLimiter(AT_ONCE), CapacityLimiter(AT_ONCE)
    app.state.sign_ins = CapacityLimiter(sign_in.AT_ONCE)
    app.state.rehearsing, app.state.tests = CapacityLimiter(1), CapacityLimiter(1)
    app.state.tools, app.state.clock = tools, clock
    app.state.pulse = pulse = pulse or Pulse()
    app.state.rehearsals = rehearsal.Rehearsals()
    app.state.lookout = progress.Lookout(progress.look_at(tools, pulse, clock))
    app.state.readiness, app.state.metrics_limiter = Readiness(), CapacityLimiter(1)
    app.state.files, app.state.deltas, app.state.pages = files, deltas, pages
    return FromMemory(app, files, deltas, pages)


def _routes() -> list[Route]:
    return [
        *account.ROUTES,
        *complaints.ROUTES,
        *confirm.ROUTES,
        *lists.ROUTES,
        *my.ROUTES,
        *operators.ROUTES,
        *pause.ROUTES,
        *preferences.ROUTES,
        *releases.ROUTES,
        *subscribe.ROUTES,
        *unsubscribe.ROUTES,
        *issues.ROUTES,
        *feeds.ROUTES,
        *combined.ROUTES,
        *published.ROUTES,
        Route("/static/site.css", branded("site.css", "text/css")),
        Route("/static/desk.css", branded("desk.css", "text/css")),
        *scripts.ROUTES,
        *desk_pages(),
        Route("/static/icon.svg", branded("icon.svg", "image/svg+xml")),
    ]


def desk_pages() -> list[DeskRoute]:
    """Return the pages of the desk, each with the role that it takes."""
    return [
        *sign_in.ROUTES,
        *home.ROUTES,
        *desk_releases.ROUTES,
        *release_page.ROUTES,
        *release_acts.ROUTES,
        *withdrawing.ROUTES,
        *autosaving.ROUTES,
        *previews.ROUTES,
        *people.ROUTES,
        *audit.ROUTES,
        *digests.LIST,
        *rehearsal.ROUTES,
        *sending.BY_HAND,
        *progress.ROUTES,
        *sending.OF_A_RUN,
        *digests.ROUTES,
    ]


def _not_found(request: Request, _: Exception) -> Response:
    return not_found(request)


def _as_message(request: Request, error: Exception) -> Response:
    """Say in a page what Starlette, or a page of ours, refuses by its status."""
    assert isinstance(error, HTTPException)
    unnamed = replace(messages.UNUSABLE, status=error.status_code)
    headers = {"allow": _allowed(request)} if error.status_code == 405 else error.headers
    return told(request, messages.BY_STATUS.get(error.status_code, unnamed), headers=headers)


def _allowed(request: Request) -> str:
    """Return what may be done at an address (RFC 9110 §10.2.1): its methods stand in several routes."""
    here = [route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE]
    return ", ".join(sorted({method for route in here for method in route.methods}))
