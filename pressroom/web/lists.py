"""`/releases/`: search and filter; `/topics/SLUG`: what stands on a shelf; `/`: the newest, and how to get them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from pressroom.models.search import Found, Query
from pressroom.models.text import clean_line
from pressroom.models.words import ACCESS_NAMES, Words
from pressroom.storage import Store
from pressroom.syndication.feed_list import feed_links
from pressroom.tools import Tools
from pressroom.web.issues import public_topic
from pressroom.web.moved import not_found
from pressroom.web.pages import page, with_store, words_of
from pressroom.web.release_facts import ListedRelease, listed

PAGE_SIZE, ON_HOME = 50, 10
LONGEST_WORDS = 200

Options = list[tuple[str, str, list[tuple[str, str]]]]


@dataclass(frozen=True, slots=True)
class Turn:
    """Where one is in a list of several pages; without an address there is no page in that direction."""

    first: int
    last: int
    total: int
    before: str
    after: str


@with_store
def show_releases(request: Request, store: Store) -> Response:
    """Show what matches a search, 50 at a time."""
    query, number = _asked(request), _page_number(request)
    topic = public_topic(store, query.topic) if query.topic else None
    if topic and topic.slug != query.topic:
        return RedirectResponse(_address(request.url.path, replace(query, topic=topic.slug), number), 301)
    found = store.search.find(query, number, PAGE_SIZE)
    if number > 1 and not found.releases:
        return not_found(request)
    words = words_of(request)
    turn = _turn(request.url.path, found, query, number)
    options: Options = request.app.state.pages.fact(f"options {words.language}", lambda: _options(store, words))
    return page(
        request,
        "releases.html",
        words,
        is_public=True,
        query=query,
        number=number,
        options=options,
        is_limited=query != Query(),
        outcome=_outcome(options, turn, query, words) if query != Query() else "",
        found=_found(turn, query, words),
        is_narrowed=replace(query, words="") != Query(),
        releases=_listed(request, found, words),
        turn=turn,
    )


def _found(turn: Turn, query: Query, words: Words) -> str:
    """Return how many were found and which of them this page shows, in a sentence."""
    asked = {"words": query.words}
    numbers = {name: words.number(getattr(turn, name)) for name in ("first", "last", "total")}
    if not turn.total:
        if query.words:
            return words.gettext("No release matches “%(words)s”.") % asked
        return words.gettext("No release matches.")
    if turn.total > PAGE_SIZE:
        if query.words:
            return words.gettext("%(first)s to %(last)s of %(total)s releases for “%(words)s”") % (numbers | asked)
        return words.gettext("%(first)s to %(last)s of %(total)s releases") % numbers
    if query.words:
        told = words.ngettext("%(total)s release for “%(words)s”", "%(total)s releases for “%(words)s”", turn.total)
        return told % (numbers | asked)
    return words.ngettext("%(total)s release", "%(total)s releases", turn.total) % numbers


def _outcome(options: Options, turn: Turn, query: Query, words: Words) -> str:
    """Return what the title of a search says first: what came of it, and within what limits."""
    said = _found(turn, query, words).rstrip(".") if query.words or not turn.total else ""
    limits = [
        next((name for value, name in choices if value == getattr(query, limit)), "")
        for limit, _, choices in options
        if getattr(query, limit)
    ]
    return ", ".join(filter(None, [said, *limits]))


@with_store
def show_topic(request: Request, store: Store) -> Response:
    """Show a topic with its feeds; a merged one leads to what it became."""
    slug = request.path_params["slug"]
    topic = public_topic(store, slug)
    if topic is None:
        return not_found(request)
    if topic.slug != slug:
        return RedirectResponse(f"/topics/{topic.slug}", 301)
    query, number, words = Query(topic=topic.slug), _page_number(request), words_of(request)
    found = store.search.find(query, number, PAGE_SIZE)
    if number > 1 and not found.releases:
        return not_found(request)
    tools: Tools = request.app.state.tools
    feeds = feed_links(f"topics/{topic.slug}", topic.name, tools.links)
    return page(
        request,
        "topic.html",
        words,
        is_public=True,
        topic=topic,
        feeds=feeds,
        has_issues=bool(store.issues.latest(1, None, topic)),
        releases=_listed(request, found, words),
        turn=_turn(request.url.path, found, Query(), number),
    )


@with_store
def show_home(request: Request, store: Store) -> Response:
    """Show the newest releases and the feed of everything."""
    tools: Tools = request.app.state.tools
    words = words_of(request)
    found = store.search.find(Query(), 1, ON_HOME)
    topics = [one for one in store.topics.listed() if one.releases and not one.merged_into]
    return page(
        request,
        "home.html",
        words,
        is_public=True,
        releases=_listed(request, found, words),
        topics=sorted(topics, key=lambda one: one.topic.name.casefold()),
        description=tools.settings.site.description,
        feeds=feed_links("all", "", tools.links),
    )


def _asked(request: Request) -> Query:
    names = asdict(Query())
    given = {name: clean_line(request.query_params.get(name, ""))[:LONGEST_WORDS] for name in names}
    return Query(**(given | {"words": clean_line(request.query_params.get("q", ""))[:LONGEST_WORDS]}))


def _page_number(request: Request) -> int:
    text = request.query_params.get("page", "1")
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 7 and int(text) else 1


def _listed(request: Request, found: Found, words: Words) -> list[ListedRelease]:
    tools: Tools = request.app.state.tools
    return [listed(release, tools.links, tools.settings.site, words) for release in found.releases]


def _turn(path: str, found: Found, query: Query, number: int) -> Turn:
    first = (number - 1) * PAGE_SIZE + 1
    last = first + len(found.releases) - 1
    return Turn(
        first=first,
        last=last,
        total=found.total,
        before=_address(path, query, number - 1) if number > 1 else "",
        after=_address(path, query, number + 1) if last < found.total else "",
    )


def _address(path: str, query: Query, number: int) -> str:
    given = {"q": query.words, **asdict(replace(query, words="")), "page": str(number) if number > 1 else ""}
    asked = urlencode({name: value for name, value in given.items() if value})
    return f"{path}?{asked}" if asked else path


def _options(store: Store, words: Words) -> Options:
    """Return the limits that a form offers: name, label, and (value, words) of each."""
    topics = _as_read((topic.slug, topic.name) for topic in store.search.topics())
    series = _as_read((one.slug, one.name) for one in store.search.series())
    kinds = _as_read((kind, words.kind(kind)) for kind in store.search.kinds())
    languages = _as_read((tag, words.language_name(tag)) for tag in store.search.languages())
    access = [("public", words.gettext("Open to everybody")), *((one, words.access(one)) for one in ACCESS_NAMES)]
    return [
        ("topic", words.gettext("Topic"), topics),
        ("kind", words.gettext("Kind"), kinds),
        ("series", words.gettext("Series"), series),
        ("year", words.gettext("Year"), [(year, year) for year in store.search.years()]),
        ("language", words.gettext("Language"), languages),
        ("access", words.gettext("Access"), access),
    ]


def _as_read(choices: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return choices in the order of what is read."""
    return sorted(choices, key=lambda one: one[1].casefold())


def to_the_list(_: Request) -> Response:
    """Lead from the address without its last slash to the one with it."""
    return RedirectResponse("/releases/", 301)


ROUTES = [
    Route("/", show_home),
    Route("/releases/", show_releases),
    Route("/releases", to_the_list),
    Route("/topics/{slug}", show_topic),
]
