"""The service's heart: wakes when something is due or the catalogue has changed, and lets one process do the work.

APScheduler only wakes us; the catalogue says what is due, so that a missed or doubled wake does no harm.
"""

from __future__ import annotations

import logging
import os
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from pressroom.caches import let_go
from pressroom.errors import LockError, PublisherError
from pressroom.locks import is_in_place, try_lock
from pressroom.memory import give_back
from pressroom.models.logged import without_secrets
from pressroom.operations.pulse import Pulse
from pressroom.publishing.events import log_pings, log_publish
from pressroom.publishing.journey import publish_due
from pressroom.publishing.outlook import next_look
from pressroom.publishing.pinging import ping_hubs
from pressroom.storage.watch import CatalogueWatch
from pressroom.tools import Tools

WATCH_SECONDS = 0.5
AFTER_TROUBLE = timedelta(seconds=30)
A_JUMP = 2.0
"""Seconds by which a clock is put right little by little; by more it was set, or the machine has slept."""
AT_MOST_EVERY = timedelta(seconds=1)
AT_LEAST_EVERY = timedelta(minutes=10)
STOP_SECONDS = 1.0

log = logging.getLogger("pressroom.schedule")


class Schedule:
    """Publishes what is due for as long as it runs. Of several on one site, the one with the lock works.

    `clock` gives the moment that it is, to the microsecond. `passive` writes feeds and sends nothing. Raises LockError
    where no service could ever take the lock.
    """

    def __init__(self, tools: Tools, clock: Callable[[], datetime], *, passive: bool = False) -> None:
        self._tools, self._clock, self._passive = tools, clock, passive
        self._stopping = threading.Event()
        self._lock = try_lock(self._lock_file)
        # One worker thread: looks never overlap, and the catalogue's connection stays in its thread. Of the looks of
        # one kind a second may wait behind the first: it sees what has changed since that one began.
        self._scheduler = BackgroundScheduler(
            timezone="UTC",
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 2, "misfire_grace_time": None},
        )
        self._told: frozenset[str] = frozenset()
        self.pulse = Pulse(is_passive=passive)
        self._pinging = Pinging(tools, clock, self._stopping)
        self._watch = threading.Thread(target=self._lead_and_watch, name="catalogue-watch", daemon=True)

    @property
    def _lock_file(self) -> Path:
        return self._tools.data / "schedule.lock"

    def start(self) -> None:
        if self._lock is None:
            log.info("Another service leads; this one answers pages until that ends.")
        self._scheduler.start()
        self._pinging.start()
        self._watch.start()

    def use(self, tools: Tools) -> None:
        """Work by these tools from the next look on, which comes at once. Any thread may say so."""
        self._tools = tools
        self._pinging.use(tools)
        if self._lock is not None:
            self._wake("there are new settings")

    def begin_to_stop(self) -> None:
        """Begin nothing more, and hand over no further message."""
        self._stopping.set()

    def stop(self) -> None:
        """Stop after the message that is being handed over; what waits is for the next start."""
        self.begin_to_stop()
        self._watch.join()
        # A wake that APScheduler is about to begin would find its jobs gone, and its thread end with an error: begin no
        # more, and wait for the lock that it holds meanwhile.
        self._scheduler.pause()
        self._scheduler.get_jobs()
        self._scheduler.shutdown(wait=True)
        self._pinging.end()
        if self._lock is not None:
            os.close(self._lock)

    @property
    def is_stopping(self) -> bool:
        return self._stopping.is_set()

    def should_stop(self) -> bool:
        """Whether the work is to end. It is asked between two steps, so that who asks goes on."""
        self.pulse.go_on()
        return self.is_stopping

    def _lead_and_watch(self) -> None:
        while not self._stopping.is_set():
            with _outlived():
                while not self._stopping.is_set():
                    self._wait_for_the_lead()
                    self._watch_catalogue()  # until another leads
            self._stopping.wait(AFTER_TROUBLE.total_seconds())

    def _wait_for_the_lead(self) -> None:
        said = ""
        while self._lock is None and not self._stopping.wait(WATCH_SECONDS):
            self.pulse.watch()
            try:
                self._lock = try_lock(self._lock_file)
            except LockError as error:  # the folder is away for a moment perhaps
                if str(error) != said:
                    said = str(error)
                    log.error("%s", without_secrets(said))
        if self._lock is not None and not self.pulse.leads:
            self.pulse.leads = True
            log.info("This service leads.")

    def _still_leads(self) -> bool:
        """Whether the lock still keeps others out. Where its file was deleted, who is first takes the new one.

        A look that goes on ends as it began: what it sends is claimed, so that nobody else sends it.
        """
        if self._lock is None or is_in_place(self._lock, self._lock_file):
            return self._lock is not None
        try:
            lost, self._lock = self._lock, try_lock(self._lock_file)
        except LockError:  # nobody else can take it either; `health` tells
            return True
        os.close(lost)
        if self._lock is not None:
            log.warning("%s was deleted; a new one is held instead. Leave it there.", self._lock_file)
            return True
        self.pulse.follow()
        log.warning("%s was deleted, and another service leads now; this one answers pages.", self._lock_file)
        return False

    def _watch_catalogue(self) -> None:
        """Wake the schedule when any program has changed the catalogue or its file, or a stop was written beside it.

        Also when somebody has deleted the folder of feeds, or set the clock. It ends where another service leads.
        """
        watch, seen, ahead = CatalogueWatch(self._tools.catalogue), None, self._ahead()
        while not self._stopping.is_set() and self._still_leads():
            self.pulse.watch()
            found = watch.state(), self._tools.stops.changed_at, self._tools.output.place
            if abs(self._ahead() - ahead) > A_JUMP:  # the scheduler sleeps until a moment of the clock as it was
                seen, ahead = None, self._ahead()
            if found != seen:
                seen = found
                self.pulse.notice()
                self._wake("the catalogue has changed")
            self._stopping.wait(WATCH_SECONDS)
        watch.close()

    def _wake(self, why: str) -> None:
        """Look now, and tell hubs what waits for them."""
        self._wake_at(self._clock(), why)
        self._tell_hubs()

    def _tell_hubs(self) -> None:
        if not self._passive:
            self._pinging.wake()

    def _ahead(self) -> float:
        """Return how far the clock is ahead of one that nobody sets, in seconds."""
        return self._clock().timestamp() - monotonic()

    def _wake_at(self, moment: datetime, why: str) -> None:
        """Look at that moment; one set earlier for the same reason is forgotten."""
        # The scheduler keeps the machine's time, which differs from ours when a clock was given.
        ahead = max(moment - self._clock(), timedelta())
        if not self._stopping.is_set() and self._lock is not None:
            self.pulse.want(min(ahead, AT_LEAST_EVERY).total_seconds())
            when = datetime.now(moment.tzinfo) + min(ahead, AT_LEAST_EVERY)
            self._scheduler.add_job(self._look, "date", run_date=when, id=why, replace_existing=True)

    def _look(self) -> None:
        """Do what is due and sleep until the next moment at which something is."""
        if self.is_stopping or self._lock is None:
            return
        now, tools = self._clock().replace(microsecond=0), self._tools
        following, is_well = now + AFTER_TROUBLE, False
        self.pulse.begin()
        with _outlived(), tools.open_store() as store:
            report = publish_due(store, tools, now, feeds_only=self._passive, feeds_written=self._tell_hubs)
            self._told = log_publish(report, store.deliveries.why_closed(), self._told)
            is_quiet = self._passive or report.is_only_unarmed  # a copy stays one until it is armed, which wakes us
            has_trouble = bool(report.trouble) and not report.is_only_unarmed
            coming = next_look(store, tools, now, feeds_only=is_quiet, has_trouble=has_trouble)
            following = max(min(coming, following) if has_trouble else coming, now + AT_MOST_EVERY)
            is_well = not has_trouble
        let_go()
        give_back()
        self.pulse.end(is_well=is_well)
        self._wake_at(following, "something is due")


