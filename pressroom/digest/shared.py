"""One digest for all who are alike: composed once, and filled in for each of them.

It is what `compose` would make for every one of them, byte for byte. What it depends on is a reader who is nobody: the
choices, filter and language of them all, and no name, address, token or date.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import cast

from pressroom.delivery.mime import ascii_domain
from pressroom.delivery.quoted import encoded_size
from pressroom.digest import wording
from pressroom.digest.compose import ROOM, digest_headers
from pressroom.digest.facts import DigestFacts, SectionFacts, day_of_consent, digest_facts, personal_links
from pressroom.digest.headers import message_id, to_reader, ways_out
from pressroom.digest.item_facts import ItemFacts
from pressroom.digest.sections import Section
from pressroom.links import Links
from pressroom.models.bodies import Body, Form
from pressroom.models.people import Choice, Filter, Subscriber
from pressroom.models.runs import DigestRun, Message, OfferedItem
from pressroom.models.words import Words
from pressroom.rendering import Late, LateUsedError, Piece, Templates
from pressroom.settings import Brand, Settings

MOST_KEPT = 4_096
_WHY, _LINKS = 0, 1
"""Places of what is a reader's own: why the mail came, and the links in its foot."""
_OF_A_LETTER = 13
"""Bytes that a letter may come to in quoted-printable, with its share of a line end."""
_READS = {"item": ItemFacts, "section": SectionFacts, "brand": Brand, "level": int, "air": int}


class Kept:
    """What digests have in common, kept: their items in words, and parts of templates that are filled with these.

    It is good for one site. Items are known again by being the same objects.
    """

    def __init__(self, templates: Templates) -> None:
        self.parts = templates.keep(_READS)
        self._items: dict[tuple[object, ...], tuple[OfferedItem, ItemFacts]] = {}
        self._sections: dict[tuple[object, ...], SectionFacts] = {}

    def section_in_words(
        self, about: tuple[object, ...], section: Section, say: Callable[[OfferedItem, Section], ItemFacts]
    ) -> SectionFacts:
        """Return what `say` makes of a section, the same objects each time; `about` is all else that it depends on."""
        if len(self._items) >= MOST_KEPT:
            self._items.clear()
            self._sections.clear()
        place = (*about, section.name, section.says_why, section.introduction)
        items = tuple([self._item(place, section, one, say) for one in section.offered])
        key = (*place, *map(id, items))
        if key not in self._sections:
            self._sections[key] = SectionFacts(section.name, section.introduction, items)
        return self._sections[key]

    def _item(
        self, place: tuple[object, ...], section: Section, one: OfferedItem, say: Callable[..., ItemFacts]
    ) -> ItemFacts:
        key = (*place, id(one.item), one.reasons, *map(id, one.also))
        found = self._items.get(key)
        if found is None:  # the offer stays beside what is said of it, so that its items keep their ids
            found = self._items[key] = (one, say(one, section))
        return found[1]


@dataclass(frozen=True, slots=True)
class Alike:
    """What readers have in common who get the same digest, but for who they are; a key for it."""

    choices: tuple[Choice, ...]
    filter: Filter
    language: str
    has_agreed: bool

    @classmethod
    def of(cls, reader: Subscriber) -> Alike:
        return cls(reader.choices, reader.filter, reader.language, reader.agreed_at is not None)

    @property
    def nobody(self) -> Subscriber:
        """A reader like them, of whom nothing else is known."""
        return Subscriber("", choices=self.choices, filter=self.filter, language=self.language)


class SharedDigest:
    """A digest without what is a reader's own; `to` puts that in."""

    def __init__(
        self,
        alike: Alike,
        offered: Sequence[OfferedItem],
        run: DigestRun,
        *,
        links: Links,
        settings: Settings,
        templates: Templates,
        words: Words,
        since: date | None,
        kept: Kept,
    ) -> None:
        """Compose it as `compose` does. Raises LateUsedError, or any error, where that can only be done one by one."""
        self._run, self._links, self._settings, self._words = run, links, settings, words
        about = (run.pk, words, alike.language)
        facts = digest_facts(
            alike.nobody, offered, run,
            links=links, settings=settings, words=words, since=since,
            section_in_words=lambda section, say: kept.section_in_words(about, section, say),
        )  # fmt: skip
        self._followed = facts.why
        self._domain = ascii_domain(settings.mail.from_address.rpartition("@")[2])
        headers = digest_headers(alike.nobody, facts.subject, run, links, settings)
        self._headers = {name: (name, value) for name, value in headers}
        self._items = sum(len(section.items) for section in facts.sections)
        facts = _without_what_is_own(facts, bool(facts.why) or alike.has_agreed)
        brand = settings.brand
        self._html = _Mould(templates.pieces("email/digest.mjml", words, kept.parts, digest=facts, brand=brand))
        self._text = _Mould(templates.pieces("email/digest.txt", words, kept.parts, digest=facts))
        self._free = ROOM - self._html.size - self._text.size

    def to(self, reader: Subscriber) -> Message | None:
        """Return the message to one of the readers; None for one who may be too large with all its items."""
        own = (self._why(reader), *personal_links(reader.unsubscribe_token, self._links))
        html, text = self._html.filled(own), self._text.filled(own)
        if sum(map(len, (*html.gaps, *text.gaps))) * _OF_A_LETTER > self._free:
            return None
        identity = message_id(self._run.key, reader.pk, self._domain)
        own_headers = (to_reader(reader), ("Message-ID", identity), ways_out(reader, self._links, self._settings))
        headers = self._headers | {header[0]: header for header in own_headers}
        return Message(
            identity, self._settings.mail.from_address, reader.address, tuple(headers.values()), html, text, self._items
        )

    def _why(self, reader: Subscriber) -> str:
        since = day_of_consent(reader, self._settings.site.zone)
        return wording.both(self._followed, wording.subscribed_on(since, self._words))


def _without_what_is_own(facts: DigestFacts, is_told_why: bool) -> DigestFacts:
    """Return the facts of nobody with late ones in place of what each reader has of their own."""
    own = len(personal_links("", Links("")))
    links = [replace(act, url=cast("str", Late(_LINKS + place))) for place, act in enumerate(facts.acts[:own])]
    return replace(facts, why=cast("str", Late(_WHY, is_told_why)), acts=(*links, *facts.acts[own:]))


class _Mould:
    """A body without what is a reader's own. Raises LateUsedError where a gap might cut a line end in two."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        runs: list[list[str]] = [[]]
        self._gaps: list[Late] = []
        for piece in pieces:
            if isinstance(piece, Late):
                self._gaps.append(piece)
                runs.append([])
            elif isinstance(piece, str) and "\r" not in piece:
                runs[-1].append(piece)
            else:
                raise LateUsedError
        self._form = Form(tuple(map(tuple, runs)))
        self.size = encoded_size(self._form)

    def filled(self, own: Sequence[str]) -> Body:
        return Body(self._form, tuple([gap.known(own) for gap in self._gaps]))
