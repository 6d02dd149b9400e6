"""What is new in a feed since its reader had it, sent alone: RFC 3229 with the manipulation “feed”.

Such an answer is the feed as it is now, less the entries that stood in it, byte for byte, when it had the ETag that the
reader names. Its own ETag is that of the whole, so that the next one goes on from there.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache

from pressroom.codings import CODINGS
from pressroom.errors import PublisherError
from pressroom.models.feeds import Format
from pressroom.publishing.feed_states import only_new
from pressroom.tools import Tools
from pressroom.web.answers import Answer, Answers, tags_in
from pressroom.web.codings import weights_in

MOST_BYTES = 16_000_000
# A cache that knows no deltas must not keep one for the whole; one that does is told so by “im” (RFC 3229 §10.8.1).
CACHE_CONTROL = b"no-store, im"
VARY = (b"vary", b"if-none-match")

_Asked = Mapping[bytes, bytes]


class Deltas:
    """The answers to those who ask for what is new in a feed alone. Any thread may use them.

    All say that they depend on If-None-Match, also those that hold the whole.
    """

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._answers = Answers(MOST_BYTES)

    def kept(self, path: str, whole: Answer, asked: _Asked) -> Answer | None:
        """Return what `find` returns, if it is in memory."""
        return self._answers.find((path, _states(whole, asked)), _stamp(whole))

    def find(self, path: str, whole: Answer, asked: _Asked) -> Answer:
        """Return what is new in the feed at `path`, and the whole where that cannot be told or nothing is.

        While the catalogue cannot be used, nobody can tell.
        """
        states = _states(whole, asked)
        if kept := self._answers.find((path, states), _stamp(whole)):
            return kept
        content = self._only_new(path, whole, states) if states else None
        if content is not None:
            return self._answers.keep((path, states), _stamp(whole), _delta(content, whole))
        again = Answer(whole.body, (*whole.headers, VARY), whole.modified)
        return self._answers.keep((path, b""), _stamp(whole), again)

    def _only_new(self, path: str, whole: Answer, states: bytes) -> bytes | None:
        with suppress(PublisherError), self._tools.open_store() as store:
            return only_new(store, path, whole.body, map(_state_of, tags_in(states)))
        return None


def is_wanted(path: str, asked: _Asked) -> bool:
    """Whether there is a feed at `path` and who asks for it takes what is new alone."""
    return b"a-im" in asked and Format.of(path) is not None and _is_taken(asked[b"a-im"])


@lru_cache(256)
def _is_taken(header: bytes) -> bool:
    """Whether an A-IM header names the manipulation “feed”, and not the whole before it (RFC 3229 §10.5.3)."""
    wanted = weights_in(header)
    feed = wanted.get("feed", 0)
    return feed > 0 and feed >= wanted.get("identity", 0)


def _states(whole: Answer, asked: _Asked) -> bytes:
    """Return the ETags that a reader has, nothing where the present one is among them."""
    reply = whole.reply_at_once(asked)
    return b"" if reply and reply.status == 304 else asked.get(b"if-none-match", b"")


def _stamp(whole: Answer) -> tuple[str, int | None]:
    return whole.tag, whole.modified


def _state_of(tag: str) -> str:
    """Return the ETag that the file had, of the one that an answer had: each coding has its own."""
    name, _, coding = tag.strip('"').rpartition("-")
    return name if coding in CODINGS else tag.strip('"')


def _delta(content: bytes, whole: Answer) -> Answer:
    headers = [header for header in whole.headers if header[0] != b"cache-control"]
    added = [(b"im", b"feed"), (b"cache-control", CACHE_CONTROL), VARY]
    return Answer(content, (*headers, *added), whole.modified, status=226, tag=whole.tag)
