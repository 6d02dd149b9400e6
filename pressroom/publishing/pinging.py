"""Telling hubs which feeds have changed: what waits is sent, and each answer is marked as it comes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic

from pressroom.locks import locked_if_free
from pressroom.models.pings import GIVEN_UP_AFTER, FailingHub, Ping, host_of, next_try
from pressroom.storage import Store
from pressroom.tools import Tools
from pressroom.websub import TIMEOUT, Answer, Hub, Verdict

SECONDS = 20.0
"""How long a round lasts at most; what is not sent by then waits for the next."""


@dataclass(slots=True)
class PingReport:
    """What a round did: how many topics were told, to how many hubs, and how many wait, to be tried at `next_try`.

    `failing` are the hubs for which they wait, `failed` those that failed just now; `given_up` says, a sentence each,
    what is told no more.
    """

    told: int = 0
    hubs: int = 0
    waiting: int = 0
    next_try: datetime | None = None
    failing: list[FailingHub] = field(default_factory=list)
    failed: set[str] = field(default_factory=set)
    given_up: list[str] = field(default_factory=list)


def ping_hubs(store: Store, tools: Tools, now: datetime, seconds: float = SECONDS) -> PingReport:
    """Tell each hub what is due. One process of a site does this at a time, and the others leave it to that one.

    Killed between an answer and its mark it tells the same again, which does no harm (R10). A hub that fails is left
    alone for the rest of the round. A copy tells nothing (R11).
    """
    report = PingReport()
    if not tools.is_armed(store):
        report.waiting = store.pings.count()
        return report
    hubs = tools.settings.feeds.hubs
    store.pings.keep_only(hubs, tools.links.site)
    if store.pings.next_try(now) == now:
        with locked_if_free(tools.data / "pings.lock") as is_ours:
            for hub in hubs if is_ours else ():
                _Round(store, now, report).tell(hub, seconds / len(hubs), tools.should_stop)
    report.waiting, report.failing = store.pings.count(), store.pings.failing()
    report.next_try = store.pings.next_try(now)
    return report


class _Round:
    """What one hub is told now."""

    def __init__(self, store: Store, now: datetime, report: PingReport) -> None:
        self._pings, self._now, self._report = store.pings, now, report
        self._was_refused = False

    def tell(self, hub: str, seconds: float, should_stop: Callable[[], bool]) -> None:
        """Send what is due until it is done, the hub fails, the time is over or somebody stops us."""
        patience = min(TIMEOUT, seconds / 2)
        last = monotonic() + seconds - patience
        line, told = Hub(hub), self._report.told
        for ping in self._pings.due(hub, self._now):
            if should_stop() or monotonic() > last or not self._goes_on(ping, line.ping(ping.topic, patience)):
                break
        line.close()
        self._report.hubs += self._report.told > told

    def _goes_on(self, ping: Ping, answer: Answer) -> bool:
        """Mark what the hub has answered; return whether it may be told more."""
        was_refused, self._was_refused = self._was_refused, answer.verdict is Verdict.REFUSED
        if answer.verdict is Verdict.TOLD:
            self._pings.mark_told(ping)
            self._report.told += 1
            return True
        self._report.failed.add(ping.hub)
        match answer.verdict:
            case Verdict.REFUSED if not was_refused:
                self._put_off(ping, answer)
                return True
            case Verdict.GONE:
                self._give_up(ping.hub, answer.words)
            case _:  # away; or it refuses one after the other, which is not about them
                self._leave_alone(ping.hub, answer)
        return False

    def _put_off(self, ping: Ping, answer: Answer) -> None:
        """Have what was refused tried again later; it keeps back nothing else."""
        if at := next_try(ping.failing, self._now, answer.wait):
            self._pings.mark_refused(ping, answer.words, self._now, at)
        else:
            self._pings.drop(ping)
            self._report.given_up.append(
                f"{host_of(ping.hub)} {answer.words} to {ping.topic}: it is told that no more."
            )

    def _leave_alone(self, hub: str, answer: Answer) -> None:
        if at := next_try(self._pings.failing_hub(hub), self._now, answer.wait):
            self._pings.mark_away(hub, answer.words, self._now, at)
        else:
            self._give_up(hub, f"{answer.words} for {GIVEN_UP_AFTER.days} days")

    def _give_up(self, hub: str, why: str) -> None:
        self._pings.drop_hub(hub)
        self._report.given_up.append(
            f"{host_of(hub)} {why}: what waited for it is given up; look there, or take it out of [feeds] hubs."
        )
