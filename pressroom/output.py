"""Published files: each replaced in one move, and only if its bytes changed.

A reader who fetches a file while it is replaced gets the old one or the new one, whole; so does everyone
after a crash or a power cut (R10). What a killed process leaves behind are hidden temporary files, which
`sweep` removes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from pressroom.errors import OutputError, RefusedError
from pressroom.files import make_folder, replace_file, sweep
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
            return sweep(self.folder)

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
