"""Whether a service can answer readers now: what a load balancer asks, every second perhaps."""

from __future__ import annotations

from collections.abc import Iterator

from pressroom.errors import PublisherError
from pressroom.files import opened
from pressroom.operations.pulse import Pulse
from pressroom.storage import Store
from pressroom.tools import Tools

PATIENCE = 0.2
"""Seconds for which a program that has the whole catalogue to itself is no trouble. Who only writes is none at all."""
FIRST_FEED = "all.atom"


def hindrances(tools: Tools, pulse: Pulse) -> list[str]:
    """Return why this process cannot answer pages and feeds, or does not do its work, a sentence for each thing.

    It only reads, a few rows and a few bytes. What readers of pages and feeds do not notice is not among it, though the
    site is not well then: a mail server or a hub that is away, a disk that is full. `health` tells that.
    """
    return [*pulse.faults(), *_of_the_catalogue(tools), *of_the_feeds(tools)]


def _of_the_catalogue(tools: Tools) -> Iterator[str]:
    try:
        # Not by `tools.open_store`, which migrates and lets ids adopt the host: nothing is written here.
        with Store.open(tools.catalogue, busy_seconds=PATIENCE) as store:
            _ = store.announcements.newest_no
    except PublisherError as error:
        yield str(error)


def of_the_feeds(tools: Tools) -> Iterator[str]:
    """Return why the first of all feeds cannot be read; the others lie beside it."""
    path = tools.site / "feeds" / FIRST_FEED
    try:
        with opened(path) as file:
            file.read(1)
    except FileNotFoundError:
        if path.parent.is_symlink() and not path.parent.exists():
            yield f"{path.parent} is a link that leads nowhere; mend it, or delete it."
        else:
            yield f"{path} is not there; the next publish writes it."
    except OSError as error:
        yield f"{path} cannot be read: {(error.strerror or str(error)).lower()}; mend its rights, or the disk."
