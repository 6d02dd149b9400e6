"""Whether feeds, lists of feeds and mails keep the rules; the site's own also beside its catalogue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime

from pressroom.errors import UnreadableFileError
from pressroom.models.feeds import Format
from pressroom.operations.crawling import Crawl, crawl
from pressroom.operations.expected import Expected
from pressroom.operations.reading import Documents
from pressroom.syndication.checks import Checked, Finding
from pressroom.syndication.checks.chain import newest_states
from pressroom.syndication.checks.ids import changed_ids, missing_ids, stale_entries, unknown_ids
from pressroom.tools import Tools

_ENDINGS = frozenset({*(f".{form}" for form in Format), ".opml"})


@dataclass(frozen=True, slots=True)
class Validation:
    """What was found in how many `documents`, with how many `entries` of different ids.

    `unread` are sentences about what could not be read.
    """

    documents: int
    entries: int
    findings: tuple[Finding, ...]
    notes: tuple[Finding, ...]
    unread: tuple[str, ...]


def validate(tools: Tools, now: datetime, places: Sequence[str] = (), *, crawls: bool = False) -> Validation:
    """Check what lies at these files and addresses, or else all that the site has published.

    With `crawls`, the archives of each are checked too, and that the whole feed can be read from them.
    """
    with ExitStack() as stack:
        look = _Look(tools, now, stack)
        if places:
            for place in places:
                look.take(place, crawls=crawls)
        else:
            look.take_all()
        return look.result()


def validate_against(tools: Tools, now: datetime, old: str, new: str, *, crawls: bool = False) -> Validation:
    """Check `new`, and whether every id of `old` is still there. Raises UnreadableFileError for `old`."""
    before = Documents(tools, now).check(old)
    with ExitStack() as stack:
        look = _Look(tools, now, stack)
        look.take(new, crawls=crawls)
        look.compare(before, new)
        return look.result()


class _Look:
    """One call: what is read, and what is found beside the rules of single documents."""

    def __init__(self, tools: Tools, now: datetime, stack: ExitStack) -> None:
        self._tools, self._stack = tools, stack
        self._documents = Documents(tools, now)
        self._found: list[Finding] = []
        self._unread: list[str] = []
        self._expected: Expected | None = None

    def take(self, place: str, *, crawls: bool) -> None:
        """Check the document at a place, and with `crawls` all its archives."""
        checked = self._check(place)
        if checked is None:
            return
        whole = self._crawl(checked) if crawls else Crawl((checked,), ())
        path = self._documents.published_path(place)
        if path is not None and checked.kind.is_feed and self._tools.catalogue.exists():
            self._found += _beside_catalogue(self._open_catalogue(), path, whole, is_whole=crawls)

    def take_all(self) -> None:
        """Check every published file of the site; a feed with archives is looked at as a whole."""
        expected, folder = self._open_catalogue(), self._tools.output.folder
        there = {
            file.relative_to(folder).as_posix(): str(file)
            for file in sorted(folder.rglob("*"))
            if file.suffix in _ENDINGS and file.is_file()
        }
        for path in expected.paths:
            if not (folder / path).is_file():
                words = "it was published and is not there; run “publisher publish”."
                self._found.append(Finding("missing-file", words, place=str(folder / path)))
        if not there and not expected.paths:
            raise UnreadableFileError(folder, "holds no feeds", "run “publisher publish”, or name a file or an address")
        for place in there.values():
            checked = self._check(place)
            has_archives = checked is not None and "prev-archive" in checked.links and not checked.is_archive
            self.take(place, crawls=has_archives)

    def compare(self, before: Checked, place: str) -> None:
        """Find ids of an earlier document that are not in the one at this place."""
        self._found += changed_ids(before.entries, newest_states(self._documents.all()), place)

    def result(self) -> Validation:
        checked = self._documents.all()
        every = dict.fromkeys([*(finding for one in checked for finding in one.findings), *self._found])
        return Validation(
            len(checked),
            len({entry.id for one in checked for entry in one.entries}),
            tuple(finding for finding in every if not finding.is_note),
            tuple(finding for finding in every if finding.is_note),
            tuple(dict.fromkeys(self._unread)),
        )

    def _check(self, place: str) -> Checked | None:
        try:
            return self._documents.check(place)
        except UnreadableFileError as error:
            self._unread.append(str(error))
            return None

    def _crawl(self, live: Checked) -> Crawl:
        whole = crawl(self._documents, live)
        self._found += whole.findings
        return whole

    def _open_catalogue(self) -> Expected:
        if self._expected is None:
            store = self._stack.enter_context(self._tools.open_store())
            self._expected = Expected(store, self._tools)
        return self._expected


def _beside_catalogue(expected: Expected, path: str, whole: Crawl, *, is_whole: bool) -> Iterator[Finding]:
    """Yield where a feed of the site says something else than the catalogue."""
    for document in whole.documents:
        yield from unknown_ids(document.entries, expected.ids)
    found = newest_states(whole.documents)
    live = whole.documents[0]
    if not live.is_archive:
        yield from missing_ids(found, expected.members(path, is_whole=is_whole), live.place)
        yield from stale_entries(found, expected.releases)
