"""The choices of a form, for who signs up and for who changes preferences: what it shows, and what it was sent with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pressroom.digest.wording import PACES
from pressroom.errors import InvalidFieldError
from pressroom.membership import DEFAULT_FREQUENCY, EVERYTHING, parse_frequency
from pressroom.models.people import Frequency, Subscriber
from pressroom.models.release import Kind
from pressroom.models.words import Words
from pressroom.web.forms import Fields, first

FOLLOW = "follow"
"""The id of the first choice, which an error summary leads to."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What stands in a form: `often` of what is ticked, by slug. No kinds at all mean that none is ticked."""

    often: Mapping[str, Frequency] = field(default_factory=dict)
    kinds: frozenset[str] = frozenset()
    partners: bool = True
    language: str = ""
    only_in: frozenset[str] = frozenset()

    @property
    def wishes(self) -> list[tuple[str, str]]:
        return [(slug, often.value) for slug, often in self.often.items()]


def asked_by(reader: Subscriber, language: str) -> Asked:
    """Return the form as `reader` finds it; `language` is that of their mail."""
    return Asked(
        often={choice.slug: choice.frequency for choice in reader.choices},
        kinds=reader.filter.kinds,
        partners=reader.filter.partners,
        language=language,
        only_in=reader.filter.languages,
    )


def asked_in(fields: Fields) -> Asked:
    """Return the form as it was sent; raises InvalidFieldError for a frequency that there is none of."""
    return Asked(
        often={slug: parse_frequency(first(fields, f"often {slug}")) for slug in fields.get("follow", ())},
        kinds=frozenset(fields.get("kind", ())),
        partners="partners" in fields,
        language=first(fields, "language"),
        only_in=frozenset(fields.get("only-in", ())),
    )


def kept_of(fields: Fields) -> Asked:
    """Return as much of a form as can be shown again, for who has to correct it."""
    often = {}
    for slug in fields.get("follow", ()):
        try:
            often[slug] = parse_frequency(first(fields, f"often {slug}"))
        except InvalidFieldError:
            often[slug] = DEFAULT_FREQUENCY
    kinds, only_in = frozenset(fields.get("kind", ())), frozenset(fields.get("only-in", ()))
    return Asked(often, kinds, "partners" in fields, first(fields, "language"), only_in)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that can be followed; `mark` is the id of its box."""

    slug: str
    name: str
    is_chosen: bool
    frequency: Frequency
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """What the form offers: (value, words) and whether it is chosen now."""

    everything: Line
    topics: tuple[Line, ...]
    often: tuple[tuple[Frequency, str], ...]
    kinds: tuple[tuple[str, str, bool], ...]
    partners: bool
    languages: tuple[tuple[str, str, bool], ...]
    only_in: tuple[tuple[str, str, bool], ...]

    @property
    def is_limited(self) -> bool:
        return not self.partners or any(is_chosen for _, _, is_chosen in (*self.kinds, *self.only_in))


def form_of(
    asked: Asked, names: Mapping[str, str], languages: Sequence[str], words: Words, only_in: Iterable[str] = ()
) -> Form:
    """Return the form as `asked` has it; `names` are those of the topics and series on offer, by slug.

    `only_in` are the languages of releases that can be chosen.
    """
    topics = sorted(names.items(), key=lambda one: one[1].casefold())
    return Form(
        everything=_line(EVERYTHING, words.gettext("Everything we release"), asked, FOLLOW),
        topics=tuple(_line(slug, name, asked) for slug, name in topics),
        often=tuple((one, words.gettext(PACES[one])) for one in Frequency),
        kinds=tuple((kind, words.kind(kind), kind in asked.kinds) for kind in Kind),
        partners=asked.partners,
        languages=tuple((tag, Words(tag).own_name, tag == asked.language) for tag in languages),
        only_in=tuple((tag, words.language_name(tag), tag in asked.only_in) for tag in only_in),
    )


def _line(slug: str, name: str, asked: Asked, mark: str = "") -> Line:
    usual = set(asked.often.values())
    often = asked.often.get(slug) or (next(iter(usual)) if len(usual) == 1 else DEFAULT_FREQUENCY)
    return Line(slug, name, slug in asked.often, often, mark)
