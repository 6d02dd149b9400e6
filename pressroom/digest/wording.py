"""What a digest says around its items: dates, lists, counts and acts in words.

All English of `digest/` stands here, and in its templates.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from datetime import date

from pressroom.models.announcements import Change
from pressroom.models.dates import MONTHS, PartialDate
from pressroom.models.people import Choice, Frequency
from pressroom.models.words import date_in_words, kind_in_words, listed, size_in_words

FROM_PARTNERS = "From our partners"
REVISED_AND_WITHDRAWN = "Revised and withdrawn"
CHANGES_INTRODUCED = "Changes to what we sent you before."
THE_REST = "Also released"
UNSUBSCRIBE = "Unsubscribe"
REPLY_TO_A_PERSON = "Reply to a person"
BECAUSE_SENT_BEFORE = "Because we sent it to you before"

DIGEST_NAMES = {
    Frequency.IMMEDIATE: "Just released",
    Frequency.DAILY: "Daily digest",
    Frequency.WEEKLY: "Weekly digest",
    Frequency.MONTHLY: "Monthly digest",
}
PACES = {
    Frequency.IMMEDIATE: "at once",
    Frequency.DAILY: "daily",
    Frequency.WEEKLY: "weekly",
    Frequency.MONTHLY: "monthly",
}
CHANGE_NAMES = {Change.REVISED: "Revised", Change.WITHDRAWN: "Withdrawn"}
FORMAT_NAMES = {
    "html": "web page", "docx": "Word", "xlsx": "Excel", "pptx": "slides", "png": "image", "jpg": "image",
    "svg": "image",
}  # fmt: skip


def dotted(facts: Iterable[str]) -> str:
    """Return facts in one line, a dot between them that never begins a line; blank ones are left out."""
    return "\xa0· ".join(fact for fact in facts if fact)


def digest_name(frequencies: Collection[Frequency]) -> str:
    """Return "Weekly digest" where there is one frequency, else "Digest"."""
    return DIGEST_NAMES[next(iter(frequencies))] if len(frequencies) == 1 else "Digest"


def period(first: date | None, last: date) -> str:
    """Return the days from `first` to `last` in words: "19–25 January 2026"."""
    if first is None or first >= last:
        return day(last)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{day(last)}"
    start = f"{first.day} {MONTHS[first.month - 1]}"
    return f"{start if first.year == last.year else day(first)} – {day(last)}"


def day(date: date) -> str:
    return f"{date.day} {MONTHS[date.month - 1]} {date.year}"


def in_month(month: date, today: date) -> str:
    """Return "in September", with the year where it is another."""
    year = "" if month.year == today.year else f" {month.year}"
    return f"in {MONTHS[month.month - 1]}{year}"


def own_date(text: str) -> str:
    """Return a release's own date in the precision known: "28 January 2026", "January 2026", "2026", ""."""
    known = PartialDate.parse("own date", text) if text else None
    return date_in_words(known) if known else ""


def authors(names: Sequence[str], most: int = 3) -> str:
    """Return "By A, B, C and 4 others"; empty without authors."""
    others = len(names) - most
    named = [*names[:most], counted(others, "other")] if others > 0 else names
    return f"By {listed(named)}" if names else ""


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def formats(files: Iterable[tuple[str, int | None]]) -> str:
    """Return "PDF 2.1 MB, web page"; empty when there is nothing but the web page that is linked anyway."""
    words = ", ".join(dict.fromkeys(_format(name, octets) for name, octets in files))
    return "" if words == "web page" else words[:1].upper() + words[1:]


def _format(name: str, octets: int | None) -> str:
    words = FORMAT_NAMES.get(name.lower(), name.upper())
    return f"{words} {size_in_words(octets)}" if octets else words


def edition(series: str, edition: str, title: str) -> str:
    """Return series and edition but for what the title says: "Smart places 2013/14", "edition 43"."""
    series = "" if _says(title, series) else series
    edition = "" if _says(title, edition) else edition
    return f"{series} {edition}".strip() if series or not edition else f"edition {edition}"


def _says(title: str, words: str) -> bool:
    return bool(re.search(rf"(?<!\w){re.escape(words)}(?!\w)", title, re.IGNORECASE))


