"""What a digest says around its items: names, acts, counts and reasons in words.

All English of `digest/` stands here and in its templates, and is what translators find there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from datetime import date

from pressroom.caches import for_a_round
from pressroom.models.announcements import Change
from pressroom.models.dates import PartialDate
from pressroom.models.people import Choice, Filter, Frequency
from pressroom.models.release import Kind
from pressroom.models.words import Words, dotted, marked

DIGEST_NAMES = {
    Frequency.IMMEDIATE: marked("Just released"),
    Frequency.DAILY: marked("Daily digest"),
    Frequency.WEEKLY: marked("Weekly digest"),
    Frequency.MONTHLY: marked("Monthly digest"),
}
PACES = {
    Frequency.IMMEDIATE: marked("at once"),
    Frequency.DAILY: marked("daily"),
    Frequency.WEEKLY: marked("weekly"),
    Frequency.MONTHLY: marked("monthly"),
}
CHANGE_NAMES = {Change.REVISED: marked("Revised"), Change.WITHDRAWN: marked("Withdrawn")}
FORMAT_NAMES = {
    "html": marked("web page"),
    "docx": marked("Word"),
    "xlsx": marked("Excel"),
    "pptx": marked("slides"),
    "png": marked("image"),
    "jpg": marked("image"),
    "svg": marked("image"),
}
LONGEST_ENDING = 5
"""“EPUB” is the ending of a file, “magazine” a word that somebody wrote in its place."""
ACTS = {
    "report": marked("Read the report"),
    "briefing": marked("Read the briefing"),
    "guide": marked("Read the guide"),
    "survey": marked("Read the survey"),
    "article": marked("Read the article"),
    "case-study": marked("Read the case study"),
    "collection": marked("Read the collection"),
    "podcast": marked("Listen to the podcast"),
    "blog": marked("Read the blog post"),
    "news": marked("Read the news"),
}


# Names of things.


def digest_name(frequencies: Collection[Frequency], words: Words) -> str:
    """Return "Weekly digest" where there is one frequency, else "Digest"."""
    if len(frequencies) == 1:
        return words.gettext(DIGEST_NAMES[next(iter(frequencies))])
    return words.gettext("Digest")


def change(change: str, words: Words) -> str:
    """Return "Revised" or "Withdrawn"; nothing of what is new."""
    return words.gettext(CHANGE_NAMES[Change(change)]) if change in CHANGE_NAMES else ""


def in_month(month: date, today: date, words: Words) -> str:
    """Return "in September", with the year where it is another."""
    name = words.month_alone(month) if month.year == today.year else words.month(month)
    return words.gettext("in %(month)s") % {"month": name}


# The facts of an item.


def own_date(text: str, words: Words) -> str:
    """Return a release's own date in the precision known: "28 January 2026", "January 2026", "2026", ""."""
    known = PartialDate.parse("own date", text) if text else None
    return words.own_date(known) if known else ""


def authors(names: Sequence[str], words: Words, most: int = 3) -> str:
    """Return "By A, B, C and 4 others"; empty without authors."""
    return words.gettext("By %(names)s") % {"names": words.people(names, most)} if names else ""


def formats(files: Iterable[tuple[str, int | None]], words: Words) -> str:
    """Return "PDF 2.1 MB, web page"; empty when there is nothing but the web page that is linked anyway."""
    files = list(dict.fromkeys(files))
    if all(name.lower() == "html" for name, _ in files):
        return ""
    said = ", ".join(dict.fromkeys(_format(name, octets, words) for name, octets in files))
    return said[:1].upper() + said[1:]


def _format(name: str, octets: int | None, words: Words) -> str:
    known = FORMAT_NAMES.get(name.lower())
    said = words.gettext(known) if known else name.upper() if len(name) <= LONGEST_ENDING else name.lower()
    return f"{said} {words.size(octets)}" if octets else said


def edition(series: str, edition: str, title: str, words: Words) -> str:
    """Return series and edition but for what the title says: "Smart places 2013/14", "edition 43"."""
    series = "" if _says(title, series) else series
    edition = "" if _says(title, edition) else edition
    if series or not edition:
        return f"{series} {edition}".strip()
    return words.gettext("edition %(edition)s") % {"edition": edition}


def _says(title: str, words: str) -> bool:
    return bool(re.search(rf"(?<!\w){re.escape(words)}(?!\w)", title, re.IGNORECASE))


def partners(names: Sequence[str], words: Words, most: int = 5) -> str:
    return words.gettext("with %(names)s") % {"names": words.listed(names, most)} if names else ""


def act(kind: str, is_for_members: bool, is_revised: bool, words: Words) -> str:
    """Return what the link does: "Read the briefing", "Listen to the podcast", "Sign in to read"."""
    if is_for_members:
        return words.gettext("Sign in to listen") if kind == "podcast" else words.gettext("Sign in to read")
    if is_revised:
        if kind == "podcast":
            return words.gettext("Listen to the revised version")
        return words.gettext("Read the revised version")
    return words.gettext(ACTS.get(kind, "")) or words.gettext("Read it")


def read_instead(title: str, words: Words) -> str:
    if not title:
        return words.gettext("Read what replaces it")
    return words.gettext("Read “%(title)s” instead") % {"title": title}


