"""How often a form was sent from one place: what the limits of all forms count by."""

from __future__ import annotations

from datetime import datetime

from pressroom.models.dates import stamp
from pressroom.storage.store import Store


def count_from(
    store: Store, table: str, *, place: str, network: str, since: datetime, now: datetime
) -> tuple[int, int]:
    """Return how many rows of a table came after `since` from a place, and from its network (keyed hashes).

    What a clock that was ahead has noted does not count.
    """
    row = store.row(
        f"""SELECT (SELECT count(*) FROM {table} WHERE place = :place AND at > :since AND at <= :now) AS place,
            (SELECT count(*) FROM {table} WHERE network = :network AND at > :since AND at <= :now) AS network""",
        {"place": place, "network": network, "since": stamp(since), "now": stamp(now)},
    )
    assert row is not None
    return row["place"], row["network"]
