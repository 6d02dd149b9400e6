"""What is done to a release at the desk with its form: saving, scheduling, publishing, revising, and the way back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from time import monotonic, sleep
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from pressroom.acts.releases import Editing
from pressroom.errors import ChangedMeanwhileError, InvalidFieldError, PublisherError, ReleaseExistsError
from pressroom.models.release import Release, State
from pressroom.models.staff import Role, Session
from pressroom.publishing.entering import complete_release
from pressroom.signing import is_token, new_token
from pressroom.staff.log import BY_COMMAND
from pressroom.storage import Store
from pressroom.tools import Tools
from pressroom.web.desk import release_form
from pressroom.web.desk.access import acted
from pressroom.web.desk.autosaving import autosave
from pressroom.web.desk.hindrances import is_led
from pressroom.web.desk.release_form import Typed
from pressroom.web.desk.release_page import (
    NEW,
    Form,
    differences,
    doubles,
    find,
    form_page,
    no_such_release,
    shown_again,
)
from pressroom.web.desk.release_times import PAST, Times, times_of
from pressroom.web.desk.wording import sentence
from pressroom.web.forms import Fields, first
from pressroom.web.pages import PRIVATE

UNREADABLE = "What was sent could not be read, and nothing was done. Try again."
PATIENCE = 2.0
"""Seconds for which a page waits until what it tells of is out."""
GONE = "It is not there any more. This is what you typed: saved, it becomes a new release."
LIKE_ANOTHER = "It looks like one that is there already. If it is another one, say so beneath."


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent with a form, by whom, and when."""

    typed: Typed
    fields: Fields
    session: Session
    tools: Tools
    now: datetime

    def times(self, known: Release | None) -> Times:
        """Return when it is to go out. Raises _TypedError for what is wrong with that."""
        may_shorten = self.session.user.may(Role.PUBLISHER)
        zone = self.tools.settings.site.zone
        times = times_of(self.typed, known, self.now, zone, may_shorten=may_shorten)
        if times.faults:
            raise _TypedError(dict(times.faults))
        return times


class _TypedError(Exception):
    """What was typed lacks something, by field."""

    def __init__(self, faults: dict[str, str]) -> None:
        self.faults = faults


Do = Callable[[Editing, Release, Sent], tuple[Release, str]]
"""Does something to a release with what was sent; returns it, and what was done as `release_page.DONE` has it."""


def _saved(editing: Editing, known: Release, sent: Sent) -> tuple[Release, str]:
    if known.is_public:
        return editing.edit(known, sent.typed.release, quietly=True), "edited"
    times = sent.times(known)
    return editing.plan(editing.edit(known, sent.typed.release), at=times.at, embargo=times.embargo), "saved"


def _scheduled(editing: Editing, known: Release, sent: Sent) -> tuple[Release, str]:
    times, chosen = sent.times(known), sent.typed.value("when")
    if chosen not in ("at", "embargo"):
        raise _TypedError({"when": "Choose a time, or an embargo; to let it go out at once, publish it."})
    if not sent.typed.value(chosen).strip():
        raise _TypedError({chosen: "It is missing; give a day and a time."})
    if max(moment for moment in (times.at, times.embargo) if moment) <= sent.now:
        raise _TypedError({chosen: PAST})
    edited = editing.edit(known, sent.typed.release)
    return editing.schedule(edited, at=times.at, embargo=times.embargo), "scheduled"


def _unscheduled(editing: Editing, known: Release, sent: Sent) -> tuple[Release, str]:
    return editing.unschedule(editing.edit(known, sent.typed.release)), "unscheduled"


def _published(editing: Editing, known: Release, sent: Sent) -> tuple[Release, str]:
    if (chosen := sent.typed.value("when")) in ("at", "embargo") and sent.typed.value(chosen):
        raise _TypedError({"when": "A time is chosen here: schedule it, or choose “now”."})
    return editing.publish(editing.edit(known, sent.typed.release)), "published"


def _revised(editing: Editing, known: Release, sent: Sent) -> tuple[Release, str]:
    return editing.revise(known, sent.typed.release, sent.typed.value("note")), "revised"


