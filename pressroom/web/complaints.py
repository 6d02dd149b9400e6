"""`/complaint`: a form for complaints about how personal data are used (Data Protection Act 2018 s.164A).

It holds no trap for programs: whatever it says has come in must be logged, by law.
"""

from __future__ import annotations

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pressroom.errors import InvalidFieldError, TooManyRequestsError
from pressroom.membership.complaints import complain, too_long, written
from pressroom.models.complaints import LONGEST, Complaint
from pressroom.models.dates import in_zone
from pressroom.models.text import is_visible
from pressroom.models.words import Words
from pressroom.storage import Store
from pressroom.web.faults import NO_FAULTS, Faults
from pressroom.web.forms import Fields, first, read_fields
from pressroom.web.pages import FOR_SEARCH_ENGINES, in_turn, page, place_of, with_store, words_of

FIELDS = ("name", "contact", "text")


def show_form(request: Request) -> Response:
    return _form(request, dict.fromkeys(FIELDS, ""))


def _form(
    request: Request,
    typed: dict[str, str],
    faults: Faults = NO_FAULTS,
    *,
    too_many: str = "",
    wait: timedelta | None = None,
) -> Response:
    """Show the form, also with all that was typed to who has to `wait` with it, since `too_many` came (RFC 6585 §4)."""
    status = 429 if wait else 422 if faults else 200
    headers = {"retry-after": str(int(wait.total_seconds()))} if wait else FOR_SEARCH_ENGINES
    return page(
        request, "complaint.html", status=status, headers=headers, typed=typed, faults=faults, too_many=too_many
    )


async def send(request: Request) -> Response:
    fields = await read_fields(request)
    return await in_turn(with_store(lambda _, store: _send(request, store, fields)))(request)


def _send(request: Request, store: Store, fields: Fields) -> Response:
    state, typed = request.app.state, {name: first(fields, name) for name in FIELDS}
    try:
        logged = complain(store, state.tools, **typed, place=place_of(request), now=state.clock())
    except InvalidFieldError:
        return _form(request, typed, _faults(words_of(request), typed))
    except TooManyRequestsError as error:
        too_many = words_of(request).gettext(
            "There have been too many complaints from your network. What you wrote is still here: please send it "
            "later, or contact us in another way."
        )
        return _form(request, typed, too_many=too_many, wait=error.wait)
    return _received(request, logged)


def _faults(words: Words, typed: dict[str, str]) -> Faults:
    """Return all that is wrong with the form; the error tells of the first only."""
    told = written(**typed)
    wrong = {} if is_visible(told["text"]) else {"text": words.gettext("Say what your complaint is about.")}
    for field in too_long(told):
        said = words.gettext("Say it in %(most)s characters at most.") % {"most": words.number(LONGEST[field])}
        wrong[field] = said
    return Faults(wrong)


def _received(request: Request, logged: Complaint) -> Response:
    words = words_of(request)
    due = words.day(in_zone(logged.due, request.app.state.tools.settings.site.zone).date())
    return page(
        request,
        "complaint_received.html",
        words,
        number=logged.number,
        due=due,
        can_answer=bool(logged.contact),
        plain="We have your complaint.",
    )


ROUTES = [
    Route("/complaint", show_form, methods=["GET"]),
    Route("/complaint", send, methods=["POST"]),
]
