"""An item of a digest as it is shown: its title, its facts in a line, why it is there, and the one link."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pressroom.digest import wording
from pressroom.digest.sections import CHANGED, Section, chosen, is_partners
from pressroom.models.announcements import Change
from pressroom.models.people import Subscriber
from pressroom.models.release import RelationKind
from pressroom.models.runs import Item, OfferedItem
from pressroom.models.text import clean_line
from pressroom.models.words import Words, dotted, primary_language
from pressroom.settings import Site

LONGEST_SUMMARY = 400
LONGEST_LINE = 300
MOST_NOTES = 5
ROOM_FOR_NOTES = 1_500
MOST_COMPANIONS = 8


@dataclass(frozen=True, slots=True)
class Act:
    """One link, and what following it does."""

    words: str
    url: str


@dataclass(frozen=True, slots=True)
class Badge:
    words: str
    is_warning: bool = False


@dataclass(frozen=True, slots=True)
class Companion:
    """A release that stands on the line of the item it belongs to: “Executive summary (Members only)”."""

    words: str
    url: str
    note: str
    language: str
    direction: str


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """An item as it is shown; what is unknown is empty.

    `language` and `direction` are attributes for what is not in the language of the mail; `paragraphs` are the summary
    or, of a changed release, the editor's notes, with a language and direction of their own. A withdrawn release has no
    address. `others` leads to the companions that `also` does not name.
    """

    title: str
    url: str
    language: str
    direction: str
    in_language: str
    badges: tuple[Badge, ...]
    subtitle: str
    facts: str
    paragraphs: tuple[str, ...]
    paragraphs_language: str
    paragraphs_direction: str
    credits: str
    also: tuple[Companion, ...]
    others: Act | None
    reason: str
    act: Act | None


def item_facts(
    offered: OfferedItem,
    section: Section,
    recipient: Subscriber,
    site: Site,
    words: Words,
    most_companions: int = MOST_COMPANIONS,
    on_the_web: str = "",
) -> ItemFacts:
    """Return what stands in a digest for an item that is offered in `section`, with so many companions named.

    `on_the_web` is the address where all are.
    """
    item = offered.item
    changed = item.change in CHANGED
    language, direction = words.foreign(item.language)
    paragraphs_language, paragraphs_direction = words.foreign(site.language if changed else item.language)
    credits = dotted([wording.authors(item.authors, words), wording.formats(item.formats, words)])
    named = offered.also[:most_companions]
    others = len(offered.also) - len(named)
    return ItemFacts(
        title=item.title,
        url="" if item.change == Change.WITHDRAWN else item.url,
        language=language,
        direction=direction,
        in_language=_in_language(item, recipient, words),
        badges=tuple(_badges(item, words)),
        subtitle=wording.shortened(item.subtitle, LONGEST_LINE),
        facts=wording.shortened(_line_of_facts(item, site.own_publisher, words), LONGEST_LINE),
        paragraphs=_notes(item) if changed else _summary(item),
        paragraphs_language=paragraphs_language,
        paragraphs_direction=paragraphs_direction,
        credits="" if changed else wording.shortened(credits, LONGEST_LINE),
        also=tuple(_companion(other, item, recipient, words) for other in named),
        others=Act(wording.more_on_the_web(others, words), on_the_web) if others else None,
        reason=_reason(offered, section, words),
        act=_act(item, words),
    )


def companion_in_words(item: Item, lead: Item, recipient: Subscriber, words: Words) -> str:
    """Return what the title of a companion says beyond that of the lead; of a translation, its language."""
    in_language = _in_language(item, recipient, words)
    is_translation = (RelationKind.TRANSLATION_OF, lead.id) in item.relations or item.title == lead.title
    return in_language if is_translation and in_language else wording.beyond(item.title, lead.title)


def _companion(item: Item, lead: Item, recipient: Subscriber, words: Words) -> Companion:
    said, in_language = companion_in_words(item, lead, recipient, words), _in_language(item, recipient, words)
    # What the lead has said of its language need not be said again.
    is_said = said == in_language or primary_language(item.language) == primary_language(lead.language)
    note = dotted(["" if is_said else in_language, words.access(item.access)])
    return Companion(said, item.url, note, *words.foreign(item.language))


def _in_language(item: Item, recipient: Subscriber, words: Words) -> str:
    # Who reads a mail in English, since there are no words in their own language, expects English.
    known = (primary_language(recipient.language), primary_language(words.language))
    return "" if primary_language(item.language) in known else words.in_language(item.language)


def _badges(item: Item, words: Words) -> Iterator[Badge]:
    is_withdrawn = item.change == Change.WITHDRAWN
    if changed := wording.change(item.change, words):
        yield Badge(changed, is_warning=is_withdrawn)
    if (access := words.access(item.access)) and not is_withdrawn:
        yield Badge(access)


def _line_of_facts(item: Item, own_publisher: str, words: Words) -> str:
    """Return kind, publisher if a partner, series and edition or part, date, and with whom."""
    edition = words.part(item.collection, item.part, item.part_count) or wording.edition(
        item.series, item.edition, item.title, words
    )
    own_date = wording.own_date(item.own_date, words)
    return dotted(
        [
            words.kind(item.kind),
            item.publisher if is_partners(item, own_publisher) else "",
            edition,
            "" if edition.endswith(f" {own_date}") else own_date,  # "Digital trends 2025 · 2025" says it twice
            wording.partners([name for name in item.partners if name != item.publisher], words),
        ]
    )


def _summary(item: Item) -> tuple[str, ...]:
    summary = clean_line(item.summary)
    return (wording.shortened(summary, LONGEST_SUMMARY),) if summary else ()


def _notes(item: Item) -> tuple[str, ...]:
    """Return the newest notes of a changed release, as far as there is room."""
    notes = [clean_line(note) for note in item.notes if note][-MOST_NOTES:]
    return tuple(wording.shortened(note, ROOM_FOR_NOTES // len(notes)) for note in notes)


def _reason(offered: OfferedItem, section: Section, words: Words) -> str:
    """Return why the item is there, as far as its section does not say it."""
    names = chosen(offered)
    if offered.item.change in CHANGED:
        return "" if section.introduction else words.gettext("Because we sent it to you before")
    if offered.item.change == Change.FILED:
        return wording.newly_filed(names, words)
    if section.says_why:
        return wording.also_in([name for name in names if name != section.name], words)
    return wording.because_you_follow(names, words)


def _act(item: Item, words: Words) -> Act | None:
    """Return the one link of an item; a withdrawn one leads only to what replaces it."""
    if item.change != Change.WITHDRAWN:
        said = wording.act(item.kind, item.access == "members", item.change == Change.REVISED, words)
        return Act(said, item.url)
    if not item.replacement_url:
        return None
    return Act(wording.read_instead(item.replacement_title, words), item.replacement_url)