def partners(names: Sequence[str]) -> str:
    return f"with {listed(names)}" if names else ""


def act(kind_name: str, is_for_members: bool, is_revised: bool) -> str:
    """Return what the link does: "Read the briefing", "Listen to the podcast", "Sign in to read"."""
    verb = "listen" if kind_name == "podcast" else "read"
    if is_for_members:
        return f"Sign in to {verb}"
    revised = "revised " if is_revised else ""
    return f"{'Listen to' if verb == 'listen' else 'Read'} the {revised}{kind_in_words(kind_name).lower()}"


def beyond(title: str, lead: str) -> str:
    """Return what a title says beyond the lead's: “Executive summary” of “Trends 2026: Executive summary”."""
    rest = title.removeprefix(lead).lstrip(" :–—-") if title.startswith(lead) else ""
    return rest[:1].upper() + rest[1:] if rest else title


def read_instead(title: str) -> str:
    return f"Read “{title}” instead" if title else "Read what replaces it"


def also_in(names: Sequence[str]) -> str:
    return f"Also in {listed(names)}" if names else ""


def because_you_follow(names: Sequence[str]) -> str:
    return f"Because you follow {listed(names)}" if names else ""


def newly_filed(names: Sequence[str]) -> str:
    return f"Newly filed under {listed(names)}" if names else "Newly filed under a further topic"


def what_is_followed(choices: Sequence[Choice]) -> str:
    """Return "because you follow Digital trends daily, and Cyber security and Harnessing data weekly"."""
    by_pace: dict[Frequency, list[str]] = {}
    for choice in choices:
        by_pace.setdefault(choice.frequency, []).append(choice.name or "everything we release")
    if not by_pace:
        return ""
    if len(by_pace) == 1:
        [(pace, names)] = by_pace.items()
        return f"because you follow {listed(names)}, {PACES[pace]}"
    said = [f"{listed(names)} {PACES[pace]}" for pace, names in by_pace.items()]
    return f"because you follow {', '.join(said[:-1])}, and {said[-1]}"


def and_more(title: str, more: int, longest: int | None = None) -> tuple[str, str]:
    """Return a title and what follows it: ", and 8 more", together at most `longest` characters.

    After a question or an exclamation a sentence of its own follows; a full stop gives way to the comma.
    """
    if not more:
        return (shortened(title, longest) if longest else title), ""
    rest = f", and {more} more"
    cut = shortened(title, longest - len(rest)) if longest else title
    if cut.rstrip("”’\"')").endswith(("?", "!")):
        return cut, f" And {more} more"
    return (cut.removesuffix(".") if not cut.endswith("..") else cut), rest


def next_titles(titles: Sequence[str], named: int = 3, longest: int = 60) -> str:
    """Return the line an inbox shows beside the subject: "Also: A · B · C, and 5 more"; or nothing."""
    if not titles:
        return ""
    line = dotted(shortened(title, longest) for title in titles[:named])
    return "Also: " + "".join(and_more(line, max(0, len(titles) - named)))


def one_alone(kind_name: str, change: str) -> str:
    """Return that line for a single item: "One new report"."""
    state = CHANGE_NAMES[Change(change)].lower() if change in CHANGE_NAMES else "new"
    return f"One {state} {kind_in_words(kind_name).lower()}"


def shortened(text: str, longest: int) -> str:
    """Return `text` in at most `longest` characters, cut after a whole word with "…" where it is longer.

    Where the last blank lies so far back that little would be left (Chinese, an endless word), a word is cut.
    """
    if len(text) <= longest:
        return text
    end = longest - 1
    blank = text.rfind(" ", 0, end + 1)
    end = blank if blank > longest // 2 else _before_a_letter(text, end)
    return text[:end].rstrip(" ,;:.–—-(‘“'\"/&\u200d") + "…"


def _before_a_letter(text: str, end: int) -> int:
    """Return the nearest place up to `end` that parts no letter from its accents and joiners."""
    while end > 1 and (unicodedata.category(text[end]).startswith("M") or "\u200d" in text[end - 1 : end + 1]):
        end -= 1
    return end
