"""`/desk/releases/SLUG/withdraw` and `…/undo`: what ends a release, asked about first or offered for a while."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from pressroom.acts.releases import Editing
from pressroom.errors import InvalidFieldError, PublisherError
from pressroom.models.release import Release, State
from pressroom.models.staff import Role, Session
from pressroom.storage import Store
from pressroom.web.desk.access import acted, desk_page, shown
from pressroom.web.desk.release_acts import to_release
from pressroom.web.desk.release_form import sentence
from pressroom.web.desk.release_page import find, no_such_release, shown_again
from pressroom.web.forms import Fields, first


def _show(request: Request, store: Store, session: Session) -> Response:
    known = find(request, store)
    if known is None or known.state is not State.LIVE:
        return no_such_release(request, session)
    return _page(request, store, session, known)


def _page(
    request: Request,
    store: Store,
    session: Session,
    known: Release,
    *,
    reason: str = "",
    replacement: str = "",
    faults: dict[str, str] | None = None,
) -> Response:
    return desk_page(
        request,
        "withdraw.html",
        session,
        status=400 if faults else 200,
        known=known,
        reason=reason,
        replacement=replacement,
        faults=faults or {},
        is_told=store.releases.is_paid(known),
    )


def _withdraw(request: Request, store: Store, session: Session, fields: Fields) -> Response:
    known, state = find(request, store), request.app.state
    if known is None:
        return no_such_release(request, session)
    reason, wanted = first(fields, "reason"), first(fields, "replacement").strip()
    faults = {} if reason.strip() else {"reason": "Say in a sentence why: readers see it."}
    instead = store.releases.find(wanted) if wanted else None
    if wanted and (instead is None or instead.pk == known.pk):
        faults["replacement"] = "There is no other release of that name; copy the last part of its address."
    if not faults:
        is_told = store.releases.is_paid(known)
        try:
            gone = Editing(store, state.tools, state.clock(), session.user.name).withdraw(known, reason, instead)
        except InvalidFieldError as error:
            faults[error.field] = sentence(error)
        except PublisherError as error:
            faults[""] = str(error)
        else:
            return to_release(gone, "withdrawn" if is_told else "withdrawn-untold")
    return _page(request, store, session, known, reason=reason, replacement=wanted, faults=faults)


def _undo(request: Request, store: Store, session: Session, _: Fields) -> Response:
    known, state = find(request, store), request.app.state
    if known is None:
        return no_such_release(request, session)
    try:
        return to_release(Editing(store, state.tools, state.clock(), session.user.name).undo(known), "undone")
    except PublisherError as error:
        return shown_again(request, store, session, known, str(error), status=409)


ROUTES = [
    shown("/desk/releases/{slug}/withdraw", _show, least=Role.PUBLISHER),
    acted("/desk/releases/{slug}/withdraw", _withdraw, least=Role.PUBLISHER),
    acted("/desk/releases/{slug}/undo", _undo, least=Role.PUBLISHER),
]
