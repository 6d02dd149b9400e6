"""What a feed is called: from its shelf, in the words of the site. Pure."""

from __future__ import annotations

from urllib.parse import quote

from pressroom.models.feeds import Feed, Shelf, ShelfKind
from pressroom.models.words import Words, marked
from pressroom.settings import Site

_DESCRIPTIONS = {
    ShelfKind.CORRECTIONS: marked("What %(site)s has revised or withdrawn, and why"),
    ShelfKind.TOPICS: marked("What %(site)s releases on %(name)s"),
    ShelfKind.KINDS: marked("Releases of %(site)s of one kind: %(name)s"),
    ShelfKind.SERIES: marked("The series “%(name)s”"),
    ShelfKind.PUBLISHERS: marked("What %(name)s publishes or has a part in"),
    ShelfKind.LANGUAGES: marked("What %(site)s releases in %(name)s"),
}


def feed_of(shelf: Shelf, site: Site, words: Words) -> Feed:
    """Return the feed of a shelf."""
    name = shelf_name(shelf, site, words)
    if shelf.kind is ShelfKind.ALL:
        return Feed(shelf.path, site.name, site.description, page_of(shelf))
    description = words.gettext(_DESCRIPTIONS[shelf.kind]) % {"site": site.name, "name": name}
    return Feed(shelf.path, f"{site.name}: {name}", description, page_of(shelf))


def shelf_name(shelf: Shelf, site: Site, words: Words) -> str:
    """Return the name of a shelf among others of its kind."""
    match shelf.kind:
        case ShelfKind.ALL:
            return words.gettext("Everything")
        case ShelfKind.CORRECTIONS:
            return words.gettext("Corrections")
        case ShelfKind.KINDS:
            return words.kind(shelf.name)
        case ShelfKind.LANGUAGES:
            return words.language_name(shelf.key)
        case ShelfKind.PUBLISHERS if not shelf.key:
            return site.own_publisher
    return shelf.name


def page_of(shelf: Shelf) -> str:
    """Return the page of the releases on a shelf, as a path below the site's address."""
    match shelf.kind:
        case ShelfKind.TOPICS:
            return f"/topics/{shelf.slug}"
        case ShelfKind.KINDS:
            return f"/releases/?kind={shelf.slug}"
        case ShelfKind.SERIES:
            return f"/releases/?series={shelf.slug}"
        case ShelfKind.LANGUAGES:
            return f"/releases/?language={shelf.slug}"
        case ShelfKind.PUBLISHERS if shelf.key:
            return f"/releases/?q={quote(shelf.name)}"
    return "/releases/"
