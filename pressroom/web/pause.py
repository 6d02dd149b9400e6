"""`/preferences/TOKEN/pause`: GET shows a button, POST pauses for four weeks; `…/resume` goes on at once (R8)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pressroom.membership.by_link import PAUSE, active_by_token, pause_by_token, resume_by_token
from pressroom.models.people import Subscriber
from pressroom.storage import Store
from pressroom.web.pages import no_longer_valid, page, token_of, with_store, words_of

HOW = "pause link"


@with_store
def show_pause(request: Request, store: Store) -> Response:
    return _page(request, active_by_token(store, token_of(request)))


@with_store
def pause(request: Request, store: Store) -> Response:
    state = request.app.state
    return _page(request, pause_by_token(store, state.tools, token_of(request), state.clock(), HOW))


@with_store
def resume(request: Request, store: Store) -> Response:
    return _page(request, resume_by_token(store, token_of(request), request.app.state.clock(), HOW), is_resumed=True)


def _page(request: Request, reader: Subscriber | None, *, is_resumed: bool = False) -> Response:
    """Return the page for how things stand now."""
    if reader is None:
        return no_longer_valid(request)
    state, words = request.app.state, words_of(request, reader)
    template = "paused.html" if reader.paused else "resumed.html" if is_resumed else "pause.html"
    until = reader.paused_until or state.clock().astimezone(state.tools.settings.site.zone).date() + PAUSE
    day = "" if reader.paused and not reader.paused_until else words.day(until)
    done = "" if template == "pause.html" else f"Your digests are {'paused' if reader.paused else 'not paused'}."
    return page(request, template, words, token=reader.unsubscribe_token, until=day, plain=done)


ROUTES = [
    Route("/preferences/{token}/pause", show_pause, methods=["GET"]),
    Route("/preferences/{token}/pause", pause, methods=["POST"]),
    Route("/preferences/{token}/resume", show_pause, methods=["GET"]),
    Route("/preferences/{token}/resume", resume, methods=["POST"]),
]
