"""`/my/TOKEN.atom|rss|json`: a subscriber's own feed. It is for nobody else, and reading it changes nothing (R8)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pressroom.models.feeds import Format
from pressroom.models.people import SubscriberState
from pressroom.publishing.private_feed import private_feed
from pressroom.signing import is_token
from pressroom.storage import Store
from pressroom.tools import Tools
from pressroom.web.answers import merged
from pressroom.web.moved import not_found
from pressroom.web.pages import is_known, no_longer_valid, token_of, with_store, words_of
from pressroom.web.published import OPENED, is_opened

MINE = {"cache-control": "private, max-age=900", "x-robots-tag": "noindex", "vary": "sec-fetch-dest"}


@with_store
def show_my_feed(request: Request, store: Store) -> Response:
    """Show the feed that the token belongs to; 410 says that its reader has left, and 404 that there is none."""
    tools: Tools = request.app.state.tools
    token, ending = token_of(request), request.path_params["form"].lower()
    reader = store.private_feeds.reader(token) if is_token(token) and ending in list(Format) else None
    if reader is None:
        return not_found(request)
    if reader.state is not SubscriberState.ACTIVE:
        return no_longer_valid(request)
    document = private_feed(store, tools, reader, words_of(request, reader), Format(ending))
    kept = {**MINE, "etag": f'"{document.etag}"'}
    if is_known(request, document.etag):
        return Response(status_code=304, headers=kept)
    opened = is_opened(request.url.path, merged(request.scope["headers"]))
    media_type = OPENED.decode() if opened else f"{document.media_type}; charset=utf-8"
    return Response(document.content, headers={**kept, "content-type": media_type})


ROUTES = [Route("/my/{token}.{form}", show_my_feed)]
