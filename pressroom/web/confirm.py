"""`/confirm/TOKEN`: GET shows a button, POST confirms, once (R8)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pressroom.digest import wording
from pressroom.membership.by_link import asked_to_confirm, confirm_by_token
from pressroom.models.people import SubscriberState
from pressroom.storage import Store
from pressroom.web.pages import no_longer_valid, page, token_of, with_store, words_of


@with_store
def show_confirm(request: Request, store: Store) -> Response:
    state, token = request.app.state, token_of(request)
    found = asked_to_confirm(store, state.tools, token, state.clock())
    if found is None:
        return no_longer_valid(request)
    _, reader = found
    words = words_of(request, reader)
    template = "confirmed.html" if reader.state is SubscriberState.ACTIVE else "confirm.html"
    return page(request, template, words, token=token, reader=reader, chosen=wording.chosen(reader.choices, words))


@with_store
def confirm(request: Request, store: Store) -> Response:
    state = request.app.state
    reader = confirm_by_token(store, state.tools, token_of(request), state.clock())
    if reader is None:
        return no_longer_valid(request)
    words = words_of(request, reader)
    chosen = wording.chosen(reader.choices, words)
    return page(request, "confirmed.html", words, reader=reader, chosen=chosen, plain="Your address is confirmed.")


ROUTES = [
    Route("/confirm/{token:path}", show_confirm, methods=["GET"]),
    Route("/confirm/{token:path}", confirm, methods=["POST"]),
]
