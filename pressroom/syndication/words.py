"""A release's facts in words for people to read; the same words as in a digest."""

from __future__ import annotations

from pressroom.models.release import Access, File, Release
from pressroom.models.words import ACCESS_NAMES, size_in_words


def access_in_words(release: Release) -> str:
    """Return what readers who are no members must know beforehand; nothing when all is public."""
    if release.access is Access.MEMBERS:
        return ACCESS_NAMES["members"]
    accesses = [release.access, release.landing_access, *(file.access for file in release.files)]
    return ACCESS_NAMES["mixed"] if any(access is not Access.PUBLIC for access in accesses) else ""


def file_in_words(file: File) -> str:
    """Return what a link to the file does and costs: "Download (PDF, 1.2 MB, 48 pages)"."""
    deeds = {"audio": "Listen", "video": "Watch", "text/html": "Read"}
    deed = deeds.get(file.media_type) or deeds.get(file.media_type.partition("/")[0], "Download")
    facts = (
        file.format.upper(),
        size_in_words(file.size) if file.size else "",
        f"{file.pages} page{'s' if file.pages > 1 else ''}" if file.pages else "",
        _duration(file.duration) if file.duration else "",
    )
    return f"{deed} ({', '.join(fact for fact in facts if fact)})"


def _duration(seconds: int) -> str:
    hours, minutes = divmod(max(round(seconds / 60), 1), 60)
    return " ".join(f"{number} {unit}" for number, unit in ((hours, "h"), (minutes, "min")) if number)
