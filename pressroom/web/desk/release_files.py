"""The files of a release in its form: a row of fields for each, with all that the catalogue knows of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest

from pressroom.errors import InvalidFieldError
from pressroom.models.extra import parse_file
from pressroom.models.release import Access, Release
from pressroom.web.desk.wording import sentence

FACTS_OF_A_FILE = ("url", "format", "size", "pages", "duration", "access")
OF_A_FILE = tuple(f"file_{name}" for name in FACTS_OF_A_FILE)

Values = Mapping[str, Sequence[str]]


def values_of_files(release: Release) -> dict[str, list[str]]:
    """Return what stands in the fields of each file."""
    rows = [(file.url, file.format, file.size, file.pages, file.duration, file.access) for file in release.files]
    columns = zip(*rows, strict=True) if rows else [()] * len(OF_A_FILE)
    return {
        name: ["" if one is None else str(one) for one in column]
        for name, column in zip(OF_A_FILE, columns, strict=True)
    }


def with_files(
    values: Values, before: Values, release: Release, known: Release | None, faults: dict[str, str]
) -> Release:
    """Return a release with the files that the form has; one that stands as it was shown keeps what is stored of it."""
    if not any(name in values for name in OF_A_FILE):
        return release
    there = {name: values.get(name, before.get(name, ())) for name in OF_A_FILE}
    stored = dict(zip(file_rows(before), known.files, strict=False)) if known else {}
    found = []
    for number, row in enumerate(file_rows(there), 1):
        said = dict(zip(FACTS_OF_A_FILE, row, strict=True))
        try:
            file = stored.get(row) or parse_file(said)
        except InvalidFieldError as error:
            faults["files"] = f"File {number}: {sentence(error)}"
        else:
            found.append(replace(file, access=_access(said["access"], release.access)))
    return replace(release, files=tuple(found))


def file_rows(values: Values) -> list[tuple[str, ...]]:
    """Return what is typed of each file, in the order of FACTS_OF_A_FILE, where it is more than for whom it is."""
    rows = zip_longest(*(values.get(name, ()) for name in OF_A_FILE), fillvalue="")
    return [row for row in rows if any(row[:-1])]


def _access(said: str, of_release: Access) -> Access:
    """Return for whom a file is: of a release for members for these alone, of a mixed one if nothing is said (R9)."""
    if of_release is not Access.MEMBERS and said in (Access.PUBLIC, Access.MEMBERS):
        return Access(said)
    return Access.PUBLIC if of_release is Access.PUBLIC else Access.MEMBERS
