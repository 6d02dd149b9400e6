"""What is held about a person beside their choices, consents, letters and digests, as plain values."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from pressroom.models.people import address_key
from pressroom.models.sign_ups import SignUp
from pressroom.storage.store import Store

# What stands between addresses and other words where people write how they are reached.
_PARTS = re.compile(r"[\s<>()\[\],;:\"]+|\.(?:\s|$)")


class Holdings:
    def __init__(self, store: Store) -> None:
        self._store = store

    def told(self, subscriber: int) -> list[str]:
        """Return the titles of what a person was told by digests whose record has been deleted, oldest first."""
        rows = self._store.rows(
            """SELECT releases.title FROM paid JOIN releases ON releases.pk = paid.release
            WHERE paid.subscriber = ? ORDER BY paid.up_to_no, releases.pk""",
            (subscriber,),
        )
        return [row["title"] for row in rows]

    def titles(self, numbers: Iterable[int]) -> list[str]:
        """Return the titles of what these numbers announced, oldest first, each once."""
        rows = self._store.rows(
            """SELECT releases.title FROM announcements JOIN releases ON releases.pk = announcements.release
            WHERE announcements.no IN (SELECT value FROM json_each(?)) ORDER BY announcements.no""",
            (json.dumps(sorted(numbers)),),
        )
        return list(dict.fromkeys(row["title"] for row in rows))

    def sign_ups(self, address_hash: str) -> list[dict[str, Any]]:
        """Return what was asked for with the form for an address and has not been taken up yet."""
        rows = self._store.rows(
            "SELECT at, request FROM sign_ups WHERE address_hash = ? AND request IS NOT NULL ORDER BY pk",
            (address_hash,),
        )
        return [_asked(row["at"], row["request"]) for row in rows]

    def left_with(self, subscriber: int) -> list[dict[str, Any]]:
        """Return what somebody had set who has left, as far as it is kept; at most one record."""
        rows = self._store.rows("SELECT * FROM left_with WHERE subscriber = ?", (subscriber,))
        return [
            {
                "language": row["language"],
                "paused": row["paused_until"] is not None,
                "paused_until": row["paused_until"] or None,
                "only_kinds": row["kinds"].split(),
                "only_languages": row["languages"].split(),
                "without_partners": not row["partners"],
            }
            for row in rows
        ]

    def complaints(self, address: str) -> list[dict[str, Any]]:
        """Return the complaints that name the address in what says where an answer goes."""
        rows = self._store.rows(
            """SELECT at, name, contact, text, acknowledged_at AS acknowledged, closed_at AS closed, outcome
            FROM complaints WHERE instr(contact, '@') ORDER BY pk"""
        )
        key = address_key(address)
        return [dict(row) for row in rows if key in {address_key(one) for one in _PARTS.split(row["contact"])}]


def _asked(at: str, content: str) -> dict[str, Any]:
    try:
        request = SignUp.from_json(content)
    except (ValueError, KeyError, TypeError):  # another program's, and dropped when it is taken up
        return {"at": at}
    return {
        "at": at,
        "address": request.address,
        "language": request.language,
        "chosen": [f"{slug}={often}" for slug, often in request.wishes],
        "only_kinds": list(request.kinds),
        "without_partners": not request.partners,
        "wording": request.wording.version if request.wording else "",
    }
