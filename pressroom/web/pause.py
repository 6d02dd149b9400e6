"""`/preferences/TOKEN/pause`: GET shows a button, POST pauses; `…/resume` goes on at once (R8).

The link in a digest pauses for four weeks; behind a fresh link a day can be named.
"""

from __future__ import annotations

from datetime import date, datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pressroom import membership
from pressroom.errors import InvalidFieldError
from pressroom.membership.by_link import PAUSE, active_by_token, choosing_by_token, pause_by_token, resume_by_token
from pressroom.models.people import Subscriber
from pressroom.models.text import clean_line
from pressroom.signing import is_signed_token
from pressroom.storage import Store
from pressroom.web.faults import Faults
from pressroom.web.forms import Fields, first, read_fields
from pressroom.web.pages import no_longer_valid, page, token_of, with_store, words_of
from pressroom.web.preferences import show_form

HOW, HOW_BY_FORM = "pause link", "preferences page"


@with_store
def show_pause(request: Request, store: Store) -> Response:
    return _page(request, _bearer(request, store))


def _bearer(request: Request, store: Store) -> Subscriber | None:
    """Return whose link this is: that of a digest, or a fresh one to the preferences."""
    state, token = request.app.state, token_of(request)
    if is_signed_token(token):
        return choosing_by_token(store, state.tools, token, state.clock())
    return active_by_token(store, token)


async def pause(request: Request) -> Response:
    fields = await read_fields(request)
    return await run_in_threadpool(with_store(lambda _, store: _pause(request, store, fields)), request)


def _pause(request: Request, store: Store, fields: Fields) -> Response:
    state, token = request.app.state, token_of(request)
    if not is_signed_token(token):
        return _page(request, pause_by_token(store, state.tools, token, state.clock(), HOW))
    reader = _bearer(request, store)
    if reader is None:
        return no_longer_valid(request)
    typed = clean_line(first(fields, "until"))
    try:
        until = date.fromisoformat(typed) if typed else None
        return _page(
            request, membership.pause(store, state.tools, reader.address, until, state.clock(), HOW_BY_FORM)
        )  # fmt: skip
    except (ValueError, InvalidFieldError):
        words = words_of(request, reader)
        faults = Faults(
            {"until": words.gettext("Choose a day to come, written like %(day)s.") % {"day": _example(request)}}
        )
        return show_form(request, store, reader, faults=faults, typed={"until": typed[:40]})


def _example(request: Request) -> str:
    return (_today(request.app.state.clock(), request) + PAUSE).isoformat()


def _today(now: datetime, request: Request) -> date:
    return now.astimezone(request.app.state.tools.settings.site.zone).date()


@with_store
def resume(request: Request, store: Store) -> Response:
    now = request.app.state.clock()
    reader = _bearer(request, store)
    if reader is None:
        return no_longer_valid(request)
    return _page(request, resume_by_token(store, reader.unsubscribe_token, now, HOW), is_resumed=True)


def _page(request: Request, reader: Subscriber | None, *, is_resumed: bool = False) -> Response:
    """Return the page for how things stand now."""
    if reader is None:
        return no_longer_valid(request)
    words = words_of(request, reader)
    template = "paused.html" if reader.paused else "resumed.html" if is_resumed else "pause.html"
    until = reader.paused_until or _today(request.app.state.clock(), request) + PAUSE
    day = "" if reader.paused and not reader.paused_until else words.day(until)
    done = "" if template == "pause.html" else f"Your digests are {'paused' if reader.paused else 'not paused'}."
    return page(request, template, words, token=token_of(request), until=day, plain=done)


ROUTES = [
    Route("/preferences/{token}/pause", show_pause, methods=["GET"]),
    Route("/preferences/{token}/pause", pause, methods=["POST"]),
    Route("/preferences/{token}/resume", show_pause, methods=["GET"]),
    Route("/preferences/{token}/resume", resume, methods=["POST"]),
]
