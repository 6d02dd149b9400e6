"""Tables of rows in files: JSON Lines and CSV, plain or gzipped, streamed."""

from __future__ import annotations

import csv
import gzip
import json
import zlib
from collections import deque
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from pressroom.errors import UnreadableFileError
from pressroom.models.text import shown

# One line may not be longer: a row is read whole, and a file without line ends would fill the memory.
LONGEST_LINE = 4 * 1024 * 1024
FORMATS = "name a file that ends in .jsonl or .csv, or in .jsonl.gz or .csv.gz"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # spreadsheets put it first
_GZIP_MAGIC = b"\x1f\x8b"  # RFC 1952 §2.3.1
_DELIMITERS = ",;\t"  # spreadsheets write the second where the comma is the decimal sign
_MOST_DIGITS = 4_000  # Python reads and writes no longer number

Line = tuple[int, str, str]
"""A line of a file: its number, its text, and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a file: its line, counted from 1, with its fields, or with what is wrong with it as a whole."""

    line: int
    fields: Mapping[str, Any]
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that was not used, with the sentence that says why."""

    line: int
    sentence: str


class Table:
    """An open table. `read_bytes` of `size` (both as on disk) tell how far the reading has come.

    `damage` says why `batches` could not read the file to its end.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.damage = ""
        self._format = path.name.lower().removesuffix(".gz").rpartition(".")[2]
        try:
            if path.exists() and not path.is_file():
                raise UnreadableFileError(path, "is a folder" if path.is_dir() else "is no plain file", FORMATS)
            if self._format not in ("jsonl", "ndjson", "csv"):
                raise UnreadableFileError(path, "is of no known format", FORMATS)
            self._raw = path.open("rb")
            self.size = path.stat().st_size
        except OSError as error:
            problem = (error.strerror or "cannot be opened").lower()
            raise UnreadableFileError(path, problem, "check its name and its rights") from error

    def __enter__(self) -> Table:
        return self

    def __exit__(self, *_: object) -> None:
        self._raw.close()

    @property
    def read_bytes(self) -> int:
        return self._raw.tell()

    def rows(self, columns: Collection[str], required: Collection[str]) -> Iterator[Row]:
        """Return the rows, blank ones left out. A CSV must have the `required` columns and none beyond `columns`.

        Raises UnreadableFileError, also in the middle: what is before the damage has been returned then.
        """
        lines = self._lines()
        if self._format == "csv":
            reader = _CsvReader(self.path, lines)
            rows = reader.rows(reader.header(columns, required))
        else:
            rows = (_json_row(number, text, fault) for number, text, fault in lines if fault or text.strip())
        empty = True
        for row in rows:
            empty = False
            yield row
        if empty:
            raise UnreadableFileError(self.path, "holds no rows", "give a file with at least one")

    def batches(self, columns: Collection[str], required: Collection[str], size: int) -> Iterator[list[Row]]:
        """Return the rows as `rows` does, `size` at a time; a file damaged behind its first row ends with `damage`."""
        batch: list[Row] = []
        has_rows = False
        try:
            for row in self.rows(columns, required):
                has_rows = True
                batch.append(row)
                if len(batch) == size:
                    yield batch
                    batch = []
        except UnreadableFileError as error:
            if not has_rows:
                raise
            self.damage = str(error)
        if batch:
            yield batch

    def _lines(self) -> Iterator[Line]:
        number = 0
        try:
            file = self._opened()
            while line := file.readline(LONGEST_LINE):
                number += 1
                rest = line
                while len(rest) == LONGEST_LINE and not rest.endswith(b"\n"):
                    rest = file.readline(LONGEST_LINE)
                yield number, *_decoded(line)
        except (OSError, EOFError, zlib.error) as error:
            problem = f"is damaged after line {number:,} ({error})"
            raise UnreadableFileError(self.path, problem, "make the file anew; the rows before were read") from error

    def _opened(self) -> IO[bytes]:
        """Return the file's bytes, unpacked when they are gzipped, whatever the file is called."""
        magic = self._raw.read(len(_GZIP_MAGIC))
        self._raw.seek(0)
        if magic == _GZIP_MAGIC:
            return cast(IO[bytes], gzip.open(self._raw))
        if magic and self.path.name.lower().endswith(".gz"):
            raise UnreadableFileError(self.path, "is no gzip file", "gzip it, or take .gz off its name")
        return self._raw


