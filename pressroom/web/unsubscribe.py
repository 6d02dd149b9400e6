"""`/unsubscribe/TOKEN`: GET shows buttons, POST ends everything; `/unsubscribe/TOKEN/weekly` one frequency (R8).

The buttons lead to a page of its own, `/unsubscribe/UNDO/done`, which can be loaded again: it holds the button that
undoes it for 24 hours, and asks why. A POST of a mail program is answered at once (RFC 8058 §3.1 forbids to redirect).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from pressroom.digest import consent
from pressroom.errors import PublisherError, StopTroubleError, TemplateBrokenError
from pressroom.membership import ONE_ACT
from pressroom.membership.leaving import REASONS, ended_with, is_undone, undo_by_token, undo_token
from pressroom.membership.leaving import say_why as count_reason
from pressroom.membership.stopping import heed_stops, stop
from pressroom.models.consent import How
from pressroom.models.logged import without_secrets
from pressroom.models.people import Frequency, Subscriber, SubscriberState
from pressroom.models.words import Words, marked
from pressroom.signing import is_token, new_token
from pressroom.stops import Stop
from pressroom.storage import Store
from pressroom.tools import Tools
from pressroom.web.faults import NO_FAULTS, Faults
from pressroom.web.forms import Fields, first, read_fields
from pressroom.web.messages import THANKED
from pressroom.web.pages import (
    PRIVATE,
    in_turn,
    incomplete,
    log,
    no_longer_valid,
    page,
    patience,
    token_of,
    told,
    try_again,
    with_store,
    words_of,
)
from pressroom.web.preferences import pause_of

BY_BUTTON = "button"
"""What stands in the query where a button of ours was pressed, and no mail program acts by itself."""
WAIT_SECONDS = 5
"""How long a stop waits for who writes into the catalogue: a mailbox provider waits no longer for its answer."""
BARE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Unsubscribe</title>'
    '<form method="post"><button>Unsubscribe</button></form></html>'
)
"""What stands in for a page whose template is broken: the way out is always there."""
ENDED = "You have unsubscribed, and get no further digests."
STOPPED = {
    Frequency.IMMEDIATE: marked("The immediate emails have ended."),
    Frequency.DAILY: marked("The daily digest has ended."),
    Frequency.WEEKLY: marked("The weekly digest has ended."),
    Frequency.MONTHLY: marked("The monthly digest has ended."),
}


def show_unsubscribe(request: Request) -> Response:
    """Show what can be stopped; of a token that is nobody's the same as of one who follows a single thing.

    The page is there also while the catalogue is not: the button asks again.
    """
    token = token_of(request)
    if not is_token(token):
        return incomplete(request)
    reader = _reader(request, token)
    words = words_of(request, reader)
    try:
        return page(
            request,
            "unsubscribe.html",
            words,
            token=token,
            wording=consent.leaving(words).text,
            parts=_parts(reader, words) if reader else [],
        )
    except TemplateBrokenError as error:
        log.error("%s", error)
        return HTMLResponse(BARE, headers=PRIVATE)


def _reader(request: Request, token: str) -> Subscriber | None:
    try:
        with request.app.state.tools.open_store() as store:
            found: Subscriber | None = store.subscribers.find_by_token(token)
            return found
    except PublisherError as error:
        log.error("The page of an unsubscribe link knows nobody: %s", error)
        return None


def _parts(reader: Subscriber, words: Words) -> list[tuple[Frequency, str]]:
    """Return what can be stopped alone, each frequency with the words of its button; nothing where there is one.

    What is followed is not told: the mail may have been passed on.
    """
    held = [one for one in Frequency if any(choice.frequency is one for choice in reader.choices)]
    if len(held) < 2:
        return []
    return [(one, consent.stopping(one, words).text) for one in held]


def unsubscribe(request: Request) -> Response:
    """End everything for the token's owner, and answer 200 whether there is one or not.

    RFC 8058 §3.2: the mailbox provider's POST comes without a cookie, a session or a login, and may come again. Its
    body says nothing that the address does not, and is not read.
    """
    token = token_of(request)
    if not is_token(token):
        return incomplete(request, 200)
    asked = Stop(token, request.app.state.clock(), is_by_program=not _is_by_button(request))
    return _stopping(request, asked, _unsubscribed)


def _unsubscribed(request: Request, store: Store, asked: Stop, reader: Subscriber | None) -> Response:
    undo = _undo(store, request.app.state.tools, reader, asked.asked_at) if reader else ""
    return _done(request, undo) if undo and not asked.is_by_program else _gone(request, reader, undo)


def _stopping(
    request: Request, asked: Stop, answer: Callable[[Request, Store, Stop, Subscriber | None], Response]
) -> Response:
    """Do what is asked; while the catalogue cannot be used, write it down: no mail leaves before that is done.

    Where neither can be, nothing may be promised, and another try is asked for.
    """
    tools: Tools = request.app.state.tools
    try:
        with tools.open_store(patience(tools, WAIT_SECONDS)) as store:
            heed_stops(store, tools)
            reader = stop(store, tools, asked, How.UNSUBSCRIBE_LINK)
            if reader is not None:
                log.info("an unsubscribe link was used")
            return answer(request, store, asked, reader)
    except PublisherError as error:
        log.error("An unsubscribe could not be done at once. %s", without_secrets(str(error)))
    try:
        tools.stops.keep(asked)
    except StopTroubleError as error:
        log.error("%s", without_secrets(str(error)))
        return try_again(request)
    words = words_of(request)
    return _stopped(request, words, asked.token, asked.frequency) if asked.frequency else _gone(request, None)


def _is_by_button(request: Request) -> bool:
    return request.url.query == BY_BUTTON


def _done(request: Request, undo: str) -> Response:
    """Lead to the page that says what has ended: loading that again ends nothing again."""
    return RedirectResponse(f"/unsubscribe/{undo}/done", 303, headers=PRIVATE)


def _undo(store: Store, tools: Tools, reader: Subscriber, now: datetime) -> str:
    """Return the token that undoes what has just ended, "" where that is nothing: the mail may have been passed on.

    Who presses a button twice sees the second answer, and must find the way back in it too.
    """
    moment = store.consents.last_ended_at(reader.pk)
    if moment is None or abs(now - moment) > ONE_ACT:
        return ""
    token = undo_token(tools, reader, moment)
    return token if ended_with(store, tools, token, now) else ""


def _gone(
    request: Request,
    reader: Subscriber | None,
    undo: str = "",
    *,
    has_said: bool = False,
    faults: Faults = NO_FAULTS,
) -> Response:
    """Show that everything has ended; `undo` is the token behind the button that takes it back."""
    words = words_of(request, reader)
    return page(
        request,
        "unsubscribed.html",
        words,
        status=422 if faults else 200,
        plain=ENDED,
        undo=undo,
        reasons=[(name, words.gettext(said)) for name, said in REASONS.items()] if undo and not has_said else [],
        key=new_token(),
        has_said=has_said,
        faults=faults,
    )


def unsubscribe_from_one(request: Request) -> Response:
    """End one frequency; the rest stays, and the page says what that is."""
    token, name = token_of(request), request.path_params["frequency"].lower()
    if not is_token(token) or name not in list(Frequency):
        return incomplete(request, 200)
    asked = Stop(token, request.app.state.clock(), Frequency(name), is_by_program=not _is_by_button(request))
    return _stopping(request, asked, _unsubscribed_from_one)


def _unsubscribed_from_one(request: Request, store: Store, asked: Stop, reader: Subscriber | None) -> Response:
    if reader is None or not reader.choices or asked.frequency is None:
        return _unsubscribed(request, store, asked, reader)
    undo = _undo(store, request.app.state.tools, reader, asked.asked_at)
    if undo and not asked.is_by_program:
        return _done(request, undo)
    return _stopped(request, words_of(request, reader), asked.token, asked.frequency, undo)


def _stopped(request: Request, words: Words, token: str, frequency: Frequency, undo: str = "") -> Response:
    """Show that one frequency has ended; `token` is the reader's own."""
    ended = words.gettext(STOPPED[frequency])
    return page(request, "stopped.html", words, token=token, ended=ended, undo=undo, plain=ended)


