"""A digest for 10,000 whose sender is killed at 1,000 random moments: nothing lost, nobody twice, accounts exact."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from tests.delivery.killing import Dump, Killing, make_site

READERS, KILLS = 10_000, 1_000


def run() -> None:
    begun = time.perf_counter()
    dump = Dump()
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder) / "site"
        make_site(site, READERS, dump.port)
        killing = Killing(site, dump, READERS)
        while killing.kills < KILLS and killing.kill_once(READERS // KILLS + 4):
            pass
        kills = killing.kills
        while killing.kill_once(READERS):
            pass
        counts = killing.check_the_end()
    dump.shutdown()
    dump.server_close()
    print(
        f"  {kills:,} kills, {READERS:,} recipients: {counts.sent:,} sent, {counts.unknown:,} unknown, "
        f"none twice, none lost, in {time.perf_counter() - begun:.0f} s"
    )
