"""Tables of rows: JSON Lines and CSV, plain or gzipped; what is broken is named by its line, the rest is read."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressroom.errors import UnreadableFileError
from pressroom.tables import LONGEST_LINE, Row, Table

COLUMNS = ("title", "summary", "topics")


def table(folder: Path, name: str, content: bytes | str) -> list[Row]:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with Table(path) as opened:
        return list(opened.rows(COLUMNS, ("title",)))


def read(name: str, content: bytes) -> list[Row]:
    """Return the rows of a file, none when it is refused as a whole."""
    with TemporaryDirectory() as folder:
        try:
            return table(Path(folder), name, content)
        except UnreadableFileError:
            return []


def good(rows: list[Row]) -> list[Any]:
    return [row.fields for row in rows if not row.fault]


def bad(rows: list[Row]) -> list[tuple[int, str]]:
    return [(row.line, row.fault) for row in rows if row.fault]


def test_json_lines_are_read_with_their_line_numbers(tmp_path: Path) -> None:
    rows = table(tmp_path, "a.jsonl", '{"title": "A", "extra": {"pages": 5}}\n\n  \n{"title": "B"}')
    assert rows == [Row(1, {"title": "A", "extra": {"pages": 5}}), Row(4, {"title": "B"})]


def test_csv_is_read_with_the_line_each_row_begins_on(tmp_path: Path) -> None:
    rows = table(tmp_path, "a.csv", 'title,summary\r\nA,"one\r\n\r\ntwo, ""three"""\r\n\r\n,\r\nB,\r\n')
    assert rows == [
        Row(2, {"title": "A", "summary": 'one\r\n\r\ntwo, "three"'}),
        Row(7, {"title": "B", "summary": ""}),
    ]


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "A.JSONL", "a.ndjson"])
@pytest.mark.parametrize("ending", ["", ".gz"])
def test_gzip_byte_order_marks_and_names_in_capitals_make_no_difference(tmp_path: Path, name: str, ending: str) -> None:
    content = "title\nÅ" if "csv" in name else '{"title": "Å"}'
    packed = b"\xef\xbb\xbf" + content.encode()
    rows = table(tmp_path, name + ending, gzip.compress(packed, mtime=0) if ending else packed)
    assert good(rows) == [{"title": "Å"}]


def test_gzip_is_known_by_its_first_bytes(tmp_path: Path) -> None:
    assert good(table(tmp_path, "a.jsonl", gzip.compress(b'{"title": "A"}', mtime=0))) == [{"title": "A"}]


def test_two_files_written_one_behind_the_other_are_one(tmp_path: Path) -> None:
    line = b'\xef\xbb\xbf{"title": "A"}\n'
    assert len(good(table(tmp_path, "a.jsonl.gz", gzip.compress(line, mtime=0) + gzip.compress(line)))) == 2


@pytest.mark.parametrize("start", ["\n\r\n", ";;\n", "sep=;\r\n", '"sep=;"\n', "\ufeffsep=;\n\n"])
def test_csv_may_begin_with_blank_lines_and_with_excels_word_for_the_delimiter(tmp_path: Path, start: str) -> None:
    rows = table(tmp_path, "a.csv", f"{start}title;summary\nA;b\n")
    assert good(rows) == [{"title": "A", "summary": "b"}]


def test_the_delimiter_that_excel_names_is_the_one(tmp_path: Path) -> None:
    assert good(table(tmp_path, "a.csv", "sep=|\ntitle|topics\nA|a;b,c\n")) == [{"title": "A", "topics": "a;b,c"}]


@pytest.mark.R9
@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
def test_names_of_fields_may_be_written_in_any_letters(tmp_path: Path, name: str) -> None:
    content = '{" TITLE ": "A", "Summary": {"Kept": 1}}' if "json" in name else " TITLE ,Summary\nA,b\n"
    assert good(table(tmp_path, name, content))[0].keys() == {"title", "summary"}


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_may_be_divided_by_what_spreadsheets_use(tmp_path: Path, delimiter: str) -> None:
    rows = table(tmp_path, "a.csv", f"Title{delimiter}Topics\nA{delimiter}\"Data; Roads, 'x'\t\"\n")
    assert good(rows) == [{"title": "A", "topics": "Data; Roads, 'x'\t"}]


