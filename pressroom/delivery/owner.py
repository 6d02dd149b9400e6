"""Who holds a claim: a boot, and a name in `data/senders/` that is locked for as long as its sender lives.

The system keeps the lock, so that also those see it who cannot see the process: in another container, or hidden from a
unit.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from pressroom.locks import count_present, is_present, present

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_own = list[str]()
"""The names that this process holds: while digests go out, letters go in between."""


@cache
def boot_id() -> str:
    try:
        return _BOOT.read_text().strip()
    except OSError:  # not Linux: a start of the machine is not seen
        return "-"


@contextmanager
def an_owner(senders: Path) -> Iterator[str]:
    """Yield a new owner of claims, who lives within; `senders` is the folder of the site's."""
    with present(senders) as name:
        _own.append(name)
        try:
            yield f"{boot_id()}:{name}"
        finally:
            _own.remove(name)


def is_alive(owner: str, senders: Path) -> bool:
    """Whether the sender that made this claim is still at work."""
    return is_present(senders, owner.rpartition(":")[2])


def has_processors_to_spare(senders: Path) -> bool:
    """Whether the processes that send at this moment, this one among them, leave a processor for a helper of each."""
    others = count_present(senders) - len(_own)
    return _processors() >= 2 * (others + 1)


def _processors() -> int:
    """Return how many processors this process may use; what this system cannot tell is taken for one."""
    try:
        return len(os.sched_getaffinity(0))
    except (AttributeError, OSError):  # not Linux
        return os.cpu_count() or 1


def is_of_another_boot(owner: str) -> bool:
    """Whether the machine has been started anew since this claim was made: what was written last may be lost."""
    return owner.partition(":")[0] != boot_id()
