"""Which of the unsubscribes that waited beside the catalogue are done, until their files are gone."""

from __future__ import annotations

from pressroom.storage.store import Store


class HeededStops:
    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, name: str) -> bool:
        """Note that the stop in the file of that name is done; False where it was before."""
        return (
            self._store.write("INSERT INTO heeded_stops (name) VALUES (?) ON CONFLICT DO NOTHING", (name,)).rowcount
            == 1
        )

    def forget(self, name: str) -> None:
        """Forget a stop whose file is gone."""
        self._store.write("DELETE FROM heeded_stops WHERE name = ?", (name,))
