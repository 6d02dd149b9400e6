"""`/desk/`: how things stand, and one's own sign-in."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from pressroom.errors import SignInError
from pressroom.models.staff import Session
from pressroom.staff.signing_in import end_others, renew_codes, sessions_of
from pressroom.storage import Store
from pressroom.web.desk.access import acted, desk_page, shown
from pressroom.web.forms import Fields, first


def _show(request: Request, store: Store, session: Session) -> Response:
    counts = store.releases.counts()
    return desk_page(request, "home.html", session, counts=counts, people=store.subscribers.counts())


def _show_me(
    request: Request, store: Store, session: Session, *, status: int = 200, fault: str = "", done: str = ""
) -> Response:
    state = request.app.state
    return desk_page(
        request,
        "me.html",
        session,
        status=status,
        sessions=sessions_of(store, state.tools, session.user, state.clock()),
        here=session.key,
        codes_left=store.staff.count_codes(session.user.pk),
        zone=state.tools.settings.site.zone,
        fault=fault,
        done=done,
    )


def _end_others(request: Request, store: Store, session: Session, _: Fields) -> Response:
    state = request.app.state
    ended = end_others(store, state.tools, session, state.clock())
    return _show_me(request, store, session, done=f"You were signed out in {ended} other place(s).")


def _renew_codes(request: Request, store: Store, session: Session, fields: Fields) -> Response:
    state = request.app.state
    try:
        codes = renew_codes(store, state.tools, session, first(fields, "code"), state.clock())
    except SignInError as error:
        return _show_me(request, store, session, status=400, fault=f"{error.problem}. It changes every half minute.")
    return desk_page(request, "codes.html", session, codes=codes, name=session.user.name)


ROUTES = [
    shown("/desk/", _show),
    shown("/desk/me", _show_me),
    acted("/desk/me/sessions", _end_others),
    acted("/desk/me/codes", _renew_codes),
]
