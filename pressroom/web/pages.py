"""Pages from templates, in the site's look."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from pressroom.errors import NotFoundError, PublisherError, TemplateBrokenError, WrongStateError
from pressroom.models.feeds import etag_of
from pressroom.models.people import Subscriber
from pressroom.models.words import ENGLISH, Words
from pressroom.storage import Store
from pressroom.tools import Tools

log = logging.getLogger("pressroom.web")
PUBLIC = {"cache-control": "max-age=300"}
PRIVATE = {"cache-control": "no-store", "x-robots-tag": "noindex"}


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
    """Return the page of `templates/web/`, in the site's language if no other words are given.

    What is not public, but holds a token, is neither cached nor indexed. `plain` says in plain words what the page is
    about, or what has been done before: it is the answer where the template is broken.
    """
    tools: Tools = request.app.state.tools
    words = words or words_of(request)
    facts |= {"site": tools.settings.site, "language": words.language, "direction": words.direction}
    kept = {**(PUBLIC if is_public else PRIVATE), **(headers or {})}
    try:
        html = tools.templates.render(f"web/{template}", words, **facts)
        return _unless_known(request, html, kept) if is_public else HTMLResponse(html, status, kept)
    except TemplateBrokenError as error:
        if not plain:
            raise
        log.error("%s", error)
        return PlainTextResponse(plain, status, kept)


def _unless_known(request: Request, html: str, headers: Mapping[str, str]) -> Response:
    """Return a public page, or that the one its reader has is the same still (RFC 9110 §13.1.2)."""
    etag = etag_of(html.encode())
    kept = {**headers, "etag": f'"{etag}"'}
    is_there = is_known(request, etag)
    return Response(status_code=304, headers=kept) if is_there else HTMLResponse(html, headers=kept)


def is_known(request: Request, etag: str) -> bool:
    """Whether the reader has what this ETag, unquoted, stands for (RFC 9110 §13.1.2)."""
    known = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    return not {f'"{etag}"', "*"}.isdisjoint(known)


def with_store(answer: Callable[[Request, Store], Response]) -> Callable[[Request], Response]:
    """Give `answer` the catalogue; while it cannot be used, ask for another try in a minute."""

    def answered(request: Request) -> Response:
        try:
            with request.app.state.tools.open_store() as store:
                return answer(request, store)
        except PublisherError as error:
            is_about_somebody = isinstance(error, NotFoundError | WrongStateError)  # no address in the log
            log.error("A page was asked for in vain: %s", type(error).__name__ if is_about_somebody else error)
            return try_again(request)

    return answered


def try_again(request: Request) -> Response:
    """Ask for another try in a minute; in plain words where the template of the page is what is broken."""
    headers = {"retry-after": "60"}
    try:
        return page(request, "try_again.html", status=503, headers=headers)
    except PublisherError:
        return PlainTextResponse("We could not do that just now; please try again in a minute.", 503, headers)


def words_of(request: Request, reader: Subscriber | None = None) -> Words:
    """Return the words of who bears a link, if that is known, else those of the site.

    Where those of a language are broken, the page is in English: mails are held then, but a link must lead somewhere.
    """
    tools: Tools = request.app.state.tools
    try:
        return tools.words(reader.language if reader else "")
    except TemplateBrokenError as error:
        log.error("%s", error)
        return ENGLISH


def token_of(request: Request) -> str:
    """Return the token of the address; relays may have folded its case, and some add a slash."""
    return str(request.path_params["token"]).removesuffix("/").lower()


def no_longer_valid(request: Request) -> Response:
    """Return the one page for links that are changed, expired, used up or nobody's."""
    said = "This link is no longer valid, and nothing has changed."
    return page(request, "no_longer_valid.html", status=410, plain=said)


def incomplete(request: Request, status: int = 404) -> Response:
    said = "This link is not complete, and nothing has changed."
    return page(request, "incomplete_link.html", status=status, plain=said)


def site_css(request: Request) -> Response:
    tools: Tools = request.app.state.tools
    css = tools.templates.render("web/site.css", brand=tools.settings.brand)
    return Response(css, media_type="text/css", headers={"cache-control": "max-age=3600"})


def not_found(request: Request) -> Response:
    return page(request, "not_found.html", status=404, plain="There is no such page.")


def too_many(request: Request, wait: timedelta) -> Response:
    """Ask who sends a form too often to come again later (RFC 6585 §4)."""
    headers = {"retry-after": str(int(wait.total_seconds()))}
    said = "There were too many requests from your network; nothing has changed. Please try again later."
    return page(request, "too_many.html", status=429, headers=headers, plain=said)


def place_of(request: Request) -> str:
    """Return the network address that a request came from, as the server tells it."""
    return request.client.host if request.client else ""
