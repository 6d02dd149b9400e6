"""`/unsubscribe/TOKEN`: GET shows buttons, POST ends everything; `/unsubscribe/TOKEN/weekly` one frequency (R8)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from pressroom import membership
from pressroom.digest import wording
from pressroom.errors import PublisherError, TemplateBrokenError
from pressroom.membership.by_link import stop_frequency
from pressroom.models.people import Frequency, Subscriber
from pressroom.models.words import Words, marked
from pressroom.signing import is_token
from pressroom.storage import Store
from pressroom.web.pages import PRIVATE, incomplete, log, page, token_of, with_store, words_of

HOW = "unsubscribe link"
BARE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Unsubscribe</title>'
    '<form method="post"><button>Unsubscribe</button></form></html>'
)
"""What stands in for a page whose template is broken: the way out is always there."""
ENDED = "You have unsubscribed, and get no further digests."
STOP = {
    Frequency.IMMEDIATE: marked("Stop what comes at once: %(topics)s"),
    Frequency.DAILY: marked("Stop the daily digest: %(topics)s"),
    Frequency.WEEKLY: marked("Stop the weekly digest: %(topics)s"),
    Frequency.MONTHLY: marked("Stop the monthly digest: %(topics)s"),
}
STOPPED = {
    Frequency.IMMEDIATE: marked("Nothing comes at once any more."),
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
        return page(request, "unsubscribe.html", words, token=token, parts=_parts(reader, words) if reader else [])
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
    """Return what can be stopped alone, each frequency with the words of its button; nothing where there is one."""
    held = [one for one in Frequency if any(choice.frequency is one for choice in reader.choices)]
    if len(held) < 2:
        return []
    return [(one, words.gettext(STOP[one]) % {"topics": wording.followed_at(one, reader, words)}) for one in held]


@with_store
def unsubscribe(request: Request, store: Store) -> Response:
    """End everything for the token's owner, and answer 200 whether there is one or not.

    RFC 8058 §3.2: the mailbox provider's POST comes without a cookie, a session or a login, and may come again. Its
    body says nothing that the address does not, and is not read.
    """
    state, token = request.app.state, token_of(request)
    if not is_token(token):
        return incomplete(request, 200)
    reader = store.subscribers.find_by_token(token)
    membership.unsubscribe_by_token(store, state.tools, token, state.clock(), HOW)
    if reader is not None:
        log.info("an unsubscribe link was used")
    return page(request, "unsubscribed.html", words_of(request, reader), plain=ENDED)


@with_store
def unsubscribe_from_one(request: Request, store: Store) -> Response:
    """End one frequency; the rest stays, and the page says what that is."""
    state, token, name = request.app.state, token_of(request), request.path_params["frequency"].lower()
    if not is_token(token) or name not in list(Frequency):
        return incomplete(request, 200)
    before = store.subscribers.find_by_token(token)
    reader = stop_frequency(store, state.tools, token, Frequency(name), state.clock(), HOW)
    words = words_of(request, reader)
    if reader is None or before is None or not reader.choices:
        return page(request, "unsubscribed.html", words, plain=ENDED)
    # Who ends nothing by it is not shown the choices either: the mail may have been passed on.
    has_ended = reader.choices != before.choices
    ended, kept = words.gettext(STOPPED[Frequency(name)]), wording.chosen(reader.choices, words) if has_ended else ""
    return page(request, "stopped.html", words, token=token, ended=ended, kept=kept, plain=ended)


ROUTES = [
    Route("/unsubscribe/{token}/{frequency}", show_unsubscribe, methods=["GET"]),
    Route("/unsubscribe/{token}/{frequency}", unsubscribe_from_one, methods=["POST"]),
    Route("/unsubscribe/{token:path}", show_unsubscribe, methods=["GET"]),
    Route("/unsubscribe/{token:path}", unsubscribe, methods=["POST"]),
]
