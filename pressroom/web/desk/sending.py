"""Sending at the desk: a run by hand, a test, and pausing, resuming and cancelling a run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from pressroom.acts import digests
from pressroom.delivery.queue import Verdict
from pressroom.errors import (
    InvalidFieldError,
    LintError,
    NothingToShowError,
    PublisherError,
    RefusedError,
    SettingsError,
    WrongStateError,
)
from pressroom.models.people import Frequency
from pressroom.models.runs import DigestRun, RunState
from pressroom.models.staff import Role, Session
from pressroom.storage import Store
from pressroom.tools import Tools
from pressroom.web.desk.access import acted, desk_page, shown
from pressroom.web.desk.digests import find_run, no_such_run, show_run
from pressroom.web.desk.hindrances import why_none_leaves, why_none_may_leave
from pressroom.web.desk.owed import owed_by_now
from pressroom.web.desk.wording import name_of, ticked
from pressroom.web.forms import Fields, first
from pressroom.web.pages import PRIVATE

MOST_LETTERS_OF_AN_ADDRESS = 254
REFUSALS = (RefusedError, InvalidFieldError, NothingToShowError, SettingsError)
"""What is wrong with what was asked for, or with the site; of a catalogue in trouble the frame of all pages tells."""

Finding = tuple[str, str, bool]


def _ask_to_send(
    request: Request,
    store: Store,
    session: Session,
    *,
    status: int = 200,
    chosen: Sequence[Frequency] | None = None,
    findings: Sequence[Finding] = (),
    despite: Sequence[str] = (),
    fault: str = "",
) -> Response:
    state = request.app.state
    if chosen is None:
        chosen = ticked(request.query_params.getlist("frequency"))
    owed = owed_by_now(request, store)
    return desk_page(
        request,
        "send.html",
        session,
        status=status,
        frequencies=[(one, owed and owed.readers[one], one in chosen) for one in Frequency],
        is_counted=owed is not None,
        counted_at=f"/desk/digests/send?{urlencode({'count': 'yes', 'frequency': list(chosen)}, doseq=True)}",
        held=why_none_leaves(store, state.tools, state.pulse, state.clock()),
        findings=findings,
        warnings=sorted({name for name, _, is_warning in findings if is_warning}),
        despite=despite,
        fault=fault,
    )


def _send(request: Request, store: Store, session: Session, fields: Fields) -> Response:
    state, chosen, despite = request.app.state, ticked([*fields.get("frequency", ())]), [*fields.get("despite", ())]
    if not chosen:
        return _ask_to_send(request, store, session, status=400, chosen=(), fault="Choose at least one digest.")
    try:
        run = digests.open_now(store, state.tools, state.clock(), session.user.name, chosen, despite=despite)
    except LintError as error:
        facts: dict[str, Any] = {"chosen": chosen, "findings": error.findings, "despite": despite}
        return _ask_to_send(request, store, session, status=409, **facts)
    except REFUSALS as error:
        return _ask_to_send(request, store, session, status=409, chosen=chosen, fault=str(error))
    return _to(run)


def _ask_for_a_test(request: Request, store: Store, session: Session, **facts: Any) -> Response:
    tools: Tools = request.app.state.tools
    return desk_page(
        request,
        "test.html",
        session,
        frequencies=list(Frequency),
        refusal=why_none_may_leave(store, tools),
        **{
            "status": 200,
            "to": "",
            "chosen": "",
            "fault": "",
            "address_fault": "",
            "done": "",
            "findings": (),
            **facts,
        },
    )


def _send_a_test(request: Request, store: Store, session: Session, fields: Fields) -> Response:
    state, to, name = request.app.state, first(fields, "to").strip(), first(fields, "frequency")
    typed = {"to": to[:MOST_LETTERS_OF_AN_ADDRESS], "chosen": name}
    frequency = Frequency(name) if name in list(Frequency) else None
    try:
        message, answer = digests.send_a_test(
            store, state.tools, state.clock(), session.user.name, to, frequency=frequency
        )
    except InvalidFieldError as error:
        fault = f"The address {error.problem}; {error.remedy}."
        return _ask_for_a_test(request, store, session, status=400, address_fault=fault, **typed)
    except LintError as error:
        return _ask_for_a_test(request, store, session, status=409, findings=error.findings, **typed)
    except REFUSALS as error:
        return _ask_for_a_test(request, store, session, status=409, fault=str(error), **typed)
    if answer.verdict is not Verdict.TAKEN:
        fault = f"The mail server did not take it: {answer.reply}"
        return _ask_for_a_test(request, store, session, status=502, fault=fault, **typed)
    done = f"“{dict(message.headers)['Subject']}” is on its way to {message.recipient}."
    return _ask_for_a_test(request, store, session, done=done, **typed)


def _change(do: Callable[..., DigestRun]) -> Callable[..., Response]:
    """Return what does something with the run that an address names, and then shows how it stands."""

    def changed(request: Request, store: Store, session: Session, _: Fields) -> Response:
        state, run = request.app.state, find_run(request, store)
        if run is None:
            return no_such_run(request, session)
        try:
            return _to(do(store, state.tools, run.pk, state.clock(), session.user.name))
        except (WrongStateError, *REFUSALS) as error:
            return show_run(request, store, session, status=409, fault=_in_words(error))

    return changed


def _in_words(error: PublisherError) -> str:
    if isinstance(error, WrongStateError):
        return f"Nothing was changed: the run is {error.state} already."
    return str(error)


def _ask_to_cancel(request: Request, store: Store, session: Session) -> Response:
    run = find_run(request, store)
    if run is None:
        return no_such_run(request, session)
    if run.state not in (RunState.OPEN, RunState.PAUSED):
        return _to(run)
    return desk_page(request, "cancel.html", session, run=run, name=name_of(run))


def _to(run: DigestRun) -> Response:
    return RedirectResponse(f"/desk/digests/{run.pk}", 303, headers=PRIVATE)


BY_HAND = [
    shown("/desk/digests/send", _ask_to_send, least=Role.PUBLISHER),
    acted("/desk/digests/send", _send, least=Role.PUBLISHER),
    shown("/desk/digests/test", _ask_for_a_test, least=Role.PUBLISHER),
    acted("/desk/digests/test", _send_a_test, least=Role.PUBLISHER, threads="tests"),
]
OF_A_RUN = [
    acted("/desk/digests/{run}/pause", _change(digests.pause), least=Role.PUBLISHER),
    acted("/desk/digests/{run}/resume", _change(digests.resume), least=Role.PUBLISHER),
    shown("/desk/digests/{run}/cancel", _ask_to_cancel, least=Role.PUBLISHER),
    acted("/desk/digests/{run}/cancel", _change(digests.cancel), least=Role.PUBLISHER),
]
