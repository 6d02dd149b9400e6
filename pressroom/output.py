"""Published files: each replaced in one move, and only if its bytes changed.

A reader who fetches a file while it is replaced gets the old one or the new one, whole; so does everyone
after a crash or a power cut (R10). What a killed process leaves behind are hidden temporary files, which
`sweep` removes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from pressroom.errors import OutputError, RefusedError
from pressroom.files import make_folder, replace_file
from pressroom.models.feeds import FeedDocument


class Output:
    """The folder of published files. Paths are below it, as in `FeedDocument.path`: "topics/rivers.atom"."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, document: FeedDocument) -> bool:
        """Publish `document`; return whether the file changed. One that has its bytes already is not touched.

        When it returns, the file outlives a power cut. Raises OutputError, and leaves the old file as it was.
        """
        target = self._place(document.path)
        with _errors_in_words(target):
            if _has_content(target, document.content):
                return False
            make_folder(target.parent)
            replace_file(target, document.content)
            return True

    def is_present(self, path: str, size: int) -> bool:
        """Whether a file of `size` bytes is there: a look at its length only, quick for hundreds of files."""
        try:
            return self._place(path).stat().st_size == size
        except OSError:
            return False

    def sweep(self) -> int:
        """Remove the temporary files of processes that are gone; return how many.

        Those with the number of this process count as such: call it before the first `write`.
        """
        with _errors_in_words(self.folder):
            leftovers = [path for path in self.folder.rglob(".*.tmp") if _is_left_over(path)]
            for path in leftovers:
                path.unlink(missing_ok=True)
            return len(leftovers)

    def _place(self, path: str) -> Path:
        parts = PurePosixPath(path).parts
        if not parts or "\0" in path or parts[0] == "/" or ".." in parts:
            raise RefusedError(f"“{path}” lies outside {self.folder}, where published files belong; it is not touched.")
        return self.folder.joinpath(*parts)


@contextmanager
def _errors_in_words(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(path, (error.strerror or str(error)).lower()) from error


def _has_content(path: Path, content: bytes) -> bool:
    try:
        return path.stat().st_size == len(content) and path.read_bytes() == content
    except (FileNotFoundError, NotADirectoryError):
        return False


def _is_left_over(path: Path) -> bool:
    match = re.fullmatch(r"\..+\.(\d+)\.[0-9a-f]{8}\.tmp", path.name)
    if match is None:
        return False
    pid = int(match[1])
    # In a container every start has the same number, so that a file with our own is an earlier life's.
    return pid == os.getpid() or not _is_running(pid)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (ProcessLookupError, OverflowError):
        return False
    return True
