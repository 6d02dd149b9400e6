"""Whether a site's own templates and words can be used: each is compiled; mails, an entry and pages are filled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from pressroom.digest.compose import compose
from pressroom.digest.letter_texts import Circumstances
from pressroom.digest.letters import compose_letter
from pressroom.errors import PublisherError, TemplateBrokenError
from pressroom.models.feeds import Entry
from pressroom.models.letters import Letter, LetterKind
from pressroom.models.people import Choice, Frequency, Subscriber, SubscriberState
from pressroom.models.release import Release, State
from pressroom.models.runs import DigestRun, Item, OfferedItem, RunState
from pressroom.operations.doctor.diagnosis import Diagnosis, ok, problem, problem_of
from pressroom.syndication.builder import Builder
from pressroom.tools import Tools

_ENDINGS = (".mjml", ".html", ".txt")
_TOKEN = "a" * 26
"""Has the form of a token, and belongs to nobody."""


Pages = Callable[[Tools, datetime], Iterable[TemplateBrokenError]]
"""Fills pages by the templates of a site, and returns what is wrong with these. Raises OSError."""


def look_at_templates(tools: Tools, now: datetime, pages: Pages) -> Iterator[Diagnosis]:
    """Yield what is wrong with the templates of the site's own, each fault once."""
    own = _own(tools)
    found = {one.sentence: one for one in _found(tools, now, own, pages)}
    yield from found.values()
    if not found:
        yield ok(f"{len(own)} template(s) of its own can be filled" if own else "the built-in templates are used")


def own_files(tools: Tools) -> list[Path]:
    """Return the files that were read of the site's own templates and words, and what else lies among them."""
    folder = tools.site / "templates"
    return sorted(path for path in tools.templates.files if path.is_relative_to(folder))


def _own(tools: Tools) -> list[str]:
    folder = tools.site / "templates"
    return [path.relative_to(folder).as_posix() for path in own_files(tools) if path.suffix in _ENDINGS]


def _found(tools: Tools, now: datetime, own: Sequence[str], pages: Pages) -> Iterator[Diagnosis]:
    tries: list[Callable[[], object]] = [partial(tools.templates.check, name) for name in own]
    tries += [partial(tools.translations.words, language) for language in tools.translations.languages]
    for make in (*tries, *_samples(tools, now)):
        try:
            make()
        except TemplateBrokenError as error:
            yield problem_of(error)
    try:
        yield from map(problem_of, pages(tools, now))
    except (OSError, PublisherError) as error:
        why = (getattr(error, "strerror", None) or str(error).rstrip(".")).lower()
        yield problem(
            f"the pages could not be filled for a trial: {why}", "make room in the folder for temporary files"
        )


def _samples(tools: Tools, now: datetime) -> Iterator[Callable[[], object]]:
    """Yield what makes a digest, a letter and a feed's entry of a release that there is not."""
    around: dict[str, Any] = {"links": tools.links, "settings": tools.settings, "templates": tools.templates}
    language = tools.settings.site.language
    reader = Subscriber(
        tools.settings.mail.from_address,
        SubscriberState.ACTIVE,
        language=language,
        choices=(Choice(Frequency.WEEKLY),),
        unsubscribe_token=_TOKEN,
        agreed_at=now,
    )
    item = Item(1, "new", (1,), "Rivers and floods", tools.links.page(), "report", language, summary="Where they rise.")
    run = DigestRun(1, _TOKEN, now, 1, RunState.OPEN, (Frequency.WEEKLY,), due=now)
    letter = Letter(pk=1, subscriber=1, kind=LetterKind.CONFIRMATION, key=_TOKEN, made_at=now)
    release = Release(title=item.title, id="tag:example.org,2026:1", slug="rivers", state=State.LIVE, updated=now)

    def digest() -> object:
        return compose(reader, [OfferedItem(item, ("",))], run, words=tools.words(language), since=None, **around)

    def confirmation() -> object:
        told = Circumstances(token=_TOKEN, asked_at=now)
        return compose_letter(letter, reader, told, words=tools.words(language), **around)

    def entry() -> object:
        return Builder(tools.links, tools.settings, tools.templates, tools.words()).pieces(Entry(release))

    yield from (digest, confirmation, entry)