@pytest.mark.R12
@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('{"title": "A"', 'is no JSON at character 14, near “{"title": "A"”; put one object on each line.'),
        ('{"title": "A"} x', 'is no JSON at character 16, near “{"title": "A"} x”; put one object on each line.'),
        ('["A"]', "is no JSON object; put one object on each line."),
        ('{"title": "A", "title": "B"}', "“title”: is there twice; keep one of the two."),
        ('{"access": "members", "Access ": "public"}', "“access”: is there twice; keep one of the two."),
        ('{"extra": {"a": {"b": 1, "b": 2}}}', "“b”: is there twice; keep one of the two."),
        ("null", "is no JSON object; put one object on each line."),
        ('{"title": NaN}', "is no JSON (it knows no NaN); put one object on each line."),
        ('{"title": -Infinity}', "is no JSON (it knows no -Infinity); put one object on each line."),
        ("[" * 100_000, "is nested too deeply; flatten it."),
        ('{"title": "\xff"}', ""),
    ],
)
def test_a_broken_line_is_named_and_the_next_one_read(tmp_path: Path, line: str, fault: str) -> None:
    rows = table(tmp_path, "a.jsonl", f'{{"title": "A"}}\n{line}\n{{"title": "B"}}\n')
    assert bad(rows) == ([(2, fault)] if fault else [])
    assert good(rows)[-1] == {"title": "B"}


@pytest.mark.R12
def test_control_characters_and_endless_numbers_in_json_are_read(tmp_path: Path) -> None:
    rows = table(tmp_path, "a.jsonl", '{"title": "a\tb\x01c", "n": ' + "9" * 6_000 + ', "f": 1e999}')
    assert good(rows) == [{"title": "a\tb\x01c", "n": "9" * 6_000, "f": float("inf")}]


@pytest.mark.R12
@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
def test_a_byte_that_is_not_utf_8_refuses_its_row_alone(tmp_path: Path, name: str) -> None:
    lines = [b'{"title": "caf\xe9"}', b'{"title": "B"}'] if "json" in name else [b"title", b"caf\xe9", b"B"]
    rows = table(tmp_path, name, b"\n".join(lines))
    assert [fault for _, fault in bad(rows)] == [
        f"is not UTF-8 (byte {15 if 'json' in name else 4}); save the file as UTF-8 (in Excel, choose “CSV UTF-8”)."
    ]
    assert good(rows) == [{"title": "B"}]


@pytest.mark.R12
def test_a_line_that_is_too_long_is_refused_whole(tmp_path: Path) -> None:
    rows = table(tmp_path, "a.jsonl", b"x" * (3 * LONGEST_LINE) + b'\n{"title": "B"}')
    assert bad(rows) == [(1, "is longer than 4 MB; shorten it.")]
    assert rows[-1] == Row(2, {"title": "B"})


@pytest.mark.R12
def test_a_quote_left_open_refuses_its_own_row_alone(tmp_path: Path) -> None:
    rows = table(tmp_path, "a.csv", 'title,summary\nA,"open\nB,"closed"\nC,"and\nopen\n')
    assert [line for line, _ in bad(rows)] == [2, 4, 5]
    assert bad(rows)[0][1].startswith("is no CSV (")
    assert good(rows) == [{"title": "B", "summary": "closed"}]


