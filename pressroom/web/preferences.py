"""`/preferences/TOKEN`: the link in a digest asks for a fresh one by mail; a fresh one opens the form (R8)."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pressroom.digest import consent, wording
from pressroom.errors import ChangedMeanwhileError, InvalidFieldError, NotFoundError
from pressroom.membership import Wish, signing_up
from pressroom.membership.by_link import Preferences, as_seen, choosing_by_token, set_preferences
from pressroom.membership.letters import send_preferences_link
from pressroom.models.consent import How
from pressroom.models.people import Subscriber
from pressroom.models.words import Words
from pressroom.signing import is_signed_token, is_token
from pressroom.storage import Store
from pressroom.syndication.feed_list import FORMATS
from pressroom.tools import Tools
from pressroom.web.choices_form import FOLLOW, Asked, asked_by, asked_in, form_of, kept_of
from pressroom.web.faults import NO_FAULTS, Faults
from pressroom.web.forms import Fields, first, read_fields
from pressroom.web.pages import in_turn, incomplete, no_longer_valid, page, token_of, with_store, words_of


@with_store
def show_preferences(request: Request, store: Store) -> Response:
    state, token = request.app.state, token_of(request)
    if is_token(token):
        reader = store.subscribers.find_by_token(token)
        return page(request, "preferences_link.html", words_of(request, reader), token=token)
    if not is_signed_token(token):
        return incomplete(request)
    found = choosing_by_token(store, state.tools, token, state.clock())
    return show_form(request, store, found) if found else no_longer_valid(request)


async def change_preferences(request: Request) -> Response:
    """Write the letter with a fresh link, or, behind such a link, let everything be as the form says."""
    if is_token(token_of(request)):
        return await in_turn(_send_link)(request)
    fields = await read_fields(request)
    return await in_turn(with_store(lambda _, store: _change(request, store, fields)))(request)


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
    words = words_of(request, reader)
    agreed = consent.preferences(state.tools.settings.site.name, words)
    try:
        changed = set_preferences(
            store, state.tools, token, _wanted(fields), state.clock(), How.PREFERENCES_PAGE, agreed
        )
    except ChangedMeanwhileError:
        return show_form(request, store, reader, was_changed=True)
    except (InvalidFieldError, NotFoundError) as error:
        is_empty = isinstance(error, InvalidFieldError) and error.field == "topics"
        return show_form(request, store, reader, kept=kept_of(fields), faults=_faults(words, is_empty))
    if changed is None:  # the person has left this very moment
        return no_longer_valid(request)
    words = words_of(request, changed)
    summary = summary_of(changed, words)
    return page(request, "preferences_saved.html", words, token=token, summary=summary, plain="Your choices are saved.")


def _wanted(fields: Fields) -> Preferences:
    asked = asked_in(fields)
    wishes = [Wish(slug, often) for slug, often in asked.often.items()]
    return Preferences(
        wishes, sorted(asked.kinds), asked.partners, asked.language, sorted(asked.only_in), first(fields, "seen")
    )


def _faults(words: Words, is_empty: bool) -> Faults:
    if is_empty:
        return Faults({FOLLOW: words.gettext("Choose at least one topic, or unsubscribe below.")})
    return Faults({FOLLOW: words.gettext("One of the choices could not be used. Please choose again.")})


def summary_of(reader: Subscriber, words: Words) -> list[str]:
    """Return what a reader gets now, in sentences."""
    said = [words.gettext("You follow: %(choices)s.") % {"choices": wording.chosen(reader.choices, words)}]
    said += wording.filter_in_words(reader.filter, words)
    if reader.paused:
        said.append(pause_of(reader, words))
    return said


def pause_of(reader: Subscriber, words: Words) -> str:
    """Return until when a reader has paused, in a sentence."""
    if reader.paused_until is None:
        return words.gettext("Your digests are paused until you end the pause.")
    return words.gettext("Your digests are paused until %(day)s.") % {"day": words.day(reader.paused_until)}


def show_form(
    request: Request,
    store: Store,
    reader: Subscriber,
    *,
    kept: Asked | None = None,
    faults: Faults = NO_FAULTS,
    was_changed: bool = False,
    typed: Mapping[str, str] | None = None,
    done: str = "",
    has_changed_feed: bool = False,
) -> Response:
    """Show all that a reader may do behind a fresh link; `kept` is what they chose before an error, `typed` what else
    they wrote, `done` what has just been done.
    """
    tools: Tools = request.app.state.tools
    words = words_of(request, reader)
    asked = kept or asked_by(reader, words.language)
    names = signing_up.offered(store) | {one.slug: one.name for one in reader.choices if one.name}
    return page(
        request,
        "preferences.html",
        words,
        status=422 if faults or was_changed else 200,
        token=token_of(request),
        reader=reader,
        form=form_of(asked, names, tools.translations.languages, words, sorted(reader.filter.languages)),
        faults=faults,
        was_changed=was_changed,
        typed={"address": "", "until": ""} | dict(typed or {}),
        paused=pause_of(reader, words) if reader.paused else "",
        seen=as_seen(reader),
        own_feed=_own_feed(store, tools, reader),
        done=done,
        has_changed_feed=has_changed_feed,
        plain=done,
        wording=consent.preferences(tools.settings.site.name, words).text,
        feed_wordings={
            "make": consent.having_a_feed(words).text,
            "renew": consent.renewing_a_feed(words).text,
            "end": consent.ending_a_feed(words).text,
        },
    )


def _own_feed(store: Store, tools: Tools, reader: Subscriber) -> list[tuple[str, str]]:
    """Return the reader's own feed as (format, address); nothing where none was made."""
    token = store.private_feeds.token_of(reader.pk)
    return [(name, tools.links.my_feed(token, form)) for form, name in FORMATS.items()] if token else []


ROUTES = [
    Route("/preferences/{token:path}", show_preferences, methods=["GET"]),
    Route("/preferences/{token:path}", change_preferences, methods=["POST"]),
]
