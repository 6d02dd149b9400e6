"""Documents to be validated, from files and from the web, each checked by the rules once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from pressroom.errors import UnreadableFileError
from pressroom.operations.fetching import MOST_BYTES, Fetched, agent_of, fetch
from pressroom.syndication.checks import Checked, DocumentKind, Finding, check
from pressroom.tools import Tools

_JSON = ("application/feed+json", "application/json")
_MEDIA_TYPES = {
    DocumentKind.ATOM: ("application/atom+xml",),
    DocumentKind.RSS: ("application/rss+xml",),
    DocumentKind.JSON: _JSON,
    DocumentKind.OPML: ("text/x-opml", "application/xml", "text/xml"),
}


def is_web(place: str) -> bool:
    """Whether a place is an address and not a file."""
    return place.lower().startswith(("http://", "https://"))


class Documents:
    """Reads and checks documents; each place once, however often it is asked for."""

    def __init__(self, tools: Tools, now: datetime) -> None:
        self._now = now
        self._folder = tools.output.folder
        self._below = tools.links.page("/feeds/")
        self._agent = agent_of(tools.links.page())
        self._checked: dict[str, Checked] = {}

    def check(self, place: str) -> Checked:
        """Return the document at a place with what is wrong with it. Raises UnreadableFileError."""
        if place not in self._checked:
            self._checked[place] = self._fetch(place) if is_web(place) else self._read(place)
        return self._checked[place]

    def all(self) -> list[Checked]:
        """Return what was checked, in that order."""
        return list(self._checked.values())

    def published_path(self, place: str) -> str | None:
        """Return the path below the site's feeds folder, of a file there or its address; None for others."""
        if is_web(place):
            return unquote(place.removeprefix(self._below)) if place.startswith(self._below) else None
        folder, file = self._folder.resolve(), Path(place).resolve()
        return file.relative_to(folder).as_posix() if file.is_relative_to(folder) else None

    def place_of(self, address: str, asked_from: str) -> str:
        """Return where to read what lies at an address: who has begun with a file goes on in the feeds folder."""
        path = None if is_web(asked_from) else self.published_path(address)
        if path is None:
            return address
        if ".." in PurePosixPath(path).parts or "\0" in path:
            raise UnreadableFileError(address, "leads out of the folder of feeds", "mend the address")
        return str(self._folder / path)

    def _read(self, place: str) -> Checked:
        try:
            with Path(place).open("rb") as file:
                content = file.read(MOST_BYTES + 1)
        except (OSError, ValueError) as error:
            said = (getattr(error, "strerror", None) or str(error)).lower()
            raise UnreadableFileError(place, f"cannot be read: {said}", "check its name and rights") from error
        if len(content) > MOST_BYTES:
            raise UnreadableFileError(place, f"is larger than {MOST_BYTES:,} bytes", "no reader takes that")
        checked = check(place, content, self._now)
        path = self.published_path(place)
        return _with(checked, _wrong_self(checked, f"{self._below}{path}")) if path else checked

    def _fetch(self, place: str) -> Checked:
        fetched = fetch(place, self._agent)
        checked = check(place, fetched.content, self._now)
        return _with(checked, [*_wrong_answer(place, fetched, checked), *_wrong_self(checked, place, fetched.url)])


def _with(checked: Checked, findings: list[Finding]) -> Checked:
    placed = [replace(finding, place=checked.place) for finding in findings]
    return replace(checked, findings=(*placed, *checked.findings))


def _wrong_self(checked: Checked, *addresses: str) -> list[Finding]:
    own = checked.links.get("self")
    if not checked.kind.is_feed or not own or own in addresses:
        return []
    words = f"it calls itself {own}, and lies at {addresses[0]}; let it name the address at which it lies."
    return [Finding("wrong-self", words)]


def _wrong_answer(place: str, fetched: Fetched, checked: Checked) -> Iterator[Finding]:
    """Yield what is wrong with how a document is served."""
    if fetched.url != place:
        yield Finding("redirect", f"it leads on to {fetched.url}.", is_note=True)
    known = _MEDIA_TYPES.get(checked.kind, ())
    if known and fetched.media_type not in known:
        words = f"it is served as “{fetched.media_type or 'nothing'}”; let the server say {known[0]}."
        yield Finding("media-type", words)
    if not fetched.has_validator:
        words = "it is served without ETag and Last-Modified, so that readers fetch all of it each time; send one."
        yield Finding("no-validator", words)
    elif not fetched.is_revalidated:
        words = "who has it already is sent it again; let the server answer a conditional GET with 304."
        yield Finding("not-revalidated", words)
