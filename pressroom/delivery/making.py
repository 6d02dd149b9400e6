"""Making the messages of what is claimed, in its order; signatures, which cost the most, are made meanwhile.

A signature of RSA takes as long as all else of a message, and other work may go on in its time: so some messages are
made ahead, and of many the signatures by another process, where there is a processor for it. Several are signed at
once, since it costs time to wake one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from itertools import count, islice
from typing import Generic, NamedTuple, Protocol

from pressroom.delivery.mime import Encoded, MessageSigner
from pressroom.delivery.queue import Builder, Q
from pressroom.errors import PublisherError
from pressroom.models.runs import Message

AT_ONCE, MOST_AHEAD = 16, 64
"""How many messages are made, and signed, at once, and how many are ahead of those that go."""
MANY = 40
"""From so many messages of a claim on, of which the first are small, a process that signs is begun."""


class Awaited(Protocol):
    """Messages that are being signed."""

    @property
    def are_there(self) -> bool: ...
    def signed(self, place: int) -> Encoded:
        """Return one of them; wait until it is signed."""
        ...


class SignsApart(Protocol):
    """What signs while other work goes on; see `delivery.signing`."""

    @property
    def is_ready(self) -> bool: ...
    def begin(self, contents: Sequence[Encoded]) -> Awaited: ...
    def close(self) -> None: ...


class Signer(MessageSigner, Protocol):
    """What signs encoded messages, many of them apart; see `delivery.dkim`."""

    def apart(self) -> SignsApart: ...


class _Signing(NamedTuple):
    """The place of a message among those that are signed together."""

    together: Awaited
    place: int


@dataclass(frozen=True, slots=True)
class Made(Generic[Q]):
    """What was claimed, its message (None where the person is gone), and that as it travels or why it never will."""

    queued: Q
    message: Message | None
    content: Encoded | PublisherError


class Maker(Generic[Q]):
    """Makes messages by `builder`, writes them by `encode`, and has them signed by `dkim` where that is given.

    `expect` is told what is made next, before it is. Each is made within `alone`, which says what follows where it
    cannot be. `may_sign_apart` is asked before a process is begun that signs.
    """

    def __init__(
        self,
        builder: Builder[Q],
        encode: Callable[[Message], Encoded],
        dkim: Signer | None,
        expect: Callable[[Sequence[Q]], object],
        alone: Callable[[Q], AbstractContextManager[None]],
        may_sign_apart: Callable[[], bool],
    ) -> None:
        self._builder, self._encode, self._dkim, self._expect, self._alone = builder, encode, dkim, expect, alone
        self._may_sign_apart = may_sign_apart
        self._left: deque[Q] = deque()
        self._unexpected, self._at_once = 0, 1
        self._made: deque[tuple[Made[Q], _Signing | None]] = deque()
        self._apart: SignsApart | None = None

    def begin(self, claimed: Iterable[Q], looks_up: int) -> None:
        """Take what is to be made; people are looked up so many at a time."""
        self._left, self._at_once = deque(claimed), max(looks_up, 1)
        self._unexpected = len(self._left)
        if self._dkim and self._apart is None and len(self._left) >= MANY and self._may_sign_apart():
            self._apart = self._dkim.apart()

    @property
    def is_done(self) -> bool:
        return not self._left and not self._made

    @property
    def ahead(self) -> int:
        """How many messages are made, and not taken yet."""
        return len(self._made)

    @property
    def has_ready(self) -> bool:
        """Whether `take` would not have to wait."""
        return bool(self._made) and ((signing := self._made[0][1]) is None or signing.together.are_there)

    def make(self, may_go_on: Callable[[], bool]) -> None:
        """Make some messages where few are left, as long as it `may_go_on`, which is asked before each."""
        if len(self._made) > MOST_AHEAD - AT_ONCE:
            return
        self._made += self._signed(self._some_made(may_go_on))

    def take(self, most: int) -> list[Made[Q]]:
        """Return up to so many messages, which go next; those whose signature is awaited are left for later.

        Where there are only such, it waits for the first.
        """
        taken: list[Made[Q]] = []
        while len(taken) < most and self._made:
            made, signing = self._made[0]
            if signing and taken and not signing.together.are_there:
                break
            taken.append(replace(made, content=signing.together.signed(signing.place)) if signing else made)
            self._made.popleft()
        return taken

    def leave_the_rest(self) -> None:
        """Make nothing else of what was begun."""
        self._left.clear()

    def drop(self) -> None:
        """Forget what was begun and is not taken."""
        self._left.clear()
        self._made.clear()

    def close(self) -> None:
        self.drop()
        if self._apart:
            self._apart.close()
            self._apart = None

    def _some_made(self, may_go_on: Callable[[], bool]) -> list[Made[Q]]:
        made: list[Made[Q]] = []
        while self._left and len(made) < AT_ONCE and may_go_on():
            if len(self._left) <= self._unexpected:
                self._expect(list(islice(self._left, self._at_once)))
                self._unexpected = max(len(self._left) - self._at_once, 0)
            queued = self._left.popleft()
            with self._alone(queued):
                message = self._builder.build(queued)
                made.append(Made(queued, message, self._written(message)))
        return made

    def _written(self, message: Message | None) -> Encoded | PublisherError:
        """Return a message as it travels, or why it never will: a line break in a header, for instance."""
        if message is None:
            return Encoded()
        try:
            return self._encode(message)
        except PublisherError as error:
            return error

    def _signed(self, made: Sequence[Made[Q]]) -> Iterator[tuple[Made[Q], _Signing | None]]:
        """Return messages signed, or each with what will be its signature."""
        contents = [one.content for one in made if one.message and not isinstance(one.content, PublisherError)]
        together = self._being_signed(self._dkim, contents) if self._dkim and contents else None
        places = count()
        for one in made:
            travels = one.message and not isinstance(one.content, PublisherError)
            yield one, _Signing(together, next(places)) if together and travels else None

    def _being_signed(self, dkim: Signer, contents: Sequence[Encoded]) -> Awaited:
        if self._apart and self._apart.is_ready:
            return self._apart.begin(contents)
        return _Signed([*map(dkim.signed, contents)])


@dataclass(frozen=True, slots=True)
class _Signed:
    """Messages that are signed (Protocol `Awaited`)."""

    contents: Sequence[Encoded]
    are_there: bool = True

    def signed(self, place: int) -> Encoded:
        return self.contents[place]
