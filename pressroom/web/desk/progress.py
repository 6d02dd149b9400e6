"""`/desk/digests/{run}/progress`: how a run gets on, as server-sent events (WHATWG HTML §9.2).

However many watch, a process looks at the catalogue once a second, in one thread. Who watches holds no thread and no
connection to it in between.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from pressroom.models.logged import without_secrets
from pressroom.models.staff import Role, Session
from pressroom.models.words import ENGLISH
from pressroom.operations.pulse import Pulse
from pressroom.staff.signing_in import session_of
from pressroom.storage import Store
from pressroom.tools import Tools
from pressroom.web.desk.access import DeskRoute, behind, token_behind
from pressroom.web.desk.digests import find_run, no_such_run, standing_of
from pressroom.web.pages import PRIVATE, with_store

log = logging.getLogger("pressroom.web")

LOOKS_EVERY = 1.0
AT_MOST_A = 10
"""A look may take a tenth of the time: where it takes long, there are fewer."""
SAYS_SOMETHING_EVERY = 15.0
"""Seconds after which a line without a meaning keeps what lies between from taking the connection for dead."""
STREAM = "text/event-stream"
OVER = b"event: over\ndata:\n\n"


@dataclass(frozen=True, slots=True)
class Watch:
    """What somebody watches: a run, by the session of this token."""

    run: int
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Seen:
    """How a run stands, as the part of its page that moves; `key` differs where that does."""

    html: str
    is_over: bool

    @property
    def key(self) -> str:
        return hashlib.sha256(self.html.encode()).hexdigest()[:16]


class Lookout:
    """Looks for all who watch, once a second as long as anybody does. To be used in one event loop.

    `look` says how things stand for each watch, in a thread.
    """

    def __init__(self, look: Callable[[Collection[Watch]], Mapping[Watch, Seen]]) -> None:
        self._look = look
        self._watching: Counter[Watch] = Counter()
        self._seen: Mapping[Watch, Seen] = {}
        self._news: asyncio.Future[None] | None = None
        self._looking: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._limiter = CapacityLimiter(1)
        self._has_ended = False

    async def watch(self, wanted: Watch) -> AsyncGenerator[Seen | None]:
        """Yield how things stand after each look, None where nobody could tell."""
        self._begin(wanted)
        try:
            while not self._has_ended:
                assert self._news is not None
                await asyncio.wait([self._news], timeout=SAYS_SOMETHING_EVERY)
                if not self._has_ended:
                    yield self._seen.get(wanted)
        finally:
            self._leave(wanted)

    def end(self) -> None:
        """Let everybody who watches go, at once. Any thread may say so, and a signal."""
        self._has_ended = True
        if self._loop is not None:
            with suppress(RuntimeError):  # it is closed: nobody watches
                self._loop.call_soon_threadsafe(self._tell)

    def _begin(self, wanted: Watch) -> None:
        self._watching[wanted] += 1
        if self._looking is None or self._looking.done() or self._loop is not asyncio.get_running_loop():
            self._loop = asyncio.get_running_loop()
            self._news = self._loop.create_future()
            self._looking = self._loop.create_task(self._look_on())

    def _leave(self, wanted: Watch) -> None:
        self._watching -= Counter([wanted])
        if not self._watching and self._looking is not None:
            self._looking.cancel()
            self._looking = None

    async def _look_on(self) -> None:
        while not self._has_ended:
            begun = monotonic()
            try:
                self._seen = await to_thread.run_sync(
                    self._look, list(self._watching), limiter=self._limiter, abandon_on_cancel=True
                )
            except Exception as error:  # noqa: BLE001 (whatever it was: the next look may fare better)
                log.error("How a digest gets on could not be seen: %s", without_secrets(str(error)))
                self._seen = {}
            took = monotonic() - begun
            self._tell()
            await asyncio.sleep(max(LOOKS_EVERY, AT_MOST_A * took) - took)

    def _tell(self) -> None:
        told, self._news = self._news, self._loop.create_future() if self._loop else None
        if told is not None and not told.done():
            told.set_result(None)


def look_at(
    tools: Tools, pulse: Pulse, clock: Callable[[], datetime]
) -> Callable[[Collection[Watch]], Mapping[Watch, Seen]]:
    """Return what looks at the catalogue for those who watch; what is the same for two is made once."""

    def look(watches: Collection[Watch]) -> dict[Watch, Seen]:
        now, made = clock(), dict[tuple[int, bool], Seen]()
        with tools.open_store() as store:
            return {watch: _seen(store, tools, pulse, watch, now, made) for watch in watches}

    return look


def _seen(
    store: Store, tools: Tools, pulse: Pulse, watch: Watch, now: datetime, made: dict[tuple[int, bool], Seen]
) -> Seen:
    session = session_of(store, tools, watch.token, now, is_asking=False)
    if session is None or not session.user.may(Role.EDITOR):
        return Seen(_filled(tools, "signed-out.html", run=watch.run), is_over=True)
    key = watch.run, session.user.may(Role.PUBLISHER)
    if key not in made:
        facts = standing_of(store, tools, pulse, store.runs.get(watch.run), now, session.user, is_live=True)
        made[key] = Seen(_filled(tools, "run-standing.html", **facts), is_over=facts["progress"].is_over)
    return made[key]


def _filled(tools: Tools, template: str, **facts: object) -> str:
    return tools.templates.render(f"web/desk/{template}", ENGLISH, **facts)


async def _events(lookout: Lookout, watch: Watch, last: str) -> AsyncIterator[bytes]:
    """Yield the events of a stream: what has changed since the one with the id `last`; at the end, that it is over."""
    said_at = monotonic()
    async for seen in lookout.watch(watch):
        if seen is not None and seen.key != last:
            last, said_at = seen.key, monotonic()
            lines = "".join(f"data: {line}\n" for line in seen.html.splitlines())
            yield f"id: {last}\n{lines}\n".encode()
        elif monotonic() - said_at >= SAYS_SOMETHING_EVERY:
            said_at = monotonic()
            yield b":\n\n"
        if seen is not None and seen.is_over:
            yield OVER
            return


async def _only(*events: bytes) -> AsyncIterator[bytes]:
    for event in events:
        yield event


def _open(request: Request, store: Store, session: Session) -> Response:
    run = find_run(request, store)
    if run is None:
        return no_such_run(request, session)
    last = request.headers.get("last-event-id", "")
    events = _events(request.app.state.lookout, Watch(run.pk, token_behind(request)), last)
    return _stream(_only() if request.method == "HEAD" else events)


_OPENED = with_store(behind(Role.EDITOR, _open, is_asking=False))


def _watch(request: Request) -> Response:
    """Return the stream. Who is signed out by now gets one that is over: a script would take a page for a stream."""
    answer = _OPENED(request)
    wants_stream = STREAM in request.headers.get("accept", "")
    return _stream(_only(OVER)) if wants_stream and answer.status_code in (303, 401) else answer


def _stream(events: AsyncIterator[bytes]) -> Response:
    headers = {**PRIVATE, "x-accel-buffering": "no"}  # nginx would gather what is said, and pass it on much later
    return StreamingResponse(events, media_type=STREAM, headers=headers)


ROUTES = [DeskRoute("/desk/digests/{run}/progress", _watch, least=Role.EDITOR)]
