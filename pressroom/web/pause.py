"""`/preferences/TOKEN/pause`: GET shows a button, POST pauses (R8).

The link in a digest pauses for four weeks, and its pages are the same for everybody: the mail may have been passed on.
Behind a fresh link a day can be named, and `…/resume` goes on at once.
"""

from __future__ import annotations

from datetime import date

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pressroom import membership
from pressroom.digest import consent
from pressroom.errors import InvalidFieldError
from pressroom.membership.by_link import PAUSE, choosing_by_token, pause_by_token, resume_by_fresh_link
from pressroom.models.consent import How
from pressroom.models.dates import in_zone
from pressroom.models.text import clean_line
from pressroom.signing import is_signed_token, is_token
from pressroom.storage import Store
from pressroom.web.faults import Faults
from pressroom.web.forms import Fields, first, read_fields
from pressroom.web.pages import in_turn, incomplete, no_longer_valid, page, token_of, with_store, words_of
from pressroom.web.preferences import pause_of, show_form


@with_store
def show_pause(request: Request, store: Store) -> Response:
    state, token = request.app.state, token_of(request)
    if is_signed_token(token):
        reader = choosing_by_token(store, state.tools, token, state.clock())
        return show_form(request, store, reader) if reader else no_longer_valid(request)
    if not is_token(token):
        return incomplete(request)
    words = words_of(request, store.subscribers.find_by_token(token))
    return page(request, "pause.html", words, token=token, until=words.day(_four_weeks_on(request)))


async def pause(request: Request) -> Response:
    fields = await read_fields(request)
    return await in_turn(with_store(lambda _, store: _pause(request, store, fields)))(request)


def _pause(request: Request, store: Store, fields: Fields) -> Response:
    state, token = request.app.state, token_of(request)
    if is_signed_token(token):
        return _pause_until(request, store, clean_line(first(fields, "until")))
    if not is_token(token):
        return incomplete(request)
    reader = store.subscribers.find_by_token(token)
    pause_by_token(store, state.tools, token, state.clock(), How.PAUSE_LINK)
    words = words_of(request, reader)
    day = words.day(_four_weeks_on(request))
    return page(request, "paused.html", words, token=token, until=day, plain="No digests come for four weeks.")


def _pause_until(request: Request, store: Store, typed: str) -> Response:
    """Pause until the day that was typed, or without one until the reader ends it."""
    state = request.app.state
    reader = choosing_by_token(store, state.tools, token_of(request), state.clock())
    if reader is None:
        return no_longer_valid(request)
    words = words_of(request, reader)
    try:
        until = date.fromisoformat(typed) if typed else None
        paused = membership.pause(
            store, state.tools, reader.address, until, state.clock(), How.PREFERENCES_PAGE, consent.pausing(words)
        )
    except (ValueError, InvalidFieldError):
        day = _four_weeks_on(request)
        said = words.gettext("Enter a date after today, like %(day)s (%(date)s).") % {
            "day": words.day(day),
            "date": day,
        }
        return show_form(request, store, reader, faults=Faults({"until": said}), typed={"until": typed[:40]})
    return show_form(request, store, paused, done=pause_of(paused, words))


@with_store
def resume(request: Request, store: Store) -> Response:
    state = request.app.state
    reader = resume_by_fresh_link(store, state.tools, token_of(request), state.clock(), How.PREFERENCES_PAGE)
    if reader is None:
        return no_longer_valid(request)
    done = words_of(request, reader).gettext("You get digests again. What came out in the meantime is in the next one.")
    return show_form(request, store, reader, done=done)


def _four_weeks_on(request: Request) -> date:
    state = request.app.state
    today: date = in_zone(state.clock(), state.tools.settings.site.zone).date()
    return today + PAUSE


ROUTES = [
    Route("/preferences/{token}/pause", show_pause, methods=["GET"]),
    Route("/preferences/{token}/pause", pause, methods=["POST"]),
    Route("/preferences/{token}/resume", show_pause, methods=["GET"]),
    Route("/preferences/{token}/resume", in_turn(resume), methods=["POST"]),
]
