"""`/complaint`: a form for complaints about how personal data are used (Data Protection Act 2018 s.164A)."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pressroom.errors import InvalidFieldError, TooManyRequestsError
from pressroom.membership.complaints import LONGEST_TEXT, complain
from pressroom.models.complaints import ACKNOWLEDGE_WITHIN
from pressroom.storage import Store
from pressroom.web.faults import NO_FAULTS, Faults
from pressroom.web.forms import Fields, first, read_fields
from pressroom.web.pages import page, place_of, too_many, with_store, words_of
from pressroom.web.subscribe import TRAP

FIELDS = ("name", "contact", "text")


def show_form(request: Request) -> Response:
    return _form(request, dict.fromkeys(FIELDS, ""))


def _form(request: Request, typed: dict[str, str], faults: Faults = NO_FAULTS) -> Response:
    status = 422 if faults else 200
    return page(request, "complaint.html", status=status, typed=typed, faults=faults, trap=TRAP, longest=LONGEST_TEXT)


async def send(request: Request) -> Response:
    fields = await read_fields(request)
    return await run_in_threadpool(with_store(lambda _, store: _send(request, store, fields)), request)


def _send(request: Request, store: Store, fields: Fields) -> Response:
    state, typed = request.app.state, {name: first(fields, name) for name in FIELDS}
    if first(fields, TRAP):
        return _received(request, 0)
    try:
        logged = complain(store, state.tools, **typed, place=place_of(request), now=state.clock())
    except InvalidFieldError:
        words = words_of(request)
        is_long = len(typed["text"]) > LONGEST_TEXT
        said = (
            words.gettext("Say it in %(most)s letters at most.") % {"most": words.number(LONGEST_TEXT)}
            if is_long
            else words.gettext("Say what you complain of.")
        )
        return _form(request, typed, Faults({"text": said}))
    except TooManyRequestsError as error:
        return too_many(request, error.wait)
    return _received(request, logged.number)


def _received(request: Request, number: int) -> Response:
    state, words = request.app.state, words_of(request)
    due = (state.clock() + ACKNOWLEDGE_WITHIN).astimezone(state.tools.settings.site.zone).date()
    return page(
        request, "complaint_received.html", words, number=number, due=words.day(due), plain="We have your complaint."
    )


ROUTES = [
    Route("/complaint", show_form, methods=["GET"]),
    Route("/complaint", send, methods=["POST"]),
]
