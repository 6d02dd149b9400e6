"""`/desk/releases/SLUG/withdraw` and `…/undo`: what ends a release, asked about first or offered for a while."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import Response

from pressroom.acts.releases import Editing
from pressroom.errors import InvalidFieldError, PublisherError
from pressroom.models.release import Release, State
from pressroom.models.search import Query
from pressroom.models.staff import Role, Session
from pressroom.storage import Store
from pressroom.web.desk.access import acted, desk_page, shown
from pressroom.web.desk.release_acts import to_release
from pressroom.web.desk.release_page import find, no_such_release, shown_again
from pressroom.web.desk.wording import sentence
from pressroom.web.forms import Fields, first

SUGGESTED = 100
OUR_ADDRESS = re.compile(r"/(?:desk/)?releases/([^/?#]+)/?$")
NO_OTHER = "There is no other release of that title or address."


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
        others=store.release_lists.find(Query(), State.LIVE, 1, SUGGESTED).releases,
    )


def _withdraw(request: Request, store: Store, session: Session, fields: Fields) -> Response:
    known, state = find(request, store), request.app.state
    if known is None:
        return no_such_release(request, session)
    reason, wanted = first(fields, "reason"), first(fields, "replacement").strip()
    faults = {} if reason.strip() else {"reason": "Say in a sentence why: readers see it."}
    found = _named(store, wanted, known) if wanted else []
    if wanted and len(found) != 1:
        faults["replacement"] = "Several are called that; give an address." if found else NO_OTHER
    instead = next(iter(found), None)
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


def _named(store: Store, wanted: str, known: Release) -> list[Release]:
    """Return the other releases that a title means, or an address: their own, or the one here."""
    found = store.release_lists.called(wanted)
    if not found:
        here = OUR_ADDRESS.search(wanted)
        named = store.releases.find(here[1] if here else wanted)
        found = [named] if named else []
    return [one for one in found if one.pk != known.pk]


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
