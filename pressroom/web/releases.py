"""`/releases/SLUG`: all that is known of a release; `.bib` and `.ris` cite it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pressroom.links import Links
from pressroom.models.announcements import Announcement
from pressroom.models.feeds import Entry
from pressroom.models.release import Release
from pressroom.storage import Store
from pressroom.syndication.citation import bibtex, ris
from pressroom.tools import Tools
from pressroom.web.moved import not_found
from pressroom.web.pages import PUBLIC, page, with_store, words_of
from pressroom.web.release_facts import Related, release_facts

CITATIONS: dict[str, tuple[str, Callable[[Release, Links, str], str]]] = {
    ".bib": ("application/x-bibtex", bibtex),
    ".ris": ("application/x-research-info-systems", ris),
}


@with_store
def show_release(request: Request, store: Store) -> Response:
    """Show a release that is live or withdrawn; of any other nothing is told, not even that it is there (R9)."""
    tools: Tools = request.app.state.tools
    slug = request.path_params["slug"]
    for ending, (media_type, cite) in CITATIONS.items():
        if slug.endswith(ending) and (release := _public(store, slug.removesuffix(ending))):
            said = cite(release, tools.links, tools.settings.site.own_publisher)
            return Response(said, media_type=media_type, headers=PUBLIC)
    release = _public(store, slug)
    if release is None:
        return not_found(request)
    entry = store.releases.entries([release.pk])[release.pk]
    return release_page(request, store, entry, store.announcements.of_release(release.pk))


def release_page(request: Request, store: Store, entry: Entry, history: Iterable[Announcement]) -> Response:
    """Return the page of a release that is out, or would be with these facts and announcements."""
    tools: Tools = request.app.state.tools
    words = words_of(request)
    related = [Related(*one) for one in store.releases.related(entry.release)]
    facts = release_facts(entry, related, history, tools.links, tools.settings.site, words)
    description = " ".join(facts.content.summary)
    return page(request, "release.html", words, is_public=True, release=facts, description=description)


def _public(store: Store, slug: str) -> Release | None:
    release = store.releases.find_by_slug(slug)
    return release if release and release.is_public else None


ROUTES = [Route("/releases/{slug}", show_release)]
