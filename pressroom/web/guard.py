"""What stands before every page: refuses what no page of ours sends, and ends whatever goes wrong in a page of ours."""

from __future__ import annotations

import asyncio
import re
from urllib.parse import urlsplit

import idna
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers as RequestHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pressroom.web import messages
from pressroom.web.answers import Headers
from pressroom.web.limits import Limits
from pressroom.web.messages import PageMessage
from pressroom.web.pages import PRIVATE, told
from pressroom.web.trouble import log_trouble

HEADERS = (
    (b"content-security-policy", b"default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
     b"base-uri 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"same-origin"),  # with no-referrer, forms on a plain-HTTP host would send “Origin: null”
    (b"x-content-type-options", b"nosniff"),
)  # fmt: skip
ONLY_BY_TLS = (b"strict-transport-security", b"max-age=31536000")
SAFE = ("GET", "HEAD", "OPTIONS")
# RFC 8058 §3.2: the POST of a mailbox provider comes from anywhere. The form that other sites hold only opens ours.
ONE_CLICK = re.compile(r"/unsubscribe/[^/]*/?")
FROM_ANYWHERE = re.compile(rf"{ONE_CLICK.pattern}|/subscribe/begin")
OF_RELEASES = ("/desk/new", "/desk/releases/", "/desk/autosaves/")
PORTS = {"http": 80, "https": 443}

Origin = tuple[str, str, int | None]


class Guard:
    """Adds to every answer what keeps a page from being framed, sniffed or scripted; refuses requests by `limits`.

    `site` is the configured address. The Host of a request is never asked: behind a proxy it may be another, and
    anybody can set it.
    """

    def __init__(self, app: ASGIApp, site: str, limits: Limits) -> None:
        self._app, self._limits = app, limits
        self._origin, self._headers = origin_of(site), headers_of(site)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_begun = False

        async def send_guarded(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                there = {name for name, _ in message["headers"]}
                added = [header for header in self._headers if header[0] not in there]
                message = {**message, "headers": [*message["headers"], *added]}
            await send(message)

        try:
            await self._answer(scope, receive, send_guarded)
        except Exception as error:  # noqa: BLE001 (whatever it was: it is logged, and ends in a page)
            log_trouble(scope, error)
            if not has_begun:
                await _tell(messages.UNEXPECTED, scope, receive, send_guarded)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = RequestHeaders(scope=scope)
        if refusal := self._refusal(scope, headers):
            await _tell(refusal, scope, receive, send)
        elif scope["method"] in SAFE or ONE_CLICK.fullmatch(scope["path"]):  # whose body says nothing
            await self._app(scope, receive, send)
        else:
            await self._answer_with_body(scope, receive, send)

    def _refusal(self, scope: Scope, headers: RequestHeaders) -> PageMessage | None:
        """Return why a request is refused by its head alone."""
        acts = scope["method"] not in SAFE and not FROM_ANYWHERE.fullmatch(scope["path"])
        if acts and not is_from_here(headers, self._origin):
            return messages.FROM_ELSEWHERE
        length = "" if ONE_CLICK.fullmatch(scope["path"]) else headers.get("content-length", "")
        return messages.TOO_LARGE if length.isdecimal() and int(length) > self._most_bytes(scope) else None

    def _most_bytes(self, scope: Scope) -> int:
        return self._limits.desk_body_bytes if scope["path"].startswith(OF_RELEASES) else self._limits.body_bytes

    async def _answer_with_body(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application see a request only when all of it is here, so that nothing is half done."""
        try:
            async with asyncio.timeout(self._limits.arrival_seconds):
                body = await _read(receive, self._most_bytes(scope))
        except TimeoutError:
            await _tell(messages.TOO_SLOW, scope, receive, send, headers={"connection": "close"})
            return
        except ConnectionResetError:
            return  # nobody is there any more
        if body is None:
            await _tell(messages.TOO_LARGE, scope, receive, send)
            return
        parts: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive_again() -> Message:
            return parts.pop() if parts else await receive()

        await self._app(scope, receive_again, send)


def headers_of(site: str) -> Headers:
    """Return what every answer of the site at that address carries."""
    return (*HEADERS, ONLY_BY_TLS) if urlsplit(site).scheme.lower() == "https" else HEADERS


def is_from_here(headers: RequestHeaders, origin: Origin | None) -> bool:
    """Whether a form was sent by a page of `origin`, or by something that is no browser.

    Browsers say where a request comes from, and no page can make them lie: `Sec-Fetch-Site` (W3C Fetch Metadata §2.4;
    not sent to plain-HTTP hosts other than localhost), and `Origin` (RFC 6454 §7.3). The order is that of Go's
    `net/http.CrossOriginProtection`, but for the Host, in whose place the configured address stands.
    """
    site, came_from = headers.get("sec-fetch-site"), headers.get("origin")
    if site in ("same-origin", "none"):
        return True
    if came_from is None:
        return site is None
    return origin is not None and origin_of(came_from) == origin


def origin_of(url: str) -> Origin | None:
    """Return scheme, host and port of an address (RFC 6454 §4), None for “null” and what is no address."""
    try:
        parts = urlsplit(url.strip())
        scheme, host = parts.scheme.lower(), parts.hostname or ""
        port = parts.port or PORTS.get(scheme)
        if not host.isascii():
            host = idna.encode(host, uts46=True).decode()
    except (ValueError, idna.IDNAError):
        return None
    return (scheme, host, port) if scheme and host else None


async def _read(receive: Receive, most: int) -> bytes | None:
    """Return the body of a request, None when it is larger; raises ConnectionResetError when its sender has gone."""
    body = bytearray()
    while len(body) <= most:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionResetError
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    return bytes(body) if len(body) <= most else None


async def _tell(
    message: PageMessage, scope: Scope, receive: Receive, send: Send, headers: dict[str, str] | None = None
) -> None:
    """Answer with the page that says `message`; in plain words where that goes wrong too."""
    response: Response
    try:
        response = await run_in_threadpool(told, Request(scope), message, headers=headers)
    except Exception as error:  # noqa: BLE001 (it is logged)
        log_trouble(scope, error)
        response = PlainTextResponse(message.plain, message.status, {**PRIVATE, **(headers or {})})
    await response(scope, receive, send)
