"""What staff do with digests, at the desk or by command; each act stands in the audit log with who did it.

No address stands there: the log is never deleted from, and whoever asks for it is forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from pressroom.delivery.queue import Answer
from pressroom.digest.lint import NAMES as LINT
from pressroom.models.people import Frequency, domain_of
from pressroom.models.runs import DigestRun, Message
from pressroom.models.staff import Act
from pressroom.publishing.digests import pause_run, resume_run
from pressroom.publishing.journey import PublishReport, cancel_run, open_digest, send_digest
from pressroom.publishing.previewing import send_test
from pressroom.staff.log import record
from pressroom.storage import Store
from pressroom.tools import Tools


def open_now(
    store: Store,
    tools: Tools,
    now: datetime,
    who: str,
    frequencies: Collection[Frequency],
    *,
    despite: Collection[str] = (),
) -> DigestRun:
    """Open a run by hand, for the service to deliver. Raises LintError for messages that must not leave."""
    noted = _opened(store, tools, now, who, despite)
    return open_digest(store, tools, now, frequencies, despite=despite, noted=noted)[0]


def send_now(
    store: Store,
    tools: Tools,
    now: datetime,
    who: str,
    frequencies: Collection[Frequency],
    *,
    despite: Collection[str] = (),
) -> PublishReport:
    """Open a run by hand and deliver it. Raises LintError for messages that must not leave."""
    noted = _opened(store, tools, now, who, despite)
    return send_digest(store, tools, now, frequencies, despite=despite, noted=noted)


def send_a_test(
    store: Store,
    tools: Tools,
    now: datetime,
    who: str,
    to: str,
    *,
    address: str = "",
    frequency: Frequency | None = None,
    language: str = "",
) -> tuple[Message, Answer]:
    """Hand one digest over to `to`, as a test, and return it with what the server answered."""
    sent = send_test(store, tools, now, to, address=address, frequency=frequency, language=language)
    message, answer = sent
    after = {"to": f"somebody at {domain_of(message.recipient)}", "answer": answer.verdict}
    with store.atomic():
        record(store, tools, now, who, Act.SEND_TEST, dict(message.headers)["Subject"], after=after)
    return sent


def pause(store: Store, tools: Tools, number: int, now: datetime, who: str) -> DigestRun:
    """Let nothing more of a run leave. Raises RunNotFoundError and WrongStateError."""
    return _changed(store, tools, number, now, who, Act.PAUSE_RUN, lambda: pause_run(store, number))


def resume(store: Store, tools: Tools, number: int, now: datetime, who: str) -> DigestRun:
    """Let a paused run go on. Raises RunNotFoundError and WrongStateError."""
    return _changed(store, tools, number, now, who, Act.RESUME_RUN, lambda: resume_run(store, number, now))


def cancel(store: Store, tools: Tools, number: int, now: datetime, who: str) -> DigestRun:
    """Cancel what waits in a run; it is owed again. Raises RunNotFoundError and WrongStateError."""
    before = store.runs.get(number)

    def noted(run: DigestRun) -> None:
        after = {"state": run.state, "cancelled": run.counts.cancelled, "waiting": run.counts.waiting}
        _record(store, tools, now, who, Act.CANCEL_RUN, before, after)

    return cancel_run(store, tools, number, now, noted=noted)


def _opened(
    store: Store, tools: Tools, now: datetime, who: str, despite: Collection[str]
) -> Callable[[DigestRun], None]:
    def noted(run: DigestRun) -> None:
        after: dict[str, object] = {"frequencies": ", ".join(run.frequencies), "enlisted": run.counts.enlisted}
        overruled = [name for name in LINT if name in despite]
        after |= {"despite": ", ".join(overruled)} if overruled else {}
        record(store, tools, now, who, Act.SEND_DIGEST, _name(run), after=after)

    return noted


def _changed(
    store: Store, tools: Tools, number: int, now: datetime, who: str, act: Act, change: Callable[[], DigestRun]
) -> DigestRun:
    with store.atomic(durable=True):
        before = store.runs.get(number)
        run = change()
        _record(store, tools, now, who, act, before, {"state": run.state})
        return run


def _record(
    store: Store, tools: Tools, now: datetime, who: str, act: Act, run: DigestRun, after: dict[str, object]
) -> None:
    before = {"state": run.state, "waiting": run.counts.waiting}
    record(store, tools, now, who, act, _name(run), before=before, after=after)


def _name(run: DigestRun) -> str:
    return f"run {run.pk}"
