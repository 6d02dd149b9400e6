"""The service: pages, feeds, schedule and sending of one site in one process, and reading again what it works by."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from threading import Event, Lock

from starlette.applications import Starlette

from pressroom import supervisor
from pressroom.errors import PublisherError, SettingsError, UnarmedError
from pressroom.models.logged import without_secrets
from pressroom.operations.doctor.diagnosis import Verdict
from pressroom.operations.doctor.templates import look_at_templates
from pressroom.publishing.delivering import check_mail_may_leave
from pressroom.returns import ReturnsDoor
from pressroom.schedule import Schedule
from pressroom.settings import Settings
from pressroom.tools import Tools
from pressroom.web.app import make_app

NEEDS_A_START = (
    ("web", "host"),
    ("web", "port"),
    ("bounces", "listen"),
    ("bounces", "protocol"),
    ("log", "format"),
    ("log", "level"),
)
"""Section and key of the settings by which sockets were opened and the log was begun."""

log = logging.getLogger("pressroom.service")


class Service:
    """What `serve` runs. `clock` gives the moment that it is, to the microsecond.

    `passive` writes feeds and sends nothing. Raises SettingsError, and LockError where no service could ever work.
    """

    def __init__(
        self, site: Path, clock: Callable[[], datetime], *, fixed_clock: bool = False, passive: bool = False
    ) -> None:
        self._site, self._clock, self._fixed_clock, self._passive = site, clock, fixed_clock, passive
        self._reading = Lock()
        self._returns: ReturnsDoor | None = None
        self.tools, self._outdated = self._read()
        self.schedule = Schedule(self.tools, clock, passive=passive)
        self.app = make_app(self.tools, self.now, self._lifespan, pulse=self.schedule.pulse)

    def now(self) -> datetime:
        """The moment to take for now: all that is kept is in whole seconds."""
        return self._clock().replace(microsecond=0)

    def takes_what_comes_back_by(self, returns: ReturnsDoor) -> None:
        """Have mail that comes back taken by the settings of the time."""
        self._returns = returns

    def begin_to_stop(self) -> None:
        """Hand over nothing more; what is on its way is waited for."""
        supervisor.tell("STOPPING=1")
        self.schedule.begin_to_stop()
        self.app.end_streams()

    def read_again(self) -> None:
        """Work by settings and templates as they are now; where one cannot be used, all stay as they were.

        A digest that is being sent goes on by the new ones, and a page that is being made ends by the old.
        """
        with self._reading:
            supervisor.tell("RELOADING=1", supervisor.moment())
            try:
                self._take_up(*self._read())
            except PublisherError as error:
                for problem in error.problems if isinstance(error, SettingsError) else (str(error),):
                    log.error("%s", without_secrets(problem))
                log.error("Settings and templates stay as they were; mend that, and send SIGHUP again.")
            supervisor.tell("READY=1")

    def _read(self) -> tuple[Tools, Event]:
        """Return the tools of the site as they are now, and what tells them that others have taken their place."""
        outdated = Event()
        tools = Tools.of(
            self._site,
            fixed_clock=self._fixed_clock,
            should_stop=lambda: self.schedule.should_stop(),
            is_outdated=outdated.is_set,
            is_service=True,
        )
        return tools, outdated

    def _take_up(self, tools: Tools, outdated: Event) -> None:
        """Put these tools in the place of those before. Raises what is wrong with them, and has changed nothing."""
        if problems := [*self._problems(tools)]:
            raise SettingsError(*problems)
        app = make_app(tools, self.now, pulse=self.schedule.pulse)
        before, self.tools = self.tools, tools
        self.app.become(app)
        self.schedule.use(tools)
        if self._returns:
            self._returns.use(tools)
        self._outdated.set()
        self._outdated = outdated
        log.info("Settings and templates were read again.")
        for section, key in _changed(before.settings, tools.settings):
            log.warning("[%s] %s was changed, which takes effect with the next start.", section, key)

    def _problems(self, tools: Tools) -> Iterator[str]:
        if not self._passive:
            with tools.open_store() as store, suppress(UnarmedError):
                check_mail_may_leave(store, tools)
        for one in look_at_templates(tools, self.now()):
            if one.verdict is Verdict.PROBLEM:
                yield one.sentence

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        self.schedule.start()
        supervisor.tell("READY=1")
        yield
        await asyncio.to_thread(self.schedule.stop)


def _changed(before: Settings, after: Settings) -> list[tuple[str, str]]:
    """Return section and key of what was changed, of those that only a start can take up."""

    def value(settings: Settings, section: str, key: str) -> object:
        return getattr(getattr(settings, section), key)

    return [place for place in NEEDS_A_START if value(before, *place) != value(after, *place)]
