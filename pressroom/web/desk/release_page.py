"""`/desk/new` and `/desk/releases/SLUG`: the form of a release, beside what it will look like and what comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from pressroom.errors import TemplateBrokenError
from pressroom.models.autosaves import Autosave
from pressroom.models.release import MEDIA_TYPES, Access, Kind, RelationKind, Release
from pressroom.models.release_document import release_document
from pressroom.models.staff import Role, Session
from pressroom.publishing.entering import can_be_undone
from pressroom.publishing.showing import Telling
from pressroom.publishing.timeline import timeline_of
from pressroom.signing import is_token, new_token
from pressroom.storage import Store
from pressroom.tools import Tools
from pressroom.web.desk import release_form
from pressroom.web.desk.access import desk_page, shown
from pressroom.web.desk.panel import followers_of, panel_facts
from pressroom.web.desk.release_form import Typed
from pressroom.web.desk.wording import local, said

NEW = "/desk/new"
PRESENT = timedelta(minutes=15)
"""Who has typed within this time is told to others as working on it."""
NOTHING = "(nothing)"
BEFORE, MOST_SHOWN = 60, 300
"""Letters shown before the place where two texts part, and of each in all."""
DONE = {
    "saved": "Saved.",
    "scheduled": "Scheduled.",
    "published": "Published: it is out, and in the feeds within a second.",
    "goes-out": "Published: it goes out as soon as a service, or “publisher publish”, looks.",
    "unscheduled": "It is a draft again.",
    "edited": "Saved without a word to readers.",
    "revised": "Revised. Readers are told.",
    "withdrawn": "Withdrawn. Those whom a mail has told of it are told.",
    "withdrawn-untold": "Withdrawn. The feeds say so; no mail had told of it, and none will.",
    "again": "That was done already. It was not done a second time.",
    "undone": "Taken back. This is a new draft with what was in it; the feeds mark the other as withdrawn.",
}


@dataclass(frozen=True, slots=True)
class Form:
    """An open form: its `key`, the release that it is about and its version then, what stands in it, and what to say.

    `kept` is what was left there without saving, `theirs` what somebody else has changed meanwhile: (field, as it is
    now, as typed).
    """

    key: str
    typed: Typed
    known: Release | None = None
    version: int = 0
    kept: Autosave | None = None
    theirs: Sequence[tuple[str, str, str]] = ()
    must_say_other: bool = False


def _show_new(request: Request, store: Store, session: Session) -> Response:
    key = request.query_params.get("key", "")
    kept = store.autosaves.find(key, session.user.pk) if is_token(key) else None
    if kept is None:
        return form_page(request, store, session, Form(new_token(), release_form.empty(request.app.state.tools)))
    state = request.app.state
    typed = release_form.read(store, state.tools, state.clock(), kept.fields, None)
    return form_page(request, store, session, Form(key, replace(typed, faults={}), kept=kept))


def _show(request: Request, store: Store, session: Session) -> Response:
    known = find(request, store)
    if known is None:
        return no_such_release(request, session)
    return form_page(request, store, session, opened(store, request.app.state.tools, session, known, request))


def find(request: Request, store: Store) -> Release | None:
    """Return the release that an address names, or that it named before."""
    return store.releases.find_by_any_slug(str(request.path_params["slug"]))


def no_such_release(request: Request, session: Session) -> Response:
    return desk_page(request, "no-release.html", session, status=404)


def opened(store: Store, tools: Tools, session: Session, known: Release, request: Request) -> Form:
    """Return the form of a release: as somebody left it without saving, or as the release is."""
    kept = store.autosaves.newest(session.user.pk, known.pk)
    if kept is None:
        return Form(new_token(), release_form.shown(known, tools), known, known.version)
    typed = release_form.read(store, tools, request.app.state.clock(), kept.fields, known)
    return Form(kept.key, replace(typed, faults={}), known, kept.version, kept)


def form_page(
    request: Request, store: Store, session: Session, form: Form, *, status: int = 200, fault: str = ""
) -> Response:
    """Return the page with a form, and beside it what is known of the release."""
    state, known = request.app.state, form.known
    tools, now = state.tools, state.clock()
    return desk_page(
        request,
        "release.html",
        session,
        status=status,
        form=form,
        typed=form.typed,
        known=known,
        fault=fault,
        done=_done(request, known, now) if status == 200 else "",
        replacement=store.releases.find(known.replacement) if known and known.replacement else None,
        timeline=timeline_of(store, tools, known, now, followers_of(request, store)) if known else None,
        **said_of(request, store, session, form.typed, known, form.version),
        **_preview(request, store, session, form),
        saved_at=None,
        can_undo=known is not None and can_be_undone(store, known),
        may_publish=session.user.may(Role.PUBLISHER),
        now=now,
        zone=tools.settings.site.zone,
        **_choices(request, store),
    )


def _done(request: Request, known: Release | None, now: datetime) -> str:
    did = request.query_params.get("did", "")
    if did == "scheduled" and known and known.due_at:
        return f"Scheduled: it goes out {local(known.due_at, now, request.app.state.tools.settings.site.zone)}."
    return DONE.get(did, "")


def _preview(request: Request, store: Store, session: Session, form: Form) -> dict[str, Any]:
    """Return the facts of the panel beside the form; none for one in which nothing stands yet."""
    if form.known is None and form.kept is None:
        return {"preview": None, "preview_fault": ""}
    known, typed = form.known, form.typed.release
    release = known.with_own_facts_of(typed) if known else typed
    note = form.typed.value("note") if known and known.is_public else ""
    source = {"release": known.slug if known and known.slug else "", "key": form.key, "note": note}
    given = {name: value for name, value in source.items() if value}
    telling = Telling(note)
    try:
        return panel_facts(request, store, session, release, source=given, telling=telling, is_alone=False)
    except TemplateBrokenError as error:
        return {"preview": None, "preview_fault": str(error)}


def said_of(
    request: Request, store: Store, session: Session, typed: Typed, known: Release | None, version: int
) -> dict[str, Any]:
    """Return what may be said of a form at any time (`templates/web/desk/kept.html`)."""
    return {
        "present": present(store, session, known, request),
        "doubles": doubles(store, typed, known),
        "typed_url": typed.value("url").strip(),
        "is_behind": known is not None and known.version != version,
    }


def shown_again(
    request: Request, store: Store, session: Session, known: Release | None, fault: str, *, status: int = 400
) -> Response:
    """Return the form of a release as it is, with what could not be done; an empty one where there is none."""
    tools: Tools = request.app.state.tools
    typed = release_form.shown(known, tools) if known else release_form.empty(tools)
    form = Form(new_token(), typed, known, known.version if known else 0)
    return form_page(request, store, session, form, status=status, fault=fault)


def present(store: Store, session: Session, known: Release | None, request: Request) -> list[Autosave]:
    """Return what other people are typing of a release now, each person once."""
    if known is None:
        return []
    since = request.app.state.clock() - PRESENT
    others = store.autosaves.of_others(session.user.pk, known.pk, since)
    return list({one.user: one for one in reversed(others)}.values())


def doubles(store: Store, typed: Typed, known: Release | None) -> list[Release]:
    """Return releases that are likely the same as what is typed, but for those that it takes the place of."""
    title, url = typed.value("title"), typed.value("url")
    if not (title.strip() or url.strip()):
        return []
    found = store.release_lists.doubles(title, url, known.pk if known else 0)
    return [one for one in found if known is None or one.replacement is None or one.replacement != known.id]


def differences(known: Release, typed: Typed, zone: ZoneInfo) -> list[tuple[str, str, str]]:
    """Return where what was typed differs from the release as it is by now; of long texts, the part that differs."""
    theirs, ours = release_document(known), release_document(known.with_own_facts_of(typed.release))
    ours |= {"embargo": theirs["embargo"]}
    pairs = [(name, said(theirs[name]), said(ours[name])) for name in theirs if theirs[name] != ours[name]]
    for name, moment in (("at", known.publish_at), ("embargo", known.embargo)) if not known.is_public else ():
        there, here = release_form.local(moment, zone), typed.value(name)
        if there != here:
            pairs.append(("goes out at" if name == "at" else name, there, here))
    return [(name.replace("_", " "), *_parting(there, here)) for name, there, here in pairs]


def _parting(one: str, another: str) -> tuple[str, str]:
    """Return two texts, each from a little before the place where they part, and so much of it as can be read."""
    place = next(
        (at for at, (a, b) in enumerate(zip(one, another, strict=False)) if a != b), min(len(one), len(another))
    )
    begin = max(0, place - BEFORE) if place > BEFORE else 0
    return _cut(one, begin), _cut(another, begin)


def _cut(text: str, begin: int) -> str:
    part = text[begin : begin + MOST_SHOWN]
    return f"{'…' if begin else ''}{part}{'…' if begin + MOST_SHOWN < len(text) else ''}" or NOTHING


def _choices(request: Request, store: Store) -> dict[str, Any]:
    """Return what the fields of a form offer."""
    lists = store.release_lists
    suggestions: dict[str, list[str]] = request.app.state.pages.fact(
        "names at the desk",
        lambda: {"authors": lists.authors(), "partners": lists.partners(), "series": lists.series()},
    )
    return {
        "kinds": list(Kind),
        "levels": list(Access),
        "relation_kinds": list(RelationKind),
        "media_types": list(MEDIA_TYPES),
        "topics": store.topics.with_aliases(),
        "suggestions": suggestions,
    }


ROUTES = [shown(NEW, _show_new), shown("/desk/releases/{slug}", _show)]
