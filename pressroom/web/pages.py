"""Pages from templates, in the site's look."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from pressroom.tools import Tools


def page(
    request: Request,
    template: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    is_public: bool = False,
    **facts: Any,
) -> HTMLResponse:
    """Return the page of `templates/web/`. What is not public, but holds a token, is neither cached nor indexed."""
    tools: Tools = request.app.state.tools
    html = tools.templates.render(f"web/{template}", site=tools.settings.site, **facts)
    kept = {"cache-control": "max-age=300"} if is_public else {"cache-control": "no-store", "x-robots-tag": "noindex"}
    return HTMLResponse(html, status, {**kept, **(headers or {})})


def site_css(request: Request) -> Response:
    tools: Tools = request.app.state.tools
    css = tools.templates.render("web/site.css", brand=tools.settings.brand)
    return Response(css, media_type="text/css", headers={"cache-control": "max-age=3600"})


def not_found(request: Request) -> HTMLResponse:
    return page(request, "not_found.html", status=404)
