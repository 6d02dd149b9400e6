"""Why no mail leaves, where none may or none can: a sentence for each reason."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from pressroom.errors import PublisherError
from pressroom.locks import is_locked
from pressroom.membership.bounces import why_halted
from pressroom.models.dates import in_zone
from pressroom.models.logged import without_secrets
from pressroom.models.runs import DigestRun, RunState
from pressroom.operations.pulse import Pulse
from pressroom.publishing.delivering import check_mail_may_leave
from pressroom.publishing.digests import due_times
from pressroom.storage import Store
from pressroom.storage.pace import KeptPace
from pressroom.tools import Tools
from pressroom.web.desk.wording import local

A_MOMENT = timedelta(minutes=1)
"""What became due just now is perhaps being opened."""


def why_none_may_leave(store: Store, tools: Tools) -> str:
    """Return why mail must not leave this site at all; "" where it may."""
    try:
        check_mail_may_leave(store, tools)
    except PublisherError as error:
        return str(error)
    return ""


def why_none_leaves(store: Store, tools: Tools, pulse: Pulse, now: datetime) -> list[str]:
    """Return what keeps all mail back: it must not leave, nobody sends, or the mail server takes nothing."""
    return [
        sentence
        for sentence in (why_none_may_leave(store, tools), _nobody_sends(tools, pulse), _closed(store, tools, now))
        if sentence
    ]


def what_is_late(store: Store, tools: Tools, now: datetime) -> Iterator[str]:
    """Yield which digests were due and have not begun."""
    zone = tools.settings.site.zone
    for frequency, moments in due_times(store, tools, now).items():
        if now - moments[-1] > A_MOMENT:
            yield (
                f"The {frequency} digest was due {local(moments[-1], now, zone)} and has not begun; its rehearsal says "
                "what would stop it."
            )


def what_is_held(store: Store, tools: Tools, runs: list[DigestRun], now: datetime) -> Iterator[str]:
    """Yield which of `runs` are halted, and which domains have asked us to slow down."""
    zone = tools.settings.site.zone
    for run in runs:
        if run.state is RunState.PAUSED and (halted := why_halted(store, run.pk)):
            yield without_secrets(str(halted))
    for domain, until in KeptPace(store, tools.settings.mail.pace, zone).halted(now).items():
        yield f"Nothing goes to {domain} until {in_zone(until, zone):%H:%M}: its server has asked us to slow down."


def is_led(tools: Tools, pulse: Pulse) -> bool:
    """Whether a service looks after the site: this one, or another on the same catalogue."""
    try:
        return pulse.leads or is_locked(tools.data / "schedule.lock")
    except PublisherError:
        return True


def _nobody_sends(tools: Tools, pulse: Pulse) -> str:
    if pulse.leads:
        return "This service writes feeds and sends nothing (“serve --passive”)." if pulse.is_passive else ""
    if is_led(tools, pulse):
        return ""
    return "No service sends at present: start “publisher serve”, or run “publisher deliver”."


def _closed(store: Store, tools: Tools, now: datetime) -> str:
    until = store.deliveries.closed_until()
    if not until or until <= now:
        return ""
    again, why = in_zone(until, tools.settings.site.zone), without_secrets(store.deliveries.why_closed()).rstrip(".")
    return f"The mail server takes nothing at present: {why}. Next try {again:%H:%M}."
