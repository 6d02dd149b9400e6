"""Why people left, counted without who they were."""

from __future__ import annotations

from pressroom.storage.store import Store


class Farewells:
    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, key: str, reason: str, month: str) -> None:
        """Count a reason in a month ("2026-01"); of one key, which is random, the last counts."""
        self._store.write(
            """INSERT INTO farewells (key, month, reason) VALUES (?, ?, ?)
            ON CONFLICT DO UPDATE SET reason = excluded.reason""",
            (key, month, reason),
        )

    def counts(self) -> dict[str, int]:
        """Return how often each reason was given, the commonest first."""
        rows = self._store.rows("SELECT reason, count(*) AS n FROM farewells GROUP BY reason ORDER BY n DESC, reason")
        return {row["reason"]: row["n"] for row in rows}
