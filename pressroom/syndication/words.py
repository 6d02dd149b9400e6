"""A release's access and files in words for people to read; the same words as in a digest."""

from __future__ import annotations

from pressroom.models.release import Access, File, Release
from pressroom.models.words import Words


def access_in_words(release: Release, words: Words) -> str:
    """Return what readers who are no members must know beforehand; nothing when all is public."""
    if release.access is Access.MEMBERS:
        return words.access(Access.MEMBERS)
    accesses = [release.access, release.landing_access, *(file.access for file in release.files)]
    return words.access(Access.MIXED) if any(access is not Access.PUBLIC for access in accesses) else ""


def file_in_words(file: File, words: Words) -> str:
    """Return what a link to the file does and costs: "Download (PDF, 1.2 MB, 48 pages)"."""
    deeds = {"audio": words.gettext("Listen"), "video": words.gettext("Watch"), "text/html": words.gettext("Read")}
    usual = words.gettext("Download")
    deed = deeds.get(file.media_type) or deeds.get(file.media_type.partition("/")[0], usual)
    facts = (
        file.format.upper(),
        words.size(file.size) if file.size else "",
        _pages(file.pages, words) if file.pages else "",
        _duration(file.duration, words) if file.duration else "",
    )
    return f"{deed} ({', '.join(fact for fact in facts if fact)})"


def _pages(number: int, words: Words) -> str:
    return words.ngettext("%(number)s page", "%(number)s pages", number) % {"number": words.number(number)}


def _duration(seconds: int, words: Words) -> str:
    hours, minutes = divmod(max(round(seconds / 60), 1), 60)
    in_hours = words.gettext("%(number)s h") % {"number": words.number(hours)} if hours else ""
    in_minutes = words.gettext("%(number)s min") % {"number": minutes} if minutes else ""
    return " ".join(part for part in (in_hours, in_minutes) if part)