@with_store
def show_done(request: Request, store: Store) -> Response:
    """Show what has ended to who ended it, as long as it can be undone."""
    state, token = request.app.state, token_of(request)
    found = ended_with(store, state.tools, token, state.clock())
    if found is None:
        return no_longer_valid(request)
    reader, moment, ended = found
    if is_undone(store, reader, moment):
        return _undone(request, reader)
    if reader.state is not SubscriberState.ACTIVE or not reader.choices:
        return _gone(request, reader, token)
    return _stopped(request, words_of(request, reader), reader.unsubscribe_token, ended[0].frequency, token)


@with_store
def show_undo(request: Request, store: Store) -> Response:
    """Show the button once more to who opens the address of the undo."""
    state, token = request.app.state, token_of(request)
    found = ended_with(store, state.tools, token, state.clock())
    return page(request, "undo.html", words_of(request, found[0]), undo=token) if found else no_longer_valid(request)


@with_store
def undo(request: Request, store: Store) -> Response:
    state = request.app.state
    reader = undo_by_token(store, state.tools, token_of(request), state.clock(), How.UNDO_BUTTON)
    if reader is None:
        return no_longer_valid(request)
    return _undone(request, reader)


def _undone(request: Request, reader: Subscriber) -> Response:
    words, token = words_of(request, reader), reader.unsubscribe_token
    paused = pause_of(reader, words) if reader.paused else ""
    return page(request, "undone.html", words, token=token, paused=paused, plain="It is undone.")


