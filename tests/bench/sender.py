"""A process that delivers what waits on a site as soon as it is told to, and says what that took.

`python -m tests.bench.sender SITE` prints “ready”, reads a line, delivers, and prints a JSON document.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from pressroom.publishing.composing import DigestBuilder
from pressroom.publishing.delivering import check_mail_may_leave, deliver
from pressroom.tools import Tools

STATUS = Path("/proc/self/status")


def main(site: Path) -> None:
    tools = Tools.of(site)
    with tools.open_store() as store:
        check_mail_may_leave(store, tools)
        for delivery in store.deliveries.of_run(1)[:1]:  # as a service has that has checked what it froze
            DigestBuilder(store, tools).build(delivery)
        print("ready", flush=True)
        sys.stdin.readline()
        began, used = time.time(), time.process_time()
        tally = deliver(store, tools, datetime.now(UTC).replace(microsecond=0))
        ended, used = time.time(), time.process_time() - used
    assert not tally.trouble, tally.trouble
    # Not what getrusage tells: that is never less than what the process had that started this one.
    (peak,) = (int(line.split()[1]) / 1024 for line in STATUS.read_text().splitlines() if line.startswith("VmHWM"))
    print(json.dumps({"sent": tally.sent, "began": began, "ended": ended, "cpu": used, "peak": peak}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
