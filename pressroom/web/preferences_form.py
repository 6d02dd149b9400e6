"""The form of preferences: what it shows, what it sends, and what is said of it afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pressroom.digest import wording
from pressroom.membership import EVERYTHING, Wish, parse_frequency
from pressroom.membership.by_link import Preferences
from pressroom.models.people import Choice, Frequency, Subscriber
from pressroom.models.release import Kind
from pressroom.models.words import Words, marked
from pressroom.storage.topics import Shelf
from pressroom.web.forms import Fields, first

OFTEN = {
    Frequency.IMMEDIATE: marked("at once"),
    Frequency.DAILY: marked("daily"),
    Frequency.WEEKLY: marked("weekly"),
    Frequency.MONTHLY: marked("monthly"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that can be followed."""

    slug: str
    name: str
    is_chosen: bool
    frequency: Frequency


@dataclass(frozen=True, slots=True)
class Form:
    """What the form offers: (value, words) and whether it is chosen now."""

    everything: Line
    topics: tuple[Line, ...]
    often: tuple[tuple[Frequency, str], ...]
    kinds: tuple[tuple[str, str, bool], ...]
    partners: bool
    languages: tuple[tuple[str, str, bool], ...]


def form_of(reader: Subscriber, shelves: Sequence[Shelf], languages: Sequence[str], words: Words) -> Form:
    """Return the form as `reader` finds it.

    A topic under which nothing is out yet is offered to nobody: its name may tell what is under embargo (R9).
    """
    held = {choice.slug: choice for choice in reader.choices}
    names = {one.topic.slug: one.topic.name for one in shelves if one.releases and not one.merged_into}
    names |= {slug: choice.name for slug, choice in held.items() if choice.name}
    topics = sorted(names.items(), key=lambda one: one[1].casefold())
    wanted = reader.filter.kinds or frozenset(Kind)
    return Form(
        everything=_line(EVERYTHING, words.gettext("Everything we release"), held),
        topics=tuple(_line(slug, name, held) for slug, name in topics),
        often=tuple((one, words.gettext(OFTEN[one])) for one in Frequency),
        kinds=tuple((kind, words.kind(kind), kind in wanted) for kind in Kind),
        partners=reader.filter.partners,
        languages=tuple((tag, Words(tag).own_name, tag == words.language) for tag in languages),
    )


def _line(slug: str, name: str, held: Mapping[str, Choice]) -> Line:
    choice = held.get(slug)
    usual = {one.frequency for one in held.values()}
    often = choice.frequency if choice else next(iter(usual)) if len(usual) == 1 else Frequency.WEEKLY
    return Line(slug, name, choice is not None, often)


def read_form(fields: Fields) -> Preferences:
    """Return what the form was sent with; raises InvalidFieldError for a frequency that there is none of."""
    return Preferences(
        wishes=[Wish(slug, parse_frequency(first(fields, f"often {slug}"))) for slug in fields.get("follow", ())],
        kinds=fields.get("kind", ()),
        partners="partners" in fields,
        language=first(fields, "language"),
    )


def summary_of(reader: Subscriber, words: Words) -> list[str]:
    """Return what a reader gets now, in sentences."""
    said = [words.gettext("You follow: %(choices)s.") % {"choices": wording.chosen(reader.choices, words)}]
    if reader.filter.kinds:
        kinds = words.listed([words.kind(kind) for kind in Kind if kind in reader.filter.kinds])
        said.append(words.gettext("Of that you get: %(kinds)s.") % {"kinds": kinds})
    if not reader.filter.partners:
        said.append(words.gettext("What our partners release is left out."))
    if reader.paused:
        said.append(words.gettext("Your digests are paused."))
    return said
