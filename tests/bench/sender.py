"""A process that delivers what waits on a site as soon as it is told to, and says what that took.

`python -m tests.bench.sender SITE [LEFT]` prints “ready”, reads a line, delivers, and prints a JSON document. LEFT is
what it leaves out: `making`, where every message is made and encoded before, or `ledger`, where nothing is written down
and looked at either.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from pressroom.delivery.mime import Encoded, encode
from pressroom.delivery.tally import Tally
from pressroom.delivery.worker import Worker
from pressroom.membership.stopping import heed_stops
from pressroom.models.runs import Delivery, Message
from pressroom.publishing.composing import DigestBuilder
from pressroom.publishing.delivering import check_mail_may_leave, deliver, make_transport
from pressroom.storage import Store
from pressroom.tools import Tools

STATUS = Path("/proc/self/status")


def main(site: Path, left: str = "") -> None:
    tools = Tools.of(site)
    with tools.open_store() as store:
        check_mail_may_leave(store, tools)
        send = {"": _as_it_is, "making": _made_before, "ledger": _without_a_ledger}[left](store, tools)
        print("ready", flush=True)
        sys.stdin.readline()
        began, used = time.time(), time.process_time()
        tally = send(datetime.now(UTC).replace(microsecond=0))
        ended, used = time.time(), time.process_time() - used
    assert not tally.trouble, tally.trouble
    # Not what getrusage tells: that is never less than what the process had that started this one.
    (peak,) = (int(line.split()[1]) / 1024 for line in STATUS.read_text().splitlines() if line.startswith("VmHWM"))
    print(json.dumps({"sent": tally.sent, "began": began, "ended": ended, "cpu": used, "peak": peak}))


Send = Callable[[datetime], Tally]


def _as_it_is(store: Store, tools: Tools) -> Send:
    for delivery in store.deliveries.of_run(1)[:1]:  # as a service has that has checked what it froze
        DigestBuilder(store, tools).build(delivery)
    return partial(deliver, store, tools)


@dataclass(frozen=True)
class _Made:
    """Messages by their deliveries (Protocol `delivery.queue.Builder`)."""

    messages: Mapping[int, Message]

    def build(self, delivery: Delivery) -> Message:
        return self.messages[delivery.pk]


def _made(store: Store, tools: Tools) -> tuple[dict[int, Message], dict[str, Encoded]]:
    """Return every message by its delivery, and encoded by its id."""
    builder, deliveries = DigestBuilder(store, tools), store.deliveries.of_run(1)
    messages = {one.pk: message for one in deliveries if (message := builder.build(one))}
    return messages, {message.message_id: encode(message) for message in messages.values()}


def _made_before(store: Store, tools: Tools) -> Send:
    messages, contents = _made(store, tools)
    transport = make_transport(tools)

    def send(now: datetime) -> Tally:
        worker = Worker(
            store.deliveries, _Made(messages), transport, lambda: now, look=lambda: heed_stops(store, tools),
            encode=lambda message: contents[message.message_id],
        )  # fmt: skip
        try:
            return worker.deliver()
        finally:
            transport.close()

    return send


def _without_a_ledger(store: Store, tools: Tools) -> Send:
    messages, contents = _made(store, tools)
    transport = make_transport(tools)

    def send(_: datetime) -> Tally:
        waiting, tally = list(messages.items()), Tally()
        while tally.sent < len(messages):
            for pk, message in [waiting.pop() for _ in range(min(transport.room_for(len(waiting)), len(waiting)))]:
                transport.begin(pk, message, contents[message.message_id])
            tally.sent += len(transport.answers(1))
        transport.close()
        return tally

    return send


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
