"""Addresses that must never be mailed, kept as keyed hashes (`Signer.address_hash`)."""

from __future__ import annotations

import json
from datetime import datetime

from pressroom.models.dates import stamp
from pressroom.models.people import UNTIL_ASKED
from pressroom.storage.cells import LONG_AGO, moment
from pressroom.storage.store import Store


class Suppressions:
    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, address_hash: str, reason: str, now: datetime) -> bool:
        """Suppress an address and return whether that is new; the first reason is kept, but for weak ones."""
        cursor = self._store.write(
            """INSERT INTO suppressions (address_hash, reason, at) VALUES (:hash, :reason, :at)
            ON CONFLICT DO UPDATE SET reason = :reason, at = :at
            WHERE reason IN (SELECT value FROM json_each(:weak))
            AND :reason NOT IN (SELECT value FROM json_each(:weak))""",
            {"hash": address_hash, "reason": reason, "at": stamp(now), "weak": json.dumps(UNTIL_ASKED)},
        )
        return cursor.rowcount > 0

    def all(self) -> list[tuple[str, str, datetime]]:
        """Return (hash, reason, when) of every address."""
        rows = self._store.rows("SELECT address_hash, reason, at FROM suppressions")
        return [(row["address_hash"], row["reason"], moment(row["at"]) or LONG_AGO) for row in rows]

    def count(self) -> int:
        return int(self._store.value("SELECT count(*) FROM suppressions"))

    def lift(self, address_hash: str) -> None:
        """Let an address be mailed again."""
        self._store.write("DELETE FROM suppressions WHERE address_hash = ?", (address_hash,))

    def reason(self, address_hash: str) -> str | None:
        """Return why an address is suppressed, None where it is not."""
        found = self._store.value("SELECT reason FROM suppressions WHERE address_hash = ?", (address_hash,))
        return None if found is None else str(found)
