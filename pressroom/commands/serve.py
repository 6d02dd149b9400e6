"""`publisher serve`: the service."""

from __future__ import annotations

import logging
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING

import click

from pressroom.commands.door import Door, on_signals

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
    wanted = SimpleQueue[int]()
    with _heeding_early_signals(wanted):
        _run(door, host, port, passive, wanted)
    log.info("The service has stopped.")


def _run(door: Door, host: str | None, port: int | None, passive: bool, wanted: SimpleQueue[int]) -> None:
    from pressroom.errors import PublisherError
    from pressroom.memory import share

    share()
    _begin_log(door)
    try:
        _serve(door, host, port, passive, wanted)
    except PublisherError as error:
        if door.tools.settings.log.format != "json":
            raise
        log.error("%s", error)
        raise click.exceptions.Exit(error.exit_code) from error


def _serve(door: Door, host: str | None, port: int | None, passive: bool, wanted: SimpleQueue[int]) -> None:
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
    with listening, _heeding_signals(server, service, wanted), _taking_what_comes_back(service) as returns:
        log.info("Serving %s at http://%s/feeds/all.atom; Ctrl-C or SIGTERM stops.", door.site, _place(listening))
        if returns is not None:
            log.info("Taking mail that comes back by %s at %s.", settings.bounces.protocol.upper(), _place(returns))
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(server.serve(sockets=[listening]))
        if server.should_exit:
            _ignore_signals()


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
def _heeding_early_signals(wanted: SimpleQueue[int]) -> Iterator[None]:
    """End with exit code 0 by a SIGTERM before there is a service; note in `wanted` that a SIGHUP has come."""

    def leave(*_: object) -> None:
        _ignore_signals()
        raise SystemExit(0)

    with on_signals({signal.SIGTERM: leave, signal.SIGHUP: lambda number, _: wanted.put(number)}):
        yield


def _ignore_signals() -> None:
    """Let nothing come between the end of the service and its exit code."""
    for one in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(one, signal.SIG_IGN)


@contextmanager
def _heeding_signals(server: uvicorn.Server, service: Service, wanted: SimpleQueue[int]) -> Iterator[None]:
    """Let SIGTERM and Ctrl-C end the server in good order, with exit code 0, and SIGHUP have settings read again.

    A signal may come while one before it is heeded, at any place: a queue of this kind does not mind.
    """

    def stop(*_: object) -> None:
        if not server.should_exit:
            server.should_exit = True
            service.begin_to_stop()

    def read_when_wanted() -> None:
        while wanted.get():
            with suppress(Empty):
                while True:
                    wanted.get_nowait()  # one reading does for all that have come so far
            service.read_again()

    Thread(target=read_when_wanted, name="reading", daemon=True).start()
    acts = {signal.SIGTERM: stop, signal.SIGINT: stop, signal.SIGHUP: lambda number, _: wanted.put(number)}
    with on_signals(acts):
        yield
