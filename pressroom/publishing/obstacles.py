"""What keeps single files from being written, while the others are."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path

from pressroom.errors import OutputError, UnwrittenError

OF_THE_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE}
"""What would meet every other file, too."""


class Obstacles:
    """The errors that files have met, to be told once for each folder and reason."""

    def __init__(self) -> None:
        self._met: dict[tuple[Path, str], list[str]] = {}
        self.feeds = 0
        """How many files of feeds stand as they were, for one of these."""

    def meet(self, error: OutputError) -> None:
        """Keep an error for later; raises it where there is no use in trying other files."""
        cause = error.__cause__
        if not isinstance(cause, OSError) or cause.errno in OF_THE_DISK:
            raise error
        self._met.setdefault((Path(error.path).parent, error.problem), []).append(error.path)

    def in_words(self) -> Iterator[UnwrittenError]:
        for (_, problem), paths in self._met.items():
            others = f" and {len(paths) - 1:,} more beside it" if paths[1:] else ""
            yield UnwrittenError(f"{min(paths)}{others}", problem)
