"""The panel of previews, beside a form or by itself: finished facts for `templates/web/desk/preview-panel.html`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request

from pressroom.errors import InvalidFieldError, NotFoundError, UnusableRowError
from pressroom.models.dates import in_zone
from pressroom.models.feeds import Format
from pressroom.models.people import Frequency, Subscriber
from pressroom.models.release import Release, Topic
from pressroom.models.staff import Role, Session
from pressroom.models.words import ENGLISH
from pressroom.publishing.previewing import ANYBODY
from pressroom.publishing.proofreading import FIELDS, WHOLE, FieldFinding, findings
from pressroom.publishing.showing import Telling, as_published, with_known_names
from pressroom.publishing.shown_digests import ShownDigest, profile, show_digest
from pressroom.publishing.timeline import Followers, reached_if_published
from pressroom.storage import Store
from pressroom.tools import Tools
from pressroom.web.desk.asked import AS_READ, PANEL, Asked, telling_asked

FIELDS_BESIDE = (*(name for name in FIELDS if name not in (WHOLE, "note")), "authors")
_VIEWS = {"all": "Side by side", "feed": "Feed", "page": "Page", "mail": "Mail"}
_FORMS = {AS_READ: "In a feed reader", Format.ATOM: "Atom", Format.RSS: "RSS", Format.JSON: "JSON"}
_LOOKS = {("html", "light"): "Light", ("html", "dark"): "Dark", ("text", "light"): "Plain text"}
MAY_BE_OLD = 30.0
"""Seconds for which the number of followers counts as known while somebody types."""
_PHONE, _DESK, _SCREEN = "phone", "wide", "screen"


@dataclass(frozen=True, slots=True)
class Option:
    """A link to another view; the one that `is_here` is what is shown."""

    words: str
    url: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """A framed document: as wide as a `phone`, as `wide` as there is room, or a whole `screen` made smaller."""

    title: str
    url: str
    width: str


@dataclass(frozen=True, slots=True)
class MailFacts:
    """Who gets the mail, blank for nobody in particular, with which subject and when; why the reader would not."""

    to: str
    subject: str
    at: str
    others: int
    why_not: str


@dataclass(frozen=True, slots=True)
class Panel:
    """Everything the panel shows. `by_field` are the findings by the field of the form, `whole` those about it all.
    `reaches` says of one that is not out how many it would be told to, published now."""

    title: str
    views: tuple[Option, ...]
    looks: tuple[Option, ...]
    frames: tuple[Frame, ...]
    mail: MailFacts | None
    asked: Asked
    topics: tuple[tuple[Topic, bool], ...]
    languages: tuple[tuple[str, str, bool], ...]
    frequencies: tuple[Frequency, ...]
    by_field: Mapping[str, tuple[FieldFinding, ...]]
    is_alone: bool
    is_out: bool = False
    reaches: tuple[str, ...] = ()
    may_name_a_reader: bool = False
    swaps_findings: bool = False

    @property
    def whole(self) -> tuple[FieldFinding, ...]:
        return self.by_field.get(WHOLE, ())

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of the form beside the panel of which something may be found."""
        return FIELDS_BESIDE

    @property
    def number(self) -> int:
        return sum(map(len, self.by_field.values()))


def panel_facts(
    request: Request,
    store: Store,
    session: Session,
    release: Release,
    *,
    source: Mapping[str, str] | None = None,
    telling: Telling | None = None,
    is_alone: bool = True,
    swaps_findings: bool = False,
) -> dict[str, Any]:
    """Return the facts of the panel for a release as it has been typed.

    A page that holds a form says by `source` what names the release in a query ({"key": …} or {"release": …}), what is
    told of it, and that the panel is not alone. What takes the place of another panel `swaps_findings` beside fields.
    """
    tools, now = request.app.state.tools, request.app.state.clock()
    telling = telling_asked(request, store, session) if telling is None else telling
    asked = Asked.of(request, session, source)
    digest, fault = _digest(store, tools, release, telling, asked, now)
    found = findings(store, tools, release, now, telling, digest)
    return {
        "preview": Panel(
            title=release.title,
            views=tuple(_options(_VIEWS, "view", asked.view, asked)),
            looks=tuple(_looks(asked)),
            frames=() if digest is None else tuple(_frames(asked)),
            mail=_mail_facts(digest, fault, tools.settings.site.zone) if digest else None,
            asked=asked,
            topics=tuple((topic, topic.slug in asked.topics) for topic in store.topics.all()),
            languages=tuple(_languages(tools, asked)),
            frequencies=tuple(Frequency),
            by_field=_by_field(found),
            is_alone=is_alone,
            is_out=release.is_public,
            reaches=() if release.is_public else _reaches(request, store, release, now),
            may_name_a_reader=session.user.may(Role.PUBLISHER),
            swaps_findings=swaps_findings,
        )
    }


