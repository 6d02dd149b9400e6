"""`/unsubscribe/TOKEN`: GET shows a page with one button, POST acts (R8)."""

from __future__ import annotations

import logging

from starlette.requests import Request
from starlette.responses import HTMLResponse

from pressroom import membership
from pressroom.signing import is_token
from pressroom.web.pages import page

log = logging.getLogger("pressroom.web")


def show_unsubscribe(request: Request) -> HTMLResponse:
    """Show the same page for every token, known or not: scanners fetch this link, and strangers try it."""
    if not is_token(request.path_params["token"]):
        return page(request, "incomplete_link.html", status=404)
    return page(request, "unsubscribe.html", token=request.path_params["token"])


def unsubscribe(request: Request) -> HTMLResponse:
    """End everything for the token's owner, and answer 200 in any case.

    RFC 8058 §3.2: the mailbox provider's POST comes without a cookie, a session or a login, and may come again.
    """
    state = request.app.state
    if not is_token(request.path_params["token"]):
        return page(request, "incomplete_link.html")
    with state.tools.open_store() as store:
        membership.unsubscribe_by_token(store, request.path_params["token"], state.clock(), "unsubscribe link")
    log.info("an unsubscribe link was used")
    return page(request, "unsubscribed.html")
