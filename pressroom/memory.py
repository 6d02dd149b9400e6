"""Memory of a process that runs for years, as far as the C library of GNU (glibc) has to be told about it.

Another C library has neither call, and nothing is done.
"""

from __future__ import annotations

import ctypes
from contextlib import suppress
from time import monotonic

ARENA_MAX, ARENAS = -8, 2
"""The parameter of mallopt(3) for how many stores of memory the threads share, and how many those are."""
AT_MOST_EVERY = 10.0
"""Seconds between two times at which memory is given back: what is taken anew soon may as well stay."""

_last = float("-inf")


def share() -> None:
    """Have all threads share few stores of memory: each of its own keeps what its busiest moment took."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(ARENA_MAX, ARENAS)


def give_back() -> None:
    """Give the system back what is free in the midst of what is not, if that has not just been done.

    Without this the library gives back only what is free at the end of a store, and the busiest hour is kept for good.
    """
    global _last
    if monotonic() - _last < AT_MOST_EVERY:
        return
    _last = monotonic()
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
