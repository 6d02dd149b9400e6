"""Two processes deliver at once, also from two containers on one volume: neither takes the other for dead (R6)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.delivery.killing import ROOT, Dump, counts, make_site
from tests.needs import need_own_processes
from tests.running import eventually

READERS = 60


@pytest.fixture
def dump() -> Iterator[Dump]:
    """A mail server that takes its time, so that there is always something on its way."""
    dump = Dump(thinks_for=0.02)
    yield dump
    dump.shutdown()
    dump.server_close()


@pytest.mark.R6
@pytest.mark.crash
@pytest.mark.parametrize("beside", [list, need_own_processes], ids=["a process", "a container"])
def test_a_second_sender_leaves_the_first_what_it_has_on_its_way(
    site: Path, dump: Dump, beside: Callable[[], list[str]]
) -> None:
    make_site(site, READERS, dump.port)
    deliver = [sys.executable, str(ROOT / "publisher.py"), "-q", "-C", str(site), "deliver"]
    with subprocess.Popen([*beside(), *deliver]) as first:
        eventually(lambda: dump.number > 0)
        while first.poll() is None:
            subprocess.run(deliver, check=True)
    assert first.returncode == 0
    now = counts(site)
    assert (now.sent, now.unknown, now.waiting) == (READERS, 0, 0)
    assert set(dump.taken.values()) == {1}
