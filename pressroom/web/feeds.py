"""`/feeds/`: what a feed is, which there are, and how to use one."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from pressroom.models.feeds import ShelfKind
from pressroom.storage import Store
from pressroom.syndication.feed_list import list_feeds
from pressroom.tools import Tools
from pressroom.web.pages import page, with_store, words_of


@with_store
def show_feeds(request: Request, store: Store) -> Response:
    """Show every feed in which something public stands; the others may have a name that is not out yet (R9)."""
    tools: Tools = request.app.state.tools
    words = words_of(request)
    shelves = {kind: store.shelves.of(kind) for kind in ShelfKind}
    feeds = list_feeds(shelves, tools.links, tools.settings.site, words)
    return page(request, "feeds.html", words, is_public=True, feeds=feeds)


def lead_to_feeds(_: Request) -> Response:
    return RedirectResponse("/feeds/", 301)


ROUTES = [
    Route("/feeds/", show_feeds),
    Route("/feeds", lead_to_feeds),
]
