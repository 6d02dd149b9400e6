"""Who holds a claim: boot, process and the moment it started, so that a number used again is not taken for the old."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

_BOOT = Path("/proc/sys/kernel/random/boot_id")


@cache
def boot_id() -> str:
    try:
        return _BOOT.read_text().strip()
    except OSError:  # not Linux: the process number has to do
        return "-"


def this_owner() -> str:
    pid = os.getpid()
    return f"{boot_id()}:{pid}:{_started(pid)}"


def is_alive(owner: str) -> bool:
    """Whether the process that made this claim still runs."""
    boot, pid, started = owner.rsplit(":", 2)
    if boot != boot_id() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it lives, and belongs to someone else
    return _started(int(pid)) == started


def is_of_another_boot(owner: str) -> bool:
    """Whether the machine has been started anew since this claim was made: what was written last may be lost."""
    return owner.rsplit(":", 2)[0] != boot_id()


def _started(pid: int) -> str:
    """Return when a process started, in clock ticks since boot; "-" where that is not told."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return "-"
    # The name in brackets may hold blanks: fields are counted behind the last bracket (proc(5), field 22).
    return stat.rpartition(")")[2].split()[19]
