"""What lint is told, what it says, and how it compares a text of a mail with the facts."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass

from pydantic import BaseModel

from pressroom.models.people import Subscriber
from pressroom.models.text import clean_line
from pressroom.settings import Brand

LONGEST_COMPARISON = 60


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: `name` is one of `NAMES`, `words` one sentence that says what, where and the remedy.

    An editor may send despite a warning, never despite an error. Findings of one `name` and one `cause` are one, in
    whatever mails they are found.
    """

    name: str
    words: str
    is_warning: bool = False
    cause: str = field(default="", compare=False, repr=False)  # it may hold a token


@dataclass(frozen=True, slots=True)
class Known:
    """What lint has to know beside the message.

    `facts`: every text that is filled in and may hold anything, addresses of releases included (`texts_of` gathers
    them). `notes`: what an editor says in the mail, which excuses no title of what is not out. `own_addresses`:
    mail addresses that may stand in it. `private_urls`: files for members only, each with the title of its release.
    `unreleased`: title and an address of what is not out, None where there is none or a release that is out has the
    same. `others`: recipients none of whom may be found in it. `items`: how many it shows, None where that is not
    known. `shown`: addresses that its items lead to.
    """

    recipient: Subscriber
    facts: tuple[str, ...]
    own_addresses: frozenset[str]
    private_urls: tuple[tuple[str, str], ...]
    unreleased: tuple[tuple[str, str | None], ...]
    others: tuple[Subscriber, ...]
    brand: Brand
    site_url: str
    notes: tuple[str, ...] = ()
    items: int | None = None
    shown: frozenset[str] = frozenset()


def texts_of(*things: object) -> tuple[str, ...]:
    """Return every text in `things`, each once: models, settings and collections are gone through to the last field."""
    return tuple(dict.fromkeys(_texts(things)))


def _texts(thing: object) -> Iterator[str]:
    if isinstance(thing, str):
        yield from [thing] if thing else []
    elif isinstance(thing, BaseModel):
        yield from _texts([value for _, value in thing])
    elif is_dataclass(thing):
        yield from _texts([getattr(thing, field.name) for field in fields(thing)])
    elif isinstance(thing, Mapping):
        yield from _texts(list(thing.values()))
    elif isinstance(thing, list | tuple | set | frozenset):
        for part in thing:
            yield from _texts(part)


def compared(text: str) -> str:
    """Return what all ways share in which a template writes one text: wrapped, in capitals, by other blanks.

    Upper case goes first: "ı" in capitals is "I", and no later step would bring the two together. Decomposed letters
    keep a text that is cut inside one the beginning of the whole.
    """
    return without_case(clean_line(text))


def without_case(line: str) -> str:
    return unicodedata.normalize("NFD", line.upper().casefold())


class Facts:
    """The facts, to be asked whether a text of a mail comes from one of them."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._all = "\n".join(map(compared, texts))
        self._by_mark: dict[str, set[str]] = {}

    def hold(self, text: str) -> bool:
        """Whether a fact holds `text`; one that was shortened ends in "…"."""
        return compared(text.rstrip("…")) in self._all

    def explain(self, rest: str, mark: str) -> bool:
        """Whether a fact goes on as the mail does from a `mark` on: to the fact's end, or to "…" where it was cut.

        `rest` is what the mail says there, compared; what follows the fact's end is the template's own.
        """
        if mark not in self._by_mark:
            self._by_mark[mark] = set(self._from_each(mark))
        parts = self._by_mark[mark]
        return rest in parts or any(_goes_on(part, rest) for part in parts)

    def _from_each(self, mark: str) -> Iterator[str]:
        """Yield what the facts say from each of these marks on, as far as it is compared."""
        place = self._all.find(mark)
        while place >= 0:
            yield self._all[place : place + LONGEST_COMPARISON].partition("\n")[0]
            place = self._all.find(mark, place + 1)


def _goes_on(fact: str, rest: str) -> bool:
    if rest.startswith(fact.removesuffix(".")):  # a title before ", and 8 more" loses its full stop
        return True
    before, cut, _ = rest.partition("…")
    return bool(cut) and fact.startswith(before)
