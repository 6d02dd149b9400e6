"""A trial site's transport: mail goes to a few addresses, and of all other it is only noted what would have gone."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from pressroom.delivery.queue import Answer, Transport, Verdict
from pressroom.models.people import address_key
from pressroom.models.runs import Message

log = logging.getLogger("pressroom.delivery")


class OnlyTo:
    """Hands over to `transport` what goes to `allowed`: addresses, or whole domains as “@example.org”."""

    def __init__(self, transport: Transport, allowed: Iterable[str]) -> None:
        self._transport = transport
        self._allowed = frozenset(address_key(one) for one in allowed)
        self._held: list[tuple[int, Answer]] = []

    def room_for(self, wanted: int) -> int:
        return self._transport.room_for(wanted)

    def begin(self, ticket: int, message: Message, content: bytes) -> None:
        key = address_key(message.recipient)
        if {key, f"@{key.rpartition('@')[2]}"} & self._allowed:
            self._transport.begin(ticket, message, content)
            return
        # Message-IDs are nobody's address; the ledger tells whose they are.
        log.info("not sent, since [mail] only_to does not name its recipient: %s", message.message_id)
        self._held.append((ticket, Answer(Verdict.HELD, "[mail] only_to does not name this address")))

    def answers(self, patience: float) -> list[tuple[int, Answer]]:
        held, self._held = self._held, []
        return held + self._transport.answers(0 if held else patience)

    def give_up(self) -> list[tuple[int, Answer]]:
        held, self._held = self._held, []
        return held + self._transport.give_up()

    def holds(self, message: Message) -> bool | None:
        return self._transport.holds(message)

    def close(self) -> None:
        self._transport.close()
