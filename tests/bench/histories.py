"""Ten thousand random histories of releases, people and runs: the product and the model of R4 agree in each."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
HISTORIES = 10_000
PROCESSES = 2


def run() -> None:
    begun = time.perf_counter()
    environment = os.environ | {"PRESSROOM_HISTORIES": str(HISTORIES // PROCESSES)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/property/test_histories.py"]
    running = [subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE) for _ in range(PROCESSES)]
    said = [process.communicate()[0].decode() for process in running]
    if any(process.returncode for process in running):
        print("\n".join(said))
        raise SystemExit(1)
    print(f"  {HISTORIES:,} histories agree, in {time.perf_counter() - begun:.0f} s")
