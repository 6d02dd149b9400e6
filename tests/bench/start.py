"""How long `publisher --help` takes, next to Python importing Click alone."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
ROUNDS = 9


def run() -> None:
    ours = [sys.executable, str(ROOT / "publisher.py"), "--help"]
    bare = [sys.executable, "-c", "import click"]
    assert "release" in subprocess.run(ours, capture_output=True, text=True, check=True).stdout
    took: dict[str, list[float]] = {"publisher --help": [], "import click": []}
    for _ in range(ROUNDS):
        for name, command in zip(took, (ours, bare), strict=True):
            begun = time.perf_counter()
            subprocess.run(command, capture_output=True, check=True)
            took[name].append(time.perf_counter() - begun)
    medians = {name: statistics.median(times) for name, times in took.items()}
    for name, median in medians.items():
        print(f"  {name:<20}{median * 1000:6.0f} ms")
    print(f"  ratio {medians['publisher --help'] / medians['import click']:.2f}")
