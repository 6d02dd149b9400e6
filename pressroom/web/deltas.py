"""What is new in a feed since its reader had it, sent alone: RFC 3229 with the manipulation “feed”.

Such an answer is the feed as it is now, less the entries that stood in it, byte for byte, when it had the ETag that the
reader names. Its own ETag is that of the whole, so that the next one goes on from there.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from pressroom.errors import PublisherError
from pressroom.publishing.feed_states import only_new
from pressroom.tools import Tools
from pressroom.web.answers import Answer, Answers, tags_in
from pressroom.web.codings import CODINGS, weights_in

MOST_BYTES = 8_000_000
# A cache that knows no deltas must not keep one for the whole; one that does is told so by “im” (RFC 3229 §10.8.1).
CACHE_CONTROL = b"no-store, im"
VARY = b"if-none-match"


class Deltas:
    """The answers to those who have an earlier state of a feed. Any thread may use them."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._answers = Answers(MOST_BYTES)

    def find(self, path: str, whole: Answer, asked: Mapping[bytes, bytes]) -> Answer:
        """Return what is new in the feed at `path`, and `whole` where that cannot be told or nothing is.

        While the catalogue cannot be used, nobody can tell.
        """
        tags = asked.get(b"if-none-match", b"")
        reply = whole.reply_at_once(asked)
        if not tags or (reply and reply.status == 304):
            return whole
        if kept := self._answers.find((path, tags), whole.tag):
            return kept
        with suppress(PublisherError), self._tools.open_store() as store:
            content = only_new(store, path, whole.body, map(_state_of, tags_in(tags)))
            if content is not None:
                return self._answers.keep((path, tags), whole.tag, _delta(content, whole))
        return whole


def is_wanted(header: bytes) -> bool:
    """Whether who sends this A-IM takes a feed with what is new alone (RFC 3229 §10.5.3)."""
    wanted = weights_in(header)
    feed = wanted.get("feed", 0)
    return feed > 0 and feed >= wanted.get("identity", 0)


def _state_of(tag: str) -> str:
    """Return the ETag that the file had, of the one that an answer had: each coding has its own."""
    name, _, coding = tag.strip('"').rpartition("-")
    return name if coding in CODINGS else tag.strip('"')


def _delta(content: bytes, whole: Answer) -> Answer:
    headers = [header for header in whole.headers if header[0] != b"cache-control"]
    added = [(b"im", b"feed"), (b"cache-control", CACHE_CONTROL)]
    return Answer(content, (*headers, *added), whole.modified, status=226, tag=whole.tag)
