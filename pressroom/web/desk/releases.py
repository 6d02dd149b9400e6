"""`/desk/releases`: every release in every state, to look for and to go on with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from pressroom.models.dates import in_zone
from pressroom.models.release import Kind, Release, State
from pressroom.models.search import Query
from pressroom.models.staff import Session
from pressroom.models.text import clean_line
from pressroom.models.words import ENGLISH
from pressroom.publishing.outlook import in_words
from pressroom.storage import Store
from pressroom.web.desk.access import acted, desk_page, shown
from pressroom.web.forms import Fields, first
from pressroom.web.pages import PRIVATE

ON_A_PAGE, LONGEST_WORDS = 50, 200
PATH = "/desk/releases"


def _show(request: Request, store: Store, session: Session) -> Response:
    state, number = _state(request), _page_number(request)
    asked = {name: clean_line(request.query_params.get(name, ""))[:LONGEST_WORDS] for name in ("q", "topic", "kind")}
    query = Query(words=asked["q"], topic=asked["topic"], kind=asked["kind"])
    found = store.release_lists.find(query, state, number, ON_A_PAGE)
    if number > 1 and not found.releases:
        return RedirectResponse(_address({**asked, "state": state or ""}, 1), 303, headers=PRIVATE)
    begin = (number - 1) * ON_A_PAGE + 1
    last = begin + len(found.releases) - 1
    now, chosen = request.app.state.clock(), asked | {"state": state or ""}
    return desk_page(
        request,
        "releases.html",
        session,
        rows=[(release, _when(release, request, now)) for release in found.releases],
        unsaved=store.autosaves.of_user(session.user.pk) if not any(chosen.values()) and number == 1 else [],
        chosen=chosen,
        is_limited=any(chosen.values()),
        states=list(State),
        kinds=list(Kind),
        topics=sorted(store.topics.all(), key=lambda topic: topic.name.casefold()),
        counts=store.releases.counts(),
        total=found.total,
        first=begin,
        last=last,
        before=_address(chosen, number - 1) if number > 1 else "",
        after=_address(chosen, number + 1) if last < found.total else "",
        zone=request.app.state.tools.settings.site.zone,
    )


def _when(release: Release, request: Request, now: datetime) -> str:
    """Return when a release goes out, or when that changed last, as a list says it."""
    zone = request.app.state.tools.settings.site.zone
    if release.state is State.SCHEDULED:
        due = release.due_at
        return f"goes out {in_words(due, now, zone)}" if due and due > now else "goes out now"
    if release.state is State.EXPECTED:
        return _month(release.expected) if release.expected else ""
    if release.is_public and release.updated and (release.published or release.own_date):
        changed = in_zone(release.updated, zone)
        is_today = changed.date() == in_zone(now, zone).date()
        return f"{changed:%H:%M} today" if is_today else f"{changed:%Y-%m-%d}"
    return ""


def _month(expected: str) -> str:
    """Return the month, `2026-05` or `--05` of any year, in words."""
    found = re.fullmatch(r"([1-9]\d{3}|-)-(0[1-9]|1[0-2])", expected)
    if not found:
        return f"expected {expected}"
    year, month = found.groups()
    first = date(2000 if year == "-" else int(year), int(month), 1)
    return f"expected in {ENGLISH.month_alone(first) if year == '-' else ENGLISH.month(first)}"


def _state(request: Request) -> State | None:
    asked = request.query_params.get("state", "")
    return State(asked) if asked in list(State) else None


def _page_number(request: Request) -> int:
    text = request.query_params.get("page", "1")
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 7 and int(text) else 1


def _address(chosen: Mapping[str, str], number: int) -> str:
    given = {**chosen, "page": str(number) if number > 1 else ""}
    asked = urlencode({name: value for name, value in given.items() if value})
    return f"{PATH}?{asked}" if asked else PATH


def _open_row(request: Request, store: Store, session: Session, fields: Fields) -> Response:
    """Give a row that another program has put in the id and the slug that it lacks, and lead to its form."""
    wanted = first(fields, "row")
    pk = int(wanted) if wanted.isascii() and wanted.isdecimal() and len(wanted) < 16 else 0
    with store.atomic():
        store.releases.complete_all()
    known = store.releases.by_pk([pk]).get(pk)
    if known is None or not known.slug:
        return desk_page(request, "no-release.html", session, status=404)
    return RedirectResponse(f"{PATH}/{known.slug}", 303, headers=PRIVATE)


ROUTES = [shown(PATH, _show), acted("/desk/rows", _open_row)]
