"""What nobody had thought of: it is told with the place where it was, and keeps nothing else back."""

from __future__ import annotations

import sqlite3

from pressroom.errors import PublisherError

UNEXPECTED = (
    ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError,
    sqlite3.IntegrityError,
)  # fmt: skip
"""What code raises that meets what it does not expect, in a row of another program for instance."""
LONGEST = 200


class UnexpectedError(PublisherError):
    """A step of the work could not be done; the others are."""

    def __init__(self, what: str, error: BaseException) -> None:
        self.what, self.unforeseen = what, error
        why = f"something unexpected went wrong ({in_words(error)})"
        super().__init__(f"{what}: {why}; “publisher -v publish” shows where.")


def in_words(error: BaseException) -> str:
    """Return an error that nobody has put into words, on one line, and not all of it if it is long."""
    line = " ".join(f"{type(error).__name__}: {error}".split()).rstrip(".")
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
