"""The service: pages, feeds, schedule and sending of one site in one process, and reading again what it works by."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from threading import Event, Lock

from starlette.applications import Starlette

from pressroom import supervisor
from pressroom.errors import PublisherError, SettingsError, UnarmedError
from pressroom.models.logged import without_secrets
from pressroom.operations.doctor.diagnosis import Verdict
from pressroom.publishing.delivering import check_mail_may_leave
from pressroom.returns import ReturnsDoor
from pressroom.schedule import Schedule
from pressroom.settings import Settings
from pressroom.settings.loading import SETTINGS_FILE, check_settings, file_values
from pressroom.tools import Tools
from pressroom.web.app import make_app
from pressroom.web.template_trial import look_at_templates_apart

NEEDS_A_START = (
    ("web", "host"),
    ("web", "port"),
    ("bounces", "listen"),
    ("bounces", "protocol"),
    ("log", "format"),
    ("log", "level"),
)
"""Section and key of the settings by which sockets were opened and the log was begun."""
NEVER_LOST = (("site", "url"), ("smtp", "host"))
"""Section and key of the settings without which feeds would lead nowhere, or mail count as sent that reaches nobody."""

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
        self._is_ready = Event()
        self.tools, self._outdated, self._has_file = self._read()
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

        So they do where a settings file is gone or empty, which is how one looks that is being saved. A digest that is
        being sent goes on by the new ones, and a page that is being made ends by the old.
        """
        self._is_ready.wait()
        with self._reading:
            supervisor.tell("RELOADING=1", supervisor.moment())
            try:
                self._take_up(*self._read())
            except PublisherError as error:
                self._keep_on(error.problems if isinstance(error, SettingsError) else [str(error)])
            except Exception as error:  # noqa: BLE001 (whatever it was: the service goes on as it was)
                self._keep_on([f"That was unexpected.\n{''.join(traceback.format_exception(error)).rstrip()}"])
            finally:
                supervisor.tell("READY=1")

    @staticmethod
    def _keep_on(problems: Iterable[str]) -> None:
        for problem in problems:
            log.error("%s", without_secrets(problem))
        log.error("Settings and templates stay as they were; mend that, and send SIGHUP again.")

    def _read(self) -> tuple[Tools, Event, bool]:
        """Return the tools of the site as they are now, what tells them that others have taken their place, and
        whether a file says anything of them.
        """
        outdated, values = Event(), file_values(self._site)
        tools = Tools(
            self._site,
            check_settings(values, str(self._site / SETTINGS_FILE)),
            fixed_clock=self._fixed_clock,
            should_stop=lambda: self.schedule.should_stop(),
            is_outdated=outdated.is_set,
            is_service=True,
        )
        return tools, outdated, bool(values)

    def _take_up(self, tools: Tools, outdated: Event, has_file: bool) -> None:
        """Put these tools in the place of those before. Raises what is wrong with them, and has changed nothing."""
        if problems := [*self._lost(tools.settings, has_file), *self._problems(tools)]:
            raise SettingsError(*problems)
        app = make_app(tools, self.now, pulse=self.schedule.pulse)
        before, self.tools, self._has_file = self.tools, tools, has_file
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
        for one in look_at_templates_apart(tools, self.now()):
            if one.verdict is Verdict.PROBLEM:
                yield one.sentence

    def _lost(self, settings: Settings, has_file: bool) -> Iterator[str]:
        """Yield what was set and is set no more, where that is more often an accident than what somebody wants."""
        place, remedy = self._site / SETTINGS_FILE, "or start anew to go without"
        if self._has_file and not has_file:
            yield f"{place} is {'empty' if place.exists() else 'gone'}; put back what it said, {remedy}."
            return
        for section, key in NEVER_LOST:
            before, after = (key in getattr(one, section).model_fields_set for one in (self.tools.settings, settings))
            if before and not after:
                yield f"{place}: [{section}] {key} is set no more; put it back, {remedy} it."

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        self.schedule.start()
        supervisor.tell("READY=1")
        self._is_ready.set()
        yield
        await asyncio.to_thread(self.schedule.stop)


def _changed(before: Settings, after: Settings) -> list[tuple[str, str]]:
    """Return section and key of what was changed, of those that only a start can take up."""

    def value(settings: Settings, section: str, key: str) -> object:
        return getattr(getattr(settings, section), key)

    return [place for place in NEEDS_A_START if value(before, *place) != value(after, *place)]
