"""`/desk/autosaves/KEY`: what is typed into the form of a release is kept, until it is saved or thrown away."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from pressroom.models.autosaves import Autosave
from pressroom.models.staff import Session
from pressroom.signing import is_token, new_token
from pressroom.storage import Store
from pressroom.web.desk import release_form
from pressroom.web.desk.access import acted, desk_page
from pressroom.web.desk.release_form import BESIDES, NAMES
from pressroom.web.desk.release_page import NEW, said_of
from pressroom.web.forms import Fields, first
from pressroom.web.pages import PRIVATE

KEPT_FIELDS = (*NAMES, *BESIDES)


def _keep(request: Request, store: Store, session: Session, fields: Fields) -> Response:
    """Keep what was typed, and answer with what may be said of it by now: where no script runs, with its whole page."""
    key, state = str(request.path_params["key"]), request.app.state
    if not is_token(key) or "version" not in fields:
        return desk_page(request, "not-kept.html", session, status=400)
    slug, version, now = first(fields, "release"), first(fields, "version"), state.clock()
    known = store.releases.find_by_any_slug(slug) if slug else None
    number = int(version) if version.isascii() and version.isdecimal() and len(version) < 16 else 0
    kept = autosave(key, session, known.pk if known else None, number, fields, now)
    is_part = request.headers.get("hx-request") == "true"
    if store.autosaves.is_closed(key) and not is_part:  # saved once, and come back to
        kept = replace(kept, key=new_token())
    if not store.autosaves.put(kept):
        return desk_page(request, "not-kept.html", session, status=409)
    if not is_part:
        there = f"/desk/releases/{known.slug}" if known else f"{NEW}?key={kept.key}"
        return RedirectResponse(f"{there}#preview", 303, headers=PRIVATE)
    typed = release_form.read(store, state.tools, now, fields, known)
    answer = desk_page(
        request,
        "kept.html",
        session,
        saved_at=now,
        zone=state.tools.settings.site.zone,
        **said_of(request, store, session, typed, known, number),
    )
    answer.headers["hx-trigger"] = "kept"
    return answer


def autosave(key: str, session: Session, release: int | None, version: int, fields: Fields, now: datetime) -> Autosave:
    """Return what is kept of a form that was sent by somebody: `release` is the row that it is about."""
    kept = {name: list(values) for name, values in fields.items() if name in KEPT_FIELDS}
    return Autosave(key, session.user.pk, release, version, kept, now, session.user.name)


def _discard(request: Request, store: Store, session: Session, fields: Fields) -> Response:
    if is_token(key := str(request.path_params["key"])):
        store.autosaves.close(key, session.user.pk, request.app.state.clock())
    slug = first(fields, "release")
    there = store.releases.find_by_any_slug(slug) if slug else None
    return RedirectResponse(f"/desk/releases/{there.slug}" if there else "/desk/releases", 303, headers=PRIVATE)


ROUTES = [
    acted("/desk/autosaves/{key}", _keep),
    acted("/desk/autosaves/{key}/discard", _discard),
]
