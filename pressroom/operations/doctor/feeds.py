"""Feeds against the rules: those on the disk, and the one of everything as it is served."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from pressroom.errors import UnreadableFileError
from pressroom.operations.doctor.diagnosis import Diagnosis, ok, problem, problem_in
from pressroom.operations.validating import Validation, validate
from pressroom.tools import Tools


def look_at_files(tools: Tools, now: datetime) -> Iterator[Diagnosis]:
    """Yield where what is published keeps a rule not, or says something else than the catalogue."""
    try:
        found = validate(tools, now)
    except UnreadableFileError:
        yield ok("nothing is published yet")
        return
    if any(one.rule == "wrong-self" for one in found.findings):
        words = f"what is published is of another [site] url than {tools.links.site}"
        yield problem(words, "run “publisher publish”, which writes all feeds anew")
    else:
        yield from _judged("what is published", found, "publisher validate")


def look_at_served(tools: Tools, now: datetime) -> Iterator[Diagnosis]:
    """Yield what a reader's program minds in the feed of everything, fetched as such a program does."""
    place = tools.links.published("all.atom")
    yield from _judged(place, validate(tools, now, [place]), f"publisher validate {place}")


def _judged(place: str, found: Validation, command: str) -> Iterator[Diagnosis]:
    yield from map(problem_in, found.unread)
    if found.findings:
        words = f"{place} has {len(found.findings):,} fault(s), the first: {found.findings[0].words.rstrip('.')}"
        yield problem(words, f"see all of them with “{command}”")
    elif not found.unread:
        yield ok(f"{place} is valid, with {found.entries:,} entries")
