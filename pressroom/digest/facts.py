"""What the templates of a digest receive: finished facts, every one in words. Templates only loop and place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import NamedTuple
from urllib.parse import quote
from zoneinfo import ZoneInfo

from pressroom.digest import wording
from pressroom.digest.coming import coming_up
from pressroom.digest.item_facts import MOST_COMPANIONS, Act, ItemFacts, companion_in_words, item_facts
from pressroom.digest.joining import joined
from pressroom.digest.sections import MANY, Section, arrange, in_readers_order, is_changed, lead, weightiest
from pressroom.links import Links
from pressroom.models.dates import in_zone
from pressroom.models.feeds import Format
from pressroom.models.people import Choice, Frequency, Subscriber
from pressroom.models.runs import DigestRun, EditorsNote, Item, OfferedItem
from pressroom.models.text import clean_line, paragraphs
from pressroom.models.words import Words, dotted
from pressroom.settings import Settings, Site

LONGEST_SUBJECT = 69
LONGEST_IN_CONTENTS = 60
MOST_FEEDS = 3


SayItem = Callable[[OfferedItem, Section], ItemFacts]


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
class NoteFacts:
    """What an editor says at the head, in the site's language, and who signs it."""

    paragraphs: tuple[str, ...]
    signed: str
    language: str
    direction: str


@dataclass(frozen=True, slots=True)
class DigestFacts:
    """A digest as it is shown. `opening` is the first visible line; a single item needs no `headline`.

    `language` and `direction` are those of the words around the items. `masthead` are the facts beneath the `name`,
    `more` leads to what did not fit, `why`, `acts` and `sender` stand in the foot.
    """

    subject: str
    language: str
    direction: str
    opening: str
    name: str
    masthead: str
    on_the_web: Act
    notes: tuple[NoteFacts, ...]
    headline: Headline | None
    contents: str
    sections: tuple[SectionFacts, ...]
    more: Act | None
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
    words: Words,
    since: date | None,
    most: int | None = None,
    most_companions: int = MOST_COMPANIONS,
    section_in_words: Callable[[Section, SayItem], SectionFacts] | None = None,
) -> DigestFacts:
    """Return what the digest that pays `offered` to `recipient` says.

    At most `most` of its items are shown, each with at most `most_companions` named. `section_in_words` may give facts
    that it has kept.
    """
    own = settings.site.own_publisher
    first, sections, more, hidden, notes = _arranged(recipient, offered, run, own, words, most)
    on_the_web = links.issue(run.pk)
    say = partial(
        item_facts, recipient=recipient, site=settings.site, words=words, most_companions=most_companions,
        on_the_web=on_the_web,
    )  # fmt: skip
    return DigestFacts(
        subject=_subject(first.item, more, words),
        language=words.language,
        direction=words.direction,
        opening=_opening(first, [one for part in sections for one in part.offered], hidden, recipient, words),
        name=settings.site.name,
        masthead=dotted([_digest_name(recipient, run, words), _period(run, since, settings.site.zone, words)]),
        on_the_web=Act(words.gettext("View on the web"), on_the_web),
        notes=tuple(_note_facts(note, settings.site, words) for note in notes if note.text),
        headline=_headline(first.item, more, words),
        contents=_contents(sections, hidden, words),
        sections=tuple((section_in_words or _section)(section, say) for section in sections),
        more=Act(wording.more_on_the_web(hidden, words), on_the_web) if hidden else None,
        coming=tuple(_coming(recipient, run, settings, words)),
        why=wording.why_it_came(recipient.choices, day_of_consent(recipient, settings.site.zone), words),
        acts=tuple(foot_acts(recipient, links, settings, words)),
        sender=sender_in_words(settings),
    )


class _Arranged(NamedTuple):
    """What a digest shows: the item that names it, the sections, and how many items come after it or are left out."""

    first: OfferedItem
    sections: list[Section]
    more: int
    hidden: int
    notes: list[EditorsNote]


def _arranged(
    recipient: Subscriber, offered: Sequence[OfferedItem], run: DigestRun, own: str, words: Words, most: int | None
) -> _Arranged:
    choices = [choice.name for choice in recipient.choices]
    every = [in_readers_order(one, choices) for one in joined(offered)]
    notes = _notes(recipient, run)
    chosen = _chosen(every, notes)
    first = chosen or lead(every, own)
    shown = every if most is None else weightiest(every, most, first, own)
    sections = arrange(shown, choices, own, words, chosen)
    return _Arranged(first, sections, len(every) - 1, len(every) - len(shown), notes)


def _notes(recipient: Subscriber, run: DigestRun) -> list[EditorsNote]:
    """Return the notes at the head: those of the reader's frequencies, that of the longest first."""
    held = {choice.frequency for choice in recipient.choices}
    return [run.notes[one] for one in reversed(Frequency) if one in held and one in run.notes]


def _note_facts(note: EditorsNote, site: Site, words: Words) -> NoteFacts:
    return NoteFacts(paragraphs(note.text), note.signed, *words.foreign(site.language))


def _chosen(every: Sequence[OfferedItem], notes: Sequence[EditorsNote]) -> OfferedItem | None:
    """Return the item that an editor has chosen to lead, where the reader gets it as news."""
    lead = next((note.lead for note in notes if note.lead), None)
    return next((one for one in every if lead in _releases(one) and not is_changed(one)), None)


