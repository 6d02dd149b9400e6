"""`/static/htmx.js` and `/static/hx-sse.js`: what makes the desk smoother where a browser runs scripts (0BSD)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_FOLDER = Path(__file__).with_name("static")
_FILES = {"htmx.js": "htmx.min.js", "hx-sse.js": "hx-sse.min.js"}


@cache
def _script(name: str) -> bytes:
    return (_FOLDER / _FILES[name]).read_bytes()


def _show(request: Request) -> Response:
    name = request.url.path.rpartition("/")[2]
    return Response(_script(name), media_type="text/javascript", headers={"cache-control": "max-age=86400"})


ROUTES = [Route(f"/static/{name}", _show) for name in _FILES]
