"""What answers where there is nothing now: where a release was once, the way to its page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from pressroom.errors import PublisherError
from pressroom.models.release import Release
from pressroom.storage import Store
from pressroom.tools import Tools
from pressroom.web import messages
from pressroom.web.pages import told

RELEASES, CITED = "/releases/", (".bib", ".ris")


def not_found(request: Request) -> Response:
    """Lead on from where a release was once, on this site, to its page; else say that there is nothing.

    Of a file on this site whose release was withdrawn, it says so, and why.
    """
    tools: Tools = request.app.state.tools
    moved = withdrawn = None
    if request.method in ("GET", "HEAD"):
        with suppress(PublisherError), tools.open_store() as store:
            moved = _moved(store, request)
            withdrawn = None if moved else _withdrawn_at(store, request)
    if moved:
        ending = next((one for one in CITED if request.url.path.endswith(one)), "")
        return RedirectResponse(f"{tools.links.release(moved)}{ending}", 301)
    return _say_withdrawn(request, withdrawn) if withdrawn else told(request, messages.NOT_FOUND)


def _moved(store: Store, request: Request) -> Release | None:
    path = request.url.path
    if path.startswith(RELEASES):
        slug = path.removeprefix(RELEASES).removesuffix("/")
        for ending in CITED:
            slug = slug.removesuffix(ending)
        renamed = store.releases.find_by_earlier_slug(slug)
        if renamed and renamed.is_public:
            return renamed
    found = (store.releases.find_by_old_url(address) for address in _addresses(request))
    return next((release for release in found if release), None)


def _withdrawn_at(store: Store, request: Request) -> Release | None:
    found = (store.releases.find_withdrawn_by_file(address) for address in _addresses(request))
    return next((release for release in found if release), None)


def _addresses(request: Request) -> Iterator[str]:
    """Yield the ways in which a catalogue may have written the address that was asked for, the closest first."""
    site = request.app.state.tools.settings.site.url
    sites = (site, site.replace("https://", "http://", 1))
    raw = request.scope.get("raw_path", b"").decode("latin-1").partition("?")[0]
    for query in dict.fromkeys((f"?{request.url.query}" if request.url.query else "", "")):
        for path in dict.fromkeys((raw, request.url.path, request.scope["path"])):
            for end in dict.fromkeys((path, path.removesuffix("/"), f"{path}/")):
                yield from (f"{base}{end}{query}" for base in dict.fromkeys(sites))


def _say_withdrawn(request: Request, release: Release) -> Response:
    link = request.app.state.tools.links.release(release), messages.WITHDRAWN.link[1]
    return told(request, replace(messages.WITHDRAWN, follows=(release.withdrawn_reason,), link=link))
