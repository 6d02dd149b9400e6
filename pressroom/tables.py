"""Tables of rows in files: JSON Lines and CSV, plain or gzipped, streamed."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import shutil
import sys
import zlib
from collections import deque
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, cast

from pressroom.errors import InvalidFieldError, UnreadableFileError
from pressroom.models.text import folded, named_once, shown

STANDARD_INPUT = Path("-")
"""The file to name where rows are piped in; whether they are JSON or CSV is seen by how they begin."""
# One line may not be longer: a row is read whole, and a file without line ends would fill the memory.
LONGEST_LINE = 4 * 1024 * 1024
FORMATS = "name a file that ends in .jsonl or .csv, or in .jsonl.gz or .csv.gz"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # spreadsheets put it first
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_GZIP_MAGIC = b"\x1f\x8b"  # RFC 1952 §2.3.1
_DELIMITERS = ",;\t"  # spreadsheets write the second where the comma is the decimal sign
# Excel's own first line, which names the delimiter.
_SEPARATOR = re.compile(r'"?sep=([,;|\t])"?\s*', re.IGNORECASE)
_MEANT = {"email": "address", "e-mail": "address", "mail": "address", "date": "published", "link": "url"}
_MOST_DIGITS = 4_000  # Python reads and writes no longer number
_NEAR = 15

Line = tuple[int, str, str]
"""A line of a file: its number, its text, and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a file: its line, counted from 1, with its fields, or with the sentence that says why it has none.

    Names of fields are in small letters.
    """

    line: int
    fields: Mapping[str, Any]
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that was not used, or not as it asks, with the sentence that says why."""

    line: int
    sentence: str


def name_of(path: Path) -> str:
    """Return what a file is called where its lines are named."""
    return "standard input" if path == STANDARD_INPUT else path.name


class Table:
    """An open table. `read_bytes` of `size` (both as on disk) tell how far the reading has come.

    `damage` says why `batches` could not read the file to its end.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(name_of(path)) if path == STANDARD_INPUT else path
        self.damage = ""
        self._raw, self._format, self.size = _piped_in() if path == STANDARD_INPUT else self._named()

    def _named(self) -> tuple[io.BufferedReader, str, int]:
        """Return the open file, its format by its name, and its size."""
        path, form = self.path, self.path.name.lower().removesuffix(".gz").rpartition(".")[2]
        try:
            if path.exists() and not path.is_file():
                raise UnreadableFileError(path, "is a folder" if path.is_dir() else "is no plain file", FORMATS)
            if form not in ("jsonl", "ndjson", "csv"):
                raise UnreadableFileError(path, "is of no known format", FORMATS)
            return path.open("rb"), form, path.stat().st_size
        except PermissionError as error:
            remedy = "let this user read it and its folder, or pipe it in (“import - < FILE”)"
            raise UnreadableFileError(path, "permission denied", remedy) from error
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

    def _opened(self) -> io.BufferedReader | gzip.GzipFile:
        """Return the file's bytes, unpacked when they are gzipped, whatever the file is called."""
        start = self._raw.peek(1)
        is_packed = start.startswith(_GZIP_MAGIC)
        if start and not is_packed and self.path.name.lower().endswith(".gz"):
            raise UnreadableFileError(self.path, "is no gzip file", "gzip it, or take .gz off its name")
        file = gzip.GzipFile(fileobj=self._raw) if is_packed else self._raw
        if what := _what_else(file.peek(1), is_csv=self._format == "csv"):
            raise UnreadableFileError(self.path, *what)
        return file


def _piped_in() -> tuple[io.BufferedReader, str, int]:
    """Return what comes by standard input, all of it, with its format and size."""
    file = cast("io.BufferedReader", TemporaryFile())  # noqa: SIM115 – the table closes it
    shutil.copyfileobj(sys.stdin.buffer, cast("IO[bytes]", file))
    size = file.tell()
    file.seek(0)
    start = file.peek(1)
    if start.startswith(_GZIP_MAGIC):
        with suppress(OSError, EOFError, zlib.error):  # reading it says what is wrong
            start = gzip.GzipFile(fileobj=file).peek(1)
        file.seek(0)
    is_json = start.removeprefix(_BYTE_ORDER_MARK).lstrip().startswith((b"{", b"["))
    return file, "jsonl" if is_json else "csv", size


