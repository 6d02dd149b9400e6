"""`/subscribe`: the form to get digests by mail, and a small one to paste into other sites.

Everybody gets the same answer in the same time, whether an address is known or not: the request only waits here
(`membership.signing_up`).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pressroom.digest import consent
from pressroom.errors import InvalidFieldError, TooManyRequestsError
from pressroom.membership import DEFAULT_FREQUENCY, signing_up
from pressroom.models import sign_ups
from pressroom.models.text import clean_line
from pressroom.signing import new_token
from pressroom.storage import Store
from pressroom.tools import Tools
from pressroom.web import messages
from pressroom.web.choices_form import FOLLOW, Asked, asked_in, form_of, kept_of
from pressroom.web.faults import NO_FAULTS, Faults
from pressroom.web.forms import Fields, first, read_fields
from pressroom.web.messages import TOO_MANY
from pressroom.web.pages import FOR_SEARCH_ENGINES, in_turn, page, place_of, with_store, words_of

FORM = "sign-up form"
OPEN_FOR, TYPED_FOR = timedelta(hours=24), timedelta(seconds=2)
"""How long a form works after it was shown, and how soon nobody has filled it in."""
TRAP = "website"
"""A field that people leave empty, and programs that fill in every form do not."""


@with_store
def show_form(request: Request, store: Store) -> Response:
    """Show the form; `topic` names what is ticked in it."""
    wanted = request.query_params.get("topic", "")
    asked = Asked({wanted: DEFAULT_FREQUENCY}) if wanted in signing_up.offered(store) else Asked()
    return _form(request, store, asked)


async def begin(request: Request) -> Response:
    """Show the form to who has typed an address elsewhere: on the front page, or on another site. Nothing changes."""
    fields = await read_fields(request)
    answer = with_store(lambda _, store: _form(request, store, Asked(), address=first(fields, "address")))
    return await in_turn(answer)(request)


async def subscribe(request: Request) -> Response:
    fields = await read_fields(request)
    return await in_turn(with_store(lambda _, store: _subscribe(request, store, fields)))(request)


def _subscribe(request: Request, store: Store, fields: Fields) -> Response:
    """Let the request wait, unless it has to be corrected; what a program has filled in is dropped unsaid."""
    tools, now = request.app.state.tools, request.app.state.clock()
    typed = clean_line(first(fields, "address"))
    if first(fields, TRAP):
        return _sent(request, typed)
    words = words_of(request)
    try:
        asked = asked_in(fields)
        wording = consent.sign_up(tools.settings.site.name, words)
        kinds, language = sorted(asked.kinds), _language(tools, asked, words.language)
        wish = sign_ups.SignUp(typed, language, asked.wishes, kinds, asked.partners, wording)
        checked = signing_up.checked(store, wish)
        if not _was_typed(tools, first(fields, "formed"), now):
            return _form(request, store, asked, address=typed, formed=first(fields, "formed"), is_again=True)
        signing_up.ask(store, tools, checked, place_of(request), now)
    except InvalidFieldError as error:
        faults = _faults(request, store, error, fields)
        typed, formed = first(fields, "address"), first(fields, "formed")
        return _form(request, store, kept_of(fields), address=typed, formed=formed, faults=faults)
    except TooManyRequestsError as error:
        typed, formed = first(fields, "address"), first(fields, "formed")
        return _form(request, store, kept_of(fields), address=typed, formed=formed, wait=error.wait)
    return _sent(request, checked.address)


def _language(tools: Tools, asked: Asked, usual: str) -> str:
    return asked.language if asked.language in tools.translations.languages else usual


def _was_typed(tools: Tools, formed: str, now: datetime) -> bool:
    """Whether a form of ours was shown not long ago, and not a moment ago."""
    expires = tools.signer.expiry_of(FORM, formed, now)
    return expires is not None and now - (expires - OPEN_FOR) >= TYPED_FOR


def _sent(request: Request, address: str) -> Response:
    shown = address[: sign_ups.LONGEST_TYPED]
    plain = "A mail that asks to confirm this is on its way."
    return page(request, "subscribe_sent.html", address=shown, plain=plain)


def _faults(request: Request, store: Store, error: InvalidFieldError, fields: Fields) -> Faults:
    """Return all that is wrong with the form; the error tells of the first only."""
    words = words_of(request)
    wrong = {}
    if error.field == "address":
        wrong["address"] = words.gettext("Enter an email address like ann@example.org.")
    if error.field == "topics" or not fields.get("follow"):
        wrong[FOLLOW] = words.gettext("Choose at least one topic, or everything.")
    return Faults(wrong or {FOLLOW: words.gettext("One of the choices could not be used. Please choose again.")})


def _form(
    request: Request,
    store: Store,
    asked: Asked,
    *,
    address: str = "",
    formed: str = "",
    faults: Faults = NO_FAULTS,
    is_again: bool = False,
    wait: timedelta | None = None,
) -> Response:
    """Show the form; `formed` is when it was shown first, signed, so that a correction may be quick.

    Who has to `wait`, since too many have asked, finds in it what they typed (RFC 6585 §4).
    """
    tools, words = request.app.state.tools, words_of(request)
    languages = tools.translations.languages
    asked = Asked(asked.often, asked.kinds, asked.partners, _language(tools, asked, words.language))
    now = request.app.state.clock()
    if tools.signer.expiry_of(FORM, formed, now) is None:
        formed = tools.signer.signed_token(FORM, new_token(), now + OPEN_FOR)
    return page(
        request,
        "subscribe.html",
        words,
        status=429 if wait else 422 if faults or is_again else 200,
        headers={"retry-after": str(int(wait.total_seconds()))} if wait else FOR_SEARCH_ENGINES,
        too_many=[words.gettext(said) for said in (TOO_MANY.fact, *messages.too_many(wait).follows)] if wait else [],
        form=form_of(asked, signing_up.offered(store), languages, words),
        address=address[: sign_ups.LONGEST_TYPED],
        faults=faults,
        is_again=is_again,
        formed=formed,
        trap=TRAP,
        wording=consent.sign_up(tools.settings.site.name, words).text,
    )


def show_small_form(request: Request) -> Response:
    """Show the form that other sites may paste into their pages."""
    tools: Tools = request.app.state.tools
    return page(request, "subscribe_embed.html", is_public=True, begin=tools.links.page("/subscribe/begin"))


ROUTES = [
    Route("/subscribe", show_form, methods=["GET"]),
    Route("/subscribe", subscribe, methods=["POST"]),
    Route("/subscribe/begin", show_form, methods=["GET"]),
    Route("/subscribe/begin", begin, methods=["POST"]),
    Route("/subscribe/embed", show_small_form, methods=["GET"]),
]
