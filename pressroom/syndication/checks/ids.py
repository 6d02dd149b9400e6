"""Ids that must not change (R1): a document beside the one before it, or beside what the catalogue says."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from pressroom.models.text import shown
from pressroom.syndication.checks.findings import Finding, SeenEntry

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Known:
    """A public release as the catalogue has it; a withdrawn one has a mark before its title in feeds."""

    id: str
    title: str
    updated: datetime | None
    is_withdrawn: bool


def changed_ids(old: Collection[SeenEntry], new: Mapping[str, SeenEntry], place: str) -> Iterator[Finding]:
    """Yield each id of `old` that is not among `new` though older entries are, or that has become another."""
    known = {entry.id for entry in old}
    strangers = [entry for entry in new.values() if entry.id not in known]
    oldest = min(map(_moment, new.values()), default=None)
    for entry in old:
        if entry.id in new:
            continue
        is_in_the_middle = oldest is not None and _moment(entry) > oldest
        if twin := _twin(entry, strangers, is_alike=is_in_the_middle):
            words = f"the id was {shown(entry.id)} before; give the entry its first id back, or readers see it as new."
            yield Finding("changed-id", words, twin.line, twin.id, twin.place)
        elif is_in_the_middle:
            words = "it is gone though older entries are still there; publish it again, withdrawn if it must go."
            yield Finding("vanished-id", words, 0, entry.id, place)


def unknown_ids(entries: Iterable[SeenEntry], known: Collection[str]) -> Iterator[Finding]:
    """Yield entries of no public release.

    A notice has the id of a release or of a feed, with `#` behind it, or with `/` where that has a `#` already.
    """
    for entry in entries:
        above = entry.id.rpartition("/")[0]
        owners = entry.id, entry.id.partition("#")[0], above if "#" in above else ""
        if not any(owner in known for owner in owners):
            words = "no public release has this id; ids never change: publish again, or find out what changed it (R1)."
            yield Finding("unknown-id", words, entry.line, entry.id, entry.place)


def missing_ids(found: Collection[str], wanted: Iterable[str], place: str) -> Iterator[Finding]:
    """Yield what the catalogue says to be in a feed, and is not."""
    for one in wanted:
        if one not in found:
            words = "the catalogue has this release in the feed, and the feed has not; run “publisher publish”."
            yield Finding("missing-entry", words, 0, one, place)


def stale_entries(found: Mapping[str, SeenEntry], known: Mapping[str, Known]) -> Iterator[Finding]:
    """Yield entries that are not in the newest state, which the catalogue has."""
    for entry in found.values():
        release = known.get(entry.id)
        if release is None:
            continue
        if release.updated and entry.updated != release.updated:
            words = (
                f"it was updated {_told(entry.updated)}, and by the catalogue {_told(release.updated)}; publish again."
            )
            yield Finding("stale-entry", words, entry.line, entry.id, entry.place)
        elif not (entry.title.endswith(release.title) if release.is_withdrawn else _same(entry.title, release.title)):
            words = f"its title is {shown(entry.title)}, and by the catalogue {shown(release.title)}; publish again."
            yield Finding("stale-entry", words, entry.line, entry.id, entry.place)


def _same(title: str, own: str) -> bool:
    return title == own or not own  # what has no title gets one for its readers


def _moment(entry: SeenEntry) -> datetime:
    return entry.updated or _LONG_AGO


def _told(moment: datetime | None) -> str:
    return moment.isoformat() if moment else "never"


def _twin(entry: SeenEntry, strangers: Iterable[SeenEntry], *, is_alike: bool) -> SeenEntry | None:
    """Return the entry that is the same under another id: by title and link, or by one of them if that is enough."""
    for other in strangers:
        signs = [bool(entry.title) and entry.title == other.title, bool(entry.link) and entry.link == other.link]
        if all(signs) or (is_alike and any(signs)):
            return other
    return None
