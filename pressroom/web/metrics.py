"""What Prometheus is told of a site: numbers read from the catalogue when they are asked for, and those of the service.

No label holds anything about a person or a release. Names keep to https://prometheus.io/docs/practices/naming/.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime

from prometheus_client import GC_COLLECTOR, PLATFORM_COLLECTOR, PROCESS_COLLECTOR, CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from pressroom import __version__
from pressroom.errors import PublisherError
from pressroom.models.bounces import BounceClass
from pressroom.models.due import SCHEDULED
from pressroom.models.people import SubscriberState
from pressroom.models.release import State
from pressroom.models.runs import DeliveryState, RunState
from pressroom.operations.health import seen_by_reading
from pressroom.operations.pulse import Pulse
from pressroom.publishing.digests import unfilled
from pressroom.publishing.overdue import overdue
from pressroom.storage import Store
from pressroom.storage.shelves import FOLLOWER
from pressroom.tools import Tools

PATIENCE = 0.2
"""Seconds for which a program is waited for that has the whole catalogue to itself."""


def registry_of(tools: Tools, clock: Callable[[], datetime], pulse: Pulse) -> CollectorRegistry:
    """Return what tells all numbers of a site and of this process."""
    registry = CollectorRegistry()
    for collector in (SiteCollector(tools, clock, pulse), PROCESS_COLLECTOR, PLATFORM_COLLECTOR, GC_COLLECTOR):
        registry.register(collector)
    return registry


class SiteCollector(Collector):
    """Reads the catalogue in one short transaction, which waits for no writer and keeps none waiting."""

    def __init__(self, tools: Tools, clock: Callable[[], datetime], pulse: Pulse) -> None:
        self._tools, self._clock, self._pulse = tools, clock, pulse

    def collect(self) -> Iterator[Metric]:
        yield InfoMetricFamily("pressroom_build", "The version of Pressroom.", {"version": __version__})
        yield from _of_the_service(self._pulse)
        found = self._of_the_catalogue()
        yield _gauge("catalogue_readable", "Whether the catalogue could be read just now.", found is not None)
        yield from found or ()

    def _of_the_catalogue(self) -> list[Metric] | None:
        """Return what the catalogue tells, None where it cannot be read."""
        try:
            with Store.open(self._tools.catalogue, busy_seconds=PATIENCE) as store, store.of_one_moment():
                now = self._clock()
                return [
                    *_of_releases(store, now),
                    *_of_mail(store),
                    *_of_runs(store, self._tools, now),
                    *_of_people(store),
                    _gauge("armed", "Whether mail may leave: the catalogue is no copy.", self._tools.is_armed(store)),
                    _problems(store, self._tools, now),
                ]
        except PublisherError:
            return None


def _of_the_service(pulse: Pulse) -> Iterator[Metric]:
    yield _gauge(
        "leader", "Whether this process publishes and sends; of several services on one site one does.", pulse.leads
    )
    if pulse.watch_lag is not None:
        yield _gauge(
            "watch_lag_seconds", "Time since this process looked whether the catalogue has changed.", pulse.watch_lag
        )
    if pulse.change_lag is not None:
        yield _gauge(
            "change_lag_seconds", "Time from noticing the last change to having done what follows.", pulse.change_lag
        )
    yield _gauge("look_running_seconds", "Time for which the present look at what is due goes on.", pulse.looking)
    yield CounterMetricFamily("pressroom_looks", "Looks at what is due that this process has done.", pulse.looks)
    yield CounterMetricFamily(
        "pressroom_troubled_looks", "Looks that could not do all that was due.", pulse.looks_with_trouble
    )
    yield _gauge("faults", "Things that are wrong with this process and that a restart mends.", len(pulse.faults()))


def _of_releases(store: Store, now: datetime) -> Iterator[Metric]:
    yield _by("releases", "Releases.", "state", State, store.releases.counts())
    yield _gauge("releases_due", "Releases whose time has come and that are not live.", store.releases.count_due(now))
    yield _gauge(
        "releases_not_in_feeds",
        "Releases that were announced or changed since feeds were written last.",
        store.changes.count_public_since(FOLLOWER),
    )
    yield CounterMetricFamily("pressroom_announcements", "Announcements so far.", store.announcements.newest_no)
    yield from _moment("feeds_changed", "When a feed file last changed.", store.feed_files.last_changed_at())
    yield _gauge("pings_waiting", "Topics that hubs are still to be told of.", store.pings.count())
    yield _gauge("hubs_failing", "Hubs that have failed when they were tried last.", len(store.pings.failing()))


def _of_mail(store: Store) -> Iterator[Metric]:
    yield _by(
        "deliveries",
        "Messages of digests, with those deleted since.",
        "state",
        DeliveryState,
        store.deliveries.counts(),
    )
    yield _by("letters", "Single mails that are kept.", "state", DeliveryState, store.letters.counts())
    yield _by(
        "bounces",
        "Reports of mail that came back, and refusals, that are kept.",
        "class",
        BounceClass,
        store.bounces.counts(),
    )


def _of_runs(store: Store, tools: Tools, now: datetime) -> Iterator[Metric]:
    yield _by("runs", "Digest runs.", "state", RunState, store.runs.counts())
    late = {frequency: unfilled(store, tools, frequency, now) for frequency in SCHEDULED}
    yield _by(
        "run_lateness_seconds",
        "Time since a due time that has no run yet.",
        "frequency",
        SCHEDULED,
        {frequency: (now - due).total_seconds() for frequency, due in late.items() if due},
    )
    if begun := store.runs.last_begun():
        due, opened = begun
        yield _gauge(
            "last_run_lateness_seconds", "How late the newest run by schedule began.", (opened - due).total_seconds()
        )
    if closed := store.runs.last_closed():
        opened, ended = closed
        yield _gauge(
            "last_run_duration_seconds",
            "Time from opening to closing of the newest run that is closed.",
            (ended - opened).total_seconds(),
        )
        yield from _moment("last_run_closed", "When that run was closed.", ended)


def _of_people(store: Store) -> Iterator[Metric]:
    yield _by("subscribers", "Subscribers.", "state", SubscriberState, store.subscribers.counts())
    yield _gauge("sign_ups_waiting", "Requests of the form that are not taken up yet.", store.sign_ups.count_waiting())
    yield _gauge("suppressions", "Addresses that must never be mailed.", store.suppressions.count())


def _problems(store: Store, tools: Tools, now: datetime) -> Metric:
    found = [*seen_by_reading(store, tools, now), *overdue(store, tools, now)]
    return _gauge(
        "problems",
        "Things that “publisher health” names, but for what it tries by writing, or finds by looking at every row.",
        len(found),
    )


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(f"pressroom_{name}", words, value=float(value))


def _by(name: str, words: str, label: str, kinds: Iterable[str], numbers: Mapping[str, float]) -> Metric:
    """Return a number for each kind, also where there is none: what is missing raises no alarm."""
    family = GaugeMetricFamily(f"pressroom_{name}", words, labels=[label])
    for kind in kinds:
        family.add_metric([str(kind)], numbers.get(kind, 0))
    return family


def _moment(name: str, words: str, at: datetime | None) -> Iterator[Metric]:
    if at is not None:
        yield _gauge(f"{name}_timestamp_seconds", words, at.timestamp())