class _CsvReader:
    """Reads CSV by the line, so that a row that is no CSV is refused alone and rows keep their line numbers."""

    def __init__(self, path: Path, lines: Iterator[Line]) -> None:
        self._path, self._lines = path, lines
        self._ahead: deque[Line] = deque()  # what comes before the next of `lines`
        self._taken: list[Line] = []  # what the present row is made of
        self._length = 0
        self._delimiter = ","
        csv.field_size_limit(LONGEST_LINE)

    def header(self, columns: Collection[str], required: Collection[str]) -> list[str]:
        """Return the names of the columns; nothing when the file is empty."""
        first = next(self._lines, None)
        if first is None:
            return []
        _, text, fault = first
        self._delimiter = max(_DELIMITERS, key=text.count)
        try:
            cells = next(csv.reader([text], delimiter=self._delimiter, strict=True), [])
        except csv.Error as error:
            fault = f"is no CSV ({error}); mend its quotes."
        names = [cell.strip().lower() for cell in cells] if not fault else []
        if problem := fault or _header_problem(names, columns, required):
            remedy = f"the first line must name columns out of {', '.join(columns)}"
            raise UnreadableFileError(self._path, f"its first line {problem.rstrip('.')}", remedy)
        return names

    def rows(self, header: list[str]) -> Iterator[Row]:
        if not header:
            return
        reader = csv.reader(self, delimiter=self._delimiter, strict=True)
        while True:
            self._taken, self._length = [], 0
            fault = ""
            try:
                cells = next(reader, None)
            except csv.Error as error:
                cells, fault = [], f"is no CSV ({error}); mend its quotes."
                # An open quote swallows what follows: go on with the line behind the one it stands in.
                self._ahead.extendleft(reversed(self._taken[1:]))
                del self._taken[1:]
            if cells is None:
                return
            fault = next((fault for _, _, fault in self._taken if fault), fault)
            if not fault and not any(cell.strip() for cell in cells):
                continue  # spreadsheets add rows of empty cells
            if not fault and len(cells) != len(header):
                fault = f"has {len(cells)} cells under {len(header)} columns; quote cells with “{self._delimiter}”."
            yield Row(self._taken[0][0], {} if fault else dict(zip(header, cells, strict=True)), fault)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._ahead.popleft() if self._ahead else next(self._lines)
        self._taken.append(line)
        self._length += len(line[1])
        if self._length > LONGEST_LINE:
            raise csv.Error(f"longer than {LONGEST_LINE:,} characters")
        return line[1]


def _header_problem(names: list[str], columns: Collection[str], required: Collection[str]) -> str:
    for place, name in enumerate(names):
        if not name:
            return f"leaves column {place + 1} without a name"
        if name not in columns:
            return f"names an unknown column {shown(name)}"
        if name in names[:place]:
            return f"names the column {shown(name)} twice"
    missing = [name for name in required if name not in names]
    return f"names no column {shown(missing[0])}" if missing else ""


def _json_row(number: int, text: str, fault: str) -> Row:
    if fault:
        return Row(number, {}, fault)
    try:
        fields = _JSON.decode(text.rstrip())
    except RecursionError:
        return Row(number, {}, "is nested too deeply; flatten it.")
    except ValueError as error:
        where = f" at character {error.pos + 1}" if isinstance(error, json.JSONDecodeError) else f" ({error})"
        return Row(number, {}, f"is no JSON{where}; put one object on each line.")
    if not isinstance(fields, dict):
        return Row(number, {}, "is no JSON object; put one object on each line.")
    return Row(number, fields)


def _refused(name: str) -> None:
    raise ValueError(f"it knows no {name}")  # RFC 8259 §6


def _whole(digits: str) -> int | str:
    return int(digits) if len(digits) < _MOST_DIGITS else digits


# Not strict: a control character within a text, which JSON wants escaped, is dropped later and hurts nobody.
_JSON = json.JSONDecoder(parse_constant=_refused, parse_int=_whole, strict=False)


def _decoded(line: bytes) -> tuple[str, str]:
    """Return (text, fault): strict UTF-8, since a guess would publish wrong letters."""
    if len(line) == LONGEST_LINE:
        return "", f"is longer than {LONGEST_LINE // 1024 // 1024} MB; shorten it."
    try:
        return line.removeprefix(_BYTE_ORDER_MARK).decode(), ""
    except UnicodeDecodeError as error:
        # What can be read of it still tells where the rows of a CSV end.
        return line.decode(errors="replace"), f"is not UTF-8 (byte {error.start + 1}); save the file as UTF-8."
