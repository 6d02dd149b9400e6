"""`publisher serve`: the service."""

from __future__ import annotations

import logging
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from threading import Thread
from typing import TYPE_CHECKING

import click

from pressroom.commands.door import Door

if TYPE_CHECKING:
    import uvicorn

    from pressroom.service import Service

GRACE_SECONDS = 6
"""For pages that are being made: one may wait five seconds for a catalogue that another program has locked."""

log = logging.getLogger("pressroom.serve")


@click.command("serve")
@click.option("--host", help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), help="The port to listen on; 0 takes a free one.")
@click.option("--passive", is_flag=True, help="Write feeds and answer pages, and send nothing.")
@click.pass_obj
def command(door: Door, host: str | None, port: int | None, passive: bool) -> None:
    """Publish and send on schedule, and answer feeds and the links in mails, until told to stop (SIGTERM, Ctrl-C).

    SIGHUP has it read settings and templates again.
    """
    with _heeding_early_signals() as early:
        _run(door, host, port, passive, early)
    log.info("The service has stopped.")


def _run(door: Door, host: str | None, port: int | None, passive: bool, early: list[int]) -> None:
    from pressroom.errors import PublisherError
    from pressroom.memory import share

    share()
    _begin_log(door)
    try:
        _serve(door, host, port, passive, early)
    except PublisherError as error:
        if door.tools.settings.log.format != "json":
            raise
        log.error("%s", error)
        raise click.exceptions.Exit(error.exit_code) from error


def _serve(door: Door, host: str | None, port: int | None, passive: bool, early: list[int]) -> None:
    import asyncio

    import uvloop

    from pressroom.errors import UnarmedError
    from pressroom.publishing.delivering import check_mail_may_leave
    from pressroom.service import Service

    with door.store() as store, suppress(UnarmedError):  # feeds and pages of a copy work; the schedule says the rest
        if not passive:
            check_mail_may_leave(store, door.tools)
    service = Service(door.site, _clock(door), fixed_clock=door.has_fixed_clock, passive=passive)
    server, settings = _make_server(service), service.tools.settings
    listening = _listen(
        host or settings.web.host, settings.web.port if port is None else port, "with --host and --port"
    )
    with listening, _heeding_signals(server, service, early), _taking_what_comes_back(service) as returns:
        log.info("Serving %s at http://%s/feeds/all.atom; Ctrl-C or SIGTERM stops.", door.site, _place(listening))
        if returns is not None:
            log.info("Taking mail that comes back by %s at %s.", settings.bounces.protocol.upper(), _place(returns))
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(server.serve(sockets=[listening]))


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


def _make_server(service: Service) -> uvicorn.Server:
    import uvicorn

    from pressroom.web.protocol import LimitedProtocol

    config = uvicorn.Config(
        service.app,
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
        """Leaves signals to `_heeding_signals`: uvicorn would die of them again."""

        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

    return Server(config)


@contextmanager
def _taking_what_comes_back(service: Service) -> Iterator[socket.socket | None]:
    """Take mail that comes back, where `[bounces] listen` says so; yield the socket that listens."""
    wanted = service.tools.settings.bounces
    if not wanted.listen:
        yield None
        return
    from pressroom.returns import ReturnsDoor

    with _listen(*wanted.place, "as [bounces] listen") as listening:
        returns = ReturnsDoor(service.tools, service.now, listening)
        service.takes_what_comes_back_by(returns)
        returns.start()
        try:
            yield listening
        finally:
            returns.stop()


def _clock(door: Door) -> Callable[[], datetime]:
    """Return the clock of a service: the machine's, or one that goes on from the moment given by `--clock`."""
    if not door.has_fixed_clock:
        return lambda: datetime.now(UTC)
    begun, given = datetime.now(UTC), door.now
    return lambda: given + (datetime.now(UTC) - begun)


@contextmanager
def _heeding_early_signals() -> Iterator[list[int]]:
    """End with exit code 0 by a SIGTERM before there is a service; yield each SIGHUP that comes then, for later."""
    early = list[int]()

    def leave(*_: object) -> None:
        raise SystemExit(0)

    before = signal.signal(signal.SIGTERM, leave), signal.signal(signal.SIGHUP, lambda number, _: early.append(number))
    try:
        yield early
    finally:
        signal.signal(signal.SIGTERM, before[0])
        signal.signal(signal.SIGHUP, before[1])


@contextmanager
def _heeding_signals(server: uvicorn.Server, service: Service, early: Sequence[int]) -> Iterator[None]:
    """Let SIGTERM and Ctrl-C end the server in good order, with exit code 0, and SIGHUP have settings read again."""

    readings = list[Thread]()

    def stop(*_: object) -> None:
        if not server.should_exit:  # a second one may come while the first is heeded
            server.should_exit = True
            service.begin_to_stop()

    def read_again(*_: object) -> None:
        readings[:] = [one for one in readings if one.is_alive()]
        if len(readings) < 2:  # one goes on, and another waits behind it, which will see what is now
            readings.append(Thread(target=service.read_again, name="reading", daemon=True))
            readings[-1].start()

    acts = {signal.SIGTERM: stop, signal.SIGINT: stop, signal.SIGHUP: read_again}
    before = {number: signal.signal(number, act) for number, act in acts.items()}
    if early:
        read_again()
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
