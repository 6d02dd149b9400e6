"""Backups of a catalogue: one SQLite file each, with the files in it that a site is nothing without."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from pressroom.errors import (
    BackupError,
    CatalogueDamagedError,
    CatalogueMissingError,
    CatalogueNewerError,
    NoCatalogueError,
    PublisherError,
)
from pressroom.files import draft_beside, sync_folder
from pressroom.storage.store import Store
from pressroom.storage.trouble import is_of_writing, require_file, told

MOST_KEPT = 3
"""So many backups that were made before a migration stay."""
_OF_SQLITE = ("-wal", "-shm", "-journal")
"""How files end that SQLite takes for its own, and deletes."""
_AN_OLDER = "take an older backup, and check the disk"
_ANOTHER = "name a file that “publisher db backup” has made"


def write_backup(catalogue: Path, target: Path, files: Mapping[str, bytes]) -> None:
    """Write the catalogue as it is at one moment to `target`, whole or not at all; whoever sends meanwhile goes on.

    `files` are kept in it, by their path in the site. It is checked, is armed nowhere (R11), and for its owner only.
    Raises BackupError where it cannot be written or something is there already, and what is wrong with a catalogue
    that cannot be read, is damaged, or is none of ours.
    """
    require_file(catalogue)
    with _writing(target):
        if target.exists():
            raise BackupError(target, "is there already", "name another file")
        if target.name.endswith(_OF_SQLITE):
            raise BackupError(target, "is named as SQLite names what it puts beside a file", "name another file")
        with draft_beside(target, mode=0o600) as draft:
            with Store(catalogue) as source, source.of_one_moment():
                source.require_own()
                _copy(source, draft, target)
            with Store(draft) as copy, _writing(target):
                copy.path = catalogue  # what is wrong with the copy otherwise is so there
                _seal(copy, files)
                if damage := _damage(copy):
                    raise CatalogueDamagedError(catalogue, f"it is damaged ({damage})", "restore the newest backup")
            draft.replace(target)  # SQLite has synced it
        sync_folder(target.parent)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Say of `path` what cannot be written within; what cannot be read is another file's, and goes on."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError) as error:
        raise BackupError(path, "cannot be written: its folder is not there", "make that, or name another") from error
    except OSError as error:
        raise _unwritable(path, (error.strerror or str(error)).lower()) from error
    except sqlite3.Error as error:
        if not is_of_writing(error):
            raise
        raise _unwritable(path, told(error, path)[0]) from error


def _unwritable(path: Path, problem: str) -> BackupError:
    return BackupError(path, f"cannot be written: {problem}", "see to its name, rights and space, then try again")


def _copy(source: Store, draft: Path, target: Path) -> None:
    """Copy in one go: in WAL mode that is one moment, and keeps nobody waiting. `target` is what the draft is for."""
    with _writing(target), closing(sqlite3.connect(draft)) as copy:
        copy.execute("PRAGMA synchronous = FULL")
        source.connection.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, which may lie where nobody can write


def _seal(copy: Store, files: Mapping[str, bytes]) -> None:
    with copy.atomic():
        disarm(copy)
        copy.write("CREATE TABLE IF NOT EXISTS kept_files (path TEXT PRIMARY KEY, content BLOB NOT NULL)")
        copy.write_many("INSERT OR REPLACE INTO kept_files (path, content) VALUES (?, ?)", list(files.items()))


def _damage(copy: Store) -> str:
    """Return what SQLite finds damaged first, "" where nothing is."""
    found = str(copy.value("PRAGMA integrity_check(1)"))
    return "" if found == "ok" else found.splitlines()[-1]  # above it stands which database it is of


def disarm(store: Store) -> tuple[str | None, str | None]:
    """Let no mail leave from a catalogue of any schema, though a process has it open; return by what it was armed."""
    if store.value("SELECT 1 FROM pragma_table_info('catalogue') WHERE name = 'armed_key'") is None:
        return None, None
    before = store.armed_as
    store.set_armed(None, None)
    return before


def unpack(backup: Path, draft: Path) -> dict[str, bytes]:
    """Make of a backup, or of any copy, a catalogue of this program's schema at `draft`; return the files kept in it.

    It is armed nowhere, and every feed file counts as changed. Refuses what is no catalogue, damaged, or newer.
    """
    with _restorable(backup):
        require_file(backup)
        with closing(Store(backup)) as source, source.of_one_moment():
            source.pending_migrations()
            _copy(source, draft, draft.parent)
        with closing(Store(draft)) as copy, _writing(draft.parent):
            if damage := _damage(copy):
                raise BackupError(backup, f"is damaged ({damage})", _AN_OLDER)
            with copy.atomic(durable=True):
                copy.apply_migrations()
                copy.set_armed(None, None)
                copy.write("UPDATE feed_files SET size = 0")  # what is published may be of later
                copy.sessions.end_everybodys()
                files = _taken_out(copy, backup)
            copy.connection.execute("PRAGMA journal_mode = WAL")
    return files


@contextmanager
def _restorable(backup: Path) -> Iterator[None]:
    """Say of a file that cannot be restored why, and what to do: it is a backup, and not the site's catalogue."""
    try:
        yield
    except CatalogueMissingError as error:
        raise BackupError(backup, "is not there", _ANOTHER) from error
    except NoCatalogueError as error:
        raise BackupError(backup, "is empty, or another program's", _ANOTHER) from error
    except CatalogueNewerError as error:
        problem = f"was made by a newer Pressroom (migration “{error.unknown}”)"
        raise BackupError(backup, problem, "install that version") from error
    except sqlite3.Error as error:
        problem, remedy = told(error, backup)
        name = getattr(error, "sqlite_errorname", "")
        if name == "SQLITE_NOTADB":
            remedy = f"if it is encrypted or compressed, undo that first, else {_ANOTHER}"
        elif name.startswith(("SQLITE_CORRUPT", "SQLITE_IOERR")):
            remedy = _AN_OLDER
        raise BackupError(backup, f"cannot be restored: {problem}", remedy) from error


def is_backup(store: Store) -> bool:
    """Whether a catalogue is the content of a backup that was put in place as it is."""
    return store.value("SELECT 1 FROM sqlite_schema WHERE name = 'kept_files'") is not None


def is_untouched(catalogue: Path) -> bool:
    """Whether there is a catalogue into which nothing has been entered yet."""
    tables = ("releases", "subscribers", "suppressions", "runs")
    try:
        require_file(catalogue)
        with Store(catalogue) as store:
            return not any(store.value(f"SELECT EXISTS (SELECT 1 FROM {table})") for table in tables)
    except PublisherError:
        return False


def _taken_out(copy: Store, backup: Path) -> dict[str, bytes]:
    if not is_backup(copy):
        return {}
    files = {row["path"]: row["content"] for row in copy.rows("SELECT path, content FROM kept_files")}
    if not all(isinstance(path, str) and isinstance(content, bytes) for path, content in files.items()):
        raise BackupError(backup, "keeps files that another program has changed", _AN_OLDER)
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
