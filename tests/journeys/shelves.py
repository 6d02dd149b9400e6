"""A site with topics, and the steps that tests of digests take again and again."""

from __future__ import annotations

from tests.conftest import CommandLine, Press


def a_site_with_topics(fresh: Press) -> Press:
    """Let a site have three topics, on Monday 26 January 2026, 09:00."""
    for topic in ("Rivers", "Roads", "Data"):
        fresh("topic", "add", topic)
    return fresh


def release(run: CommandLine, title: str, *topics: str, **flags: str) -> str:
    """Add a release, publish it and return its slug."""
    words = [word for topic in topics for word in ("--topic", topic)]
    words += [word for name, value in flags.items() for word in (f"--{name}", value)]
    added = run.ask("release", "add", "--title", title, "--summary", "About it.", *words)
    run("publish")
    return str(added["slug"])


def until_weekly(run: CommandLine) -> None:
    run.wait(days=7)
    run("publish")