@pytest.mark.R12
def test_an_open_quote_does_not_fill_the_memory(tmp_path: Path) -> None:
    filling = ("x" * 1_000 + ",\n") * (LONGEST_LINE // 1_000 + 10)
    rows = table(tmp_path, "a.csv", 'title,summary\n"A\n' + filling)
    assert bad(rows) == [(2, f"is no CSV (longer than {LONGEST_LINE:,} characters); mend its quotes.")]
    assert len(good(rows)) == filling.count("\n")


@pytest.mark.R12
def test_a_row_with_too_many_or_too_few_cells_is_refused(tmp_path: Path) -> None:
    rows = table(tmp_path, "a.csv", "title,summary\nA\nB,b,b\nC,c\n")
    assert bad(rows) == [
        (2, "has 1 cell, the first line names 2 columns; leave no cell out."),
        (3, "has 3 cells, the first line names 2 columns; quote cells that hold “,”."),
    ]
    assert good(rows) == [{"title": "C", "summary": "c"}]


def test_a_cell_may_be_as_long_as_a_body(tmp_path: Path) -> None:
    assert len(good(table(tmp_path, "a.csv", "title\n" + "x" * 500_000))[0]["title"]) == 500_000


@pytest.mark.R12
@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        ("title,colour", "its first line names an unknown column “colour”; take it out or rename it ("),
        ("title,topic", "its first line names an unknown column “topic”; rename it to “topics” or take it out ("),
        ("title,topics,topic", "its first line names an unknown column “topic”; take it out or rename it ("),
        ("title|summary", "its first line names an unknown column “title|summary”; "),
        (
            "A report,https://example.org/",
            "its first line names an unknown column “a report”; take it out or rename it (",
        ),
        ("summary", "its first line names no column “title”; add it."),
        ("title,,summary", "column 2 has no name; delete it."),
        ("title,summary,", "column 3 has no name; delete it."),
        ("title,title", "its first line names the column “title” twice; delete one of the two."),
        ('title,"summary', "its first line is no CSV (unexpected end of data); mend its quotes."),
    ],
)
def test_a_wrong_header_is_refused_with_what_to_do(tmp_path: Path, header: str, sentence: str) -> None:
    with pytest.raises(UnreadableFileError) as caught:
        table(tmp_path, "a.csv", f"{header}\nA,b\n")
    assert str(caught.value).startswith(f"{tmp_path / 'a.csv'}: {sentence}")
    assert str(caught.value).endswith((sentence, "(docs/commands.md lists the columns)."))


@pytest.mark.R12
def test_a_column_by_another_name_is_recognised(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("email\na@example.org\n")
    with (
        Table(tmp_path / "a.csv") as opened,
        pytest.raises(UnreadableFileError, match="rename it to “address” or take"),
    ):
        list(opened.rows(("address", "name"), ("address",)))


@pytest.mark.R12
def test_a_header_in_another_encoding_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        UnreadableFileError,
        match=r"first line is not UTF-8 \(byte 10\); save the file as UTF-8 \(in Excel, choose “CSV",
    ):
        table(tmp_path, "a.csv", b"title,caf\xe9\nA,b\n")


@pytest.mark.R12
@pytest.mark.parametrize("ending", ["", ".gz"])
@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.jsonl", '{"title": "A"}\n'.encode("utf-16"), "is UTF-16; save it as UTF-8."),
        ("a.csv", b"\xfe\xff" + "title\nA\n".encode("utf-16-be"), "is UTF-16; save it as UTF-8."),
        ("a.jsonl", b'\n [{"title": "A"},\n{"title": "B"}]', "holds one JSON document; put one object on each line."),
        ("a.jsonl", b'\xef\xbb\xbf{\r\n  "title": "A"\r\n}', "holds one JSON document; put one object on each line."),
        ("a.csv", b"title,summary\rA,b\rB,b\r", "has the line ends of an old Mac; save it as “CSV UTF-8”."),
    ],
)
def test_a_file_that_is_something_else_is_refused_as_a_whole_and_told_what_it_is(
    tmp_path: Path, name: str, content: bytes, sentence: str, ending: str
) -> None:
    with pytest.raises(UnreadableFileError) as caught:
        table(tmp_path, name + ending, gzip.compress(content, mtime=0) if ending else content)
    assert str(caught.value) == f"{tmp_path / (name + ending)}: {sentence}"


@pytest.mark.R12
def test_a_file_that_is_gzipped_twice_is_refused(tmp_path: Path) -> None:
    once = gzip.compress(b'{"title": "A"}', mtime=0)
    with pytest.raises(UnreadableFileError, match="is gzipped twice; unpack it once"):
        table(tmp_path, "a.jsonl.gz", gzip.compress(once, mtime=0))