def _what_else(start: bytes, *, is_csv: bool) -> tuple[str, str] | None:
    """Return what a file is that begins like this, and what to do, if it is not what its name says."""
    if start.startswith(_UTF_16):
        return "is UTF-16", "save it as UTF-8"
    if start.startswith(_GZIP_MAGIC):
        return "is gzipped twice", "unpack it once"
    if is_csv:
        is_old = b"\r" in start and b"\n" not in start
        return ("has the line ends of an old Mac", "save it as “CSV UTF-8”") if is_old else None
    is_document = re.match(rb"\s*(\[|\{\s*\n)", start.removeprefix(_BYTE_ORDER_MARK))
    return ("holds one JSON document", "put one object on each line") if is_document else None


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
        text, fault = self._first_line()
        self._delimiter = max(_DELIMITERS, key=text.count)
        if said := _SEPARATOR.fullmatch(text):
            self._delimiter = said[1]
            text, fault = self._first_line()
        try:
            names = [folded(cell) for cell in next(csv.reader([text], delimiter=self._delimiter, strict=True), [])]
        except csv.Error as error:
            fault = fault or f"is no CSV ({error}); mend its quotes."
        if fault:
            problem, _, remedy = fault.rstrip(".").partition("; ")
            raise UnreadableFileError(self._path, f"its first line {problem}", remedy)
        if names and (wrong := _header_fault(names, columns, required)):
            raise UnreadableFileError(self._path, *wrong)
        return names

    def _first_line(self) -> tuple[str, str]:
        """Return text and fault of the next line that is neither blank nor a row of empty cells."""
        blank = f"{_DELIMITERS}\r\n "
        return next(((text, fault) for _, text, fault in self._lines if fault or text.strip(blank)), ("", ""))

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
                fault = self._miscounted(len(cells), len(header))
            yield Row(self._taken[0][0], {} if fault else dict(zip(header, cells, strict=True)), fault)

    def _miscounted(self, cells: int, columns: int) -> str:
        remedy = f"quote cells that hold “{self._delimiter}”" if cells > columns else "leave no cell out"
        return f"has {_number(cells, 'cell')}, the first line names {_number(columns, 'column')}; {remedy}."

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._ahead.popleft() if self._ahead else next(self._lines)
        self._taken.append(line)
        self._length += len(line[1])
        if self._length > LONGEST_LINE:
            raise csv.Error(f"longer than {LONGEST_LINE:,} characters")
        return line[1]


def _header_fault(names: list[str], columns: Collection[str], required: Collection[str]) -> tuple[str, str] | None:
    """Return what is wrong with the names of the columns, and the remedy."""
    for place, name in enumerate(names):
        if not name:
            return f"column {place + 1} has no name", "delete it"
        if name not in columns:
            free = [column for column in columns if column not in names]
            close = [_MEANT[name]] if _MEANT.get(name) in free else get_close_matches(name, free, 1)
            remedy = f"rename it to “{close[0]}” or take it out" if close else "take it out or rename it"
            return (
                f"its first line names an unknown column {shown(name)}",
                f"{remedy} (docs/commands.md lists the columns)",
            )
        if name in names[:place]:
            return f"its first line names the column {shown(name)} twice", "delete one of the two"
    missing = [name for name in required if name not in names]
    return (f"its first line names no column {shown(missing[0])}", "add it") if missing else None


def _number(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _json_row(number: int, text: str, fault: str) -> Row:
    if fault:
        return Row(number, {}, fault)
    try:
        fields = _JSON.decode(text.rstrip())
        if not isinstance(fields, dict):
            return Row(number, {}, "is no JSON object; put one object on each line.")
        return Row(number, named_once((folded(name), value) for name, value in fields.items()))
    except InvalidFieldError as error:
        return Row(number, {}, str(error))
    except RecursionError:
        return Row(number, {}, "is nested too deeply; flatten it.")
    except json.JSONDecodeError as error:
        near = shown(text[max(0, error.pos - _NEAR) : error.pos + _NEAR])
        return Row(number, {}, f"is no JSON at character {error.pos + 1}, near {near}; put one object on each line.")
    except ValueError as error:
        return Row(number, {}, f"is no JSON ({error}); put one object on each line.")


def _refused(name: str) -> None:
    raise ValueError(f"it knows no {name}")  # RFC 8259 §6


def _whole(digits: str) -> int | str:
    return int(digits) if len(digits) < _MOST_DIGITS else digits


# Not strict: a control character within a text, which JSON wants escaped, is dropped later and hurts nobody.
_JSON = json.JSONDecoder(object_pairs_hook=named_once, parse_constant=_refused, parse_int=_whole, strict=False)


def _decoded(line: bytes) -> tuple[str, str]:
    """Return (text, fault): strict UTF-8, since a guess would publish wrong letters."""
    if len(line) == LONGEST_LINE:
        return "", f"is longer than {LONGEST_LINE // 1024 // 1024} MB; shorten it."
    try:
        return line.removeprefix(_BYTE_ORDER_MARK).decode(), ""
    except UnicodeDecodeError as error:
        # What can be read of it still tells where the rows of a CSV end.
        fault = f"is not UTF-8 (byte {error.start + 1}); save the file as UTF-8 (in Excel, choose “CSV UTF-8”)."
        return line.decode(errors="replace"), fault
