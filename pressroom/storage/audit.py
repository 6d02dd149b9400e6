"""The audit log: what was done at the desk, by whom, each entry sealed with the one before it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pressroom.models.dates import stamp, unstamp
from pressroom.models.staff import AuditEntry
from pressroom.storage.store import Store

UNREADABLE, EPOCH = "unreadable", datetime(1970, 1, 1, tzinfo=UTC)
Seal = Callable[[str], str]
_SEALED = ("pk", "at", "actor", "action", "object", "details", "previous_hash")
_COLUMNS = ", ".join((*_SEALED, "hash"))


class Audit:
    def __init__(self, store: Store) -> None:
        self._store = store

    def add(
        self,
        seal: Seal,
        now: datetime,
        *,
        who: str,
        act: str,
        about: str,
        before: Mapping[str, Any],
        after: Mapping[str, Any],
    ) -> None:
        """Append an entry; `seal` makes its hash of what it says and the hash before. Call it within a transaction."""
        last = self._store.row("SELECT pk, hash FROM audit_log ORDER BY pk DESC LIMIT 1")
        no, before_it = (last["pk"] + 1, last["hash"]) if last else (1, "")
        details = json.dumps({"before": before, "after": after}, ensure_ascii=False, sort_keys=True)
        values = (no, stamp(now), who, act, about, details, before_it)
        self._store.write(
            f"INSERT INTO audit_log ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (*values, seal(_said(values))),
        )

    def take_over(self, since: Store) -> None:
        """Append what another catalogue has written down after the last entry here, if it goes on from that."""
        last = self._store.row("SELECT pk, hash FROM audit_log ORDER BY pk DESC LIMIT 1")
        no, before_it = (last["pk"], last["hash"]) if last else (0, "")
        rows = [tuple(row) for row in since.rows(f"SELECT {_COLUMNS} FROM audit_log WHERE pk > ? ORDER BY pk", (no,))]
        if rows and rows[0][-2] == before_it:
            self._store.write_many(f"INSERT INTO audit_log ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def newest(self, limit: int, before: int | None = None) -> list[AuditEntry]:
        """Return up to `limit` entries, newest first; those before a number if one is given."""
        rows = self._store.rows(
            "SELECT * FROM audit_log WHERE :before IS NULL OR pk < :before ORDER BY pk DESC LIMIT :limit",
            {"before": before, "limit": limit},
        )
        return [_entry(row) for row in rows]

    def about(self, thing: str, limit: int) -> list[AuditEntry]:
        """Return the newest entries about something, newest first."""
        sql = "SELECT * FROM audit_log WHERE object = ? ORDER BY pk DESC LIMIT ?"
        return [_entry(row) for row in self._store.rows(sql, (thing, limit))]

    def faults(self, seal: Seal) -> Iterator[str]:
        """Yield what does not fit: entries that are missing, or were changed after they were written."""
        expected, before_it = 1, ""
        for row in self._store.rows("SELECT * FROM audit_log ORDER BY pk"):
            if row["pk"] != expected:
                yield f"Entries {expected} to {row['pk'] - 1} are missing."
            elif row["previous_hash"] != before_it or row["hash"] != seal(_said([row[name] for name in _SEALED])):
                yield f"Entry {row['pk']} was changed."
            expected, before_it = row["pk"] + 1, row["hash"]


def _said(values: Sequence[Any]) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def _entry(row: sqlite3.Row) -> AuditEntry:
    """Return an entry; of one that somebody has changed, whatever can be read of it."""
    details = json.loads(row["details"])
    sides = [details.get(side, {}) if isinstance(details, dict) else details for side in ("before", "after")]
    before, after = (side if isinstance(side, dict) else {UNREADABLE: side} for side in sides)
    try:
        at = unstamp(row["at"])
    except ValueError:
        at = EPOCH
    return AuditEntry(row["pk"], at, row["actor"], row["action"], row["object"], before, after, row["hash"])
