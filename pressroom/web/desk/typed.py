"""Which release a preview is of, and what readers are told of it: as it has been typed, saved or not."""

from __future__ import annotations

from starlette.requests import Request

from pressroom.errors import ReleaseNotFoundError
from pressroom.models.release import Release
from pressroom.models.staff import Session
from pressroom.publishing.showing import Telling
from pressroom.storage import Store


def typed_release(request: Request, store: Store, session: Session) -> Release:
    """Return the release that `release=SLUG` names. Raises ReleaseNotFoundError."""
    slug = request.query_params.get("release", "")
    found = store.releases.find_by_slug(slug) if slug else None
    if found is None:
        raise ReleaseNotFoundError(slug)
    return found


def typed_telling(request: Request, store: Store, session: Session) -> Telling:
    """Return what is to be told of one that is out: `note=`, and with `withdraws=yes` that it is withdrawn."""
    asked = request.query_params
    newer = store.releases.find(asked["replacement"]) if asked.get("replacement") else None
    return Telling(asked.get("note", ""), asked.get("withdraws") == "yes", newer.id if newer else None)
