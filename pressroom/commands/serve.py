"""`publisher serve`: the service."""

from __future__ import annotations

import logging
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from pressroom.commands.door import Door

if TYPE_CHECKING:
    import uvicorn
    from starlette.applications import Starlette

    from pressroom.schedule import Schedule

GRACE_SECONDS = 3

log = logging.getLogger("pressroom.serve")


@click.command("serve")
@click.option("--host", help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), help="The port to listen on; 0 takes a free one.")
@click.option("--passive", is_flag=True, help="Write feeds and answer pages, and send nothing.")
@click.pass_obj
def command(door: Door, host: str | None, port: int | None, passive: bool) -> None:
    """Publish and send on schedule, and answer feeds and the links in mails, until told to stop (SIGTERM, Ctrl-C)."""
    import asyncio

    import uvloop

    from pressroom.errors import UnarmedError
    from pressroom.publishing.delivering import check_mail_may_leave

    _begin_log(door)
    with door.store() as store, suppress(UnarmedError):  # feeds and pages of a copy work; the schedule says the rest
        if not passive:
            check_mail_may_leave(store, door.tools)
    server = _make_server(door, passive=passive)
    wanted, wanted_back = door.tools.settings.web, door.tools.settings.bounces
    listening = _listen(host or wanted.host, wanted.port if port is None else port, "with --host and --port")
    with listening, _told_to_stop_by_signals(server), _taking_what_comes_back(door) as returns:
        log.info("Serving %s at http://%s/feeds/all.atom; Ctrl-C or SIGTERM stops.", door.site, _place(listening))
        if returns is not None:
            log.info("Taking mail that comes back by %s at %s.", wanted_back.protocol.upper(), _place(returns))
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(server.serve(sockets=[listening]))
    log.info("The service has stopped.")


def _begin_log(door: Door) -> None:
    from pressroom.commands.logs import log_to_standard_error

    wanted = door.tools.settings.log
    level = logging.getLevelNamesMapping()[wanted.level.upper()]
    log_to_standard_error(wanted.format, max(level, logging.WARNING) if door.quiet else level)


def _listen(host: str, port: int, where: str) -> socket.socket:
    """Return a socket that listens; `where` says how another place is chosen."""
    from pressroom.errors import PublisherError

    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except (OSError, UnicodeError) as error:
        problem = str(getattr(error, "strerror", None) or error).partition(" (")[0].lower()
        raise PublisherError(f"{host}:{port} cannot be listened on: {problem}; choose another {where}.") from error


def _place(listening: socket.socket) -> str:
    """Return host and port as an address holds them (RFC 3986 §3.2.2)."""
    host, port, *_ = listening.getsockname()
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _make_server(door: Door, *, passive: bool) -> uvicorn.Server:
    import uvicorn

    from pressroom.schedule import Schedule
    from pressroom.tools import Tools
    from pressroom.web.app import make_app
    from pressroom.web.protocol import LimitedProtocol

    clock = _clock(door)
    schedule: Schedule
    tools = Tools.of(
        door.site, fixed_clock=door.has_fixed_clock, should_stop=lambda: schedule.should_stop(), is_service=True
    )
    schedule = Schedule(tools, clock, passive=passive)
    app = make_app(tools, clock, _lifespan(schedule), pulse=schedule.pulse)
    config = uvicorn.Config(
        app,
        http=LimitedProtocol,
        ws="none",
        proxy_headers=False,  # the application looks at them, for what it does not answer from memory
        log_config=None,  # it logs where all else does
        log_level="warning",
        access_log=False,  # addresses hold tokens
        timeout_graceful_shutdown=GRACE_SECONDS,
        server_header=False,
    )

    class Server(uvicorn.Server):
        """Leaves signals to `_told_to_stop_by_signals`: uvicorn would die of them again."""

        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

    return Server(config)


@contextmanager
def _taking_what_comes_back(door: Door) -> Iterator[socket.socket | None]:
    """Take mail that comes back, where `[bounces] listen` says so; yield the socket that listens."""
    wanted = door.tools.settings.bounces
    if not wanted.listen:
        yield None
        return
    from pressroom.returns import ReturnsDoor

    with _listen(*wanted.place, "as [bounces] listen") as listening:
        returns = ReturnsDoor(door.tools, _clock(door), listening)
        returns.start()
        try:
            yield listening
        finally:
            returns.stop()


def _lifespan(schedule: Schedule) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        import asyncio

        schedule.start()
        yield
        await asyncio.to_thread(schedule.stop)

    return lifespan


def _clock(door: Door) -> Callable[[], datetime]:
    """Return the clock of a service: the machine's, or one that goes on from the moment given by `--clock`."""
    if not door.has_fixed_clock:
        return lambda: datetime.now(UTC).replace(microsecond=0)
    begun, given = datetime.now(UTC), door.now
    return lambda: (given + (datetime.now(UTC) - begun)).replace(microsecond=0)


@contextmanager
def _told_to_stop_by_signals(server: uvicorn.Server) -> Iterator[None]:
    """Let SIGTERM and Ctrl-C end the server in good order, with exit code 0."""

    def stop(*_: object) -> None:
        server.should_exit = True

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