async def say_why(request: Request) -> Response:
    fields = await read_fields(request)
    return await in_turn(with_store(lambda _, store: _say_why(request, store, fields)))(request)


def _say_why(request: Request, store: Store, fields: Fields) -> Response:
    state, token = request.app.state, token_of(request)
    found = ended_with(store, state.tools, token, state.clock())
    has_counted = count_reason(store, state.tools, token, first(fields, "key"), first(fields, "why"), state.clock())
    if found is None or is_undone(store, found[0], found[1]):  # or the person has left again
        return told(request, THANKED) if has_counted else no_longer_valid(request)
    missing = words_of(request, found[0]).gettext("Choose a reason, or leave this page.")
    faults = Faults({"why": missing}) if first(fields, "why") not in REASONS else NO_FAULTS
    return _gone(request, found[0], token, has_said=has_counted, faults=faults)


ROUTES = [
    Route("/unsubscribe/{token}/undo", show_undo, methods=["GET"]),
    Route("/unsubscribe/{token}/undo", in_turn(undo), methods=["POST"]),
    Route("/unsubscribe/{token}/done", show_done, methods=["GET"]),
    Route("/unsubscribe/{token}/done", incomplete, methods=["POST"]),
    Route("/unsubscribe/{token}/why", show_undo, methods=["GET"]),
    Route("/unsubscribe/{token}/why", say_why, methods=["POST"]),
    Route("/unsubscribe/{token}/{frequency}", show_unsubscribe, methods=["GET"]),
    Route("/unsubscribe/{token}/{frequency}", in_turn(unsubscribe_from_one, stops=True), methods=["POST"]),
    Route("/unsubscribe/{token:path}", show_unsubscribe, methods=["GET"]),
    Route("/unsubscribe/{token:path}", in_turn(unsubscribe, stops=True), methods=["POST"]),
]
