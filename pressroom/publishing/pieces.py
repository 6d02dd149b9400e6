"""The entries of feeds as finished bytes: each is made once, for all the documents in which it stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from tempfile import SpooledTemporaryFile

from pressroom.errors import UnusableRowError
from pressroom.models.feeds import Correction, Entry, Format, Member
from pressroom.models.intake import left_out
from pressroom.publishing.unexpected import UNEXPECTED, in_words
from pressroom.storage import Store
from pressroom.syndication import Builder

MADE_AT_ONCE = 200
MOST_IN_MEMORY = 16_000_000
"""Bytes; what is more waits in a file without a name until the publish is over."""

_Key = tuple[int, int | None, int]


@dataclass(frozen=True, slots=True)
class Earlier:
    """The entries of an earlier document by format and id. Unless it `is_whole`, some are not in their newest state."""

    entries: Mapping[Format, Mapping[str, bytes]]
    is_whole: bool


class Pieces:
    """The entries of one publish. Those of an earlier document serve again where the release has not changed since.

    `followed` is the number of the last change that the publish before this one knew of. What changes meanwhile has a
    later one, so that no entry is taken for a state that it does not tell.
    `faults` are the releases of which no entry can be made, each with what is wrong: they stand as they stood before.
    `lacking` are those whose entry lacks what nobody can read in their rows.
    """

    def __init__(self, store: Store, builder: Builder, followed: int) -> None:
        self._store, self._builder, self._followed = store, builder, followed
        self.faults: dict[int, UnusableRowError] = {}
        self.lacking: dict[int, UnusableRowError] = {}
        self._unreadable: set[_Key] = set()
        self._file = SpooledTemporaryFile(MOST_IN_MEMORY)  # noqa: SIM115 (it lives as long as the publish)
        self._spans: dict[tuple[_Key, Format], tuple[int, int]] = {}

    def close(self) -> None:
        self._file.close()

    def is_at_fault(self, release: int) -> bool:
        """Whether an entry of a release is not, or not wholly, what the catalogue holds."""
        return release in self.faults or release in self.lacking

    def of(self, members: Sequence[Member], earlier: Earlier) -> dict[Format, list[bytes]]:
        """Return the entries of a document in each format, as they are in an `earlier` one where that will do.

        Raises TemplateBrokenError.
        """
        self._make([member for member in members if not self._is_known(member, earlier)])
        return {
            form: [
                piece for member in members if (piece := self._kept(member, earlier, form) or self._made(member, form))
            ]
            for form in Format
        }

    def _is_known(self, member: Member, earlier: Earlier) -> bool:
        is_made = (_key(member), Format.ATOM) in self._spans
        return is_made or all(self._kept(member, earlier, form) for form in Format)

    def _kept(self, member: Member, earlier: Earlier, form: Format) -> bytes:
        is_newest = earlier.is_whole and member.change <= self._followed
        will_do = is_newest or member.release in self.faults or _key(member) in self._unreadable
        return earlier.entries.get(form, {}).get(member.id, b"") if will_do else b""

    def _made(self, member: Member, form: Format) -> bytes:
        span = self._spans.get((_key(member), form))
        if span is None:
            return b""
        self._file.seek(span[0])
        return self._file.read(span[1])

    def _make(self, members: Iterable[Member]) -> None:
        remaining = iter(members)
        while some := list(islice(remaining, MADE_AT_ONCE)):
            entries = self._store.releases.entries({member.release for member in some})
            numbers = [member.announcement for member in some if member.announcement]
            announcements = {one.no: one for one in self._store.announcements.by_no(numbers)}
            for member in some:
                entry: Entry | Correction = entries[member.release]
                if entries[member.release].release.unreadable:
                    self.lacking[member.release] = left_out(entries[member.release].release)
                if member.announcement:
                    if member.announcement not in announcements:  # it cannot be read, which is told already
                        self._unreadable.add(_key(member))
                        continue
                    entry = Correction(entries[member.release], announcements[member.announcement])
                try:
                    self._keep(_key(member), self._builder.pieces(entry))
                except UNEXPECTED as error:  # another program has written what nobody has thought of
                    fault = UnusableRowError(
                        "releases", member.release, in_words(error), "cannot be shown as it is now"
                    )
                    fault.unforeseen = error
                    self.faults[member.release] = fault

    def _keep(self, key: _Key, pieces: Mapping[Format, bytes]) -> None:
        end = self._file.seek(0, 2)
        for form, piece in pieces.items():
            self._file.write(piece)
            self._spans[key, form] = end, len(piece)
            end += len(piece)


def _key(member: Member) -> _Key:
    return member.release, member.announcement, member.change
