"""`/preferences/TOKEN`: the link in a digest asks for a fresh one by mail; a fresh one opens the form (R8)."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pressroom.errors import InvalidFieldError, NotFoundError
from pressroom.membership.by_link import choosing_by_token, set_preferences
from pressroom.membership.letters import send_preferences_link
from pressroom.models.people import Subscriber
from pressroom.signing import is_signed_token, is_token
from pressroom.storage import Store
from pressroom.web.forms import Fields, read_fields
from pressroom.web.pages import incomplete, no_longer_valid, page, token_of, with_store, words_of
from pressroom.web.preferences_form import form_of, read_form, summary_of

HOW = "preferences page"


@with_store
def show_preferences(request: Request, store: Store) -> Response:
    state, token = request.app.state, token_of(request)
    if is_token(token):
        reader = store.subscribers.find_by_token(token)
        return page(request, "preferences_link.html", words_of(request, reader), token=token)
    if not is_signed_token(token):
        return incomplete(request)
    found = choosing_by_token(store, state.tools, token, state.clock())
    return _form(request, store, found) if found else no_longer_valid(request)


async def change_preferences(request: Request) -> Response:
    """Write the letter with a fresh link, or, behind such a link, let everything be as the form says."""
    if is_token(token_of(request)):
        return await run_in_threadpool(_send_link, request)
    fields = await read_fields(request)
    return await run_in_threadpool(with_store(lambda _, store: _change(request, store, fields)), request)


@with_store
def _send_link(request: Request, store: Store) -> Response:
    """Answer the same to everybody, whether the token is known, and whether a letter is written or was already."""
    reader = store.subscribers.find_by_token(token_of(request))
    if reader is not None:
        send_preferences_link(store, reader, request.app.state.clock())
    done = "If digests come to your address, a link to change them is on its way to it."
    return page(request, "preferences_link_sent.html", words_of(request, reader), plain=done)


def _change(request: Request, store: Store, fields: Fields) -> Response:
    state, token = request.app.state, token_of(request)
    if not is_signed_token(token):
        return incomplete(request)
    reader = choosing_by_token(store, state.tools, token, state.clock())
    if reader is None:
        return no_longer_valid(request)
    try:
        wanted = read_form(fields)
        changed = set_preferences(store, state.tools, token, wanted, state.clock(), HOW)
    except (InvalidFieldError, NotFoundError) as error:
        is_empty = isinstance(error, InvalidFieldError) and error.field == "topics"
        return _form(request, store, reader, fault="nothing" if is_empty else "unknown")
    if changed is None:  # the person has left this very moment
        return no_longer_valid(request)
    words = words_of(request, changed)
    summary = summary_of(changed, words)
    return page(request, "preferences_saved.html", words, token=token, summary=summary, plain="Your choices are saved.")


def _form(request: Request, store: Store, reader: Subscriber, *, fault: str = "") -> Response:
    tools, words = request.app.state.tools, words_of(request, reader)
    shelves = store.topics.shelves()
    form = form_of(reader, shelves, tools.translations.languages, words)
    status = 422 if fault else 200
    return page(
        request,
        "preferences.html",
        words,
        status=status,
        token=token_of(request),
        reader=reader,
        form=form,
        fault=fault,
    )


ROUTES = [
    Route("/preferences/{token:path}", show_preferences, methods=["GET"]),
    Route("/preferences/{token:path}", change_preferences, methods=["POST"]),
]
