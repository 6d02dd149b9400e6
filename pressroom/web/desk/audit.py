"""`/desk/audit`: what was done, by whom, and how things were before and after."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from pressroom.models.staff import Session
from pressroom.storage import Store
from pressroom.web.desk.access import desk_page, shown
from pressroom.web.desk.wording import said

ON_A_PAGE = 50


def _show(request: Request, store: Store, session: Session) -> Response:
    asked = request.query_params.get("before", "")
    before = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 16 else None
    entries = store.audit.newest(ON_A_PAGE + 1, before)
    older = entries[ON_A_PAGE - 1].no if len(entries) > ON_A_PAGE else None
    zone = request.app.state.tools.settings.site.zone
    return desk_page(request, "audit.html", session, entries=entries[:ON_A_PAGE], older=older, zone=zone, said=in_words)


def in_words(value: object) -> str:
    return said(value) or "nothing"


ROUTES = [shown("/desk/audit", _show)]
