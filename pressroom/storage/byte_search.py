"""Which addresses stand in some files: a program of its own, run by `erasing` as a child.

A process that has a SQLite file open must never open and close that file itself: POSIX drops all locks that the
process holds on it, also SQLite's own (https://www.sqlite.org/howtocorrupt.html, 2.2). So this imports nothing of
Pressroom, and takes what it looks for from standard input, where no list of processes shows it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

BLOCK = 4 << 20
_BEFORE, _AFTER = 2, 3  # the bytes around the @ by which addresses are looked up


def standing(paths: Sequence[str], wanted: Mapping[str, Sequence[str]], block: int = BLOCK) -> set[str]:
    """Return which of the addresses that are `wanted` stand in the files, whatever the case of their ASCII letters.

    Each comes with longer addresses of other people that hold it; what is part of one of those does not count.
    """
    sought = [_Sought(name, others) for name, others in wanted.items()]
    index: dict[bytes, list[_Sought]] = {}
    for one in sought:
        index.setdefault(one.key, []).append(one)
    margin = max((one.longest for one in sought), default=0)
    found = set[str]()
    for path in paths:
        try:
            with Path(path).open("rb") as file:
                for window, at in _ats(file, margin, block):
                    key = window[max(0, at - _BEFORE) : at + _AFTER]
                    likely = (*index.get(key, ()), *index.get(b"", ()))
                    found.update(one.name for one in likely if one.is_at(window, at))
        except FileNotFoundError:
            continue
    return found


class _Sought:
    """An address in small letters, and the longer ones that hold it."""

    def __init__(self, name: str, others: Sequence[str]) -> None:
        self.name, self._bytes = name, name.encode().lower()
        self._at = self._bytes.rindex(b"@")
        longer = [other.encode().lower() for other in others]
        self._longer = [(one, place) for one in longer for place in _places(one, self._bytes)]
        self.longest = max(len(one) for one in (self._bytes, *longer))

    @property
    def key(self) -> bytes:
        """The bytes around the @; empty where there are too few."""
        key = self._bytes[max(0, self._at - _BEFORE) : self._at + _AFTER]
        return key if len(key) == _BEFORE + _AFTER else b""

    def is_at(self, window: bytes, at: int) -> bool:
        begin = at - self._at
        if begin < 0 or not window.startswith(self._bytes, begin):
            return False
        return not any(begin >= place and window.startswith(one, begin - place) for one, place in self._longer)


def _places(text: bytes, part: bytes) -> Iterator[int]:
    place = text.find(part)
    while place >= 0:
        yield place
        place = text.find(part, place + 1)


def _ats(file: BinaryIO, margin: int, block: int) -> Iterator[tuple[bytes, int]]:
    """Yield each @ of a file once, with what stands around it in small letters: `margin` bytes on either side."""
    before, start = b"", 0
    while True:
        read = file.read(block)
        window = before + read.lower()
        end = max(start, len(window) - margin) if read else len(window)
        at = window.find(b"@", start, end)
        while at >= 0:
            yield window, at
            at = window.find(b"@", at + 1, end)
        if not read:
            return
        cut = max(0, end - margin)
        before, start = window[cut:], end - cut


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    json.dump(sorted(standing(asked["paths"], asked["wanted"])), sys.stdout)
