"""Reports of delivery that have no part for programs, as some servers still write them: read by flufl.bounce.

It knows the words of some twenty mail servers. What it calls permanent is not believed: see `statuses`.
"""

from __future__ import annotations

import logging
import re
from email.message import Message

from pressroom.delivery.statuses import STATUS, status_in
from pressroom.models.bounces import LONGEST_TEXT

_SAID = re.compile(rf"{STATUS.pattern}|(?<![\d.])[45]\d\d[ -]")
_OUR_MAIL = re.compile(
    r"^(---.*(copy of (the|your) message|original message)|(return-path|received):)", re.IGNORECASE | re.MULTILINE
)
"""Where the mail that is returned begins: what stands there is ours, and no word of the other server's."""


def read_odd_report(message: Message) -> list[tuple[str, str, str, str]]:
    """Return (address, action, status, text) of each recipient that is reported; nothing where it is no report."""
    from flufl.bounce import all_failures  # imported late: few mails need it

    logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)  # it logs what it raises
    try:
        later, failed = all_failures(message)
    except Exception:  # noqa: BLE001 – its detectors trust what they read
        return []
    said = _said(message)
    actions = dict.fromkeys(later, "delayed") | dict.fromkeys(failed, "failed")
    return [
        (address.decode("utf-8", "replace"), action, status_in("", said), said)
        for address, action in sorted(actions.items())
    ]


def _said(message: Message) -> str:
    """Return what the other server said: from the first status or code on, before the mail that is returned."""
    for part in message.walk():
        content = part.get_payload(decode=True)
        if part.get_content_maintype() == "text" and isinstance(content, bytes):
            text = _OUR_MAIL.split(content.decode("utf-8", "replace"), maxsplit=1)[0]
            found = _SAID.search(text)
            return " ".join(text[found.start() : found.start() + LONGEST_TEXT].split()) if found else ""
    return ""
