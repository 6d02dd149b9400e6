"""What the schedule of a service tells of its own work, for those who ask whether it goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic

WATCH_LATE = 120.0
"""Seconds after which the watch must have looked once more; after trouble it waits for half a minute."""
LOOK_LATE = 120.0
"""Seconds within which a look begins that was asked for, if no other is going on."""
STANDS_STILL = 3_600.0
"""Seconds after which a look hangs that gave no sign. The longest wait for one answer of a mail server is ten minutes;
to freeze a run for a million readers, or to write all feeds anew, takes some more."""


@dataclass(slots=True)
class Pulse:
    """The work of one `Schedule`, as it goes. Any thread may read it and call it.

    Moments are those of `clock`, in seconds: no one sets it, and it stands while the machine sleeps.
    """

    clock: Callable[[], float] = monotonic
    leads: bool = False
    is_passive: bool = False
    """Whether it writes feeds and sends nothing."""
    looks: int = 0
    looks_with_trouble: int = 0
    change_lag: float | None = None
    """Seconds from when a change of the catalogue was noticed last until all that follows from it was done."""
    _watched: float | None = field(default=None, init=False)
    _wanted: float | None = field(default=None, init=False)
    _begun: float | None = field(default=None, init=False)
    _sign: float = field(default=0, init=False)
    _noticed: float | None = field(default=None, init=False)
    _changed: float | None = field(default=None, init=False)
    _lock: Lock = field(default_factory=Lock, init=False)

    def watch(self) -> None:
        """Note that the watch looks at the catalogue, or waits for the lead."""
        self._watched = self.clock()

    def notice(self) -> None:
        """Note that the catalogue has changed."""
        with self._lock:
            self._noticed = self.clock() if self._noticed is None else self._noticed

    def follow(self) -> None:
        """Note that another process leads now, and that nothing is to be looked at here."""
        with self._lock:
            self.leads, self._wanted, self._noticed = False, None, None

    def want(self, ahead: float) -> None:
        """Note that a look shall begin in `ahead` seconds."""
        with self._lock:
            moment = self.clock() + ahead
            self._wanted = moment if self._wanted is None else min(self._wanted, moment)

    def begin(self) -> None:
        """Note that a look begins: it sees to all that was noticed so far."""
        with self._lock:
            self._begun = self._sign = self.clock()
            self._changed, self._noticed, self._wanted = self._noticed, None, None

    def go_on(self) -> None:
        """Note that the present look goes on."""
        self._sign = self.clock()

    def end(self, *, is_well: bool) -> None:
        with self._lock:
            self._begun = None
            self.looks += 1
            self.looks_with_trouble += not is_well
            if self._changed is not None:
                self.change_lag = self.clock() - self._changed

    @property
    def watch_lag(self) -> float | None:
        """Seconds since the watch has looked; None before it has for the first time."""
        return None if self._watched is None else self.clock() - self._watched

    @property
    def looking(self) -> float:
        """Seconds for which the present look has gone on; 0 between looks."""
        with self._lock:
            return 0 if self._begun is None else self.clock() - self._begun

    def faults(self) -> list[str]:
        """Return what is wrong with the service itself, a sentence each: only what a restart mends."""
        return [sentence for sentence in (self._late_watch(), self._late_look(), self._hanging_look()) if sentence]

    def _late_watch(self) -> str:
        lag = self.watch_lag
        if lag is None or lag <= WATCH_LATE:
            return ""
        return f"The watch of the catalogue has not looked for {lag:,.0f} seconds; start the service anew."

    def _late_look(self) -> str:
        with self._lock:
            late = 0 if self._wanted is None or self._begun is not None else self.clock() - self._wanted
        if late <= LOOK_LATE:
            return ""
        return f"A look at what is due should have begun {late:,.0f} seconds ago; start the service anew."

    def _hanging_look(self) -> str:
        with self._lock:
            still = 0 if self._begun is None else self.clock() - self._sign
        if still <= STANDS_STILL:
            return ""
        return f"What is due has stood still for {still:,.0f} seconds; start the service anew."
