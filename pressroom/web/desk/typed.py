"""The release that a page shows before it is saved: as somebody has typed it, or as it is."""

from __future__ import annotations

from starlette.requests import Request

from pressroom.models.release import Release
from pressroom.models.staff import Session
from pressroom.storage import Store


def typed_release(request: Request, store: Store, session: Session) -> Release | None:
    """Return the release that `release=SLUG` names; None without one."""
    slug = request.query_params.get("release", "")
    return store.releases.find_by_slug(slug) if slug else None
