"""A process that delivers what waits on a site as soon as it is told to, and says what that took.

`python -m tests.bench.sender SITE` prints “ready”, reads a line, delivers, and prints a JSON document.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from pressroom.publishing.journey import check_mail_may_leave, deliver
from pressroom.tools import Tools


def main(site: Path) -> None:
    tools = Tools.of(site)
    with tools.open_store() as store:
        check_mail_may_leave(store, tools)
        _ = tools.templates, tools.signer
        print("ready", flush=True)
        sys.stdin.readline()
        began, used = time.time(), time.process_time()
        tally = deliver(store, tools, datetime.now(UTC).replace(microsecond=0))
        ended, used = time.time(), time.process_time() - used
    assert not tally.trouble, tally.trouble
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"sent": tally.sent, "began": began, "ended": ended, "cpu": used, "peak": peak}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