def followers_of(request: Request, store: Store, seconds: float = 0) -> Followers:
    """Count who follows the shelves of a release once, as long as nothing changes: they may be a hundred thousand.

    What is shown while somebody types may be some `seconds` old.
    """

    def counted(release: Release) -> Mapping[Frequency, int]:
        topics, series = [topic.pk for topic in release.topics], release.series.pk if release.series else None
        found: Mapping[Frequency, int] = request.app.state.pages.fact(
            f"followers {topics} {series}", lambda: store.release_lists.followers(topics, series), seconds
        )
        return found

    return counted


def reader_asked(store: Store, tools: Tools, asked: Asked) -> tuple[Subscriber, str]:
    """Return the reader that is asked for, and what is wrong with that, where another stands in."""
    try:
        if asked.reader:
            return store.subscribers.get(asked.reader), ""
        topics = [store.topics.get(slug) for slug in asked.topics]
        return profile(tools, asked.frequency, topics, asked.language), ""
    except NotFoundError as error:
        return profile(tools), f"There is no {error.noun} “{error.reference}”."
    except InvalidFieldError as error:
        return profile(tools), str(error)


def _reaches(request: Request, store: Store, release: Release, now: datetime) -> tuple[str, ...]:
    tools, followers = request.app.state.tools, followers_of(request, store, MAY_BE_OLD)
    coming = reached_if_published(tools, with_known_names(store, release), now, followers)
    return tuple(one.in_words(now, tools.settings.site.zone) for one in coming)


def _digest(
    store: Store, tools: Tools, release: Release, telling: Telling, asked: Asked, now: datetime
) -> tuple[ShownDigest | None, str]:
    reader, fault = reader_asked(store, tools, asked)
    try:
        return show_digest(store, tools, as_published(store, release, now, telling), now, reader), fault
    except UnusableRowError:  # which the findings tell
        return None, fault


def _mail_facts(digest: ShownDigest, fault: str, zone: ZoneInfo) -> MailFacts:
    local = in_zone(digest.at, zone)
    return MailFacts(
        to="" if digest.message.recipient == ANYBODY else digest.message.recipient,
        subject=digest.subject,
        at=f"{local:%A} {local.day} {local:%B %Y, %H:%M}",
        others=digest.others,
        why_not=fault or digest.why_not,
    )


def _options(named: Mapping[str, str], name: str, here: str, asked: Asked) -> Iterator[Option]:
    for value, words in named.items():
        yield Option(words, asked.link(**{name: value}), value == here)


def _looks(asked: Asked) -> Iterator[Option]:
    """Yield the ways in which what is shown can be looked at."""
    if asked.view == "feed":
        yield from _options(_FORMS, "format", asked.form, asked)
        return
    for (part, scheme), words in _LOOKS.items():
        if part == "html" or asked.view == "mail":
            is_here = part == asked.part and (scheme == asked.scheme or part == "text")
            yield Option(words, asked.link(part=part, scheme=scheme), is_here)


def _frames(asked: Asked) -> Iterator[Frame]:
    feed, page, mail = (asked.link(f"{PANEL}/{name}") for name in ("feed", "page", "mail"))
    if asked.view == "all":
        feed, mail = asked.link(f"{PANEL}/feed", format=AS_READ), asked.link(f"{PANEL}/mail", part="html")
        yield from (Frame("Feed", feed, _PHONE), Frame("Page", page, _PHONE), Frame("Mail", mail, _PHONE))
    elif asked.view == "feed":
        yield Frame(_FORMS[asked.form], feed, _DESK)
    else:
        name, url, wide = ("Page", page, _SCREEN) if asked.view == "page" else ("Mail", mail, _DESK)
        yield from (Frame(f"{name} on a phone", url, _PHONE), Frame(f"{name} on a desk", url, wide))


def _languages(tools: Tools, asked: Asked) -> Iterator[tuple[str, str, bool]]:
    chosen = asked.language or tools.settings.site.language
    for tag in dict.fromkeys((tools.settings.site.language, *tools.translations.languages)):
        yield tag, ENGLISH.language_name(tag), tag == chosen


def _by_field(found: list[FieldFinding]) -> dict[str, tuple[FieldFinding, ...]]:
    fields = dict.fromkeys(one.field for one in found)
    return {field: tuple(one for one in found if one.field == field) for field in fields}
