"""What a busy moment took of memory goes back to the system: a service runs for years."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

from tests.running import ROOT

PROGRAM = """
import os
from pathlib import Path
from pressroom.memory import give_back, share

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1_000_000

def keep_what_is_small():
    busy = [b"x" * size for _ in range(4_000) for size in (20_000, 600)]
    taken = resident()
    del busy[::2]
    return busy, taken, resident()

share()
small, taken, kept = keep_what_is_small()
give_back()
print(taken, kept, resident())
small, *sizes = keep_what_is_small()
give_back()
print(*sizes, resident())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the C library is another than that of GNU")
def test_what_is_free_between_what_is_not_goes_back_and_not_again_at_once() -> None:
    said = subprocess.run([sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True, cwd=ROOT).stdout
    first, again = ([*map(int, line.split())] for line in said.splitlines())
    taken, kept, left = first
    assert taken > 75
    assert kept > taken - 10, "the library gave it back by itself, and nothing is shown"
    assert left < taken / 2
    assert again[2] > taken - 10
