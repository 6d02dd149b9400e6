"""A service that is told to stop ends in time, whatever somebody at the desk has just asked for."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from urllib.request import HTTPRedirectHandler, Request, build_opener

import pytest

from pressroom import commands
from pressroom.errors import StoppedError
from pressroom.publishing.rehearsing import rehearse
from pressroom.tools import Tools
from tests.conftest import CommandLine, Press
from tests.running import Service, eventually
from tests.web.desk.going_out import cookie_of_somebody

OWED = (
    ["subscriber", "add", "bo@readers.example", "--frequency", "monthly", "--confirmed"],
    ["release", "add", "--title", "Floods"],
    ["publish", "--feeds-only"],
)


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    """A site on which somebody is owed a release."""
    for words in OWED:
        fresh(*words)
    return fresh


class Mute:
    """A mail server that takes connections, and says nothing, or only until the message has come."""

    def __init__(self, says: tuple[bytes, ...]) -> None:
        self.says, self.heard = says, list[bytes]()
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self.socket.accept()
                threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        self.heard.append(b"")
        with suppress(OSError):
            for answer in self.says:
                connection.sendall(answer)
                self.heard.append(connection.recv(100_000))
            connection.recv(100_000)


@pytest.fixture(params=["no greeting", "no answer to the message"])
def mute(request: pytest.FixtureRequest) -> Iterator[Mute]:
    ready = (b"220 mute\r\n", b"250 mute\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go on\r\n")
    server = Mute(() if request.param == "no greeting" else ready)
    yield server
    server.socket.close()


class _Stays(HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def test_a_test_mail_that_no_server_answers_holds_up_no_stop(
    site: Path, mute: Mute, serve: Callable[..., Service]
) -> None:
    (site / "publisher.toml").write_text(f'[smtp]\nhost = "127.0.0.1"\nport = {mute.port}\nsecurity = "none"\n')
    for words in (["init"], *OWED):
        assert commands.run(["-q", "-C", str(site), *words]) == 0
    cookie, service = cookie_of_somebody(site), serve()

    def ask() -> None:
        request = Request(f"{service.url}/desk/digests/test", b"to=me@example.org", {"cookie": f"desk={cookie}"})
        with suppress(OSError):
            build_opener(_Stays).open(request, timeout=60)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    eventually(lambda: len(mute.heard) > len(mute.says))
    assert service.stop() == 0


def test_a_rehearsal_ends_when_it_is_told_to(press: CommandLine) -> None:
    tools = replace(Tools.of(press.site), should_stop=lambda: True)
    with tools.open_store() as store, pytest.raises(StoppedError):
        rehearse(store, tools, press.now)


def test_what_a_copy_is_asked_ends_when_it_is_told_to(press: CommandLine) -> None:
    counting = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 1000000) SELECT count(*) FROM n"
    with Tools.of(press.site).open_store() as store:
        with pytest.raises(StoppedError), store.copy(lambda: True) as copy:
            copy.value(counting)
        with store.copy(lambda: False) as copy:
            assert copy.value(counting) == 1_000_000
