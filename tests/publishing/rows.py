"""Files of rows to import, and a catalogue as text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pressroom.storage import Store


def write(path: Path, rows: list[Any]) -> Path:
    path.write_text("".join(row if isinstance(row, str) else json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def dump(store: Store) -> list[str]:
    return list(store.connection.iterdump())
