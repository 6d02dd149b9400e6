"""Adds a release to the site named on the command line, publishes it, and prints what that took."""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from pressroom.models.release import Author, Kind, Release, Series
from pressroom.publishing.entering import add_release
from pressroom.publishing.journey import publish_due
from pressroom.storage import Store
from pressroom.tools import Tools


def main(site: Path, title: str) -> None:
    tools = Tools.of(site)
    now = datetime.now(UTC).replace(microsecond=0)
    with tools.open_store() as store:
        if title:
            add_release(store, _release(title, store))
        begun, cpu = time.perf_counter(), time.process_time()
        report = publish_due(store, tools, now, feeds_only=True)
        took = time.perf_counter() - begun
    assert not report.trouble
    print(json.dumps({"seconds": took, "cpu": time.process_time() - cpu, "peak": _peak()}))


def _peak() -> float:
    """Return the most megabytes that this process had in memory; what `getrusage` says is also its parent's."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _release(title: str, store: Store) -> Release:
    """Return one that stands on as many shelves as most do, and under the topic that most are under."""
    topic = max(store.topics.listed(), key=lambda one: one.releases).topic
    return Release(
        title=title,
        kind=Kind.REPORT,
        summary="What was found, and what it means for those who look after both.",
        url=f"https://example.org/{title.replace(' ', '-').lower()}",
        authors=(Author("A. Writer"), Author("B. Writer")),
        topics=(topic,),
        series=Series.named(topic.name),
        publisher="National Bureau of Standards",
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:3] or [""])
