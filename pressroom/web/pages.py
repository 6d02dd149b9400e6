"""Pages from templates, in the site's look."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from anyio import to_thread
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from pressroom.errors import (
    CatalogueBehindError,
    CatalogueMissingError,
    CatalogueNewerError,
    CatalogueTroubleError,
    NoCatalogueError,
    PublisherError,
    SettingsError,
    TemplateBrokenError,
)
from pressroom.membership.stopping import heed_stops
from pressroom.models.people import Subscriber
from pressroom.models.words import ENGLISH, Words
from pressroom.storage import Store
from pressroom.tools import Tools
from pressroom.web import messages
from pressroom.web.languages import language_asked
from pressroom.web.messages import PageMessage

log = logging.getLogger("pressroom.web")
PUBLIC = {"cache-control": "max-age=300", "vary": "accept-language"}
PRIVATE = {"cache-control": "no-store", "x-robots-tag": "noindex"}
BRIEFLY = 0.2
FOR_SEARCH_ENGINES = {"x-robots-tag": "all"}
"""Of a form that is never kept, and that people look for all the same."""
OF_THE_SITE = (
    CatalogueBehindError,
    CatalogueMissingError,
    CatalogueNewerError,
    CatalogueTroubleError,
    NoCatalogueError,
    SettingsError,
)
"""Errors whose words hold nothing about a person, and may stand in the log."""


def page(
    request: Request,
    template: str,
    words: Words | None = None,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    is_public: bool = False,
    plain: str = "",
    **facts: Any,
) -> Response:
    """Return the page of `templates/web/`, in the language of the browser if no other words are given.

    What is not public, but holds a token, is neither cached nor indexed. `plain` says in plain words what the page is
    about, or what has been done before: it is the answer where the template is broken.
    """
    tools: Tools = request.app.state.tools
    words = words or words_of(request)
    site = tools.settings.site
    facts |= {
        "site": site,
        "language": words.language,
        "direction": words.direction,
        "own": _in_own(site.language, words),
    }
    kept = {**(PUBLIC if is_public else PRIVATE), "content-language": words.language, **(headers or {})}
    try:
        html = tools.templates.render(f"web/{template}", words, **facts)
        return HTMLResponse(html, status, kept)
    except TemplateBrokenError as error:
        if not plain:
            raise
        log.error("%s", error)
        return PlainTextResponse(plain, status, kept)


def _in_own(language: str, words: Words) -> Markup:
    """Return the attributes of what stands in the site's own language, on a page in another (WCAG 2.2, 3.1.2)."""
    tag, direction = words.foreign(language)
    return Markup(' lang="{}" dir="{}"').format(tag, direction) if tag else Markup()


def is_known(request: Request, etag: str) -> bool:
    """Whether the reader has what this ETag, unquoted, stands for (RFC 9110 §13.1.2)."""
    known = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    return not {f'"{etag}"', "*"}.isdisjoint(known)


def in_turn(
    answer: Callable[[Request], Response], *, stops: bool = False
) -> Callable[[Request], Coroutine[Any, Any, Response]]:
    """Let `answer` change something, in a thread that no reader waits for; those that stop mail have their own."""

    async def answered(request: Request) -> Response:
        state = request.app.state
        return await to_thread.run_sync(answer, request, limiter=state.stoppers if stops else state.writers)

    return answered


def patience(tools: Tools, usual: float | None = None) -> float | None:
    """Return for how many seconds to wait for who writes into the catalogue.

    Where a stop waits beside it, it was locked for longer than anybody should be kept waiting.
    """
    return BRIEFLY if tools.stops.waiting() else usual


def with_store(answer: Callable[[Request, Store], Response]) -> Callable[[Request], Response]:
    """Give `answer` the catalogue; while it cannot be used, ask for another try in a minute.

    What others asked to stop while it could not be used is done before anybody acts.
    """

    def answered(request: Request) -> Response:
        tools: Tools = request.app.state.tools
        acts = request.method == "POST"
        try:
            with tools.open_store(patience(tools) if acts else None) as store:
                if acts:
                    heed_stops(store, tools)
                return answer(request, store)
        except PublisherError as error:
            told_whole = isinstance(error, OF_THE_SITE)  # others may name an address
            log.error("A page was asked for in vain: %s", error if told_whole else type(error).__name__)
            return try_again(request)

    return answered


def told(request: Request, message: PageMessage, *, headers: Mapping[str, str] | None = None) -> Response:
    """Return the page that says `message`; in plain words where its template is broken."""
    return page(request, "message.html", status=message.status, headers=headers, plain=message.plain, message=message)


def try_again(request: Request) -> Response:
    """Ask for another try in a minute."""
    return told(request, messages.TRY_AGAIN, headers={"retry-after": "60"})


def too_many(request: Request, wait: timedelta) -> Response:
    """Ask who sends a form too often to come again later (RFC 6585 §4), and say when in words."""
    return told(request, messages.too_many(wait), headers={"retry-after": str(int(wait.total_seconds()))})


def words_of(request: Request, reader: Subscriber | None = None) -> Words:
    """Return the words of who bears a link, if that is known, else those that the browser asks for.

    Where those of a language are broken, the page is in English: mails are held then, but a link must lead somewhere.
    """
    tools: Tools = request.app.state.tools
    try:
        asked = request.headers.get("accept-language", "").encode("latin-1", "replace")
        return tools.words(reader.language if reader else language_asked(tools, asked))
    except TemplateBrokenError as error:
        log.error("%s", error)
        return ENGLISH


def token_of(request: Request) -> str:
    """Return the token of the address; relays may have folded its case, and some add a slash."""
    return str(request.path_params["token"]).removesuffix("/").lower()


def no_longer_valid(request: Request) -> Response:
    """Return the one page for links that are changed, expired, used up or nobody's."""
    return told(request, messages.NO_LONGER_VALID)


def incomplete(request: Request, status: int = 404) -> Response:
    return told(request, replace(messages.INCOMPLETE, status=status))


def branded(template: str, media_type: str) -> Callable[[Request], Response]:
    """Return what answers with a file in the colours of the site: its style sheet, or its icon."""

    def answered(request: Request) -> Response:
        tools: Tools = request.app.state.tools
        text = tools.templates.render(f"web/{template}", brand=tools.settings.brand)
        return Response(text, media_type=media_type, headers={"cache-control": "max-age=3600"})

    return answered


def place_of(request: Request) -> str:
    """Return the network address that a request came from, as the server tells it."""
    return request.client.host if request.client else ""
