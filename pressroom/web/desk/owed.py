"""Who is owed something, for pages of the desk: where readers are many, a request after the page has them counted."""

from __future__ import annotations

from starlette.requests import Request

from pressroom.publishing.digests import Owed, readers_owed
from pressroom.storage import Store
from pressroom.web.kept import KeptPages

FEW = 5_000
"""So many readers are counted while somebody waits for the page."""
_FACT = "readers owed"


def owed_by_now(request: Request, store: Store) -> Owed | None:
    """Return who is owed something; None where that would take long, and the page does not ask for it (`count=yes`)."""
    state = request.app.state
    pages: KeptPages = state.pages
    if request.query_params.get("count") != "yes" and store.subscribers.are_more_than(FEW):
        known: Owed | None = pages.known_fact(_FACT)
        return known
    return pages.fact(_FACT, lambda: readers_owed(store, state.tools, state.clock()))
