"""The entries of feeds as finished bytes: each is made once, for all the documents in which it stands."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from tempfile import SpooledTemporaryFile

from pressroom.models.feeds import Correction, Entry, Format, Member
from pressroom.storage import Store
from pressroom.syndication import Builder

MADE_AT_ONCE = 200
MOST_IN_MEMORY = 16_000_000
"""Bytes; what is more waits in a file without a name until the publish is over."""

_Key = tuple[int, int | None]


class Pieces:
    """The entries of one publish. Those of an earlier document serve again where the release is not among `changed`."""

    def __init__(self, store: Store, builder: Builder, changed: Collection[int]) -> None:
        self._store, self._builder, self._changed = store, builder, changed
        self._file = SpooledTemporaryFile(MOST_IN_MEMORY)  # noqa: SIM115 (it lives as long as the publish)
        self._places: dict[tuple[_Key, Format], tuple[int, int]] = {}

    def close(self) -> None:
        self._file.close()

    def of(self, members: Sequence[Member], earlier: Mapping[Format, Mapping[str, bytes]]) -> dict[Format, list[bytes]]:
        """Return the entries of a document in each format, with what an `earlier` one has of it by id.

        Raises what `Builder.pieces` does.
        """
        self._make([member for member in members if not self._is_known(member, earlier)])
        return {
            form: [
                piece
                for member in members
                if (piece := self._kept(member, earlier.get(form, {})) or self._made(member, form))
            ]
            for form in Format
        }

    def _is_known(self, member: Member, earlier: Mapping[Format, Mapping[str, bytes]]) -> bool:
        is_made = (_key(member), Format.ATOM) in self._places
        return is_made or all(self._kept(member, earlier.get(form, {})) for form in Format)

    def _kept(self, member: Member, earlier: Mapping[str, bytes]) -> bytes:
        return b"" if member.release in self._changed else earlier.get(member.id, b"")

    def _made(self, member: Member, form: Format) -> bytes:
        place = self._places.get((_key(member), form))
        if place is None:
            return b""  # it has gone since the members were counted
        self._file.seek(place[0])
        return self._file.read(place[1])

    def _make(self, members: Iterable[Member]) -> None:
        remaining = iter(members)
        while some := list(islice(remaining, MADE_AT_ONCE)):
            entries = self._store.releases.entries({member.release for member in some})
            numbers = [member.announcement for member in some if member.announcement]
            announcements = {one.no: one for one in self._store.announcements.by_no(numbers)}
            for member in some:
                with suppress(KeyError):
                    entry: Entry | Correction = entries[member.release]
                    if member.announcement:
                        entry = Correction(entries[member.release], announcements[member.announcement])
                    self._keep(_key(member), self._builder.pieces(entry))

    def _keep(self, key: _Key, pieces: Mapping[Format, bytes]) -> None:
        end = self._file.seek(0, 2)
        for form, piece in pieces.items():
            self._file.write(piece)
            self._places[key, form] = end, len(piece)
            end += len(piece)


def _key(member: Member) -> _Key:
    return member.release, member.announcement
