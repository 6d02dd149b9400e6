"""Backups of a catalogue: one SQLite file each, with the files in it that a site is nothing without."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from pressroom.errors import BackupError, OutputError, PublisherError
from pressroom.files import draft_beside, sync_folder
from pressroom.storage.store import Store
from pressroom.storage.trouble import in_words, require_file

MOST_KEPT = 3
"""So many backups that were made before a migration stay."""


def write_backup(catalogue: Path, target: Path, files: Mapping[str, bytes]) -> None:
    """Write the catalogue as it is at one moment to `target`, whole or not at all; whoever sends meanwhile goes on.

    `files` are kept in it, by their path in the site. It is checked, is armed nowhere (R11), and for its owner only.
    Raises OutputError where it cannot be written, BackupError where something is there already, NoCatalogueError where
    there is nothing of ours to keep.
    """
    require_file(catalogue)
    if target.exists():
        raise BackupError(target, "is there already", "name another file")
    try:
        with draft_beside(target, mode=0o600) as draft:
            _copy(catalogue, draft)
            with Store(draft) as copy:
                copy.path = catalogue  # what a refusal names
                copy.require_own()
                copy.path = target
                _seal(copy, files)
            draft.replace(target)  # SQLite has synced it
        sync_folder(target.parent)
    except OSError as error:
        raise OutputError(target, (error.strerror or str(error)).lower()) from error


def _copy(catalogue: Path, draft: Path) -> None:
    """Copy in one go: in WAL mode that is one moment, and keeps nobody waiting."""
    try:
        with closing(sqlite3.connect(catalogue)) as source, closing(sqlite3.connect(draft)) as copy:
            copy.execute("PRAGMA synchronous = FULL")
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, which may lie where nobody can write
    except sqlite3.Error as error:
        raise in_words(error, catalogue) from error


def _seal(copy: Store, files: Mapping[str, bytes]) -> None:
    with copy.atomic():
        disarm(copy)
        copy.write("CREATE TABLE IF NOT EXISTS kept_files (path TEXT PRIMARY KEY, content BLOB NOT NULL)")
        copy.write_many("INSERT OR REPLACE INTO kept_files (path, content) VALUES (?, ?)", list(files.items()))
    require_sound(copy)


def disarm(store: Store) -> None:
    """Let no mail leave from a catalogue of any schema, though a process has it open."""
    if store.value("SELECT 1 FROM pragma_table_info('catalogue') WHERE name = 'armed_key'"):
        store.set_armed(None, None)


def require_sound(copy: Store) -> None:
    """Raise for a backup that SQLite finds damaged."""
    found = [row[0] for row in copy.rows("PRAGMA integrity_check(1)") if row[0] != "ok"]
    if found:
        raise BackupError(copy.path, f"is damaged ({found[0]})", "take an older backup, and check the disk")


def unpack(backup: Path, draft: Path) -> dict[str, bytes]:
    """Make of a backup, or of any copy, a catalogue of this program's schema at `draft`; return the files kept in it.

    It is armed nowhere, and every feed file counts as changed. Refuses what is no catalogue, damaged, or newer.
    """
    require_file(backup)
    try:
        with Store(backup) as known:
            known.pending_migrations()
    except PublisherError as error:
        raise BackupError(backup, "cannot be restored", str(error).rstrip(".")) from error
    _copy(backup, draft)
    with Store(draft) as copy:
        copy.path = backup
        require_sound(copy)
        with copy.atomic(durable=True):
            copy.apply_migrations()
            copy.set_armed(None, None)
            copy.write("UPDATE feed_files SET size = 0")  # what is published may be of later
            files = _taken_out(copy)
        copy.connection.execute("PRAGMA journal_mode = WAL")
    return files


def is_backup(store: Store) -> bool:
    """Whether a catalogue is the content of a backup that was put in place as it is."""
    return store.value("SELECT 1 FROM sqlite_schema WHERE name = 'kept_files'") is not None


def is_untouched(catalogue: Path) -> bool:
    """Whether there is a catalogue into which nothing has been entered yet."""
    tables = ("releases", "subscribers", "suppressions", "runs")
    try:
        with Store(catalogue) as store:
            return not any(store.value(f"SELECT EXISTS (SELECT 1 FROM {table})") for table in tables)
    except PublisherError:
        return False


def _taken_out(copy: Store) -> dict[str, bytes]:
    if not is_backup(copy):
        return {}
    files = {row["path"]: row["content"] for row in copy.rows("SELECT path, content FROM kept_files")}
    copy.write("DROP TABLE kept_files")
    return files


def lay_aside_before(catalogue: Path, migration: str, folder: Path, files: Mapping[str, bytes]) -> None:
    """Write a backup before a migration into `folder`; of several the newest few stay."""
    folder.mkdir(mode=0o700, exist_ok=True)
    target = folder / f"before-{migration}.db"
    target.unlink(missing_ok=True)  # of a migration that was undone
    write_backup(catalogue, target, files)
    for old in sorted(folder.glob("before-*.db"), key=lambda path: path.stat().st_mtime_ns)[:-MOST_KEPT]:
        old.unlink(missing_ok=True)


def opened_to_look(path: Path) -> Store:
    """Return a copy in memory, of this program's schema, of a catalogue that is replaced: nothing is changed there."""
    with Store(path) as source:
        source.pending_migrations()
        copy = source.copy()
    copy.connection.execute("PRAGMA foreign_keys = OFF")  # some migrations make tables anew
    with copy.atomic():
        copy.apply_migrations()
    return copy
