"""`publisher import`: what it says, what it ends with, and that the same file in any form gives the same catalogue."""

from __future__ import annotations

import csv
import gzip
import json
import os
import signal
import sqlite3
from collections.abc import Callable
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest

from pressroom.models.extra import EXTRA_FIELDS
from pressroom.models.intake import FIELDS
from pressroom.publishing import importing
from pressroom.storage import Store
from pressroom.tables import Row
from pressroom.tools import Tools
from tests.conftest import CommandLine, Press, copied

SAMPLE = Path(__file__).parents[2] / "data" / "sample" / "releases.jsonl"


def write(run: CommandLine, name: str, content: bytes | str) -> str:
    path = run.site / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def write_rows(run: CommandLine, *rows: dict[str, Any]) -> str:
    return write(run, "rows.jsonl", "".join(json.dumps(row) + "\n" for row in rows))


def dump(run: CommandLine) -> list[str]:
    """Return the whole catalogue as SQL, but for the time it was made, and its key."""
    with Store.open(run.site / "data" / "catalogue.db") as store:
        store.set_armed(None, None)
        return [line for line in store.connection.iterdump() if "_sqlite_migrations" not in line]


def counts(answer: Any) -> dict[str, int]:
    return {name: value for name, value in answer.items() if isinstance(value, int) and value}


@pytest.mark.R1
def test_the_sample_goes_in_whole_and_a_second_time_adds_nothing(press: CommandLine) -> None:
    first = press.ask("import", str(SAMPLE), "--announce", "none")
    assert counts(first) == {"added": 131, "silent": 128, "waiting": 3}
    before = dump(press)
    for words in ((), ("--update",), ("--update", "--note", "Checked."), ("--announce", "all"), ("--strict-topics",)):
        again = press.ask("import", str(SAMPLE), *words)
        assert counts(again) == {"unchanged": 131}
        assert again["differing"] == again["refused"] == again["new_topics"] == []
        assert dump(press) == before


def test_the_sample_fills_the_places_of_extra(press: CommandLine) -> None:
    press("import", str(SAMPLE))
    releases = press.ask("release", "list")
    assert {release["state"] for release in releases} == {"live", "expected"}
    assert sum(bool(release["series"]) for release in releases) == 31
    assert sum(bool(release["collection"]) for release in releases) == 21
    assert [release["access"] for release in releases].count("members") == 5  # “sign-in” among them
    assert sorted(release["expected"] for release in releases if release["expected"]) == ["--03", "--09", "--11"]
    assert [release["embargo"] for release in releases if release["embargo"]] == ["2025-12-03T00:01:00Z"]
    taken = {
        "series",
        "edition",
        "collection",
        "part",
        "expected",
        "embargo",
        "duplicate_url",
        "event_date",
        "duration",
    }
    kept = {name for release in releases for name in release["extra"]}
    assert not kept & taken
    assert {"alternative_title", "published_time"} <= kept


def test_it_says_what_it_did_and_what_comes_next(press: CommandLine) -> None:
    rows = write_rows(press, {"title": "New", "published": "2026-01-25", "topics": ["Rivers"]}, {"title": "Old"})
    answer = press("import", rows)
    assert answer.out.splitlines() == [
        "2 release(s) added: 1 to be announced, 1 silently, "
        "0 waiting (drafts, expected, embargoed or for a later day).",
        "New topics: Rivers.",
        "Next: publisher publish.",
    ]
    press("publish")
    assert [item["title"] for item in press.feed("all")["items"]] == ["New", "Old"]
    assert press("import", rows).out.endswith("2 known already and left as they are.\n")


def test_what_the_file_says_otherwise_is_pointed_at(press: CommandLine) -> None:
    press("import", write_rows(press, {"title": "Rivers", "extra": {"doi": "10.1000/1"}}))
    answer = press("import", write_rows(press, {"title": "Roads"}, {"title": "Floods", "extra": {"doi": "10.1000/1"}}))
    assert "1 known already and left as they are.\n1 of them differ (line 2); --update takes over" in answer.out


