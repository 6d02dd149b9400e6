"""Handing one message over, as a worker does it with many."""

from __future__ import annotations

from pressroom.delivery.mime import MessageSigner, encode
from pressroom.delivery.queue import Answer, Transport, hand_over
from pressroom.models.runs import Message


def send(transport: Transport, message: Message, dkim: MessageSigner | None = None) -> Answer:
    return hand_over(transport, message, encode(message, dkim))


def send_once(transport: Transport, message: Message) -> Answer:
    """Hand one message over, and close the transport."""
    try:
        return send(transport, message)
    finally:
        transport.close()
