"""`/confirm/TOKEN`: GET shows a button, POST confirms, once (R8): a request for digests, or a change of address."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pressroom.digest import consent, wording
from pressroom.digest.letter_texts import first_digests
from pressroom.errors import ChangedMeanwhileError
from pressroom.membership.by_link import as_seen, asked_to_confirm, confirm_by_token
from pressroom.membership.moving import asked_to_move, move_by_token
from pressroom.models.consent import How, Wording
from pressroom.models.people import Subscriber, SubscriberState, address_key
from pressroom.storage import Store
from pressroom.web.forms import first, read_fields
from pressroom.web.pages import in_turn, no_longer_valid, page, token_of, with_store, words_of


@with_store
def show_confirm(request: Request, store: Store) -> Response:
    state, token = request.app.state, token_of(request)
    found = asked_to_confirm(store, state.tools, token, state.clock())
    if found is not None:
        _, reader = found
        return _confirmed(request, reader) if reader.state is SubscriberState.ACTIVE else _ask(request, reader)
    moving = asked_to_move(store, state.tools, token, state.clock())
    if moving is None:
        return no_longer_valid(request)
    letter, reader = moving
    if address_key(reader.address) == address_key(letter.address):
        return _confirmed(request, reader)
    return _ask(request, reader, address=letter.address)


async def confirm(request: Request) -> Response:
    fields = await read_fields(request)
    answer = with_store(lambda _, store: _confirm(request, store, first(fields, "seen")))
    return await in_turn(answer)(request)


def _confirm(request: Request, store: Store, seen: str) -> Response:
    """Confirm what the page has shown; where somebody has asked for other things since, show those."""
    state, token = request.app.state, token_of(request)
    found = asked_to_confirm(store, state.tools, token, state.clock())
    if found is not None:
        try:
            reader = confirm_by_token(store, state.tools, token, state.clock(), _agreed(request, found[1]), seen)
        except ChangedMeanwhileError:
            return _ask(request, found[1])
    elif moving := asked_to_move(store, state.tools, token, state.clock()):
        agreed = _agreed(request, moving[1])
        reader = move_by_token(store, state.tools, token, state.clock(), How.LINK_TO_NEW_ADDRESS, agreed)
    else:
        reader = None
    return _confirmed(request, reader) if reader else no_longer_valid(request)


def _agreed(request: Request, reader: Subscriber) -> Wording:
    return consent.confirming(request.app.state.tools.settings.site.name, words_of(request, reader))


def _ask(request: Request, reader: Subscriber, *, address: str = "") -> Response:
    """Show the button; `address` is the new one of who moves."""
    words = words_of(request, reader)
    return page(
        request,
        "confirm.html",
        words,
        token=token_of(request),
        address=address or reader.address,
        is_move=bool(address),
        chosen=wording.chosen(reader.choices, words),
        only=wording.filter_in_words(reader.filter, words),
        seen=as_seen(reader),
        wording=_agreed(request, reader).text,
    )


def _confirmed(request: Request, reader: Subscriber) -> Response:
    state, words = request.app.state, words_of(request, reader)
    return page(
        request,
        "confirmed.html",
        words,
        reader=reader,
        chosen=wording.chosen(reader.choices, words),
        coming=list(first_digests(reader.choices, state.clock(), state.tools.settings, words)),
        plain="Your address is confirmed.",
    )


ROUTES = [
    Route("/confirm/{token:path}", show_confirm, methods=["GET"]),
    Route("/confirm/{token:path}", confirm, methods=["POST"]),
]
