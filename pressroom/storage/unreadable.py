"""Rows of people and of mail that nobody can read whole, and rows that name others which are gone.

The file refuses both; what was written before it did, or by a program that has taken its triggers away, is used without
that, holds up nothing else, and is found here.
"""

from __future__ import annotations

from collections.abc import Iterator

from pressroom.errors import PublisherError, UnusableRowError
from pressroom.models.people import address_key
from pressroom.models.text import shown
from pressroom.storage.schema_0016 import FAULTS, IS_UNREADABLE, STATES
from pressroom.storage.store import Store

MOST_ROWS = 20
FATE = "cannot be read whole"
_ROWS = {"suppressions": "address_hash", "due_times": "frequency || ' of run ' || run"}
"""What tells a row of a table without row numbers from others."""


def unreadable(store: Store) -> list[UnusableRowError]:
    """Return what cannot be read, of many rows of a table the first ones; indexes hold nothing else."""
    return [
        fault
        for table, faults in FAULTS.items()
        for column, (condition, wanted) in faults.items()
        for fault in _found(store, table, column, f"{IS_UNREADABLE[table]} AND {condition}", wanted, is_indexed=True)
    ]


def lost_deliveries(store: Store) -> list[UnusableRowError]:
    """Return which deliveries are in no state that there is, by looking through them all."""
    condition = f"state NOT IN {STATES}"
    return _found(store, "deliveries", "state", condition, f"one of {', '.join(STATES)}", is_indexed=False)


def _found(
    store: Store, table: str, column: str, condition: str, wanted: str, *, is_indexed: bool
) -> list[UnusableRowError]:
    held = f"{table} INDEXED BY {table}_unreadable" if is_indexed else table
    row = _ROWS.get(table, "rowid")
    rows = store.rows(f"SELECT {row}, {column} FROM {held} WHERE {condition} ORDER BY 1 LIMIT {MOST_ROWS}")
    return [UnusableRowError(table, row, f"{column} is {shown(text)}, not {wanted}", FATE) for row, text in rows]


def dangling(store: Store) -> Iterator[str]:
    """Say which rows name one that is gone: what they say of it is left out."""
    found: dict[tuple[str, str], list[int | None]] = {}
    for row in store.rows("PRAGMA foreign_key_check"):
        found.setdefault((row["table"], row["parent"]), []).append(row["rowid"])
    for (table, parent), numbers in found.items():
        first = "A row" if numbers[0] is None else f"Row {numbers[0]}"
        more = f", and so do {len(numbers) - 1:,} more" if numbers[1:] else ""
        yield (
            f"{first} of the table {table} points at nothing in {parent}{more}; "
            "put that back from a backup, or delete what points there."
        )


def misplaced(store: Store) -> Iterator[PublisherError]:
    """Return which subscribers would not be found by the address that they have."""
    for pk, address, key in store.rows("SELECT pk, address, address_key FROM subscribers"):
        if key != address_key(address):
            problem = f"address_key is {shown(key)} and not {shown(address_key(address))}"
            yield UnusableRowError("subscribers", pk, problem, "is not found by its address")
