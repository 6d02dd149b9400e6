"""What is done to a release at the desk: saving, scheduling, publishing, revising, withdrawing, undoing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from pressroom.acts.releases import Editing
from pressroom.errors import ChangedMeanwhileError, InvalidFieldError, PublisherError, ReleaseExistsError
from pressroom.models.release import Release, State
from pressroom.models.staff import Role, Session
from pressroom.signing import is_token, new_token
from pressroom.staff.log import BY_COMMAND
from pressroom.storage import Store
from pressroom.web.desk import release_form
from pressroom.web.desk.access import acted, desk_page, shown
from pressroom.web.desk.release_form import Typed
from pressroom.web.desk.release_page import NEW, Form, differences, doubles, find, form_page, no_such_release
from pressroom.web.forms import Fields, first
from pressroom.web.pages import PRIVATE

Do = Callable[[Editing, Release, Typed, Fields, Request], tuple[Release, str]]
"""Does something to a release with what was typed; returns it, and what was done as `release_page.DONE` has it."""


def _saved(editing: Editing, known: Release, typed: Typed, _: Fields, __: Request) -> tuple[Release, str]:
    return editing.edit(known, typed.release), "edited" if known.is_public else "saved"


def _scheduled(editing: Editing, known: Release, typed: Typed, _: Fields, request: Request) -> tuple[Release, str]:
    moments, faults = release_form.moments(typed, request.app.state.tools.settings.site.zone)
    if typed.value("when") not in moments:
        faults = {"when": "Choose a time, or an embargo; to let it go out at once, publish it."}
    now = request.app.state.clock()
    faults |= {name: "That time is past; choose one to come." for name, at in moments.items() if at and at <= now}
    if faults:
        raise _TypedError(faults)
    edited = editing.edit(known, typed.release)
    return editing.schedule(edited, **moments), "scheduled"


def _published(editing: Editing, known: Release, typed: Typed, _: Fields, __: Request) -> tuple[Release, str]:
    if (chosen := typed.value("when")) in ("at", "embargo") and typed.value(chosen):
        raise _TypedError({"when": "A time is chosen here: schedule it, or choose “now”."})
    return editing.publish(editing.edit(known, typed.release)), "published"


def _revised(editing: Editing, known: Release, typed: Typed, fields: Fields, _: Request) -> tuple[Release, str]:
    return editing.revise(known, typed.release, first(fields, "note")), "revised"


class _TypedError(Exception):
    """What was typed lacks something, by field."""

    def __init__(self, faults: dict[str, str]) -> None:
        self.faults = faults


def _acts(do: Do, *, is_public: bool = False, goes_out: bool = False) -> Callable[..., Response]:
    """Return what saves a form by `do`, of releases that are out or of others.

    What `goes_out` must say all that is required, and be no likely double, or be said to be another.
    """

    def act(request: Request, store: Store, session: Session, fields: Fields) -> Response:
        known = find(request, store) if "slug" in request.path_params else None
        if known is None and "slug" in request.path_params:
            return no_such_release(request, session)
        state = request.app.state
        typed = release_form.read(store, state.tools, state.clock(), fields, known)
        form = _form(fields, typed, known)
        if known and known.is_public is not is_public:
            words = "It is out by now: what is changed is a revision." if known.is_public else "It is not out yet."
            return form_page(request, store, session, replace(form, version=known.version), status=409, fault=words)
        if known and form.version != known.version:
            return _changed_meanwhile(request, store, session, form)
        if faults := {**(release_form.missing(typed.release) if goes_out else {}), **typed.faults}:
            return _refused(request, store, session, form, faults)
        if goes_out and known is None and doubles(store, typed, None) and first(fields, "is_other") != "yes":
            return form_page(
                request,
                store,
                session,
                replace(form, must_say_other=True),
                status=409,
                fault="It looks like one that is there already. If it is another one, say so beneath.",
            )
        return _done(request, store, session, fields, form, do)

    return act


def _done(request: Request, store: Store, session: Session, fields: Fields, form: Form, do: Do) -> Response:
    state = request.app.state
    editing = Editing(store, state.tools, state.clock(), session.user.name)
    try:
        with store.atomic():
            release = form.known or editing.add(replace(form.typed.release, state=State.DRAFT))
            if form.known or do is not _saved:
                release, done = do(editing, release, form.typed, fields, request)
            else:
                done = "saved"
            store.autosaves.drop(form.key, session.user.pk)
            store.autosaves.drop_all(session.user.pk, release.pk)
    except _TypedError as error:
        return _refused(request, store, session, form, error.faults)
    except InvalidFieldError as error:
        return _refused(request, store, session, form, {error.field: release_form.sentence(error)})
    except ReleaseExistsError as error:
        words = f"It is in the catalogue already, as “{error.slug}”: the same address and date, or the same DOI."
        return form_page(request, store, session, form, status=409, fault=words)
    except ChangedMeanwhileError:
        return _changed_meanwhile(request, store, session, form)
    except PublisherError as error:
        return form_page(request, store, session, form, status=409, fault=str(error))
    return _to(release, done)


def _to(release: Release, done: str) -> Response:
    return RedirectResponse(f"/desk/releases/{release.slug}?did={done}", 303, headers=PRIVATE)


def _form(fields: Fields, typed: Typed, known: Release | None) -> Form:
    key, version = first(fields, "key"), first(fields, "version")
    is_number = version.isascii() and version.isdecimal() and len(version) < 16
    return Form(key if is_token(key) else new_token(), typed, known, int(version) if is_number else -1)


def _refused(
    request: Request, store: Store, session: Session, form: Form, faults: dict[str, str] | None = None
) -> Response:
    typed = replace(form.typed, faults=faults or form.typed.faults)
    return form_page(request, store, session, replace(form, typed=typed), status=400)


def _changed_meanwhile(request: Request, store: Store, session: Session, form: Form) -> Response:
    """Show what was typed beside what is there by now; saving again writes over that."""
    known = find(request, store)
    if known is None:
        return no_such_release(request, session)
    theirs = differences(known, form.typed)
    now = replace(form, known=known, version=known.version, theirs=theirs)
    last = next(iter(store.audit.about(known.slug or "", 1)), None)
    by_other = last is not None and last.who not in (session.user.name, BY_COMMAND)
    who = f"{last.who} has changed it" if last and by_other else "It has been changed"
    fault = f"{who} while you had it open, and nothing of yours is saved yet. Look at the differences, then save again."
    return form_page(request, store, session, now, status=409, fault=fault)


def _show_withdraw(request: Request, store: Store, session: Session) -> Response:
    known = find(request, store)
    if known is None or known.state is not State.LIVE:
        return no_such_release(request, session)
    return _withdraw_page(request, store, session, known)


def _withdraw_page(
    request: Request,
    store: Store,
    session: Session,
    known: Release,
    *,
    reason: str = "",
    replacement: str = "",
    faults: dict[str, str] | None = None,
) -> Response:
    return desk_page(
        request,
        "withdraw.html",
        session,
        status=400 if faults else 200,
        known=known,
        reason=reason,
        replacement=replacement,
        faults=faults or {},
        is_told=store.releases.is_paid(known),
    )


def _withdraw(request: Request, store: Store, session: Session, fields: Fields) -> Response:
    known, state = find(request, store), request.app.state
    if known is None:
        return no_such_release(request, session)
    reason, wanted = first(fields, "reason"), first(fields, "replacement").strip()
    faults = {} if reason.strip() else {"reason": "Say in a sentence why: readers see it."}
    instead = store.releases.find(wanted) if wanted else None
    if wanted and (instead is None or instead.pk == known.pk):
        faults["replacement"] = "There is no other release of that name; copy the last part of its address."
    if not faults:
        try:
            gone = Editing(store, state.tools, state.clock(), session.user.name).withdraw(known, reason, instead)
        except PublisherError as error:
            faults[""] = str(error)
        else:
            return _to(gone, "withdrawn")
    return _withdraw_page(request, store, session, known, reason=reason, replacement=wanted, faults=faults)


def _simply(do: Callable[[Editing, Release], Release], done: str) -> Callable[..., Response]:
    """Return what does something to a release for which nothing is typed."""

    def act(request: Request, store: Store, session: Session, _: Fields) -> Response:
        known, state = find(request, store), request.app.state
        if known is None:
            return no_such_release(request, session)
        try:
            return _to(do(Editing(store, state.tools, state.clock(), session.user.name), known), done)
        except PublisherError as error:
            form = Form(new_token(), release_form.shown(known, state.tools), known, known.version)
            return form_page(request, store, session, form, status=409, fault=str(error))

    return act


_ONE = "/desk/releases/{slug}"
ROUTES = [
    acted(NEW, _acts(_saved)),
    acted(f"{NEW}/schedule", _acts(_scheduled, goes_out=True)),
    acted(f"{NEW}/publish", _acts(_published, goes_out=True), least=Role.PUBLISHER),
    acted(_ONE, _acts(_saved)),
    acted(f"{_ONE}/schedule", _acts(_scheduled, goes_out=True)),
    acted(f"{_ONE}/unschedule", _simply(Editing.unschedule, "unscheduled")),
    acted(f"{_ONE}/publish", _acts(_published, goes_out=True), least=Role.PUBLISHER),
    acted(f"{_ONE}/edit", _acts(_saved, is_public=True), least=Role.PUBLISHER),
    acted(f"{_ONE}/revise", _acts(_revised, is_public=True), least=Role.PUBLISHER),
    shown(f"{_ONE}/withdraw", _show_withdraw, least=Role.PUBLISHER),
    acted(f"{_ONE}/withdraw", _withdraw, least=Role.PUBLISHER),
    acted(f"{_ONE}/undo", _simply(Editing.undo, "undone"), least=Role.PUBLISHER),
]
