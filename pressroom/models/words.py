"""The words around what is released, in one language: kinds, dates, lists and sizes, the same in feeds and mails.

English stands in the code and in the templates, and is the key of every translation (GNU gettext). Dates, numbers,
lists and names of languages follow the Unicode CLDR, through Babel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from functools import cached_property, lru_cache
from gettext import NullTranslations

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time, parse_pattern
from babel.lists import format_list
from babel.numbers import format_decimal

from pressroom.models.dates import PartialDate

USUAL_TERRITORY = {"en": "en_GB"}
"""Days before months and no comma before “and”: English without a country is British here."""


def marked(text: str) -> str:
    """Return `text` as it is: it is translated where it is used, and found for translators where it stands."""
    return text


KIND_NAMES = {
    "report": marked("Report"),
    "briefing": marked("Briefing"),
    "guide": marked("Guide"),
    "survey": marked("Survey"),
    "article": marked("Article"),
    "case-study": marked("Case study"),
    "collection": marked("Collection"),
    "podcast": marked("Podcast"),
    "blog": marked("Blog post"),
    "news": marked("News"),
}
ACCESS_NAMES = {"members": marked("Members only"), "mixed": marked("Some parts for members only")}


class Words:
    """Words in one language. `language` is its tag: "en", "nl", "pt-BR"."""

    def __init__(self, language: str = "en", translations: NullTranslations | None = None) -> None:
        self.language = language
        self._translations = translations or NullTranslations()
        self.locale = locale_of(language)

    def gettext(self, text: str) -> str:
        return self._translations.gettext(text) if text else ""

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        return self._translations.ngettext(singular, plural, number)

    @cached_property
    def for_templates(self) -> dict[str, Callable[..., str]]:
        """The functions that `{% trans %}` and `_()` ask for."""
        return {"gettext": self.gettext, "ngettext": self.ngettext}

    @property
    def direction(self) -> str:
        """`ltr` or `rtl`, the way the language runs."""
        return self.locale.text_direction

    @property
    def own_name(self) -> str:
        """What the language calls itself: "English", "Nederlands", "Português (Brasil)"."""
        has_country = "-" in self.language
        name = (self.locale.get_display_name() if has_country else self.locale.get_language_name()) or self.language
        return name[:1].upper() + name[1:]

    # Times.

    def day(self, day: date) -> str:
        """Return "28 January 2026"."""
        return format_date(day, "long", self.locale)

    def month(self, month: date) -> str:
        """Return "January 2026"."""
        return format_skeleton("yMMMM", month, locale=self.locale)

    def month_alone(self, month: date) -> str:
        """Return "January"."""
        return format_date(month, "MMMM", self.locale)  # not LLLL: Babel 2.18 writes it through to other locales

    def own_date(self, known: PartialDate) -> str:
        """Return "28 January 2026", "January 2026" or "2026": no more than is known."""
        if known.day:
            return self.day(date(known.year, known.month, known.day))
        return self.month(date(known.year, known.month, 1)) if known.month else str(known.year)

    def days(self, first: date, last: date) -> str:
        """Return the days from `first` to `last`: "19–25 January 2026"."""
        if first >= last:
            return self.day(last)
        return _days(first, last, self.locale)

    def clock(self, local: datetime) -> str:
        """Return "09:30", as the clock shows it where `local` has its zone."""
        return format_time(local, "short", locale=self.locale)

    # Lists and numbers.

    def listed(self, names: Sequence[str], most: int | None = None) -> str:
        """Return "A", "A and B" or "A, B and C"; of more than `most`, "A, B, C and 4 more"."""
        return self._cut(names, most, self.ngettext("%(number)s more", "%(number)s more", self._beyond(names, most)))

    def people(self, names: Sequence[str], most: int | None = None) -> str:
        """Return the same of people: "A, B, C and 4 others"."""
        # Translators: the rest of a list of people: "Ann, Ben and 4 others".
        others = self.ngettext("%(number)s other", "%(number)s others", self._beyond(names, most))
        return self._cut(names, most, others)

    def _beyond(self, names: Sequence[str], most: int | None) -> int:
        return max(0, len(names) - most) if most is not None else 0

    def _cut(self, names: Sequence[str], most: int | None, rest: str) -> str:
        beyond = self._beyond(names, most)
        named = [*names[:most], rest % {"number": self.number(beyond)}] if beyond else list(names)
        return format_list(named, locale=self.locale)

    def number(self, number: int) -> str:
        return _number(number, self.locale)

    def size(self, octets: int) -> str:
        """Return "340 KB", "2.1 MB" or "41 MB", in units of a thousand as file managers show them."""
        if octets < 999_500:
            return f"{max(1, round(octets / 1_000))} KB"
        megabytes = octets / 1_000_000
        if megabytes < 9.95:
            return f"{format_decimal(round(megabytes, 1), '0.0', self.locale)} MB"
        return f"{self.number(round(megabytes))} MB"

    # A release.

    def kind(self, kind: str) -> str:
        """Return "Case study"; a kind that another program made up goes by its own name."""
        name = KIND_NAMES.get(kind)
        return self.gettext(name) if name else kind.replace("-", " ").capitalize()

    def access(self, access: str) -> str:
        """Return what readers who are no members must know; nothing when all is public."""
        return self.gettext(ACCESS_NAMES.get(access, ""))

    def part(self, collection: str, number: int | None, count: int | None) -> str:
        """Return "Part 3 of 7 of Smart Places"; with less known, less is said."""
        facts = {"number": number, "count": count, "collection": collection}
        if number is None:
            return self.gettext("Part of %(collection)s") % facts if collection else ""
        if count and collection:
            return self.gettext("Part %(number)s of %(count)s of %(collection)s") % facts
        if count:
            return self.gettext("Part %(number)s of %(count)s") % facts
        if collection:
            return self.gettext("Part %(number)s of %(collection)s") % facts
        return self.gettext("Part %(number)s") % facts

    def in_language(self, tag: str) -> str:
        """Return "in Dutch"; a language that has no name goes by its tag."""
        return self.gettext("in %(language)s") % {"language": self.language_name(tag)}

    def foreign(self, tag: str) -> tuple[str, str]:
        """Return language tag and direction of what is in another language than these words, else two blanks."""
        if primary_language(tag) == primary_language(self.language):
            return "", ""
        return tag, locale_of(tag).text_direction

    def language_name(self, tag: str) -> str:
        """Return "Dutch"; a language that has no name goes by its tag."""
        return self.locale.languages.get(primary_language(tag)) or tag


def dotted(facts: Iterable[str]) -> str:
    """Return facts in one line, a dot between them that never begins a line; blank ones are left out."""
    return "\xa0· ".join(fact for fact in facts if fact)


def primary_language(tag: str) -> str:
    """Return the language of a tag without country and script: "nl" of "nl-BE"."""
    return tag.split("-", 1)[0].lower()


@lru_cache(maxsize=256)
def _days(first: date, last: date, locale: Locale) -> str:
    field = "y" if first.year != last.year else "M" if first.month != last.month else "d"
    # CLDR has intervals with short months only; the same pattern serves the whole ones.
    pattern = locale.interval_formats.get("yMMMd", {}).get(field, ())
    if len(pattern) != 2:
        return " – ".join(format_date(day, "long", locale) for day in (first, last))
    begin, end = (parse_pattern(part.replace("MMM", "MMMM")) for part in pattern)
    whole = begin.apply(first, locale) + end.apply(last, locale)
    return whole.replace("\u2009", " ")  # a thin blank, which plain text and old fonts show badly


@lru_cache(maxsize=256)
def _number(number: int, locale: Locale) -> str:
    return format_decimal(number, locale=locale)


@lru_cache(maxsize=256)
def locale_of(tag: str) -> Locale:
    """Return what CLDR knows of a language tag (RFC 5646), or of the nearest: its language alone, else English."""
    for name in (USUAL_TERRITORY.get(tag.lower(), tag), primary_language(tag)):
        try:
            return Locale.parse(name, sep="_" if "_" in name else "-")
        except (ValueError, UnknownLocaleError):
            continue
    return Locale.parse(USUAL_TERRITORY["en"])


ENGLISH = Words()
