"""A hub as WebSub has it (https://www.w3.org/TR/websub/), small and real, and a subscriber of it.

The hub is pinged, fetches the topic, looks whether it is one, and gives it to who has subscribed, signed. Both speak
HTTP over loopback.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode
from urllib.request import Request as Asked
from urllib.request import urlopen

import feedparser

from tests.websub.listening import NO_CONTENT, PATIENCE, Heard, Request, listening, saying

MEDIA_TYPES = {"atom": "application/atom+xml", "rss": "application/rss+xml", "json": "application/feed+json"}
CHALLENGE = "a-challenge"


@dataclass
class RealHub:
    """What the hub has fetched, by topic, the newest last; and who wants it, as (callback, topic, secret)."""

    heard: Heard
    fetched: dict[str, list[bytes]] = field(default_factory=dict)
    wanted: list[tuple[str, str, str]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    looks_at: Callable[[str, bytes], None] = lambda topic, content: None

    def take(self, request: Request) -> bytes:
        form = dict(request.form)
        if form["hub.mode"] == "subscribe":
            return self._subscribe(form)
        if form["hub.mode"] != "publish" or form["hub.url"] != form["hub.topic"]:
            return saying(400)
        try:
            content, media_type = self._fetch(form["hub.topic"])
        except (OSError, ValueError) as error:
            self.refused.append(str(error))
            return saying(400)
        self.looks_at(request.topic, content)
        self.fetched.setdefault(request.topic, []).append(content)
        self._distribute(request.topic, content, media_type)
        return NO_CONTENT

    def _fetch(self, topic: str) -> tuple[bytes, str]:
        """Fetch a topic as it is now. Raises ValueError unless it names itself, and this hub as its own."""
        with urlopen(topic, timeout=PATIENCE) as answer:
            content, media_type = answer.read(), answer.headers.get_content_type()
        own, hubs = links_of(topic, content)
        if media_type != MEDIA_TYPES[topic.rpartition(".")[2]]:
            raise ValueError(f"{topic} comes as {media_type}")
        if own != topic:
            raise ValueError(f"{topic} calls itself {own}")
        if self.heard.address not in hubs:
            raise ValueError(f"{topic} has another hub")
        return content, media_type

    def _subscribe(self, form: dict[str, str]) -> bytes:
        """Verify that the subscriber wants it (§5.3), and give it what comes from now on."""
        query = urlencode({"hub.mode": "subscribe", "hub.topic": form["hub.topic"], "hub.challenge": CHALLENGE})
        with urlopen(f"{form['hub.callback']}?{query}", timeout=PATIENCE) as answer:
            if answer.read().decode() != CHALLENGE:
                return saying(403)
        self.wanted.append((form["hub.callback"], form["hub.topic"], form["hub.secret"]))
        return saying(202)

    def _distribute(self, topic: str, content: bytes, media_type: str) -> None:
        for callback, wanted, secret in self.wanted:
            if wanted == topic:
                signature = hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()
                headers = {
                    "Content-Type": media_type,
                    "Link": f'<{self.heard.address}>; rel="hub", <{topic}>; rel="self"',
                    "X-Hub-Signature": f"sha256={signature}",
                }
                urlopen(Asked(callback, content, headers), timeout=PATIENCE).close()


def links_of(topic: str, content: bytes) -> tuple[str, list[str]]:
    """Return what a feed calls itself, and its hubs."""
    if topic.endswith(".json"):
        feed = json.loads(content)
        return feed["feed_url"], [hub["url"] for hub in feed.get("hubs", ()) if hub["type"] == "WebSub"]
    links = feedparser.parse(content).feed.links
    (own,) = (link.href for link in links if link.rel == "self")
    return own, [link.href for link in links if link.rel == "hub"]


@contextmanager
def a_hub() -> Iterator[RealHub]:
    with listening(lambda request: hub.take(request)) as heard:
        hub = RealHub(heard)
        yield hub


@dataclass
class Subscriber:
    """Somebody who has a feed brought by a hub, and takes only what is signed with the secret."""

    address: str
    secret: str = "between us"
    got: list[bytes] = field(default_factory=list)

    def take(self, request: Request) -> bytes:
        if request.method == "GET":
            return saying(200, body=request.query["hub.challenge"].encode())
        expected = hmac.new(self.secret.encode(), request.body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(request.headers["X-Hub-Signature"], f"sha256={expected}"):
            return saying(403)
        self.got.append(request.body)
        return NO_CONTENT

    def subscribe(self, hub: str, topic: str) -> None:
        """Ask a hub for a topic (§5.1). Raises HTTPError where it will not."""
        form = {"hub.mode": "subscribe", "hub.topic": topic, "hub.callback": self.address, "hub.secret": self.secret}
        urlopen(hub, urlencode(form).encode(), timeout=PATIENCE).close()


@contextmanager
def a_subscriber() -> Iterator[Subscriber]:
    with listening(lambda request: subscriber.take(request), "/callback") as heard:
        subscriber = Subscriber(heard.address)
        yield subscriber
