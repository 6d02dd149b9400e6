"""An installed Pressroom, as a person calls it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

SEEN = 99
# Runs in every process of the environment, before all else (Python's own module `site` sees to it).
WATCH = f"""
import os, sys

def look(event, arguments):
    if event in ("open", "os.listdir", "os.scandir"):
        path = os.fsdecode(arguments[0]) if isinstance(arguments[0], (str, bytes)) else ""
        if path.startswith({{checkout!r}}) and not path.startswith({{but!r}}):
            sys.stderr.write("the checkout is read: " + path)
            os._exit({SEEN})

sys.addaudithook(look)
"""


class Installed:
    """An environment; `publisher` in it is called from a folder that is no checkout, with nothing set for Python."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.program = folder, folder / "bin" / "publisher"

    def __call__(self, place: Path, *words: str, code: int = 0) -> str:
        """Run `publisher WORDS` in a folder and return what it said."""
        return self._run([str(self.program), *words], place, code)

    def ask(self, place: Path, *words: str) -> Any:
        """Return the JSON document of a command."""
        return json.loads(self(place, "--json", *words))

    def python(self, *words: str, code: int = 0) -> str:
        return self._run([str(self.folder / "bin" / "python"), *words], self.folder, code)

    def _run(self, command: list[str], place: Path, code: int) -> str:
        environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
        done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stderr
        return done.stdout
