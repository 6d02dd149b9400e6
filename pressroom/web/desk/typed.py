"""The release that a page shows before it is saved: as somebody has typed it, or as it is."""

from __future__ import annotations

from starlette.requests import Request

from pressroom.models.release import Release
from pressroom.models.staff import Session
from pressroom.signing import is_token
from pressroom.storage import Store
from pressroom.web.desk import release_form


def typed_release(request: Request, store: Store, session: Session) -> Release | None:
    """Return the release that `release=SLUG` names, as the form `key=KEY` of this user has it; None without one."""
    slug, key, state = request.query_params.get("release", ""), request.query_params.get("key", ""), request.app.state
    known = store.releases.find_by_any_slug(slug) if slug else None
    kept = store.autosaves.find(key, session.user.pk) if is_token(key) else None
    if kept is None:
        return known
    if known is None and kept.release is not None:
        return None
    typed = release_form.read(store, state.tools, state.clock(), kept.fields, known)
    return known.with_own_facts_of(typed.release) if known else typed.release
