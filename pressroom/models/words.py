"""Facts of a release in words, the same in feeds and mails."""

from __future__ import annotations

from collections.abc import Sequence

from pressroom.models.dates import MONTHS, PartialDate

ACCESS_NAMES = {"members": "Members only", "mixed": "Some parts for members only"}
KIND_NAMES = {"case-study": "Case study", "blog": "Blog post"}
LANGUAGE_NAMES = {
    "ar": "Arabic", "bg": "Bulgarian", "ca": "Catalan", "cs": "Czech", "cy": "Welsh", "da": "Danish",
    "de": "German", "el": "Greek", "en": "English", "es": "Spanish", "et": "Estonian", "eu": "Basque",
    "fa": "Persian", "fi": "Finnish", "fr": "French", "ga": "Irish", "gd": "Scottish Gaelic",
    "gl": "Galician", "he": "Hebrew", "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian",
    "id": "Indonesian", "is": "Icelandic", "it": "Italian", "ja": "Japanese", "ko": "Korean",
    "lb": "Luxembourgish", "lt": "Lithuanian", "lv": "Latvian", "mt": "Maltese", "nb": "Norwegian",
    "nl": "Dutch", "nn": "Norwegian", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese",
    "ro": "Romanian", "ru": "Russian", "sk": "Slovak", "sl": "Slovenian", "sq": "Albanian", "sr": "Serbian",
    "sv": "Swedish", "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip


def listed(names: Sequence[str]) -> str:
    """Return "A", "A and B" or "A, B and C"."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def kind_in_words(kind: str) -> str:
    return KIND_NAMES.get(kind, kind.replace("-", " ").capitalize())


def date_in_words(date: PartialDate) -> str:
    """Return "28 January 2026", "January 2026" or "2026": no more than is known."""
    month = MONTHS[date.month - 1] if date.month else ""
    return " ".join(part for part in (str(date.day or ""), month, str(date.year)) if part)


def part_in_words(collection: str, number: int | None, count: int | None) -> str:
    """Return "Part 3 of 7 of Smart Places"; with less known, less is said."""
    if number is None:
        return f"Part of {collection}" if collection else ""
    of = "".join(f" of {whole}" for whole in (count, collection) if whole)
    return f"Part {number}{of}"


def language_in_words(tag: str) -> str:
    """Return "in Dutch"; a language without a name here goes by its tag."""
    return f"in {LANGUAGE_NAMES.get(primary_language(tag), tag)}"


def primary_language(tag: str) -> str:
    """Return the language of a tag without country and script: "nl" of "nl-BE"."""
    return tag.split("-", 1)[0].lower()


def size_in_words(octets: int) -> str:
    """Return "340 KB", "2.1 MB" or "41 MB", in units of a thousand as file managers show them."""
    if octets < 999_500:
        return f"{max(1, round(octets / 1_000))} KB"
    megabytes = octets / 1_000_000
    return f"{megabytes:.1f} MB" if megabytes < 9.95 else f"{round(megabytes):,} MB"
