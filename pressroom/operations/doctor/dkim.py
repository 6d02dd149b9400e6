"""Whether the DNS tells the public half of each key that mail is signed with (RFC 6376 §3.6.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pressroom.delivery.dkim import DkimKey
from pressroom.operations.doctor.diagnosis import Diagnosis, ok, problem, warning
from pressroom.operations.doctor.dmarc import tags_of
from pressroom.operations.doctor.dns import Dns


def look_at_key(dns: Dns, domain: str, key: DkimKey) -> Iterator[Diagnosis]:
    """Yield what a receiver finds who looks for the key of a signature."""
    name = f"{key.selector}._domainkey.{domain}"
    records = dns.texts(name)
    if not records:
        yield problem(f"{name} has no record, so that no signature can be checked", "publish what “dkim records” shows")
        return
    if len(records) > 1:  # RFC 6376 §3.6.2.2: what comes of it is undefined
        yield problem(f"{name} has {len(records)} TXT records, and receivers take any of them", "leave the right one")
        return
    tags = tags_of(records[0])
    if fault := _fault(tags, key):
        yield problem(f"{name} {fault[0]}", fault[1])
    elif "y" in _flags(tags.get("t", "")):
        yield warning(f"{name} is in test mode (t=y), and receivers may pass over its signatures", "take out t=y")
    else:
        yield ok(f"{name} tells the {key.algorithm} key that signs")


def _fault(tags: dict[str, str], key: DkimKey) -> tuple[str, str] | None:
    """Return what is wrong with a record of that key, and the remedy."""
    publish = "publish what “dkim records” shows"
    own = tags_of(key.record)
    if tags.get("v", "DKIM1") != "DKIM1" or "p" not in tags:
        return "holds no key", publish
    told = _joined(tags["p"])
    if not told:
        return "says that its key is revoked (p= is empty)", "make another key, and sign with that"
    if (kind := tags.get("k", "rsa").lower()) != own["k"]:
        return f"tells a key of the kind {kind}, and ours is {own['k']}", publish
    if told != _joined(own["p"]):
        return "tells another key than the one that signs, so that no signature passes", publish
    if "h" in tags and "sha256" not in _flags(tags["h"]):
        return f"does not let signatures use SHA-256 (h={tags['h']})", "take out h="
    if not {"*", "email"} & _flags(tags.get("s", "*")):
        return f"is not for mail (s={tags['s']})", "take out s="
    return None


def _flags(value: str) -> set[str]:
    return {part.strip().lower() for part in value.split(":")}


def _joined(value: str) -> str:
    """Return what is encoded without the blanks that may stand in it (RFC 6376 §3.2)."""
    return re.sub(r"\s", "", value)
