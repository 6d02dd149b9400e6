"""`/unsubscribe/TOKEN`: GET shows a page with one button, POST acts (R8)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse

from pressroom import membership
from pressroom.storage import Store
from pressroom.web.pages import page


def show_unsubscribe(request: Request) -> HTMLResponse:
    """Show the same page for every token, known or not: scanners fetch this link, and strangers try it."""
    return page(request, "unsubscribe.html", token=request.path_params["token"])


def unsubscribe(request: Request) -> HTMLResponse:
    """End everything for the token's owner, and answer 200 in any case.

    RFC 8058 §3.2: the mailbox provider's POST comes without a cookie, a session or a login, and may come again.
    """
    state = request.app.state
    with Store.open(state.tools.catalogue) as store:
        membership.unsubscribe_by_token(store, request.path_params["token"], state.clock(), "unsubscribe link")
    return page(request, "unsubscribed.html")
