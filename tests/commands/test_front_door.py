"""The command line as a whole: help, exit codes, `--json`, and errors in one sentence."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pressroom import commands
from tests.conftest import CommandLine

ROOT = Path(__file__).parent.parent.parent


def publisher(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "publisher.py"), *words],
        capture_output=True,
        text=True,
        env=os.environ | environment,
        check=False,
    )


def test_help_names_every_command_and_imports_none_of_the_heavy_parts() -> None:
    script = (
        "import sys; from pressroom.commands import run; run(['--help']);"
        "heavy = {'pydantic_settings', 'sqlite_utils', 'uvicorn', 'feedgen', 'apscheduler', 'starlette', 'rich'};"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=False)
    assert answer.stderr.strip() == "[]"
    for name in commands.COMMANDS:
        assert f"  {name}" in answer.stdout


def test_version_and_the_module_are_the_same_program() -> None:
    assert publisher("--version").stdout.startswith("publisher ")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["nonsense"], 2),
        (["release", "add"], 2),
        (["release", "show", "nothing"], 1),
        (["subscriber", "set", "nobody@example.org", "--frequency", "daily"], 1),
        (["subscriber", "set", "nobody@example.org"], 2),
        (["--clock", "soon", "publish"], 2),
        (["subscriber", "add", "no address"], 1),
        (["topic", "merge", "a", "b"], 1),
        (["digest", "send"], 4),
        (["release", "list"], 0),
    ],
)
def test_exit_codes(run: CommandLine, site: Path, words: list[str], code: int) -> None:
    assert run(*words, ok=False).code == code


def test_json_gives_one_document_and_words_go_elsewhere(run: CommandLine, site: Path) -> None:
    run("release", "add", "--title", "Floods")
    answer = run("--json", "publish")
    assert json.loads(answer.out)["live"] == 1
    added = run("--json", "release", "add", "--title", "Roads")
    assert json.loads(added.out)["slug"] == "roads"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--nonsense"], 2, "No such option '--nonsense'."),
        (["nonsense"], 2, "No such command 'nonsense'."),
        (["release", "add"], 2, "Missing option '--title'."),
        (["--clock", "soon", "publish"], 2, "--clock: “soon” is no moment in time; write it like 2026-01-28T10:00 or "
         "2026-01-28T10:00Z."),
        (["release", "show", "x"], 1, "There is no release “x”; “publisher release list” shows ids and slugs."),
        (["digest", "send", "--frequency", "daily"], 4, "Send the daily digest now? Nothing was done: give --yes to "
         "say so where nobody can be asked."),
    ],
)  # fmt: skip
def test_json_gives_a_document_on_refusals_too(
    run: CommandLine, site: Path, words: list[str], code: int, said: str
) -> None:
    answer = run("--json", *words, ok=False)
    assert answer.document == {"error": said, "exit": code}
    assert answer.code == code
    assert said in answer.err


@pytest.mark.parametrize(("error", "code"), [(KeyboardInterrupt, 130), (RuntimeError, 1)])
def test_json_gives_a_document_whatever_happens(
    run: CommandLine, site: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException], code: int
) -> None:
    from pressroom.storage.topics import Topics

    def fail(_: Topics) -> None:
        raise error

    monkeypatch.setattr(Topics, "listed", fail)
    answer = run("--json", "topic", "list", ok=False)
    assert (answer.code, answer.document["exit"]) == (code, code)
    assert answer.err.strip() == answer.document["error"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["import", "x.jsonl", "--json"], "--json comes before the command: publisher --json import …"),
        (["release", "list", "-C", "x"], "-C comes before the command: publisher -C DIR release list …"),
        (["publish", "--clock", "x"], "--clock comes before the command: publisher --clock ISO8601 publish …"),
        (["deliver", "-q"], "-q comes before the command: publisher -q deliver …"),
    ],
)
def test_an_option_of_every_command_behind_one_is_told_its_place(
    run: CommandLine, site: Path, words: list[str], said: str
) -> None:
    answer = run(*words, ok=False)
    assert (answer.code, answer.out) == (2, "")
    assert f"Error: {said}\n" in answer.err


@pytest.mark.R12
@pytest.mark.parametrize("clock", ["0001-01-01", "1989-12-31T23:59Z", "2101-01-01T00:00Z", "9999-12-31T23:59Z"])
@pytest.mark.parametrize("command", ["publish", "serve", "release list"])
def test_a_clock_that_no_calendar_of_ours_reaches_is_refused(
    site: Path, capsys: pytest.CaptureFixture[str], clock: str, command: str
) -> None:
    assert commands.run(["-C", str(site), "--clock", clock, *command.split()]) == 2
    assert f"--clock: “{clock}” is too far away; give a moment from 1990 to 2100." in capsys.readouterr().err


@pytest.mark.R12
def test_an_argument_that_is_no_text_is_refused_before_anything_is_done(site: Path) -> None:
    call = [sys.executable, str(ROOT / "publisher.py"), "-C", str(site)]
    answer = subprocess.run([*call, "topic", "add", b"Z\xfcrich"], capture_output=True, text=True, check=False)
    assert answer.returncode == 2
    assert answer.stderr == "Error: The argument “Z\ufffdrich” is not UTF-8; write it in UTF-8, in a UTF-8 locale.\n"
    assert "no topics" in publisher("-C", str(site), "topic", "list").stdout


def test_a_terminal_without_the_letters_shows_the_rest_and_json_stays_whole(run: CommandLine, site: Path) -> None:
    run("release", "add", "--title", "Rivers 日本 😀")
    words = publisher("-C", str(site), "release", "list", PYTHONIOENCODING="latin-1:strict")
    assert words.returncode == 0
    assert "\\u65e5\\u672c" in words.stdout
    document = publisher("-C", str(site), "--json", "release", "list", PYTHONIOENCODING="latin-1:strict")
    assert json.loads(document.stdout)[0]["title"] == "Rivers 日本 😀"


@pytest.mark.parametrize("words", [["topic", "add", "Rivers"], ["--json", "topic", "add", "Rivers"], ["topic", "list"]])
def test_an_answer_that_cannot_be_written_is_said_and_what_was_done_stays_done(site: Path, words: list[str]) -> None:
    call = [sys.executable, str(ROOT / "publisher.py"), "-C", str(site)]
    with Path("/dev/full").open("w") as full:
        answer = subprocess.run([*call, *words], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert answer.returncode == 1
    assert answer.stderr == "Done, but the answer could not be written (no space left on device).\n"
    assert ("Rivers" in publisher("-C", str(site), "topic", "list").stdout) == ("add" in words)


@pytest.mark.R12
def test_a_full_disk_is_said_in_a_sentence(run: CommandLine, site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pressroom.storage.topics import Topics

    def fail(_: Topics) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Topics, "listed", fail)
    answer = run("topic", "list", ok=False)
    assert (answer.code, answer.err) == (1, f"The disk of {site} is full; free some space and try again.\n")


def test_a_folder_that_is_gone_is_said_in_a_sentence(tmp_path: Path) -> None:
    call = f"mkdir {tmp_path}/gone && cd {tmp_path}/gone && rmdir ../gone && {sys.executable} {ROOT}/publisher.py"
    answer = subprocess.run(["sh", "-c", f"{call} publish"], capture_output=True, text=True, check=False)
    assert answer.returncode == 2
    assert answer.stderr.endswith("The folder you are in is gone; go to another one.\n")


def test_ctrl_c_is_answered_while_the_program_is_still_loading() -> None:
    script = (
        "import sys, publisher\n"
        "class Interrupted:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'pressroom.commands': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupted())\n"
        "publisher.main()"
    )
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=False)
    assert (answer.returncode, answer.stderr) == (130, "Stopped.\n")


def test_the_manual_publish_says_what_follows(run: CommandLine, site: Path) -> None:
    run("subscriber", "add", "ada@example.org", "--frequency", "immediate", "--confirmed")
    run("subscriber", "add", "bo@example.org", "--confirmed")
    run("release", "add", "--title", "Floods")
    said = run("publish").out
    assert "1 release(s) went live" in said
    assert "feeds now · 1 immediate at 09:10 · 1 weekly on Monday 08:00" in said


def test_an_unexpected_error_is_a_sentence_and_verbose_shows_where(
    run: CommandLine, site: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from pressroom.storage.topics import Topics

    def fail(_: Topics) -> None:
        raise RuntimeError("the roof has come down")

    monkeypatch.setattr(Topics, "listed", fail)
    assert commands.run(["-C", str(site), "topic", "list"]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert commands.run(["-v", "-C", str(site), "topic", "list"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_a_closed_pipe_is_no_error(site: Path) -> None:
    command = f"{sys.executable} {ROOT / 'publisher.py'} -C {site} release list | true"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr


def test_a_catalogue_locked_by_another_program_is_said_in_words(
    run: CommandLine, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sqlite3

    from pressroom.storage import store

    monkeypatch.setattr(store, "BUSY_SECONDS", 0.1)
    with sqlite3.connect(site / "data" / "catalogue.db") as other:
        other.execute("BEGIN IMMEDIATE")
        answer = run("topic", "add", "Rivers", ok=False)
    other.close()
    assert answer.code == 1
    assert answer.err.startswith(f"The catalogue {site}/data/catalogue.db cannot be used: another program keeps it")
