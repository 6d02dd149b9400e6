"""Feeds on disk: which there are, which are stale, and writing those."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import astuple, dataclass
from itertools import islice

import pressroom
from pressroom.locks import locked
from pressroom.models.feeds import Feed, Format
from pressroom.models.release import Kind
from pressroom.publishing.feed_states import note_state
from pressroom.storage import Store
from pressroom.storage.feed_files import FeedFile
from pressroom.syndication import Builder
from pressroom.tools import Tools

FEEDS_AT_ONCE = 20

Members = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class FeedReport:
    written: int = 0
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class _Plan:
    """A feed with its newest releases as (row, version), and a hash of all that its bytes depend on."""

    feed: Feed
    members: Members
    made_from: str


def publish_feeds(
    store: Store, tools: Tools, progress: Callable[[int, int], None] = lambda done, total: None
) -> FeedReport:
    """Write every feed file whose releases, settings or templates have changed, or that is missing from the disk.

    Only one process of a site does this at a time, so that an older state never replaces a newer one.
    """
    with locked(tools.data / "publish.lock"):
        tools.output.sweep()
        known = store.feed_files.all()
        plans = list(_plans(store, tools, known))
        stale = [plan for plan in plans if _is_stale(known, tools, plan)]
        written = 0
        builder = Builder(tools.links, tools.settings, tools.templates, tools.words())
        remaining = iter(stale)
        while some := list(islice(remaining, FEEDS_AT_ONCE)):
            written += _write(store, tools, builder, some)
            progress(written, len(stale) * len(Format))
        return FeedReport(written, len(plans) * len(Format) - written)


def _write(store: Store, tools: Tools, builder: Builder, plans: list[_Plan]) -> int:
    """Write some feeds in every format, then mark them; return how many files have changed."""
    entries = store.releases.entries({pk for plan in plans for pk, _ in plan.members})
    written, done = 0, []
    for plan in plans:
        shown = [entries[pk] for pk, _ in plan.members if pk in entries]
        for form in Format:
            document = builder.build(plan.feed, shown, form)
            written += tools.output.write(document)
            done.append((document, plan.made_from))
    with store.atomic():
        for document, made_from in done:
            store.feed_files.mark_written(document, made_from)
            note_state(store, document)
    return written


def _is_stale(known: Mapping[str, FeedFile], tools: Tools, plan: _Plan) -> bool:
    """Whether a file of this feed was made from something else, or is not on the disk as it was written."""
    return any(
        (file := known.get(plan.feed.file(form))) is None
        or file.made_from != plan.made_from
        or not tools.output.is_present(plan.feed.file(form), file.size)
        for form in Format
    )


def _plans(store: Store, tools: Tools, known: Mapping[str, FeedFile]) -> Iterator[_Plan]:
    shelves = store.releases.shelves(tools.settings.feeds.newest)
    settings = tools.settings
    recipe = [pressroom.__version__, settings.site.model_dump_json(), settings.feeds.model_dump_json(),
              tools.templates.fingerprint("feeds/"), tools.templates.fingerprint("words/")]  # fmt: skip
    waiting = store.releases.shelves_that_wait()
    for feed, key in _feeds(store, tools):
        if key in waiting and feed.file(Format.ATOM) not in known:
            continue  # R9: its name may tell what is under embargo
        members = shelves.get(key, [])
        made_from = hashlib.sha256(repr((recipe, astuple(feed), members)).encode()).hexdigest()
        yield _Plan(feed, members, made_from)


def _feeds(store: Store, tools: Tools) -> Iterator[tuple[Feed, tuple[str, int | str]]]:
    """Return every feed there is, with the key of its shelf."""
    site = tools.settings.site
    yield Feed("all", site.name, site.description), ("all", "")
    for topic in store.topics.all():
        yield _topic_feed(site.name, topic.slug, topic.name), ("topic", topic.pk)
    for old, new in store.topics.merged():
        yield _topic_feed(site.name, old.slug, f"{old.name}, now {new.name}"), ("topic", new.pk)
    for kind in Kind:
        name = f"{site.name}: {kind.value.replace('-', ' ')}"
        yield Feed(f"kinds/{kind}", name, f"Every {kind.value.replace('-', ' ')} of {site.name}"), ("kind", kind.value)
    for series in store.series.all():
        title = f"{site.name}: {series.name}"
        yield Feed(f"series/{series.slug}", title, f"The series “{series.name}”"), ("series", series.pk)


def _topic_feed(site: str, slug: str, name: str) -> Feed:
    return Feed(f"topics/{slug}", f"{site}: {name}", f"What {site} releases on {name}", f"/topics/{slug}")
