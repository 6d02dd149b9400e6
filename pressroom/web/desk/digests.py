"""`/desk/digests`: what comes next and the runs so far; how a run stands, and the mails behind each of its numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from pressroom.errors import RunNotFoundError
from pressroom.models.dates import in_zone
from pressroom.models.release import Release
from pressroom.models.runs import WAITING, Delivery, DeliveryState, DigestRun
from pressroom.models.staff import Role, Session, User
from pressroom.operations.pulse import Pulse
from pressroom.publishing.digests import NOT_COUNTED
from pressroom.publishing.outlook import look_ahead, progress_of
from pressroom.storage import Store
from pressroom.tools import Tools
from pressroom.web.desk.access import desk_page, shown
from pressroom.web.desk.hindrances import what_is_held, what_is_late, why_none_leaves
from pressroom.web.desk.owed import owed_by_now
from pressroom.web.desk.wording import MEANS, STATES, fate_of, local, name_of, soon, state_of, why_opened

ON_A_PAGE, MAILS_ON_A_PAGE = 20, 50
LOOKS_AHEAD = timedelta(days=28)
MOST_LETTERS_OF_A_NUMBER = 16


@dataclass(frozen=True, slots=True)
class Line:
    """A run in the list: `why` it was opened."""

    run: DigestRun
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail in the list behind a number: `at` is when it came to its end, `said` what the server answered."""

    address: str
    at: str
    fate: str
    said: str
    attempts: int


def _show(request: Request, store: Store, session: Session) -> Response:
    state, now = request.app.state, request.app.state.clock()
    tools: Tools = state.tools
    zone = tools.settings.site.zone
    before = _number(request.query_params.get("before", ""))
    runs = store.runs.newest(ON_A_PAGE + 1, before)
    held = [
        *why_none_leaves(store, tools, state.pulse, now),
        *what_is_late(store, tools, now),
        *what_is_held(store, tools, runs, now),
    ]
    owed = owed_by_now(request, store) if before is None else NOT_COUNTED
    coming = look_ahead(store, tools, now, owed or NOT_COUNTED) if before is None else []
    ahead = tools.settings.timetable.between(now, now + LOOKS_AHEAD) if before is None else {}
    return desk_page(
        request,
        "digests.html",
        session,
        held=held,
        coming=[(one.what, one.in_words(now, zone)) for one in coming],
        is_counted=owed is not None,
        ahead=[(local(at, now, zone), ", ".join(frequencies)) for at, frequencies in ahead.items()],
        lines=[Line(run, name_of(run), why_opened(run, now, zone)) for run in runs[:ON_A_PAGE]],
        older=runs[ON_A_PAGE - 1].pk if len(runs) > ON_A_PAGE else None,
        is_newest=before is None,
        states=STATES,
        may_send=session.user.may(Role.PUBLISHER),
    )


def show_run(request: Request, store: Store, session: Session, *, status: int = 200, fault: str = "") -> Response:
    """Return how a run stands; `fault` says why what was asked of it was not done."""
    state = request.app.state
    run = find_run(request, store)
    if run is None:
        return no_such_run(request, session)
    now, zone = state.clock(), state.tools.settings.site.zone
    return desk_page(
        request,
        "run.html",
        session,
        status=status,
        fault=fault,
        name=name_of(run),
        why=why_opened(run, now, zone),
        opened=local(run.opened_at, now, zone),
        has_issue=store.issues.find(run.pk) is not None,
        **standing_of(store, state.tools, state.pulse, run, now, session.user),
    )


def standing_of(
    store: Store, tools: Tools, pulse: Pulse, run: DigestRun, now: datetime, user: User, *, is_live: bool = False
) -> dict[str, Any]:
    """Return what the part of a run's page is filled with that moves; `is_live` where it does so by itself."""
    progress, zone = progress_of(store, tools, run, now), tools.settings.site.zone
    counts = progress.run.counts.as_dict()
    goes_on = not progress.is_over
    held = why_none_leaves(store, tools, pulse, now) if goes_on else []
    return {
        "run": progress.run,
        "progress": progress,
        "state": state_of(progress, is_held=bool(held)),
        "numbers": [(state, counts[state], MEANS[state]) for state in STATES],
        "held": [*held, *(what_is_held(store, tools, [progress.run], now) if goes_on else ())],
        "end": soon(progress.expected_end, now, zone) if progress.expected_end else "",
        "next_try": soon(progress.next_try, now, zone) if progress.next_try and goes_on else "",
        "as_of": "" if is_live else f"{in_zone(now, zone):%H:%M:%S}",
        "may_send": user.may(Role.PUBLISHER),
    }


def _show_mails(request: Request, store: Store, session: Session) -> Response:
    run, state = find_run(request, store), request.path_params["state"]
    if run is None or state not in STATES:
        return no_such_run(request, session)
    now, zone = request.app.state.clock(), request.app.state.tools.settings.site.zone
    after = _number(request.query_params.get("after", "")) or 0
    wanted = WAITING if state == "waiting" else {DeliveryState(state)}
    told_of = store.releases.find_by_slug(request.query_params.get("release", ""))
    found = store.deliveries.in_states(run.pk, wanted, MAILS_ON_A_PAGE + 1, after, told_of.pk if told_of else None)
    return desk_page(
        request,
        "run-mails.html",
        session,
        run=run,
        name=name_of(run),
        state=state,
        means=MEANS[state],
        told_of=told_of,
        number=_number_of(store, run, state, told_of),
        deleted=0 if told_of else store.deliveries.deleted(run.pk).get(state, 0),
        mails=[_mail(*one, now, zone) for one in found[:MAILS_ON_A_PAGE]],
        following=found[MAILS_ON_A_PAGE - 1][0].pk if len(found) > MAILS_ON_A_PAGE else None,
    )


def _number_of(store: Store, run: DigestRun, state: str, told_of: Release | None) -> int:
    """Return how many mails of a run are in a state: all, or those that tell of a release."""
    if told_of is None:
        return run.counts.as_dict()[state]
    counts = (one.counts for one in store.release_lists.became(told_of) if one.run == run.pk)
    return sum(one.as_dict()[state] for one in counts)


def _mail(delivery: Delivery, address: str, now: datetime, zone: Any) -> Mail:
    at = f"{in_zone(delivery.finished_at, zone):%Y-%m-%d %H:%M:%S}" if delivery.finished_at else ""
    return Mail(address, at, fate_of(delivery, now, zone), delivery.reply, delivery.attempts)


def find_run(request: Request, store: Store) -> DigestRun | None:
    """Return the run that an address names, None where there is none."""
    number = _number(str(request.path_params["run"]))
    try:
        return store.runs.get(number) if number else None
    except RunNotFoundError:
        return None


def no_such_run(request: Request, session: Session) -> Response:
    return desk_page(request, "no-run.html", session, status=404)


def _number(text: str) -> int | None:
    is_one = text.isascii() and text.isdecimal() and len(text) < MOST_LETTERS_OF_A_NUMBER
    return int(text) if is_one else None


LIST = [shown("/desk/digests", _show)]
ROUTES = [
    shown("/desk/digests/{run}", show_run),
    shown("/desk/digests/{run}/{state}", _show_mails, least=Role.PUBLISHER),
]
