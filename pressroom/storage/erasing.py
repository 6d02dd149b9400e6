"""Erasing a person to the last byte: what names them outside their own rows, and what SQLite leaves behind.

A mark in the catalogue (table `traces`) comes with each erasure and goes when its bytes have been looked for, so that
a kill in between is made good by `finish_erasing`.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pressroom.models.people import address_key

if TYPE_CHECKING:
    from pressroom.storage.store import Store

LOG_MILLISECONDS = 1_000
"""How long readers are waited for before the write-ahead log is emptied."""
SEARCH_SECONDS = 120
FEW = 50
"""Of so many addresses at most it is looked whether longer ones of other people hold them."""


@dataclass(frozen=True, slots=True)
class Traces:
    """What may still stand in the files of somebody who was erased, and the mark that says so."""

    addresses: frozenset[str]
    mark: str


def erase_rows(store: Store, subscriber: int) -> Traces:
    """Delete a person with choices and consents, and what else names them; deliveries stay, without the person."""
    address = str(store.value("SELECT address FROM subscribers WHERE pk = ?", (subscriber,)))
    elsewhere = store.rows("SELECT address FROM letters WHERE subscriber = ? AND address <> ''", (subscriber,))
    addresses = frozenset({address, *(row["address"] for row in elsewhere)})
    _blank_what_names(store, subscriber, address)
    store.write("DELETE FROM subscribers WHERE pk = ?", (subscriber,))
    mark = str(store.value("INSERT INTO traces DEFAULT VALUES RETURNING mark"))
    store.empty_log_afterwards()
    return Traces(addresses, mark)


def _blank_what_names(store: Store, subscriber: int, address: str) -> None:
    """Take out of the accounts what names a person: where letters went, and answers, since servers repeat addresses."""
    for table in ("deliveries", "letters"):
        store.write(
            f"UPDATE {table} SET reply = '' WHERE subscriber = ? AND state <> 'suppressed'",
            (subscriber,),
        )
    store.write("UPDATE letters SET address = '' WHERE subscriber = ? AND address <> ''", (subscriber,))
    # Of what is just being handed over to that address for somebody else, no answer is kept either: see `_finish`.
    for form in sorted({address, address_key(address)}):
        store.write(
            """UPDATE letters SET address = '', reply = CASE WHEN state = 'suppressed' THEN reply ELSE '' END,
                subscriber = CASE WHEN state = 'handed-over' THEN NULL ELSE subscriber END
            WHERE address = ? COLLATE NOCASE AND address <> ''
            AND (finished_at IS NOT NULL OR (state = 'handed-over' AND kind <> 'complaint'))""",
            (form,),
        )


def empty_log(connection: sqlite3.Connection, busy_milliseconds: int) -> bool:
    """Empty the write-ahead log, which holds what was deleted, and return whether that could be done.

    Afterwards locks are waited for as long as before.
    """
    connection.execute(f"PRAGMA busy_timeout = {LOG_MILLISECONDS}")
    is_busy = True
    with suppress(sqlite3.OperationalError):  # somebody reads: then it is emptied when the last one closes
        is_busy = bool(connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0])
    connection.execute(f"PRAGMA busy_timeout = {busy_milliseconds}")
    return not is_busy


def leave_no_trace(store: Store, traces: Sequence[Traces]) -> bool:
    """See to it that what was deleted from every row stands nowhere in the files; return whether that is so.

    SQLite overwrites what is deleted, but not a copy that it made when it moved rows from one page to another
    (`rebuildPage` in its btree.c), so the bytes are searched. The file is written anew where they are found, or where
    they cannot be searched. Call it outside of transactions.
    """
    if not traces:
        return True
    addresses = {address for one in traces for address in one.addresses}
    found = _standing(store, addresses)
    is_clean, is_new = found is not None and not found, False
    if not is_clean:
        is_new = _write_anew(store)
        found = _standing(store, addresses)
        is_clean = is_new if found is None else not found
    if is_clean or is_new:  # what a new file holds is somebody's row, and no leftover
        store.write_many("DELETE FROM traces WHERE mark = ?", [(one.mark,) for one in traces])
    return is_clean


def finish_erasing(store: Store) -> None:
    """Make good what was killed between an erasure and the search for its bytes: the file is written anew."""
    marks = [(row["mark"],) for row in store.rows("SELECT mark FROM traces")]
    if marks and _write_anew(store):
        store.write_many("DELETE FROM traces WHERE mark = ?", marks)


def _write_anew(store: Store) -> bool:
    """Write the whole file anew, without anything deleted, and return whether that could be done."""
    try:
        store.connection.execute("VACUUM")
    except sqlite3.OperationalError:  # locked, or no room for a second copy
        store.empty_log()
        return False
    return store.empty_log()


def _standing(store: Store, addresses: Collection[str]) -> set[str] | None:
    """Return which of the addresses stand in the files, but for parts of other people's; None where nobody can tell."""
    forms = {form for one in addresses for form in (one, one.casefold(), address_key(one))}
    found = _search(store.path, dict.fromkeys(forms, ()))
    if found and len(found) <= FEW:
        return _search(store.path, {form: _longer(store, form) for form in found})
    return found


def _longer(store: Store, form: str) -> tuple[str, ...]:
    """Return the addresses of other people that hold this one: joann@example.org holds ann@example.org."""
    rows = store.rows(
        """SELECT address FROM (SELECT address FROM subscribers UNION SELECT address_key FROM subscribers
            UNION SELECT address FROM letters WHERE address <> ''
            UNION SELECT json_extract(request, '$.address') FROM sign_ups WHERE request IS NOT NULL
            UNION SELECT contact FROM complaints)
        WHERE instr(lower(address), lower(:form)) AND length(address) > length(:form)""",
        {"form": form},
    )
    return tuple(row["address"] for row in rows)


def _search(catalogue: Path, wanted: dict[str, tuple[str, ...]]) -> set[str] | None:
    """Search the files in a child process: see `byte_search` why. None where that cannot be done.

    The log comes first: what is moved from it into the file meanwhile is found there.
    """
    asked = {"paths": [f"{catalogue}-wal", str(catalogue)], "wanted": wanted}
    program = Path(__file__).with_name("byte_search.py")
    try:
        child = subprocess.run(
            [sys.executable, "-I", "-S", str(program)],
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=SEARCH_SECONDS,
            check=True,
        )
        return set(json.loads(child.stdout))
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
