"""Pages from templates, in the site's look."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from pressroom.tools import Tools


def page(
    request: Request, template: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **facts: Any
) -> HTMLResponse:
    """Return the page of `templates/web/`. Pages that hold a token are neither kept by caches nor indexed."""
    tools: Tools = request.app.state.tools
    html = tools.templates.render(f"web/{template}", site=tools.settings.site, **facts)
    return HTMLResponse(html, status, {"cache-control": "no-store", "x-robots-tag": "noindex", **(headers or {})})


def site_css(request: Request) -> Response:
    tools: Tools = request.app.state.tools
    css = tools.templates.render("web/site.css", brand=tools.settings.brand)
    return Response(css, media_type="text/css", headers={"cache-control": "max-age=3600"})


def not_found(request: Request) -> HTMLResponse:
    return page(request, "not_found.html", status=404)
