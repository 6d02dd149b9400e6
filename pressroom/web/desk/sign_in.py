"""`/desk/sign-in`, `/desk/sign-out`, and `/desk/begin/…`, where a user sets up how they sign in."""

from __future__ import annotations

import io
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import segno
from anyio import to_thread
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from pressroom.errors import InvalidFieldError, SignInError, TooManyRequestsError
from pressroom.membership.places import Origin
from pressroom.models.staff import FEWEST_LETTERS_OF_A_PASSWORD, Session, User
from pressroom.signing import is_token, new_token
from pressroom.staff.second_factor import address_of, secret_of
from pressroom.staff.signing_in import Attempt, delete_what_has_ended, find_by_link, set_up, sign_in, sign_out
from pressroom.storage import Store
from pressroom.web.desk.access import (
    SIGN_IN,
    DeskRoute,
    acted,
    back_to,
    begin_session,
    browser_behind,
    desk_page,
    end_session,
    session_behind,
)
from pressroom.web.forms import Fields, first, read_fields
from pressroom.web.pages import PRIVATE, place_of, token_of, with_store

AT_ONCE = 2
"""So many passwords are looked at, or made, at once: each takes 64 MB and a quarter of a second."""


def _show_sign_in(request: Request, store: Store) -> Response:
    wanted = back_to(request.query_params.get("next", ""))
    if session_behind(request, store):
        return RedirectResponse(wanted, 303, headers=PRIVATE)
    return desk_page(request, "sign-in.html", wanted=wanted, name="", fault="")


async def _sign_in(request: Request) -> Response:
    fields = await read_fields(request)
    return await _one_of_few(lambda request, store: _let_in(request, store, fields))(request)


def _let_in(request: Request, store: Store, fields: Fields) -> Response:
    state, name, wanted = request.app.state, first(fields, "name"), back_to(first(fields, "next"))
    attempt = Attempt(
        name,
        first(fields, "password"),
        first(fields, "code"),
        Origin.of(state.tools, place_of(request)),
        request.headers.get("user-agent", ""),
        browser_behind(request),
    )
    now = state.clock()
    delete_what_has_ended(store, state.tools, now)
    try:
        signed_in = sign_in(store, state.tools, attempt, now)
    except SignInError as error:
        return desk_page(request, "sign-in.html", status=401, wanted=wanted, name=name[:64], fault=f"{error.problem}.")
    except TooManyRequestsError as error:
        seconds = int(error.wait.total_seconds()) + 1
        fault = too_often(error.wait)
        answer = desk_page(request, "sign-in.html", status=429, wanted=wanted, name=name[:64], fault=fault)
        answer.headers["retry-after"] = str(seconds)
        return answer
    return begin_session(request, RedirectResponse(wanted, 303, headers=PRIVATE), signed_in)


def too_often(wait: timedelta) -> str:
    seconds = int(wait.total_seconds()) + 1
    words = f"{seconds} seconds" if seconds < 100 else f"{round(seconds / 60)} minutes"
    return f"That failed too often. Wait for {words}, and try again."


def _sign_out(request: Request, store: Store, session: Session, _: Fields) -> Response:
    state = request.app.state
    sign_out(store, state.tools, session, state.clock())
    return end_session(request, RedirectResponse(SIGN_IN, 303, headers=PRIVATE))


def _show_begin(request: Request, store: Store) -> Response:
    token = token_of(request)
    user = find_by_link(store, token, request.app.state.clock()) if is_token(token) else None
    return _form(request, token, user, new_token()) if user else desk_page(request, "old-link.html", status=410)


async def _begin(request: Request) -> Response:
    fields = await read_fields(request)
    return await _one_of_few(lambda request, store: _set_up(request, store, fields))(request)


def _set_up(request: Request, store: Store, fields: Fields) -> Response:
    state, token, factor = request.app.state, token_of(request), first(fields, "factor")
    now = state.clock()
    user = find_by_link(store, token, now) if is_token(token) and is_token(factor) else None
    if user is None:
        return desk_page(request, "old-link.html", status=410)
    try:
        user, codes = set_up(
            store,
            state.tools,
            token,
            factor,
            first(fields, "password"),
            first(fields, "code"),
            Origin.of(state.tools, place_of(request)).network,
            now,
        )
    except InvalidFieldError as error:
        return _form(request, token, user, factor, password=f"That {error.problem}; {error.remedy}.")
    except SignInError as error:
        return _form(request, token, user, factor, code=f"{error.problem}. It changes every half minute.")
    return desk_page(request, "codes.html", codes=codes, name=user.name)


def _form(request: Request, token: str, user: User, factor: str, *, password: str = "", code: str = "") -> Response:
    signer, site = request.app.state.tools.signer, request.app.state.tools.settings.site
    secret, address = secret_of(signer, factor), address_of(signer, factor, user, site.name)
    return desk_page(
        request,
        "begin.html",
        status=400 if password or code else 200,
        token=token,
        name=user.name,
        factor=factor,
        secret=" ".join(secret[place : place + 4] for place in range(0, len(secret), 4)),
        address=address,
        picture=_picture(address),
        fewest=FEWEST_LETTERS_OF_A_PASSWORD,
        password_fault=password,
        code_fault=code,
    )


def _picture(address: str) -> Markup:
    """Return an address as a QR code (ISO/IEC 18004) in SVG; its words stand beside it."""
    drawn = io.BytesIO()
    segno.make(address, error="m").save(
        drawn, kind="svg", scale=5, border=4, dark="#000", light="#fff", xmldecl=False, svgns=False, nl=False
    )
    return Markup(drawn.getvalue().decode())


def _one_of_few(
    answer: Callable[[Request, Store], Response],
) -> Callable[[Request], Coroutine[Any, Any, Response]]:
    async def answered(request: Request) -> Response:
        return await to_thread.run_sync(with_store(answer), request, limiter=request.app.state.sign_ins)

    return answered


ROUTES = [
    DeskRoute(SIGN_IN, with_store(_show_sign_in), least=None),
    DeskRoute(SIGN_IN, _sign_in, least=None, methods=["POST"]),
    acted("/desk/sign-out", _sign_out),
    DeskRoute("/desk/begin/{token}", with_store(_show_begin), least=None),
    DeskRoute("/desk/begin/{token}", _begin, least=None, methods=["POST"]),
]