def test_an_edited_title_keeps_the_guid_in_the_feed(press: CommandLine) -> None:
    press("import", write_rows(press, {"title": "Rivers", "id": "https://old.example.org/?p=17"}))
    press("publish")
    press("import", write_rows(press, {"title": "Rivers 2", "id": "https://old.example.org/?p=17"}), "--update")
    press("publish")
    (item,) = press.feed("all")["items"]
    assert (item["id"], item["title"]) == ("https://old.example.org/?p=17", "Rivers 2")


def test_a_dry_run_says_what_would_be_and_leaves_every_byte(press: CommandLine) -> None:
    before = dump(press)
    rows = write_rows(press, {"title": "New", "published": "2026-01-25", "topics": ["Rivers"]}, {"title": ""})
    answer = press("import", rows, "--dry-run", ok=False)
    assert answer.code == 3
    assert answer.out.startswith("1 release(s) would be added: 1 to be announced")
    assert "1 row(s) refused; the others would go in." in answer.err
    assert "Next" not in answer.out
    assert dump(press) == before


@pytest.mark.R12
def test_bad_rows_are_named_with_file_line_field_and_remedy(press: CommandLine) -> None:
    rows = write_rows(
        press,
        {"title": "Good"},
        {"title": "A", "url": "javascript:alert(1)"},
        {"title": "B", "published": "2023-13-01"},
    )
    answer = press("import", rows, ok=False)
    assert answer.code == 3
    assert answer.err.splitlines() == [
        "rows.jsonl, line 2: url: “javascript:alert(1)” is no web address; give one that begins with https:// or http://.",
        "rows.jsonl, line 3: published: “2023-13-01” is no date; write 2026-01-28, 2026-01 or 2026, "
        "as precise as it is known.",
        "2 row(s) refused; the others went in.",
    ]
    assert [release["title"] for release in press.ask("release", "list")] == ["Good"]
    document = json.loads(press("--json", "import", rows, ok=False).out)
    assert [refusal["line"] for refusal in document["refused"]] == [2, 3]


@pytest.mark.R12
def test_many_bad_rows_are_counted_and_listed_in_json(press: CommandLine) -> None:
    rows = write_rows(press, {"title": "Good"}, *({"title": ""} for _ in range(30)))
    answer = press("import", rows, ok=False)
    assert len(answer.err.splitlines()) == 22
    assert answer.err.endswith("30 row(s) refused; the others went in.\n")
    assert "… and 10 more; --json lists them all." in answer.err
    assert len(json.loads(press("--json", "import", rows, ok=False).out)["refused"]) == 30


@pytest.mark.R12
@pytest.mark.parametrize("words", [(), ("--dry-run",)])
def test_a_file_of_which_no_row_can_be_used_has_failed(press: CommandLine, words: tuple[str, ...]) -> None:
    answer = press("import", write_rows(press, {"title": ""}), *words, ok=False)
    assert answer.code == 1
    assert answer.err.endswith("title: is missing; every release needs one.\nNo row could be used.\n")
    people = write(press, "people.csv", "address\nnobody\n")
    answer = press("subscriber", "import", people, "--basis", "members since 2024", ok=False)
    assert answer.code == 1
    assert answer.err.endswith("No row could be used.\n")


@pytest.mark.R9
def test_what_is_held_since_nobody_can_read_it_is_named_and_ends_with_3(press: CommandLine) -> None:
    rows = write_rows(press, {"title": "A"}, {"title": "B", "embargo": "31.12.2099"})
    answer = press("import", rows, "--dry-run", ok=False)
    assert answer.code == 3
    assert answer.err == (
        "rows.jsonl, line 2: embargo: “31.12.2099” is no moment in time; kept as a draft; "
        "write it like 2026-01-28T10:00 or 2026-01-28T10:00Z.\n"
    )
    answer = press("--json", "import", rows, ok=False)
    assert answer.code == 3
    assert [held["line"] for held in answer.document["held"]] == [2]
    press("publish")
    assert [item["title"] for item in press.feed("all")["items"]] == ["A"]


