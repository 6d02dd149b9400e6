"""The pages of a site on a real server, as `publisher serve` sets it up."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import uvicorn
import uvloop
from starlette.types import ASGIApp

from pressroom.tools import Tools
from pressroom.web.app import make_app
from pressroom.web.limits import Limits
from pressroom.web.protocol import LimitedProtocol

PATIENCE = 20


@contextmanager
def served(
    tools: Tools, clock: Callable[[], datetime], limits: Limits | None = None, listening: socket.socket | None = None
) -> Iterator[int]:
    """Serve a site on a socket, or on a free port, and yield the port."""
    limits, listening = limits or Limits(), listening or socket.create_server(("127.0.0.1", 0))
    with answering(make_app(tools, clock, limits=limits), limits, listening):
        yield listening.getsockname()[1]


@contextmanager
def answering(app: ASGIApp, limits: Limits, listening: socket.socket, grace: int = 1) -> Iterator[None]:
    """Let an application answer on a socket; `grace` is how many seconds are left to requests at the end."""
    http = LimitedProtocol.with_limits(limits)
    config = uvicorn.Config(app, http=http, ws="none", log_config=None, access_log=False,
                            timeout_graceful_shutdown=grace)  # fmt: skip
    server = uvicorn.Server(config)

    def serve() -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(server.serve(sockets=[listening]))

    thread = threading.Thread(target=serve)
    thread.start()
    yield
    server.should_exit = True
    thread.join(PATIENCE)
    assert not thread.is_alive()
