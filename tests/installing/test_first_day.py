"""The commands of docs/installing.md and of moving house, in the order in which they stand there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pressroom import commands
from tests.conftest import CommandLine
from tests.test_docs import chapters, commands_in, read, shell_lines

RELEASE = {"id": "tag:example.org,2020:1", "title": "Locks", "published": "2020-03-01", "topics": ["Cyber security"]}
READERS = "address,name,language,frequency,topics\nreader@example.org,Reader,en,weekly,cyber-security\n"


def commands_of(page: str, chapter: str) -> list[list[str]]:
    return list(commands_in(shell_lines(chapters(read(page))[chapter])))


def test_the_first_day_goes_as_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("releases.jsonl").write_text(json.dumps(RELEASE) + "\n")
    Path("readers.csv").write_text(READERS)
    Path("left.csv").write_text("address\ngone@example.org\n")
    day = commands_of("docs/installing.md", "The first day")
    for words in day:
        if words != ["doctor"]:  # it asks the network
            capsys.readouterr()
            code = commands.run(words)
            assert code == 0, (words, capsys.readouterr().err)
    assert ["doctor"] in day
    strict = [words for words in day if words[0] == "import" and "--strict-topics" in words]
    assert len(strict) == 2
    Path("releases.jsonl").write_text(
        json.dumps(RELEASE | {"id": "tag:example.org,2020:2", "topics": ["Unknown"]}) + "\n"
    )
    assert [commands.run(words) for words in strict] == [1, 1]
    assert "Unknown topics: Unknown" in capsys.readouterr().err
    titles = [item["title"] for item in json.loads(Path("feeds/topics/cyber-security.json").read_bytes())["items"]]
    assert titles == ["Passwords that people can live with", "Locks"]
    assert len(list(Path("data/outbox/new").iterdir())) == 1
    assert Path("first-day.db").exists()


@pytest.mark.R1
def test_a_site_that_moves_to_another_address_keeps_every_id(run: CommandLine, site: Path) -> None:
    run("release", "add", "--title", "Floods")
    run("publish")
    [before] = run.feed("all")["items"]
    (site / "publisher.toml").write_text('[site]\nurl = "https://new.example.org"\n')
    run("release", "add", "--title", "Bridges")
    run.wait(days=1)
    run("publish")
    after = {item["title"]: item for item in run.feed("all")["items"]}
    assert after["Floods"]["id"] == before["id"]
    assert after["Floods"]["date_modified"] == before["date_modified"]
    assert after["Floods"]["url"].startswith("https://new.example.org/")
    assert after["Bridges"]["id"].startswith(before["id"].rpartition("/")[0])


@pytest.mark.R11
def test_a_site_that_moves_to_another_machine_mails_what_was_owed_and_nothing_twice(
    run: CommandLine, site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("subscriber", "add", "ada@example.org", "--confirmed", "--topic", "all=weekly")
    run("release", "add", "--title", "Floods")
    run("publish")
    run("digest", "send", "--yes")
    run("release", "add", "--title", "Bridges")
    run("publish")
    (site / "data" / "armed").unlink()  # as the page says, for the old one
    run("db", "backup", str(tmp_path / "moved.db"))
    assert run("digest", "send", "--yes", ok=False).code == 4
    assert run("publish", ok=False).code == 3
    there = CommandLine(tmp_path / "there", capsys, run.now)
    there.site.mkdir()
    there("db", "restore", str(tmp_path / "moved.db"), "--yes")
    assert there("publish", ok=False).code == 3
    assert not there.mails()
    there("digest", "rehearse")
    there("db", "arm", "--overdue", "send", "--yes")
    there.wait(days=7)
    there("publish")
    assert there.titles("ada@example.org") == [["Bridges"]]
