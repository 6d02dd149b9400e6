"""A release's facts in words for people to read; the same words as in a digest."""

from __future__ import annotations

from collections.abc import Sequence

from pressroom.models.dates import MONTHS, PartialDate
from pressroom.models.release import Access, File, Kind, Release

KINDS = {Kind.CASE_STUDY: "Case study", Kind.BLOG: "Blog post"}
LANGUAGES = {
    "ar": "Arabic", "bg": "Bulgarian", "ca": "Catalan", "cs": "Czech", "cy": "Welsh", "da": "Danish",
    "de": "German", "el": "Greek", "en": "English", "es": "Spanish", "et": "Estonian", "eu": "Basque",
    "fa": "Persian", "fi": "Finnish", "fr": "French", "ga": "Irish", "gd": "Scottish Gaelic",
    "gl": "Galician", "he": "Hebrew", "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian",
    "id": "Indonesian", "is": "Icelandic",
    "it": "Italian", "ja": "Japanese", "ko": "Korean", "lb": "Luxembourgish", "lt": "Lithuanian",
    "lv": "Latvian", "mt": "Maltese", "nb": "Norwegian", "nl": "Dutch", "nn": "Norwegian", "no": "Norwegian",
    "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sk": "Slovak", "sl": "Slovenian",
    "sq": "Albanian", "sr": "Serbian", "sv": "Swedish", "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu",
    "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip


def listed(names: Sequence[str]) -> str:
    """Return "A", "A and B" or "A, B and C"."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def kind_in_words(kind: Kind) -> str:
    return KINDS.get(kind, kind.value.capitalize())


def part_in_words(release: Release) -> str:
    """Return "Part 3 of 7 of Smart places"; with less known, less is said."""
    if release.part is None:
        return f"Part of {release.collection}" if release.collection else ""
    wholes = (str(release.part_count or ""), release.collection)
    return f"Part {release.part}" + "".join(f" of {whole}" for whole in wholes if whole)


def date_in_words(date: PartialDate) -> str:
    """Return "28 January 2026", "January 2026" or "2026": no more than is known."""
    month = MONTHS[date.month - 1] if date.month else ""
    return " ".join(part for part in (str(date.day or ""), month, str(date.year)) if part)


def language_in_words(tag: str) -> str:
    """Return "in Dutch"; a language without a name here goes by its tag."""
    return f"in {LANGUAGES.get(tag.partition('-')[0].lower(), tag)}"


def access_in_words(release: Release) -> str:
    """Return what readers who are no members must know beforehand; nothing when all is public."""
    if release.access is Access.MEMBERS:
        return "Members only"
    accesses = [release.access, release.landing_access, *(file.access for file in release.files)]
    return "Some parts for members only" if any(access is not Access.PUBLIC for access in accesses) else ""


def file_in_words(file: File) -> str:
    """Return what a link to the file does and costs: "Download (PDF, 1.2 MB, 48 pages)"."""
    deeds = {"audio": "Listen", "video": "Watch", "text/html": "Read"}
    deed = deeds.get(file.media_type) or deeds.get(file.media_type.partition("/")[0], "Download")
    facts = (
        file.format.upper(),
        _size(file.size) if file.size else "",
        f"{file.pages} page{'s' if file.pages > 1 else ''}" if file.pages else "",
        _duration(file.duration) if file.duration else "",
    )
    return f"{deed} ({', '.join(fact for fact in facts if fact)})"


def _size(octets: int) -> str:
    """Return "340 KB" or "1.2 MB", in units of a thousand as file managers show them."""
    if octets < 999_500:
        return f"{max(round(octets / 1_000), 1)} KB"
    return f"{octets / 1_000_000:.1f} MB"


def _duration(seconds: int) -> str:
    hours, minutes = divmod(max(round(seconds / 60), 1), 60)
    return " ".join(f"{number} {unit}" for number, unit in ((hours, "h"), (minutes, "min")) if number)