def test_names_that_have_no_place_are_named_once(press: CommandLine) -> None:
    rows = [{"title": "A", "topic": "x", "embargoed_until": "2099"}, {"title": "B", "topic": "y"}]
    answer = press("import", write_rows(press, *rows))
    assert "Kept without a place of their own: embargoed_until (1 row), topic (2 rows).\n" in answer.out
    assert press.ask("import", write_rows(press, {"title": "C", "author": "x"}))["kept"] == {"author": 1}


def test_of_very_many_new_topics_the_first_are_named(press: CommandLine) -> None:
    rows = write_rows(press, {"title": "A", "topics": [f"Topic {number}" for number in range(2_020)]})
    answer = press("import", rows)
    assert "Topic 19 … and 2,000 more.\n" in answer.out
    assert "Topic 20" not in answer.out


@pytest.mark.R10
@pytest.mark.parametrize("words", [(), ("--dry-run",)])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_import_that_is_stopped_says_how_much_is_in(
    press: CommandLine, number: signal.Signals, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = write_rows(press, *({"title": f"Rivers {number}"} for number in range(5)))
    cut_off(monkeypatch, lambda: signal.raise_signal(number))
    before = signal.getsignal(signal.SIGTERM)
    answer = press("import", rows, *words, ok=False)
    assert answer.code == 130
    assert ("Stopped after 4 rows, which are in; the same command brings the rest.\n" in answer.err) is (not words)
    assert signal.getsignal(signal.SIGTERM) is before
    assert len(press.ask("release", "list")) == (0 if words else 4)


@pytest.mark.R10
def test_an_import_that_fails_on_its_way_says_how_much_is_in(
    press: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill_the_disk() -> None:
        raise sqlite3.OperationalError("database or disk is full")

    rows = write_rows(press, *({"title": f"Rivers {number}"} for number in range(5)))
    cut_off(monkeypatch, fill_the_disk)
    answer = press("import", rows, ok=False)
    assert answer.code == 1
    assert answer.err.startswith("Stopped after 4 rows, which are in; the same command brings the rest.\nThe catalogue")
    assert "the disk is full" in answer.err


def cut_off(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], None]) -> None:
    """Let something happen in the third transaction of two rows each."""
    take = importing._Importer.take
    batches = []

    def take_or_stop(self: importing._Importer, batch: list[Row]) -> None:
        batches.append(batch)
        if len(batches) == 3:
            happens()
        take(self, batch)

    monkeypatch.setattr(importing, "ROWS_A_TRANSACTION", 2)
    monkeypatch.setattr(importing._Importer, "take", take_or_stop)


@pytest.mark.R12
@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.jsonl", b"", "a.jsonl: holds no rows; give a file with at least one."),
        (
            "a.csv",
            b"title;published;author\nA;2020;B\n",
            "a.csv: its first line names an unknown column “author”; rename it to “authors” or take it out (docs/",
        ),
        ("a.csv", b"\xff\xfet\x00i\x00", "a.csv: is UTF-16; save it as UTF-8."),
        ("a.txt", b"", "a.txt: is of no known format; name a file that ends in .jsonl or .csv"),
        ("a.jsonl.gz", b'{"title": "A"}', "a.jsonl.gz: is no gzip file; gzip it, or take .gz off its name."),
        ("folder.csv/x", b"", "folder.csv: is a folder; name a file that ends in"),
        ("", b"", "missing.jsonl: no such file or directory; check its name and its rights."),
    ],
)
def test_a_file_that_cannot_be_used_ends_with_one_sentence_and_1(
    press: CommandLine, name: str, content: bytes, sentence: str
) -> None:
    if "/" in name:
        (press.site / name).parent.mkdir()
        name = str(Path(name).parent)
    elif name:
        write(press, name, content)
    answer = press("import", str(press.site / (name or "missing.jsonl")), ok=False)
    assert answer.code == 1
    assert answer.out == ""
    assert answer.err.startswith(f"{press.site}/{sentence}")
    assert answer.err.count("\n") == 1
    assert press.ask("release", "list") == []


