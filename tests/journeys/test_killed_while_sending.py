"""kill -9 while a digest goes out, again and again: nothing lost, nobody twice, the accounts exact (R6, R10).

The long form, with ten thousand recipients and a thousand kills, is `./run bench kill`.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.delivery.killing import IN_FLIGHT, Dump, Killing, make_site

READERS, KILLS = 60, 12


@pytest.mark.R6
@pytest.mark.R10
@pytest.mark.crash
def test_a_sender_that_is_killed_again_and_again_loses_and_doubles_nothing(site: Path) -> None:
    dump = Dump(thinks_for=0.004)
    try:
        make_site(site, READERS, dump.port)
        killing = Killing(site, dump, READERS, chance=random.Random(7))
        while killing.kills < KILLS and killing.kill_once(8):
            pass
        assert killing.kills > 3
        while killing.kill_once(READERS * 2):
            pass
        counts = killing.check_the_end()
        assert counts.sent >= READERS - killing.kills * IN_FLIGHT
    finally:
        dump.shutdown()
        dump.server_close()
