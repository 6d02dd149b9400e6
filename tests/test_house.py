"""The house as drawn in docs/architecture.md: who may import whom, and how large things may grow."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# A room may import from rooms of a lower rank, and from its own folder.
RANKS = {
    "errors": 0,
    "caches": 0,
    "memory": 0,
    "codings": 1,
    "files": 1,
    "models": 1,
    "settings": 2,
    "signing": 2,
    "links": 2,
    "locks": 2,
    "storage": 3,
    "rendering": 3,
    "output": 3,
    "delivery": 3,
    "websub": 3,
    "tables": 3,
    "stops": 3,
    "supervisor": 3,
    "arming": 3,
    "syndication": 4,
    "digest": 4,
    "tools": 4,
    "accounts": 5,
    "membership": 6,
    "staff": 7,
    "retention": 6,
    "publishing": 7,
    "operations": 7,
    "acts": 8,
    "commands": 9,
    "web": 9,
    "schedule": 9,
    "returns": 9,
    "service": 10,
    "publisher": 10,
}
# `serve` is the command that runs the service, with its doors to the web and for what comes back.
ALLOWED = {("commands", "web"), ("commands", "returns"), ("commands", "service")}
PURE = ("models", "syndication", "digest")
OUTSIDE = {"sqlite3", "sqlite_utils", "socket", "smtplib", "subprocess", "urllib.request", "os", "shutil", "tempfile"}
CLOCKS = {"now", "utcnow", "today", "time", "monotonic"}

FILES = sorted([*ROOT.glob("pressroom/**/*.py"), ROOT / "publisher.py"])


def room_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts[0] if len(parts) == 1 else parts[1]


def imported_modules(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def rooms_imported(tree: ast.AST) -> set[str]:
    rooms = set()
    for module in imported_modules(tree):
        parts = module.split(".")
        if parts[0] == "pressroom" and len(parts) > 1 and parts[1] in RANKS:
            rooms.add(parts[1])
    return rooms


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_room_imports_only_from_lower_ones(path: Path) -> None:
    room = room_of(path)
    if room == "__init__":
        return
    for other in rooms_imported(ast.parse(path.read_text(encoding="utf-8"))) - {room}:
        assert RANKS[other] < RANKS[room] or (room, other) in ALLOWED, f"{room} imports {other}"


def test_every_room_has_a_rank() -> None:
    assert {room_of(path) for path in FILES} - {"__init__"} <= set(RANKS)


@pytest.mark.parametrize("path", [path for path in FILES if room_of(path) in PURE], ids=lambda path: path.stem)
def test_makers_and_models_touch_nothing_outside_and_read_no_clock(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not OUTSIDE & set(imported_modules(tree))
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    read = [call.attr for call in calls if isinstance(call, ast.Attribute) and call.attr in CLOCKS]
    assert not read


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_sql_stands_in_storage_alone(path: Path) -> None:
    if room_of(path) == "storage":
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    starts = ("SELECT ", "INSERT INTO ", "UPDATE ", "DELETE FROM ", "CREATE ")
    assert not [text for text in texts if text.lstrip().startswith(starts)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_hold_one_thing(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 420
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 45, f"{node.name} is too long"


def test_the_clocks_of_a_zone_are_read_in_one_place() -> None:
    """`in_zone` takes whatever moment a row holds; `astimezone` of one at the end of the calendar raises."""
    found = [path for path in FILES if ".astimezone(" in path.read_text(encoding="utf-8")]
    assert found == [ROOT / "pressroom" / "models" / "dates.py"]


def test_help_imports_nothing_heavy() -> None:
    heavy = {
        "pydantic_settings",
        "sqlite_utils",
        "uvicorn",
        "uvloop",
        "feedgen",
        "apscheduler",
        "starlette",
        "rich",
        "mjml",
    }
    for name in ("commands/__init__.py", "commands/door.py"):
        tree = ast.parse((ROOT / "pressroom" / name).read_text(encoding="utf-8"))
        top = ast.Module([node for node in tree.body if not isinstance(node, ast.If)], [])
        at_import = [node for node in top.body if isinstance(node, ast.Import | ast.ImportFrom)]
        modules = {module.split(".")[0] for node in at_import for module in imported_modules(ast.Module([node], []))}
        assert not heavy & modules


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-test.lock"])
def test_a_lock_pins_every_package_by_hash_and_names_no_address(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "://" not in text
    packages = [line for line in text.splitlines() if re.match(r"[A-Za-z0-9]", line)]
    assert len(packages) > 5
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?==[0-9][^ ]*( ;.*)? \\", line) for line in packages)
    assert text.count("--hash=sha256:") >= len(packages)
