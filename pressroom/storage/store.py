"""The one door to the catalogue file: opening, transactions, migrations, integrity."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from datetime import datetime
from functools import cached_property
from operator import methodcaller
from pathlib import Path
from typing import Any, Self, cast

from sqlite_utils import Database

from pressroom.errors import (
    CatalogueBehindError,
    CatalogueNewerError,
    NoCatalogueError,
    PublisherError,
)
from pressroom.files import new_file
from pressroom.models.dates import stamp
from pressroom.storage.cells import moment
from pressroom.storage.migrations import migrations
from pressroom.storage.nouns import Nouns
from pressroom.storage.trouble import in_words, require_file

BUSY_SECONDS = 15
INSTRUCTIONS_BETWEEN_LOOKS = 100_000
"""SQLite's, some milliseconds: so often what is asked of a copy looks whether it should stop."""

Values = Mapping[str, Any] | Sequence[Any]


_readable = methodcaller("decode", "utf-8", "replace")
"""Returns a text of the file; bytes that another program wrote and that are no UTF-8 are shown as such."""


class Store(Nouns):
    """An open catalogue. It belongs to the thread that opened it.

    `atomic` groups writes: everything in it is committed together or not at all. As a context it closes itself, and
    says in words what SQLite refuses.
    """

    def __init__(self, path: Path, busy_seconds: float | None = None) -> None:
        self.path = path
        try:
            connection = sqlite3.connect(path, timeout=BUSY_SECONDS if busy_seconds is None else busy_seconds)
        except sqlite3.Error as error:
            raise in_words(error, path) from error
        connection.row_factory = sqlite3.Row
        connection.text_factory = _readable
        self.db = Database(connection, recursive_triggers=False, execute_plugins=False)
        self.connection = connection
        self._empties_log = False
        self._why_not: PublisherError | None = None

    @classmethod
    def create(cls, path: Path, *, now: datetime, authority: str, demo: bool = False) -> Self:
        """Make the catalogue at `path`, whole or not at all, and open it; one that is there already stays as it is.

        `authority` begins every id ("host,2026").
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            # It holds addresses: for the site's own user only, as SQLite's files beside it will be.
            with new_file(path, mode=0o600) as draft, cls(draft) as store:
                store.path = path  # what a refusal names
                with store.atomic(durable=True):
                    migrations.apply(store.db)
                    store.write(
                        "INSERT INTO catalogue (one, created_at, tag, demo) VALUES (1, :now, :tag, :demo)",
                        {"now": stamp(now), "tag": authority, "demo": demo},
                    )
                store.connection.execute("PRAGMA journal_mode = WAL")  # last, or a part would lie in a file beside it
        return cls.open(path)

    @classmethod
    def open(cls, path: Path, *, host: str = "", busy_seconds: float | None = None) -> Self:
        """Open the catalogue at `path`; it must exist and be of this program's schema. Its ids adopt `host`.

        A write waits `busy_seconds` for those of others, BUSY_SECONDS if that is not given.
        """
        require_file(path)
        with ExitStack() as opened:
            store = cls(path, busy_seconds)
            opened.enter_context(store)
            if missing := store.pending_migrations():
                raise CatalogueBehindError(path, len(missing))
            store.connection.execute("PRAGMA foreign_keys = ON")
            store.connection.execute("PRAGMA synchronous = NORMAL")
            store.connection.execute("PRAGMA secure_delete = ON")  # not every SQLite is built so
            if host:
                store.adopt_host(host)
            opened.pop_all()
        return store

    @property
    def senders(self) -> Path:
        """The folder beside the catalogue in which those who claim messages are known to live."""
        return self.path.with_name("senders")

    def copy(self, should_stop: Callable[[], bool] | None = None) -> Self:
        """Return a private copy in memory, gone when it is closed: what is tried there keeps nobody waiting.

        What is asked of it ends with StoppedError once `should_stop`.
        """
        copy = type(self)(Path(":memory:"))
        copy.connection.set_progress_handler(should_stop, INSTRUCTIONS_BETWEEN_LOOKS)
        copy.path = self.path  # what a refusal names
        self.connection.backup(copy.connection)
        copy.connection.execute("PRAGMA foreign_keys = ON")
        return copy

    def close(self) -> None:
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        self.close()
        if isinstance(error, sqlite3.Error):
            raise in_words(error, self.path) from error

    # Reading and writing, for the files of this folder.

    def rows(self, sql: str, values: Values = ()) -> Iterator[sqlite3.Row]:
        return self.connection.execute(sql, values)

    def row(self, sql: str, values: Values = ()) -> sqlite3.Row | None:
        return cast("sqlite3.Row | None", self.connection.execute(sql, values).fetchone())

    def value(self, sql: str, values: Values = ()) -> Any:
        """Return the first column of the first row, None without one."""
        found = self.row(sql, values)
        return None if found is None else found[0]

    def tally(self, sql: str, values: Values = ()) -> dict[str, int]:
        """Return the second column by the first, of rows that say how many there are of what."""
        return {row[0]: row[1] for row in self.rows(sql, values)}

    def write(self, sql: str, values: Values = ()) -> sqlite3.Cursor:
        return self.db.execute(sql, values)  # type: ignore[arg-type]  # it takes any mapping, and says dict

    def write_returning(self, sql: str, values: Values = ()) -> list[sqlite3.Row]:
        """Write, and return what the statement gives back of each row (RETURNING)."""
        with self._one_transaction():
            return self.connection.execute(sql, values).fetchall()

    def write_many(self, sql: str, values: Iterator[Values] | Sequence[Values]) -> int:
        """Write with each of the values, all of them or none; return how many rows were changed."""
        with self._one_transaction():
            return self.connection.executemany(sql, values).rowcount

    def _one_transaction(self) -> AbstractContextManager[None]:
        """Return the present transaction, or one of its own."""
        return nullcontext() if self.connection.in_transaction else self.atomic()

    @contextmanager
    def atomic(self, *, durable: bool = False) -> Iterator[None]:
        """Commit everything within together. `durable` waits for the disk, so that it outlives a power cut.

        The write lock is taken at the beginning (BEGIN IMMEDIATE), so that what was read cannot have changed by the
        time of the first write. Within another `atomic` it is a savepoint of that one.
        """
        if self.connection.in_transaction:
            with self.db.atomic():
                yield
            return
        if self._why_not is not None:
            raise self._why_not
        if durable:
            self.connection.execute("PRAGMA synchronous = FULL")
        try:
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.connection.execute("COMMIT")
            except BaseException:
                self.db.rollback()
                raise
        finally:
            if durable:
                self.connection.execute("PRAGMA synchronous = NORMAL")
        if self._empties_log:
            self.empty_log()

    @contextmanager
    def of_one_moment(self) -> Iterator[None]:
        """Let all that is read within be of one moment, whoever writes meanwhile. Nothing is written within."""
        self.connection.execute("BEGIN")
        try:
            yield
        finally:
            self.db.rollback()

    def refuse_writes(self, why: PublisherError) -> None:
        """Raise `why` when somebody is about to change something: other work must come first, and cannot be done."""
        self._why_not = why

    def empty_log_afterwards(self) -> None:
        """Once the present transaction is committed, empty the write-ahead log."""
        self._empties_log = True

    def empty_log(self) -> bool:
        """Empty the write-ahead log, if nobody reads: it holds what was deleted. Return whether it is empty."""
        from pressroom.storage.erasing import empty_log

        self._empties_log = False
        return empty_log(self.connection, int(BUSY_SECONDS * 1000))

    # The catalogue as a whole.

    def pending_migrations(self) -> list[str]:
        """Return the names of migrations still to be applied; refuse what a newer program made, or another one."""
        applied = self._applied_migrations()
        known = [migration.name for migration in migrations._migrations]
        for name in applied:
            if name not in known:
                raise CatalogueNewerError(self.path, name)
        self._require_own(applied)
        return [name for name in known if name not in applied]

    def require_own(self) -> None:
        """Refuse a file that no Pressroom has made, and one that was emptied; of which schema it is does not count."""
        self._require_own(self._applied_migrations())

    def _require_own(self, applied: list[str]) -> None:
        has_own = applied and self.value("SELECT 1 FROM sqlite_schema WHERE name = 'catalogue'")
        if not has_own or self.row("SELECT one FROM catalogue") is None:
            raise NoCatalogueError(self.path)

    def _applied_migrations(self) -> list[str]:
        return [migration.name for migration in migrations.applied(self.db)]

    def apply_migrations(self) -> None:
        """Bring the catalogue to this program's schema; call it within a transaction."""
        migrations.apply(self.db)

    def faults(self) -> list[str]:
        """Return what is wrong with the file, its rows and the accounting of runs; nothing when it is sound."""
        from pressroom.storage.unreadable import dangling, lost_deliveries, misplaced, unreadable

        found = [row[0] for row in self.rows("PRAGMA integrity_check") if row[0] != "ok"]
        found += dangling(self)
        found += map(str, (*unreadable(self), *lost_deliveries(self), *misplaced(self)))
        found += [f"run {pk}: closed while deliveries wait" for pk in self.runs.closed_too_early()]
        return found + [f"run {pk}: deliveries deleted before they ended" for pk in self.runs.deleted_too_early()]

    def damage(self) -> list[str]:
        """Return what is damaged in the file by a look that is quicker than `faults` and sees less."""
        return [row[0] for row in self.rows("PRAGMA quick_check(20)") if row[0] != "ok"]

    def adopt_host(self, host: str) -> None:
        """Let ids begin with `host` as long as none has been given: the address of a site is often set after `init`."""
        created, known = self.connection.execute("SELECT created_at, tag FROM catalogue").fetchone()
        tag = f"{host},{created[:4]}"
        if known != tag and not self.has_ids:
            self.write("UPDATE catalogue SET tag = ?", (tag,))

    @property
    def has_ids(self) -> bool:
        """Whether a release has its id: from then on, what ids begin with stays."""
        return self.value("SELECT 1 FROM releases WHERE id IS NOT NULL") is not None

    @cached_property
    def tag_authority(self) -> str:
        """What every minted id begins with: a host name and the year it was ours (RFC 4151)."""
        return str(self.value("SELECT tag FROM catalogue"))

    @cached_property
    def is_demo(self) -> bool:
        return bool(self.value("SELECT demo FROM catalogue"))

    @property
    def swept_at(self) -> datetime | None:
        """When what is kept for a while only was last deleted."""
        return moment(self.value("SELECT swept_at FROM catalogue"))

    def mark_swept(self, now: datetime) -> None:
        self.write("UPDATE catalogue SET swept_at = ?", (stamp(now),))

    @property
    def armed_as(self) -> tuple[str | None, str | None]:
        """The key and the place with which mail may leave; nothing in a catalogue that was never armed."""
        row = self.row("SELECT armed_key, armed_place FROM catalogue")
        return (row["armed_key"], row["armed_place"]) if row else (None, None)

    def set_armed(self, key: str | None, place: str | None) -> None:
        self.write("UPDATE catalogue SET armed_key = ?, armed_place = ?", (key, place))

    @property
    def data_version(self) -> int:
        """A number that changes when another connection has committed."""
        return int(self.value("PRAGMA data_version"))