def _acts(do: Do, *, is_public: bool = False, goes_out: bool = False) -> Callable[..., Response]:
    """Return what saves a form by `do`, of releases that are out or of others.

    What `goes_out` must say all that is required, and be no likely double, or be said to be another.
    """

    def act(request: Request, store: Store, session: Session, fields: Fields) -> Response:
        state = request.app.state
        known = find(request, store) if "slug" in request.path_params else None
        typed = release_form.read(store, state.tools, state.clock(), fields, known)
        form = _form(store, fields, typed, known)
        if "version" not in fields:
            return shown_again(request, store, session, known, UNREADABLE)
        if known is None and "slug" in request.path_params:
            return form_page(request, store, session, replace(form, key=new_token()), status=409, fault=GONE)
        if saved := _saved_before(request, store, session, fields):
            return to_release(saved, "again")
        if known and form.version != known.version:
            return _changed_meanwhile(request, store, session, form)
        if known and known.is_public is not is_public:
            words = "It is out by now: what is changed is a revision." if known.is_public else "It is not out yet."
            return form_page(request, store, session, form, status=409, fault=words)
        will_go = goes_out or (known is not None and known.state is State.SCHEDULED and do is not _unscheduled)
        if faults := {**(release_form.missing(typed.release) if will_go else {}), **typed.faults}:
            if known and do is _unscheduled:
                return _only_unscheduled(request, store, session, form, fields)
            return _refused(request, store, session, form, fields, faults)
        if will_go and _is_new(known, typed) and doubles(store, typed, known) and first(fields, "is_other") != "yes":
            asking = replace(_kept(request, store, session, form, fields), must_say_other=True)
            return form_page(request, store, session, asking, status=409, fault=LIKE_ANOTHER)
        return _done(request, store, form, Sent(typed, fields, session, state.tools, state.clock()), do)

    return act


def _only_unscheduled(request: Request, store: Store, session: Session, form: Form, fields: Fields) -> Response:
    """Make a draft of a release though something that is typed cannot be saved; that is kept beside it."""
    state = request.app.state
    assert form.known is not None
    try:
        with store.atomic():
            editing = Editing(store, state.tools, state.clock(), session.user.name)
            release = editing.unschedule(_whole(store, form.known))
            _kept(request, store, session, replace(form, version=release.version), fields)
    except PublisherError as error:
        return form_page(request, store, session, form, status=409, fault=str(error))
    return to_release(release, "unscheduled")


def _saved_before(request: Request, store: Store, session: Session, fields: Fields) -> Release | None:
    """Return the release as which a click before this one has saved the very same, if nobody has done more with it."""
    pk, entry = store.autosaves.saved_as(first(fields, "key"), session.user.pk, _mark(request, fields)) or (0, 0)
    release = store.releases.by_pk([pk]).get(pk)
    return release if release and _newest_entry(store, release) == entry else None


def _newest_entry(store: Store, release: Release) -> int:
    """Return the number of the newest audit entry about a release, 0 without one."""
    return next((entry.no for entry in store.audit.about(release.slug or "", 1)), 0)


def _mark(request: Request, fields: Fields) -> str:
    """Return what tells what was sent, and where, from all else that may be sent with the same form."""
    sent = json.dumps([request.url.path, sorted((name, list(values)) for name, values in fields.items())])
    return hashlib.sha256(sent.encode()).hexdigest()


def _is_new(known: Release | None, typed: Typed) -> bool:
    """Whether nobody has said yet of what is typed that it is no double of another."""
    if known is None or known.state is not State.SCHEDULED:
        return True
    return (known.title, known.url) != (typed.release.title, typed.release.url)


def _done(request: Request, store: Store, form: Form, sent: Sent, do: Do) -> Response:
    editing, session = Editing(store, sent.tools, sent.now, sent.session.user.name), sent.session
    try:
        with store.atomic():
            if form.known is None and do is _saved:
                release, done = _added(editing, sent), "saved"
            else:
                known = _whole(store, form.known) if form.known else _added(editing, sent)
                release, done = do(editing, known, sent)
            mark = _mark(request, sent.fields)
            entry = _newest_entry(store, release)
            store.autosaves.close(form.key, session.user.pk, sent.now, release.pk, mark, entry)
    except _TypedError as error:
        return _refused(request, store, session, form, sent.fields, error.faults)
    except InvalidFieldError as error:
        return _refused(request, store, session, form, sent.fields, {error.field: sentence(error)})
    except (ReleaseExistsError, ChangedMeanwhileError) as error:
        if saved := _saved_before(request, store, session, sent.fields):  # by a click at the same time
            return to_release(saved, "again")
        if isinstance(error, ChangedMeanwhileError):
            return _changed_meanwhile(request, store, session, form)
        words = f"It is in the catalogue already, as “{error.slug}”: the same address and date, or the same DOI."
        return form_page(request, store, session, form, status=409, fault=words)
    except PublisherError as error:
        return form_page(request, store, session, form, status=409, fault=str(error))
    if done == "published" and not _is_out_soon(request, store, release):
        done = "goes-out"
    return to_release(release, done)


