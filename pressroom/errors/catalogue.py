"""What is wrong with a catalogue file, its copies and its rows."""

from __future__ import annotations

from pathlib import Path

from pressroom.errors.family import PublisherError, RefusedError


class CatalogueMissingError(PublisherError):
    exit_code = 2

    def __init__(self, path: Path, remedy: str = "make one with “publisher init”, or name the site with -C") -> None:
        self.path = path
        super().__init__(f"There is no catalogue at {path}; {remedy}.")


class NoCatalogueError(PublisherError):
    """The file at the catalogue's place is a database, and none that Pressroom made."""

    exit_code = 2

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(
            f"The catalogue {path} is empty (or is another program's); restore the newest backup, or move it away "
            "and run “publisher init”."
        )


class CatalogueBehindError(PublisherError):
    exit_code = 2

    def __init__(self, path: Path, missing: int) -> None:
        self.path, self.missing = path, missing
        super().__init__(f"The catalogue {path} lacks {missing} migration(s); run “publisher db migrate” first.")


class CatalogueNewerError(RefusedError):
    def __init__(self, path: Path, unknown: str) -> None:
        self.path, self.unknown = path, unknown
        super().__init__(
            f"The catalogue {path} was made by a newer Pressroom (migration “{unknown}”); install that version."
        )


class CatalogueTroubleError(PublisherError):
    """SQLite refused: locked, full, read-only or damaged."""

    def __init__(self, path: Path | str, problem: str, remedy: str) -> None:
        self.path = str(path)
        super().__init__(f"The catalogue {path} cannot be used: {problem}; {remedy}.")


class CatalogueDamagedError(CatalogueTroubleError):
    """What is in the file cannot be read, and waiting does not help."""


class BackupError(PublisherError):
    """A backup cannot be written to this file, or not be restored from it."""

    def __init__(self, path: Path, problem: str, remedy: str) -> None:
        self.path = path
        super().__init__(f"{path} {problem}; {remedy}.")


class SiteInUseError(RefusedError):
    """Somebody works with the catalogue that is to be replaced."""

    def __init__(self, site: Path, who: str) -> None:
        self.site = site
        super().__init__(f"{who} works on {site}; stop it, let no other command run, then restore.")


class UnarmedError(RefusedError):
    """The catalogue was restored or copied (R11). `rest_is_done`: only the mail stays, of all that was asked for."""

    def __init__(self, path: Path, *, rest_is_done: bool = False) -> None:
        self.path = path
        if rest_is_done:
            self.exit_code = 3
        super().__init__(
            f"No mail leaves: the catalogue {path} was restored or copied. Look at what would go with “publisher "
            "digest rehearse”, see to it that no other copy sends, then “publisher db arm”."
        )


class OverdueError(RefusedError):
    """Something is overdue in a catalogue that is to be armed, and nobody has said what becomes of it."""

    def __init__(self, overdue: str) -> None:
        super().__init__(
            f"{overdue} Nobody knows what of it went out after the copy was made: give --overdue skip to mail none of "
            "it, or --overdue send to mail all of it."
        )


class UnusableRowError(PublisherError):
    """A row that another program wrote cannot be used as it is; the others are. `fate` is that of one that is out."""

    exit_code = 3

    def __init__(self, table: str, row: int | str, problem: str, fate: str = "") -> None:
        self.table, self.row = table, row
        remedy = "mend it there" if fate else "mend it there, or make it a draft"
        super().__init__(f"Row {row} of the table {table} {fate or 'cannot go out'}: {problem}; {remedy}.")


class ChangedMeanwhileError(PublisherError):
    """Somebody else has changed the thing between its being read and its being written."""

    def __init__(self, noun: str, reference: str) -> None:
        self.noun, self.reference = noun, reference
        super().__init__(f"The {noun} “{reference}” has been changed by somebody else meanwhile; look, and try again.")
