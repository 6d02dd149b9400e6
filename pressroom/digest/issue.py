"""The public page of a run: all that it told anyone, once, and nothing about whom it told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from pressroom.digest.facts import digest_facts
from pressroom.links import Links
from pressroom.models.people import Choice, Subscriber
from pressroom.models.runs import DigestRun, Issue, Item, OfferedItem
from pressroom.models.words import Words
from pressroom.rendering import Templates
from pressroom.settings import Settings

_NEWS_FIRST = ("new", "filed", "revised", "withdrawn")


def make_issue(
    run: DigestRun,
    items: Sequence[Item],
    *,
    links: Links,
    settings: Settings,
    templates: Templates,
    words: Words,
    since: date | None,
    up_to_no: int,
) -> Issue:
    """Return the issue of `run` as somebody reads it who follows everything; `items` are all that it has frozen.

    It names every item and every companion, and reflects what was announced up to `up_to_no`.
    """
    shown = [OfferedItem(item, ("",)) for item in _once_each(items)]
    facts = digest_facts(
        _anybody(run, words), shown, run,
        links=links, settings=settings, words=words, since=since, most_companions=len(items),
    )  # fmt: skip
    return Issue(
        run=run.pk,
        title=facts.subject,
        language=words.language,
        published_at=run.opened_at,
        up_to_no=up_to_no,
        items=sum(len(section.items) for section in facts.sections),
        content=templates.render("web/issue-content.html", words, digest=facts),
    )


def _anybody(run: DigestRun, words: Words) -> Subscriber:
    """Return a reader of everything, at each frequency of the run, who has no address."""
    return Subscriber("", language=words.language, choices=tuple(Choice(frequency) for frequency in run.frequencies))


def _once_each(items: Iterable[Item]) -> list[Item]:
    """Return one item a release: where some were told that it is new and others that it has changed, the news."""
    by_release: dict[int, Item] = {}
    for item in sorted(items, key=lambda one: (_NEWS_FIRST.index(one.change), -len(one.nos), one.nos)):
        by_release.setdefault(item.release, item)
    return list(by_release.values())
