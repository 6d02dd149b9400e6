"""`/desk/digests/rehearsal`: what the next digest would do, or one by hand. Nothing is changed and nothing leaves."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from pressroom.models.logged import without_secrets
from pressroom.models.people import Frequency
from pressroom.models.rehearsal import Rehearsal
from pressroom.models.staff import Role, Session
from pressroom.models.words import ENGLISH
from pressroom.publishing.rehearsing import rehearse
from pressroom.storage import Store
from pressroom.web.desk.access import desk_page, shown, worked_out
from pressroom.web.desk.wording import local, ticked
from pressroom.web.pages import PRIVATE

MOST_KEPT, KEPT_FOR = 4, timedelta(minutes=10)
FRAMED = {
    "content-security-policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; "
    "frame-ancestors 'self'"
}
"""What a mail may do that is shown in a page of ours: nothing but be looked at."""

_Chosen = tuple[Frequency, ...]


class Rehearsals:
    """The last few rehearsals, so that the mail beside one is not worked out again. Any thread may ask."""

    def __init__(self) -> None:
        self._kept: OrderedDict[_Chosen, tuple[datetime, Rehearsal]] = OrderedDict()
        self._lock = Lock()

    def keep(self, chosen: _Chosen, now: datetime, rehearsal: Rehearsal) -> None:
        with self._lock:
            self._kept[chosen] = (now, rehearsal)
            self._kept.move_to_end(chosen)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)

    def find(self, chosen: _Chosen, now: datetime) -> Rehearsal | None:
        with self._lock:
            at, rehearsal = self._kept.get(chosen, (now, None))
        return rehearsal if now - at < KEPT_FOR else None


def _show(request: Request, _: Store, session: Session) -> Response:
    return desk_page(request, "rehearsal.html", session, rehearsal=None, **_asked(request))


def _show_result(request: Request, store: Store, session: Session) -> Response:
    """Return the rehearsal: as a part of a page to a script that asks for it, else as a page."""
    facts = _asked(request)
    template = "rehearsal-result.html" if "hx-request" in request.headers else "rehearsal.html"
    rehearsal = _rehearsed(request, store, facts["chosen"])
    return desk_page(request, template, session, **facts, **_told(request, store, rehearsal, session))


def _show_mail(request: Request, store: Store, session: Session) -> Response:
    """Return the mail that the fewest would get, to nobody, from the rehearsal that was shown, if it is not old."""
    chosen = _asked(request)["chosen"]
    rehearsals: Rehearsals = request.app.state.rehearsals
    rehearsal = rehearsals.find(chosen, request.app.state.clock()) or _rehearsed(request, store, chosen)
    html = rehearsal.rarest.html if rehearsal.rarest else "<!doctype html><title>No mail</title><p>No mail would leave."
    return HTMLResponse(html, headers={**PRIVATE, **FRAMED})


def _rehearsed(request: Request, store: Store, chosen: _Chosen) -> Rehearsal:
    state, now = request.app.state, request.app.state.clock()
    rehearsal = rehearse(store, state.tools, now, chosen, to_nobody=True)
    state.rehearsals.keep(chosen, now, rehearsal)
    return rehearsal


def _asked(request: Request) -> dict[str, Any]:
    chosen = tuple(ticked(request.query_params.getlist("frequency")))
    query = "&".join(f"frequency={frequency}" for frequency in chosen)
    return {"chosen": chosen, "frequencies": list(Frequency), "query": f"?{query}" if query else ""}


def _told(request: Request, store: Store, rehearsal: Rehearsal, session: Session) -> dict[str, Any]:
    """Return what the template receives. Addresses, which findings may name, are for who sends."""
    state, may_send = request.app.state, session.user.may(Role.PUBLISHER)
    now, zone = state.clock(), state.tools.settings.site.zone
    names = {"all": "everything"} | {topic.slug: topic.name for topic in store.topics.all()}
    paces = list(dict.fromkeys(frequency for _, frequency in rehearsal.by_choice))
    return {
        "rehearsal": rehearsal,
        "when": "now" if rehearsal.at <= now else local(rehearsal.at, now, zone),
        "paces": paces,
        "followed": [
            (names.get(what, what), [rehearsal.by_choice.get((what, pace), 0) for pace in paces])
            for what in dict.fromkeys(what for what, _ in rehearsal.by_choice)
        ],
        "subject": dict(rehearsal.rarest.headers)["Subject"] if rehearsal.rarest else "",
        "findings": _findings(rehearsal.findings, may_send=may_send),
        "size": ENGLISH.size,
        "may_send": may_send,
    }


def _findings(findings: Sequence[tuple[str, str, bool]], *, may_send: bool) -> list[tuple[str, str, bool]]:
    return [(name, words if may_send else without_secrets(words), is_warning) for name, words, is_warning in findings]


ROUTES = [
    shown("/desk/digests/rehearsal", _show),
    worked_out("/desk/digests/rehearsal/result", _show_result, threads="rehearsing"),
    worked_out("/desk/digests/rehearsal/mail", _show_mail, threads="rehearsing"),
]
