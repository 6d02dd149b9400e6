"""`/desk/`: what waits, and one's own sign-in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from pressroom.errors import SignInError, TooManyRequestsError
from pressroom.models.progress import Progress
from pressroom.models.release import State
from pressroom.models.runs import DigestRun
from pressroom.models.search import Query
from pressroom.models.staff import Session
from pressroom.operations.rows import rows_to_mend
from pressroom.publishing.digests import NOT_COUNTED, Owed
from pressroom.publishing.outlook import Coming, in_words, look_ahead, progress_of
from pressroom.staff.signing_in import end_others, renew_codes, sessions_of
from pressroom.storage import Store
from pressroom.tools import Tools
from pressroom.web.desk.access import acted, desk_page, shown
from pressroom.web.desk.hindrances import what_is_held, what_is_late, why_none_leaves
from pressroom.web.desk.owed import owed_by_now
from pressroom.web.desk.sign_in import too_often
from pressroom.web.desk.wording import STATES, name_of, state_of, why_opened
from pressroom.web.forms import Fields, first

AT_A_GLANCE = 5
"""So many releases of a state are named; a link leads to the others."""


@dataclass(frozen=True, slots=True)
class Next:
    """Something that goes out at `at`: a release, by its `slug`, or digests and retries, without one."""

    at: datetime
    when: str
    what: str
    slug: str = ""


@dataclass(frozen=True, slots=True)
class Running:
    """A run that is not over, and how it is in a sentence."""

    progress: Progress
    name: str
    state: str


def _show(request: Request, store: Store, session: Session) -> Response:
    state, now = request.app.state, request.app.state.clock()
    tools: Tools = state.tools
    zone = tools.settings.site.zone
    runs, last = store.runs.unfinished(), store.runs.newest(1)
    hindrances = why_none_leaves(store, tools, state.pulse, now)
    owed = owed_by_now(request, store)
    counts, drafts = store.releases.counts(), store.release_lists.find(Query(), State.DRAFT, 1, AT_A_GLANCE)
    return desk_page(
        request,
        "home.html",
        session,
        held=[*hindrances, *what_is_late(store, tools, now), *what_is_held(store, tools, runs, now)],
        spoiled=state.pages.fact("rows to mend", lambda: list(rows_to_mend(store, now)))[:AT_A_GLANCE],
        running=[_running(store, tools, run, now, is_held=bool(hindrances)) for run in runs],
        coming=_coming(store, tools, now, zone, owed or NOT_COUNTED),
        is_counted=owed is not None,
        more_scheduled=max(0, counts.get(State.SCHEDULED, 0) - AT_A_GLANCE),
        unsaved=store.autosaves.of_user(session.user.pk),
        drafts=drafts.releases,
        more_drafts=drafts.total - len(drafts.releases),
        last=[(run, name_of(run), why_opened(run, now, zone)) for run in last if run not in runs],
        mail_states=STATES,
        counts=[(one, counts.get(one, 0)) for one in State],
        has_topics=bool(store.topics.all()),
        people=store.subscribers.counts(),
        zone=zone,
    )


def _running(store: Store, tools: Tools, run: DigestRun, now: datetime, *, is_held: bool) -> Running:
    progress = progress_of(store, tools, run, now)
    return Running(progress, name_of(run), state_of(progress, is_held=is_held))


def _coming(store: Store, tools: Tools, now: datetime, zone: ZoneInfo, owed: Owed) -> list[Next]:
    """Return what goes out next, soonest first: scheduled releases by name, digests by how many people they reach."""
    scheduled = store.release_lists.find(Query(), State.SCHEDULED, 1, AT_A_GLANCE).releases
    due = [(release, max(release.due_at or now, now)) for release in scheduled]
    coming = [Next(at, _when(at, now, zone), release.title, release.slug or "") for release, at in due]
    ahead = (one for one in look_ahead(store, tools, now, owed) if one.what != "release")
    coming += [Next(one.at, _when(one.at, now, zone), _what(one)) for one in ahead]
    return sorted(coming, key=lambda one: one.at)


def _what(one: Coming) -> str:
    s = "" if one.number == 1 else "s"
    return f"{one.number:,} " + (f"mail{s} to be tried again" if one.what == "retry" else f"{one.what} digest{s}")


def _when(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    return in_words(at, now, zone) if at > now else "now"


def _show_me(
    request: Request, store: Store, session: Session, *, status: int = 200, fault: str = "", done: str = ""
) -> Response:
    state = request.app.state
    return desk_page(
        request,
        "me.html",
        session,
        status=status,
        sessions=sessions_of(store, state.tools, session.user, state.clock()),
        here=session.key,
        codes_left=store.staff.count_codes(session.user.pk),
        zone=state.tools.settings.site.zone,
        fault=fault,
        done=done,
    )


def _end_others(request: Request, store: Store, session: Session, _: Fields) -> Response:
    state = request.app.state
    ended = end_others(store, state.tools, session, state.clock())
    return _show_me(request, store, session, done=f"You were signed out in {ended} other place(s).")


def _renew_codes(request: Request, store: Store, session: Session, fields: Fields) -> Response:
    state = request.app.state
    try:
        codes = renew_codes(store, state.tools, session, first(fields, "code"), state.clock())
    except SignInError as error:
        return _show_me(request, store, session, status=400, fault=f"{error.problem}. It changes every half minute.")
    except TooManyRequestsError as error:
        return _show_me(request, store, session, status=429, fault=too_often(error.wait))
    return desk_page(request, "codes.html", session, codes=codes, name=session.user.name)


ROUTES = [
    shown("/desk/", _show),
    shown("/desk/me", _show_me),
    acted("/desk/me/sessions", _end_others),
    acted("/desk/me/codes", _renew_codes),
]