@pytest.mark.R12
@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a.jsonl", b"", "holds no rows; give a file with at least one"),
        ("a.jsonl", b"\n\n", "holds no rows; give a file with at least one"),
        ("a.jsonl.gz", b"", "holds no rows; give a file with at least one"),
        ("a.jsonl.gz", gzip.compress(b"", mtime=0), "holds no rows; give a file with at least one"),
        ("a.csv", b"", "holds no rows; give a file with at least one"),
        ("a.csv", b"title\n", "holds no rows; give a file with at least one"),
        ("a.jsonl.gz", b'{"title": "A"}', "is no gzip file; gzip it, or take .gz off its name"),
        ("a.jsonl.gz", gzip.compress(b'{"title": "A"}', mtime=0)[:12], "is damaged after line 0"),
        ("a.xlsx", b"PK", "is of no known format; name a file that ends in .jsonl or .csv"),
        ("a", b"", "is of no known format; name a file that ends in .jsonl or .csv"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_its_name(
    tmp_path: Path, name: str, content: bytes, problem: str
) -> None:
    with pytest.raises(UnreadableFileError) as caught:
        table(tmp_path, name, content)
    assert str(caught.value).startswith(f"{tmp_path / name}: {problem}")


@pytest.mark.R12
def test_folders_pipes_and_files_that_are_not_there_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "folder.csv").mkdir()
    for path, problem in (
        (tmp_path, "is a folder"),
        (tmp_path / "folder.csv", "is a folder"),
        (tmp_path / "pipe.csv", "is no plain file"),
        (tmp_path / "missing.csv", "no such file or directory; check its name and its rights"),
        (tmp_path / ("x" * 300 + ".csv"), "file name too long; check its name and its rights"),
    ):
        with pytest.raises(UnreadableFileError) as caught:
            Table(path)
        assert problem in str(caught.value)


JSON = b'{"title": "Locks"}\n'
CSV = b"\xef\xbb\xbftitle\r\nLocks\r\n"


@pytest.mark.parametrize("content", [JSON, CSV, gzip.compress(JSON, mtime=0), gzip.compress(CSV, mtime=0)])
def test_what_is_piped_in_is_read_as_what_it_is(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    with Table(Path("-")) as opened:
        assert opened.size == len(content)
        assert [row.fields for row in opened.rows(COLUMNS, ("title",))] == [{"title": "Locks"}]


@pytest.mark.R12
@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "holds no rows"),
        (gzip.compress(CSV, mtime=0)[:-12], "is damaged after line"),
        (b"\x1f\x8b and no more", "is damaged after line 0"),
        (b"[\n", "holds one JSON document"),
    ],
)
def test_what_is_piped_in_and_cannot_be_read_is_called_standard_input(
    content: bytes, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    with Table(Path("-")) as opened, pytest.raises(UnreadableFileError, match=f"^standard input: {problem}"):
        list(opened.rows(COLUMNS, ("title",)))


@pytest.mark.R12
def test_a_file_of_somebody_else_is_refused_with_the_way_round(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")  # whoever runs the tests may be root, who reads all

    monkeypatch.setattr(Path, "open", refuse)
    (tmp_path / "a.csv").touch()
    with pytest.raises(UnreadableFileError, match=r"a\.csv: permission denied; .* pipe it in \(“import - < FILE”\)"):
        Table(tmp_path / "a.csv")


@pytest.mark.R12
def test_what_stands_before_the_damage_of_a_gzipped_file_is_read(tmp_path: Path) -> None:
    lines = b"".join(
        json.dumps({"title": f"{number}", "x": os.urandom(60).hex()}).encode() + b"\n" for number in range(2_500)
    )
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(lines, mtime=0)[:-20_000])
    with Table(path) as opened:
        batches = list(opened.batches((), (), 1_000))
        rows = [row for batch in batches for row in batch]
    assert len(batches) == 3
    assert 2_000 < len(rows) < 2_500
    assert [row.fields["title"] for row in rows] == [f"{number}" for number in range(len(rows))]
    assert f"is damaged after line {len(rows):,} (" in opened.damage


def test_reading_tells_how_far_it_has_come(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"title": "A"}\n' * 3)
    with Table(path) as opened:
        batches = list(opened.batches((), (), 2))
        assert [len(batch) for batch in batches] == [2, 1]
        assert opened.read_bytes == opened.size == 45


@pytest.mark.R12
@given(st.binary(max_size=200))
def test_any_bytes_are_rows_faults_or_a_refusal(content: bytes) -> None:
    for rows in (read("a.jsonl", content), read("a.csv.gz", content), read("a.csv", b"title,summary\n" + content)):
        assert not any(row.fields and row.fault for row in rows)


CELLS = st.text(st.characters(codec="utf-8"), min_size=1).filter(str.strip)


@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=5), st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]))
def test_any_csv_that_a_program_writes_is_read_as_it_was(rows: list[tuple[str, str]], quoting: Any) -> None:
    written = io.StringIO(newline="")
    csv.writer(written, quoting=quoting).writerows([("title", "summary"), *rows])
    assert [tuple(row.fields.values()) for row in read("a.csv", written.getvalue().encode())] == rows
