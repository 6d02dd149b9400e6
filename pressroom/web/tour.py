"""A tour of the pages of a site that is made for it and thrown away: a template that cannot be filled is seen before
readers see it.

Settings, templates and words are those of the real site; its catalogue and its folders are not touched.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode

from starlette.routing import Route
from starlette.types import Message

from pressroom.errors import TemplateBrokenError
from pressroom.membership import subscribe
from pressroom.membership.leaving import undo_token
from pressroom.membership.letters import write_again
from pressroom.models.consent import How
from pressroom.models.letters import LetterKind
from pressroom.models.people import Frequency, Subscriber
from pressroom.models.release import File, Release
from pressroom.models.staff import Role
from pressroom.models.words import ENGLISH, Words
from pressroom.publishing.entering import add_release, revise_release, withdraw_release
from pressroom.publishing.journey import publish_due
from pressroom.rendering import Templates
from pressroom.settings import Dkim, Settings, Smtp
from pressroom.signing import make_secret, new_token
from pressroom.staff.users import hash_of_token
from pressroom.storage import Store
from pressroom.tools import Tools
from pressroom.web.app import make_app
from pressroom.web.desk.access import SIGN_IN
from pressroom.web.memory import FromMemory
from pressroom.web.subscribe import FORM, OPEN_FOR

READER, ASKING, NEW = "reader@example.org", "asking@example.org", "new@example.org"
PREFIX = "pressroom-tour-"
"""How the name of a temporary folder begins; the number of its process follows."""
_CHOICES = {"follow": "all", "often all": "weekly", "kind": "report", "language": "en"}
A_DAY = timedelta(days=1)
_NOT_SHOWN = re.compile(r"/metrics|/healthz|/progress$|\{path:path\}|\.js$")
"""Addresses of what is no page, or goes on for as long as somebody watches."""
_PLACE = re.compile(r"\{(\w+)(?::\w+)?\}")


class _Noting:
    """Templates that note what is wrong with them, and go on with an empty page."""

    def __init__(self, templates: Templates) -> None:
        self._templates, self.found = templates, dict[str, TemplateBrokenError]()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._templates, name)

    def render(self, name: str, words: Words = ENGLISH, /, **facts: Any) -> str:
        try:
            return self._templates.render(name, words, **facts)
        except TemplateBrokenError as error:
            # All that a template has made stays for as long as it is known where that went wrong.
            error.__traceback__ = error.__cause__ = error.__context__ = None
            self.found.setdefault(str(error), error)
            return ""


@dataclass(frozen=True, slots=True)
class _Visitor:
    """Who follows every link, sends every form of a reader, and sees the desk as an admin."""

    own: str
    preferences: str
    confirm: str
    undo: str
    formed: str
    session: str

    def places(self) -> dict[str, tuple[str, ...]]:
        """Return what stands for the places in the addresses of pages."""
        return {
            "token": (self.preferences, self.own, self.confirm, self.undo, "cut"),
            "slug": ("floods", "bridges", "rivers", "none"),
            "slugs": ("rivers+roads",),
            "form": ("atom",),
            "run": ("1", "99"),
            "frequency": ("daily",),
            "state": ("held", "sent"),
        }

    def forms(self) -> Iterator[tuple[str, dict[str, str]]]:
        """Yield what a reader sends, in an order in which each is answered by a page of its own."""
        own, form = f"/unsubscribe/{self.own}", f"/preferences/{self.preferences}"
        yield f"/confirm/{self.confirm}", {}
        yield "/subscribe", {"address": "nobody"}
        yield "/subscribe", {"address": NEW, "formed": self.formed} | _CHOICES
        yield "/complaint", {}
        yield "/complaint", {"text": "Too many."}
        yield f"/preferences/{self.own}", {}
        yield form, {"follow": "nothing"}
        yield form, _CHOICES
        yield f"/preferences/{self.own}/pause", {}
        yield f"{form}/resume", {}
        yield f"{form}/address", {"address": NEW}
        yield f"{form}/feed", {"act": "make"}
        yield f"{own}/daily", {}
        yield own, {}
        yield f"/unsubscribe/{self.undo}/undo", {}
        yield f"{form}/forget", {}


def faults_of_pages(tools: Tools, now: datetime) -> list[TemplateBrokenError]:
    """Return what is wrong with the templates that pages are filled by, each fault once. Raises OSError."""
    with TemporaryDirectory(prefix=f"{PREFIX}{os.getpid()}-") as folder:
        noting = _Noting(tools.templates)
        sample = replace(tools, site=Path(folder), settings=_harmless(tools.settings), is_service=False)
        sample.__dict__.update(templates=noting, translations=tools.translations)  # else it would read its own
        visitor = _made(sample, now)
        asyncio.run(_visit(sample, visitor, now + A_DAY))
        return [*noting.found.values()]


def _harmless(settings: Settings) -> Settings:
    """Return the settings of a site that hands its mail to no server."""
    mail = settings.mail.model_copy(update={"only_to": (), "outbox": type(settings.mail)().outbox})
    return settings.model_copy(update={"smtp": Smtp(), "dkim": Dkim(), "mail": mail})


def _made(sample: Tools, now: datetime) -> _Visitor:
    """Fill the sample site with what pages show: releases in each state, a digest, and somebody to whom it went."""
    sample.data.mkdir()
    make_secret(sample.secret_key)
    with Store.create(sample.catalogue, now=now, authority=f"{sample.host},{now.year}") as store:
        sample.arm(store)
        rivers = store.topics.add("Rivers")
        store.topics.add("Roads")
        reader = Subscriber(READER, name="Rae", language=sample.settings.site.language)
        subscribe(store, sample, reader, [], now, frequency=Frequency.DAILY, confirmed=True, how=How.DEMO)
        subscribe(store, sample, Subscriber(ASKING), [], now, how=How.DEMO)
        for title in ("Floods", "Bridges"):
            release = Release(
                title,
                summary="Where they are.",
                body="All of it.",
                url=f"https://example.org/{title.lower()}",
                topics=(rivers,),
                files=(File("pdf", "https://example.org/a.pdf", pages=12, size=1_000),),
            )
            add_release(store, release)
        publish_due(store, sample, now)
        floods, bridges = store.releases.get("floods"), store.releases.get("bridges")
        revise_release(store, floods, floods, "A figure was wrong.", now + timedelta(minutes=1))
        withdraw_release(store, bridges, "Out of date.", floods, now + timedelta(minutes=1))
        publish_due(store, sample, now + A_DAY)
        return _with_links(store, sample, now + A_DAY)


def _with_links(store: Store, sample: Tools, now: datetime) -> _Visitor:
    reader, asking = store.subscribers.get(READER), store.subscribers.get(ASKING)
    write_again(store, reader, LetterKind.PREFERENCES, now)
    links = [(reader, LetterKind.PREFERENCES), (asking, LetterKind.CONFIRMATION)]
    letters = [store.letters.of(subscriber.pk, kind)[0] for subscriber, kind in links]
    preferences, confirm = (
        sample.signer.signed_token(str(letter.kind), letter.key, letter.expires) for letter in letters
    )
    session = new_token() + new_token()
    store.sessions.add(hash_of_token(session), store.staff.add("Sam", Role.ADMIN, now).pk, "", now)
    formed = sample.signer.signed_token(FORM, new_token(), now + OPEN_FOR - timedelta(minutes=1))
    return _Visitor(reader.unsubscribe_token, preferences, confirm, undo_token(sample, reader, now), formed, session)


async def _visit(sample: Tools, visitor: _Visitor, now: datetime) -> None:
    app = make_app(sample, lambda: now)
    try:
        for route in app.app.routes:
            if isinstance(route, Route) and "GET" in (route.methods or ()) and not _NOT_SHOWN.search(route.path):
                for path in _filled(route.path, visitor.places()):
                    await _ask(app, visitor, "GET", path)
        await _ask(app, replace(visitor, session=""), "GET", SIGN_IN)
        for path, fields in visitor.forms():
            await _ask(app, visitor, "POST", path, urlencode(fields).encode())
            await _ask(app, visitor, "GET", path)
    finally:
        app.end_streams()
        app.app.state.pages.close()


def _filled(path: str, places: dict[str, tuple[str, ...]]) -> list[str]:
    """Return the addresses of a route, one for each thing that may stand in its first place."""
    found = _PLACE.search(path)
    if found is None:
        return [path]
    return [one for value in places[found[1]] for one in _filled(path.replace(found[0], value, 1), places)]


async def _ask(app: FromMemory, visitor: _Visitor, method: str, path: str, body: bytes = b"") -> None:
    """Send a request to the application, without a server, and wait until its answer is made."""
    cookies = "; ".join(f"{name}={visitor.session}" for name in ("desk", "__Host-desk"))
    headers = {
        "host": "localhost",
        "cookie": cookies,
        "content-type": "application/x-www-form-urlencoded",
        "content-length": str(len(body)),
    }
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 0),
        "server": ("localhost", 80),
    }
    arriving: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        if not arriving:
            await asyncio.Event().wait()  # nobody goes away before the answer is there
        return arriving.pop()

    async def send(_: Message) -> None:
        """Take what is answered."""

    await app(scope, receive, send)
