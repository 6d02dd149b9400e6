"""Making the messages of what is claimed, in its order; signatures, which cost the most, are made meanwhile.

A signature of RSA takes longer than all else of a message, and other work may go on in its time: so some messages are
made ahead, and signed by other threads while those before them are handed over.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice
from typing import Generic

from pressroom.delivery.mime import MessageSigner
from pressroom.delivery.queue import Builder, Q
from pressroom.errors import PublisherError
from pressroom.models.runs import Message

SIGNED_AHEAD = 16


@dataclass(frozen=True, slots=True)
class Made(Generic[Q]):
    """What was claimed, its message (None where the person is gone), and that as it travels or why it never will."""

    queued: Q
    message: Message | None
    content: bytes | PublisherError


class Maker(Generic[Q]):
    """Makes messages by `builder`, writes them by `encode`, and has them signed by `dkim` where that is given.

    `expect` is told what is made next, before it is. Each is made within `alone`, which says what follows where it
    cannot be.
    """

    def __init__(
        self,
        builder: Builder[Q],
        encode: Callable[[Message], bytes],
        dkim: MessageSigner | None,
        expect: Callable[[Sequence[Q]], object],
        alone: Callable[[Q], AbstractContextManager[None]],
    ) -> None:
        self._builder, self._encode, self._dkim, self._expect, self._alone = builder, encode, dkim, expect, alone
        self._left: deque[Q] = deque()
        self._unexpected, self._at_once = 0, 1
        self._made: deque[tuple[Q, Message | None, bytes | PublisherError | Future[bytes]]] = deque()
        self._signers: ThreadPoolExecutor | None = None

    def begin(self, claimed: Iterable[Q], looks_up: int) -> None:
        """Take what is to be made; people are looked up so many at a time."""
        self._left, self._at_once = deque(claimed), max(looks_up, 1)
        self._unexpected = len(self._left)

    @property
    def is_done(self) -> bool:
        return not self._left and not self._made

    def next(self, most: int, must_stop: Callable[[], bool]) -> list[Made[Q]]:
        """Return up to so many messages; fewer also where some cannot be made. None is made where it `must_stop`."""
        self._make(most + SIGNED_AHEAD if self._dkim else most, must_stop)
        taken = [self._made.popleft() for _ in range(min(most, len(self._made)))]
        return [
            Made(queued, message, content.result() if isinstance(content, Future) else content)
            for queued, message, content in taken
        ]

    def drop(self) -> None:
        """Forget what was begun and is not taken."""
        self._left.clear()
        self._made.clear()

    def close(self) -> None:
        self.drop()
        if self._signers:
            self._signers.shutdown(cancel_futures=True)
            self._signers = None

    def _make(self, wanted: int, must_stop: Callable[[], bool]) -> None:
        while self._left and len(self._made) < wanted and not must_stop():
            if len(self._left) <= self._unexpected:
                self._expect(list(islice(self._left, self._at_once)))
                self._unexpected = max(len(self._left) - self._at_once, 0)
            queued = self._left.popleft()
            with self._alone(queued):
                message = self._builder.build(queued)
                self._made.append((queued, message, self._written(message)))

    def _written(self, message: Message | None) -> bytes | PublisherError | Future[bytes]:
        """Return a message as it travels, or why it never will: a line break in a header, for instance."""
        if message is None:
            return b""
        try:
            content = self._encode(message)
        except PublisherError as error:
            return error
        if self._dkim is None:
            return content
        if self._signers is None:
            self._signers = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="dkim")
        return self._signers.submit(self._dkim.signed, content)
