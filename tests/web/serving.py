"""A real server of a site on loopback, as `publisher serve` sets it up, in a thread of the test."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
import uvloop

from pressroom.tools import Tools
from pressroom.web.app import make_app
from pressroom.web.limits import Limits
from pressroom.web.protocol import LimitedProtocol
from tests.conftest import CommandLine

PATIENCE = 20


@contextmanager
def served(press: CommandLine, limits: Limits | None = None) -> Iterator[int]:
    """Run a server of the site until the block ends, and yield its port; `limits` are the usual ones if not given."""
    limits = limits or Limits()
    app = make_app(Tools.of(press.site), lambda: press.now, limits=limits)
    http = LimitedProtocol.with_limits(limits)
    config = uvicorn.Config(app, http=http, ws="none", log_config=None, access_log=False, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(server.serve(sockets=[listening]))

    thread = threading.Thread(target=serve)
    thread.start()
    yield listening.getsockname()[1]
    server.should_exit = True
    thread.join(PATIENCE)
    assert not thread.is_alive()
