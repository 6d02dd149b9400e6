"""The server's side of a connection: uvicorn's protocol, with an end to whatever would take for ever.

uvicorn ends a connection that is idle between two requests, and nothing else: not one that sends nothing at all, not
a head or a body that never ends, and not an answer that nobody takes. What is in memory is answered here, without the
turns of an application.
"""

from __future__ import annotations

import asyncio
from collections import deque

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from pressroom.web.limits import Limits
from pressroom.web.memory import FromMemory

STATUS = {200: b"HTTP/1.1 200 OK\r\n", 226: b"HTTP/1.1 226 IM Used\r\n", 304: b"HTTP/1.1 304 Not Modified\r\n"}
OF_A_BODY = (b"content-length", b"transfer-encoding")
LOOKS_AGAIN_AFTER = 0.2
"""Seconds after which it is looked again whether a request is the next to be answered, when all come to an end."""
TOO_SLOW, TOO_LARGE = "408 Request Timeout", "431 Request Header Fields Too Large"


class LimitedProtocol(HttpToolsProtocol):
    """A connection that keeps to `limits`."""

    limits = Limits()

    _is_in_head = True
    _is_whole = True  # whether all of the last request is here
    _is_answered = False  # whether that request has its answer already, from memory
    _head_bytes = 0
    _arrival: asyncio.TimerHandle | None = None
    _reader: asyncio.TimerHandle | None = None

    @classmethod
    def with_limits(cls, limits: Limits) -> type[LimitedProtocol]:
        return type(cls.__name__, (cls,), {"limits": limits})

    # What arrives.

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        self._cycles = deque[RequestResponseCycle]()  # that are not answered yet, in their order
        super().connection_made(transport)
        self._wait_for_the_rest()

    def data_received(self, data: bytes) -> None:
        if self._is_in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        if self.transport.is_closing():
            self._stop_waiting()
        elif self._is_in_head and self._is_head_too_large():
            self._refuse(TOO_LARGE)
        elif self._is_whole and (self._is_busy() or self.timeout_keep_alive_task):
            self._stop_waiting()
        else:
            self._wait_for_the_rest()

    def on_message_begin(self) -> None:
        self._is_whole = False
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._stop_waiting()  # the body has time of its own
        self._is_in_head = False
        if self._is_head_too_large() and _size(self.url, self.headers) > self.limits.head_bytes:
            raise ValueError(TOO_LARGE)  # the parser takes it for a bad request
        self._is_answered = self._answer_from_memory()
        if not self._is_answered:
            super().on_headers_complete()
            while self._cycles and self._cycles[0].response_complete:
                self._cycles.popleft()
            self._cycles.append(self.cycle)

    def on_message_complete(self) -> None:
        self._is_in_head, self._is_whole, self._head_bytes = True, True, 0
        if not self._is_answered:
            super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        if self._is_head_too_large():
            self._refuse(TOO_LARGE)
        else:
            super().send_400_response(msg)

    def _unsupported_upgrade_warning(self) -> None:
        """Log nothing: some programs ask for HTTP/2 first, each time, and get HTTP/1.1 (RFC 9110 §7.8)."""

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        if self._reader is not None:
            self._reader.cancel()
        for cycle in self._cycles:  # uvicorn tells only the last of them, and the first would write on
            cycle.disconnected = not cycle.response_complete
            cycle.message_event.set()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        super().shutdown()
        self.loop.call_later(self.limits.stopping_seconds, self._end)

    def _end(self) -> None:
        """End what waits for the other side; a page that is being made ends by itself."""
        if self not in self.connections:
            return
        if self.transport.is_closing() or self.flow.write_paused:
            self.transport.abort()
        elif not self._is_whole and not self._is_in_head:  # a body has not come
            if all(cycle.response_complete for cycle in self._cycles if cycle is not self.cycle):
                if self._is_busy() and not self.cycle.response_started:
                    self._refuse(TOO_SLOW)
            else:  # a page before it is being made
                self.loop.call_later(LOOKS_AGAIN_AFTER, self._end)

    def _is_head_too_large(self) -> bool:
        return self._head_bytes > self.limits.head_bytes

    def _is_busy(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete

    def _wait_for_the_rest(self) -> None:
        if self._arrival is None:
            self._arrival = self.loop.call_later(self.limits.arrival_seconds, self._has_waited)

    def _stop_waiting(self) -> None:
        if self._arrival is not None:
            self._arrival.cancel()
            self._arrival = None

    def _has_waited(self) -> None:
        self._arrival = None
        if self.transport.is_closing():
            return
        if self._is_busy():  # the page that reads the body answers for it; then comes another look
            self._wait_for_the_rest()
        elif self._is_in_head and self._head_bytes:
            self._refuse(TOO_SLOW)
        else:
            self._close()

    def _refuse(self, status: str) -> None:
        head = f"HTTP/1.1 {status}\r\ncontent-type: text/plain; charset=utf-8\r\nconnection: close\r\n"
        body = f"{status}\n"
        self.transport.write(f"{head}content-length: {len(body)}\r\n\r\n{body}".encode())
        self._close()

    def _close(self) -> None:
        self._stop_waiting()
        self.transport.close()
        self._watch_reader()

    # What leaves.

    def _answer_from_memory(self) -> bool:
        """Answer a GET or HEAD at once if there is nothing to wait for; all others are for the application."""
        parser, memory = self.parser, self.app
        is_free = not self._is_busy() and not self.pipeline and not self.flow.write_paused
        is_plain = parser.get_http_version() == "1.1" and parser.should_keep_alive() and not parser.should_upgrade()
        method = parser.get_method()
        if not (is_free and is_plain and method in (b"GET", b"HEAD") and isinstance(memory, FromMemory)):
            return False
        asked = dict(self.headers)
        if len(asked) < len(self.headers) or any(name in asked for name in OF_A_BODY):
            return False
        path, _, query = self.url.partition(b"?")
        answer = memory.find(path.decode("latin-1"), query, asked) if b"%" not in path else None
        reply = answer.reply_at_once(asked) if answer else None
        if reply is None:
            return False
        date = b"".join(b"%s: %s\r\n" % header for header in self.server_state.default_headers)
        self.transport.write(
            b"".join((STATUS[reply.status], date, reply.head, b"" if method == b"HEAD" else reply.body))
        )
        self.on_response_complete()
        return True

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch_reader()

    def resume_writing(self) -> None:
        if self._reader is not None:
            self._reader.cancel()
            self._reader = None
        super().resume_writing()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing():
            self._watch_reader()
        elif self.pipeline:
            self.flow.pause_reading()  # uvicorn would read on, and those that wait would be ever more

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._watch_reader()

    def _watch_reader(self) -> None:
        """End the connection unless its reader goes on taking what waits for it."""
        left = self.transport.get_write_buffer_size()
        if left and self._reader is None:
            self._reader = self.loop.call_later(self.limits.reading_seconds, self._look_at_reader, left)

    def _look_at_reader(self, before: int) -> None:
        self._reader = None
        if before - self.transport.get_write_buffer_size() < min(self.limits.reading_bytes, before):
            self.transport.abort()
        else:
            self._watch_reader()


def _size(url: bytes, headers: list[tuple[bytes, bytes]]) -> int:
    return len(url) + sum(len(name) + len(value) + 4 for name, value in headers)