def _releases(offered: OfferedItem) -> set[int]:
    return {offered.item.release, *(other.release for other in offered.also)}


def _subject(first: Item, more: int, words: Words) -> str:
    """Return the fact first: the lead's title and how many more; a change says so, for nothing else would."""
    title = clean_line(first.title)
    if changed := wording.change(first.change, words):
        title = f"{changed}: {title}"
    return "".join(wording.and_more(title, more, words, LONGEST_SUBJECT))


def _opening(first: OfferedItem, shown: Sequence[OfferedItem], hidden: int, recipient: Subscriber, words: Words) -> str:
    """Return the first visible line: an inbox shows it beside the subject, which names the lead."""
    titles = [one.item.title for one in shown if one is not first]
    if not titles:
        titles = [companion_in_words(other, first.item, recipient, words) for other in first.also]
    return wording.next_titles(titles, hidden, words) or wording.one_alone(first.item.kind, first.item.change, words)


def _digest_name(recipient: Subscriber, run: DigestRun, words: Words) -> str:
    """Return what the reader knows the mail as: by the run's frequency, if choices are held at one of them."""
    return wording.digest_name({choice.frequency for choice in recipient.choices} & set(run.frequencies), words)


def _period(run: DigestRun, since: date | None, zone: ZoneInfo, words: Words) -> str:
    """Return the days covered, in words. A digest due in the morning covers up to the day before."""
    reach = timedelta(hours=12) if run.due else timedelta()
    last = in_zone(run.opened_at - reach, zone).date()
    if since and since <= last:
        return words.days(since, last)
    return words.day(in_zone(run.opened_at, zone).date())


def _headline(first: Item, more: int, words: Words) -> Headline | None:
    if not more:
        return None
    return Headline(*wording.and_more(first.title, more, words), *words.foreign(first.language))


def _contents(sections: Sequence[Section], hidden: int, words: Words) -> str:
    """Return how many items stand where: "Digital trends (4) · Cyber security (3)"; empty for few.

    A lead that an editor has chosen stands in no section, and is named by its title.
    """
    if sum(len(section.offered) for section in sections) < MANY:
        return ""
    named = [
        f"{section.name}\xa0({words.number(len(section.offered))})"
        if section.name
        else wording.shortened(section.offered[0].item.title, LONGEST_IN_CONTENTS)
        for section in sections
    ]
    return dotted([*named, wording.more_on_the_web(hidden, words)])


def _section(section: Section, say: SayItem) -> SectionFacts:
    return SectionFacts(section.name, section.introduction, tuple(say(one, section) for one in section.offered))


def _coming(recipient: Subscriber, run: DigestRun, settings: Settings, words: Words) -> Iterator[Coming]:
    today = in_zone(run.opened_at, settings.site.zone).date()
    for one, month in coming_up(run.expected, recipient, settings.site.own_publisher, today):
        yield Coming(one.title, wording.in_month(month, today, words), *words.foreign(one.language))


def day_of_consent(recipient: Subscriber, zone: ZoneInfo) -> date | None:
    agreed = recipient.agreed_at
    return in_zone(agreed, zone).date() if isinstance(agreed, datetime) else agreed


def foot_acts(recipient: Subscriber, links: Links, settings: Settings, words: Words) -> Iterator[Act]:
    """Yield what a reader can do about what comes: change it, pause it, stop it, get it as a feed, answer."""
    change, pause, stop = personal_links(recipient.unsubscribe_token, links)
    yield Act(words.gettext("Change topics or how often"), change)
    yield Act(words.gettext("Pause for four weeks"), pause)
    yield Act(words.gettext("Unsubscribe from this or from everything"), stop)
    yield from _feeds(recipient.choices, links, words)
    yield from answer_acts(settings, words)


def personal_links(token: str, links: Links) -> tuple[str, str, str]:
    """Return the links that are a reader's own, in the order in which they begin the acts of the foot."""
    return links.preferences(token), links.pause(token), links.unsubscribe(token)


def answer_acts(settings: Settings, words: Words) -> Iterator[Act]:
    """Yield the way to a person who reads answers, where there is one."""
    if settings.mail.reply_to:
        yield Act(words.gettext("Reply to a person"), f"mailto:{quote(settings.mail.reply_to, safe='@+')}")


def _feeds(choices: Sequence[Choice], links: Links, words: Words) -> Iterator[Act]:
    """Return links to the feeds that hold what the reader follows; to that of everything where they would be many."""
    everything = Choice(Frequency.DAILY)
    if len(choices) == 1:
        yield Act(words.gettext("The same as a feed"), links.feed_of(choices[0], Format.ATOM))
        return
    for choice in choices if len(choices) <= MOST_FEEDS else [everything]:
        as_a_feed = words.gettext("%(topic)s as a feed") % {"topic": choice.name}
        yield Act(as_a_feed if choice.name else words.gettext("Everything as a feed"),
                  links.feed_of(choice, Format.ATOM))  # fmt: skip


def sender_in_words(settings: Settings) -> str:
    """Return who sends, for the foot: name, postal address, registered name and number."""
    return dotted([settings.site.name, settings.mail.postal_address, settings.mail.registered])
