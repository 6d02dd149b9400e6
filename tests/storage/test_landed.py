"""A migration that has landed is never edited: `landed/` keeps what each one makes of the schema, and does to rows.

`./run golden tests/storage/test_landed.py` writes the file of a new migration, and never one that is there: while a
migration has not landed yet, delete its file first.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlite_utils import Database

from tests.golden import IS_REWRITTEN
from tests.storage.released import NAMES, apply_one_by_one, schema_of

LANDED = Path(__file__).parent / "landed"
OF_ROWS = ("INSERT", "UPDATE", "DELETE", "REPLACE", "WITH")


@pytest.fixture(scope="module")
def done() -> dict[str, str]:
    """What each migration does to a catalogue that holds nothing, as SQL."""
    db, done, before, said = Database(memory=True), dict[str, str](), dict[str, str](), list[str]()
    db.conn.set_trace_callback(said.append)
    for name in apply_one_by_one(db):
        schema = schema_of(db)
        made = [sql for key, sql in schema.items() if before.get(key) != sql]
        gone = [f"DROP {key}" for key in before if key not in schema]
        rows = [sql for sql in map(plain, said) if sql.startswith(OF_ROWS) and "_sqlite_migrations" not in sql]
        done[name] = "".join(f"{sql};\n" for sql in [*map(plain, made), *gone, *rows])
        before = schema
        said.clear()
    db.close()
    return done


def plain(sql: str) -> str:
    """Return a statement without comments, the quotes that SQLite puts round names, and the semicolon."""
    lines = [line.rstrip() for line in re.sub(r"--.*", "", sql.replace('"', "")).splitlines()]
    return "\n".join(filter(None, lines)).rstrip(";")


@pytest.mark.parametrize("name", NAMES)
def test_a_migration_that_has_landed_does_what_it_did(name: str, done: dict[str, str]) -> None:
    path = LANDED / f"{name}.sql"
    if IS_REWRITTEN and not path.exists():
        path.write_text(done[name], encoding="utf-8")
    assert path.exists(), f"{name} is new: “./run golden tests/storage/test_landed.py” keeps what it does"
    kept = path.read_text(encoding="utf-8")
    assert done[name].split() == kept.split(), f"a landed migration was changed, {name}: put it back and add a new one"


def test_no_migration_that_has_landed_is_gone_or_has_changed_its_place() -> None:
    assert {path.stem for path in LANDED.iterdir()} - set(NAMES) == set()
    assert sorted(NAMES) == NAMES
