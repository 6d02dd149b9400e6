"""What the templates of a digest receive: finished facts, every one in words. Templates only loop and place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

from pressroom.digest import wording
from pressroom.digest.coming import coming_up
from pressroom.digest.joining import joined
from pressroom.digest.sections import CHANGED, MANY, Section, arrange, chosen, in_readers_order, is_partners, lead
from pressroom.links import Links
from pressroom.models.announcements import Change
from pressroom.models.people import Subscriber
from pressroom.models.release import RelationKind
from pressroom.models.runs import DigestRun, Expected, Item, OfferedItem
from pressroom.models.text import clean_line
from pressroom.models.words import ACCESS_NAMES, kind_in_words, language_in_words, part_in_words, primary_language
from pressroom.settings import Settings

LONGEST_SUBJECT = 69
LONGEST_SUMMARY = 400
LANGUAGE = "en"
"""The language of everything around the items."""
RIGHT_TO_LEFT = ("ar", "fa", "he", "ur")


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

    `language` and `direction` are attributes for what is not in the language of the mail; `paragraphs` are the
    summary or, of a changed release, the notes. A withdrawn release has no address.
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
    credits: str
    also: tuple[Companion, ...]
    reason: str
    act: Act | None


@dataclass(frozen=True, slots=True)
class SectionFacts:
    name: str
    introduction: str
    items: tuple[ItemFacts, ...]


@dataclass(frozen=True, slots=True)
class Coming:
    """A release that is not out yet: “Ways of working, in March”."""

    title: str
    when: str
    language: str
    direction: str


@dataclass(frozen=True, slots=True)
class Headline:
    """The lead's title, and how many more there are."""

    title: str
    rest: str
    language: str
    direction: str


@dataclass(frozen=True, slots=True)
class DigestFacts:
    """A digest as it is shown. `opening` is the first visible line; a single item needs no `headline`.

    `masthead` are the facts beneath the `name`; `why`, `acts` and `sender` stand in the foot.
    """

    subject: str
    language: str
    opening: str
    name: str
    masthead: str
    headline: Headline | None
    contents: str
    sections: tuple[SectionFacts, ...]
    coming: tuple[Coming, ...]
    why: str
    acts: tuple[Act, ...]
    sender: str


def digest_facts(
    recipient: Subscriber,
    offered: Sequence[OfferedItem],
    run: DigestRun,
    *,
    links: Links,
    settings: Settings,
    since: date | None,
) -> DigestFacts:
    """Return what the digest that pays `offered` to `recipient` says."""
    own = settings.site.own_publisher
    choices = [choice.name for choice in recipient.choices]
    offered = [in_readers_order(one, choices) for one in joined(offered)]
    sections = arrange(offered, choices, own)
    first, more = lead(offered, own), len(offered) - 1
    sender = [settings.site.name, settings.mail.postal_address, settings.mail.registered]
    return DigestFacts(
        subject=_subject(first.item, more),
        language=LANGUAGE,
        opening=_opening(first, sections),
        name=settings.site.name,
        masthead=wording.dotted([_digest_name(recipient, run), _period(run, since, settings.site.zone)]),
        headline=_headline(first.item, more),
        contents=_contents(sections, len(offered)),
        sections=tuple(_section(section, recipient, own) for section in sections),
        coming=tuple(_coming(recipient, run, settings)),
        why=wording.what_is_followed(recipient.choices),
        acts=tuple(_foot_acts(recipient, links, settings)),
        sender=wording.dotted(sender),
    )


def _subject(first: Item, more: int) -> str:
    """Return the fact first: the lead's title and how many more; a change says so, for nothing else would."""
    title = clean_line(first.title)
    if first.change in CHANGED:
        title = f"{wording.CHANGE_NAMES[Change(first.change)]}: {title}"
    return "".join(wording.and_more(title, more, LONGEST_SUBJECT))


def _opening(first: OfferedItem, sections: Sequence[Section]) -> str:
    """Return the first visible line: an inbox shows it beside the subject, which names the lead."""
    titles = [wording.beyond(other.title, first.item.title) for other in first.also]
    titles += [one.item.title for section in sections for one in section.offered if one is not first]
    return wording.next_titles(titles) or wording.one_alone(first.item.kind, first.item.change)


def _digest_name(recipient: Subscriber, run: DigestRun) -> str:
    """Return what the reader knows the mail as: by the run's frequency, if choices are held at one of them."""
    return wording.digest_name({choice.frequency for choice in recipient.choices} & set(run.frequencies))


def _period(run: DigestRun, since: date | None, zone: ZoneInfo) -> str:
    """Return the days covered, in words. A digest due in the morning covers up to the day before."""
    reach = timedelta(hours=12) if run.due else timedelta()
    last = (run.opened_at - reach).astimezone(zone).date()
    if since and since <= last:
        return wording.period(since, last)
    return wording.day(run.opened_at.astimezone(zone).date())


def _headline(first: Item, more: int) -> Headline | None:
    if not more:
        return None
    return Headline(*wording.and_more(first.title, more), *_foreign(first))


