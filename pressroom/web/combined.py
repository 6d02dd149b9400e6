"""`/feeds/topics/A+B.atom|rss|json`: what stands on any of several topics, at one address for each choice of them."""

from __future__ import annotations

from email.utils import format_datetime

from starlette.convertors import StringConvertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from pressroom.models.feeds import Format
from pressroom.publishing.combined_feed import (
    MOST_TOPICS,
    combined_changed_at,
    combined_feed,
    path_of,
    topics_to_combine,
)
from pressroom.storage import Store
from pressroom.tools import Tools
from pressroom.web import messages
from pressroom.web.answers import merged
from pressroom.web.moved import not_found
from pressroom.web.pages import told, with_store
from pressroom.web.published import OPENABLE, PREFIX, as_opened, feed_headers, is_opened


class Several(StringConvertor):
    """Slugs with “+” between them; a slug has none, so that no published file is meant."""

    regex = r"[^/]*\+[^/]*"


register_url_convertor("several", Several())


@with_store
def show_combined(request: Request, store: Store) -> Response:
    """Show the feed of several topics; other orders and other names of them lead to its address."""
    tools: Tools = request.app.state.tools
    asked, form = str(request.path_params["slugs"]), Format.of(request.url.path)
    slugs = set(asked.split("+"))
    if form is None:
        return not_found(request)
    if len(slugs) > MOST_TOPICS:
        return told(request, messages.TOO_MANY_TOPICS)
    topics = topics_to_combine(store, slugs)
    if topics is None:
        return not_found(request)
    path = path_of(topics)
    if path != f"topics/{asked}":
        return RedirectResponse(f"{PREFIX}{path}.{form}", 301)
    document = combined_feed(store, tools, topics, form)
    headers = [*feed_headers(tools.links.page(f"{PREFIX}{path}.{form}"), form)]
    if form in OPENABLE:
        headers.append((b"vary", b"sec-fetch-dest"))
    if changed_at := combined_changed_at(store, topics, form):
        headers.append((b"last-modified", format_datetime(changed_at, usegmt=True).encode()))
    if is_opened(request.url.path, merged(request.scope["headers"])):
        # The one that is kept is for programs.
        headers = [*as_opened(headers), (b"cache-control", b"no-store")]
    return Response(document.content, headers={name.decode(): value.decode() for name, value in headers})


ROUTES = [Route("/feeds/topics/{slugs:several}.{form}", show_combined)]
