"""Signatures made by a process of their own, while this one makes the messages that come next.

A signature of RSA takes as long as all else of a message. Threads would do, but each of them has to wait for the
interpreter before and after every signature.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from pressroom.delivery.dkim import DkimKey, DkimSigner, Unsigned, signatures
from pressroom.delivery.mime import Encoded

_BEGINS = "import sys; from pressroom.delivery.signing import serve; serve(int(sys.argv[1]))"
SECONDS_TO_END = 2.0
PATIENCE = 3.0
"""Seconds in which it says something if it is not lost; sixteen signatures take a thousandth of that."""


class SigningProcess:
    """A process that signs as `signer` does, in the order in which it is asked. Where it is lost, this one signs."""

    def __init__(self, signer: DkimSigner) -> None:
        self._signer = signer
        self._awaited: deque[Signatures] = deque()
        self._is_ready = self._is_lost = False
        self._connection: Connection | None = None
        self._process: subprocess.Popen[bytes] | None = None
        with suppress(OSError):
            self._connection, theirs = Pipe()
            with theirs:
                self._process = _begun(theirs.fileno())
        self._send([_in_pem(key) for key in signer.keys])

    @property
    def is_ready(self) -> bool:
        """Whether it has begun; that takes as long as a few hundred signatures."""
        if not self._is_ready and self.has_said_something():
            self._is_ready = bool(self._receive())
        return self._is_ready and not self._is_lost

    @property
    def pid(self) -> int | None:
        """The process, None where it could not be begun or has ended."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def begin(self, contents: Sequence[Encoded]) -> Signatures:
        """Have encoded messages signed; no more at once than fit into the connection, some sixty."""
        if not self._is_ready:
            self._is_ready = bool(self._receive())
        unsigned = [*map(self._signer.unsigned, contents)]
        self._send([one.parts for one in unsigned])
        self._awaited.append(Signatures(self, unsigned))
        return self._awaited[-1]

    def close(self) -> None:
        """End the process; it has nothing to lose."""
        if self._connection:
            self._connection.close()
        if self._process is None:
            return
        try:
            self._process.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def has_said_something(self) -> bool:
        """Whether `take_next` need not wait."""
        return self._is_lost or self._connection is None or self._connection.poll()

    def take_next(self) -> None:
        """Take the signatures that are there next, and wait for them."""
        awaited = self._awaited.popleft()
        made = self._receive()
        awaited.made = (
            made if made is not None else [signatures(self._signer.keys, one.parts) for one in awaited.unsigned]
        )

    def _send(self, said: object) -> None:
        try:
            if self._process and self._connection and not self._is_lost:
                self._connection.send(said)
                return
        except OSError:
            pass
        self._is_lost = True

    def _receive(self) -> list[list[bytes]] | None:
        """Return what it says next; None where it is lost, or stands still."""
        with suppress(EOFError, OSError):
            if self._connection and not self._is_lost and self._connection.poll(PATIENCE):
                made: list[list[bytes]] = self._connection.recv()
                return made
        self._is_lost = True
        return None


class Signatures:
    """Signatures of some messages, which are being made (Protocol `delivery.making.Awaited`)."""

    def __init__(self, process: SigningProcess, unsigned: Sequence[Unsigned]) -> None:
        self._process, self.unsigned = process, unsigned
        self.made: list[list[bytes]] | None = None

    @property
    def are_there(self) -> bool:
        return self.made is not None or self._process.has_said_something()

    def signed(self, place: int) -> Encoded:
        """Return the message at that place, signed; wait for that."""
        while self.made is None:
            self._process.take_next()
        return self.unsigned[place].signed(self.made[place])


def serve(handle: int) -> None:
    """Sign what the process at the other end of a connection asks for, until that is gone.

    A signal that ends the other may come here, too: what it still wants to send is signed first.
    """
    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(one, signal.SIG_IGN)
    with suppress(EOFError, OSError), Connection(handle) as other:
        keys = [_from_pem(pem) for pem in other.recv()]
        other.send([[b"ready"]])
        while True:
            other.send([signatures(keys, parts) for parts in other.recv()])


def _begun(handle: int) -> subprocess.Popen[bytes]:
    """Begin a process that serves a connection. It must find what this one has found, wherever that was."""
    places = [place or str(Path.cwd()) for place in sys.path]
    return subprocess.Popen(
        [sys.executable, "-P", "-c", _BEGINS, str(handle)],  # -P: nothing is run that lies in the present folder
        pass_fds=[handle],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(places)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _in_pem(key: DkimKey) -> bytes:
    return key.private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _from_pem(pem: bytes) -> DkimKey:
    private = serialization.load_pem_private_key(pem, password=None)
    assert isinstance(private, rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey)
    return DkimKey("", private)
