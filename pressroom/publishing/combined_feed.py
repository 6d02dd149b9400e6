"""A feed of what stands on any of several topics. It is in no file, and made when it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from pressroom.models.feeds import Feed, FeedDocument, Format
from pressroom.models.release import Topic
from pressroom.storage import Store
from pressroom.syndication import Builder
from pressroom.tools import Tools

MOST_TOPICS = 10


def topics_to_combine(store: Store, slugs: Iterable[str]) -> list[Topic] | None:
    """Return the topics that these slugs lead to, by slug and each once; a merged one leads to its successor.

    None where one of them is unknown, or nothing public is on it, so that its name may not be out yet (R9).
    """
    public = {topic.slug for topic in store.search.topics()}
    found = [store.topics.find(slug) for slug in slugs]
    topics = {topic.slug: topic for topic in found if topic and topic.slug in public}
    return [topics[slug] for slug in sorted(topics)] if all(one and one.slug in public for one in found) else None


def path_of(topics: Sequence[Topic]) -> str:
    """Return the one path, without its ending, at which these topics are a feed."""
    return f"topics/{'+'.join(topic.slug for topic in topics)}"


def combined_feed(store: Store, tools: Tools, topics: Sequence[Topic], form: Format) -> FeedDocument:
    """Return the feed of the newest releases on any of `topics`, with the same entries as in every other feed.

    No hub is in it: it is told of files that have changed, and this is none. Raises TemplateBrokenError for a broken
    template.
    """
    pks = store.topics.newest_on(topics, tools.settings.feeds.newest)
    entries = store.releases.entries(pks)
    feeds = tools.settings.feeds.model_copy(update={"hubs": ()})
    builder = Builder(tools.links, tools.settings.model_copy(update={"feeds": feeds}), tools.templates, tools.words())
    site, names = tools.settings.site.name, ", ".join(topic.name for topic in topics)
    description = tools.words().gettext("What %(site)s releases on %(name)s") % {"site": site, "name": names}
    feed = Feed(path_of(topics), f"{site}: {names}", description, "/releases/")
    return builder.build(feed, [entries[pk] for pk in pks], form)


def combined_changed_at(store: Store, topics: Sequence[Topic], form: Format) -> datetime | None:
    """Return when that feed last changed, which is when one of its topics did; None where one is in no file yet."""
    return store.feed_files.changed_at([f"topics/{topic.slug}.{form}" for topic in topics])
