"""Messages of a digest, built and encoded, next to the bare RSA signature that DKIM asks for each of them."""

from __future__ import annotations

import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import partial
from pathlib import Path

from pressroom.delivery.dkim import DkimKeys, DkimSigner
from pressroom.delivery.mime import encode
from pressroom.models.runs import Delivery, DigestRun, Item, Message
from pressroom.publishing.composing import DigestBuilder, compose_digest
from pressroom.storage import Store
from pressroom.tools import Tools
from tests.bench.digest_site import freeze, make_site

ROUNDS, AT_ONCE, SIGNED = 5, 200, 500


def run() -> None:
    with tempfile.TemporaryDirectory() as folder:
        tools = make_site(Path(folder) / "site")
        with tools.open_store() as store:
            frozen = freeze(store, tools)
            deliveries = store.deliveries.of_run(frozen.pk)
            _check(store, tools, frozen, deliveries)
            bare = _sign(Path(folder), _built(store, tools, deliveries[:SIGNED]))
            _build(store, tools, deliveries, bare)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)
    print(f"  peak memory         {peak:8.0f} MB")


def _check(store: Store, tools: Tools, frozen: DigestRun, deliveries: Sequence[Delivery]) -> None:
    """The oracle: every message, decoded, is what it is when it is rendered by itself."""
    sizes = []
    for delivery, message in zip(deliveries, _built(store, tools, deliveries), strict=True):
        reader = store.subscribers.by_pk(delivery.subscriber or 0)
        assert reader
        alone = compose_digest(tools, reader, store.runs.bundle(delivery.bundle), frozen)
        assert message.headers == alone.headers
        content = encode(message)
        assert max(map(len, content.split(b"\r\n"))) <= 76 + len("List-Unsubscribe: ") + 60
        assert decoded(content) == [alone.text, alone.html]
        sizes.append(len(content))
    bundles = len({delivery.bundle for delivery in deliveries})
    print(f"  {len(sizes):,} messages, {bundles:,} lists of items, {statistics.mean(sizes) / 1000:.1f} KB on average")


def decoded(content: bytes) -> list[str]:
    """Return the text and the HTML of a message that arrived."""
    message = message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage)
    return [str(part.get_content()).replace("\r\n", "\n") for part in message.iter_parts()]


def _built(store: Store, tools: Tools, deliveries: Sequence[Delivery]) -> Iterator[Message]:
    builder = DigestBuilder(store, tools)
    for first in range(0, len(deliveries), AT_ONCE):
        batch = deliveries[first : first + AT_ONCE]
        builder.expect(batch)
        for delivery in batch:
            message = builder.build(delivery)
            assert message
            yield message


def _build(store: Store, tools: Tools, deliveries: Sequence[Delivery], bare: float) -> None:
    """Time the steps of all messages, each round with a builder that has nothing kept."""
    rounds = [_round(store, tools, deliveries) for _ in range(ROUNDS)]
    load, lists, build, encoding = (statistics.median(one) / len(deliveries) for one in zip(*rounds, strict=True))
    _tell("subscribers, by SQL", load, bare)
    _tell("lists of items, by SQL", lists, bare)
    _tell("build, without SQL", build - lists, bare)
    _tell("encode", encoding, bare)
    _tell("build and encode", build - lists + encoding, bare)


def _round(store: Store, tools: Tools, deliveries: Sequence[Delivery]) -> tuple[float, float, float, float]:
    builder, known = DigestBuilder(store, tools), dict[int, Item]()
    load = build = encoding = 0.0
    lists = _seconds(lambda: [store.runs.bundle(pk, known) for pk in {one.bundle for one in deliveries}])
    for first in range(0, len(deliveries), AT_ONCE):
        messages: list[Message] = []
        batch = deliveries[first : first + AT_ONCE]
        load += _seconds(partial(builder.expect, batch))
        build += _seconds(partial(messages.extend, filter(None, map(builder.build, batch))))
        encoding += _seconds(partial(list, map(encode, messages)))
        assert len(messages) == len(batch)
    return load, lists, build, encoding


def _sign(folder: Path, messages: Iterable[Message]) -> float:
    """Time signatures beside the bare one of RSA, and return the seconds of that."""
    keys, contents = DkimKeys(folder / "dkim"), [encode(message) for message in messages]
    rsa, ed25519 = keys.generate("one", "rsa"), keys.generate("two", "ed25519")
    signers = {key.algorithm: DkimSigner("news.example.org", [key]) for key in (rsa, ed25519)}
    found: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        for name, sign in (
            ("bare RSA signature", rsa.sign),
            ("bare Ed25519 signature", ed25519.sign),
            ("DKIM with RSA", signers["rsa"].signed),
            ("DKIM with Ed25519", signers["ed25519"].signed),
        ):
            found.setdefault(name, []).append(_seconds(partial(list, map(sign, contents))) / len(contents))
    bare = statistics.median(found["bare RSA signature"])
    for name, seconds in found.items():
        _tell(name, statistics.median(seconds), bare)
    return bare


def _seconds(do: Callable[[], object]) -> float:
    begun = time.process_time()
    do()
    return time.process_time() - begun


def _tell(name: str, seconds: float, bare: float) -> None:
    print(f"  {name:<23}{seconds * 1e6:8.1f} µs of a processor   {seconds / bare:6.3f} of an RSA signature")