def _is_out_soon(request: Request, store: Store, release: Release) -> bool:
    """Wait until a service has let a release out, for it looks at once; where there is none, do not wait."""
    state, until = request.app.state, monotonic() + PATIENCE
    while is_led(state.tools, state.pulse) and monotonic() < until:
        if store.releases.by_pk([release.pk])[release.pk].is_public:
            return True
        sleep(0.05)
    return False


def _added(editing: Editing, sent: Sent) -> Release:
    """Add the draft of what was typed, with the times that it is to go out at."""
    times = sent.times(None)
    draft = replace(sent.typed.release, state=State.DRAFT, publish_at=times.at, embargo=times.embargo)
    return editing.add(draft)


def _whole(store: Store, known: Release) -> Release:
    """Return a release with the id that it lacks where another program has put it in."""
    return known if known.id else complete_release(store, known.slug or "")


def to_release(release: Release, done: str) -> Response:
    return RedirectResponse(f"/desk/releases/{release.slug}?did={done}", 303, headers=PRIVATE)


def _form(store: Store, fields: Fields, typed: Typed, known: Release | None) -> Form:
    """Return the form that was sent; one that was saved once, and came back, goes on under another key."""
    key, version = first(fields, "key"), first(fields, "version")
    is_number = version.isascii() and version.isdecimal() and len(version) < 16
    is_good = is_token(key) and not store.autosaves.is_closed(key)
    return Form(key if is_good else new_token(), typed, known, int(version) if is_number else -1)


def _refused(
    request: Request, store: Store, session: Session, form: Form, fields: Fields, faults: dict[str, str]
) -> Response:
    form = _kept(request, store, session, replace(form, typed=replace(form.typed, faults=faults)), fields)
    return form_page(request, store, session, form, status=400)


def _kept(request: Request, store: Store, session: Session, form: Form, fields: Fields) -> Form:
    """Keep what was sent and not saved, so that it can be looked at, and is found again."""
    pk = form.known.pk if form.known else None
    kept = autosave(form.key, session, pk, form.version, fields, request.app.state.clock())
    return replace(form, kept=kept) if store.autosaves.put(kept) else form


def _changed_meanwhile(request: Request, store: Store, session: Session, form: Form) -> Response:
    """Show what was typed beside what is there by now; saving again writes over that."""
    known = find(request, store)
    if known is None:
        return no_such_release(request, session)
    now = replace(form, known=known, version=known.version, theirs=differences(known, form.typed, _zone(request)))
    last = next(iter(store.audit.about(known.slug or "", 1)), None)
    by_other = last is not None and last.who not in (session.user.name, BY_COMMAND)
    who = f"{last.who} has changed it" if last and by_other else "It has been changed"
    fault = f"{who} while you had it open, and nothing of yours is saved yet. Look at the differences, then save again."
    return form_page(request, store, session, now, status=409, fault=fault)


def _zone(request: Request) -> ZoneInfo:
    zone: ZoneInfo = request.app.state.tools.settings.site.zone
    return zone


_ONE = "/desk/releases/{slug}"
ROUTES = [
    acted(NEW, _acts(_saved)),
    acted(f"{NEW}/schedule", _acts(_scheduled, goes_out=True)),
    acted(f"{NEW}/publish", _acts(_published, goes_out=True), least=Role.PUBLISHER),
    acted(_ONE, _acts(_saved)),
    acted(f"{_ONE}/schedule", _acts(_scheduled, goes_out=True)),
    acted(f"{_ONE}/unschedule", _acts(_unscheduled)),
    acted(f"{_ONE}/publish", _acts(_published, goes_out=True), least=Role.PUBLISHER),
    acted(f"{_ONE}/edit", _acts(_saved, is_public=True), least=Role.PUBLISHER),
    acted(f"{_ONE}/revise", _acts(_revised, is_public=True), least=Role.PUBLISHER),
]
