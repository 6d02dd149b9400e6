"""The envelopes of messages: a sender that tells, of whatever comes back, which message it was (VERP)."""

from __future__ import annotations

from dataclasses import replace

from pressroom.membership.bounces import envelope_token
from pressroom.models.letters import Letter
from pressroom.models.runs import Delivery, Message
from pressroom.tools import Tools


def in_envelope(message: Message, tools: Tools, queued: Delivery | Letter, key: str) -> Message:
    """Return the message of `queued` with its own sender, where `[bounces] address` is set; else it stays as it is.

    `key` is that of the run or the letter. The same message has the same envelope at every attempt.
    """
    bounces = tools.settings.bounces
    if not bounces.address:
        return message
    token = envelope_token(tools, queued, key, message.recipient)
    return replace(message, sender=bounces.sender(token), envelope_id=token)
