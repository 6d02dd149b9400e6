"""A subscriber's own feed: what the digests have told, in the order in which they told it."""

from __future__ import annotations

from pressroom.models.feeds import Feed, FeedDocument, Format
from pressroom.models.people import Subscriber
from pressroom.models.words import Words
from pressroom.storage import Store
from pressroom.syndication import Builder
from pressroom.tools import Tools


def private_feed(store: Store, tools: Tools, reader: Subscriber, words: Words, form: Format) -> FeedDocument:
    """Return the reader's own feed in one format, around the entries in `words`.

    It holds what mails have told and nothing else, each release once and as the public feeds show it now; something
    enters when the mail that tells it is enlisted, and what is told again comes to the top. The address is in it, as a
    feed's is, and no other token. Raises TemplateBrokenError for a broken template.
    """
    told = store.private_feeds.told(reader.pk, tools.settings.feeds.newest)
    entries = store.releases.entries(told)
    site = tools.settings.site.model_copy(update={"language": words.language})
    feeds = tools.settings.feeds.model_copy(update={"hubs": ()})  # they would give it to anybody
    settings = tools.settings.model_copy(update={"site": site, "feeds": feeds})
    builder = Builder(tools.links, settings, tools.templates, words)
    feed = Feed(
        path=store.private_feeds.token_of(reader.pk) or "",
        title=words.gettext("%(site)s: your releases") % {"site": site.name},
        description=words.gettext("What the digests to you have told. Keep the address of this feed to yourself."),
        folder="my",
    )
    return builder.build(feed, [entries[pk] for pk in told if entries[pk].release.is_public], form)