@pytest.mark.R12
def test_rows_come_by_standard_input_and_are_named_by_it(press: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(b'{"title": "Locks"}\n{"title": ""}\n')))
    answer = press("import", "-", ok=False)
    assert answer.code == 3
    assert answer.err.startswith("standard input, line 2: title")
    assert [one["title"] for one in press.ask("release", "list")] == ["Locks"]
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(b"address\nada@example.org\n")))
    press("subscriber", "import", "-", "--basis", "members")
    assert [one["address"] for one in press.ask("subscriber", "list")] == ["ada@example.org"]


@pytest.mark.R12
def test_a_file_that_the_system_will_not_open_is_named(press: CommandLine) -> None:
    path = press.site / "a.jsonl"
    path.symlink_to(path)  # a link to itself: nobody opens it, and root neither
    answer = press("import", str(path), ok=False)
    assert answer.code == 1
    assert "a.jsonl: too many levels of symbolic links" in answer.err


@pytest.mark.R12
@pytest.mark.parametrize("words", [(), ("--dry-run",)])
def test_what_stands_before_the_damage_goes_in_and_is_counted(press: CommandLine, words: tuple[str, ...]) -> None:
    lines = b"".join(json.dumps({"title": os.urandom(30).hex()}).encode() + b"\n" for _ in range(1_300))
    file = write(press, "a.jsonl.gz", gzip.compress(lines)[:-2_000])
    answer = press("--json", "import", file, *words, ok=False)
    assert answer.code == 1
    added = answer.document["added"]
    assert 1_000 < added < 1_300
    assert f"is damaged after line {added:,} (" in answer.document["broken_off"]
    assert answer.err.strip() == answer.document["broken_off"]
    assert len(press.ask("release", "list")) == (0 if words else added)


@pytest.mark.parametrize("words", [("--note", "x"), ("--announce", "some")])
def test_options_that_do_not_go_together_end_with_2(press: CommandLine, words: tuple[str, ...]) -> None:
    answer = press("import", write_rows(press, {"title": "A"}), *words, ok=False)
    assert answer.code == 2
    assert press.ask("release", "list") == []


@pytest.mark.R9
def test_an_embargo_in_a_file_is_kept_to_the_minute_in_the_sites_zone(press: CommandLine, tools: Tools) -> None:
    press("import", write_rows(press, {"title": "Secret", "extra": {"embargo": "2026-06-01T00:01"}}))
    press.now = press.now.replace(month=5, day=31, hour=23, minute=0)
    press("publish")
    assert press.feed("all")["items"] == []
    press.wait(minutes=1)
    press("publish")
    assert [item["title"] for item in press.feed("all")["items"]] == ["Secret"]


def as_csv(rows: list[dict[str, Any]], path: Path, delimiter: str) -> None:
    """Write rows as a spreadsheet would: a column for each field, several names in a cell."""
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow([*FIELDS, *EXTRA_FIELDS])
        for row in rows:
            extra = row.get("extra", {})
            others = {name: value for name, value in extra.items() if name not in EXTRA_FIELDS}
            cells = {**row, **extra, "extra": json.dumps(others) if others else ""}
            writer.writerow([cell_of(cells.get(name)) for name in (*FIELDS, *EXTRA_FIELDS)])


def cell_of(value: Any) -> str:
    return ";".join(value) if isinstance(value, list) else "" if value is None else str(value)


def test_json_lines_and_csv_plain_and_gzipped_give_the_same_catalogue(
    run: CommandLine, bare: Press, tmp_path: Path
) -> None:
    rows = [json.loads(line) for line in SAMPLE.read_text(encoding="utf-8").splitlines()]
    rows.append({"title": "Quotes “and” 'such'", "summary": 'One, "two";\n\nthree\tfour', "body": "x" * 300_000})
    files = [tmp_path / name for name in ("a.jsonl", "comma.csv", "semicolon.csv")]
    files[0].write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    as_csv(rows, files[1], ",")
    as_csv(rows, files[2], ";")
    for file in files[:2]:
        packed = tmp_path / f"{file.name}.gz"
        packed.write_bytes(gzip.compress(file.read_bytes()))
        files.append(packed)
    dumps = []
    for file in files:
        run.site = copied(bare, tmp_path / f"of-{file.name}").site
        run("import", str(file), "--announce", "all")
        dumps.append(dump(run))
    assert all(other == dumps[0] for other in dumps[1:])