def beyond(title: str, lead: str) -> str:
    """Return what a title says beyond the lead's: “Executive summary” of “Trends 2026: Executive summary”.

    One that goes on within a word or a phrase, or with hardly a word, stays whole: “Waterways”, “Water and wind” and
    “Water 2” beside “Water”.
    """
    rest = title.removeprefix(lead) if title.startswith(lead) else ""
    if mark := _PARTING.match(rest):
        said = rest[mark.end() :]
    elif rest[:1].isspace() and rest.lstrip()[:1].isupper():
        said = rest.lstrip()
    else:
        return title
    return said[:1].upper() + said[1:] if _A_WORD.search(said) else title


_PARTING = re.compile(r"\s*[:–—]\s*|\s+-\s+")
_A_WORD = re.compile(r"[^\W\d_]{3}")


# Why an item is there, and why the mail came.


def also_in(names: Sequence[str], words: Words) -> str:
    return words.gettext("Also in %(topics)s") % {"topics": words.listed(names, MOST_NAMED)} if names else ""


def because_you_follow(names: Sequence[str], words: Words) -> str:
    if not names:
        return ""
    return words.gettext("Because you follow %(topics)s") % {"topics": words.listed(names, MOST_NAMED)}


def newly_filed(names: Sequence[str], words: Words) -> str:
    if not names:
        return words.gettext("Newly filed under a further topic")
    return words.gettext("Newly filed under %(topics)s") % {"topics": words.listed(names, MOST_NAMED)}


MOST_NAMED = 12
"""How many topics a sentence names before it counts the others."""


def why_it_came(choices: Sequence[Choice], since: date | None, words: Words) -> str:
    """Return "You get this because you follow Digital trends, weekly. You subscribed on 26 January 2026."

    With several frequencies: "… because you follow Digital trends (daily); Cyber security and Inclusion (weekly). …"
    """
    return both(_what_is_followed(choices, words), subscribed_on(since, words))


def both(followed: str, subscribed: str) -> str:
    return " ".join(filter(None, [followed, subscribed]))


@for_a_round(4_096)
def subscribed_on(since: date | None, words: Words) -> str:
    return words.gettext("You subscribed on %(date)s.") % {"date": words.day(since)} if since else ""


def _what_is_followed(choices: Sequence[Choice], words: Words) -> str:
    said = _by_pace(choices, words)
    if not said:
        return ""
    if len(said) == 1:
        [(names, pace)] = said
        return words.gettext("You get this because you follow %(topics)s, %(pace)s.") % {"topics": names, "pace": pace}
    return words.gettext("You get this because you follow %(topics)s.") % {"topics": chosen(choices, words)}


def chosen(choices: Sequence[Choice], words: Words) -> str:
    """Return "Digital trends (daily); Cyber security and Inclusion (weekly)"."""
    return "; ".join(f"{names} ({pace})" for names, pace in _by_pace(choices, words))


def _by_pace(choices: Sequence[Choice], words: Words) -> list[tuple[str, str]]:
    """Return what is followed, each frequency's in one list, with the frequency."""
    by_pace: dict[Frequency, list[str]] = {}
    for choice in choices:
        by_pace.setdefault(choice.frequency, []).append(choice.name or words.gettext("everything we release"))
    return [(words.listed(names, MOST_NAMED), words.gettext(PACES[pace])) for pace, names in by_pace.items()]


# Titles and how many more.


def and_more(title: str, more: int, words: Words, longest: int | None = None) -> tuple[str, str]:
    """Return a title and what follows it: ", and 8 more", together at most `longest` characters.

    After a question or an exclamation a sentence of its own follows; a full stop gives way to the comma.
    """
    if not more:
        return (shortened(title, longest) if longest else title), ""
    number = {"number": words.number(more)}
    rest = words.ngettext(", and %(number)s more", ", and %(number)s more", more) % number
    cut = shortened(title, longest - len(rest)) if longest else title
    if cut.rstrip("”’\"')").endswith(("?", "!")):
        after = " " + words.ngettext("And %(number)s more", "And %(number)s more", more) % number
        return (shortened(title, longest - len(after)) if longest else title), after
    return (cut.removesuffix(".") if not cut.endswith("..") else cut), rest


def more_on_the_web(more: int, words: Words) -> str:
    """Return what the link to the rest of a long digest says; empty when there is no more."""
    if not more:
        return ""
    text = words.ngettext("And %(number)s more on the web", "And %(number)s more on the web", more)
    return text % {"number": words.number(more)}


def next_titles(titles: Sequence[str], further: int, words: Words, named: int = 3, longest: int = 60) -> str:
    """Return the line an inbox shows beside the subject: "Also: A · B · C, and 5 more"; or nothing.

    `further` counts what is not among `titles`.
    """
    if not titles:
        return ""
    line = dotted(shortened(title, longest) for title in titles[:named])
    more = max(0, len(titles) - named) + further
    return words.gettext("Also: %(titles)s") % {"titles": "".join(and_more(line, more, words))}


def one_alone(kind: str, changed: str, words: Words) -> str:
    """Return that line for a single item: "New · Report"."""
    return dotted([change(changed, words) or words.gettext("New"), words.kind(kind)])


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


def filter_in_words(wanted: Filter, words: Words) -> list[str]:
    """Return what a filter lets through, in sentences; nothing of one that lets all through."""
    said = []
    if wanted.kinds:
        kinds = words.listed([words.kind(kind) for kind in Kind if kind in wanted.kinds])
        said.append(words.gettext("Of that you get: %(kinds)s.") % {"kinds": kinds})
    if wanted.languages:
        named = words.listed([words.language_name(tag) for tag in sorted(wanted.languages)])
        said.append(words.gettext("You get only what is in %(languages)s.") % {"languages": named})
    if not wanted.partners:
        said.append(words.gettext("What our partners release is left out."))
    return said