class Pinging:
    """Tells hubs which feeds have changed, in a thread of its own: no feed, no mail and no stop waits for a hub.

    Feeds may be written while a look delivers for hours, so that it is woken by what changes in the catalogue. Once
    `stopping` is set it begins no ping.
    """

    def __init__(self, tools: Tools, clock: Callable[[], datetime], stopping: threading.Event) -> None:
        self._clock = clock
        self._woken, self._stopping = threading.Event(), stopping
        self.use(tools)
        # It may wait for a hub when all else has ended. Then it ends with the process, and the ping is sent again.
        self._thread = threading.Thread(target=self._work, name="pings", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def use(self, tools: Tools) -> None:
        """Tell by these tools from the next round on."""
        self._tools, self._has_nobody_to_tell = replace(tools, should_stop=self._stopping.is_set), False

    def wake(self) -> None:
        self._woken.set()

    def end(self) -> None:
        """Wait a moment for the ping that is on its way."""
        self._woken.set()
        self._thread.join(STOP_SECONDS)

    def _work(self) -> None:
        wait: float | None = None
        while True:
            self._woken.wait(wait)
            self._woken.clear()
            if self._stopping.is_set():
                return
            wait, tools = AFTER_TROUBLE.total_seconds(), self._tools
            with _outlived():
                wait = None if self._has_nobody_to_tell else self._round(tools)
                # What waited for hubs that were set once is forgotten now.
                self._has_nobody_to_tell = tools is self._tools and not tools.settings.feeds.hubs

    def _round(self, tools: Tools) -> float | None:
        """Tell what is due; return for how many seconds there is nothing, None where nothing waits at all."""
        now = self._clock().replace(microsecond=0)
        with tools.open_store() as store:
            report = ping_hubs(store, tools, now)
        log_pings(report)
        if report.next_try is None:
            return None
        return min(max(report.next_try - now, AT_MOST_EVERY), AT_LEAST_EVERY).total_seconds()


@contextmanager
def _outlived() -> Iterator[None]:
    """Let the service outlive a bad moment: say what happened, so that it is tried again."""
    try:
        yield
    except PublisherError as error:
        log.error("%s Next try in %d seconds.", without_secrets(str(error)), AFTER_TROUBLE.seconds)
    except Exception as error:  # noqa: BLE001 (whatever it was: a service that has ended sends nothing)
        said = without_secrets("".join(traceback.format_exception(error))).rstrip()
        log.error("That was unexpected. Next try in %d seconds.\n%s", AFTER_TROUBLE.seconds, said)
