"""Whether a site is well now, and if not, what is wrong, a sentence for each thing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from pressroom.errors import (
    CatalogueTroubleError,
    LockError,
    NoStopError,
    PublisherError,
    SettingsError,
    StopTroubleError,
    UnarmedError,
)
from pressroom.files import new_file
from pressroom.locks import check_lock
from pressroom.membership.bounces import why_halted
from pressroom.models.bounces import is_incident
from pressroom.models.dates import in_zone
from pressroom.operations.readiness import of_the_feeds
from pressroom.operations.rows import half_shown_rows, rows_of_mail
from pressroom.signing import Signer
from pressroom.stops import Stops
from pressroom.storage import Store
from pressroom.storage.pace import KeptPace
from pressroom.storage.unreadable import unreadable
from pressroom.tools import Tools

PATIENCE = 2.0
"""Seconds for which a program that writes just now is no trouble."""
A_WRITE = 65_536
"""Bytes that are written to see whether the disk takes them."""
_UNWRITABLE = "Nothing can be written in {}: {}; make room or mend its rights."
MOST_STOPS = 1_000
LEFT_ALONE = timedelta(minutes=15)
HUBS_PATIENCE = timedelta(hours=1)
FAR_AHEAD = timedelta(days=2)
REMEMBERED = timedelta(days=3)
"""How long it is told what came back because of us, or of a whole domain, after its run is over."""


def problems(tools: Tools, now: datetime, further: Callable[[Store], Iterable[str]]) -> list[str]:
    """Return what is wrong, and what `further` finds in the catalogue; nothing for a site that is well."""
    found = [*_disk(tools.data)] or [*_disk(tools.output.folder)] or [*_what_work_takes(tools)]  # mostly the same disk
    try:
        with tools.open_store(PATIENCE) as store:
            with store.atomic():
                pass  # who may not write is told why
            found += seen_by_reading(store, tools, now)
            found += half_shown_rows(store)
            found += rows_of_mail(store)
            found += _stops(tools.stops)
            found += further(store)
    except PublisherError as error:
        if not (found and isinstance(error, CatalogueTroubleError)):  # else it is the disk's, and told already
            found.append(str(error))
    return found


def seen_by_reading(store: Store, tools: Tools, now: datetime) -> list[str]:
    """Return what is wrong as far as the catalogue tells it to who only reads."""
    unarmed = [] if tools.is_armed(store) else [str(UnarmedError(tools.catalogue))]
    feeds = of_the_feeds(tools) if store.feed_files.last_changed_at() else ()
    rows = map(str, unreadable(store))
    return [
        *unarmed,
        *_secret(tools),
        *feeds,
        *_unwritten(store, tools),
        *_ahead(store, now, tools.settings.site.zone),
        *rows,
        *_mail(store, tools, now),
        *_hubs(store, now, tools.settings.site.zone),
    ]


def _disk(folder: Path) -> Iterator[str]:
    """Write a little, and take it away again; a folder that is not there yet is for the next publish."""
    if not os.path.exists(folder):  # noqa: PTH110 (a path raises where the folder above may not be looked into)
        return
    place = folder / f".health.{os.getpid()}"
    try:
        with new_file(place, mode=0o600) as draft:
            draft.write_bytes(bytes(A_WRITE))
        place.unlink()
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        yield _UNWRITABLE.format(folder, why)


def _unwritten(store: Store, tools: Tools) -> Iterator[str]:
    """Say which files of feeds stand as they were, though something else should stand there."""
    if paths := store.feed_files.unwritten():
        others = f" and {len(paths) - 1:,} more" if paths[1:] else ""
        yield f"{tools.output.folder / paths[0]}{others} cannot be brought up to date; “publisher publish” says why."


def _ahead(store: Store, now: datetime, zone: ZoneInfo) -> Iterator[str]:
    """Say that what is released is dated by a clock that was far ahead once; a day or two is what machines do."""
    if found := store.announcements.ahead_of(now + FAR_AHEAD):
        no, at = found
        yield (
            f"Announcement {no:,} is dated {in_zone(at, zone):%Y-%m-%d}, by a clock that was far ahead, and feeds date "
            "all that is new after it; give it its real moment, as “Faults” in docs/operations.md says."
        )


def _secret(tools: Tools) -> Iterator[str]:
    """Say why nobody can be told from those who must never be mailed; a service goes on by the key that it has read."""
    try:
        Signer.from_file(tools.secret_key)
    except SettingsError as error:
        yield str(error)


def _what_work_takes(tools: Tools) -> Iterator[str]:
    """Say what keeps publishing, sending and stopping from being begun, besides the disk."""
    for name in ("publish.lock", "schedule.lock"):
        try:
            check_lock(tools.data / name)
        except LockError as error:
            yield str(error)
    feeds = tools.output.folder
    of_feeds = (Path(place, name) for place, names, _ in os.walk(feeds) for name in names)
    for folder in (tools.data / "senders", tools.data / "stops", feeds, *of_feeds):
        if not os.path.exists(folder):  # noqa: PTH110 (as above: that one is told)
            continue
        if not folder.is_dir():
            yield _UNWRITABLE.format(folder, "not a directory")
        elif not _has_rights(folder):
            yield _UNWRITABLE.format(folder, "permission denied")


def _has_rights(folder: Path) -> bool:
    """Whether this process may do all in a folder, by the rights that it works by."""
    return os.access(folder, os.R_OK | os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids)


def _stops(stops: Stops) -> Iterator[str]:
    """Say which of the files that ask for an unsubscribe cannot be read, or ask for nothing."""
    with suppress(StopTroubleError):  # that of the folder is told already
        for path in islice(stops.waiting(), MOST_STOPS):
            try:
                stops.read(path)
            except (NoStopError, StopTroubleError) as error:
                yield str(error)


def _mail(store: Store, tools: Tools, now: datetime) -> Iterator[str]:
    zone = tools.settings.site.zone
    waiting = store.deliveries.count_waiting() + store.letters.count_waiting()
    if waiting and (why := store.deliveries.why_closed()):
        yield f"No mail can leave: {why.rstrip('.')}; {waiting:,} message(s) wait until that is mended."
    elif since := store.runs.left_alone(now - LEFT_ALONE):
        yield (
            f"{waiting:,} message(s) wait since {_time(since, now, zone)} and nobody sends them; "
            "start “publisher serve”, or run “publisher deliver”."
        )
    for domain, until in KeptPace(store, tools.settings.mail.pace, zone).halted(now).items():
        yield f"{domain} says that we are too fast; nothing goes there until {_time(until, now, zone)}."
    for run in store.bounces.runs_with_ours(now - REMEMBERED):
        if halted := why_halted(store, run):
            yield str(halted)
    for domain, run in store.bounces.runs_with_many_dead(now - REMEMBERED).items():
        dead, recipients = store.bounces.count_dead(run, domain)
        if is_incident(dead, recipients):
            yield (
                f"{domain} refused {dead:,} of its {recipients:,} reader(s) for good in digest run {run:,}, "
                "which counts against nobody; ask there, or “subscriber unsubscribe” them if the domain is gone."
            )
    for number, reason in (store.letters.unmade(), store.deliveries.unmade()):
        if number:
            yield f"{number:,} message(s) {reason}."


def _hubs(store: Store, now: datetime, zone: ZoneInfo) -> Iterator[str]:
    for hub in store.pings.failing():
        if hub.waiting and now - hub.since > HUBS_PATIENCE:
            yield (
                f"{hub.in_words}, and has not taken all that it is told since {_time(hub.since, now, zone)}; "
                f"{hub.waiting:,} topic(s) wait there. Look there, or take it out of [feeds] hubs."
            )


def _time(moment: datetime, now: datetime, zone: ZoneInfo) -> str:
    local = in_zone(moment, zone)
    return f"{local:%H:%M}" if local.date() == in_zone(now, zone).date() else f"{local:%Y-%m-%d %H:%M}"
