"""`/unsubscribe/TOKEN`: GET shows a page with one button, POST acts (R8)."""

from __future__ import annotations

import logging

from starlette.requests import Request
from starlette.responses import HTMLResponse

from pressroom import membership
from pressroom.errors import PublisherError
from pressroom.signing import is_token
from pressroom.web.pages import page

log = logging.getLogger("pressroom.web")


def show_unsubscribe(request: Request) -> HTMLResponse:
    """Show the same page for every token, known or not: scanners fetch this link, and strangers try it."""
    token = _token(request)
    if not is_token(token):
        return page(request, "incomplete_link.html", status=404)
    return page(request, "unsubscribe.html", token=token)


def unsubscribe(request: Request) -> HTMLResponse:
    """End everything for the token's owner, and answer 200 whether there is one or not.

    RFC 8058 §3.2: the mailbox provider's POST comes without a cookie, a session or a login, and may come again.
    """
    state, token = request.app.state, _token(request)
    if not is_token(token):
        return page(request, "incomplete_link.html")
    try:
        with state.tools.open_store() as store:
            is_known = store.subscribers.find_by_token(token) is not None
            membership.unsubscribe_by_token(store, state.tools, token, state.clock(), "unsubscribe link")
    except PublisherError as error:
        log.error("An unsubscribe link was used in vain: %s", error)
        return page(request, "try_again.html", status=503, headers={"retry-after": "60"})
    if is_known:
        log.info("an unsubscribe link was used")
    return page(request, "unsubscribed.html")


def _token(request: Request) -> str:
    """Return the token of the address; relays may have folded its case, and some add a slash."""
    return str(request.path_params["token"]).removesuffix("/").lower()
