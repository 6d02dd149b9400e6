"""What docs/operations.md says of faults, to be held beside what is said when one is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep

from pressroom.schedule import WATCH_SECONDS, Schedule
from pressroom.tools import Tools
from tests.conftest import CommandLine, Press
from tests.running import eventually
from tests.test_docs import chapters, read

ADA = "ada@example.org"


def a_site_with_something_due(press: Press) -> Press:
    """Give a made site a daily reader, one release that is out and one that is due."""
    press("subscriber", "add", ADA, "--frequency", "daily", "--confirmed")
    press("topic", "add", "Rivers")
    press("release", "add", "--title", "Floods", "--topic", "rivers")
    press("publish")
    press("release", "add", "--title", "Bridges")
    return press


@contextmanager
def in_service(press: CommandLine) -> Iterator[Schedule]:
    """Have a service publish and send in this process; its clock is that of `press`, and runs."""
    begun = monotonic()
    schedule: Schedule
    tools = Tools.of(press.site, should_stop=lambda: schedule.is_stopping, is_service=True)
    schedule = Schedule(tools, lambda: press.now + timedelta(seconds=monotonic() - begun))
    schedule.start()
    try:
        yield schedule
    finally:
        schedule.stop()


def until_it_sleeps(schedule: Schedule) -> None:
    """Wait until a service looks no more, not even at what it has written itself."""

    def sleeps() -> bool:
        soon = datetime.now(UTC) + timedelta(seconds=5)
        jobs = schedule._scheduler.get_jobs()
        return bool(jobs) and all(job.next_run_time > soon for job in jobs)

    def sleeps_soundly() -> bool:
        is_asleep = sleeps()
        sleep(3 * WATCH_SECONDS)  # the watch would have woken it
        return is_asleep and sleeps()

    eventually(sleeps_soundly)


def faults() -> dict[str, list[str]]:
    """Return the sentences of each fault in the table."""
    table = re.findall(
        r"^\| (?!---|fault )(.+?) \| .+? \| (.+) \|$", chapters(read("docs/operations.md"))["Faults"], re.M
    )
    return {fault: [] if said == "nothing" else said.split("<br>") for fault, said in table}


def sentences(fault: str, **places: object) -> list[str]:
    """Return what is said of a fault, with what stands there for a name in capitals: `SITE=press.site`."""
    found = faults()[fault]
    for name, place in places.items():
        found = [re.sub(rf"\b{name}\b", str(place), sentence) for sentence in found]
    return found


def said(press: CommandLine, *words: str) -> list[str]:
    """Publish, or do what `words` say, and return what could not be done, then what `health` says, each thing once.

    What is late by it is told besides.
    """
    done = press(*(words or ("publish",)), ok=False)
    health = press("--json", "health", ok=False).document
    assert health["is_well"] is not bool(health["problems"])
    problems = [one for one in health["problems"] if not re.search("has not begun|should be live", one)]
    return [*dict.fromkeys([*done.err.splitlines(), *problems])]


def check_all_is_well(press: CommandLine) -> None:
    """Raise where a trace of the fault is left: feeds and catalogue keep the rules, and nothing is to be done."""
    assert said(press) == []
    assert press("publish").out.startswith("Nothing new")
    assert "No findings" in press("validate").out
    assert "is sound" in press("db", "check").out