def _contents(sections: Sequence[Section], items: int) -> str:
    """Return how many items stand where: "Digital trends (4) · Cyber security (3)"; empty for few."""
    named = [f"{section.name}\xa0({len(section.offered)})" for section in sections if section.name]
    return wording.dotted(named) if items >= MANY else ""


def _section(section: Section, recipient: Subscriber, own_publisher: str) -> SectionFacts:
    items = (_item(one, section, recipient, own_publisher) for one in section.offered)
    return SectionFacts(section.name, section.introduction, tuple(items))


def _item(offered: OfferedItem, section: Section, recipient: Subscriber, own_publisher: str) -> ItemFacts:
    item = offered.item
    changed = item.change in CHANGED
    language, direction = _foreign(item)
    return ItemFacts(
        title=item.title,
        url="" if item.change == Change.WITHDRAWN else item.url,
        language=language,
        direction=direction,
        in_language=_in_language(item, recipient),
        badges=tuple(_badges(item)),
        subtitle=item.subtitle,
        facts=_line_of_facts(item, own_publisher),
        paragraphs=tuple(note for note in item.notes if note) if changed else _summary(item),
        credits="" if changed else wording.dotted([wording.authors(item.authors), wording.formats(item.formats)]),
        also=tuple(_companion(other, item, recipient) for other in offered.also),
        reason=_reason(offered, section),
        act=_act(item),
    )


def _companion(item: Item, lead: Item, recipient: Subscriber) -> Companion:
    """Return a companion by what its title says beyond that of the lead; a translation by its language."""
    in_language = _in_language(item, recipient)
    is_translation = (RelationKind.TRANSLATION_OF, lead.id) in item.relations or item.title == lead.title
    words = in_language if is_translation and in_language else wording.beyond(item.title, lead.title)
    notes = [] if words == in_language else [in_language]
    notes += [ACCESS_NAMES[item.access]] if item.access in ACCESS_NAMES else []
    return Companion(words, item.url, wording.dotted(notes), *_foreign(item))


def _foreign(item: Item | Expected) -> tuple[str, str]:
    """Return language tag and direction of an item that is not in the language of the mail, else two blanks."""
    language = primary_language(item.language)
    if language == LANGUAGE:
        return "", ""
    return item.language, "rtl" if language in RIGHT_TO_LEFT else "ltr"


def _in_language(item: Item, recipient: Subscriber) -> str:
    same = primary_language(item.language) == primary_language(recipient.language)
    return "" if same else language_in_words(item.language)


def _badges(item: Item) -> Iterator[Badge]:
    is_withdrawn = item.change == Change.WITHDRAWN
    if item.change in CHANGED:
        yield Badge(wording.CHANGE_NAMES[Change(item.change)], is_warning=is_withdrawn)
    if item.access in ACCESS_NAMES and not is_withdrawn:
        yield Badge(ACCESS_NAMES[item.access])


def _line_of_facts(item: Item, own_publisher: str) -> str:
    """Return kind, publisher if a partner, series and edition or part, date, and with whom."""
    edition = part_in_words(item.collection, item.part, item.part_count) or wording.edition(
        item.series, item.edition, item.title
    )
    own_date = wording.own_date(item.own_date)
    return wording.dotted(
        [
            kind_in_words(item.kind),
            item.publisher if is_partners(item, own_publisher) else "",
            edition,
            "" if edition.endswith(f" {own_date}") else own_date,  # "Digital trends 2025 · 2025" says it twice
            wording.partners(item.partners),
        ]
    )


def _summary(item: Item) -> tuple[str, ...]:
    summary = clean_line(item.summary)
    return (wording.shortened(summary, LONGEST_SUMMARY),) if summary else ()


def _reason(offered: OfferedItem, section: Section) -> str:
    """Return why the item is there, as far as its section does not say it."""
    names = chosen(offered)
    if offered.item.change in CHANGED:
        return "" if section.introduction else wording.BECAUSE_SENT_BEFORE
    if offered.item.change == Change.FILED:
        return wording.newly_filed(names)
    if section.says_why:
        return wording.also_in([name for name in names if name != section.name])
    return wording.because_you_follow(names)


def _act(item: Item) -> Act | None:
    """Return the one link of an item; a withdrawn one leads only to what replaces it."""
    if item.change != Change.WITHDRAWN:
        words = wording.act(item.kind, item.access == "members", item.change == Change.REVISED)
        return Act(words, item.url)
    if not item.replacement_url:
        return None
    return Act(wording.read_instead(item.replacement_title), item.replacement_url)


def _coming(recipient: Subscriber, run: DigestRun, settings: Settings) -> Iterator[Coming]:
    today = run.opened_at.astimezone(settings.site.zone).date()
    for one, month in coming_up(run.expected, recipient, settings.site.own_publisher, today):
        yield Coming(one.title, wording.in_month(month, today), *_foreign(one))


def _foot_acts(recipient: Subscriber, links: Links, settings: Settings) -> Iterator[Act]:
    yield Act(wording.UNSUBSCRIBE, links.unsubscribe(recipient.unsubscribe_token))
    if settings.mail.reply_to:
        yield Act(wording.REPLY_TO_A_PERSON, f"mailto:{quote(settings.mail.reply_to, safe='@+')}")
