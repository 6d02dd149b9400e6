"""Who may see a page of the desk: the session behind a cookie, and the role that the page takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from pressroom.models.staff import Role, Session
from pressroom.models.words import ENGLISH
from pressroom.signing import is_token
from pressroom.staff.signing_in import KNOWN_FOR, SignedIn, session_of
from pressroom.storage import Store
from pressroom.web.forms import fields_of
from pressroom.web.pages import PRIVATE, page, with_store

HOME, SIGN_IN = "/desk/", "/desk/sign-in"

SCRIPTED = {
    "content-security-policy": "default-src 'none'; script-src 'self'; connect-src 'self'; frame-src 'self'; "
    "style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
}
"""What a page of the desk may do beside what every page may: run our own script, and show our own previews."""

OF_THE_BROWSER = "desk-browser"
MOST_BYTES_UNASKED = 200_000
"""So much is read of what somebody sends who shows no sign of a session."""
Answer = Callable[[Request, Store, Session], Response]


class DeskRoute(Route):
    """A page of the desk. `least` is the role that it takes, None for those before somebody has signed in."""

    def __init__(
        self, path: str, endpoint: Callable[..., Any], *, least: Role | None, methods: Sequence[str] = ("GET",)
    ) -> None:
        super().__init__(path, endpoint, methods=list(methods))
        self.least = least


def shown(path: str, answer: Answer, *, least: Role = Role.EDITOR) -> DeskRoute:
    """Return a page that shows something, to who has that role or one above it."""
    return DeskRoute(path, with_store(behind(least, answer)), least=least)


def worked_out(path: str, answer: Answer, *, least: Role = Role.EDITOR, threads: str) -> DeskRoute:
    """Return a page that takes long to make: no more at once than those `threads` of the application's state allow."""
    answered = with_store(behind(least, answer))

    async def in_threads(request: Request) -> Response:
        # Who stops the service does not wait for the answer; what is worked on looks at `should_stop`.
        limiter = getattr(request.app.state, threads)
        return await to_thread.run_sync(answered, request, limiter=limiter, abandon_on_cancel=True)

    return DeskRoute(path, in_threads, least=least)


def acted(
    path: str,
    act: Callable[..., Response],
    *,
    least: Role = Role.EDITOR,
    threads: str = "writers",
) -> DeskRoute:
    """Return a page that changes something: `act` gets the fields of the form, which nobody reads before the session.

    It works in those `threads` of the application's state, for which no reader waits.
    """

    async def answered(request: Request) -> Response:
        body = await request.body()
        answer = with_store(behind(least, lambda *parts: act(*parts, fields_of(request, body)), body))
        return await to_thread.run_sync(answer, request, limiter=getattr(request.app.state, threads))

    return DeskRoute(path, answered, least=least, methods=["POST"])


def behind(
    least: Role, answer: Answer, body: bytes = b"", *, is_asking: bool = True
) -> Callable[[Request, Store], Response]:
    """Let `answer` see a request only with a session of somebody who has that role, or one above it.

    To others the form in the `body` is given back, so that nobody loses it whose session or role has ended meanwhile.
    Who is not `is_asking` only goes on watching, which keeps nobody signed in.
    """

    def answered(request: Request, store: Store) -> Response:
        session = session_behind(request, store, is_asking=is_asking)
        if session is None:
            return signed_out(request, body)
        if not session.user.may(least):
            return desk_page(request, "refused.html", session, status=403, least=least, fields=fields_of(request, body))
        return answer(request, store, session)

    return answered


def session_behind(request: Request, store: Store, *, is_asking: bool = True) -> Session | None:
    """Return the session that the cookie of a request names, if it is still good."""
    state, token = request.app.state, token_behind(request)
    return session_of(store, state.tools, token, state.clock(), is_asking=is_asking) if token else None


def token_behind(request: Request) -> str:
    return request.cookies.get(cookie_name(request), "")


def to_sign_in(request: Request) -> Response:
    """Lead to where one signs in, and from there back: to a page, never into an act.

    A script that asks for a part of a page is told instead, so that the rest stays as it is.
    """
    if request.headers.get("hx-request") == "true":
        return desk_page(request, "session-ended.html", status=401)
    back = request.url.path if request.method in ("GET", "HEAD") else HOME
    where = SIGN_IN if back == HOME else f"{SIGN_IN}?next={quote(back)}"
    return RedirectResponse(where, 303, headers=PRIVATE)


def signed_out(request: Request, body: bytes) -> Response:
    """Give back what was sent after a session had ended, to be sent again.

    Who has signed out in another tab has no cookie any more: then it is given back if it is a form, and not so large
    that reading it would be work for anybody who cares to send one.
    """
    had_one = is_token(token_behind(request)[:26])
    is_read = (had_one or len(body) < MOST_BYTES_UNASKED) and "hx-request" not in request.headers
    fields = fields_of(request, body) if is_read else {}
    if not fields or not (had_one or "key" in fields):
        return to_sign_in(request)
    return desk_page(request, "sent-in-vain.html", status=401, where=request.url.path, fields=fields)


def back_to(wanted: str) -> str:
    """Return where to go after signing in: a page of the desk, and nowhere else."""
    is_ours = wanted.startswith(HOME) and not wanted.startswith("//") and "\\" not in wanted
    return wanted if is_ours and wanted.isprintable() and wanted.isascii() else HOME


def begin_session(request: Request, response: Response, signed_in: SignedIn) -> Response:
    """Have the browser keep the session until it is closed, and by what it is known for longer.

    No script and no other site gets at either (RFC 6265bis §4.1.3).
    """
    for name, token, age in (
        (cookie_name(request), signed_in.session, None),
        (cookie_name(request, OF_THE_BROWSER), signed_in.browser, int(KNOWN_FOR.total_seconds())),
    ):
        response.set_cookie(
            name, token, max_age=age, path="/", secure=_is_secure(request), httponly=True, samesite="lax"
        )
    return response


def browser_behind(request: Request) -> str:
    """Return the token by which a browser is known; blank for one by which nobody has signed in."""
    token = request.cookies.get(cookie_name(request, OF_THE_BROWSER), "")
    return token if is_token(token) else ""


def end_session(request: Request, response: Response) -> Response:
    response.delete_cookie(cookie_name(request), path="/", secure=_is_secure(request), httponly=True, samesite="lax")
    return response


def cookie_name(request: Request, name: str = "desk") -> str:
    """The prefix says to browsers that only this host sets it, and only by TLS; a trial on loopback has none."""
    return f"__Host-{name}" if _is_secure(request) else name


def _is_secure(request: Request) -> bool:
    return bool(request.app.state.tools.settings.site.url.startswith("https:"))


def desk_page(
    request: Request, template: str, session: Session | None = None, *, status: int = 200, **facts: Any
) -> Response:
    """Return a page of `templates/web/desk/`. The desk speaks English, as the words of commands do."""
    user = session.user if session else None
    headers = SCRIPTED if user else {}
    return page(
        request, f"desk/{template}", ENGLISH, status=status, headers=headers, user=user, path=request.url.path, **facts
    )
