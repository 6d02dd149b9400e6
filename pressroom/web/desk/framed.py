"""Documents for the frames of previews: nothing in them runs, is sent or is fetched, and a link leads nowhere."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from pressroom.models.words import ENGLISH
from pressroom.tools import Tools
from pressroom.web.pages import PRIVATE

SANDBOXED = {
    "content-security-policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'self'",
    **PRIVATE,
}
"""What a framed document may do. It has no origin (HTML §7.1.5): no cookie and no page of ours is in its reach."""
SCHEMES = ("light", "dark")

_STYLE = re.compile(r'<link rel="stylesheet" href="/static/site\.css">')
_ASKED = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(light|dark)\s*\)")
_OFFERED = re.compile(r"(color-scheme\s*(?::|\"\s+content=\")\s*)light dark")
_ALWAYS, _NEVER = "(min-width: 0)", "(max-width: 0)"
_HEAD = re.compile(r"<head[^>]*>", re.IGNORECASE)
_NOWHERE = '<base target="_blank">'


def framed(request: Request, html: str, scheme: str, status: int = 200) -> Response:
    """Return a document as it looks in a light or a dark scheme, whichever the browser is set to."""
    tools: Tools = request.app.state.tools
    css = tools.templates.render("web/site.css", brand=tools.settings.brand) if _STYLE.search(html) else ""
    return HTMLResponse(for_a_frame(html, css, scheme), status, SANDBOXED)


def for_a_frame(html: str, css: str, scheme: str) -> str:
    """Return HTML with its style sheet in it, whose links open nothing, and whose styles are those of a scheme.

    They take it for the one of the browser (Media Queries 5 §11.5).
    """
    html = _STYLE.sub(lambda _: f"<style>{css}</style>", html)
    html = _HEAD.sub(lambda head: f"{head[0]}{_NOWHERE}", html, count=1)
    html = _ASKED.sub(lambda asked: _ALWAYS if asked[1] == scheme else _NEVER, html)
    return _OFFERED.sub(lambda offered: offered[1] + scheme, html)


def framed_template(request: Request, template: str, scheme: str, status: int = 200, **facts: object) -> Response:
    """Return a document of `templates/web/desk/`, framed."""
    tools: Tools = request.app.state.tools
    html = tools.templates.render(f"web/desk/{template}", ENGLISH, brand=tools.settings.brand, **facts)
    return framed(request, html, scheme, status)
