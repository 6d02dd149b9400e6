"""Tables of rows in files: JSON Lines and CSV, plain or gzipped, streamed."""

from __future__ import annotations

import csv
import gzip
import json
import zlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from pressroom.errors import UnreadableFileError

# One line may not be longer: a row is read whole, and a file without line ends would fill the memory.
LONGEST_LINE = 4 * 1024 * 1024
FORMATS = "name a file that ends in .jsonl or .csv, or in .jsonl.gz or .csv.gz"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a file: its line, counted from 1, with its fields, or with what is wrong with it as a whole."""

    line: int
    fields: Mapping[str, Any]
    fault: str = ""


class Table:
    """An open table. `read_bytes` of `size` (both as on disk) tell how far the reading has come."""

    def __init__(self, path: Path) -> None:
        self.path = path
        name = path.name.lower()
        self._gzipped = name.endswith(".gz")
        self._format = name.removesuffix(".gz").rpartition(".")[2]
        if self._format not in ("jsonl", "ndjson", "csv"):
            raise UnreadableFileError(path, "is of no known format", FORMATS)
        if path.is_dir():
            raise UnreadableFileError(path, "is a folder", FORMATS)
        try:
            self._raw = path.open("rb")
            self.size = path.stat().st_size
        except OSError as error:
            raise UnreadableFileError(path, (error.strerror or "cannot be opened").lower(), "check its name") from error

    def __enter__(self) -> Table:
        return self

    def __exit__(self, *_: object) -> None:
        self._raw.close()

    @property
    def read_bytes(self) -> int:
        return self._raw.tell()

    def rows(self, columns: Collection[str], required: Collection[str]) -> Iterator[Row]:
        """Return the rows, blank lines left out. A CSV must have the `required` columns and none beyond `columns`."""
        lines = self._lines()
        rows = self._csv_rows(lines, columns, required) if self._format == "csv" else map(_json_row, lines)
        empty = True
        for row in rows:
            empty = False
            yield row
        if empty:
            raise UnreadableFileError(self.path, "holds no rows", "give a file with at least one")

    def _lines(self) -> Iterator[tuple[int, bytes]]:
        """Return (number, bytes) of the lines that are not blank."""
        file = cast(IO[bytes], gzip.open(self._raw) if self._gzipped else self._raw)
        number = 0
        try:
            while line := file.readline(LONGEST_LINE):
                number += 1
                if number == 1:
                    line = line.removeprefix(b"\xef\xbb\xbf")  # the byte order mark that spreadsheets put first
                if line.strip():
                    yield number, line
        except (OSError, EOFError, zlib.error) as error:
            problem = f"is damaged after line {number:,} ({error})"
            raise UnreadableFileError(self.path, problem, "make the file anew; the rows before were read") from error

    def _csv_rows(
        self, lines: Iterator[tuple[int, bytes]], columns: Collection[str], required: Collection[str]
    ) -> Iterator[Row]:
        reader = _CsvReader(lines)
        header = [name.strip().lower() for name in reader.header()]
        unknown = [name for name in header if name not in columns]
        missing = [name for name in required if name not in header]
        if header and (unknown or missing):
            problem = f"has no column “{missing[0]}”" if missing else f"has an unknown column “{unknown[0]}”"
            raise UnreadableFileError(
                self.path, problem, f"its first line must name columns out of {', '.join(columns)}"
            )
        yield from reader.rows(header)


class _CsvReader:
    """Reads CSV by the line, so that a row with a broken byte is refused alone and rows keep their line numbers."""

    def __init__(self, lines: Iterator[tuple[int, bytes]]) -> None:
        self._line = 0
        self._fault = ""
        self._reader = csv.reader(self._texts(lines), strict=True)

    def header(self) -> list[str]:
        try:
            return next(self._reader, [])
        except csv.Error:
            return ["(unreadable)"]

    def rows(self, header: list[str]) -> Iterator[Row]:
        while True:
            self._fault = ""
            try:
                cells = next(self._reader, None)
            except csv.Error as error:
                cells, self._fault = [], f"is no CSV ({error}); mend its quotes."
            if cells is None:
                return
            if not self._fault and len(cells) != len(header):
                self._fault = f"has {len(cells)} cells under {len(header)} columns; quote cells that hold commas."
            yield Row(self._line, dict(zip(header, cells, strict=False)), self._fault)

    def _texts(self, lines: Iterator[tuple[int, bytes]]) -> Iterator[str]:
        for number, line in lines:
            self._line = number
            text, fault = _decoded(line)
            self._fault = fault or self._fault
            yield text


def _json_row(numbered: tuple[int, bytes]) -> Row:
    number, line = numbered
    text, fault = _decoded(line)
    if fault:
        return Row(number, {}, fault)
    try:
        fields = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        where = f" at character {error.pos + 1}" if isinstance(error, json.JSONDecodeError) else ""
        return Row(number, {}, f"is no JSON{where}; put one object on each line.")
    if not isinstance(fields, dict):
        return Row(number, {}, "is no JSON object; put one object on each line.")
    return Row(number, fields)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON (RFC 8259 §6)")


def _decoded(line: bytes) -> tuple[str, str]:
    """Return (text, fault): strict UTF-8, since a guess would publish wrong letters."""
    if len(line) >= LONGEST_LINE:
        return "", f"is longer than {LONGEST_LINE // 1024 // 1024} MB; shorten it."
    try:
        return line.decode("utf-8"), ""
    except UnicodeDecodeError as error:
        return "", f"is not UTF-8 (byte {error.start + 1}); save the file as UTF-8."
