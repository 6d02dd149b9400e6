"""What else a fresh link to the preferences opens: a change of address, what is held as a download, and erasure."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from pressroom import membership
from pressroom.digest import consent
from pressroom.errors import InvalidFieldError, TooManyRequestsError
from pressroom.membership.by_link import choosing_by_token
from pressroom.membership.holdings import holdings_of, names_of
from pressroom.membership.holdings_page import page_of
from pressroom.membership.moving import ask_to_move
from pressroom.membership.private_feed import end_private_feed, make_private_feed, renew_private_feed
from pressroom.models.consent import How
from pressroom.models.people import Subscriber
from pressroom.storage import Store
from pressroom.web.faults import Faults
from pressroom.web.forms import Fields, first, read_fields
from pressroom.web.messages import DELETED_PERHAPS, PageMessage
from pressroom.web.pages import PRIVATE, in_turn, no_longer_valid, page, token_of, told, too_many, with_store, words_of
from pressroom.web.preferences import show_form

log = logging.getLogger("pressroom.web")

Answer = Callable[[Request, Store, Subscriber], Response]


def _by_fresh_link(answer: Answer, else_told: PageMessage | None = None) -> Callable[[Request], Response]:
    """Give `answer` the person whose fresh link this is; any other link is no longer valid, or as `else_told` says."""

    def answered(request: Request, store: Store) -> Response:
        state = request.app.state
        reader = choosing_by_token(store, state.tools, token_of(request), state.clock())
        if reader:
            return answer(request, store, reader)
        return told(request, else_told) if else_told else no_longer_valid(request)

    return with_store(answered)


async def ask_address(request: Request) -> Response:
    fields = await read_fields(request)
    answer = _by_fresh_link(lambda request, store, reader: _ask_address(request, store, reader, fields))
    return await in_turn(answer)(request)


def _ask_address(request: Request, store: Store, reader: Subscriber, fields: Fields) -> Response:
    """Write to the address that somebody wants digests at; the answer does not tell whether it is known here."""
    state, typed = request.app.state, first(fields, "address")
    words = words_of(request, reader)
    try:
        ask_to_move(store, state.tools, reader, typed, state.clock())
    except InvalidFieldError:
        faults = Faults({"address": words.gettext("Enter a new email address like ann@example.org.")})
        return show_form(request, store, reader, faults=faults, typed={"address": typed[:320]})
    except TooManyRequestsError as error:
        return too_many(request, error.wait)
    return page(request, "address_asked.html", words, token=token_of(request), plain="A mail is on its way to it.")


async def change_feed(request: Request) -> Response:
    fields = await read_fields(request)
    answer = _by_fresh_link(lambda request, store, reader: _change_feed(request, store, reader, first(fields, "act")))
    return await in_turn(answer)(request)


def _change_feed(request: Request, store: Store, reader: Subscriber, act: str) -> Response:
    """Make somebody's own feed, give it a new address, or end it."""
    words = words_of(request, reader)
    changes = {
        "make": (make_private_feed, consent.having_a_feed, words.gettext("Your own feed has an address now.")),
        "renew": (renew_private_feed, consent.renewing_a_feed, words.gettext("Your own feed has a new address.")),
        "end": (end_private_feed, consent.ending_a_feed, words.gettext("Your own feed has ended.")),
    }
    if act not in changes:
        return show_form(request, store, reader)
    change, read, done = changes[act]
    change(store, reader, request.app.state.clock(), How.PREFERENCES_PAGE, read(words))
    return show_form(request, store, reader, done=done, has_changed_feed=True)


def _download(request: Request, store: Store, reader: Subscriber) -> Response:
    state = request.app.state
    document = holdings_of(store, state.tools, reader, state.clock())
    headers = PRIVATE | {"content-disposition": 'attachment; filename="what-we-hold.json"'}
    text = json.dumps(document, ensure_ascii=False, indent=2)
    return Response(text + "\n", media_type="application/json", headers=headers)


def _show_holdings(request: Request, store: Store, reader: Subscriber) -> Response:
    state, words = request.app.state, words_of(request, reader)
    held = holdings_of(store, state.tools, reader, state.clock())
    return HTMLResponse(page_of(held, state.tools, words.language, names_of(store)), headers=PRIVATE)


def _show_forget(request: Request, store: Store, reader: Subscriber) -> Response:
    return page(request, "forget.html", words_of(request, reader), token=token_of(request), reader=reader)


def _forget(request: Request, store: Store, reader: Subscriber) -> Response:
    state, words = request.app.state, words_of(request, reader)
    if not membership.forget(store, state.tools, reader.address, state.clock()):
        log.warning(
            "The bytes of an address that was erased by the page still stand in the catalogue's files: something that "
            "is not the subscriber's own names it, or another program is using them at this moment."
        )
    return page(request, "forgotten.html", words, plain="You are erased, and never mailed again.")


ROUTES = [
    Route("/preferences/{token}/address", _by_fresh_link(show_form), methods=["GET"]),
    Route("/preferences/{token}/address", ask_address, methods=["POST"]),
    Route("/preferences/{token}/feed", _by_fresh_link(show_form), methods=["GET"]),
    Route("/preferences/{token}/feed", change_feed, methods=["POST"]),
    Route("/preferences/{token}/data.json", _by_fresh_link(_download), methods=["GET"]),
    Route("/preferences/{token}/data", _by_fresh_link(_show_holdings), methods=["GET"]),
    Route("/preferences/{token}/forget", _by_fresh_link(_show_forget), methods=["GET"]),
    Route("/preferences/{token}/forget", in_turn(_by_fresh_link(_forget, DELETED_PERHAPS)), methods=["POST"]),
]
