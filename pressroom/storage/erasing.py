"""Erasing a person to the last byte: what names them outside their own rows, and what SQLite leaves behind."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from contextlib import suppress
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import TYPE_CHECKING

from pressroom.models.people import address_key

if TYPE_CHECKING:
    from pressroom.storage.store import Store

LOG_MILLISECONDS = 1_000
"""How long readers are waited for before the write-ahead log is emptied."""


def blank_what_names(store: Store, subscriber: int) -> None:
    """Take out of the accounts what names a person: where letters went, and answers, since servers repeat addresses."""
    for table in ("deliveries", "letters"):
        store.write(
            f"UPDATE {table} SET reply = '' WHERE subscriber = ? AND state IN ('sent', 'failed', 'unknown')",
            (subscriber,),
        )
    store.write(
        """UPDATE letters SET address = '' WHERE subscriber = :pk OR (finished_at IS NOT NULL
            AND address = (SELECT address FROM subscribers WHERE pk = :pk) COLLATE NOCASE)""",
        {"pk": subscriber},
    )


def empty_log(connection: sqlite3.Connection, busy_milliseconds: int) -> None:
    """Empty the write-ahead log, which holds what was deleted; afterwards locks are waited for as long as before."""
    connection.execute(f"PRAGMA busy_timeout = {LOG_MILLISECONDS}")
    with suppress(sqlite3.OperationalError):  # somebody reads: then it is emptied when the last one closes
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    connection.execute(f"PRAGMA busy_timeout = {busy_milliseconds}")


def leave_no_trace(store: Store, address: str) -> bool:
    """See to it that an address, deleted from every row, stands nowhere in the files; return whether that is so.

    SQLite overwrites what is deleted, but not a copy that it made when it moved rows from one page to another
    (`rebuildPage` in its btree.c), so the bytes are searched. The file is written anew only where they are found.
    """
    if not _stands_in(store.path, address):
        return True
    with suppress(sqlite3.OperationalError):  # locked, or no room for a second copy
        store.connection.execute("VACUUM")
    store.empty_log()
    return not _stands_in(store.path, address)


def _stands_in(catalogue: Path, address: str) -> bool:
    wanted = {form.encode() for form in (address, address.casefold(), address_key(address))}
    return any(_holds_any(Path(f"{catalogue}{ending}"), wanted) for ending in ("", "-wal"))


def _holds_any(path: Path, wanted: Collection[bytes]) -> bool:
    try:
        with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as content:
            return any(content.find(one) >= 0 for one in wanted)
    except (FileNotFoundError, ValueError):  # not there, or empty
        return False
