"""Watching a digest run go out: what is done, how fast, and when it will be over."""

from __future__ import annotations

import sys
from time import sleep
from typing import TYPE_CHECKING

import click

from pressroom.commands.door import Door

if TYPE_CHECKING:
    from pressroom.models.progress import Progress
    from pressroom.storage import Store

LOOKS_EVERY = 1.0
SAYS_EVERY = 10
"""Looks between two lines where they stand below each other and do not replace one another."""


def watch(door: Door, store: Store, run: int) -> Progress:
    """Show how a run gets on until nothing of it waits or it is paused, and return how it stands then."""
    from pressroom.models.runs import RunState
    from pressroom.publishing.outlook import progress_of

    is_live, looks, shown = sys.stderr.isatty(), 0, ""
    while True:
        progress = progress_of(store, door.tools, store.runs.get(run), door.moment())
        words = in_words(door, progress)
        if is_live:
            click.echo(f"\r\x1b[2K{words}", nl=False, err=True)
        elif words != shown and looks % SAYS_EVERY == 0:
            door.say(words)
            shown = words
        if progress.is_over or progress.run.state is RunState.PAUSED:
            if is_live:
                click.echo(err=True)
            return progress
        looks += 1
        sleep(LOOKS_EVERY)


def in_words(door: Door, progress: Progress) -> str:
    """Return it in a line: “1,240 of 2,500 done · 1,260 wait · 240 a minute (300 at most) · over at about 10:42”."""
    counts = progress.run.counts
    parts = [f"{progress.done:,} of {counts.enlisted:,} done"]
    if counts.waiting:
        most = f" ({progress.at_most:,} at most)" if progress.at_most else ""
        parts += [f"{counts.waiting:,} wait", f"{progress.a_minute:,} a minute{most}"]
    if progress.why_not and not progress.is_over:
        parts.append(f"no mail can leave: {progress.why_not.rstrip('.')}")
    if end := progress.expected_end:
        parts.append(f"over at about {door.local(end)}")
    elif progress.next_try and not progress.is_over:
        parts.append(f"next try {door.local(progress.next_try)}")
    return " · ".join(parts)
