"""`/desk/preview`: a release as readers would get it, in feed, page and mail, before it goes."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from pressroom.errors import TemplateBrokenError, UnusableRowError
from pressroom.models.feeds import Format
from pressroom.models.staff import Session
from pressroom.publishing.proofreading import refusal
from pressroom.publishing.showing import Shown, as_published, entry_facts, feed_entry
from pressroom.publishing.shown_digests import show_digest
from pressroom.storage import Store
from pressroom.web.desk.access import desk_page, shown
from pressroom.web.desk.asked import AS_READ, PANEL, Asked, telling_asked
from pressroom.web.desk.framed import framed, framed_template
from pressroom.web.desk.panel import panel_facts, reader_asked
from pressroom.web.desk.typed import typed_release
from pressroom.web.releases import release_page

NO_RELEASE = "There is no such release."

Frame = Callable[[Request, Store, Shown, Asked], Response]


def _show_panel(request: Request, store: Store, session: Session) -> Response:
    release = typed_release(request, store, session)
    if release is None:
        return desk_page(request, "no-release.html", session, status=404)
    is_alone = request.query_params.get("beside") != "yes"
    is_part = request.headers.get("hx-request") == "true"
    swaps = is_part and not is_alone
    try:
        facts = panel_facts(request, store, session, release, is_alone=is_alone, swaps_findings=swaps)
    except TemplateBrokenError as error:
        return desk_page(request, "preview-broken.html", session, status=422, fault=str(error))
    return desk_page(request, "preview-panel.html" if is_part else "preview.html", session, **facts)


def _in_frame(show: Frame) -> Callable[[Request, Store, Session], Response]:
    """Return what answers with a document for a frame; what cannot be shown says why, in the frame."""

    def answered(request: Request, store: Store, session: Session) -> Response:
        asked, release = Asked.of(request, session), typed_release(request, store, session)
        if release is None:
            return framed_template(request, "preview-fault.html", asked.scheme, 404, told=NO_RELEASE)
        try:
            as_out = as_published(store, release, request.app.state.clock(), telling_asked(request, store, session))
            return show(request, store, as_out, asked)
        except UnusableRowError as error:
            return framed_template(request, "preview-fault.html", asked.scheme, 422, told=refusal(error).words)
        except TemplateBrokenError as error:
            return framed_template(request, "preview-fault.html", asked.scheme, 422, told=str(error))

    return answered


def _show_feed(request: Request, store: Store, as_out: Shown, asked: Asked) -> Response:
    tools = request.app.state.tools
    if asked.form == AS_READ:
        zone = tools.settings.site.zone
        return framed_template(
            request, "preview-entry.html", asked.scheme, entry=entry_facts(tools, as_out), site=tools.settings.site,
            zone=zone,
        )  # fmt: skip
    source = feed_entry(tools, as_out, Format(asked.form)).decode()
    return framed_template(request, "preview-source.html", asked.scheme, source=source, title=asked.form)


def _show_page(request: Request, store: Store, as_out: Shown, asked: Asked) -> Response:
    answer = release_page(request, store, as_out.entry, as_out.announcements)
    return framed(request, bytes(answer.body).decode(), asked.scheme)


def _show_mail(request: Request, store: Store, as_out: Shown, asked: Asked) -> Response:
    state = request.app.state
    reader, _ = reader_asked(store, state.tools, asked)
    message = show_digest(store, state.tools, as_out, state.clock(), reader, is_linted=False).message
    if asked.part == "text":
        return framed_template(request, "preview-source.html", asked.scheme, source=message.text, title="text")
    return framed(request, message.html, asked.scheme)


ROUTES = [
    shown(PANEL, _show_panel),
    shown(f"{PANEL}/feed", _in_frame(_show_feed)),
    shown(f"{PANEL}/page", _in_frame(_show_page)),
    shown(f"{PANEL}/mail", _in_frame(_show_mail)),
]
