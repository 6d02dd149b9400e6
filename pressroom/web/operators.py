"""`/healthz`, `/healthz/alive` and `/metrics`: what programs ask that watch over the service."""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Callable
from functools import partial
from ipaddress import ip_address, ip_network

from anyio import CapacityLimiter, to_thread
from prometheus_client.exposition import choose_encoder
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from pressroom.operations.pulse import Pulse
from pressroom.operations.readiness import hindrances
from pressroom.settings import Web
from pressroom.web.metrics import registry_of
from pressroom.web.pages import PRIVATE, place_of

KEPT_SECONDS = 1.0
LONGEST_SECONDS = 2.0
SILENT = "The catalogue or the disk has not answered within two seconds; look what else the machine does."
PASSED_ON = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")
"""One of these stands in what a web server before the service has passed on (RFC 7239, RFC 9110 §7.6.3, and custom)."""


class Readiness:
    """Looks whether the service is ready, at most once a second, and for two seconds at most.

    A look that hangs goes on in its thread, and there is never a second one beside it.
    """

    def __init__(self) -> None:
        self._found: list[str] = []
        self._found_at = float("-inf")
        self._going: asyncio.Task[list[str]] | None = None
        self._one, self._limiter = asyncio.Lock(), CapacityLimiter(1)

    async def hindrances(self, look: Callable[[], list[str]]) -> list[str]:
        """Return what `look` finds, or found a moment ago."""
        async with self._one:
            if time.monotonic() - self._found_at >= KEPT_SECONDS:
                self._found = await self._found_by(look)
                self._found_at = time.monotonic()
            return self._found

    async def _found_by(self, look: Callable[[], list[str]]) -> list[str]:
        if self._going is None or self._going.done():
            # Who stops the service does not wait for it, and readers have threads of their own.
            in_thread = to_thread.run_sync(look, abandon_on_cancel=True, limiter=self._limiter)
            self._going = asyncio.create_task(in_thread)
        done, _ = await asyncio.wait({self._going}, timeout=LONGEST_SECONDS)
        return self._going.result() if done else [SILENT]


async def show_ready(request: Request) -> Response:
    """Answer 200 where pages and feeds can be answered and work goes on, else 503."""
    state = request.app.state
    readiness: Readiness = state.readiness
    return _told(request, "ready", await readiness.hindrances(partial(hindrances, state.tools, state.pulse)))


async def show_alive(request: Request) -> Response:
    """Answer 200 as long as the service itself is whole; 503 says that a restart would mend it, and nothing else."""
    pulse: Pulse = request.app.state.pulse
    return _told(request, "alive", pulse.faults())


async def show_metrics(request: Request) -> Response:
    """Answer in the form that is asked for: the text of Prometheus, or OpenMetrics 1.0."""
    state = request.app.state
    if not may_look_inside(request, state.tools.settings.web):
        return _refused(state.tools.settings.web)
    encode, media_type = choose_encoder(request.headers.get("accept", ""))
    registry = registry_of(state.tools, state.clock, state.pulse)
    # One at a time, and in no thread that readers wait for.
    body = await to_thread.run_sync(encode, registry, limiter=state.metrics_limiter)
    return Response(body, headers={**PRIVATE, "content-type": media_type})


def _refused(wanted: Web) -> Response:
    if wanted.metrics_token.get_secret_value():  # RFC 6750 §3
        said, headers, status = "Give the token of [web] metrics_token.", {"www-authenticate": "Bearer"}, 401
    else:
        said, headers, status = "Metrics are for the places of [web] metrics_from, asked directly.", {}, 403
    return PlainTextResponse(f"{said}\n", status, {**PRIVATE, **headers})


def may_look_inside(request: Request, wanted: Web) -> bool:
    """Whether a request may see numbers and reasons: by the token where one is set, else by where it comes from.

    What a web server has passed on comes from anywhere, whatever address it names.
    """
    if token := wanted.metrics_token.get_secret_value():
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode())
    if any(name in request.headers for name in PASSED_ON):
        return False
    try:
        place = ip_address(place_of(request))
    except ValueError:
        return False
    return any(place in ip_network(network) for network in wanted.metrics_from)


def _told(request: Request, status: str, found: list[str]) -> Response:
    answer: dict[str, object] = {"status": f"not {status}" if found else status}
    if may_look_inside(request, request.app.state.tools.settings.web):
        answer["problems"] = found
    return JSONResponse(answer, 503 if found else 200, PRIVATE)


ROUTES = [
    Route("/healthz", show_ready),
    Route("/healthz/alive", show_alive),
    Route("/metrics", show_metrics),
]
